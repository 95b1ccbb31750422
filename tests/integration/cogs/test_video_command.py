"""/video: commit, then answer; a refusal is private and nothing undoes a job."""

from __future__ import annotations

import asyncio

import discord
import pytest

from klapper.database.database import DatabaseError
from klapper.errors import RequestRefused
from klapper.kling.request import VideoRequest
from tests.integration.cogs.house_bot import Scene, words


async def test_a_request_is_answered_with_its_public_card(scene: Scene) -> None:
    result = await scene.video()
    assert not result.ephemeral
    assert "a fox in the snow" in words(result.response)
    assert "84 credits reserved" in words(result.response)
    assert result.response is not None
    assert scene.job.card is not None
    assert scene.job.card.message_id == result.response.id


async def test_only_one_card_is_posted(scene: Scene) -> None:
    await scene.video()
    assert len(scene.channel.history()) == 1


async def test_every_option_reaches_the_service(scene: Scene) -> None:
    await scene.video(
        model="v1",
        duration=5,
        aspect_ratio="9:16",
        mode="std",
        negative_prompt="rain",
        cfg_scale=0.7,
        camera="pan",
        camera_amount=-4,
    )
    (ask,) = scene.bot.submission.asks
    assert ask.request == VideoRequest(
        prompt="a fox in the snow",
        model="v1",
        duration_s=5,
        aspect_ratio="9:16",
        mode="std",
        negative_prompt="rain",
        cfg_scale=0.7,
        camera="simple",
        camera_axis="pan",
        camera_amount=-4,
    )
    assert (ask.guild_id, ask.channel_id, ask.user_id) == (scene.guild.id, scene.channel.id, scene.mira.id)
    assert ask.deliver_to == "here"


async def test_sound_and_voices_reach_the_service(scene: Scene) -> None:
    await scene.video(prompt="<<<voice_1>>> and <<<voice_2>>>", audio=True, voice_1="a", voice_2="b", cfg_scale=1)
    request = scene.bot.submission.asks[0].request
    assert request.voice_ids == ("a", "b")
    assert request.generate_audio is True
    assert isinstance(request.cfg_scale, float)


async def test_what_is_left_out_stays_unset(scene: Scene) -> None:
    await scene.video()
    assert scene.bot.submission.asks[0].request == VideoRequest(prompt="a fox in the snow")


async def test_a_preset_camera_is_passed_as_it_is(scene: Scene) -> None:
    await scene.video(model="v1", camera="forward_up")
    assert scene.bot.submission.asks[0].request.camera == "forward_up"
    assert scene.bot.submission.asks[0].request.camera_axis is None


async def test_a_refusal_is_private_and_says_why(scene: Scene) -> None:
    scene.bot.submission.error = RequestRefused("guild_paused", "Paused: ask again later.")
    result = await scene.video()
    assert result.ephemeral
    assert words(result.response) == "Paused: ask again later."
    assert scene.refusals() == ["guild_paused"]


async def test_an_option_that_the_model_does_not_take_is_refused_by_name(scene: Scene) -> None:
    result = await scene.video(model="v3", mode="pro")
    assert result.ephemeral
    assert "does not take mode" in words(result.response)
    assert scene.refusals() == ["mode_not_taken"]


async def test_a_hidden_option_of_the_model_is_refused_by_name(scene: Scene) -> None:
    result = await scene.video(model="o3", prompt="<<<voice_1>>>", audio=True, voice_1="a")
    assert result.ephemeral
    assert "Kling O3 text to video does not take voices" in words(result.response)
    assert "v3 (Kling 3.0 Standard text to video)" in words(result.response)
    assert not scene.bot.submission.asks


async def test_a_second_voice_without_a_first_is_refused(scene: Scene) -> None:
    result = await scene.video(audio=True, voice_2="b")
    assert "voice_2 is given without voice_1" in words(result.response)
    assert scene.refusals() == ["voices_missing"]
    assert not scene.bot.submission.asks


PERMISSIONS = {
    "send_messages": "Send Messages",
    "attach_files": "Attach Files",
    "read_message_history": "Read Message History",
}


@pytest.mark.parametrize(("permission", "name"), PERMISSIONS.items())
async def test_a_missing_permission_is_named_before_anything_is_asked(scene: Scene, permission: str, name: str) -> None:
    assert scene.bot.user is not None
    overwrite = discord.PermissionOverwrite(**{permission: False})
    closed = scene.guild.create_text_channel("closed", overwrites={scene.bot.user: overwrite})
    result = await scene.mira.slash(closed, "video", prompt="a fox")
    assert result.ephemeral
    assert f"**{name}**" in words(result.response)
    assert scene.refusals() == ["permissions_missing"]
    assert not scene.bot.submission.asks


async def test_every_missing_permission_is_named_at_once(scene: Scene) -> None:
    assert scene.bot.user is not None
    overwrite = discord.PermissionOverwrite(send_messages=False, attach_files=False)
    closed = scene.guild.create_text_channel("closed", overwrites={scene.bot.user: overwrite})
    result = await scene.mira.slash(closed, "video", prompt="a fox")
    assert "**Send Messages**, **Attach Files**" in words(result.response)
    assert scene.refusals() == ["permissions_missing"]


async def test_the_same_interaction_twice_is_one_job(scene: Scene) -> None:
    await scene.video()
    event = next(payload for kind, name, payload in scene.env.backend.transcript if name == "INTERACTION_CREATE")
    scene.env.backend.emit("INTERACTION_CREATE", event)
    await scene.env.settle()
    assert len(scene.bot.submission.asks) == 2
    assert len(scene.house.jobs) == 1
    assert len(scene.channel.history()) == 1


async def test_a_commit_that_takes_long_is_answered_privately(scene: Scene) -> None:
    gate = asyncio.Event()
    scene.bot.submission.gate = lambda: scene.env.external_wait(gate.wait(), reason="a slow commit")
    result = await scene.video()
    assert result.deferred
    assert result.ephemeral
    assert not scene.channel.history()
    gate.set()
    await scene.env.settle()
    card = scene.channel.last_message
    assert card is not None
    assert "a fox in the snow" in words(card)
    assert words(result.response) == f"Your job `{scene.job_id}` is here: {card.jump_url}"
    assert len(scene.channel.history()) == 1


async def test_a_refusal_that_takes_long_is_still_private(scene: Scene) -> None:
    gate = asyncio.Event()
    scene.bot.submission.gate = lambda: scene.env.external_wait(gate.wait(), reason="a slow commit")
    scene.bot.submission.error = RequestRefused("guild_paused", "Paused: ask again later.")
    result = await scene.video()
    gate.set()
    await scene.env.settle()
    assert words(result.response) == "Paused: ask again later."
    assert not scene.channel.history()
    assert scene.refusals() == ["guild_paused"]


@pytest.mark.parametrize(("status", "code"), [(404, 10062), (500, 0)])
async def test_a_failed_answer_leaves_the_card_to_the_board(scene: Scene, status: int, code: int) -> None:
    scene.env.inject_error("POST", "/interactions/*/callback", status=status, code=code)
    await scene.video()
    (card,) = scene.channel.history()
    assert "a fox in the snow" in words(card)
    placed = scene.job.card
    assert placed is not None
    assert placed.message_id == card.id


async def test_an_answer_whose_confirmation_was_lost_is_found(scene: Scene) -> None:
    """The response is there, and Discord says 40060 to the repeated callback."""

    async def respond_beforehand() -> None:
        record = list(scene.env.backend.interactions.values())[-1]
        message = scene.env.backend.create_message(scene.channel.id, scene.env.backend.bot_user.id, "the card")
        record.respond_with_message(message.id, ephemeral=False)

    scene.bot.submission.gate = respond_beforehand
    await scene.video()
    placed = scene.job.card
    assert placed is not None
    assert [message.id for message in scene.channel.history()] == [placed.message_id]


async def test_a_defect_after_the_commit_names_the_job(scene: Scene) -> None:
    scene.bot.board.place_error = DatabaseError("disk full")
    result = await scene.video()
    assert f"(job `{scene.job_id}`)" in words(result.followups[0])
    assert scene.refusals() == ["DatabaseError"]
    scene.log.clear()


async def test_a_job_for_the_dm_goes_on_there(scene: Scene) -> None:
    result = await scene.video(deliver="dm")
    assert result.ephemeral
    (card,) = scene.mira.user.dm_channel.history()  # and nothing of the trial message
    assert "a fox in the snow" in words(card)
    assert words(result.response).startswith(
        f"Your job `{scene.job_id}` goes on in our direct messages: https://discord.com/"
    )
    assert not scene.channel.history()


async def test_a_trial_message_that_cannot_be_deleted_stops_nothing(scene: Scene) -> None:
    dm = scene.mira.user.dm_channel
    scene.env.inject_error("DELETE", f"/channels/{dm.id}/messages/*", status=500, code=0)
    result = await scene.video(deliver="dm")
    assert "goes on in our direct messages" in words(result.response)


async def test_a_closed_dm_is_refused_before_anything_is_asked(scene: Scene) -> None:
    dm = scene.mira.user.dm_channel
    scene.env.inject_error("POST", f"/channels/{dm.id}/messages", status=403, code=50007)
    result = await scene.video(deliver="dm")
    assert "Klapper may not send you direct messages" in words(result.response)
    assert not scene.bot.submission.asks
    assert scene.refusals() == ["DeliveryError"]


async def test_a_dm_needs_no_permission_in_the_channel(scene: Scene) -> None:
    assert scene.bot.user is not None
    overwrite = discord.PermissionOverwrite(attach_files=False)
    closed = scene.guild.create_text_channel("closed", overwrites={scene.bot.user: overwrite})
    await scene.mira.slash(closed, "video", prompt="a fox", deliver="dm")
    assert scene.job.job.deliver_to == "dm"


async def test_a_server_that_is_not_served_is_told_so(scene: Scene) -> None:
    scene.house.served = lambda guild_id: False
    result = await scene.video()
    assert "Klapper does not work on this server" in words(result.response)
    assert not scene.bot.submission.asks
    assert scene.refusals() == ["NotServed"]


async def test_a_hostile_prompt_pings_nobody(scene: Scene) -> None:
    result = await scene.video(prompt="@everyone <@1> https://evil.example")
    (sent,) = [request for request in scene.env.http_requests if request.path.endswith("/callback")]
    assert sent.json is not None
    assert sent.json["data"]["allowed_mentions"]["parse"] == []
    assert "\\@everyone \\<\\@1\\> https\\:\\/\\/evil.example" in words(result.response)


async def test_the_board_leaves_the_card_alone_from_before_the_commit(scene: Scene) -> None:
    spoken_for: list[bool] = []

    async def look() -> None:
        spoken_for.append(scene.bot.submission.asks[-1].job_id in scene.bot.board.left_alone)

    scene.bot.submission.gate = look
    await scene.video()
    assert spoken_for == [True]
    assert not scene.bot.board.left_alone


async def test_nothing_is_public_before_somebody_outside_said_yes(scene: Scene) -> None:
    scene.bot.submission.asks_outside = True
    gate = asyncio.Event()
    scene.bot.submission.gate = lambda: scene.env.external_wait(gate.wait(), reason="a check")
    result = await scene.video()
    assert result.deferred
    assert result.ephemeral
    assert not scene.channel.history()
    gate.set()
    await scene.env.settle()
    card = scene.channel.last_message
    assert card is not None
    assert "a fox in the snow" in words(card)
    assert words(result.response) == f"Your job `{scene.job_id}` is here: {card.jump_url}"
    assert len(scene.channel.history()) == 1


async def test_a_quick_yes_from_outside_is_answered_privately_too(scene: Scene) -> None:
    scene.bot.submission.asks_outside = True
    result = await scene.video()
    assert result.ephemeral
    assert f"Your job `{scene.job_id}` is here" in words(result.response)
    assert len(scene.channel.history()) == 1


async def test_a_no_from_outside_is_private_and_says_why(scene: Scene) -> None:
    scene.bot.submission.asks_outside = True
    scene.bot.submission.error = RequestRefused("remote:violence", "An automatic check objects: change the text.")
    result = await scene.video()
    assert result.ephemeral
    assert words(result.response) == "An automatic check objects: change the text."
    assert not scene.channel.history()


async def test_what_is_refused_here_is_refused_before_somebody_outside_is_asked(scene: Scene) -> None:
    scene.bot.submission.asks_outside = True
    scene.bot.submission.preview_error = RequestRefused("guild_paused", "Paused: ask again later.")
    result = await scene.video()
    assert not result.deferred
    assert words(result.response) == "Paused: ask again later."
    assert not scene.bot.submission.asks
