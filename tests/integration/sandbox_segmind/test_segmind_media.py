"""The media host: real films, and every kind of wrong one."""

from __future__ import annotations

import io
from typing import Any

import aiohttp
import av
import pytest

from sandbox.segmind import Fault, Kind, SandboxSegmind, SegmindControl, Stage, font
from sandbox.segmind.page import MARGIN, TEXT_SCALE, TEXT_TOP
from tests.integration.sandbox_segmind.caller import PLAIN, TEXT, Answer, Caller

MIB = 1024 * 1024
WEEK_S = 7 * 24 * 3600


async def _film(caller: Caller, slug: str = TEXT, **parameters: Any) -> bytes:
    answer = await caller.output(await caller.finished({"prompt": "p", **parameters}, slug))
    assert (answer.status, answer.content_type) == (200, "video/mp4")
    return answer.body


@pytest.mark.parametrize("ratio", ["16:9", "9:16", "1:1"])
@pytest.mark.parametrize("seconds", [3, 15])
async def test_a_film_has_the_asked_ratio_and_length(caller: Caller, ratio: str, seconds: int) -> None:
    film = await _film(caller, aspect_ratio=ratio, duration=str(seconds), generate_audio=False)
    with av.open(io.BytesIO(film), "r") as container:
        video = container.streams.video[0]
        across, down = map(int, ratio.split(":"))
        assert video.width * down == video.height * across
        assert container.duration is not None
        assert container.duration / av.time_base == pytest.approx(seconds, abs=0.2)


@pytest.mark.parametrize("sound", [True, False])
async def test_a_film_is_h264_with_aac_only_when_sound_was_asked_for(caller: Caller, sound: bool) -> None:
    film = await _film(caller, generate_audio=sound, duration="3")
    with av.open(io.BytesIO(film), "r") as container:
        assert container.streams.video[0].codec_context.name == "h264"
        assert container.streams.video[0].codec_context.pix_fmt == "yuv420p"
        assert [stream.codec_context.name for stream in container.streams.audio] == ["aac"] * sound


async def test_the_sound_of_a_film_is_as_long_as_its_picture(caller: Caller) -> None:
    with av.open(io.BytesIO(await _film(caller, generate_audio=True, duration="3")), "r") as container:
        samples = [frame.samples for frame in container.decode(container.streams.audio[0])]
    assert 3 * 22_050 <= sum(samples) < 3.2 * 22_050


async def test_a_film_moves_and_decodes_to_its_end(caller: Caller) -> None:
    with av.open(io.BytesIO(await _film(caller, duration="3")), "r") as container:
        pictures = [bytes(frame.planes[0]) for frame in container.decode(video=0)]
    assert len(pictures) == 24
    assert len(set(pictures)) > 20


@pytest.mark.parametrize("ratio", ["16:9", "9:16"])
async def test_the_prompt_can_be_read_off_a_film(caller: Caller, ratio: str) -> None:
    prompt = 'A fox, 3 hens & "the" farmer-boy: @Element1 says <<<voice_1>>> (50%)!'
    film = await _film(caller, prompt=prompt, aspect_ratio=ratio, duration="3")
    assert _read(film) == prompt.upper()


def _read(film: bytes) -> str:
    """The large text in the middle of a film, by comparing every cell with the alphabet."""
    alphabet = {font.rows(char): char for char in map(chr, range(32, 127)) if char == char.upper()}
    with av.open(io.BytesIO(film), "r") as container:
        *_, frame = container.decode(video=0)
    plane = frame.planes[0]
    luma, stride = bytes(plane), plane.line_size
    lines = []
    for top in range(TEXT_TOP, frame.height - 32, (font.HEIGHT + 1) * TEXT_SCALE):
        cells = range(MARGIN, frame.width - 2 * MARGIN, (font.WIDTH + 1) * TEXT_SCALE)
        lines.append("".join(alphabet.get(_cell(luma, stride, left, top), "?") for left in cells).strip())
    return " ".join(line for line in lines if line)


def _cell(luma: bytes, stride: int, left: int, top: int) -> tuple[int, ...]:
    def is_ink(x: int, y: int) -> bool:
        return luma[(top + y * TEXT_SCALE) * stride + left + x * TEXT_SCALE] > 130

    return tuple(sum(is_ink(x, y) << (font.WIDTH - 1 - x) for x in range(font.WIDTH)) for y in range(font.HEIGHT))


@pytest.mark.parametrize("prompt", ["été à la plage", "東京の夜", "x" * 2500, "  tabs\tand\nlines  ", "🦊"])
async def test_any_prompt_makes_a_playable_film(caller: Caller, prompt: str) -> None:
    with av.open(io.BytesIO(await _film(caller, prompt=prompt, duration="3")), "r") as container:
        assert len(list(container.decode(video=0))) == 24


async def test_a_film_needs_no_key_and_never_saw_one(caller: Caller, control: SegmindControl) -> None:
    await _film(caller)
    (entry,) = await control.requests("GET", "/generations/")
    assert (entry.api_key, entry.authorization, entry.status) == (None, None, 200)


async def test_a_film_is_counted_and_deleted_after_a_week(caller: Caller, control: SegmindControl) -> None:
    job = await caller.finished()
    assert (await caller.get(f"/generations/{job.clip}")).status == 200
    await control.backdate(job.id, WEEK_S + 1)
    assert (await caller.get(f"/generations/{job.clip}")).status == 404
    assert (await control.job(job.id)).downloads == 1


async def test_an_unknown_film_is_a_404(caller: Caller) -> None:
    assert (await caller.get("/generations/nothing.mp4")).status == 404


async def _spoiled(caller: Caller, control: SegmindControl, kind: Kind) -> Answer:
    job = await caller.finished()
    await control.add_fault(Fault(Stage.MEDIA, kind))
    return await caller.get(f"/generations/{job.clip}")


async def test_a_truncated_film_is_half_of_one_under_an_honest_length(caller: Caller, control: SegmindControl) -> None:
    half = await _spoiled(caller, control, Kind.TRUNCATED)
    whole = await caller.get((await control.requests("GET", "/generations/"))[-1].path)
    assert (half.status, half.content_type) == (200, "video/mp4")
    assert half.body == whole.body[: len(whole.body) // 2]
    assert not _boxes_are_whole(half.body)
    assert _boxes_are_whole(whole.body)


def _boxes_are_whole(film: bytes) -> bool:
    """Whether the top-level boxes end exactly where the file does (ISO/IEC 14496-12)."""
    at = 0
    while at + 8 <= len(film):
        at += int.from_bytes(film[at : at + 4], "big")
    return at == len(film)


async def test_a_film_can_be_an_html_page_that_claims_to_be_one(caller: Caller, control: SegmindControl) -> None:
    answer = await _spoiled(caller, control, Kind.HTML)
    assert (answer.status, answer.content_type) == (200, "video/mp4")
    assert b"<html>" in answer.body


async def test_a_film_can_be_gone(caller: Caller, control: SegmindControl) -> None:
    assert (await _spoiled(caller, control, Kind.NOT_FOUND)).status == 404


@pytest.mark.parametrize("kind", [Kind.CUT, Kind.HUGE_LENGTH])
async def test_a_film_can_break_off(caller: Caller, control: SegmindControl, kind: Kind) -> None:
    with pytest.raises(aiohttp.ClientPayloadError):
        await _spoiled(caller, control, kind)


async def test_a_film_can_claim_a_tebibyte(caller: Caller, server: SandboxSegmind) -> None:
    job = await caller.finished()
    await server.control.add_fault(Fault(Stage.MEDIA, Kind.HUGE_LENGTH))
    async with aiohttp.ClientSession() as http, http.get(f"{server.url}/generations/{job.clip}") as response:
        assert response.content_length == 1 << 40


async def test_a_film_can_stall_after_its_first_bytes(caller: Caller, server: SandboxSegmind) -> None:
    job = await caller.finished()
    await server.control.add_fault(Fault(Stage.MEDIA, Kind.STALL))
    async with aiohttp.ClientSession() as http, http.get(f"{server.url}/generations/{job.clip}") as response:
        assert len(await response.content.readexactly(1024)) == 1024
        assert response.content_length is not None
        assert response.content_length > 1024
        with pytest.raises(aiohttp.ServerTimeoutError):
            await _next_byte(server, job.clip)


async def _next_byte(server: SandboxSegmind, clip: str | None) -> None:
    await server.control.add_fault(Fault(Stage.MEDIA, Kind.STALL))
    timeout = aiohttp.ClientTimeout(sock_read=0.2)
    async with aiohttp.ClientSession(timeout=timeout) as http, http.get(f"{server.url}/generations/{clip}") as response:
        await response.read()


async def test_a_film_can_be_redirected_and_a_client_that_follows_is_seen(
    caller: Caller, control: SegmindControl
) -> None:
    answer = await _spoiled(caller, control, Kind.REDIRECT)
    assert answer.status == 302
    assert answer.location is not None
    followed = await caller.get(answer.location)
    assert followed.status == 200
    assert len(await control.requests("GET", "/elsewhere/")) == 1


@pytest.mark.parametrize(("stage", "field"), [(Stage.RESULT, "output"), (Stage.HISTORY, "generation_url")])
async def test_an_output_can_be_on_a_host_that_nobody_allowed(
    caller: Caller, control: SegmindControl, stage: Stage, field: str
) -> None:
    job = await caller.finished()
    await control.add_fault(Fault(stage, Kind.WRONG_HOST))
    answer = await (caller.result(job.id) if stage is Stage.RESULT else caller.history(job.id))
    assert answer.json[field].startswith("http://localhost:")
    assert str(answer.json).count("127.0.0.1") == 0


async def test_a_big_film_is_still_one(caller: Caller, control: SegmindControl) -> None:
    await control.add_fault(Fault(Stage.JOB, Kind.BIG, mebibytes=12))
    film = await _film(caller, duration="3")
    assert len(film) >= 12 * MIB
    assert _boxes_are_whole(film)
    with av.open(io.BytesIO(film), "r") as container:
        assert len(list(container.decode(video=0))) == 24


async def test_a_dense_film_weighs_what_it_shows(caller: Caller, control: SegmindControl) -> None:
    await control.add_fault(Fault(Stage.JOB, Kind.DENSE, mebibytes=12))
    film = await _film(caller, duration="3")
    with av.open(io.BytesIO(film), "r") as container:
        shown = sum(packet.size for packet in container.demux(video=0))
        video = container.streams.video[0]
        assert (video.width, video.height) == (1280, 720)
    assert 12 * MIB <= shown <= 14 * MIB
    with av.open(io.BytesIO(film), "r") as container:
        assert len(list(container.decode(video=0))) == 24


@pytest.mark.parametrize(
    ("text", "codec", "pixels"),
    [
        ("hevc", "hevc", "yuv420p"),
        ("h264_10bit", "h264", "yuv420p10le"),
        ("mpeg4", "mpeg4", "yuv420p"),
        ("vp9", "vp9", "yuv420p"),
    ],
)
async def test_a_film_can_be_in_another_codec(
    caller: Caller, control: SegmindControl, text: str, codec: str, pixels: str
) -> None:
    await control.add_fault(Fault(Stage.JOB, Kind.CODEC, text=text))
    film = await _film(caller, duration="3", generate_audio=True)
    assert film[4:8] == b"ftyp"
    with av.open(io.BytesIO(film), "r") as container:
        context = container.streams.video[0].codec_context
        assert (context.name, context.pix_fmt) == (codec, pixels)
        assert [stream.codec_context.name for stream in container.streams.audio] == ["aac"]
        assert len(list(container.decode(video=0))) == 24


def test_a_codec_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="hevc"):
        Fault(Stage.JOB, Kind.CODEC, text="theora")


async def test_equal_jobs_have_films_of_their_own_with_equal_content(caller: Caller) -> None:
    first, second = await caller.finished(PLAIN), await caller.finished(PLAIN)
    assert first.clip != second.clip
    assert (await caller.output(first)).body == (await caller.output(second)).body
