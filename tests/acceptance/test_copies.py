"""A clip that Discord does not take, or does not play, comes as a copy that it does; the original stays in reach."""

from __future__ import annotations

import io

import av
import pytest
from av.container import InputContainer

from sandbox.driver import AttachmentView, MessageView
from sandbox.segmind import Fault, Kind, Stage
from tests.acceptance.town import Town, clips

MIB = 1024 * 1024
TRANSCODED_S = 240.0  # on a busy machine


def _attached(message: MessageView) -> AttachmentView:
    (name,) = clips(message)
    return next(file for file in message.attachments if file.filename == name)


async def _opened(town: Town, message: MessageView) -> bytes:
    return await town.driver.fetch(_attached(message).url)


def _codecs(container: InputContainer) -> tuple[str, str | None, list[str]]:
    video = container.streams.video[0].codec_context
    return video.name, video.pix_fmt, [stream.codec_context.name for stream in container.streams.audio]


async def _clip_on(town: Town, card: MessageView) -> MessageView:
    return await town.driver.wait_message(lambda shown: bool(clips(shown)), timeout=TRANSCODED_S, message=card)


async def test_a_clip_of_30_mb_at_a_limit_of_10_mb_comes_as_a_smaller_copy_that_plays(town: Town) -> None:
    await town.control.add_fault(Fault(Stage.JOB, Kind.DENSE, mebibytes=30))
    await town.driver.set_upload_limit(10 * MIB)
    await town.open()
    card = await town.video(audio=True)
    done = await _clip_on(town, card)

    (made,) = await town.control.jobs()
    original = await town.driver.fetch(f"{town.segmind.url}/generations/{made.clip}")
    copy = await _opened(town, done)
    assert len(original) > 30 * MIB
    assert MIB < len(copy) <= 10 * MIB
    with av.open(io.BytesIO(copy), "r") as small, av.open(io.BytesIO(original), "r") as large:
        assert _codecs(small) == ("h264", "yuv420p", ["aac"])
        assert small.duration is not None
        assert large.duration is not None
        assert small.duration == pytest.approx(large.duration, rel=0.05)
        pictures = len(list(small.decode(video=0)))
        assert pictures == len(list(large.decode(video=0)))
    for words in ("smaller copy", f"/generations/{made.clip}", "<t:"):
        assert words in done.text
    await town.ping_for(card)
    assert [message.id for message in await town.driver.messages("videos") if clips(message)] == [card.id]
    assert await town.posts() == 1


async def test_a_limit_that_discord_does_not_announce_is_learned_once(town: Town) -> None:
    await town.driver.set_upload_limit(MIB, announced_bytes=10 * MIB)
    await town.control.add_fault(Fault(Stage.JOB, Kind.DENSE, mebibytes=3, times=2))
    await town.open()
    for prompt in ("first", "second"):
        done = await _clip_on(town, await town.video(prompt=prompt))
        assert len(await _opened(town, done)) <= MIB
    refused = [seen for seen in await town.driver.requests("PATCH") if seen.status == 413]
    tried = [file["size"] for seen in refused for file in seen.files]
    assert len([size for size in tried if size > 2 * MIB]) == 1


@pytest.mark.parametrize("codec", ["hevc", "h264_10bit", "mpeg4"])
async def test_a_clip_that_discord_does_not_play_comes_as_one_that_it_plays(town: Town, codec: str) -> None:
    await town.control.add_fault(Fault(Stage.JOB, Kind.CODEC, text=codec))
    await town.open()
    card = await town.video(audio=True, duration=3)
    done = await _clip_on(town, card)
    with av.open(io.BytesIO(await _opened(town, done)), "r") as container:
        assert _codecs(container) == ("h264", "yuv420p", ["aac"])
        assert len(list(container.decode(video=0))) == 24
    assert "copy" in done.text
    await town.ping_for(card)
    assert (await town.bot.ledger())["spent_credits"] == 76


async def test_a_kill_while_a_copy_is_made_shows_one_clip(town: Town) -> None:
    await town.control.add_fault(Fault(Stage.JOB, Kind.DENSE, mebibytes=30))
    await town.driver.set_upload_limit(10 * MIB)
    await town.open()
    card = await town.video()
    await town.card_with(card, "smaller copy is being made")
    await town.bot.kill()
    await town.open()
    await _clip_on(town, card)
    await town.ping_for(card)
    assert [message.id for message in await town.driver.messages("videos") if clips(message)] == [card.id]
    assert len(list((town.bot.folder / "media" / "outputs").glob("*.copy.mp4"))) == 1
