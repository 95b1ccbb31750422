"""What becomes of jobs when the world around them changes: a row for each of docs/job-states.md, "Lifecycle"."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from klapper.jobs.job import DeliveryState, Job, JobStatus
from klapper.moderation.rules import Mode, RoleRule
from klapper.services.views import MoneyState
from tests.unit.services.world import ANN, BOB, CHANNEL, GUILD, World

S = JobStatus
OLGA = 90  # who manages the server


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with World.open(tmp_path / "world") as world:
        yield world
        assert await world.broken_books() == []


async def mode(world: World, mode: Mode) -> None:
    async with world.database.write() as tx:
        await world.klapper.guild_rules.set_mode(tx, GUILD, mode)


async def three(world: World) -> tuple[Job, Job, Job]:
    """A job of Ann's in review, one that waits, one that Segmind has."""
    running = await world.sent("running")
    waiting = await world.submit("waiting")
    await mode(world, Mode.REVIEW)
    reviewed = await world.submit("reviewed")
    await mode(world, Mode.OPEN)
    return reviewed, waiting, running


async def ended(world: World, job: Job) -> tuple[JobStatus, MoneyState, str]:
    view = await world.view(job.job_id)
    return view.job.status, view.money.state, view.job.reason


async def open_cases(world: World) -> int:
    return len(await world.rows("SELECT 1 FROM cases WHERE closed_at_ms IS NULL"))


async def finished(world: World, job: Job) -> Job:
    """Segmind has made the clip, and it was brought somewhere."""
    await world.start()
    await world.advance(900)
    return await world.job(job.job_id)


async def test_bot_removed_what_was_not_sent_is_cancelled_and_what_runs_comes_directly(world: World) -> None:
    reviewed, waiting, running = await three(world)
    world.messenger.gone.add(CHANNEL)  # with the guild
    assert await world.klapper.guilds.left(GUILD) == 2
    for job in (reviewed, waiting):
        assert await ended(world, job) == (S.CANCELLED, MoneyState.RELEASED, "guild_gone")
    assert await open_cases(world) == 0
    assert (await finished(world, running)).status is S.SUCCEEDED
    delivery = await world.delivery(running.job_id)
    assert (delivery.state, delivery.way) == (DeliveryState.DELIVERED, "dm")


async def test_member_blocked_what_was_not_sent_is_cancelled_and_what_runs_is_kept_for_moderators(world: World) -> None:
    reviewed, waiting, running = await three(world)
    await world.klapper.members.block(GUILD, ANN, by=BOB, words="spam")
    for job in (reviewed, waiting):
        assert await ended(world, job) == (S.CANCELLED, MoneyState.RELEASED, "member_blocked")
    assert await world.rows("SELECT outcome FROM cases") == [("blocked",)]
    assert (await finished(world, running)).status is S.SUCCEEDED
    delivery = await world.delivery(running.job_id)
    assert (delivery.state, delivery.reason) == (DeliveryState.UNDELIVERABLE, "held_for_moderators")


async def test_member_left_what_was_not_sent_is_cancelled(world: World) -> None:
    reviewed, waiting, running = await three(world)
    assert await world.klapper.members.left(GUILD, ANN) == 2
    for job in (reviewed, waiting):
        assert await ended(world, job) == (S.CANCELLED, MoneyState.RELEASED, "member_left")
    assert await open_cases(world) == 0
    assert (await finished(world, running)).status is S.SUCCEEDED


async def test_channel_gone_the_clip_comes_directly(world: World) -> None:
    running = await world.sent("running")
    world.messenger.gone.add(CHANNEL)
    assert (await finished(world, running)).status is S.SUCCEEDED
    delivery = await world.delivery(running.job_id)
    assert (delivery.state, delivery.way) == (DeliveryState.DELIVERED, "dm")


@pytest.mark.parametrize("stricter", [Mode.REVIEW, Mode.CLOSED])
async def test_channel_unsuitable_what_waits_goes_to_review_and_keeps_its_hold(world: World, stricter: Mode) -> None:
    reviewed, waiting, running = await three(world)
    await world.klapper.rule_desk.set_mode(GUILD, OLGA, stricter, places={})
    for job in (reviewed, waiting):
        status, money, _ = await ended(world, job)
        assert (status, money) == (S.IN_REVIEW, MoneyState.HELD)
    assert await open_cases(world) == 2
    assert (await world.job(running.job_id)).status is S.QUEUED


async def test_role_lost_holds_stay_and_what_was_accepted_goes_on(world: World) -> None:
    async with world.database.write() as tx:
        await world.klapper.guild_rules.set_role(tx, GUILD, 5, RoleRule(is_trusted=True))
    waiting = await world.submit("waiting")
    async with world.database.write() as tx:
        await world.klapper.guild_rules.set_role(tx, GUILD, 5, RoleRule())
    assert await ended(world, waiting) == (S.WAITING, MoneyState.HELD, "")
    assert (await finished(world, waiting)).status is S.SUCCEEDED


async def test_model_retired_what_was_not_sent_fails_and_gives_its_credits_back(world: World) -> None:
    reviewed, waiting, _ = await three(world)
    async with world.database.write() as tx:
        await world.klapper.pauses.pause_provider(tx, waiting.slug, "retired", world.clock.now_ms())
    await world.start("tracker")
    await world.advance(60)
    for job in (reviewed, waiting):
        assert await ended(world, job) == (S.FAILED, MoneyState.RELEASED, "model_retired")
    assert await open_cases(world) == 0
