"""The sentences of a no that comes from credits, budgets and limits: what is lacking, whose rule it is, what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from klapper.clock import DAY_MS
from klapper.errors import InsufficientCredits, RequestRefused
from klapper.ledger.records import BOT_BUDGET, BudgetLeft
from klapper.quotas.makes import Asked, Makes
from klapper.quotas.quota import WHOLE, Allowance, MemberQuota, Source
from klapper.services.refusals import relative_time

_LESS = "a shorter or simpler clip"
_ASK_MANAGERS = "ask the managers of this server for credits"


def not_enough_credits(error: InsufficientCredits, allowance: BudgetLeft, quota: MemberQuota) -> RequestRefused:
    """The member's two accounts together do not cover the price."""
    own, lacking = quota.allowance, f"{_costs(error.needed, quota)} and you have {error.available:,}"
    if allowance.held:
        lacking += f" ({allowance.held:,} more are reserved)"
    less = f"Ask for {_LESS}, or " if error.available else ""
    if not own.amount:
        return RequestRefused("not_enough_credits", _sentences(lacking, whose_allowance(quota), less + _ASK_MANAGERS))
    until = f"{lacking} until the next ones come {relative_time(allowance.resets_at_ms)}"
    if own.amount >= error.needed:
        ways = f"{f'Ask for {_LESS}, wait' if less else 'Wait'} until then, or {_ASK_MANAGERS}"
        return RequestRefused("not_enough_credits", _sentences(until, whose_allowance(quota), ways))
    own_words = f"{whose_allowance(quota)}, which would not be enough either"
    return RequestRefused("not_enough_credits", _sentences(until, own_words, less + _ASK_MANAGERS))


def _sentences(lacking: str, own: str, ways: str) -> str:
    return f"{lacking}; {own}. {ways[0].upper()}{ways[1:]}."


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
    Source.OPERATOR: "you get no allowance here",
    Source.EVERYONE: "you get no allowance on this server",
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
        advice = "is smaller than what this clip takes, and set by who runs Klapper: ask for a shorter or simpler one."
    else:
        advice = (
            f"does not cover this clip any more: it starts anew {relative_time(budget.resets_at_ms)}. Ask again then."
        )
    return RequestRefused(code, f"{whose} {advice}")


def too_large(price_credits: int, quota: MemberQuota) -> RequestRefused:
    """One job costs more than any may. price_credits: without what a channel takes off."""
    costs = _costs(price_credits, quota)
    if quota.percent < WHOLE:
        costs = f"At the usual price, which counts for this, it costs {_credits(price_credits)}"
    return RequestRefused(
        "job_too_large",
        f"{costs}, and one clip may cost at most {quota.limits.largest_job:,} on this server: ask for a shorter or "
        "simpler one.",
    )


def too_many_waiting(waiting: int, limit: int) -> RequestRefused:
    """The member's queue is full."""
    jobs = "job" if waiting == 1 else "jobs"
    return RequestRefused(
        "too_many_waiting",
        f"You have {waiting} {jobs} waiting and {limit} may wait at a time on this server: cancel one, or ask again "
        "when one has started or was decided.",
    )


def not_allowed(asked: Asked, quota: MemberQuota, titles: Mapping[str, str]) -> RequestRefused:
    """What neither everybody nor any of the member's roles may make. titles: of the models by their keys."""
    who = _who_allows(quota)
    if len(quota.makes) > 1:
        ways = " or ".join(made(makes, titles) for makes in quota.makes)
        return RequestRefused("not_allowed", f"This is not for you here: {who} only {ways}. Ask for that.")
    [makes] = quota.makes
    if makes.forbids_model(asked.model):
        allowed = listed([title for key, title in titles.items() if key in makes.models])
        title = titles[asked.model]
        return RequestRefused("model_not_allowed", f"{title} is not for you here: {who} only {allowed}. Ask for that.")
    if makes.forbids_mode(asked.mode):
        said = f"The mode {asked.mode} is not for you here: {who} only {listed(sorted(makes.modes))}. Ask for that."
        return RequestRefused("mode_not_allowed", said)
    return RequestRefused(
        "clip_too_long",
        f"This is {asked.seconds} s long, and {who} at most {makes.longest_s} s: ask for a shorter one.",
    )


def made(makes: Makes, titles: Mapping[str, str]) -> str:
    """What may be made, e.g. "Kling 3.0 and Kling 1, in std, up to 5 s"; "everything" where nothing is said."""
    chosen = [title for key, title in titles.items() if key in makes.models]
    limits = [f"in {listed(sorted(makes.modes))}"] if makes.modes else []
    limits += [f"up to {makes.longest_s} s"] if makes.longest_s else []
    if not chosen and limits:
        return f"everything {', '.join(limits)}"
    return ", ".join([listed(chosen), *limits]) if chosen else "everything"


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
    """E.g. "a, b and c"; "nothing" for none."""
    *most, last = list(names) or ["nothing"]
    return f"{', '.join(most)} and {last}" if most else last


def percent_in(channel_id: int, percent: int) -> str:
    """What a channel makes of a price, in words."""
    change = percent - WHOLE
    if not percent:
        return f"clips are free in <#{channel_id}>"
    return f"{abs(change)} % {'more' if change > 0 else 'less'} in <#{channel_id}>"


def priced_there(quota: MemberQuota) -> str:
    """What the channel makes of prices, in words; empty where they are as everywhere."""
    return "" if quota.priced_by is None or quota.percent == WHOLE else percent_in(quota.priced_by, quota.percent)


def _costs(price_credits: int, quota: MemberQuota) -> str:
    there = priced_there(quota)
    return f"This costs {_credits(price_credits)}{f' ({there})' if there else ''}"


def _who_allows(quota: MemberQuota) -> str:
    if not quota.made_by:
        return "this server allows"
    roles = listed(_mentions(quota.made_by))
    return f"your role {roles} allows" if len(quota.made_by) == 1 else f"your roles {roles} allow"


def _mentions(role_ids: Sequence[int]) -> list[str]:
    return [f"<@&{role_id}>" for role_id in role_ids]


def _role(own: Allowance) -> str:
    return "" if own.role_id is None else f"<@&{own.role_id}>"


def _credits(amount: int) -> str:
    return f"{amount:,} credit" if amount == 1 else f"{amount:,} credits"


def _days(days: int) -> str:
    return "1 day" if days == 1 else f"{days:,} days"


def days_after(start_ms: int, days: int) -> int:
    """When so many days have passed since then."""
    return start_ms + days * DAY_MS
