"""A hundred images at once, some of them the worst that are allowed, do not hurt the bot. See docs/adr/."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from PIL import Image

from klapper.images.process import MEBIBYTE, MEMORY_BYTES, SHARED_BYTES
from tests import pictures

ROOT = Path(__file__).parents[3]
GROWTH_BYTES = 64 * MEBIBYTE  # of the bot itself, whatever is attached
KEPT_BUSY = 1 / 4  # of decoding one large WebP: what the bot may compute before it comes to anything else
WORST_PNG, LARGE_WEBP, LARGE_JPEG, ORDINARY = 2, 2, 2, 94


def gradients(width: int, height: int) -> Image.Image:
    """RGBA with something to see in every channel, and quick to encode."""
    across = Image.linear_gradient("L").rotate(90).resize((width, height))
    down = Image.linear_gradient("L").resize((width, height))
    return Image.merge("RGBA", (across, down, across, down))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """What is attached, by kind."""
    folder = tmp_path_factory.mktemp("cdn")
    sideways = Image.Exif()
    sideways[0x0112] = 6
    gradients(10_000, 4_000).save(folder / "worst.png", compress_level=1, exif=sideways)
    gradients(7_000, 4_000).save(folder / "large.webp", lossless=True, method=0, exif=sideways)
    pictures.noise(2_000, 1_500).resize((6_000, 4_500)).save(folder / "large.jpg", quality=95, exif=sideways)
    (folder / "ordinary.jpg").write_bytes(pictures.phone_photo())
    return {path.stem + path.suffix: path for path in folder.iterdir()}


@pytest.fixture
async def cdn(files: dict[str, Path]) -> AsyncIterator[str]:
    async def send(request: web.Request) -> web.StreamResponse:
        return web.FileResponse(files[request.match_info["name"]])

    application = web.Application()
    application.router.add_get("/{number}/{name}", send)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def taken(folder: Path, cdn: str, large: Path) -> dict[str, Any]:
    names = ["worst.png"] * WORST_PNG + ["large.webp"] * LARGE_WEBP + ["large.jpg"] * LARGE_JPEG
    urls = [f"{cdn}/{n}/{name}" for n, name in enumerate(names + ["ordinary.jpg"] * ORDINARY)]
    command = [sys.executable, "-m", "tests.integration.attachments.hundred_takes", str(folder), str(large), *urls]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    try:
        async with asyncio.timeout(300):
            answer, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return dict(json.loads(answer))


@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="needs the memory accounts of Linux")
async def test_a_hundred_images_at_once_stay_within_the_stated_bounds(
    tmp_path: Path, cdn: str, files: dict[str, Path]
) -> None:
    found = await taken(tmp_path, cdn, files["large.webp"])
    assert Counter(tuple(size) for size in found["taken"]) == {
        (4_000, 10_000): WORST_PNG,
        (4_000, 7_000): LARGE_WEBP,
        (3_000, 4_000): LARGE_JPEG,  # made smaller to fit
        (720, 1_280): ORDINARY,
    }
    assert found["grown_bytes"] < GROWTH_BYTES
    assert SHARED_BYTES < found["largest_decode_bytes"] < MEMORY_BYTES
    assert found["least_beats"] > 0
    assert found["most_computed_s"] < KEPT_BUSY * found["decoding_s"]
    assert found["incoming"] == 0
