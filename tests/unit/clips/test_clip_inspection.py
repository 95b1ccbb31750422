"""A clip is a whole MP4 that plays, or it is broken."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import pytest

from klapper.clips.facts import ClipFacts
from klapper.clips.inspection import inspect_clip
from klapper.errors import DeliveryError


def some_silence(seconds: int) -> Iterator[av.AudioFrame]:
    for start in range(0, 8000 * seconds, 1000):
        frame = av.AudioFrame("fltp", "mono", 1000)
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.sample_rate, frame.pts, frame.time_base = 8000, start, Fraction(1, 8000)
        yield frame


def make_clip(path: Path, *, seconds: int = 1, audio: bool = False, options: dict[str, str] | None = None) -> Path:
    with av.open(str(path), "w", format="mp4", options=options or {}) as container:
        video = container.add_stream("libx264", rate=10)
        video.width, video.height, video.pix_fmt = 64, 36, "yuv420p"
        sound = container.add_stream("aac", rate=8000, layout="mono") if audio else None
        for number in range(10 * seconds):
            frame = av.VideoFrame(64, 36, "yuv420p")
            for plane in frame.planes:
                plane.update(bytes([number * 5 % 256]) * plane.buffer_size)
            frame.pts, frame.time_base = number, Fraction(1, 10)
            container.mux(video.encode(frame))
        container.mux(video.encode())
        if sound is not None:
            for silence in some_silence(seconds):
                container.mux(sound.encode(silence))
            container.mux(sound.encode())
    return path


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", seconds=2)


@pytest.fixture(scope="module")
def index_first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("clip")
    return make_clip(directory / "clip.mp4", options={"movflags": "faststart"})


async def why_broken(path: Path) -> str:
    with pytest.raises(DeliveryError) as caught:
        await inspect_clip(path)
    assert caught.value.reason == "media_broken"
    return caught.value.sentence


async def test_a_clip_is_described(clip: Path) -> None:
    assert await inspect_clip(clip) == ClipFacts("h264", "yuv420p", None, 64, 36, 10.0, 2.0, clip.stat().st_size)


async def test_sound_is_noticed(tmp_path: Path) -> None:
    facts = await inspect_clip(make_clip(tmp_path / "clip.mp4", audio=True))
    assert facts.audio_codec == "aac"


async def test_a_fragmented_clip_is_a_clip(tmp_path: Path) -> None:
    options = {"movflags": "frag_keyframe+empty_moov"}
    facts = await inspect_clip(make_clip(tmp_path / "clip.mp4", options=options))
    assert (facts.codec, facts.width) == ("h264", 64)


@pytest.mark.parametrize("missing", [1, 100, 1000])
async def test_a_clip_without_its_end_is_broken(clip: Path, tmp_path: Path, missing: int) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(clip.read_bytes()[:-missing])
    assert "breaks off" in await why_broken(path)


async def test_a_clip_whose_index_came_first_is_broken_without_its_pictures(index_first: Path, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(index_first.read_bytes()[:-1])
    with av.open(str(path)) as container:
        assert container.streams.video  # PyAV alone does not notice
    assert "breaks off" in await why_broken(path)


@pytest.mark.parametrize("content", [b"", b"<html>sorry</html>", b"\x89PNG\r\n\x1a\n" + bytes(100), bytes(5000)])
async def test_what_is_no_mp4_is_broken(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)
    assert "media" not in await why_broken(path)


async def test_another_container_under_the_name_of_a_clip_is_broken(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    with av.open(str(path), "w", format="matroska") as container:
        video = container.add_stream("libx264", rate=10)
        video.width, video.height, video.pix_fmt = 64, 36, "yuv420p"
        container.mux(video.encode(av.VideoFrame(64, 36, "yuv420p")))
        container.mux(video.encode())
    assert "no MP4" in await why_broken(path)


async def test_sound_alone_is_broken(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    with av.open(str(path), "w", format="mp4") as container:
        sound = container.add_stream("aac", rate=8000, layout="mono")
        for silence in some_silence(1):
            container.mux(sound.encode(silence))
        container.mux(sound.encode())
    assert "no picture" in await why_broken(path)


async def test_a_clip_with_its_index_overwritten_is_broken(clip: Path, tmp_path: Path) -> None:
    content = bytearray(clip.read_bytes())
    at = content.index(b"moov") + 4
    content[at : at + 400] = b"\xff" * 400
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)
    await why_broken(path)


async def test_bytes_after_the_last_box_do_no_harm(clip: Path, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(clip.read_bytes() + b"\0\0\0\x08free" + b"\0\0")
    assert (await inspect_clip(path)).duration_s == 2.0
