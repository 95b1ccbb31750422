"""Klapper finds its own messages again, and takes them away, over unmodified discord.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from klapper.clock import HOUR_MS, MINUTE_MS, SECOND_MS, SystemClock
from klapper.errors import DeliveryError
from klapper.jobs.job import JobStatus
from klapper.messages.own_messages import CLOCK_SET_MS, earliest_id
from klapper.services.messenger import ClipFile
from tests.unit.messages.discord_stage import Stage, a_minute_ago, succeeded
from tests.unit.messages.job_views import JOB_ID, job_in

CHILD: dict[str, Any] = {"job_id": "zzzz9999", "parent_job_id": JOB_ID}


NOW_MS = 1_790_000_000_000


def id_at(at_ms: int) -> int:
    """Discord's id of something at this time (Discord docs: Snowflakes)."""
    return (at_ms - 1_420_070_400_000) << 22


# Finding


async def test_a_card_is_found_among_other_messages(stage: Stage) -> None:
    other = await stage.publisher.post_card(stage.view(job_id="zzzz9999"), "n0")
    ref = await stage.publisher.post_card(stage.view(), "n1")
    await stage.driver.say("Tom", "videos", f"job `{JOB_ID}` is mine")
    assert await stage.publisher.find_card(stage.view()) == ref
    assert await stage.publisher.find_card(stage.view(job_id="zzzz9999")) == other
    assert await stage.publisher.find_card(stage.view(job_id="nonesuch")) is None


async def talk(stage: Stage, messages: int) -> None:
    for number in range(messages):
        await stage.driver.say("Tom", "videos", f"message {number}")


async def test_a_card_is_found_however_much_was_said_since(stage: Stage) -> None:
    asked = await stage.driver.say("Mira", "videos", "a fox, please")
    ref = await stage.publisher.post_card(stage.view(), "n1")
    await talk(stage, 101)
    view = stage.view(interaction_id=int(asked.id))
    assert await stage.publisher.find_card(view) == ref


async def test_a_reply_is_found_however_much_was_said_since(stage: Stage) -> None:
    view = stage.view(succeeded("replied"))
    card = await stage.publisher.post_card(view, "n1")
    ref = await stage.publisher.reply_with_clip(view, card, None, "n2")
    await talk(stage, 101)
    assert await stage.publisher.find_reply(view, stage.channel_id, since_ms=a_minute_ago()) == ref


async def test_a_reply_from_before_is_another(stage: Stage) -> None:
    now_ms = SystemClock().now_ms()
    view = stage.view(succeeded("replied"), interaction_id=id_at(now_ms - HOUR_MS), created_at_ms=now_ms - HOUR_MS)
    card = await stage.publisher.post_card(view, "n1")
    await stage.publisher.reply_with_clip(view, card, None, "n2")
    later_ms = now_ms + CLOCK_SET_MS + MINUTE_MS
    assert await stage.publisher.find_reply(view, stage.channel_id, since_ms=later_ms) is None


@pytest.mark.parametrize(
    ("fast_ms", "set_ahead_ms"),
    [(0, 0), (90 * SECOND_MS, 0), (3 * HOUR_MS, 0), (-3 * HOUR_MS, 0), (0, 2 * MINUTE_MS), (90 * SECOND_MS, MINUTE_MS)],
)
def test_a_reply_is_not_too_old_to_be_found_by_a_clock_that_is_wrong(fast_ms: int, set_ahead_ms: int) -> None:
    """fast_ms: from Discord's clock to ours. set_ahead_ms: by how much ours was corrected since the job was made."""
    asked_ms, tried_ms = NOW_MS, NOW_MS + HOUR_MS
    job = job_in(JobStatus.SUCCEEDED, interaction_id=id_at(asked_ms), created_at_ms=asked_ms + fast_ms + SECOND_MS)
    since_ms = tried_ms + fast_ms + set_ahead_ms
    assert earliest_id(job, since_ms) <= id_at(tried_ms)
    assert earliest_id(job, since_ms) >= job.interaction_id


async def test_a_job_made_from_another_is_not_taken_for_its_reply(stage: Stage) -> None:
    card = await stage.publisher.post_card(stage.view(**CHILD), "n1")
    await stage.publisher.reply_with_clip(stage.view(succeeded(), **CHILD), card, None, "n2")
    assert await stage.publisher.find_reply(stage.view(), stage.channel_id, since_ms=a_minute_ago()) is None
    assert await stage.publisher.find_card(stage.view()) is None


async def test_a_reply_is_told_from_the_card(stage: Stage) -> None:
    view = stage.view(succeeded("replied"))
    card = await stage.publisher.post_card(view, "n1")
    assert await stage.publisher.find_reply(view, stage.channel_id, since_ms=a_minute_ago()) is None
    reply = await stage.publisher.reply_with_clip(view, card, None, "n2")
    assert await stage.publisher.find_reply(view, stage.channel_id, since_ms=a_minute_ago()) == reply
    assert await stage.publisher.find_card(view) == card


async def test_a_reply_in_the_dm_is_found_there(stage: Stage) -> None:
    view = stage.view(succeeded("dm"))
    ref = await stage.publisher.send_clip(view, None, "n1")
    assert await stage.publisher.find_reply(view, None, since_ms=a_minute_ago()) == ref


async def test_a_card_says_how_it_shows_the_clip(stage: Stage, tmp_path: Path) -> None:
    clip = tmp_path / "x.mp4"
    clip.write_bytes(b"clip")
    view = stage.view(succeeded())
    attached, linked, without = [await stage.publisher.post_card(view, nonce) for nonce in ("n1", "n2", "n3")]
    await stage.publisher.edit_card(stage.view(succeeded("attached")), attached, ClipFile(clip, "a fox"))
    await stage.publisher.edit_card(stage.view(succeeded("linked")), linked)
    cards = (attached, linked, without)
    assert [await stage.publisher.clip_on_card(view, card) for card in cards] == ["attached", "linked", None]


# Taking away


async def test_a_message_is_deleted_once(stage: Stage) -> None:
    view = stage.view()
    ref = await stage.publisher.post_card(view, "n1")
    assert await stage.publisher.delete(view, ref.message_id, ref.channel_id)
    assert await stage.driver.messages("videos") == []
    assert not await stage.publisher.delete(view, ref.message_id, ref.channel_id)


async def test_a_message_in_the_dm_is_deleted_there(stage: Stage) -> None:
    view = stage.view(succeeded("dm"))
    ref = await stage.publisher.send_clip(view, None, "n1")
    assert not await stage.publisher.delete(view, ref.message_id, stage.channel_id)
    assert await stage.publisher.delete(view, ref.message_id, None)
    assert await stage.driver.dm_messages("Mira") == []


async def test_what_is_deleted_with_its_channel_is_not_there(stage: Stage) -> None:
    ref = await stage.publisher.post_card(stage.view(), "n1")
    await stage.driver.delete_channel("videos")
    assert not await stage.publisher.delete(stage.view(), ref.message_id, ref.channel_id)


async def test_a_message_that_may_not_be_seen_cannot_be_deleted(stage: Stage) -> None:
    ref = await stage.publisher.post_card(stage.view(), "n1")
    await stage.driver.set_permissions("videos", "Klapper", deny=["view_channel"])
    with pytest.raises(DeliveryError) as caught:
        await stage.publisher.delete(stage.view(), ref.message_id, ref.channel_id)
    assert caught.value.reason == "forbidden"
