"""The panel of /manage rules: what counts here, and a control for each thing that can be changed. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import discord
from discord import ui

from klapper.kling.model import Catalogue
from klapper.ledger.records import BOT_BUDGET, BudgetLeft
from klapper.messages import quota_controls as controls
from klapper.messages import text
from klapper.messages.pages import VIEW_CHARS
from klapper.quotas.makes import Makes
from klapper.quotas.quota import WHOLE, GuildQuota, Limits, RoleQuota
from klapper.services.quota_changes import DAYS
from klapper.services.quota_desk import QuotaRules
from klapper.services.quota_refusals import listed, made

MOST_NAMED = 8  # roles or channels, by name
CHANGED_CHARS = 300
FEW_LINES = 4  # about roles and members, next to what everybody gets
_ROOM_FOR_REST = 60
PANEL_CHARS = 1_900  # of the rules about credits; those about requests have the rest of a message

REQUESTS = (
    "**Requests on this server** (the button below changes this; for single channels and roles: `/manage mode` and "
    "`levels`)"
)

SEVERAL_ROLES = "Who has several of these roles gets the highest allowance, and may make what one of them allows."
_BEGINS = {"day": "every day at midnight", "week": "every {day} at midnight", "month": "on the 1st of every month"}
_CHOICES = (
    (controls.EVERYBODY, "Credits and what may be made", "What everybody gets whose roles say nothing else"),
    (controls.PERIODS, "When allowances begin anew", "Day, week or month; the first day of a week; time zone"),
    (controls.LIMITS, "Limits", "What a clip may cost; running and waiting jobs"),
    (controls.NEWCOMERS, "Newcomers", "How old an account must be, and how long here"),
    (controls.GIVING, "Giving", "Whether members give each other credits"),
)


def build_quota_panel(
    rules: QuotaRules, catalogue: Catalogue, requests: str, *, notice: str = "", after: str = ""
) -> ui.LayoutView:
    """requests: what counts about moderation. notice: what stands above all. after: what a change led to."""
    message: ui.LayoutView = ui.LayoutView(timeout=None)
    changed = text.cut(f"**Changed:** {rules.changed}.", CHANGED_CHARS) if rules.changed else ""
    if head := "\n".join(filter(None, (notice, changed, after))):
        message.add_item(ui.TextDisplay(head))
    credits = _fit(list(_lines(rules, catalogue)))
    message.add_item(ui.TextDisplay(credits))
    options = [discord.SelectOption(value=value, label=label, description=said) for value, label, said in _CHOICES]
    for select in controls.selects(options):
        message.add_item(ui.ActionRow(select))
    message.add_item(ui.Separator())
    left = VIEW_CHARS - len(head) - len(credits)
    message.add_item(ui.TextDisplay(text.cut(f"{REQUESTS}\n{requests}", left)))
    message.add_item(ui.ActionRow(controls.request_button()))
    message.stop()  # discord.py need not remember it: a choice reaches `QuotaControl`, whatever process sent it
    return message


def _lines(rules: QuotaRules, catalogue: Catalogue) -> Iterator[str]:
    yield "**Credits on this server**"
    yield f"- **Everybody:** {_everybody(rules, catalogue)}"
    of_some = list(_of_some(rules, catalogue))
    if len(of_some) <= FEW_LINES:
        yield from of_some
    yield f"- **Renewal:** {_anew(rules)}"
    yield f"- **One clip:** {_largest(rules)}"
    yield f"- **At a time:** {_limits(rules.everybody.limits, rules.guild.limits)}"
    yield f"- **Prices:** {_prices(rules.guild)}"
    yield f"- **Newcomers:** {_newcomers(rules.guild)}"
    yield f"- **Giving:** {_giving(rules.guild)}"
    yield from (f"- **{_whose(budget)}:** {_left(budget, rules)}" for budget in rules.budgets)
    if not any(budget.account_id != BOT_BUDGET for budget in rules.budgets):
        yield "- **Budget of this server:** the operator has set no limit"
    if len(of_some) > FEW_LINES:  # the last ones are the first for which there is no room
        yield from of_some


def _of_some(rules: QuotaRules, catalogue: Catalogue) -> Iterator[str]:
    roles = {role: quota for role, quota in rules.guild.roles.items() if role != rules.everybody.guild_id}
    if len(roles) > 1:
        yield f"- {SEVERAL_ROLES}"
    for role_id, quota in list(roles.items())[:MOST_NAMED]:
        yield f"- **<@&{role_id}>:** {_role(quota, rules, catalogue)}"
    if len(roles) > MOST_NAMED:
        yield f"- and {text.counted(len(roles) - MOST_NAMED, 'more role')}"
    if rules.members or rules.more:
        yield f"- **Members:** {_members(rules)}"


def _everybody(rules: QuotaRules, catalogue: Catalogue) -> str:
    own = rules.guild.roles.get(rules.everybody.guild_id, RoleQuota())
    whose = ", as the operator has it" if own.allowance is None else ""
    credits = f"{_credits(rules.everybody.allowance.amount, rules)}{whose}"
    return f"{credits}; may make {made(own.makes or Makes(), catalogue.titles())}"


def _role(quota: RoleQuota, rules: QuotaRules, catalogue: Catalogue) -> str:
    parts = (
        "" if quota.allowance is None else _credits(quota.allowance, rules),
        "" if quota.makes is None else f"may make {made(quota.makes, catalogue.titles())}",
    )
    return "; ".join(filter(None, parts))


def _credits(amount: int, rules: QuotaRules) -> str:
    return f"{text.credits(amount)} a {rules.everybody.rhythm.length}" if amount else "no credits"


def _members(rules: QuotaRules) -> str:
    named = [f"{text.mention(user_id)} {amount:,}" for user_id, amount in rules.members.items()]
    parts = [f"{listed(named)} a {rules.everybody.rhythm.length}"] if named else []
    if rules.more:
        parts.append(f"{text.counted(rules.more, 'member')} not named here")
    return f"{'; '.join(parts)}: of their own, whatever their roles"


def _anew(rules: QuotaRules) -> str:
    rhythm = rules.everybody.rhythm
    begins = _BEGINS[rhythm.length].format(day=DAYS[rhythm.first_day])
    whose = "" if rules.guild.rhythm else ", as the operator has it"
    return f"{begins} ({rhythm.time_zone}){whose}; what is left of an allowance then expires"


def _limits(counts: Limits, own: Limits) -> str:
    parts = [
        f"{number:,} {what}"
        for number, what in (
            (counts.running_per_member, "of a member's jobs may run"),
            (counts.waiting_per_member, "of them may wait"),
            (counts.running_per_guild, "jobs of the server may run"),
        )
        if number
    ]
    whose = "" if replace(own, largest_job=0) != Limits() else ", as the operator has it"
    return f"{listed(parts)}{whose}" if parts else "any number"


def _largest(rules: QuotaRules) -> str:
    largest = rules.everybody.limits.largest_job
    whose = "" if rules.guild.limits.largest_job else ", as the operator has it"
    return f"may cost at most {text.credits(largest)}{whose}" if largest else "may cost any number of credits"


def _prices(guild: GuildQuota) -> str:
    if not guild.channels:
        return "the same in every channel"
    named = [
        f"<#{channel_id}> {percent - WHOLE:+d} %" if percent else f"<#{channel_id}> free"
        for channel_id, percent in list(guild.channels.items())[:MOST_NAMED]
    ]
    more = [f"{len(guild.channels) - MOST_NAMED} more"] if len(guild.channels) > MOST_NAMED else []
    return f"{listed([*named, *more])}; the usual price elsewhere"


def _newcomers(guild: GuildQuota) -> str:
    new = guild.newcomers
    parts = []
    if new.account_days:
        parts.append(f"an account must be {text.counted(new.account_days, 'day')} old")
    if new.member_days:
        parts.append(f"a member must have joined {text.counted(new.member_days, 'day')} ago")
    return f"{listed(parts)} to ask" if parts else "may ask at once"


def _giving(guild: GuildQuota) -> str:
    if not guild.giving.is_on:
        return "members cannot give each other credits"
    capped = f", at most {guild.giving.per_day:,} a day" if guild.giving.per_day else ""
    return f"members may give each other credits that do not expire{capped}"


def _whose(budget: BudgetLeft) -> str:
    return "Budget of the whole bot" if budget.account_id == BOT_BUDGET else "Budget of this server"


def _left(budget: BudgetLeft, rules: QuotaRules) -> str:
    """The server's in money; what the whole bot may spend is the operator's business, so that is a share."""
    anew = f"anew {text.timestamp(budget.resets_at_ms)}"
    if budget.account_id == BOT_BUDGET:
        return f"{100 * budget.available // budget.limit if budget.limit else 0} % of today's is left, {anew}"
    held = f", {dollars(budget.held)} of the rest reserved" if budget.held else ""
    spent = (
        f"{dollars(budget.available)} of this {rules.everybody.budgets.guild_rhythm.length}'s {dollars(budget.limit)}"
    )
    return f"{spent} is left{held}, {anew}; the operator sets it"


def dollars(units: int) -> str:
    """Budget units, which are cents of Segmind's list price."""
    return f"${units / 100:,.2f}"


def _fit(lines: list[str]) -> str:
    """As many lines as there is room for, and how many are missing."""
    kept: list[str] = []
    left = PANEL_CHARS
    for number, line in enumerate(lines):
        left -= len(line) + 1
        if left < _ROOM_FOR_REST:
            return "\n".join(
                [*kept, f"- and {text.counted(len(lines) - number, 'line')} more, for which there is no room"]
            )
        kept.append(line)
    return "\n".join(kept)
