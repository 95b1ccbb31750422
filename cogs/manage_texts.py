"""What /manage says."""

from __future__ import annotations

from klapper.ledger.records import Balance
from klapper.messages import text
from klapper.services.guilds import EndedPause
from klapper.services.movements import Refunded
from klapper.services.notices import Purse

MANAGE = "Klapper on this server"
GRANT = "Give a member credits that do not expire"
PAUSE = "Take no new requests and send nothing that waits; running jobs finish"
RESUME = "Go on after a pause"
SHARING = "Whether members may animate images that others posted"
REASON = "Why; the member reads it, and so does the audit"
GRANT_OPTIONS = {"member": "Who gets them", "amount": "How many credits", "reason": REASON}
REVOKE = "Take back credits that a member has and that are not reserved"
REVOKE_OPTIONS = {
    "member": "Who loses them; somebody who has left can be given by their id",
    "amount": "How many credits",
    "purse": "bonus: of those that do not expire; allowance: of what is left of the one that runs",
    "reason": REASON,
}
REFUND = "Give back what a finished clip cost, to where it came from"
REFUND_OPTIONS = {"job": "The job's id, as on its card", "reason": REASON}
SHARING_OPTION = "on: everybody's images; off: only their own"

PAUSED = "Klapper is paused on this server. New requests are refused, running jobs finish; `/manage resume` ends it."
PAUSED_ALREADY = "Klapper is paused on this server already; `/manage resume` ends it."
RESUMED = "Klapper goes on: what waited keeps its place in the queue."
RESUMED_ALREADY = "Klapper was not paused on this server, so there is nothing to resume."
SHARED = "Members may animate each other's images on this server from now on; `/manage sharing` ends it."
NOT_SHARED = "Members may animate only images that they posted themselves on this server."
NOT_A_MANAGER = "Only who manages this server changes its rules: ask one of its managers."
NOTHING_CHANGED = "Nothing changed, it was so already."
NO_SUCH_CHOICE = "There is nothing of that kind to be changed: `/manage rules` shows what is."
BOT_GETS_NOTHING = "Bots make no clips: choose a person."
TOLD = "They are told why by direct message, where they take any."


def resumed(ended: EndedPause | None) -> str:
    """None: there was no pause."""
    if ended is None:
        return RESUMED_ALREADY
    if ended.refusals is None:
        return RESUMED
    requests = text.counted(ended.refusals, "request")
    return (
        f"{RESUMED} It had paused itself because Segmind refused {requests} of this server's members lately; only what "
        "is refused from now on counts towards another pause."
    )


def granted(user_id: int, amount: int, balance: Balance) -> str:
    """A grant is in the books."""
    return f"{text.mention(user_id)} got {text.credits(amount)}{_now_has(balance)}. {TOLD}"


def revoked(user_id: int, amount: int, purse: Purse, balance: Balance) -> str:
    """So is what was taken back."""
    whose = "of their allowance" if purse == "allowance" else "that do not expire"
    left = f"{balance.allowance:,} of the allowance and {balance.bonus:,} that do not expire"
    return f"{text.mention(user_id)} lost {text.credits(amount)} {whose}, and now has {left}. {TOLD}"


def refunded(refunded: Refunded, balance: Balance | None) -> str:
    """A charge went back. balance: None where nobody knows what they get."""
    back = f"What job `{refunded.job.job_id}` cost, {text.credits(refunded.credits)}, went back to"
    if refunded.user_id is None:
        return f"{back} somebody who is forgotten."
    has = "" if balance is None else f", who now has {text.credits(balance.available)}"
    return f"{back} {text.mention(refunded.user_id)}{has}. {TOLD}"


def _now_has(balance: Balance) -> str:
    return f" and now has {text.credits(balance.available)}"
