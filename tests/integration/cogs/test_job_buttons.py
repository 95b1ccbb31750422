"""The buttons of a card, pressed by anybody, at any time, after any restart."""

from __future__ import annotations

from typing import Any

import discord
import pytest
import simcord

from klapper.jobs.job import JobStatus
from klapper.services.views import MoneyState
from tests.integration.cogs.house_bot import Scene, forged, forged_in, words

NO_SUCH_JOB = "There is no such job here. (job `{job_id}`)"


async def press(scene: Scene, custom_id: str, *, by: simcord.MemberActor | None = None) -> simcord.InteractionResult:
    """A press that a real client would not send: the custom id is forged."""
    return await (by or scene.mira).click(forged(scene, custom_id), custom_id=custom_id)


async def test_cancel_takes_the_job_back(scene: Scene) -> None:
    result = await scene.mira.click(await scene.card(), label="Cancel")
    assert result.ephemeral
    assert words(result.response) == f"Job `{scene.job_id}` is cancelled. Nothing charged, 84 credits given back."
    assert scene.job.job.status is JobStatus.CANCELLED


async def test_a_press_is_acknowledged_before_anything_is_done(scene: Scene) -> None:
    await scene.mira.click(await scene.card(), label="Cancel")
    callbacks = [sent for sent in scene.env.http_requests if sent.path.endswith("/callback")]
    assert callbacks[-1].json == {"type": 5, "data": {"flags": 64}}


async def test_receipt_brings_the_books_and_the_whole_request(scene: Scene) -> None:
    result = await scene.mira.click(await scene.card(), label="Receipt")
    assert result.ephemeral
    assert result.response is not None
    assert "84 credits reserved" in words(result.response)
    (file,) = result.response.attachments
    assert file.filename == f"klapper-{scene.job_id}.txt"
    assert file.size > 100


async def test_a_button_works_after_a_restart(scene: Scene) -> None:
    card = await scene.card()
    await scene.restart()
    result = await scene.mira.click(card, label="Cancel")
    assert "is cancelled" in words(result.response)


async def test_a_button_works_long_after_its_card(scene: Scene) -> None:
    card = await scene.card()
    await scene.env.advance_time(40 * 60)
    result = await scene.mira.click(card, label="Receipt")
    assert f"Receipt of job `{scene.job_id}`" in words(result.response)


async def test_buttons_outlive_a_private_look_at_the_job(scene: Scene) -> None:
    card = await scene.card()
    await scene.mira.slash(scene.channel, "jobs show", job=scene.job_id)
    await scene.env.advance_time(16 * 60)
    result = await scene.mira.click(card, label="Receipt")
    assert f"Receipt of job `{scene.job_id}`" in words(result.response)


async def test_another_member_who_presses_reads_that_it_is_not_theirs(scene: Scene) -> None:
    result = await scene.tom.click(await scene.card(), label="Cancel")
    assert words(result.response) == f"This is another member's request. (job `{scene.job_id}`)"
    assert scene.job.job.status is JobStatus.WAITING


async def test_a_moderator_may_look_at_the_receipt(scene: Scene) -> None:
    result = await scene.max.click(await scene.card(), label="Receipt")
    assert f"Receipt of job `{scene.job_id}`" in words(result.response)


async def test_a_job_of_another_server_is_no_such_job(scene: Scene) -> None:
    await scene.card()
    other = scene.env.create_guild("Elsewhere")
    channel = other.create_text_channel("videos")
    mira = other.add_member(scene.mira.user)
    message = forged_in(scene, channel, f"job:{scene.job_id}:cancel")
    result = await mira.click(message, label="x")
    assert words(result.response) == NO_SUCH_JOB.format(job_id=scene.job_id)
    assert scene.job.job.status is JobStatus.WAITING


async def test_a_forged_job_id_finds_no_such_job(scene: Scene) -> None:
    result = await press(scene, "job:zzzz9999:cancel")
    assert words(result.response) == NO_SUCH_JOB.format(job_id="zzzz9999")


async def test_an_unknown_action_is_answered(scene: Scene) -> None:
    await scene.card()
    result = await press(scene, f"job:{scene.job_id}:explode")
    assert "does nothing any more" in words(result.response)


async def test_a_running_job_is_not_cancelled_by_an_old_card(scene: Scene) -> None:
    card = await scene.card()
    scene.house.move(scene.job_id, JobStatus.PROCESSING, MoneyState.HELD)
    result = await scene.mira.click(card, label="Cancel")
    assert words(result.response) == f"Job `{scene.job_id}` can no longer be cancelled."
    assert scene.refusals() == ["too_late_to_cancel"]


async def test_a_press_in_the_dm_is_the_requesters(scene: Scene) -> None:
    await scene.video(deliver="dm")
    dm = scene.mira.user.dm_channel
    card = dm.last_message
    assert card is not None
    result = await scene.mira.user.click(card, label="Cancel")
    assert "is cancelled" in words(result.response)


async def test_a_press_that_cannot_be_acknowledged_is_done_all_the_same(scene: Scene) -> None:
    card = await scene.card()
    scene.env.inject_error("POST", "/interactions/*/callback", status=404, code=10062, times=None)
    await scene.mira.click(card, label="Cancel")
    assert scene.job.job.status is JobStatus.CANCELLED


async def test_a_defect_behind_a_button_is_answered_with_an_error_id(scene: Scene) -> None:
    card = await scene.card()
    scene.bot.jobs.error = ZeroDivisionError("a defect")
    result = await scene.mira.click(card, label="Receipt")
    assert "Something went wrong inside Klapper." in words(result.response)
    assert "error `" in words(result.response)
    assert words(result.response).endswith(f"(job `{scene.job_id}`)")
    assert scene.defects() == ["unexpected error"]
    scene.log.clear()


ORPHANS = ["job:JOB1:cancel", "job:job1:cancel:extra", "page:jobs:0", "page:jobs:12345", "page:guilds:1", "x"]


@pytest.mark.parametrize("custom_id", ORPHANS)
async def test_a_button_that_nobody_owns_is_answered(scene: Scene, custom_id: str) -> None:
    result = await press(scene, custom_id)
    assert result.ephemeral
    assert "belongs to something that has ended" in words(result.response)


async def test_an_owned_button_is_answered_once(scene: Scene) -> None:
    result = await scene.mira.click(await scene.card(), label="Receipt")
    assert not result.followups


async def test_a_live_view_answers_for_itself(scene: Scene) -> None:
    class Live(discord.ui.View):
        @discord.ui.button(label="live")
        async def live(self, interaction: discord.Interaction, button: discord.ui.Button[Any]) -> None:
            await interaction.response.send_message("alive", ephemeral=True)

    channel = scene.bot.get_channel(scene.channel.id)
    assert isinstance(channel, discord.TextChannel)
    message = await channel.send(view=Live())
    result = await scene.mira.click(message, label="live")
    assert words(result.response) == "alive"
    assert not result.followups
