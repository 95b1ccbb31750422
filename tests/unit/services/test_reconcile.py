"""A job whose sending is unclear is found in Segmind's request history, or released; it is never sent again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from klapper.clock import HOUR_MS
from klapper.errors import OutcomeUnknown
from klapper.jobs.job import DeliveryState, Job, JobStatus
from klapper.segmind.answers import Gone, HistoryPage, HistoryRow, Unreadable
from klapper.services.views import MoneyState
from tests.unit.services.conftest import OpenWorld
from tests.unit.services.world import BOB, World

S = JobStatus
HOUR_S = 3600
DAY_S = 24 * HOUR_S


async def unclear(world: World, prompt: str = "a fox", *, taken: bool) -> Job:
    """A job whose POST was not answered, as the loops have it a few seconds later."""
    world.provider.next_submits.append((OutcomeUnknown("timeout"), taken))
    if not any(task.get_name() == "tracker" for task in world.tasks()):
        await world.start()
    job = await world.submit(prompt)
    await world.advance(4)
    assert await world.status(job.job_id) is S.UNKNOWN
    return job


async def money(world: World, job: Job) -> MoneyState:
    return (await world.view(job.job_id)).money.state


async def test_a_job_that_was_taken_is_found_delivered_and_charged_once(world: World) -> None:
    job = await unclear(world, taken=True)
    await world.advance(120)
    assert await world.path(job.job_id) == [S.WAITING, S.SENDING, S.UNKNOWN, S.QUEUED, S.PROCESSING, S.SUCCEEDED]
    assert (await world.delivery(job.job_id)).state is DeliveryState.DELIVERED
    assert len(world.provider.posts) == 1
    assert await money(world, job) is MoneyState.CHARGED
    assert (await world.job(job.job_id)).sent_body is None


async def test_a_job_that_failed_meanwhile_is_released_with_segminds_words(world: World) -> None:
    job = await unclear(world, taken=True)
    made = next(iter(world.provider.jobs.values()))
    made.failed, made.run_s = "worker died", 1.0
    await world.advance(60)
    assert await world.status(job.job_id) is S.FAILED
    assert (await world.job(job.job_id)).provider_text == "worker died"
    assert await money(world, job) is MoneyState.RELEASED


async def test_a_job_that_is_not_there_is_released_after_three_answers_ten_minutes_apart(world: World) -> None:
    job = await unclear(world, taken=False)
    await world.advance(19 * 60)
    assert await world.status(job.job_id) is S.UNKNOWN
    assert await money(world, job) is MoneyState.HELD
    await world.advance(3 * 60)
    view = await world.view(job.job_id)
    assert (view.job.status, view.job.reason, view.money.state) == (S.ABANDONED, "not_found", MoneyState.RELEASED)
    assert len(world.provider.posts) == 1


async def test_an_unfinished_later_job_proves_that_rows_are_there_from_the_start(world: World) -> None:
    job = await unclear(world, taken=False)
    await world.advance(150)
    world.provider.run_s = None
    await world.submit("a later one", user_id=BOB)
    await world.advance(8 * 60)
    assert (await world.job(job.job_id)).reason == "not_found"
    assert (await world.job(job.job_id)).misses < 3


async def test_a_row_that_appears_late_is_found(world: World) -> None:
    world.provider.history_lag_s = 8 * 60
    job = await unclear(world, taken=True)
    await world.advance(9 * 60)
    assert await world.status(job.job_id) is S.UNKNOWN
    await world.advance(6 * 60)
    assert await world.status(job.job_id) is S.SUCCEEDED


async def test_a_history_that_cannot_be_read_concludes_nothing_and_the_hold_goes_on(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    job = await unclear(world, taken=False)
    world.provider.next_answers["history_page"].extend([Unreadable("network")] * 10_000)
    for _ in range(26):
        await world.clock.jump(HOUR_S)
        await world.advance(5)
    assert await world.status(job.job_id) is S.UNKNOWN
    assert len([r for r in caplog.records if "hold goes on" in r.getMessage()]) == 1
    world.provider.next_answers.clear()
    await world.advance(120)
    assert await world.status(job.job_id) is S.ABANDONED
    assert await money(world, job) is MoneyState.RELEASED


async def test_an_answer_that_breaks_off_between_two_pages_concludes_nothing(world: World) -> None:
    job = await unclear(world, taken=True)
    world.provider.next_answers["history_page"].extend([HistoryPage((), is_last=False), Unreadable("http_502")])
    await world.advance(10)
    assert (await world.job(job.job_id)).misses == 0


async def test_a_row_whose_id_leads_nowhere_is_not_believed(world: World) -> None:
    job = await unclear(world, taken=True)
    world.provider.next_answers["history"].extend([Gone(), Unreadable("http_502")])
    await world.advance(100)
    assert await world.status(job.job_id) is S.UNKNOWN
    assert (await world.job(job.job_id)).misses == 0
    await world.advance(120)
    assert await world.status(job.job_id) is S.SUCCEEDED


async def test_every_page_of_the_history_is_read(world: World) -> None:
    world.provider.rows_per_page = 2
    job = await unclear(world, taken=True)
    for n in range(5):
        await world.provider.submit("kling-3-standard-text2video", {"prompt": f"somebody else's {n}"})
    await world.advance(90)
    assert await world.status(job.job_id) is S.SUCCEEDED


async def test_an_equal_job_waits_until_the_unclear_one_is_settled(world: World) -> None:
    first = await unclear(world, taken=False)
    second = await world.submit(user_id=BOB)
    await world.advance(15 * 60)
    assert await world.status(second.job_id) is S.WAITING
    await world.advance(10 * 60)
    assert await world.status(first.job_id) is S.ABANDONED
    assert await world.status(second.job_id) is S.SUCCEEDED
    assert len(world.provider.posts) == 2


async def test_a_clip_that_turns_up_after_the_release_is_delivered_free(world: World) -> None:
    world.provider.history_lag_s = 5 * DAY_S
    job = await unclear(world, taken=True)
    await world.advance(25 * 60)
    assert await world.status(job.job_id) is S.ABANDONED
    for _ in range(7):
        await world.clock.jump(DAY_S)
        await world.advance(30)
    view = await world.view(job.job_id)
    assert (view.job.status, view.job.reason, view.money.state) == (S.SUCCEEDED, "late", MoneyState.RELEASED)
    assert len(world.messenger.clips(job.job_id)) == 1
    assert len(world.provider.posts) == 1


async def test_a_released_job_is_looked_for_daily_for_a_month_and_no_longer(world: World) -> None:
    job = await unclear(world, taken=False)
    await world.advance(25 * 60)
    world.provider.calls.clear()
    for _ in range(40):
        await world.clock.jump(DAY_S)
        await world.advance(5)
    assert 29 <= world.provider.calls.count(("history_page", job.slug)) <= 31


async def test_the_row_of_an_equal_later_job_is_not_taken_for_the_released_one(open_world: OpenWorld) -> None:
    world = await open_world(jobs={"stalled_minutes": 60})
    given_up = await unclear(world, taken=False)
    await world.advance(25 * 60)
    world.provider.run_s = 2 * DAY_S
    again = await world.submit(user_id=BOB)
    await world.advance(60)
    for _ in range(3):
        await world.clock.jump(DAY_S)
        await world.advance(600)
    assert await world.status(given_up.job_id) is S.ABANDONED
    assert (await world.job(given_up.job_id)).request_id is None
    assert (await world.job(again.job_id)).request_id is not None


async def test_the_count_of_answers_survives_a_restart(world: World) -> None:
    job = await unclear(world, taken=False)
    await world.advance(11 * 60)
    assert (await world.job(job.job_id)).misses == 2
    await world.kill()
    await world.start()
    await world.advance(11 * 60)
    assert await world.status(job.job_id) is S.ABANDONED


async def test_a_job_that_was_being_sent_when_the_bot_died_is_found(world: World) -> None:
    world.provider.answering.clear()
    await world.start()
    job = await world.submit()
    await world.advance(4)
    assert await world.status(job.job_id) is S.SENDING
    await world.kill()
    world.provider.answering.set()
    await world.start()
    await world.advance(120)
    assert await world.status(job.job_id) is S.SUCCEEDED
    assert len(world.provider.posts) == 1


async def test_one_job_with_broken_books_does_not_keep_the_others_unsettled(world: World) -> None:
    broken = await unclear(world, "broken", taken=False)
    fine = await unclear(world, "fine", taken=True)
    await world.execute("UPDATE reservations SET status = 'settled' WHERE job_id = :job_id", job_id=broken.job_id)
    await world.advance(30 * 60)
    assert await world.status(fine.job_id) is S.SUCCEEDED
    assert await world.status(broken.job_id) is S.UNKNOWN
    assert {crash.split(":")[0] for crash in world.crashes.seen} == {"job not settled"}
    world.crashes.seen.clear()
    await world.execute("UPDATE reservations SET status = 'held' WHERE job_id = :job_id", job_id=broken.job_id)


async def test_what_the_card_says_of_an_unclear_job_counts_the_answers(world: World) -> None:
    job = await unclear(world, taken=False)
    await world.advance(11 * 60)
    card = world.messenger.cards(job.job_id)[0]
    assert card.view.job.misses == 2


@pytest.mark.parametrize("shown", [lambda id_: id_, lambda id_: id_.replace("-", "")], ids=["dashes", "bare"])
@pytest.mark.parametrize("moved_h", [None, 9.5], ids=["without a time", "of another zone"])
async def test_an_equal_request_of_yesterday_is_not_taken_for_todays(
    world: World, moved_h: float | None, shown: Callable[[str], str]
) -> None:
    def as_shown(row: HistoryRow) -> HistoryRow:
        at_ms = None if moved_h is None or row.created_at_ms is None else row.created_at_ms + round(moved_h * HOUR_MS)
        return replace(row, created_at_ms=at_ms, request_id=shown(row.request_id))

    world.provider.shown = as_shown
    await world.start()
    yesterdays = await world.submit("a fox")
    await world.advance(300)
    assert await world.status(yesterdays.job_id) is S.SUCCEEDED
    await world.clock.jump(20 * HOUR_S)
    await world.advance(5)
    job = await unclear(world, taken=False)
    await world.advance_hours(3)
    assert await world.status(job.job_id) is S.ABANDONED
    assert await money(world, job) is MoneyState.RELEASED
    assert not world.crashes.seen


@pytest.mark.parametrize("taken", [True, False])
@pytest.mark.parametrize("after_s", [0, 30], ids=["before the first question", "after it"])
async def test_a_clock_that_was_set_back_does_not_end_the_questions(world: World, taken: bool, after_s: float) -> None:
    if taken and after_s:
        world.provider.history_lag_s = 600
    job = await unclear(world, taken=taken)
    await world.advance(after_s)
    world.clock.set_back(6 * HOUR_S)
    await world.advance_hours(2)
    assert await world.status(job.job_id) is (S.SUCCEEDED if taken else S.ABANDONED)


async def test_a_late_row_that_is_not_confirmed_at_once_is_asked_about_again_soon(world: World) -> None:
    """A clip is kept for a week, and the usual question about a released job comes once a day."""
    world.provider.history_lag_s = 36 * HOUR_S
    job = await unclear(world, taken=True)
    await world.advance(25 * 60)
    assert await world.status(job.job_id) is S.ABANDONED
    world.provider.next_answers["history"].append(Unreadable("http_502"))
    for _ in range(72):
        await world.clock.jump(HOUR_S)
        await world.advance(1)
        if not world.provider.next_answers["history"]:
            break
    assert await world.status(job.job_id) is S.ABANDONED
    await world.advance(HOUR_S)
    assert await world.status(job.job_id) is S.SUCCEEDED
