"""The contextual check without its network: what is shown to it, what it says, and what that means for a request."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from klapper.moderation.appealable import is_appealable
from klapper.moderation.policy import Objection, Verdict

CATEGORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_/ .-]{0,63}")  # as OpenAI writes them: `self-harm/intent`


@dataclass(frozen=True, slots=True)
class ImageFile:
    """An image to be judged. sha256: hex, of the file's bytes. media_type: `image/jpeg` or `image/png`."""

    sha256: str
    path: Path
    media_type: str


@dataclass(frozen=True, slots=True)
class Report:
    """What an endpoint says about one text or image, by its own categories.

    flagged: its judgement of the whole. flags: of each category. scores: 0 to 1, how sure it is of each.
    """

    flagged: bool
    flags: Mapping[str, bool]
    scores: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class CheckBounds:
    """What the operator makes of a report.

    thresholds: category -> score above which it objects, whatever its flag says; a category without one follows its
    flag. review: categories whose objection is for moderators to decide.
    """

    thresholds: Mapping[str, float]
    review: frozenset[str] = frozenset()

    def version(self) -> str:
        """Equal for bounds under which every report means the same."""
        return json.dumps([sorted(self.thresholds.items()), sorted(self.review)], separators=(",", ":"))


def unscored(report: Report, bounds: CheckBounds) -> list[str]:
    """Categories with a threshold that the report has no score for: nobody can say whether they object."""
    return sorted(category for category in bounds.thresholds if category not in report.scores)


def objection(report: Report, bounds: CheckBounds) -> Objection | None:
    """The objection of the category that objects; None when none does.

    A refusal goes before a review, one that nobody may overrule before the others, then the higher score. A flag on the
    whole that no category explains is a refusal.
    """
    names = [category for category in report.flags.keys() | report.scores.keys() if _objects(category, report, bounds)]
    if names:
        by_score = sorted(names, key=lambda name: (-report.scores.get(name, 1.0), name))
        return strictest(_objection(name, bounds) for name in by_score)
    if report.flagged and not any(report.flags.values()):
        return Objection(Verdict.REFUSED, "remote:unnamed", _sentence(""))
    return None


def strictest(objections: Iterable[Objection | None]) -> Objection | None:
    """The first refusal that nobody may overrule, else the first one, else the first review, else none."""
    return min((one for one in objections if one is not None), key=_leniency, default=None)


def _leniency(objection: Objection) -> tuple[bool, bool]:
    return objection.verdict is not Verdict.REFUSED, is_appealable(objection.rule)


def _objects(category: str, report: Report, bounds: CheckBounds) -> bool:
    threshold = bounds.thresholds.get(category)
    if threshold is None:
        return report.flags.get(category, False)
    return report.scores.get(category, 1.0) > threshold  # what has no score may have any


def _objection(category: str, bounds: CheckBounds) -> Objection:
    verdict = Verdict.REVIEW if category in bounds.review else Verdict.REFUSED
    return Objection(verdict, f"remote:{category}", _sentence(f" ({category})"))


def _sentence(which: str) -> str:
    return f"An automatic check objects to this request{which}: change the text or the images and ask again."
