"""What managers filled into the forms of /manage rules, read into rules. Nothing is silently dropped or clamped."""

from __future__ import annotations

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
_BETWEEN_DIGITS = str.maketrans("", "", ",.'_ \u00a0\u202f")


def role(answers: FormAnswers, catalogue: Catalogue) -> RoleQuota:
    """What a role gets and may make; where everything was chosen, everything is said to be allowed."""
    chosen = {name: frozenset(answers.choices.get(name, ())) for name in (forms.MODELS, forms.MODES)}
    models = {family.key for family in catalogue.families()}
    modes = {str(choice) for model in catalogue.models if (field := model.field("mode")) for choice in field.choices}
    longest = _number(answers, forms.SECONDS) or 0
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


def rhythm(answers: FormAnswers) -> Rhythm | None:
    """None for that of the operator. Raises RequestRefused (`bad_time_zone`)."""
    length = LENGTHS.get(_one(answers, forms.LENGTH))
    if length is None:
        return None
    try:
        zone = time_zone_of(answers.texts.get(forms.ZONE, ""))
    except ValueError as error:
        sentence = f"The time zone {error}."
        raise RequestRefused("bad_time_zone", with_words(sentence, answers.texts.get(forms.ZONE, ""))) from error
    return Rhythm(length, zone, int(_one(answers, forms.FIRST_DAY) or 0))


def limits(answers: FormAnswers) -> Limits:
    """A server's own."""
    names = (forms.RUNNING, forms.WAITING, forms.RUNNING_ALL, forms.LARGEST)
    return Limits(*[_number(answers, name) or 0 for name in names])


def newcomers(answers: FormAnswers) -> Newcomers:
    """In days."""
    return Newcomers(_number(answers, forms.ACCOUNT_DAYS) or 0, _number(answers, forms.MEMBER_DAYS) or 0)


def giving(answers: FormAnswers) -> Giving:
    """Whether members give each other credits."""
    return Giving(_one(answers, forms.STATE) == forms.ON, _number(answers, forms.PER_DAY) or 0)


def percent(answers: FormAnswers) -> int:
    """Of the price."""
    number = _number(answers, forms.PERCENT)
    return WHOLE if number is None else number


def _one(answers: FormAnswers, name: str) -> str:
    return next(iter(answers.choices.get(name, ())), "")


def _number(answers: FormAnswers, name: str) -> int | None:
    """None where nothing was filled in. Raises RequestRefused (`bad_number`)."""
    given = answers.texts.get(name, "").strip()
    bare = given.translate(_BETWEEN_DIGITS).removesuffix("%")
    if not given:
        return None
    if not (bare.isascii() and bare.isdecimal()):
        raise RequestRefused(
            "bad_number", with_words(f"{_NAMES[name]}: a whole number, such as 300, or nothing.", given)
        )
    return int(bare)
