"""What /manage says."""

from __future__ import annotations

from klapper.ledger.records import Balance
from klapper.messages import text
from klapper.services.guilds import EndedPause

MANAGE = "Klapper on this server"
GRANT = "Give a member credits that do not expire"
PAUSE = "Take no new requests and send nothing that waits; running jobs finish"
RESUME = "Go on after a pause"
SHARING = "Whether members may animate images that others posted"
GRANT_OPTIONS = {"member": "Who gets them", "amount": "How many credits"}
SHARING_OPTION = "on: everybody's images; off: only their own"

PAUSED = "Klapper is paused on this server. New requests are refused, running jobs finish; `/manage resume` ends it."
PAUSED_ALREADY = "Klapper is paused on this server already; `/manage resume` ends it."
RESUMED = "Klapper goes on: what waited keeps its place in the queue."
RESUMED_ALREADY = "Klapper was not paused on this server, so there is nothing to resume."
SHARED = "Members may animate each other's images on this server from now on; `/manage sharing` ends it."
NOT_SHARED = "Members may animate only images that they posted themselves on this server."
NOT_A_MANAGER = "Only who manages this server changes its rules: ask one of its managers."
NO_SUCH_CHOICE = "There is nothing of that kind to be changed: `/manage rules` shows what is."
BOT_GETS_NOTHING = "Bots make no clips: choose a member who is none."


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
    return f"{text.mention(user_id)} got {text.credits(amount)} and now has {text.credits(balance.available)}."
