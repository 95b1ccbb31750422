"""Restart is the normal path: the same card, one POST, the clip delivered."""

from __future__ import annotations

from typing import Literal

import pytest

from sandbox.driver import MessageView
from sandbox.segmind import Fault, Kind, Stage
from tests.acceptance.town import Town, clips, job_id_of


async def _one_clip_and_one_post(town: Town, card: MessageView) -> None:
    done = await town.clip_on(card)
    assert len(clips(done)) == 1
    await town.ping_for(card)
    playing = [message for message in await town.driver.messages("videos") if clips(message)]
    assert [message.id for message in playing] == [card.id]
    assert await town.posts() == 1
    assert (await town.bot.ledger())["spent_credits"] == 84


@pytest.mark.parametrize("state", ["in Segmind's queue", "being made"])
async def test_a_kill_while_segmind_works_changes_nothing(town: Town, state: str) -> None:
    await town.control.change(run_time_s=70.0)  # the first seven seconds in Segmind's queue
    await town.open()
    card = await town.video()
    (made,) = await town.control.wait_for_jobs(1)
    await town.card_with(card, state)
    await town.bot.kill()
    await town.control.complete(made.id)
    await town.open()
    await _one_clip_and_one_post(town, card)


async def test_a_kill_during_the_download_delivers_once(town: Town) -> None:
    await town.control.add_fault(Fault(Stage.MEDIA, Kind.STALL))
    await town.open()
    card = await town.video()
    await town.control.wait_for_event(lambda event: "GET /generations/" in (event.detail or ""), timeout_s=90)
    await town.bot.kill()
    await town.open()
    await _one_clip_and_one_post(town, card)


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_kill_during_the_upload_to_discord_shows_one_clip(town: Town, when: Literal["before", "after"]) -> None:
    await town.open()
    card = await town.video()
    await town.driver.add_fault("PATCH", rf"/channels/\d+/messages/{card.id}", times=50, when=when, drop=True)
    await town.driver.wait_request(lambda request: request.method == "PATCH" and bool(request.files), timeout=90)
    await town.bot.kill()
    await town.driver.clear_faults()
    await town.open()
    await _one_clip_and_one_post(town, card)


async def test_a_kill_while_sending_is_unknown_and_never_sent_again(town: Town) -> None:
    await town.control.change(history_lag_s=3600)  # else it is found within seconds
    await town.control.add_fault(Fault(Stage.ACCEPTED, Kind.DELAY, seconds=600))
    await town.open()
    card = await town.video()
    await town.control.wait_for_jobs(1)
    await town.bot.kill()
    await town.open()

    shown = await town.card_with(card, "clarified")
    assert "84 credits" in shown.text
    job = await town.job(job_id_of(card))
    assert job["status"] == "unknown"
    assert (await town.bot.ledger())["held_credits"] == 84
    assert await town.posts() == 1


async def test_buttons_work_after_a_restart(town: Town) -> None:
    await town.open(LIMITS__UNDO_S="300")
    card = await town.video()
    assert await town.bot.stop() == 0
    await town.open()
    pressed = await town.driver.press("Mira", card, label="Cancel")
    await pressed.wait_response()
    await town.card_with(card, "cancelled", "given back")
    assert await town.posts() == 0
    assert "500" in await town.balance()


async def test_a_second_bot_on_one_database_is_told_who_holds_it(town: Town) -> None:
    await town.open()
    code, output = await town.bot.command("run")
    assert code == 1
    assert "in use by process" in output
    assert "Traceback" not in output


async def test_a_stop_while_segmind_works_is_quick_and_loses_nothing(town: Town) -> None:
    await town.control.change(run_time_s=60.0)
    await town.open()
    card = await town.video()
    (made,) = await town.control.wait_for_jobs(1)
    assert await town.bot.stop() == 0
    await town.control.complete(made.id)
    await town.open()
    await _one_clip_and_one_post(town, card)
