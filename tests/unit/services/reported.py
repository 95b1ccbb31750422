"""Clips that everybody sees, reported by members."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from klapper.errors import RequestRefused
from klapper.jobs.job import DeliveryState, Job
from klapper.ledger.records import Kind
from klapper.services.desk import Viewer
from klapper.services.open_cases import Moderator
from klapper.services.report_desk import Takedown
from tests.fake_cases import CaseMessage
from tests.unit.services.brought import finished
from tests.unit.services.world import ANN, BOB, GUILD, World

REVIEWS = 900
MAX, OLGA = Moderator(GUILD, 77), Moderator(GUILD, 78)
ANN_LOOKS = Viewer(GUILD, ANN)
WHY = Takedown("Not here.", refund=True)
LIVING = ("cards", "delivery", "cases", "takedowns")


async def open_reporting(tmp_path: Path) -> AsyncIterator[World]:
    """For `pytest.fixture`: a world whose server has a channel for its moderators."""
    async with World.open(tmp_path / "world", credits={"default_allowance": 10_000}) as world:
        async with world.database.write() as tx:
            await world.klapper.guild_rules.set_channels(tx, GUILD, review=REVIEWS, audit=None)
        yield world
        assert await world.broken_books() == []
    assert world.crashes.seen == []


async def delivered(world: World, prompt: str = "a fox", **more: object) -> Job:
    """A job whose clip everybody sees; the loops run."""
    job = await finished(world, prompt, **more)
    if "cases" not in {task.get_name() for task in world.tasks()}:
        await world.start(*LIVING)
    await world.advance(5)
    assert (await world.delivery(job.job_id)).state is DeliveryState.DELIVERED
    return job


async def report(world: World, job: Job, by: int = BOB, words: str = "it shows me") -> int:
    """A member reports the clip; the number of the case."""
    await world.klapper.reporting.report(job.job_id, Viewer(GUILD, by), words)
    await world.settle()
    rows = await world.rows("SELECT MAX(case_id) FROM cases WHERE job_id = :id", id=job.job_id)
    return int(rows[0][0])


async def refused(world: World, job: Job, by: Viewer) -> str:
    with pytest.raises(RequestRefused) as refusal:
        await world.klapper.reporting.report(job.job_id, by, "it shows me")
    with pytest.raises(RequestRefused) as checked:
        await world.klapper.reporting.check(job.job_id, by)
    assert checked.value.sentence == refusal.value.sentence
    return refusal.value.code


def file_of(world: World, job: Job) -> Path:
    return world.settings.media.directory / "outputs" / f"{job.job_id}.mp4"


def card(world: World) -> CaseMessage:
    """The one card in the moderators' channel."""
    (message,) = world.case_messenger.messages
    return message


async def refunds(world: World, job: Job) -> int:
    async with world.database.read() as tx:
        return sum(moved.kind is Kind.REFUND for moved in await world.klapper.ledger.of_job(tx, job.job_id))


async def actions(world: World) -> list[str]:
    return [row[0] for row in await world.rows("SELECT action FROM audit ORDER BY entry_id")][1:]
