"""What /credits says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from cogs.quota_texts import reckoned_in
from cogs.texts import fit, listed
from klapper.messages import text
from klapper.quotas.makes import EVERYTHING
from klapper.quotas.quota import MemberQuota
from klapper.services.credits import Holdings, PriceLine
from klapper.services.quota_refusals import whose_allowance
from klapper.services.usual_cost import UsualCost

CREDITS = "Your credits"
BALANCE = "What you have, what is reserved, and when your allowance comes back"
HISTORY = "What moved on your account, newest first, or as a file"
PRICES = "What typical clips cost"
GIVE = "Give another member credits of yours that do not expire; you confirm it first"
GIVE_OPTIONS = {"member": "Who gets them", "amount": "How many credits"}


def balance(holdings: Holdings) -> str:
    """What a member has. Amounts in credits."""
    balance = holdings.balance
    lines = [f"You have **{text.credits(balance.available)}**{_kinds_of_credits(holdings)}."]
    if balance.held:
        verb = "is" if balance.held == 1 else "are"
        lines.append(f"Besides, {text.credits(balance.held)} {verb} reserved for jobs that are not finished.")
    lines += _more_than_usual(holdings)
    whose = whose_allowance(holdings.quota)
    begins = f" and begin anew {text.timestamp(balance.resets_at_ms)}; what is left of them then expires"
    lines.append(f"{whose[0].upper()}{whose[1:]}{begins if holdings.quota.allowance.amount else ''}.")
    if holdings.usual is not None:
        lines.append(_usual(holdings.usual))
    return "\n".join(lines)


def _more_than_usual(holdings: Holdings) -> Iterator[str]:
    """Why there may be more of the allowance than what a period gives."""
    balance, length = holdings.balance, holdings.quota.rhythm.length
    if balance.granted_in_period > holdings.quota.allowance.amount:
        expires = text.timestamp(balance.resets_at_ms)
        given = f"You were given {balance.granted_in_period:,} when more counted for you"
        yield f"{given}; what is left of them expires {expires}."
    came_back = balance.allowance - max(balance.granted_in_period, holdings.quota.allowance.amount)
    if came_back > 0:
        yield f"{came_back:,} of them were reserved before this {length} began, and came back."


def _usual(usual: UsualCost) -> str:
    """What the member's clips cost so far."""
    if usual.least == usual.most:
        return f"Each of your last {usual.jobs} clips cost {text.credits(usual.most)}."
    return (
        f"Your last {usual.jobs} clips cost {usual.least:,} to {text.credits(usual.most)} each, half of them at most "
        f"{usual.median:,}."
    )


def prices(lines: Sequence[PriceLine], quota: MemberQuota) -> str:
    """The price list; models that cost the same stand together. quota: of who asks, there."""
    by_model = {title: tuple(own) for title, own in groupby(lines, key=lambda line: line.model_title)}
    shown: list[str] = []
    for costs in dict.fromkeys(_costs(own) for own in by_model.values()):
        titles = [title for title, own in by_model.items() if _costs(own) == costs]
        shown.append(", ".join(f"**{title}**" for title in titles))
        shown += [f"- {what}: {text.credits(credits)}" for what, credits in costs]
    by_length = list(dict.fromkeys(line.model_title for line in lines if line.other_lengths))
    if by_length:
        shown.append(f"-# Other lengths of {listed(by_length)} cost in proportion.")
    if EVERYTHING not in quota.makes or any(0 < quota.limits.largest_job < line.credits for line in lines):
        shown.append("-# Not all of it is for you here: `/credits why` says what is.")
    shown.append(f"-# A card shows the exact price, and only a finished clip is charged.{reckoned_in(quota)}")
    return fit(shown)


def _costs(lines: Sequence[PriceLine]) -> tuple[tuple[str, int], ...]:
    return tuple((line.what, line.credits) for line in lines)


def _kinds_of_credits(holdings: Holdings) -> str:
    balance, length = holdings.balance, holdings.quota.rhythm.length
    this = "today" if length == "day" else f"this {length}"
    if balance.allowance and balance.bonus:
        do = "does" if balance.bonus == 1 else "do"
        return f": {balance.allowance:,} of {this}'s allowance and {balance.bonus:,} that {do} not expire"
    if balance.bonus:
        return ", which does not expire" if balance.bonus == 1 else ", which do not expire"
    return f", of {this}'s allowance" if balance.allowance else ""
