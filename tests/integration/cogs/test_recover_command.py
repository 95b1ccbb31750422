"""/jobs recover, as its requester sees it; and the card of a job that outlived its interaction."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from klapper.clips.inspection import inspect_clip
from klapper.jobs.deliveries import CopyState, Delivery
from klapper.jobs.job import DeliveryState, JobStatus
from klapper.jobs.store import Changes
from klapper.services.messenger import ClipFile, MessageRef
from klapper.services.recovery import Recovered, StillThere
from klapper.services.views import MoneyState
from tests.integration.cogs.house_bot import Scene, words
from tests.integration.cogs.real_house import Town, open_town
from tests.unit.services.world import tiny_clip

TWENTY_MINUTES_S = 20 * 60
SAID_LIMIT_BYTES = 25 * 1024 * 1024  # SimCord says so with every interaction


@pytest.fixture
async def town(tmp_path: Path, caplog: pytest.LogCaptureFixture, checker: ModuleType | None) -> AsyncIterator[Town]:
    async for built in open_town(tmp_path, caplog, checker):
        yield built


async def ended(scene: Scene, *, way: str = "attached") -> None:
    """Mira's job has its clip."""
    await scene.card()
    view = scene.house.move(scene.job_id, JobStatus.SUCCEEDED, MoneyState.CHARGED)
    delivery = Delivery(scene.job_id, DeliveryState.DELIVERED, "", way, None, 0, 0, None, 0)
    job = replace(view.job, media_url="https://images.segmind.com/clip.mp4")
    scene.house.jobs[scene.job_id] = replace(
        view, job=job, delivery=delivery, link=job.media_url, link_until_ms=1_767_830_400_000
    )


def found(scene: Scene, clip: Path | None, copy: CopyState = CopyState.NONE) -> Recovered:
    return Recovered(scene.job, None if clip is None else ClipFile(clip, "a fox"), copy)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    path.write_bytes(tiny_clip())
    return path


async def test_a_clip_is_given_as_a_file_that_only_its_requester_sees(scene: Scene, clip: Path) -> None:
    await ended(scene)
    scene.bot.recovery.found = found(scene, clip)
    result = await scene.mira.slash(scene.channel, "jobs recover", job="fox")
    assert result.ephemeral
    assert words(result.response) == f"Here is the clip. 84 credits charged.\n-# job `{scene.job_id}`"
    assert result.response is not None
    [attached] = result.response.attachments
    assert attached.filename == f"klapper-{scene.job_id}.mp4"
    assert scene.bot.recovery.handed == [scene.job_id]
    assert scene.bot.recovery.limits == [SAID_LIMIT_BYTES]


async def test_a_copy_says_what_it_is_and_where_the_original_is(scene: Scene, clip: Path) -> None:
    await ended(scene)
    scene.bot.recovery.found = found(scene, clip, CopyState.SMALLER)
    result = await scene.mira.slash(scene.channel, "jobs recover", job=scene.job_id)
    assert "Here is a smaller copy" in words(result.response)
    assert "[Open the original](https://images.segmind.com/clip.mp4) until <t:1767830400:f>" in words(result.response)


async def test_a_clip_that_is_still_there_is_pointed_at(scene: Scene) -> None:
    await ended(scene)
    scene.bot.recovery.found = StillThere(scene.job, MessageRef(scene.channel.id, 77))
    result = await scene.mira.slash(scene.channel, "jobs recover", job=scene.job_id)
    place = f"https://discord.com/channels/{scene.guild.id}/{scene.channel.id}/77"
    assert words(result.response) == f"The clip of job `{scene.job_id}` is still there: [see its message]({place})."
    assert scene.bot.recovery.handed == []


async def test_a_clip_in_a_dm_is_pointed_at_there(scene: Scene) -> None:
    await ended(scene, way="dm")
    scene.bot.recovery.found = StillThere(scene.job, MessageRef(5, 77))
    result = await scene.mira.slash(scene.channel, "jobs recover", job=scene.job_id)
    assert "https://discord.com/channels/@me/5/77" in words(result.response)


async def test_a_clip_that_can_only_be_linked_is_linked(scene: Scene) -> None:
    await ended(scene)
    scene.bot.recovery.found = found(scene, None)
    result = await scene.mira.slash(scene.channel, "jobs recover", job=scene.job_id)
    assert "[Open the clip](https://images.segmind.com/clip.mp4) until <t:1767830400:f>" in words(result.response)
    assert scene.bot.recovery.handed == [scene.job_id]


async def test_a_file_that_discord_refuses_becomes_a_link(scene: Scene, clip: Path) -> None:
    await ended(scene)
    scene.bot.recovery.found = found(scene, clip)
    scene.env.inject_error("POST", "/webhooks/*", status=413)
    result = await scene.mira.slash(scene.channel, "jobs recover", job=scene.job_id)
    assert "[Open the clip]" in words(result.response)
    assert scene.bot.recovery.handed == [scene.job_id]


async def test_a_clip_that_takes_long_is_acknowledged_and_comes(scene: Scene, clip: Path) -> None:
    await ended(scene)
    scene.bot.recovery.found, slow = found(scene, clip), asyncio.Event()
    scene.bot.recovery.gate = lambda: scene.env.external_wait(slow.wait(), reason="slow host")
    result = await scene.mira.slash(scene.channel, "jobs recover", job=scene.job_id)
    assert scene.bot.recovery.handed == []
    slow.set()
    await scene.env.settle()
    assert scene.bot.recovery.handed == [scene.job_id]
    assert result.ephemeral


async def test_what_cannot_be_recovered_is_refused_with_its_reason(scene: Scene) -> None:
    await scene.card()
    result = await scene.mira.slash(scene.channel, "jobs recover", job=scene.job_id)
    assert words(result.response).startswith(f"Job `{scene.job_id}` ended without a clip")
    assert scene.refusals() == ["no_clip"]


async def test_only_finished_clips_are_suggested_for_it(scene: Scene) -> None:
    await ended(scene)
    await scene.video()
    offered = await scene.mira.autocomplete(scene.channel, "jobs recover", "job", "")
    assert [choice["value"] for choice in offered] == [scene.job_id]


async def test_a_clip_after_twenty_minutes_comes_into_its_card_without_the_interaction(town: Town) -> None:
    """The token of an interaction ends after fifteen (Discord docs: Receiving and Responding)."""
    await town.video()
    [job] = await town.jobs()
    klapper = town.klapper
    for status in (JobStatus.SENDING, JobStatus.QUEUED):
        job = await klapper.transitions.move(job, status, reason="test", changes=Changes(request_id="request-0001"))
    await town.env.advance_time(TWENTY_MINUTES_S)
    url = Changes(media_url="https://images.segmind.com/clip.mp4")
    job = await klapper.transitions.move(job, JobStatus.SUCCEEDED, reason="completed", changes=url)
    klapper.shelf.path(job.job_id).write_bytes(tiny_clip())
    sent_before = len(town.env.http_requests)
    view = await klapper.views.get(job.job_id)
    assert view is not None
    assert view.delivery is not None
    way = await klapper.ladder.bring(view, view.delivery, await inspect_clip(klapper.shelf.path(job.job_id)))
    assert way == "attached"
    assert [attached.filename for attached in town.card().attachments] == [f"klapper-{job.job_id}.mp4"]
    paths = [sent.path for sent in town.env.http_requests[sent_before:]]
    assert paths
    assert not [path for path in paths if "/webhooks/" in path]
