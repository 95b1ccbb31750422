"""`make screenshots`: the pictures of README.md, of the real page with the real bot behind it."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, ViewportSize, expect

from sandbox.demo import picture
from tests.acceptance.town import Town
from tests.browser.chromium import chromium
from tests.browser.house import house
from tests.browser.visitor import Visitor

FOLDER = Path(__file__).parents[2] / "docs" / "images"
WIDE: ViewportSize = {"width": 1120, "height": 890}
LOADED = "[...document.querySelectorAll('video')].every(clip => clip.readyState > 1 && clip.networkState === 1)"
FADE_MS = 1500  # of the wheel that the player turns while it loads
MOST_BYTES = 300_000
BOAT = "A paper boat sails down a rainy street at night, camera low and close"
WAVES = "The boat rocks on the waves"


async def draw() -> None:
    """Every picture, one after the other in one town."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        async with house(Path(folder)) as town, chromium() as browser:
            await town.open()
            await _clip(town, browser)
            await _command(town, browser, Path(folder))
            await _review(town, browser)
            await _provider(town, browser)


async def _clip(town: Town, browser: Browser) -> None:
    visitor = await _visitor(town, browser, "light")
    await visitor.visit()
    await visitor.command("video", {"prompt": BOAT})
    await visitor.plays(visitor.messages(BOAT))
    await expect(visitor.messages("Your clip is ready.")).to_have_count(1)
    await _keep(visitor, "clip.png")


async def _command(town: Town, browser: Browser, folder: Path) -> None:
    visitor = await _visitor(town, browser, "dark")
    await visitor.visit()
    await visitor.begin("video")
    await visitor.option("prompt", WAVES)
    await visitor.option("duration", "5")
    await visitor.option("model", "Kling O3")
    await visitor.drop("boat.png", picture.draw(folder / "boat.png").read_bytes())
    await expect(visitor.page.locator(".file-thumb")).to_have_count(1)
    await visitor.page.locator(".option-prompt textarea").focus()
    await _keep(visitor, "command.png")


async def _review(town: Town, browser: Browser) -> None:
    await town.driver.slash("Ada", "videos", "manage reviewers", channel="review")
    await town.driver.slash("Ada", "videos", "manage mode", mode="review", channel="videos")
    visitor = await _visitor(town, browser, "light")
    await visitor.visit("Tom")
    await visitor.command("video", {"prompt": "A lighthouse in a storm, seen from a small boat"})
    await expect(visitor.messages("In review")).to_have_count(1)
    await visitor.become("Max")
    await visitor.go("review")
    await expect(visitor.messages("A lighthouse")).to_contain_text("Approve")
    await _keep(visitor, "review.png")
    await visitor.press("Approve", visitor.messages("A lighthouse"))
    await visitor.go("videos")
    await visitor.plays(visitor.messages("A lighthouse"))


async def _provider(town: Town, browser: Browser) -> None:
    visitor = await _visitor(town, browser, "dark")
    await visitor.visit()
    await visitor.page.get_by_role("button", name="Provider").click()
    await expect(visitor.page.locator("#provider")).to_contain_text("COMPLETED")
    await _keep(visitor, "provider.png")


async def _visitor(town: Town, browser: Browser, scheme: Literal["light", "dark"]) -> Visitor:
    page = await browser.new_page(viewport=WIDE, color_scheme=scheme, reduced_motion="reduce")
    return Visitor(page, town.discord.url)


async def _keep(visitor: Visitor, name: str) -> None:
    await visitor.page.mouse.move(0, 0)
    await visitor.page.wait_for_function(LOADED)
    await visitor.page.wait_for_timeout(FADE_MS)
    await visitor.page.screenshot(path=FOLDER / name, animations="disabled", caret="hide")
    size = (FOLDER / name).stat().st_size
    assert size < MOST_BYTES, f"{name} has {size} bytes"
    assert visitor.wrong == []


if __name__ == "__main__":
    asyncio.run(draw())
