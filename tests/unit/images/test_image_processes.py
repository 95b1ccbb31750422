"""Decoding beside the bot is bounded in number, memory and time, and ends with its caller."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import pytest

from klapper.errors import RequestRefused
from klapper.images.normalise import normalise
from klapper.images.process import MEMORY_BYTES, SHARED_BYTES, DecodeMemory, ImageProcesses
from tests import pictures

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs the process list of Linux")

T = TypeVar("T")
SMALL, LARGE = 1_000_000, SHARED_BYTES
ROOT = Path(__file__).parents[3]
WORKER = (sys.executable, "-m", "klapper.images.worker")


async def held(memory: DecodeMemory, decoded_bytes: int) -> int:
    """What was handed out, after it was given back."""
    async with memory.reserve(decoded_bytes) as granted:
        await turns()
    return granted


async def turns() -> None:
    """Let everybody go as far as they can."""
    for _ in range(20):
        await asyncio.sleep(0)


async def first_of(look: Callable[[], list[T]]) -> list[T]:
    """What is seen as soon as anything is."""
    async with asyncio.timeout(30):
        while True:
            if seen := look():
                return seen
            await asyncio.sleep(0.001)


def children() -> list[int]:
    """The processes that this one has started and that have not been waited for."""
    found: list[int] = []
    for path in Path("/proc/self/task").glob("*/children"):
        with suppress(FileNotFoundError):  # a thread that has ended meanwhile
            found += [int(child) for child in path.read_text().split()]
    return found


def environment(process: int) -> list[str]:
    """The names of the variables that a decoder sees; empty while it is not one yet."""
    of_process = Path(f"/proc/{process}")
    with suppress(OSError):
        if b"klapper.images.worker" in (of_process / "cmdline").read_bytes():
            return [entry.partition("=")[0] for entry in (of_process / "environ").read_text().split("\0") if entry]
    return []


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "attachment"
    path.write_bytes(pictures.phone_photo())
    return path


async def test_a_process_gives_what_the_function_gives(source: Path, tmp_path: Path) -> None:
    image = await ImageProcesses().normalise(source, tmp_path, "image", "photo.jpg")
    assert image == normalise(source, tmp_path, "image")
    assert (tmp_path / image.sha256).is_file()


async def test_a_refusal_comes_out_of_the_process_as_it_was_made(source: Path, tmp_path: Path) -> None:
    source.write_bytes(pictures.jpeg(pictures.noise(400, 400))[:40_000])
    with pytest.raises(RequestRefused) as of_process:
        await ImageProcesses().normalise(source, tmp_path, "element_1", "photo.jpg")
    with pytest.raises(RequestRefused) as of_function:
        normalise(source, tmp_path, "element_1")
    assert (of_process.value.code, of_process.value.sentence) == (of_function.value.code, of_function.value.sentence)


async def test_a_picture_that_takes_too_long_is_refused_and_its_process_ended(source: Path, tmp_path: Path) -> None:
    with pytest.raises(RequestRefused) as caught:
        await ImageProcesses(longest_s=0.001).normalise(source, tmp_path, "image")
    assert caught.value.code == "image_too_hard"
    assert children() == []


async def test_a_cancelled_caller_leaves_no_process_behind(source: Path, tmp_path: Path) -> None:
    source.write_bytes(pictures.png(pictures.quarters(6000, 6000)))
    decoding = asyncio.create_task(ImageProcesses().normalise(source, tmp_path, "image"))
    await first_of(children)
    decoding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await decoding
    assert children() == []


async def test_a_picture_that_cannot_be_written_is_the_operators_trouble(source: Path, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file or directory"):
        await ImageProcesses().normalise(source, tmp_path / "nowhere", "image")


async def test_a_process_sees_none_of_our_settings(source: Path, tmp_path: Path) -> None:
    decoding = asyncio.create_task(ImageProcesses().normalise(source, tmp_path, "image"))
    seen = await first_of(lambda: [name for child in children() for name in environment(child)])
    await decoding
    assert "PYTHONSAFEPATH" in seen
    assert not any("KLAPPER" in name or name == "HOME" for name in seen)


async def test_more_memory_than_a_picture_gets_is_a_refusal(source: Path, tmp_path: Path) -> None:
    source.write_bytes(pictures.png(pictures.quarters(6000, 6000)))
    limited = [*WORKER, str(source), str(tmp_path), "image", str(100 * 1024 * 1024)]
    process = await asyncio.create_subprocess_exec(*limited, stdout=asyncio.subprocess.PIPE, cwd=ROOT)
    answer, _ = await process.communicate()
    assert b'"image_too_hard"' in answer
    assert {path.name for path in tmp_path.iterdir()} == {"attachment"}


async def test_two_small_pictures_share_the_memory() -> None:
    memory = DecodeMemory()
    async with memory.reserve(SMALL) as first, memory.reserve(SMALL) as second:
        third = asyncio.create_task(held(memory, SMALL))
        await turns()
        assert not third.done()
    assert first + second <= MEMORY_BYTES
    assert await third == SHARED_BYTES


async def test_a_large_picture_has_the_memory_alone() -> None:
    memory = DecodeMemory()
    async with memory.reserve(SMALL):
        large = asyncio.create_task(held(memory, LARGE))
        await turns()
        assert not large.done()
    assert await large == MEMORY_BYTES


async def test_large_pictures_at_once_do_not_wait_for_each_other_forever() -> None:
    memory = DecodeMemory()
    sizes = [SMALL, LARGE, SMALL, LARGE, LARGE, SMALL]
    async with asyncio.timeout(10):
        held_bytes = await asyncio.gather(*(held(memory, size) for size in sizes))
    assert held_bytes == [SHARED_BYTES if size == SMALL else MEMORY_BYTES for size in sizes]


@pytest.mark.parametrize("cancelled", [0, 1, 2, 3])
async def test_a_cancelled_wait_gives_the_memory_back(cancelled: int) -> None:
    memory = DecodeMemory()
    async with memory.reserve(SMALL):
        waiting = [asyncio.create_task(held(memory, size)) for size in (LARGE, LARGE, SMALL, LARGE)]
        await turns()
        waiting[cancelled].cancel()
        await turns()
    await asyncio.gather(*waiting, return_exceptions=True)
    async with asyncio.timeout(10):
        assert await held(memory, LARGE) == MEMORY_BYTES
