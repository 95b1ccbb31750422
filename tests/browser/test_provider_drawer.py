"""The provider's drawer on the sandbox's page, over a real sandbox Segmind."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from sandbox.discord.limits import MIB
from sandbox.segmind import SandboxSegmind
from tests.browser.chromium import chromium
from tests.browser.provider_stand import ProviderStand, provider_stand
from tests.browser.visitor import Visitor

SLUG = "kling-o3-text2video"
ASKED: dict[str, Any] = {"prompt": "A lighthouse in a storm", "duration": "5", "mode": "std", "cfg_scale": 0.25}
CONSOLE = "**/backstage/segmind/**"
REFUSED = "Failed to load resource"  # how the browser notes an answer of 4xx
FOREVER_S = 3600.0

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(slots=True)
class Drawer:
    """The open page. asked: the addresses behind the scenes that it asked for."""

    page: Page
    asked: list[str]
    has_refused: bool = False

    async def open(self) -> None:
        await self.page.get_by_role("button", name="Provider").click()

    async def tab(self, name: str) -> None:
        await self.page.get_by_role("tab", name=name).click()

    def job(self) -> Locator:
        return self.page.get_by_role("article", name=SLUG)

    def switch(self, name: str) -> Locator:
        """The checkbox's whole row."""
        return self.page.locator(".provider-switch").filter(has=self.page.get_by_label(name))

    async def refuse(self, error: str) -> None:
        """From now on every call to Segmind's console is answered with this error, until `answer`."""
        self.has_refused = True
        await self.page.route(CONSOLE, lambda route: route.fulfill(status=409, json={"error": error}))

    async def answer(self) -> None:
        """The console answers itself again."""
        await self.page.unroute(CONSOLE)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as started:
        yield started


@asynccontextmanager
async def _drawer(browser: Browser, stand: ProviderStand) -> AsyncIterator[Drawer]:
    """The page with the drawer still closed; what goes wrong in it fails the test."""
    page = await browser.new_page(viewport={"width": 400, "height": 900})
    visitor, drawer = Visitor(page, stand.discord.url), Drawer(page, [])
    page.on("request", lambda request: drawer.asked.append(request.url) if "/backstage" in request.url else None)
    await visitor.visit()
    yield drawer
    await page.close()
    assert [error for error in visitor.wrong if not (drawer.has_refused and REFUSED in error)] == []


async def test_a_job_is_listed_with_its_exact_json_and_ends_before_the_reader_s_eyes(browser: Browser) -> None:
    async with provider_stand(SandboxSegmind(run_time_s=FOREVER_S)) as stand, _drawer(browser, stand) as drawer:
        assert drawer.asked == []
        await drawer.open()
        await expect(drawer.page.get_by_text("Nothing was sent to the provider yet.")).to_be_visible()
        assert await stand.submit(SLUG, ASKED) == 200
        await drawer.job().get_by_text("JSON as sent").click()
        assert await drawer.job().locator("pre").text_content() == json.dumps(ASKED, indent=2)
        (job,) = await stand.control.jobs()
        await stand.control.complete(job.id)
        await expect(drawer.job().get_by_text("COMPLETED", exact=True)).to_be_visible()
        await expect(drawer.job()).to_contain_text(f"charged ${job.price_usd:.2f}")
        await expect(drawer.job().get_by_role("button", name="Finish now")).to_be_hidden()
        await expect(drawer.job().locator("pre")).to_be_visible()


async def test_the_next_job_fails_once_it_is_armed_and_the_switch_shows_that_it_struck(browser: Browser) -> None:
    async with provider_stand(SandboxSegmind(run_time_s=0.01)) as stand, _drawer(browser, stand) as drawer:
        await drawer.open()
        await drawer.tab("Switches")
        row = drawer.switch("Next job fails (technical)")
        await row.get_by_role("checkbox").check()
        await expect(row.get_by_text("Armed", exact=True)).to_be_visible()
        await stand.submit(SLUG, ASKED)
        await expect(row.get_by_text("It struck", exact=True)).to_be_visible()
        await expect(row.get_by_role("checkbox")).not_to_be_checked()
        await drawer.tab("Jobs")
        await expect(drawer.job().get_by_text("FAILED", exact=True)).to_be_visible()
        await expect(drawer.job()).to_contain_text("nothing charged")


async def test_the_slider_changes_the_speed_and_drawn_run_times_come_back(browser: Browser) -> None:
    segmind = SandboxSegmind(speed=5.0, run_time_s=7.0)
    async with provider_stand(segmind) as stand, _drawer(browser, stand) as drawer:
        await drawer.open()
        await drawer.tab("Switches")
        await expect(drawer.page.get_by_text("each new job takes 7 s")).to_be_visible()
        await drawer.page.get_by_label("Speed").press("End")
        await drawer.page.get_by_role("button", name="Draw them again").click()
        await expect(drawer.page.get_by_text("each new job takes 7 s")).to_be_hidden()
        await expect(drawer.page.locator("output")).to_have_text("60x")
        settings = await stand.control.settings()
        assert (settings.speed, settings.run_time_s) == (60.0, None)


async def test_a_hostile_prompt_is_text(browser: Browser) -> None:
    hostile = "<img src=x onerror=\"document.title='taken'\"></p><script>document.title='taken'</script>"
    async with provider_stand(SandboxSegmind(run_time_s=FOREVER_S)) as stand, _drawer(browser, stand) as drawer:
        await stand.submit(SLUG, {**ASKED, "prompt": hostile})
        await drawer.open()
        await expect(drawer.job().locator("p").first).to_have_text(hostile)
        await drawer.job().get_by_text("JSON as sent").click()
        await expect(drawer.job().locator("pre")).to_contain_text(json.dumps(hostile))
        assert await drawer.page.locator("aside :is(img, script)").count() == 0
        assert await drawer.page.title() != "taken"


async def test_what_was_refused_is_said_in_place_and_the_switch_goes_back(browser: Browser) -> None:
    async with provider_stand() as stand, _drawer(browser, stand) as drawer:
        await drawer.open()
        await drawer.tab("Switches")
        row = drawer.switch("Key is revoked")
        await expect(drawer.page.locator("output")).to_have_text("1x")
        await drawer.refuse("the console is closed today")
        await row.get_by_role("checkbox").click()
        await expect(row.get_by_role("alert")).to_have_text("The console is closed today.")
        await expect(row.get_by_role("checkbox")).not_to_be_checked()
        await drawer.answer()
        await row.get_by_role("checkbox").check()
        await expect(row.get_by_role("alert")).to_be_hidden()
        assert (await stand.control.settings()).key_revoked


async def test_without_a_provider_or_a_bot_it_says_so_and_discord_s_limit_can_still_be_lowered(
    browser: Browser,
) -> None:
    async with provider_stand(services=()) as stand, _drawer(browser, stand) as drawer:
        await drawer.open()
        jobs = drawer.page.get_by_role("tabpanel", name="Jobs")
        await expect(jobs.get_by_text("No provider is behind this sandbox")).to_be_visible()
        await drawer.tab("Bot")
        await expect(drawer.page.get_by_text("No bot is behind this sandbox")).to_be_visible()
        await drawer.tab("Switches")
        async with drawer.page.expect_response("**/sandbox/set_upload_limit"):
            await drawer.page.get_by_label("Discord's upload limit").select_option("1 MB")
        assert stand.upload_bytes == MIB
        assert [url.removeprefix(stand.discord.url) for url in drawer.asked] == ["/backstage"]
