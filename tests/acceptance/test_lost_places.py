"""The place of a job's card is lost while the job runs: the clip still reaches its requester, once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from sandbox.driver import MessageView
from sandbox.segmind import JobView
from tests.acceptance.kill_plan import two_guilds
from tests.acceptance.town import CLIP_S, Town, clips, job_id_of
from tests.acceptance.town import town as build_town

Loss = Callable[[Town, MessageView], Awaitable[None]]


async def _running(
    town: Town, member: str = "Mira", channel: str = "videos", **options: str
) -> tuple[MessageView, JobView]:
    """A job at Segmind that ends when the test says so."""
    await town.control.change(run_time_s=600.0)
    await town.open()
    card = await town.video(member, channel, **options)
    (made,) = await town.control.wait_for_jobs(1)
    await town.bot.logged("to=queued")
    return card, made


async def _dm_clip(town: Town) -> MessageView:
    return await town.driver.wait_message(lambda message: message.dm and bool(clips(message)), timeout=CLIP_S)


async def _assert_brought_once(town: Town, job_id: str, way: str) -> None:
    """One visible clip in all channels and direct messages, one POST, charged once."""
    await town.bot.logged(f"delivery moved job_id={job_id} to=delivered how={way}")
    shown = [message for message in await _everywhere(town) if clips(message)]
    assert len(shown) == 1
    assert await town.posts() == 1
    assert (await town.bot.ledger())["spent_credits"] == 84


async def _everywhere(town: Town) -> list[MessageView]:
    ids = [
        channel["id"]
        for guild in (await town.driver.world())["guilds"]
        for channel in (*guild["channels"], *guild["threads"])
    ]
    messages = [message for channel in ids for message in await town.driver.messages(channel)]
    return messages + await town.driver.dm_messages("Mira")


async def _delete_card(town: Town, card: MessageView) -> None:
    await town.driver.delete_message(card)


async def _delete_channel(town: Town, card: MessageView) -> None:
    await town.driver.delete_channel(card.channel_id)


async def _take_permissions(town: Town, card: MessageView) -> None:
    await town.driver.set_permissions(card.channel_id, "Klapper", deny=["view_channel", "send_messages"])


@pytest.mark.parametrize(
    "lose",
    [_delete_card, _delete_channel, _take_permissions],
    ids=["card deleted", "channel deleted", "permission lost"],
)
async def test_a_clip_whose_card_cannot_be_reached_comes_as_one_direct_message(town: Town, lose: Loss) -> None:
    card, made = await _running(town)
    await lose(town, card)
    await town.control.complete(made.id)
    message = await _dm_clip(town)
    assert "direct message because" in message.text
    await _assert_brought_once(town, job_id_of(card), "dm")


async def test_a_bot_that_was_removed_brings_the_clip_to_whom_it_still_meets_elsewhere(tmp_path: Path) -> None:
    async with build_town(tmp_path, world=two_guilds()) as town:
        card, made = await _running(town, member="Tom")
        await town.driver.remove_bot()
        await town.control.complete(made.id)
        assert "direct message because" in (await _dm_clip(town)).text
        await town.bot.logged(f"delivery moved job_id={job_id_of(card)} to=delivered how=dm")
        assert await town.posts() == 1


async def test_a_bot_that_was_removed_from_their_only_guild_keeps_the_clip(town: Town) -> None:
    card, made = await _running(town)
    await town.driver.remove_bot()  # Discord lets a bot write to those only with whom it shares a guild
    await town.control.complete(made.id)
    await _assert_kept(town, job_id_of(card))


async def test_a_deleted_card_is_never_posted_again(town: Town) -> None:
    card, made = await _running(town)
    await town.driver.delete_message(card)
    await town.bot.kill()
    await town.control.complete(made.id)
    await town.open()
    await _dm_clip(town)
    assert [message for message in await town.driver.messages("videos") if message.buttons] == []


async def test_a_card_in_an_archived_thread_is_woken_and_plays_the_clip(town: Town) -> None:
    thread = await town.driver.add_thread("videos", "foxes", "Mira")
    card, made = await _running(town, channel=thread)
    await town.driver.change_channel(thread, archived=True)
    await town.control.complete(made.id)
    message = await town.driver.wait_message(lambda one: bool(clips(one)), timeout=CLIP_S)
    assert message.channel_id == thread
    way = "attached" if message.id == card.id else "replied"
    await town.card_with(card, "done")
    await _assert_brought_once(town, job_id_of(card), way)


async def test_a_closed_dm_keeps_the_clip_on_disk_and_charged(town: Town) -> None:
    card, made = await _running(town)
    await town.driver.delete_message(card)
    await town.driver.close_dm("Mira")
    await town.control.complete(made.id)
    await _assert_kept(town, job_id_of(card))


async def _assert_kept(town: Town, job_id: str) -> None:
    """On disk, charged, and on record as what reached nobody."""
    await town.bot.logged(f"delivery moved job_id={job_id} to=undeliverable")
    assert (await town.job(job_id))["delivery"] == {"state": "undeliverable", "reason": "unreachable", "way": ""}
    assert (town.bot.folder / "media" / "outputs" / f"{job_id}.mp4").stat().st_size > 0
    assert (await town.bot.ledger())["spent_credits"] == 84


async def test_a_dm_that_closes_under_its_job_keeps_the_clip(town: Town) -> None:
    card, made = await _running(town, deliver="dm")
    assert card.dm
    await town.driver.close_dm("Mira")
    await town.control.complete(made.id)
    job_id = job_id_of(card)
    await town.bot.logged(f"delivery moved job_id={job_id}")
    assert (town.bot.folder / "media" / "outputs" / f"{job_id}.mp4").exists()
    assert (await town.bot.ledger())["spent_credits"] == 84
