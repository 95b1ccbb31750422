"""A waiting job's way to Segmind: one POST, after the commit, and what each answer makes of the job."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pytest

from klapper.errors import NotTaken, OutcomeUnknown, PauseScope, ProviderError, ProviderRejected
from klapper.jobs.job import JobStatus
from klapper.services.sending import FINISH_POSTS_S
from klapper.services.views import MoneyState, WaitingFor
from tests.unit.services.conftest import OpenWorld
from tests.unit.services.turns import AT_ONCE, pauses
from tests.unit.services.world import AwaitCount, World

S = JobStatus


@pytest.fixture
async def world(open_world: OpenWorld) -> World:
    """No undo time, no limits of members."""
    return await open_world(**AT_ONCE)


# The commit comes first


async def test_the_job_is_committed_as_sending_before_its_post_leaves(world: World) -> None:
    job = await world.submit()
    seen: list[tuple[JobStatus, int, int | None]] = []

    async def look(slug: str, body: Mapping[str, Any]) -> None:
        at = await world.job(job.job_id)
        seen.append((at.status, at.attempts, at.posted_at_ms))

    world.provider.at_submit = look
    await world.start("sending")
    assert seen == [(S.SENDING, 1, world.clock.now_ms())]
    assert await world.status(job.job_id) is S.QUEUED


async def test_the_body_is_what_the_model_takes(world: World) -> None:
    await world.submit("a fox", model="o3", duration_s=7, mode="pro", generate_audio=True)
    await world.start("sending")
    [post] = world.provider.posts
    assert post.slug == "kling-o3-text2video"
    given = {"prompt": "a fox", "duration": "7", "mode": "pro", "generate_audio": True}
    assert {name: post.body[name] for name in given} == given
    assert {"aspect_ratio", "negative_prompt", "cfg_scale"} <= post.body.keys()  # defaults are sent as well


async def test_a_job_waits_for_its_token_as_waiting_and_can_still_be_cancelled(world: World) -> None:
    world.provider.gate.clear()
    job = await world.submit()
    await world.start("sending")
    assert await world.status(job.job_id) is S.WAITING
    assert world.provider.count("admit") == 1
    await world.move(job, S.CANCELLED)
    world.provider.gate.set()
    await world.settle()
    assert world.provider.posts == []


async def test_a_job_is_not_sent_during_its_undo_time(open_world: OpenWorld) -> None:
    world = await open_world(limits={"undo_s": 3})
    await world.start("sending")
    job = await world.submit()
    assert (await world.view(job.job_id)).waiting_for is WaitingFor.UNDO
    await world.advance(2.999)
    assert world.provider.posts == []
    await world.advance(0.001)
    assert len(world.provider.posts) == 1


# What the answers mean

ANSWERS: list[tuple[ProviderError | None, JobStatus, MoneyState, list[tuple[str, str]]]] = [
    (None, S.QUEUED, MoneyState.HELD, []),
    (NotTaken("rate_limited", "-", retry_after_s=40), S.WAITING, MoneyState.HELD, []),
    (NotTaken("unreachable", "-"), S.WAITING, MoneyState.HELD, []),
    (NotTaken("bad_key", "-", pause=PauseScope.ALL), S.WAITING, MoneyState.HELD, [("all", "bad_key")]),
    (NotTaken("no_credits", "-", pause=PauseScope.ALL), S.WAITING, MoneyState.HELD, [("all", "no_credits")]),
    (NotTaken("team_limit", "-", pause=PauseScope.ALL), S.WAITING, MoneyState.HELD, [("all", "team_limit")]),
    (
        NotTaken("forbidden", "-", pause=PauseScope.MODEL),
        S.WAITING,
        MoneyState.HELD,
        [("kling-3-standard-text2video", "forbidden")],
    ),
    (ProviderRejected("bad_request", "-", text="no prompt"), S.FAILED, MoneyState.RELEASED, []),
    (ProviderRejected("unknown_model", "-"), S.FAILED, MoneyState.RELEASED, []),
    (ProviderRejected("bad_parameter", "-", text="too long"), S.FAILED, MoneyState.RELEASED, []),
    (
        ProviderRejected("retired", "-", pause=PauseScope.MODEL),
        S.FAILED,
        MoneyState.RELEASED,
        [("kling-3-standard-text2video", "retired")],
    ),
    (OutcomeUnknown("timeout"), S.UNKNOWN, MoneyState.HELD, []),
    (OutcomeUnknown("connection_broken"), S.UNKNOWN, MoneyState.HELD, []),
    (OutcomeUnknown("unreadable_answer"), S.UNKNOWN, MoneyState.HELD, []),
    (OutcomeUnknown("http_502"), S.UNKNOWN, MoneyState.HELD, []),
]


@pytest.mark.parametrize(
    ("error", "status", "money", "paused"), ANSWERS, ids=[getattr(error, "reason", "taken") for error, *_ in ANSWERS]
)
async def test_each_answer_leads_to_its_state_its_money_and_its_pause(
    world: World,
    error: ProviderError | None,
    status: JobStatus,
    money: MoneyState,
    paused: list[tuple[str, str]],
) -> None:
    if error is not None:
        world.provider.next_submits.append((error, True))
    job = await world.submit()
    await world.start("sending")
    view = await world.view(job.job_id)
    assert (view.job.status, view.money.state) == (status, money)
    assert await pauses(world) == paused
    assert view.job.reason == (
        error.reason if isinstance(error, NotTaken | ProviderRejected | OutcomeUnknown) else "taken"
    )
    assert (view.delivery is not None) == (status is S.FAILED)
    if isinstance(error, ProviderRejected):
        assert view.job.provider_text == error.text
    if error is None:
        assert view.job.request_id == world.provider.posts[0].request_id


async def test_a_rate_limited_job_rests_as_long_as_segmind_said(world: World) -> None:
    world.provider.next_submits.append((NotTaken("rate_limited", "-", retry_after_s=40), False))
    job = await world.submit()
    await world.start("sending")
    assert (await world.job(job.job_id)).not_before_ms == world.clock.now_ms() + 40_000
    await world.advance(39.9)
    assert len(world.provider.posts) == 1
    await world.advance(0.2)
    assert await world.path(job.job_id) == [S.WAITING, S.SENDING, S.WAITING, S.SENDING, S.QUEUED]


async def test_a_job_that_is_not_taken_again_and_again_rests_longer_up_to_five_minutes(world: World) -> None:
    world.provider.next_submits.extend([(NotTaken("unreachable", "-"), False)] * 9)
    await world.submit()
    await world.start("sending")
    await world.advance(3000)
    at_s = [post.at_ms / 1000 for post in world.provider.posts]
    assert [later - earlier for earlier, later in pairwise(at_s)] == pytest.approx(
        [5, 10, 20, 40, 80, 160, 300, 300, 300], abs=0.1
    )


async def test_a_paused_job_keeps_its_place_and_goes_on_when_the_pause_ends(world: World) -> None:
    world.provider.next_submits.append((NotTaken("team_limit", "-", pause=PauseScope.ALL), False))
    first = await world.submit("first")
    await world.start("sending")
    await world.submit("second")
    await world.advance(600)
    assert len(world.provider.posts) == 1
    view = await world.view(first.job_id)
    assert (view.waiting_for, view.pause_reason) == (WaitingFor.PROVIDER_PAUSED, "team_limit")
    await world.execute("DELETE FROM provider_pauses")  # as `bot.py resume` does
    await world.advance(5)
    assert [post.body["prompt"] for post in world.provider.posts] == ["first", "first", "second"]


async def test_a_paused_model_leaves_the_others_running(world: World) -> None:
    world.provider.next_submits.append((NotTaken("forbidden", "-", pause=PauseScope.MODEL), False))
    await world.submit("first")
    await world.start("sending")
    await world.submit("same model")
    await world.submit("other model", model="o3")
    await world.settle()
    assert [post.body["prompt"] for post in world.provider.posts] == ["first", "other model"]


@pytest.mark.parametrize("taken", [True, False])
async def test_an_unclear_submit_is_never_sent_again(world: World, taken: bool) -> None:
    world.provider.next_submits.append((OutcomeUnknown("timeout"), taken))
    job = await world.submit()
    for _ in range(2):
        await world.start("tracker", "sending")
        await world.advance(60)
        await world.kill()
    assert await world.status(job.job_id) is S.UNKNOWN
    assert (await world.balance()).held > 0
    for _ in range(2):
        await world.start()
        await world.advance(1800)
        await world.clock.jump(10 * 3600)
        await world.kill()
    assert len(world.provider.posts) == 1
    assert await world.status(job.job_id) is (S.SUCCEEDED if taken else S.ABANDONED)


async def test_a_defect_of_our_own_while_sending_counts_as_unclear(world: World) -> None:
    async def fail(slug: str, body: Mapping[str, Any]) -> None:
        raise ZeroDivisionError

    world.provider.at_submit = fail
    job = await world.submit()
    await world.start("sending")
    assert (await world.job(job.job_id)).reason == "internal_error"
    assert await world.status(job.job_id) is S.UNKNOWN
    assert [crash.split(":")[0] for crash in world.crashes.seen] == ["submit crashed"]
    world.crashes.seen.clear()


async def test_a_job_whose_model_left_the_catalogue_fails_and_is_released(world: World) -> None:
    job = await world.submit()
    await world.execute("UPDATE jobs SET request = replace(request, 'kling-3-standard-text2video', 'kling-9')")
    await world.start("sending")
    view = await world.view(job.job_id)
    assert (view.job.status, view.job.reason, view.money.state) == (S.FAILED, "model_retired", MoneyState.RELEASED)
    assert world.provider.posts == []


# Interruptions


async def test_a_sending_job_found_at_the_start_is_unclear(world: World) -> None:
    job = await world.move(await world.submit(), S.SENDING)
    await world.start("sending")
    assert (await world.job(job.job_id)).reason == "interrupted"
    assert await world.status(job.job_id) is S.UNKNOWN
    assert world.provider.posts == []


async def test_a_process_that_dies_while_sending_leaves_one_post_and_an_unclear_job(world: World) -> None:
    world.provider.answering.clear()
    job = await world.submit()
    await world.start()
    assert await world.status(job.job_id) is S.SENDING
    await world.kill()
    assert await world.status(job.job_id) is S.SENDING
    world.provider.answering.set()
    await world.start("tracker", "sending")
    await world.advance(60)
    assert await world.status(job.job_id) is S.UNKNOWN
    assert len(world.provider.posts) == 1


async def stop(loop: asyncio.Task[Any], world: World) -> None:
    await world.settle()
    loop.cancel()
    await world.settle()


async def test_a_stop_lets_the_post_under_way_be_answered(world: World) -> None:
    world.provider.answering.clear()
    job = await world.submit()
    loop = asyncio.create_task(world.klapper.sending.run())
    await stop(loop, world)
    assert not loop.done()
    await world.submit("after the stop")
    await world.advance(FINISH_POSTS_S / 2)
    world.provider.answering.set()
    await world.settle()
    assert loop.cancelled()
    assert await world.status(job.job_id) is S.QUEUED
    assert len(world.provider.posts) == 1


async def test_a_stop_does_not_wait_for_ever_for_an_answer(world: World) -> None:
    world.provider.answering.clear()
    job = await world.submit()
    loop = asyncio.create_task(world.klapper.sending.run())
    await stop(loop, world)
    await world.advance(FINISH_POSTS_S)
    assert loop.cancelled()
    await world.settle()
    assert world.tasks() == {asyncio.current_task()}
    assert await world.status(job.job_id) is S.SENDING


async def test_a_stop_at_any_await_leaves_no_job_unclear_that_was_not_sent(world: World) -> None:
    n, was_stopped = 0, True
    while was_stopped:
        n += 1
        job = await world.submit(f"{n}")
        was_stopped = await stopped_at(world, n)
        sent = len(world.provider.posts_of(f"{n}"))
        assert await world.status(job.job_id) is (S.QUEUED if sent else S.WAITING), n
        await world.move(await world.job(job.job_id), S.FAILED if sent else S.CANCELLED)
        await world.kill()
    assert n > 30
    assert 1 < len(world.provider.posts) < n - 1


async def stopped_at(world: World, n: int) -> bool:
    """Stop the loop, as SIGTERM does, at the n-th await of it and its POSTs; False when there were fewer."""

    def stop() -> None:
        loop.cancel()

    count = AwaitCount(n, stop)
    asyncio.get_running_loop().set_task_factory(count.task)
    loop = asyncio.create_task(world.klapper.sending.run())
    await world.settle()
    asyncio.get_running_loop().set_task_factory(None)
    return loop.done()


async def test_a_crash_of_the_loop_does_not_disturb_the_post_under_way(world: World) -> None:
    world.provider.answering.clear()
    job = await world.submit()
    await world.start("sending")
    await world.execute("ALTER TABLE provider_pauses RENAME TO hidden")
    world.klapper.sending.wake()
    await world.advance(5)
    assert any("loop crashed" in crash for crash in world.crashes.seen)
    world.crashes.seen.clear()
    await world.execute("ALTER TABLE hidden RENAME TO provider_pauses")
    await world.advance(20)
    world.crashes.seen.clear()
    assert await world.status(job.job_id) is S.SENDING
    world.provider.answering.set()
    await world.settle()
    assert await world.status(job.job_id) is S.QUEUED


async def test_an_answer_that_the_database_refuses_is_kept_until_it_takes_it(world: World) -> None:
    world.provider.answering.clear()
    job = await world.submit()
    await world.start("sending")
    await world.execute("ALTER TABLE job_events RENAME TO hidden")
    world.provider.answering.set()
    await world.advance(30)
    assert await world.status(job.job_id) is S.SENDING
    await world.execute("ALTER TABLE hidden RENAME TO job_events")
    await world.advance(2)
    assert (await world.job(job.job_id)).request_id == world.provider.posts[0].request_id
    assert len(world.provider.posts) == 1
    assert {crash.split(":")[0] for crash in world.crashes.seen} == {"answer to a submit not written down yet"}
    world.crashes.seen.clear()


async def test_a_job_that_somebody_else_moved_meanwhile_keeps_their_move(world: World) -> None:
    world.provider.answering.clear()
    job = await world.submit()
    await world.start("sending")
    await world.move(await world.job(job.job_id), S.FAILED, reason="the operator's")
    world.provider.answering.set()
    await world.settle()
    assert (await world.job(job.job_id)).reason == "the operator's"
    assert [crash.split(":")[0] for crash in world.crashes.seen] == ["the answer to a submit could not be written down"]
    world.crashes.seen.clear()
