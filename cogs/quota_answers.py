"""What managers filled into the forms of /manage rules, read into rules. Nothing is silently dropped or clamped."""

from __future__ import annotations

import re

from cogs.forms import FormAnswers
from cogs.texts import with_words
from klapper.errors import RequestRefused
from klapper.kling.model import Catalogue
from klapper.ledger.periods import PeriodLength, Rhythm, time_zone_of
from klapper.messages import quota_forms as forms
from klapper.quotas.makes import EVERYTHING, Makes
from klapper.quotas.quota import WHOLE, Giving, Limits, Newcomers, RoleQuota

LENGTHS: dict[str, PeriodLength] = {"day": "day", "week": "week", "month": "month"}
_NAMES = {
    forms.CREDITS: "Credits",
    forms.SECONDS: "Longest clip in seconds",
    forms.PERCENT: "Percent of the price",
    forms.RUNNING: "Running jobs of a member",
    forms.WAITING: "Waiting jobs of a member",
    forms.RUNNING_ALL: "Running jobs on the server",
    forms.LARGEST: "Credits of the largest clip",
    forms.ACCOUNT_DAYS: "Days that an account must be old",
    forms.MEMBER_DAYS: "Days that a member must be here",
    forms.PER_DAY: "Credits a day",
}
NO_LENGTH = "Choose how often allowances begin anew: the time zone and the first day of a week belong to that."
# 1,200 and 1.200 are the same number, 1.5 is none.
_GROUPED = re.compile(r"[0-9]{1,3}(?:[,.'_ \u00a0\u202f][0-9]{3})*|[0-9]+")


def role(answers: FormAnswers, catalogue: Catalogue) -> RoleQuota:
    """What a role gets and may make; where everything was chosen, everything is said to be allowed."""
    chosen = {name: frozenset(answers.choices.get(name, ())) for name in (forms.MODELS, forms.MODES)}
    models = {family.key for family in catalogue.families()}
    modes = {str(choice) for model in catalogue.models if (field := model.field("mode")) for choice in field.choices}
    longest = _limit(answers, forms.SECONDS)
    makes = Makes(
        frozenset() if models <= chosen[forms.MODELS] else chosen[forms.MODELS],
        frozenset() if modes <= chosen[forms.MODES] else chosen[forms.MODES],
        longest,
    )
    says_something = makes != EVERYTHING or any(chosen.values())
    return RoleQuota(_number(answers, forms.CREDITS), makes if says_something else None)


def credits(answers: FormAnswers) -> int | None:
    """An allowance; None where nothing was filled in."""
    return _number(answers, forms.CREDITS)


def rhythm(answers: FormAnswers, operators: Rhythm) -> Rhythm | None:
    """None for that of the operator. Raises RequestRefused (`bad_time_zone`, `no_length`)."""
    zone, day = _zone(answers.texts.get(forms.ZONE, "")), int(_one(answers, forms.FIRST_DAY) or 0)
    length = LENGTHS.get(_one(answers, forms.LENGTH))
    if length is not None:
        return Rhythm(length, zone, day)
    if (zone, day) != (operators.time_zone, operators.first_day):
        raise RequestRefused("no_length", NO_LENGTH)
    return None


def _zone(given: str) -> str:
    try:
        return time_zone_of(given)
    except ValueError as error:
        sentence = f"The time zone {error}"
        ended = sentence if sentence.endswith("?") else f"{sentence}."
        raise RequestRefused("bad_time_zone", with_words(ended, given)) from error


def limits(answers: FormAnswers) -> Limits:
    """A server's own."""
    names = (forms.RUNNING, forms.WAITING, forms.RUNNING_ALL, forms.LARGEST)
    return Limits(*[_limit(answers, name) for name in names])


def newcomers(answers: FormAnswers) -> Newcomers:
    """In days."""
    return Newcomers(_limit(answers, forms.ACCOUNT_DAYS), _limit(answers, forms.MEMBER_DAYS))


def giving(answers: FormAnswers) -> Giving:
    """Whether members give each other credits."""
    return Giving(_one(answers, forms.STATE) == forms.ON, _limit(answers, forms.PER_DAY))


def percent(answers: FormAnswers) -> int:
    """Of the price."""
    number = _number(answers, forms.PERCENT)
    return WHOLE if number is None else number


def _one(answers: FormAnswers, name: str) -> str:
    return next(iter(answers.choices.get(name, ())), "")


def _limit(answers: FormAnswers, name: str) -> int:
    """0 where nothing was filled in, which is no limit. Raises RequestRefused (`bad_number`), also for a 0."""
    number = _number(answers, name)
    if number == 0:
        raise RequestRefused("bad_number", f"{_NAMES[name]}: a whole number from 1 on, or leave it empty.")
    return number or 0


def _number(answers: FormAnswers, name: str) -> int | None:
    """None where nothing was filled in. Raises RequestRefused (`bad_number`)."""
    given = answers.texts.get(name, "").strip()
    bare = given.removesuffix("%").rstrip() if name == forms.PERCENT else given
    if not given:
        return None
    if not _GROUPED.fullmatch(bare):
        least = 0 if name in (forms.CREDITS, forms.PERCENT) else 1
        sentence = f"{_NAMES[name]}: a whole number from {least} on, or leave it empty."
        raise RequestRefused("bad_number", with_words(sentence, given))
    return int("".join(filter(str.isdigit, bare)))
