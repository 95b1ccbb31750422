"""What refusals weigh and what they lead to. Pure: times go in, consequences come out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klapper.clock import DAY_MS
from klapper.moderation.standing import HALF_LIFE_MS, Bounds, Consequences, after_refusal, is_watched, weight

NOW_MS = 1_000 * DAY_MS
BOUNDS = Bounds(to_review=2, to_pause=4, guild_to_pause=20, pause_ms=DAY_MS)
NEVER = Bounds(to_review=0, to_pause=0, guild_to_pause=0)
PAUSED, NOT_PAUSED = NOW_MS + DAY_MS, None

times = st.lists(st.integers(0, NOW_MS), max_size=40)


def days_ago(*days: float) -> list[int]:
    return [NOW_MS - round(day * DAY_MS) for day in days]


#  days since each refusal of a member         watched  paused until
ALONE = [
    ((), False, NOT_PAUSED),
    ((0,), False, NOT_PAUSED),
    ((0, 0), True, NOT_PAUSED),
    ((0, 1), True, NOT_PAUSED),
    ((0, 14), True, NOT_PAUSED),  # 1 + 1/2
    ((0, 15), False, NOT_PAUSED),
    ((5, 5), True, NOT_PAUSED),
    ((6, 6), False, NOT_PAUSED),
    ((14, 14), False, NOT_PAUSED),
    ((14, 14, 14), True, NOT_PAUSED),
    ((0, 0, 0), True, NOT_PAUSED),
    ((0, 0, 0, 0), True, PAUSED),
    ((0, 0, 0, 14), True, PAUSED),
    ((0, 0, 0, 15), True, NOT_PAUSED),
    ((0, 2, 4, 6, 8), True, PAUSED),
    ((28, 28, 28, 28), False, NOT_PAUSED),
]


@pytest.mark.parametrize(("ago", "watched", "until"), ALONE)
def test_a_members_refusals_lead_to_review_and_then_to_a_pause(
    ago: tuple[float, ...], watched: bool, until: int | None
) -> None:
    assert is_watched(days_ago(*ago), NOW_MS, BOUNDS) is watched
    assert after_refusal(days_ago(*ago), [], NOW_MS, BOUNDS) == Consequences(until, pauses_guild=False)


@pytest.mark.parametrize(
    ("refusals", "ago", "pauses"), [(19, 0, False), (20, 0, True), (20, 1, False), (38, 14, False), (39, 14, True)]
)
def test_a_guilds_refusals_pause_the_guild(refusals: int, ago: float, pauses: bool) -> None:
    of_guild = days_ago(*[ago] * refusals)
    assert after_refusal([], of_guild, NOW_MS, BOUNDS).pauses_guild is pauses


@given(times, times)
def test_a_bound_of_0_is_never_reached(of_member: list[int], of_guild: list[int]) -> None:
    assert not is_watched(of_member, NOW_MS, NEVER)
    assert after_refusal(of_member, of_guild, NOW_MS, NEVER) == Consequences()


@given(times, st.integers(0, NOW_MS))
def test_another_refusal_never_weighs_less(of_member: list[int], another_ms: int) -> None:
    assert weight([*of_member, another_ms], NOW_MS) >= weight(of_member, NOW_MS)
    if is_watched(of_member, NOW_MS, BOUNDS):
        assert is_watched([*of_member, another_ms], NOW_MS, BOUNDS)


@given(times, st.integers(0, 100 * DAY_MS))
def test_what_is_forgiven_stays_forgiven_while_nothing_is_refused(of_member: list[int], later_ms: int) -> None:
    assert weight(of_member, NOW_MS + later_ms) <= weight(of_member, NOW_MS)
    if not is_watched(of_member, NOW_MS, BOUNDS):
        assert not is_watched(of_member, NOW_MS + later_ms, BOUNDS)


@given(times)
def test_half_of_it_is_left_after_each_half_life(of_member: list[int]) -> None:
    assert weight(of_member, NOW_MS + HALF_LIFE_MS) == pytest.approx(weight(of_member, NOW_MS) / 2)


@given(st.integers(1, 50))
def test_so_many_refusals_in_a_row_reach_a_bound_of_so_many(bound: int) -> None:
    """Seconds between them must not make the bound one higher than its setting says."""
    row = [NOW_MS - second * 1_000 for second in range(bound)]
    bounds = Bounds(to_review=bound)
    assert is_watched(row, NOW_MS, bounds)
    assert not is_watched(row[1:], NOW_MS, bounds)


def test_a_clock_that_was_set_back_makes_a_refusal_weigh_no_more_than_one() -> None:
    assert weight([NOW_MS + DAY_MS], NOW_MS) == 1
