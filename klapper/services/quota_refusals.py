"""The sentences of a no that comes from credits, budgets and limits: what is lacking, whose rule it is, what to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from klapper.clock import DAY_MS
from klapper.errors import InsufficientCredits, RequestRefused
from klapper.ledger.records import BOT_BUDGET, BudgetLeft
from klapper.quotas.quota import WHOLE, Allowance, MemberQuota, Source
from klapper.services.refusals import relative_time

_LESS = "a shorter or simpler clip"
_ASK_MANAGERS = "ask the managers of this server for credits"


def not_enough_credits(error: InsufficientCredits, allowance: BudgetLeft, quota: MemberQuota) -> RequestRefused:
    """The member's two accounts together do not cover the price."""
    own, lacking = quota.allowance, f"{_costs(error.needed, quota)} and you have {error.available:,}"
    when = f"until {relative_time(allowance.resets_at_ms)}"
    if own.amount >= error.needed:
        said = f"{lacking} {when}; {whose_allowance(quota)}. Ask for {_LESS}, wait until then, or {_ASK_MANAGERS}."
    elif own.amount:
        enough = "which would not be enough either"
        said = f"{lacking} {when}; {whose_allowance(quota)}, {enough}: ask for {_LESS}, or {_ASK_MANAGERS}."
    else:
        said = f"{lacking}; {whose_allowance(quota)}: ask for {_LESS}, or {_ASK_MANAGERS}."
    return RequestRefused("not_enough_credits", said)


def whose_allowance(quota: MemberQuota) -> str:
    """Where a member's allowance comes from, e.g. "your 300 a week come from the role Artist"."""
    own = quota.allowance
    if not own.amount:
        return _WHOSE_NOTHING[own.source].format(role=_role(own))
    return f"your {own.amount:,} a {quota.rhythm.length} {_WHOSE[own.source].format(role=_role(own))}"


_WHOSE = {
    Source.OPERATOR: "are what everybody gets",
    Source.EVERYONE: "are what everybody gets on this server",
    Source.ROLE: "come from the role {role}",
    Source.MEMBER: "were set for you by the managers of this server",
}
_WHOSE_NOTHING = {
    Source.OPERATOR: "there is no allowance here",
    Source.EVERYONE: "there is no allowance on this server",
    Source.ROLE: "the role {role} gives no allowance",
    Source.MEMBER: "the managers of this server gave you no allowance",
}


def budget_used_up(error: InsufficientCredits, budget: BudgetLeft) -> RequestRefused:
    """The operator's budget for the guild or the whole bot does not cover the job."""
    whose, code = (
        ("Klapper's budget for a day", "bot_budget_used_up")
        if error.account == BOT_BUDGET
        else ("This server's budget", "guild_budget_used_up")
    )
    if budget.limit < error.needed:
        advice = "is smaller than what this clip takes: ask for a shorter or simpler one."
    else:
        advice = (
            f"does not cover this clip any more: it starts anew {relative_time(budget.resets_at_ms)}. Ask again then."
        )
    return RequestRefused(code, f"{whose} {advice}")


def too_large(price_credits: int, quota: MemberQuota) -> RequestRefused:
    """One job costs more than any may."""
    return RequestRefused(
        "job_too_large",
        f"{_costs(price_credits, quota)} and one clip may cost at most {quota.limits.largest_job:,} here: ask for a "
        "shorter or simpler one.",
    )


def too_many_waiting(waiting: int, limit: int) -> RequestRefused:
    """The member's queue is full."""
    jobs = "job" if waiting == 1 else "jobs"
    return RequestRefused(
        "too_many_waiting",
        f"You have {waiting} {jobs} waiting and {limit} may wait at a time: cancel one, or ask again when one has "
        "started or was decided.",
    )


def model_not_allowed(title: str, allowed: Iterable[str], quota: MemberQuota) -> RequestRefused:
    """A model that neither everybody nor the member's roles may use. allowed: titles of those that they may."""
    return RequestRefused(
        "model_not_allowed", f"{title} is not for you here: {_who_allows(quota)} only {listed(allowed)}. Choose that."
    )


def mode_not_allowed(mode: str, quota: MemberQuota) -> RequestRefused:
    """The same of a mode."""
    allowed = listed(sorted(quota.makes.modes))
    return RequestRefused(
        "mode_not_allowed",
        f"The mode {mode} is not for you here: {_who_allows(quota)} only {allowed}. Choose that.",
    )


def too_long(seconds: int, quota: MemberQuota) -> RequestRefused:
    """A clip longer than the member may have."""
    return RequestRefused(
        "clip_too_long",
        f"This is {seconds} s long, and {_who_allows(quota)} at most {quota.makes.longest_s} s: ask for a shorter one.",
    )


def account_too_new(days: int, old_enough_at_ms: int) -> RequestRefused:
    """The member's Discord account is younger than the guild wants."""
    return RequestRefused(
        "account_too_new",
        f"On this server Klapper is for accounts that are at least {_days(days)} old, and yours will be "
        f"{relative_time(old_enough_at_ms)}: ask again then.",
    )


def member_too_new(days: int, long_enough_at_ms: int) -> RequestRefused:
    """The member has not been in the guild for long enough."""
    return RequestRefused(
        "member_too_new",
        f"On this server Klapper is for members who joined at least {_days(days)} ago, which you will have "
        f"{relative_time(long_enough_at_ms)}: ask again then.",
    )


def joining_unknown(days: int) -> RequestRefused:
    """Discord did not say when the member joined, which the guild wants to know."""
    return RequestRefused(
        "joining_unknown",
        f"On this server Klapper is for members who joined at least {_days(days)} ago, and Discord did not say when "
        "you did: ask again in some minutes.",
    )


def listed(names: Iterable[str]) -> str:
    """E.g. "a, b and c"."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def percent_in(channel_id: int, percent: int) -> str:
    """What a channel makes of a price, in words."""
    change = percent - WHOLE
    if not percent:
        return f"clips are free in <#{channel_id}>"
    return f"{abs(change)} % {'more' if change > 0 else 'less'} in <#{channel_id}>"


def _costs(price_credits: int, quota: MemberQuota) -> str:
    amount = f"{price_credits:,} credit" if price_credits == 1 else f"{price_credits:,} credits"
    if quota.priced_by is None or quota.percent == WHOLE:
        return f"This costs {amount}"
    return f"This costs {amount} ({percent_in(quota.priced_by, quota.percent)})"


def _who_allows(quota: MemberQuota) -> str:
    if not quota.made_by:
        return "this server allows"
    roles = listed(_mentions(quota.made_by))
    return f"your role {roles} allows" if len(quota.made_by) == 1 else f"your roles {roles} allow"


def _mentions(role_ids: Sequence[int]) -> list[str]:
    return [f"<@&{role_id}>" for role_id in role_ids]


def _role(own: Allowance) -> str:
    return "" if own.role_id is None else f"<@&{own.role_id}>"


def _days(days: int) -> str:
    return "1 day" if days == 1 else f"{days:,} days"


def days_after(start_ms: int, days: int) -> int:
    """When so many days have passed since then."""
    return start_ms + days * DAY_MS
