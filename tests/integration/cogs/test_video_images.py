"""/video with pictures: refused early where that can be, seen by nobody before they were checked, then a job."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import discord
import pytest

from klapper.drafts.draft import Why
from klapper.errors import RequestRefused
from klapper.kling.request import Element, VideoRequest
from tests.integration.cogs.fake_desks import picture_hash
from tests.integration.cogs.house_bot import Scene, buttons, words

PICTURE = ("picture.png", b"\x89PNG")


def slow(scene: Scene, gate: asyncio.Event) -> Callable[[], Awaitable[object]]:
    return lambda: scene.env.external_wait(gate.wait(), reason="something slow")


async def test_a_picture_becomes_a_job_with_its_card_in_the_channel(scene: Scene) -> None:
    result = await scene.video(image=PICTURE)
    assert result.ephemeral
    card = scene.channel.last_message
    assert card is not None
    assert "a fox in the snow" in words(card)
    assert len(scene.channel.history()) == 1
    assert words(result.response) == f"Your job `{scene.job_id}` is here: {card.jump_url}"
    assert scene.job.job.slug == "kling-3-standard-image2video"


async def test_every_picture_reaches_the_service_under_its_hash(scene: Scene) -> None:
    names = ("image", "end_image", "element_1", "element_2", "element_3")
    await scene.video(**{name: (f"{name}.png", b"\x89PNG") for name in names})
    (ask,) = scene.bot.submission.asks
    image, end_image, *elements = (picture_hash(f"{name}.png") for name in names)
    assert ask.request == VideoRequest(
        prompt="a fox in the snow", start_image=image, end_image=end_image, elements=tuple(map(Element, elements))
    )


async def test_the_intake_learns_which_option_each_file_is_for(scene: Scene) -> None:
    await scene.video(image=PICTURE, element_1=("fox.png", b"\x89PNG!"))
    taken = [(one.name, one.file_name, one.size_bytes) for one in scene.bot.intake.taken]
    assert taken == [("image", "picture.png", 4), ("element_1", "fox.png", 5)]
    assert all(one.url.startswith("https://") for one in scene.bot.intake.taken)


async def test_the_preview_and_the_job_are_of_one_request(scene: Scene) -> None:
    await scene.video(image=PICTURE, spoiler=True)
    (seen,), (asked,) = scene.bot.submission.previews, scene.bot.submission.asks
    assert seen.request.start_image == scene.bot.intake.taken[0].key
    assert (seen.job_id, seen.interaction_id, seen.spoiler) == (asked.job_id, asked.interaction_id, asked.spoiler)
    assert asked.spoiler


async def test_a_request_without_pictures_is_not_previewed(scene: Scene) -> None:
    await scene.video(spoiler=True)
    assert not scene.bot.submission.previews
    assert scene.job.job.spoiler


async def test_what_is_refused_anyway_is_refused_before_any_download(scene: Scene) -> None:
    scene.bot.submission.preview_error = RequestRefused("guild_paused", "Paused: ask again later.")
    result = await scene.video(image=PICTURE)
    assert result.ephemeral
    assert not result.deferred
    assert words(result.response) == "Paused: ask again later."
    assert not scene.bot.intake.taken


async def test_a_refusal_that_takes_long_is_still_private(scene: Scene) -> None:
    gate = asyncio.Event()
    scene.bot.submission.preview_gate = slow(scene, gate)
    scene.bot.submission.preview_error = RequestRefused("guild_paused", "Paused: ask again later.")
    result = await scene.video(image=PICTURE)
    assert result.deferred
    gate.set()
    await scene.env.settle()
    assert words(result.response) == "Paused: ask again later."
    assert not scene.bot.intake.taken


async def test_a_slow_preview_does_not_end_the_request(scene: Scene) -> None:
    gate = asyncio.Event()
    scene.bot.submission.preview_gate = slow(scene, gate)
    result = await scene.video(image=PICTURE)
    gate.set()
    await scene.env.settle()
    assert f"Your job `{scene.job_id}` is here" in words(result.response)


async def test_nothing_is_public_while_a_picture_is_being_looked_at(scene: Scene) -> None:
    gate = asyncio.Event()
    scene.bot.intake.gate = slow(scene, gate)
    result = await scene.video(image=PICTURE)
    assert result.deferred
    assert result.ephemeral
    assert not scene.channel.history()
    assert not scene.bot.submission.asks
    gate.set()
    await scene.env.settle()
    assert len(scene.channel.history()) == 1


async def test_a_refused_picture_is_said_privately_and_nothing_is_asked(scene: Scene) -> None:
    scene.bot.intake.error = RequestRefused("image_gif", "image is a GIF file: save it as PNG and attach that.")
    result = await scene.video(image=PICTURE)
    assert words(result.response) == "image is a GIF file: save it as PNG and attach that."
    assert scene.refusals() == ["image_gif"]
    assert not scene.bot.submission.asks
    assert not scene.channel.history()


async def test_a_file_that_is_no_picture_is_refused_at_once(scene: Scene) -> None:
    result = await scene.video(image=PICTURE, element_1=("notes.txt", b"hello"))
    assert not result.deferred
    assert words(result.response) == (
        "element_1 is not a JPEG, PNG or WebP file, and only these can be used: attach one of them."
    )
    assert scene.refusals() == ["image_not_a_picture"]
    assert not scene.bot.submission.previews


async def test_an_empty_file_is_refused_at_once(scene: Scene) -> None:
    result = await scene.video(end_image=("empty.png", b""), image=PICTURE)
    assert "end_image is an empty file" in words(result.response)
    assert not scene.bot.submission.previews


async def test_a_file_of_a_kind_that_discord_does_not_know_is_looked_at(scene: Scene) -> None:
    await scene.video(image=("picture", b"\x89PNG"))
    assert scene.bot.intake.taken


async def test_an_element_before_which_one_is_left_out_is_refused(scene: Scene) -> None:
    result = await scene.video(image=PICTURE, element_2=("fox.png", b"\x89PNG"))
    assert "element_2 is given without element_1" in words(result.response)
    assert scene.refusals() == ["elements_missing"]


async def test_a_picture_for_a_model_that_takes_none_is_refused_by_name(scene: Scene) -> None:
    scene.bot.submission.preview_error = None
    result = await scene.video(image=PICTURE, model="v1")
    assert "Kling 1 text to video does not take image" in words(result.response)


async def test_a_job_from_a_picture_for_the_dm_goes_on_there(scene: Scene) -> None:
    result = await scene.video(image=PICTURE, deliver="dm")
    (card,) = scene.mira.user.dm_channel.history()
    assert "a fox in the snow" in words(card)
    assert "goes on in our direct messages" in words(result.response)
    assert not scene.channel.history()


async def test_a_closed_dm_is_refused_before_any_download(scene: Scene) -> None:
    dm = scene.mira.user.dm_channel
    scene.env.inject_error("POST", f"/channels/{dm.id}/messages", status=403, code=50007)
    result = await scene.video(image=PICTURE, deliver="dm")
    assert "Klapper may not send you direct messages" in words(result.response)
    assert not scene.bot.intake.taken


async def test_a_missing_permission_is_named_before_any_preview(scene: Scene) -> None:
    assert scene.bot.user is not None
    overwrite = discord.PermissionOverwrite(attach_files=False)
    closed = scene.guild.create_text_channel("closed", overwrites={scene.bot.user: overwrite})
    result = await scene.mira.slash(closed, "video", prompt="a fox", image=PICTURE)
    assert "**Attach Files**" in words(result.response)
    assert not scene.bot.submission.previews


async def test_the_same_interaction_twice_is_one_job(scene: Scene) -> None:
    await scene.video(image=PICTURE)
    event = next(payload for kind, name, payload in scene.env.backend.transcript if name == "INTERACTION_CREATE")
    scene.env.backend.emit("INTERACTION_CREATE", event)
    await scene.env.settle()
    assert len(scene.bot.submission.asks) == 2
    assert len(scene.house.jobs) == 1
    assert len(scene.channel.history()) == 1


async def test_a_lost_acknowledgement_does_not_lose_the_job(scene: Scene) -> None:
    scene.env.inject_error("POST", "/interactions/*/callback", status=404, code=10062)
    await scene.video(image=PICTURE)
    (card,) = scene.channel.history()
    assert scene.job.card is not None
    assert scene.job.card.message_id == card.id


async def test_the_board_leaves_the_card_alone_while_the_picture_comes(scene: Scene) -> None:
    spoken_for: list[bool] = []

    async def look() -> None:
        spoken_for.append(scene.bot.submission.previews[-1].job_id in scene.bot.board.left_alone)

    scene.bot.intake.gate = look
    await scene.video(image=PICTURE)
    assert spoken_for == [True]


# Voices and own defaults


async def test_a_voice_is_refused_where_the_members_own_model_hides_it(scene: Scene) -> None:
    await scene.mira.slash(scene.channel, "settings defaults", model="o3")
    spoken: dict[str, Any] = {"prompt": "<<<voice_1>>>", "audio": True, "voice_1": "a"}
    result = await scene.video(**spoken)
    assert "Kling O3 text to video does not take voices" in words(result.response)
    await scene.video(**spoken, model="v3")
    assert len(scene.house.jobs) == 1


# Questions


@pytest.mark.parametrize("why", [Why.PRICE, Why.REPEAT])
async def test_a_question_is_asked_privately_and_in_time(scene: Scene, why: Why) -> None:
    await scene.video()
    scene.bot.submission.asks_first = why
    result = await scene.video()
    assert result.ephemeral
    assert not result.deferred
    assert "Discard" in buttons(result.response)
    assert len(scene.channel.history()) == 1
    assert len(scene.house.jobs) == 1


async def test_a_question_about_a_repeat_has_the_way_to_the_first(scene: Scene) -> None:
    card = await scene.card()
    scene.bot.submission.asks_first = Why.REPEAT
    assert card.jump_url in words((await scene.video()).response)


async def test_a_question_that_takes_long_is_asked_in_the_answer(scene: Scene) -> None:
    gate = asyncio.Event()
    scene.bot.submission.gate = slow(scene, gate)
    scene.bot.submission.asks_first = Why.PRICE
    result = await scene.video()
    assert result.deferred
    gate.set()
    await scene.env.settle()
    assert "Discard" in buttons(result.response)
    assert not scene.channel.history()


async def test_a_question_about_pictures_is_asked_after_they_came(scene: Scene) -> None:
    scene.bot.submission.asks_first = Why.PRICE
    result = await scene.video(image=PICTURE)
    assert "Discard" in buttons(result.response)
    assert not scene.channel.history()
    (draft,) = scene.house.drafts.values()
    assert draft.request.images() == tuple(scene.house.images)
