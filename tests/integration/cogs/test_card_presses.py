"""Run again, Edit and run and Delete on a card that has ended."""

from __future__ import annotations

import discord
import pytest
import simcord

from klapper.drafts.draft import Why
from klapper.errors import RequestRefused
from klapper.jobs.job import DeliveryState, JobStatus
from klapper.kling.request import VideoRequest
from klapper.services.views import MoneyState
from tests.integration.cogs.house_bot import Scene, buttons, forged, forged_in, words


async def ended(scene: Scene, status: JobStatus = JobStatus.SUCCEEDED, **options: str) -> discord.Message:
    """The card of a job of Mira's that has ended; the house has posted it, and nobody has edited it since."""
    await scene.video(**options)
    card = scene.channel.last_message or scene.mira.user.dm_channel.last_message
    assert card is not None
    money = MoneyState.CHARGED if status is JobStatus.SUCCEEDED else MoneyState.RELEASED
    scene.house.move(scene.job_id, status, money)
    return card


async def press(scene: Scene, action: str, *, by: simcord.MemberActor | None = None) -> simcord.InteractionResult:
    """A press of a button of the first job's card."""
    return await (by or scene.mira).click(forged(scene, f"job:{scene.job_id}:{action}"), label="x")


async def press_in_dm(scene: Scene, action: str) -> simcord.InteractionResult:
    message = forged_in(scene, scene.mira.user.dm_channel, f"job:{scene.job_id}:{action}")
    result: simcord.InteractionResult = await scene.mira.user.click(message, label="x")
    return result


def cards(scene: Scene) -> list[discord.Message]:
    return [message for message in scene.channel.history() if message.content != "forged"]


# Run again


async def test_again_makes_an_equal_job_and_says_where_it_is(scene: Scene) -> None:
    await ended(scene, aspect_ratio="9:16")
    result = await press(scene, "again")
    assert result.ephemeral
    first, second = scene.house.jobs.values()
    assert second.request == first.request
    assert second.job.parent_job_id == first.job.job_id
    assert second.card is not None
    assert words(result.response) == (
        f"Your job `{second.job.job_id}` is here: https://discord.com/channels/{scene.guild.id}/{scene.channel.id}/"
        f"{second.card.message_id}"
    )
    assert len(cards(scene)) == 2


async def test_again_in_another_channel_makes_the_card_there(scene: Scene) -> None:
    await ended(scene)
    other = scene.guild.create_text_channel("more videos")
    message = forged_in(scene, other, f"job:{scene.job_id}:again")
    await scene.mira.click(message, label="x")
    assert [view.job.channel_id for view in scene.house.jobs.values()] == [scene.channel.id, other.id]


async def test_again_names_a_missing_permission_before_anything_is_asked(scene: Scene) -> None:
    await ended(scene)
    assert scene.bot.user is not None
    overwrite = discord.PermissionOverwrite(attach_files=False)
    closed = scene.guild.create_text_channel("closed", overwrites={scene.bot.user: overwrite})
    result = await scene.mira.click(forged_in(scene, closed, f"job:{scene.job_id}:again"), label="x")
    assert "**Attach Files**" in words(result.response)
    assert len(scene.bot.submission.asks) == 1


async def test_a_refusal_of_another_round_does_not_name_the_old_job(scene: Scene) -> None:
    await ended(scene)
    scene.bot.submission.error = RequestRefused("not_enough_credits", "This costs 84 credits and you have 3.")
    result = await press(scene, "again")
    assert words(result.response) == "This costs 84 credits and you have 3."
    assert len(scene.house.jobs) == 1


async def test_again_may_ask_first(scene: Scene) -> None:
    await ended(scene)
    scene.bot.submission.asks_first = Why.PRICE
    result = await press(scene, "again")
    assert result.ephemeral
    assert "Discard" in buttons(result.response)
    (draft,) = scene.house.drafts.values()
    assert draft.parent_job_id == scene.job_id


async def test_the_same_press_twice_is_one_job(scene: Scene) -> None:
    await ended(scene)
    await press(scene, "again")
    event = [payload for _, name, payload in scene.env.backend.transcript if name == "INTERACTION_CREATE"][-1]
    scene.env.backend.emit("INTERACTION_CREATE", event)
    await scene.env.settle()
    assert len(scene.house.jobs) == 2
    assert len(cards(scene)) == 2


async def test_again_in_a_dm_goes_on_there(scene: Scene) -> None:
    await ended(scene)
    result = await press_in_dm(scene, "again")
    second = list(scene.house.jobs.values())[1].job
    assert (second.deliver_to, second.channel_id, second.guild_id) == ("dm", scene.channel.id, scene.guild.id)
    assert "goes on in our direct messages" in words(result.response)
    assert len(cards(scene)) == 1


async def test_again_with_a_closed_dm_is_refused_before_anything_is_asked(scene: Scene) -> None:
    await scene.video(deliver="dm")
    scene.house.move(scene.job_id, JobStatus.SUCCEEDED, MoneyState.CHARGED)
    dm = scene.mira.user.dm_channel
    scene.env.inject_error("POST", f"/channels/{dm.id}/messages", status=403, code=50007)
    result = await press(scene, "again")
    assert "Klapper may not send you direct messages" in words(result.response)
    assert len(scene.bot.submission.asks) == 1


async def test_again_in_a_dm_of_a_server_that_is_not_served_any_more(scene: Scene) -> None:
    await ended(scene)
    scene.house.served = lambda guild_id: False
    result = await press_in_dm(scene, "again")
    assert "Klapper does not work on this server" in words(result.response)
    assert len(scene.house.jobs) == 1


async def test_a_card_that_cannot_be_posted_yet_is_said_to_be_so(scene: Scene) -> None:
    await ended(scene)
    scene.env.inject_error("POST", f"/channels/{scene.channel.id}/messages", status=500, code=0, times=None)
    result = await press(scene, "again")
    second = list(scene.house.jobs)[1]
    assert words(result.response) == (
        f"Your job `{second}` is accepted. Its card could not be posted yet; `/jobs show` shows it to you."
    )


# Edit and run


async def test_edit_opens_a_private_draft_of_the_request(scene: Scene) -> None:
    await ended(scene, negative_prompt="rain")
    result = await press(scene, "edit")
    assert result.ephemeral
    assert "a fox in the snow" in words(result.response)
    assert "Discard" in buttons(result.response)
    (draft,) = scene.house.drafts.values()
    assert draft.request == VideoRequest(prompt="a fox in the snow", negative_prompt="rain")
    assert (draft.parent_job_id, draft.channel_id) == (scene.job_id, scene.channel.id)


async def test_edit_in_a_dm_belongs_to_the_jobs_channel(scene: Scene) -> None:
    await ended(scene)
    result = await press_in_dm(scene, "edit")
    assert "Discard" in buttons(result.response)
    (draft,) = scene.house.drafts.values()
    assert (draft.guild_id, draft.channel_id) == (scene.guild.id, scene.channel.id)


# Delete


async def question(scene: Scene, *, by: simcord.MemberActor | None = None) -> simcord.ResponseMessage:
    result = await press(scene, "delete", by=by)
    assert result.ephemeral
    assert result.response is not None
    return result.response


def is_deleted(scene: Scene) -> bool:
    return scene.job.delivery is not None and scene.job.delivery.state is DeliveryState.REMOVED


async def test_delete_asks_first_and_says_what_goes(scene: Scene) -> None:
    await ended(scene)
    asked = await question(scene)
    assert words(asked).strip() == (
        f"**Delete job `{scene.job_id}`?** Its card and its clip go away for good. What it cost (84 credits) is not "
        "given back. Copies at Segmind stay there: they cannot be deleted from here."
    )
    assert buttons(asked) == ["Delete for good"]
    assert not is_deleted(scene)


async def test_yes_deletes_and_says_so_in_place(scene: Scene) -> None:
    await ended(scene)
    asked = await question(scene)
    result = await scene.mira.click(asked, label="Delete for good")
    assert is_deleted(scene)
    assert result.response is not None
    assert result.response.id == asked.id
    assert words(result.response).strip() == (
        f"Job `{scene.job_id}` is deleted. Its card and its clip go away, and nothing of it is posted again. "
        "Copies at Segmind stay there: they cannot be deleted from here."
    )
    assert not buttons(result.response)
    assert not result.followups


async def test_yes_counts_after_a_restart_and_after_an_hour(scene: Scene) -> None:
    await ended(scene)
    asked = await question(scene)
    await scene.env.advance_time(60 * 60)
    await scene.restart()
    await scene.mira.click(asked, label="Delete for good")
    assert is_deleted(scene)


async def test_what_was_not_made_has_no_clip_and_no_cost(scene: Scene) -> None:
    await ended(scene, JobStatus.FAILED)
    asked = await question(scene)
    assert words(asked).strip() == f"**Delete job `{scene.job_id}`?** Its card goes away for good."


async def test_images_that_were_sent_stay_at_segmind_without_a_clip_too(scene: Scene) -> None:
    await scene.video(image=("fox.png", b"PNG!"))
    scene.house.move(scene.job_id, JobStatus.FAILED, MoneyState.RELEASED)
    await scene.bot.board.ensure_placed(scene.job_id)
    assert "Copies at Segmind stay there" in words(await question(scene))


async def test_a_job_that_has_not_ended_is_not_deleted(scene: Scene) -> None:
    await scene.card()
    for action in ("delete", "delete_yes"):
        result = await press(scene, action)
        assert "is not finished" in words(result.response)
    assert not is_deleted(scene)
    assert scene.refusals() == ["not_ended", "not_ended"]


async def test_a_moderator_may_delete_anothers(scene: Scene) -> None:
    await ended(scene)
    asked = await question(scene, by=scene.max)
    await scene.max.click(asked, label="Delete for good")
    assert scene.job.delivery is not None
    assert scene.job.delivery.reason == "moderator"


async def test_a_second_delete_has_nothing_to_ask(scene: Scene) -> None:
    await ended(scene)
    await scene.mira.click(await question(scene), label="Delete for good")
    asked = await question(scene)
    assert "is deleted" in words(asked)
    assert not buttons(asked)


async def test_a_forged_yes_on_a_public_message_leaves_it_as_it_is(scene: Scene) -> None:
    await ended(scene)
    result = await press(scene, "delete_yes")
    assert is_deleted(scene)
    assert result.ephemeral
    assert "is deleted" in words(result.response)
    assert scene.channel.last_message is not None
    assert scene.channel.last_message.content == "forged"


async def test_delete_in_a_dm_is_the_requesters(scene: Scene) -> None:
    await ended(scene)
    result = await press_in_dm(scene, "delete")
    assert result.response is not None
    await scene.mira.user.click(result.response, label="Delete for good")
    assert is_deleted(scene)


@pytest.mark.parametrize("action", ["again", "edit", "delete"])
async def test_a_press_is_acknowledged_before_anything_is_done(scene: Scene, action: str) -> None:
    await ended(scene)
    await press(scene, action)
    callbacks = [sent for sent in scene.env.http_requests if sent.path.endswith("/callback")]
    assert callbacks[-1].json == {"type": 5, "data": {"flags": 64}}
