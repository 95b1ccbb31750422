"""What is said about rules of credits and limits: whose they are, and what they mean for somebody here."""

from __future__ import annotations

from collections.abc import Iterator

from cogs.texts import fit, listed
from klapper.kling.model import Catalogue
from klapper.ledger.records import BOT_BUDGET, BudgetLeft
from klapper.messages import text
from klapper.quotas.makes import EVERYTHING
from klapper.quotas.quota import WHOLE, MemberQuota, Newcomers
from klapper.services.credits import Why
from klapper.services.quota_changes import DAYS
from klapper.services.quota_refusals import made, priced_there, whose_allowance

WHY = "Which rules decide for you, here"

_FULL = 100


def allowance(quota: MemberQuota) -> str:
    """A member's allowance, in a sentence with a small letter."""
    return f"{whose_allowance(quota)}; managers can give more."


def limits(quota: MemberQuota) -> str:
    """How many jobs at a time and how large, in sentences; the first has a small letter."""
    own = ((quota.limits.running_per_member, "may run"), (quota.limits.waiting_per_member, "may wait"))
    said = " and ".join(f"{limit:,} {what}" for limit, what in own if limit)
    sentences = [f"of your jobs {said} at a time."] if said else []
    if quota.limits.running_per_guild:
        sentences.append(f"On this server {text.counted(quota.limits.running_per_guild, 'job')} may run at a time.")
    if quota.limits.largest_job:
        counts = ", at the usual price" if quota.percent < WHOLE else ""
        sentences.append(f"One clip may cost at most {text.credits(quota.limits.largest_job)}{counts}.")
    return " ".join(sentences) or "none but your credits."


def why(why: Why, catalogue: Catalogue, mode: str) -> str:
    """Everything that decides for a member in a place. mode: what becomes of their requests there, in a sentence."""
    return fit(list(_reasons(why, catalogue, mode)))


def _reasons(why: Why, catalogue: Catalogue, mode: str) -> Iterator[str]:
    quota, balance = why.holdings.quota, why.holdings.balance
    yield f"**Allowance:** {allowance(quota)} {rhythm(quota, balance.resets_at_ms)}"
    yield f"**Price:** {_price(quota)}"
    yield f"**What:** {_what(quota, catalogue)}"
    yield f"**Limits:** {limits(quota)}"
    if quota.newcomers != Newcomers():
        yield f"**Newcomers:** {newcomers(quota.newcomers)}"
    for budget in why.budgets:
        yield f"**{_whose_budget(budget)}:** {_left(budget)}"
    yield f"**Here:** {mode}"


def rhythm(quota: MemberQuota, resets_at_ms: int) -> str:
    """When allowances begin anew, e.g. "A new week begins on Monday in Europe/Berlin, the next one in 2 days."."""
    begins = {"day": "at midnight", "week": f"on {DAYS[quota.rhythm.first_day]}", "month": "on the 1st"}
    length = quota.rhythm.length
    when, begin = text.timestamp(resets_at_ms), f"{begins[length]} ({quota.rhythm.time_zone})"
    if quota.rhythm.period(resets_at_ms).start_ms != resets_at_ms:  # it was another rhythm when that one began
        return (
            f"The period that runs ends {when}; from then on a new {length} begins {begin}, the first one being short."
        )
    return f"A new {length} begins {begin}, the next one {when}."


def newcomers(wanted: Newcomers) -> str:
    """Who is too new to ask."""
    parts = []
    if wanted.account_days:
        parts.append(f"an account must be {text.counted(wanted.account_days, 'day')} old")
    if wanted.member_days:
        parts.append(f"a member must have joined {text.counted(wanted.member_days, 'day')} ago")
    return f"{listed(parts)} to ask."


def reckoned_in(quota: MemberQuota) -> str:
    """That prices here are not as elsewhere, as a sentence after others; empty where they are."""
    there = priced_there(quota)
    return f" Reckoned in: {there}." if there else ""


def _price(quota: MemberQuota) -> str:
    there = priced_there(quota)
    if not there:
        return "as in `/credits prices`; in this channel nothing is added or taken off."
    return f"{there}; `/credits prices` has it reckoned in."


def _what(quota: MemberQuota, catalogue: Catalogue) -> str:
    if EVERYTHING in quota.makes:
        return "you may make everything that the models can."
    who = "this server lets everybody make"
    if quota.made_by:
        roles = listed([f"<@&{role_id}>" for role_id in quota.made_by])
        who = f"your role {roles} lets you make" if len(quota.made_by) == 1 else f"your roles {roles} let you make"
    return f"{who} {' or '.join(made(makes, catalogue.titles()) for makes in quota.makes)}."


def _whose_budget(budget: BudgetLeft) -> str:
    return "Klapper's budget" if budget.account_id == BOT_BUDGET else "This server's budget"


def _left(budget: BudgetLeft) -> str:
    """A share, as what Segmind costs is the operator's business and that of who manages the server."""
    share = _FULL * budget.available // budget.limit if budget.limit else 0
    return f"{share} % of it is left; it starts anew {text.timestamp(budget.resets_at_ms)}."
