"""A copy fits, plays where it is posted, and is whole or not there; its process is bounded and ends with its caller."""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from klapper.clips.facts import plays_inline
from klapper.clips.inspection import inspect_clip
from klapper.clips.process import ClipCopies
from klapper.errors import DeliveryError
from tests.unit.clips.makers import make_clip

ROOT = Path(__file__).parents[3]
MEBIBYTE = 1024 * 1024

NOT_PLAYED = [
    pytest.param("libx265", "yuv420p", None, id="HEVC"),
    pytest.param("mpeg4", "yuv420p", "aac", id="MPEG-4 part 2"),
    pytest.param("libvpx-vp9", "yuv420p", None, id="VP9"),
    pytest.param("libsvtav1", "yuv420p", None, id="AV1"),
    pytest.param("libx264", "yuv420p10le", None, id="ten bits"),
    pytest.param("libx264", "yuv444p", None, id="full colour"),
    pytest.param("libx264", "yuv420p", "libmp3lame", id="MP3"),
]


@pytest.fixture
def noisy(tmp_path: Path) -> Path:
    """A clip of 2 s with some 900 kB."""
    return make_clip(tmp_path / "clip.mp4", seconds=2, noise=True, audio="aac", options={"crf": "20"})


def index_comes_first(path: Path) -> bool:
    content = path.read_bytes()
    return content.index(b"moov") < content.index(b"mdat")


def children() -> list[int]:
    """The processes that this one has started and that have not been waited for."""
    found: list[int] = []
    for path in Path("/proc/self/task").glob("*/children"):
        with suppress(FileNotFoundError):  # a thread that has ended meanwhile
            found += [int(child) for child in path.read_text().split()]
    return found


async def why_not(source: Path, target: Path, limit: int, **bounds: float) -> str:
    with pytest.raises(DeliveryError) as caught:
        await ClipCopies(**bounds).copy(source, target, limit)
    assert not target.exists()
    assert list(target.parent.glob("*.part")) == []
    return caught.value.reason


@pytest.mark.parametrize("share", [0.6, 0.2])
async def test_a_clip_that_is_too_large_becomes_one_that_fits_and_plays(
    noisy: Path, tmp_path: Path, share: float
) -> None:
    limit = round(noisy.stat().st_size * share)
    facts = await ClipCopies().copy(noisy, tmp_path / "copy.mp4", limit)
    assert (tmp_path / "copy.mp4").stat().st_size == facts.bytes <= limit
    assert plays_inline(facts)
    assert facts.audio_codec == "aac"
    assert facts.duration_s == pytest.approx(2.0, abs=0.2)
    assert index_comes_first(tmp_path / "copy.mp4")
    assert {path.name for path in tmp_path.iterdir()} == {"clip.mp4", "copy.mp4"}


@pytest.mark.parametrize(("codec", "pixel_format", "audio"), NOT_PLAYED)
async def test_a_clip_that_discord_does_not_play_is_converted(
    tmp_path: Path, codec: str, pixel_format: str, audio: str | None
) -> None:
    options = {"preset": "12"} if codec == "libsvtav1" else {}
    clip = make_clip(tmp_path / "clip.mp4", codec=codec, pixel_format=pixel_format, audio=audio, options=options)
    assert not plays_inline(await inspect_clip(clip))
    await ClipCopies().copy(clip, tmp_path / "copy.mp4", 10 * MEBIBYTE)
    copy = await inspect_clip(tmp_path / "copy.mp4")
    assert plays_inline(copy)
    assert (copy.width, copy.height, copy.audio_codec) == (320, 180, "aac" if audio else None)


async def test_what_discord_plays_is_known(tmp_path: Path) -> None:
    assert plays_inline(await inspect_clip(make_clip(tmp_path / "clip.mp4", audio="aac")))


async def test_a_picture_with_odd_sides_is_copied_with_even_ones(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", codec="libx265", size=(161, 91), pixel_format="yuv444p")
    copy = await ClipCopies().copy(clip, tmp_path / "copy.mp4", MEBIBYTE)
    assert (copy.width, copy.height) == (160, 90)


async def test_a_clip_that_cannot_be_made_so_small_is_too_long(noisy: Path, tmp_path: Path) -> None:
    assert await why_not(noisy, tmp_path / "copy.mp4", 10_000) == "copy_too_long"


async def test_a_copy_that_takes_too_long_is_given_up(noisy: Path, tmp_path: Path) -> None:
    assert await why_not(noisy, tmp_path / "copy.mp4", MEBIBYTE, longest_s=0.01) == "copy_too_slow"
    assert children() == []


async def test_a_clip_that_is_not_there_or_broken_is_said_to_be_so(noisy: Path, tmp_path: Path) -> None:
    assert await why_not(tmp_path / "no.mp4", tmp_path / "copy.mp4", MEBIBYTE) == "media_gone"
    noisy.write_bytes(noisy.read_bytes()[:-1000])
    assert await why_not(noisy, tmp_path / "copy.mp4", MEBIBYTE) == "media_broken"


async def test_a_cancelled_caller_leaves_neither_process_nor_half_file(noisy: Path, tmp_path: Path) -> None:
    making = asyncio.create_task(ClipCopies().copy(noisy, tmp_path / "copy.mp4", MEBIBYTE))
    async with asyncio.timeout(60):
        while not list(tmp_path.glob("*.part")):
            assert not making.done()
            await asyncio.sleep(0.005)
    making.cancel()
    with pytest.raises(asyncio.CancelledError):
        await making
    assert children() == []
    assert {path.name for path in tmp_path.iterdir()} == {"clip.mp4"}


async def test_one_copy_is_made_at_a_time(noisy: Path, tmp_path: Path) -> None:
    copies, most = ClipCopies(), 0
    making = [asyncio.create_task(copies.copy(noisy, tmp_path / f"{n}.mp4", MEBIBYTE)) for n in range(3)]
    while not all(task.done() for task in making):
        most = max(most, len(children()))
        await asyncio.sleep(0.005)
    assert most == 1
    assert len([await task for task in making]) == 3


async def test_an_encoder_whose_bot_was_killed_ends_by_itself(noisy: Path, tmp_path: Path) -> None:
    script = (
        "import asyncio, sys; from pathlib import Path; from klapper.clips.process import ClipCopies\n"
        "asyncio.run(ClipCopies().copy(Path(sys.argv[1]), Path(sys.argv[2]), 1 << 20))"
    )
    target = tmp_path / "copy.mp4"
    bot = await asyncio.create_subprocess_exec(sys.executable, "-c", script, str(noisy), str(target), cwd=ROOT)
    encoder: list[int] = []
    async with asyncio.timeout(60):
        while not encoder:
            encoder = [int(n) for n in Path(f"/proc/{bot.pid}/task/{bot.pid}/children").read_text().split()]
            await asyncio.sleep(0.005)
        bot.send_signal(signal.SIGKILL)
        await bot.wait()
        await end_of(encoder[0])
    assert not target.exists()


async def end_of(process: int) -> None:
    """Return when the process has ended; nobody may be left to wait for it."""
    while True:
        try:
            state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return
        if state == "Z":
            return
        await asyncio.sleep(0.01)
