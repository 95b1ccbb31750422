"""What a report means: thresholds before flags, refusals before reviews; and what is remembered of it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klapper.moderation.contextual import CheckBounds, Report, objection, strictest, unscored
from klapper.moderation.policy import Objection, Verdict
from klapper.moderation.remembered import Judged, Remembered
from tests.fakes import Activity, ManualClock

REFUSED, REVIEW = Verdict.REFUSED, Verdict.REVIEW


def report(scores: dict[str, float], *flags: str, flagged: bool | None = None) -> Report:
    return Report(bool(flags) if flagged is None else flagged, {name: name in flags for name in scores}, scores)


# report, thresholds, review -> verdict and category, None for no objection
CASES: list[tuple[Report, dict[str, float], tuple[str, ...], tuple[Verdict, str] | None]] = [
    (report({"a": 0.0}), {}, (), None),
    (report({"a": 0.9}), {}, (), None),
    (report({"a": 0.2}, "a"), {}, (), (REFUSED, "a")),
    (report({"a": 0.2}, "a"), {}, ("a",), (REVIEW, "a")),
    (report({"a": 0.2}, "a"), {}, ("b",), (REFUSED, "a")),
    # a threshold counts instead of the flag
    (report({"a": 0.5}), {"a": 0.4}, (), (REFUSED, "a")),
    (report({"a": 0.4}), {"a": 0.4}, (), None),
    (report({"a": 0.5}, "a"), {"a": 0.6}, (), None),
    (report({"a": 1.0}, "a"), {"a": 1.0}, (), None),
    (report({"a": 0.5}), {"a": 0.4}, ("a",), (REVIEW, "a")),
    (report({"a": 0.5, "b": 0.9}, "b"), {"a": 0.6}, (), (REFUSED, "b")),
    # which one is named
    (report({"a": 0.5, "b": 0.9}, "a", "b"), {}, (), (REFUSED, "b")),
    (report({"a": 0.5, "b": 0.5}, "a", "b"), {}, (), (REFUSED, "a")),
    (report({"a": 0.5, "b": 0.9}, "a", "b"), {}, ("b",), (REFUSED, "a")),
    (report({"a": 0.5, "b": 0.9}, "a", "b"), {}, ("a", "b"), (REVIEW, "b")),
    # what nobody may overrule goes before what moderators may
    (report({"a": 0.9, "sexual/minors": 0.1}, "a", "sexual/minors"), {}, (), (REFUSED, "sexual/minors")),
    (report({"a": 0.1, "sexual/minors": 0.9}, "a", "sexual/minors"), {}, ("sexual/minors",), (REFUSED, "a")),
    # nobody knows why
    (report({"a": 0.1}, flagged=True), {}, ("a",), (REFUSED, "unnamed")),
    (report({}, flagged=True), {}, (), (REFUSED, "unnamed")),
    (Report(True, {"a": True}, {}), {}, (), (REFUSED, "a")),
    (Report(False, {"a": False}, {}), {"a": 0.5}, (), (REFUSED, "a")),
]


@pytest.mark.parametrize(("given_report", "thresholds", "review", "expected"), CASES)
def test_a_report_means(
    given_report: Report,
    thresholds: dict[str, float],
    review: tuple[str, ...],
    expected: tuple[Verdict, str] | None,
) -> None:
    found = objection(given_report, CheckBounds(thresholds, frozenset(review)))
    assert (None if found is None else (found.verdict, found.rule)) == (
        None if expected is None else (expected[0], f"remote:{expected[1]}")
    )


names = st.sampled_from("abcd")
reports = st.builds(
    Report,
    flagged=st.booleans(),
    flags=st.dictionaries(names, st.booleans()),
    scores=st.dictionaries(names, st.floats(0, 1)),
)


@given(reports, st.dictionaries(names, st.floats(0, 1)), st.frozensets(names))
def test_no_threshold_is_no_yes_to_what_is_flagged_elsewhere(
    given_report: Report, thresholds: dict[str, float], review: frozenset[str]
) -> None:
    bounds = CheckBounds(thresholds, review)
    flagged = {name for name, flag in given_report.flags.items() if flag} - thresholds.keys()
    above = {name for name, score in given_report.scores.items() if score > thresholds.get(name, 1.0)}
    silent = {name for name in given_report.flags if name in unscored(given_report, bounds)}
    found = objection(given_report, bounds)
    if flagged | above:
        assert found is not None
        refusing = (flagged | above | silent) - review
        assert (found.verdict is REFUSED) == bool(refusing)


@given(st.lists(st.sampled_from([None, Objection(REVIEW, "x"), Objection(REFUSED, "y")])))
def test_the_strictest_of_several_counts(found: list[Objection | None]) -> None:
    rank = [None, REVIEW, REFUSED]
    strict = strictest(found)
    verdicts = [None if one is None else one.verdict for one in found]
    assert (None if strict is None else strict.verdict) == max(verdicts, key=rank.index, default=None)


def test_a_missing_score_is_missed_only_where_it_has_a_threshold() -> None:
    assert unscored(report({"a": 0.1}), CheckBounds({"b": 0.5, "a": 0.5}, frozenset({"c"}))) == ["b"]


def test_bounds_that_differ_have_another_version() -> None:
    bounds: list[Any] = [({}, ()), ({"a": 0.5}, ()), ({"a": 0.6}, ()), ({"a": 0.5}, ("a",)), ({}, ("a",))]
    assert len({CheckBounds(thresholds, frozenset(review)).version() for thresholds, review in bounds}) == len(bounds)
    assert CheckBounds({"a": 1, "b": 0}).version() == CheckBounds({"b": 0, "a": 1}).version()


YES = Judged(None)


async def test_the_answers_that_were_used_least_recently_go_first() -> None:
    remembered = Remembered(ManualClock(Activity()), for_s=10, most=2)
    remembered.put("a", YES)
    remembered.put("b", YES)
    assert remembered.get("a") is YES
    remembered.put("c", YES)
    assert [remembered.get(key) for key in "abc"] == [YES, None, YES]


async def test_nothing_is_remembered_for_no_time() -> None:
    remembered = Remembered(ManualClock(Activity()), for_s=0)
    remembered.put("a", YES)
    assert remembered.get("a") is None


async def test_a_wall_clock_that_is_set_back_keeps_nothing_for_longer() -> None:
    clock = ManualClock(Activity())
    remembered = Remembered(clock, for_s=10)
    remembered.put("a", YES)
    clock.set_back(3600)
    await clock.jump(10)
    assert remembered.get("a") is None
