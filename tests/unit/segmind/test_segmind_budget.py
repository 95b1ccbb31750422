"""One budget for every request with the key."""

from __future__ import annotations

import asyncio
import heapq
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from klapper.segmind.budget import LearnedRate, RequestBudget, RequestKind

SETTLE_STEPS = 20


class ManualClock:
    """Time that moves when the test says so."""

    def __init__(self) -> None:
        self.time_s = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def now_ms(self) -> int:
        return round(self.time_s * 1000)

    def monotonic_s(self) -> float:
        return self.time_s

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.time_s + seconds, next(self._order), woken))
        await woken

    async def advance(self, seconds: float) -> None:
        """Let everything happen that is due within these seconds, in order."""
        end_s = self.time_s + seconds
        await _settle()
        while self._sleepers and self._sleepers[0][0] <= end_s:
            self.time_s, _, woken = heapq.heappop(self._sleepers)
            if not woken.done():
                woken.set_result(None)
            await _settle()
        self.time_s = end_s


async def _settle() -> None:
    for _ in range(SETTLE_STEPS):
        await asyncio.sleep(0)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def filled(per_minute: int, clock: ManualClock) -> RequestBudget:
    """One that has been idle for a while."""
    return RequestBudget(per_minute, clock, tokens=per_minute)


async def take(
    budget: RequestBudget, kind: RequestKind, started: list[tuple[RequestKind, float]], clock: ManualClock
) -> None:
    await budget.acquire(kind)
    started.append((kind, clock.time_s))


async def started_in(budget: RequestBudget, clock: ManualClock, requests: int, seconds: float) -> list[float]:
    """When each of so many waiting requests starts."""
    started: list[tuple[RequestKind, float]] = []
    tasks = [asyncio.create_task(take(budget, RequestKind.STATUS, started, clock)) for _ in range(requests)]
    await clock.advance(seconds)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return [at_s for _, at_s in started]


@pytest.mark.parametrize("per_minute", [1, 2, 5, 7, 50, 120])
async def test_no_minute_has_more_requests_than_the_key_allows(per_minute: int, clock: ManualClock) -> None:
    budget = filled(per_minute, clock)
    starts = await started_in(budget, clock, per_minute * 3, 150)
    assert len(starts) > per_minute / 2
    for start_s in starts:
        assert sum(start_s <= other_s <= start_s + 60 for other_s in starts) <= per_minute


async def test_what_is_allowed_is_used(clock: ManualClock) -> None:
    starts = await started_in(filled(50, clock), clock, 200, 120)
    assert len(starts) >= 90


async def test_a_request_that_may_start_does_not_wait(clock: ManualClock) -> None:
    assert await started_in(filled(50, clock), clock, 3, 0) == [0, 0, 0]


async def test_a_finished_clip_goes_before_new_work_and_polls_go_last(clock: ManualClock) -> None:
    budget = filled(5, clock)
    await budget.acquire(RequestKind.STATUS)
    started: list[tuple[RequestKind, float]] = []
    tasks = []
    for kind in (RequestKind.STATUS, RequestKind.SUBMIT, RequestKind.RESULT):
        tasks.append(asyncio.create_task(take(budget, kind, started, clock)))
        await clock.advance(0)
    await clock.advance(120)
    await asyncio.gather(*tasks)
    assert [kind for kind, _ in started] == [RequestKind.RESULT, RequestKind.SUBMIT, RequestKind.STATUS]


async def test_requests_of_one_kind_start_in_order_of_arrival(clock: ManualClock) -> None:
    budget = filled(5, clock)
    started: list[int] = []

    async def numbered(number: int) -> None:
        await budget.acquire(RequestKind.STATUS)
        started.append(number)

    tasks = [asyncio.create_task(numbered(number)) for number in range(4)]
    await clock.advance(60)
    await asyncio.gather(*tasks)
    assert started == [0, 1, 2, 3]


async def test_uploads_and_polls_start_in_order_of_arrival(clock: ManualClock) -> None:
    budget = filled(5, clock)
    await budget.acquire(RequestKind.STATUS)
    started: list[tuple[RequestKind, float]] = []
    arrived = [RequestKind.UPLOAD, RequestKind.STATUS, RequestKind.STATUS, RequestKind.UPLOAD, RequestKind.STATUS]
    tasks = [asyncio.create_task(take(budget, kind, started, clock)) for kind in arrived]
    await clock.advance(120)
    await asyncio.gather(*tasks)
    assert [kind for kind, _ in started] == arrived


@given(st.integers(1, 60), st.lists(st.floats(0, 30), min_size=1, max_size=25))
@settings(max_examples=60)
def test_a_poll_waits_for_no_more_uploads_than_there_are_uploaders(per_minute: int, rests_s: list[float]) -> None:
    assert asyncio.run(_overtaken(per_minute, rests_s, uploaders=2)) <= 2


async def _overtaken(per_minute: int, rests_s: list[float], *, uploaders: int) -> int:
    """How many uploads started at most while a poll waited; the uploaders always want more."""
    clock = ManualClock()
    budget = filled(per_minute, clock)
    started, waited = [0], []

    async def upload() -> None:
        while True:
            await budget.acquire(RequestKind.UPLOAD)
            started[0] += 1

    async def poll() -> None:
        before = started[0]
        try:
            await budget.acquire(RequestKind.STATUS)
        finally:
            waited.append(started[0] - before)

    endless = [asyncio.create_task(upload()) for _ in range(uploaders)]
    polls = []
    for rest_s in rests_s:
        await clock.advance(rest_s)
        polls.append(asyncio.create_task(poll()))
    await clock.advance(60 * 2 * (uploaders + len(polls)))
    for task in endless + polls:
        task.cancel()
    await asyncio.gather(*polls, return_exceptions=True)
    return max(waited)


async def test_a_cancelled_request_spends_nothing_and_lets_the_next_one_go(clock: ManualClock) -> None:
    budget = filled(5, clock)
    await budget.acquire(RequestKind.STATUS)
    started: list[tuple[RequestKind, float]] = []
    first = asyncio.create_task(take(budget, RequestKind.STATUS, started, clock))
    second = asyncio.create_task(take(budget, RequestKind.STATUS, started, clock))
    await clock.advance(1)
    first.cancel()
    await clock.advance(31)
    await second
    assert started == [(RequestKind.STATUS, 30.0)]


async def test_too_many_requests_halve_the_rate_once_however_many_answers_say_so(clock: ManualClock) -> None:
    budget = filled(50, clock)
    full = budget.per_minute
    for _ in range(5):
        budget.rate_limited()
        await clock.advance(1)
    assert budget.per_minute == pytest.approx(full / 2, rel=0.05)


async def test_repeated_refusals_halve_again_but_never_to_nothing(clock: ManualClock) -> None:
    budget = filled(50, clock)
    full = budget.per_minute
    for _ in range(30):
        budget.rate_limited()
        await clock.advance(11)
    assert 0.5 <= budget.per_minute < full / 8
    assert len(await started_in(budget, clock, 1, 180)) == 1


async def test_the_rate_comes_back_slowly_and_no_further_than_it_was(clock: ManualClock) -> None:
    budget = filled(50, clock)
    full = budget.per_minute
    budget.rate_limited()
    await clock.advance(5 * 60)
    assert budget.per_minute == pytest.approx(full * 0.75)
    await clock.advance(60 * 60)
    assert budget.per_minute == full


async def test_nothing_starts_before_the_time_that_segmind_asked_for(clock: ManualClock) -> None:
    budget = filled(50, clock)
    budget.rate_limited(retry_after_s=40.0)
    starts = await started_in(budget, clock, 5, 60)
    assert starts
    assert min(starts) >= 40.0


@pytest.mark.parametrize(
    ("per_minute", "running", "may"),
    [(5, 0, True), (5, 7, True), (5, 8, False), (50, 89, True), (50, 90, False), (1, 0, True), (1, 1, False)],
)
def test_a_submit_starts_only_if_every_job_keeps_a_poll_per_two_minutes(
    per_minute: int, running: int, may: bool, clock: ManualClock
) -> None:
    assert filled(per_minute, clock).may_submit(running) is may


def test_a_lowered_rate_admits_fewer_submits(clock: ManualClock) -> None:
    budget = filled(5, clock)
    budget.rate_limited()
    assert budget.may_submit(3)
    assert not budget.may_submit(4)


# Across a restart


async def test_a_new_process_begins_with_nothing_to_spend(clock: ManualClock) -> None:
    budget = RequestBudget(50, clock)
    assert await started_in(budget, clock, 3, 0) == []
    assert await started_in(budget, clock, 3, 5) == pytest.approx([60 / 45, 120 / 45, 180 / 45])


async def test_a_new_process_goes_on_from_what_a_429_taught(clock: ManualClock) -> None:
    taught: list[LearnedRate] = []
    budget = RequestBudget(50, clock, taught=taught.append)
    full = budget.per_minute
    await started_in(budget, clock, 20, 20)
    assert taught == []  # nothing is written because of a request
    budget.rate_limited()
    await clock.advance(120)
    after = RequestBudget(50, clock, learned=taught[-1])
    assert after.per_minute == pytest.approx(budget.per_minute) == pytest.approx(0.6 * full)
    assert len(taught) == 1


async def test_a_new_process_starts_nothing_before_the_time_that_segmind_asked_for(clock: ManualClock) -> None:
    taught: list[LearnedRate] = []
    RequestBudget(50, clock, taught=taught.append).rate_limited(retry_after_s=40.0)
    starts = await started_in(RequestBudget(50, clock, learned=taught[-1]), clock, 5, 60)
    assert starts
    assert min(starts) >= 40.0


async def test_a_longer_closure_is_learned_although_it_does_not_halve_again(clock: ManualClock) -> None:
    taught: list[LearnedRate] = []
    budget = RequestBudget(50, clock, taught=taught.append)
    budget.rate_limited()
    budget.rate_limited()
    budget.rate_limited(retry_after_s=30.0)
    assert [round(lesson.per_minute, 1) for lesson in taught] == [22.5, 22.5]
    assert [lesson.closed_until_ms for lesson in taught] == [0, 30_000]


def test_what_was_learned_under_another_setting_is_bounded_by_the_new_one(clock: ManualClock) -> None:
    assert RequestBudget(10, clock, learned=LearnedRate(40.0, 0)).per_minute == RequestBudget(10, clock).per_minute


def test_a_clock_that_was_set_back_gives_nothing_back_and_closes_nothing_for_hours() -> None:
    clock = ManualClock()
    budget = RequestBudget(50, clock, learned=LearnedRate(10.0, 9_000_000, 90_000_000))
    assert budget.per_minute == 10.0
    assert LearnedRate(10.0, 9_000_000).full_in_minutes(45.0, 0) == pytest.approx(35 / 2.25)


# Whatever happens

STORIES = st.lists(
    st.tuples(st.sampled_from(["poll", "refuse", "close", "rest", "kill"]), st.floats(0, 30)), max_size=25
)


@given(st.integers(1, 60), STORIES)
@settings(max_examples=80)
def test_no_story_of_polls_refusals_and_restarts_exceeds_the_limit(
    per_minute: int, story: list[tuple[str, float]]
) -> None:
    asyncio.run(_tell(per_minute, story))


async def _tell(per_minute: int, story: list[tuple[str, float]]) -> None:
    clock = ManualClock()
    taught: list[LearnedRate] = []
    budget = RequestBudget(per_minute, clock, taught=taught.append)
    started: list[tuple[RequestKind, float]] = []
    tasks: list[asyncio.Task[None]] = []
    for event, seconds in [("rest", 60.0), *story]:
        match event:
            case "poll":
                tasks += [asyncio.create_task(take(budget, RequestKind.STATUS, started, clock)) for _ in range(5)]
            case "refuse":
                budget.rate_limited()
            case "close":
                budget.rate_limited(seconds)
            case "kill":
                await _end(tasks)
                budget = RequestBudget(per_minute, clock, learned=taught[-1] if taught else None, taught=taught.append)
        await clock.advance(seconds)
    await _end(tasks)
    times = [at_s for _, at_s in started]
    assert all(sum(s <= t < s + 60 for t in times) <= per_minute for s in times)


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    tasks.clear()
