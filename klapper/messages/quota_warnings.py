"""Rules of credits that hardly anybody means to set, as they leave nothing or take something away. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from klapper.kling.model import Catalogue
from klapper.messages import text
from klapper.quotas.makes import Asked, Makes
from klapper.services.quota_desk import QuotaRules
from klapper.services.quota_refusals import made

MOST_WARNINGS = 3


def quota_warnings(rules: QuotaRules, catalogue: Catalogue, cheapest: int | None) -> list[str]:
    """A sentence for each of the first few. cheapest: credits of the cheapest clip in the price list, None without."""
    return [*_too_dear(rules, cheapest), *_nothing_made(rules, catalogue), *_less_than_everybody(rules)][:MOST_WARNINGS]


def _too_dear(rules: QuotaRules, cheapest: int | None) -> Iterator[str]:
    largest = rules.everybody.limits.largest_job
    if largest and cheapest is not None and largest < cheapest:
        yield (
            f"⚠ A clip may cost at most {text.credits(largest)}, and the cheapest costs {cheapest:,} at the usual "
            "price: set more, or hardly anything can be made."
        )


def _nothing_made(rules: QuotaRules, catalogue: Catalogue) -> Iterator[str]:
    offered = list(_shortest(catalogue))
    for role_id, quota in rules.guild.roles.items():
        makes = quota.makes or Makes()
        if not any(makes.allows(asked) for asked in offered):
            whose = "everybody" if role_id == rules.everybody.guild_id else f"<@&{role_id}>"
            yield (
                f"⚠ Of what {whose} may make ({made(makes, catalogue.titles())}) no model makes anything: allow longer "
                "clips, or more models and modes."
            )


def _less_than_everybody(rules: QuotaRules) -> Iterator[str]:
    most = rules.everybody.allowance.amount
    for role_id, quota in rules.guild.roles.items():
        if quota.allowance is not None and role_id != rules.everybody.guild_id and quota.allowance < most:
            yield f"⚠ <@&{role_id}> gives {quota.allowance:,}, which counts instead of everybody's {most:,}."


def _shortest(catalogue: Catalogue) -> Iterator[Asked]:
    """The shortest clip of every model in each of its modes."""
    for model in catalogue.models:
        durations, modes = model.field("duration_s"), model.field("mode")
        seconds = min(int(choice) for choice in durations.choices) if durations else 0
        for mode in modes.choices if modes else (None,):
            yield Asked(model.family.key, None if mode is None else str(mode), seconds)
