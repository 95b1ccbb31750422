"""The forms behind the panel of /manage rules, filled in with what counts now. Pure.

Source of the limits: Discord docs, Component Reference, Modal and Label: 5 labels, titles and labels of 45 characters,
descriptions of 100. A form is stopped before it is sent: its answers are read from the raw event.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import discord
from discord import ui

from klapper.kling.model import Catalogue
from klapper.messages import quota_controls as controls
from klapper.messages.draft_controls import Choice, select_options
from klapper.messages.draft_forms import Inputs
from klapper.messages.quota_controls import Chosen
from klapper.quotas.makes import EVERYTHING, Makes
from klapper.quotas.quota import WHOLE, RoleQuota
from klapper.services.quota_changes import DAYS
from klapper.services.quota_desk import QuotaRules

CREDITS, SECONDS, PERCENT = "credits", "seconds", "percent"
MODELS, MODES = "models", "modes"
LENGTH, FIRST_DAY, ZONE = "length", "first_day", "zone"
RUNNING, WAITING, RUNNING_ALL, LARGEST = "running", "waiting", "running_all", "largest"
ACCOUNT_DAYS, MEMBER_DAYS = "account_days", "member_days"
STATE, PER_DAY = "state", "per_day"
ON, OFF = "on", "off"
AS_OPERATOR = "operator"

INPUTS = Inputs(
    texts=frozenset(
        {CREDITS, SECONDS, PERCENT, ZONE, RUNNING, WAITING, RUNNING_ALL, LARGEST, ACCOUNT_DAYS, MEMBER_DAYS, PER_DAY}
    ),
    choices=frozenset({MODELS, MODES, LENGTH, FIRST_DAY, STATE}),
)

_NUMBER_CHARS, _ZONE_CHARS, _TITLE_CHARS = 12, 60, 45
_LENGTHS = {"day": "every day", "week": "every week", "month": "every month"}
Labels = Iterator["ui.Label[ui.Modal]"]


def build_form(
    chosen: Chosen, name: str, rules: QuotaRules, catalogue: Catalogue, *, own: int | None = None
) -> ui.Modal:
    """The form about what was chosen. name: of the role, member or channel. own: what a member has of their own."""
    form = ui.Modal(
        title=_title(chosen, name)[:_TITLE_CHARS],
        custom_id=replace(chosen, version=rules.guild.version).custom_id,
        timeout=None,
    )
    for label in _labels(chosen, rules, catalogue, own):
        form.add_item(label)
    form.stop()
    return form


def _title(chosen: Chosen, name: str) -> str:
    return {
        controls.EVERYBODY: "Everybody",
        controls.PERIODS: "When allowances begin anew",
        controls.LIMITS: "Limits",
        controls.NEWCOMERS: "Who is too new to ask",
        controls.GIVING: "Members give each other credits",
        controls.ROLE: f"Role {name}",
        controls.MEMBER: f"Allowance of {name}",
        controls.CHANNEL: f"Price in {name}",
    }[chosen.form]


def _labels(chosen: Chosen, rules: QuotaRules, catalogue: Catalogue, own: int | None) -> Labels:
    match chosen.form:
        case controls.EVERYBODY | controls.ROLE:
            return _role(chosen, rules, catalogue)
        case controls.MEMBER:
            return _member(rules, own)
        case controls.CHANNEL:
            return _channel(chosen, rules)
        case form:
            return _OF_ALL[form](rules)


def _role(chosen: Chosen, rules: QuotaRules, catalogue: Catalogue) -> Labels:
    is_everybody = chosen.form == controls.EVERYBODY
    quota = rules.guild.roles.get(chosen.target or rules.everybody.guild_id, RoleQuota())
    nothing, what, longest = (
        "Empty: what everybody else gets",
        "Empty: all of them. All three empty: as for everybody",
        "Empty: no limit. All three empty: as for everybody",
    )
    if is_everybody:
        nothing = f"Empty: {rules.operator.allowance:,}, as the operator has it"
        what, longest = "Empty: everything", "Empty: as long as the model can"
    yield _label(f"Credits a {rules.everybody.rhythm.length}", _number(CREDITS, quota.allowance), nothing)
    makes = quota.makes or Makes()
    says_all = quota.makes == EVERYTHING and not is_everybody
    families = {family.key: family.title for family in catalogue.families()}
    yield _label("Models", _several(MODELS, families, families if says_all else makes.models), what)
    modes = {mode: mode for mode in _modes(catalogue)}
    yield _label("Modes", _several(MODES, modes, modes if says_all else makes.modes), what)
    yield _label("Longest clip in seconds", _number(SECONDS, makes.longest_s or None), longest)


def _periods(rules: QuotaRules) -> Labels:
    own, operators = rules.guild.rhythm, rules.operator.rhythm
    shown = own or operators
    as_operator = Choice(AS_OPERATOR, "as the operator has it", _LENGTHS[operators.length], is_current=own is None)
    length = None if own is None else own.length
    lengths = [Choice(value, label, is_current=value == length) for value, label in _LENGTHS.items()]
    yield _label(
        "How often",
        _one(LENGTH, [as_operator, *lengths]),
        "When the running period ends; amounts stay",
    )
    days = [Choice(str(number), day, is_current=number == shown.first_day) for number, day in enumerate(DAYS)]
    yield _label("A week begins on", _one(FIRST_DAY, days))
    zone: ui.TextInput[Any] = ui.TextInput(custom_id=ZONE, default=shown.time_zone, max_length=_ZONE_CHARS)
    yield _label("Time zone", zone, "A name such as Europe/Berlin, or a city: a day begins there at midnight")


def _limits(rules: QuotaRules) -> Labels:
    own, cap = rules.guild.limits, rules.operator.limits
    for name, label, number, most in (
        (RUNNING, "Running jobs of a member", own.running_per_member, cap.running_per_member),
        (WAITING, "Waiting jobs of a member", own.waiting_per_member, cap.waiting_per_member),
        (RUNNING_ALL, "Running jobs on the server", own.running_per_guild, cap.running_per_guild),
        (LARGEST, "Credits of the largest clip", own.largest_job, cap.largest_job),
    ):
        empty = f"Empty: {most:,}, the most that the operator allows" if most else "Empty: any number"
        yield _label(label, _number(name, number or None), empty)


def _newcomers(rules: QuotaRules) -> Labels:
    own, empty = rules.guild.newcomers, "Empty: none"
    yield _label("Days that an account must be old", _number(ACCOUNT_DAYS, own.account_days or None), empty)
    yield _label("Days that a member must be here", _number(MEMBER_DAYS, own.member_days or None), empty)


def _giving(rules: QuotaRules) -> Labels:
    own = rules.guild.giving
    on = Choice(ON, "yes, of credits that do not expire", is_current=own.is_on)
    states = [Choice(OFF, "no", is_current=not own.is_on), on]
    yield _label("May they", _one(STATE, states))
    yield _label("Credits a day, of each member", _number(PER_DAY, own.per_day or None), "Empty: as many as they have")


_OF_ALL: Mapping[str, Callable[[QuotaRules], Labels]] = {
    controls.PERIODS: _periods,
    controls.LIMITS: _limits,
    controls.NEWCOMERS: _newcomers,
    controls.GIVING: _giving,
}


def _member(rules: QuotaRules, own: int | None) -> Labels:
    empty = "Empty: what their roles give; what is set here wins over all roles"
    yield _label(f"Credits a {rules.everybody.rhythm.length}", _number(CREDITS, own), empty)


def _channel(chosen: Chosen, rules: QuotaRules) -> Labels:
    percent = rules.guild.channels.get(chosen.target)
    said = f"150: half as much again; 50: half; 0: free; empty: {WHOLE}, the usual price"
    yield _label("Percent of the price", _number(PERCENT, percent), said)


def _modes(catalogue: Catalogue) -> list[str]:
    fields = (model.field("mode") for model in catalogue.models)
    return list(dict.fromkeys(str(choice) for field in fields if field is not None for choice in field.choices))


def _label(text: str, component: Any, description: str = "") -> ui.Label[ui.Modal]:
    return ui.Label(text=text, component=component, description=description or None)


def _number(name: str, value: int | None) -> ui.TextInput[Any]:
    default = None if value is None else str(value)
    return ui.TextInput(custom_id=name, default=default, required=False, max_length=_NUMBER_CHARS)


def _one(name: str, choices: list[Choice]) -> ui.Select[Any]:
    return ui.Select(custom_id=name, options=select_options(choices))


def _several(name: str, labels: dict[str, str], chosen: Iterable[str]) -> ui.CheckboxGroup[Any]:
    now = set(chosen)
    options = [
        discord.CheckboxGroupOption(label=label, value=value, default=value in now) for value, label in labels.items()
    ]
    return ui.CheckboxGroup(custom_id=name, required=False, min_values=0, max_values=len(options), options=options)
