"""When the disk is full, the clock jumps, Segmind contradicts itself or everything happens at once."""

from __future__ import annotations

import json
import os
from dataclasses import replace

import pytest

from klapper.clock import HOUR_MS
from klapper.errors import DeliveryError, NotTaken, OutcomeUnknown, PauseScope, ProviderRejected
from klapper.jobs.job import DeliveryState, Job, JobStatus
from klapper.segmind.answers import Completed, Credits, Gone, HistoryRow, Metrics, Result, RowState, Unreadable
from klapper.services.views import MEDIA_KEPT_MS, MoneyState
from tests.unit.services.world import BOB, GUILD, World

DAY_S = 86_400.0
S = JobStatus


async def nameless_row(world: World, request_id: str) -> HistoryRow:
    """What the request history says of a finished job while it does not know its clip's address."""
    row = await world.provider.history(request_id)
    assert isinstance(row, HistoryRow)
    return replace(row, media_url=None, state=RowState.COMPLETED)


async def test_a_full_disk_does_not_make_a_delivery_spin(world: World) -> None:
    job = await world.finished()
    await world.klapper.board.place(await world.view(job.job_id), world.messenger.answer(await world.view(job.job_id)))
    world.database.is_full = True
    await world.start("delivery")
    await world.advance(60)
    assert world.provider.count("download") <= 8
    world.database.is_full = False
    await world.advance(60)
    assert (await world.delivery(job.job_id)).state is DeliveryState.DELIVERED
    assert len(world.messenger.clips(job.job_id)) == 1
    world.crashes.seen.clear()


async def test_a_job_that_ends_while_its_card_is_being_answered_has_one_card(world: World) -> None:
    world.provider.next_submits.append((ProviderRejected("bad_parameter", "no", text="no"), False))
    await world.start()
    ask = world.asking()
    with world.klapper.board.answering(ask.job_id):
        await world.klapper.submission.submit(ask)
        view = await world.view(ask.job_id)
        await world.advance(30)  # it is sent, refused, and its end wants to be told
        assert await world.status(ask.job_id) is S.FAILED
        await world.klapper.board.place(view, world.messenger.answer(view))
    await world.advance(60)
    assert len(world.messenger.cards(ask.job_id)) == 1
    assert len(world.messenger.pings(ask.job_id)) == 1


@pytest.mark.parametrize("days", [1, 3])
async def test_a_bot_that_was_down_for_days_brings_everything_that_was_made_meanwhile(world: World, days: int) -> None:
    await world.start()
    running = await world.submit("running")
    await world.advance(10)
    world.provider.next_submits.append((OutcomeUnknown("timeout"), True))
    unclear = await world.submit("unclear")
    await world.advance(4)
    waiting = await world.submit("waiting", user_id=BOB)
    await world.kill()
    await world.clock.jump(days * DAY_S)
    await world.start()
    await world.advance(300)
    for job in (running, unclear):
        assert await world.status(job.job_id) is S.SUCCEEDED
        assert (await world.delivery(job.job_id)).state is DeliveryState.DELIVERED
        assert len(world.messenger.clips(job.job_id)) == len(world.messenger.pings(job.job_id)) == 1
        assert (await world.view(job.job_id)).money.state is MoneyState.CHARGED
        assert len(world.provider.posts_of(job_prompt(job))) == 1
    assert await world.status(waiting.job_id) is S.EXPIRED
    assert (await world.view(waiting.job_id)).money.state is MoneyState.RELEASED


def job_prompt(job: Job) -> str:
    return str(json.loads(job.request)["asked"]["prompt"])


async def test_a_finished_job_without_an_address_is_asked_about_for_hours(world: World) -> None:
    job = await world.sent()
    assert job.request_id is not None
    made = world.provider.jobs[job.request_id]
    nameless = Result(None, Metrics(), ("output",))
    for _ in range(2):
        row = await nameless_row(world, job.request_id)
        world.provider.next_answers["status"].append(Completed(Metrics()))
        world.provider.next_answers["result"].append(nameless)
        world.provider.next_answers["history"].append(row)
        await world.klapper.tracker.tick()
        await world.clock.jump(20)
        await world.klapper.tracker.tick()
        await world.settle()
        assert await world.status(job.job_id) is S.QUEUED
    world.provider.next_answers.clear()
    await world.clock.jump(600)
    await world.klapper.tracker.tick()
    await world.settle()
    assert (await world.job(job.job_id)).media_url == made.url


async def test_a_finished_job_that_never_gets_an_address_is_refunded(world: World) -> None:
    job = await world.sent()
    assert job.request_id is not None
    row = await nameless_row(world, job.request_id)
    await world.clock.jump(6.5 * 3600)
    world.provider.next_answers["status"].append(Gone())
    world.provider.next_answers["history"].extend([row, row])  # for the end, and before the clip is given up
    await world.start()
    await world.advance(60)
    view = await world.view(job.job_id)
    assert (view.job.status, view.money.state) == (S.SUCCEEDED, MoneyState.REFUNDED)
    world.crashes.seen.clear()


async def test_a_clock_that_was_set_back_holds_nothing_up(world: World) -> None:
    world.provider.next_submits.append((NotTaken("unreachable", "no"), False))
    waiting = await world.submit("one")
    await world.start()
    await world.advance(4)
    world.clock.set_back(2 * 3600)
    await world.advance(900)
    assert await world.status(waiting.job_id) is S.SUCCEEDED
    assert (await world.delivery(waiting.job_id)).state is DeliveryState.DELIVERED


async def test_a_dear_job_that_was_not_taken_decides_when_the_balance_is_enough(world: World) -> None:
    refused = NotTaken("no_credits", "no", pause=PauseScope.ALL)
    world.provider.next_submits.append((refused, False))
    dear = await world.submit("dear", duration_s=15)
    await world.submit("cheap", duration_s=5)
    world.provider.next_answers["credits"].extend([Credits(9_000_000, 0), *[Credits(1_000_000, 0)] * 30])
    await world.start()
    await world.advance(20 * 60)
    assert len(world.provider.posts_of("dear")) == 1
    world.provider.next_answers["credits"].clear()
    await world.advance(300)
    assert await world.status(dear.job_id) is S.SUCCEEDED
    world.crashes.seen.clear()


async def test_a_401_of_the_history_alone_pauses_nothing(world: World) -> None:
    await world.sent()
    world.provider.next_answers["status"].append(Gone())
    world.provider.next_answers["history"].append(Unreadable("bad_key"))
    await world.clock.jump(10)
    await world.klapper.tracker.tick()
    await world.settle()
    async with world.database.read() as tx:
        assert await world.klapper.pauses.provider(tx) == []


async def test_the_address_of_a_clip_ends_seven_days_after_the_post(world: World) -> None:
    job = await world.sent()
    await world.clock.jump(5 * DAY_S)
    await world.klapper.tracker.tick()
    await world.settle()
    view = await world.view(job.job_id)
    assert view.job.posted_at_ms is not None
    assert view.link_until_ms == view.job.posted_at_ms + MEDIA_KEPT_MS


async def test_a_clip_for_somebody_not_reached_is_kept_from_that_moment_on(world: World) -> None:
    job = await world.finished()
    file = world.klapper.shelf.path(job.job_id)
    file.write_bytes(b"clip")
    long_ago_s = (world.clock.now_ms() - 8 * 24 * HOUR_MS) / 1000
    os.utime(file, (long_ago_s, long_ago_s))
    await world.execute(
        "UPDATE deliveries SET state = 'undeliverable', reason = 'unreachable', since_ms = :now, told_at_ms = :now",
        now=world.clock.now_ms(),
    )
    await world.start("delivery", "housekeeping")
    await world.advance(2 * 3600)
    assert file.exists()
    await world.clock.jump(8 * DAY_S)
    await world.advance(2 * 3600)
    assert not file.exists()


async def test_a_guild_that_removed_the_bot_gets_back_what_was_not_sent(world: World) -> None:
    waiting, running = await world.submit("one"), await world.sent("two")
    assert await world.klapper.guilds.left(GUILD) == 1
    assert (await world.job(waiting.job_id)).reason == "guild_gone"
    assert await world.status(waiting.job_id) is S.CANCELLED
    assert await world.status(running.job_id) is S.QUEUED
    assert (await world.balance()).held == 84


async def test_a_broken_row_does_not_stop_the_watch_over_the_others(world: World) -> None:
    broken, good = await world.submit("broken"), await world.sent("good")
    await world.execute(
        "INSERT INTO deliveries VALUES (:id, 'none', '', '', NULL, 0, 0, 0, 0, '', 0)", id=broken.job_id
    )
    await world.clock.jump(25 * 3600)
    for _ in range(3):
        await world.klapper.tracker.tick()
        await world.settle()
    assert await world.status(good.job_id) is S.SUCCEEDED
    world.crashes.seen.clear()


async def test_a_refusal_does_not_promise_what_waiting_cannot_bring(world: World) -> None:
    refused = await world.refused(world.asking(model="o3", duration_s=15, mode="pro", generate_audio=True))
    assert refused.code == "not_enough_credits"
    assert "your 500 a week are what everybody gets, which would not be enough either" in refused.sentence
    assert "wait until then" not in refused.sentence


@pytest.mark.parametrize("held", [True, False])
async def test_the_board_says_try_later_while_a_card_is_being_answered(world: World, held: bool) -> None:
    job = await world.finished()
    if not held:
        assert await world.klapper.board.flush(job.job_id) is not None
        return
    with world.klapper.board.answering(job.job_id), pytest.raises(DeliveryError, match="being posted"):
        await world.klapper.board.flush(job.job_id)
