"""Discord's markdown on the sandbox's page, in the browser that shows it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, Page

from tests.browser.chromium import chromium
from tests.browser.markdown_cases import BLOCKS, WITHIN_LINES

HERE = Path(__file__).parent
WEB = HERE.parents[1] / "sandbox" / "web"
EMPTY = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Markdown</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="/base.css"><link rel="stylesheet" href="/markdown.css"><body></body></html>"""

DAY_S = 86_400
RELATIVE = {
    0: "now",
    1: "in 1 second",
    -59.4: "59 seconds ago",
    59.6: "in 1 minute",
    -89: "1 minute ago",
    90: "in 2 minutes",
    3_570: "in 1 hour",
    -5_400: "2 hours ago",
    23.6 * 3_600: "in 1 day",
    -29 * DAY_S: "29 days ago",
    30 * DAY_S: "in 1 month",
    -345 * DAY_S: "11 months ago",
    -360 * DAY_S: "1 year ago",
    730 * DAY_S: "in 2 years",
}
# 20 April 2021, 16:20:30 in Berlin
STYLES = {
    "t": "16:20",
    "T": "16:20:30",
    "d": "20/04/2021",
    "D": "20 April 2021",
    "f": "20 April 2021 at 16:20",
    "F": "Tuesday, 20 April 2021 at 16:20",
}
AT_S = 1_618_928_430
MARKS = ["*", "_", "|", "~", "`", "[", "*_|~", "*a **b ", "||a __", "**a*", "[a](https://b", "> - ", "  - a\n"]
NO_LONGER_THAN_S = 20  # what takes longer hangs

# (shown letters, ground) of what has a ground of its own, as the browser draws it
COLOURS = """(selector) => {
  const node = document.querySelector(selector), style = getComputedStyle(node);
  return [style.color, style.backgroundColor].map((colour) => colour.match(/[\\d.]+/g).map(Number));
}"""

SEEING = """() => {
  window.seen = 0;
  const observer = new MutationObserver((changes) => { window.seen += changes.length; });
  observer.observe(document, { childList: true, characterData: true, subtree: true });
}"""

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def address() -> AsyncIterator[str]:
    """Where the page's files are served, and an empty page."""
    app = web.Application()
    app.router.add_get("/", _empty)
    app.router.add_static("/tests", HERE)
    app.router.add_static("/", WEB)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    await runner.cleanup()


async def _empty(_: web.Request) -> web.Response:
    return web.Response(text=EMPTY, content_type="text/html")


@asynccontextmanager
async def _page(browser: Browser, address: str, **reader: Any) -> AsyncIterator[Page]:
    """The empty page as somebody in Berlin sees it; what goes wrong in it fails the test."""
    context = await browser.new_context(locale="en-GB", timezone_id="Europe/Berlin", **reader)
    context.set_default_timeout(NO_LONGER_THAN_S * 1_000)
    page = await context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: errors.append(request.url) if not request.url.startswith(address) else None)
    await page.goto(address)
    yield page
    await context.close()
    assert [error for error in errors if not error.startswith("data:,")] == []


async def _ask(page: Page, what: str, given: Any = None) -> Any:
    """What an expression gives in which `m` is the module of the tests and `given` the argument."""
    script = f"async (given) => {{ const m = await import('/tests/markdown_page.js'); return {what}; }}"
    async with asyncio.timeout(NO_LONGER_THAN_S):
        return await page.evaluate(script, given)


@pytest.mark.parametrize(("cases", "is_inline"), [(WITHIN_LINES, True), (BLOCKS, False)], ids=["lines", "blocks"])
async def test_what_is_written_becomes_these_elements(
    browser: Browser, address: str, cases: list[tuple[str, str]], is_inline: bool
) -> None:
    texts = [text for text, _ in cases]
    async with _page(browser, address) as page:
        found = await _ask(page, f"given.map((text) => m.written(text, {str(is_inline).lower()}))", texts)
    assert dict(zip(texts, found, strict=True)) == dict(cases)


async def test_no_letter_is_lost(browser: Browser, address: str) -> None:
    async with _page(browser, address) as page:
        assert await _ask(page, "m.lost(3000)") == []


async def test_four_thousand_characters_of_marks_do_not_hang(browser: Browser, address: str) -> None:
    texts = [(unit * 4_000)[:4_000] for unit in MARKS]
    async with _page(browser, address) as page:
        await _ask(
            page, "void setTimeout(() => { given.forEach((text) => m.put(text)); document.title = 'Drawn' })", texts
        )
        await page.wait_for_function("document.title === 'Drawn'")


async def test_a_link_opens_elsewhere_and_tells_nothing(browser: Browser, address: str) -> None:
    async with _page(browser, address) as page:
        await _ask(page, "m.put(given)", '[a](https://example.com "why") https://example.com <https://example.com>')
        links = await page.locator("a").all()
        assert len(links) == 3
        for link in links:
            assert await link.get_attribute("target") == "_blank"
            assert await link.get_attribute("rel") == "noopener noreferrer"
        assert await links[0].get_attribute("title") == "why"


async def test_mentions_can_be_pressed_where_somebody_listens(browser: Browser, address: str) -> None:
    async with _page(browser, address) as page:
        await _ask(page, "m.put(given)", "<#3> or </jobs show:6>")
        await page.get_by_role("button", name="#clips").click()
        await page.get_by_role("button", name="/jobs show").press("Enter")
        assert await _ask(page, "m.pressed") == ["channel 3", "command jobs show"]
        await _ask(page, "m.put(given, {})", "<#3> or </jobs show:6>")
        assert await page.locator("button").count() == 0
        assert await page.locator("body").inner_text() == "#3 or /jobs show"


@pytest.mark.parametrize("way", ["click", "Enter", " "])
async def test_a_spoiler_is_shown_when_it_is_pressed(browser: Browser, address: str, way: str) -> None:
    async with _page(browser, address) as page:
        await _ask(page, "m.put(given)", "who: ||the **butler**, https://example.com||")
        hidden = page.get_by_role("button", name="Spoiler, press to show")
        assert await page.get_by_role("link").count() == 0
        assert await page.locator("body").inner_text() == "who: "
        await (hidden.click() if way == "click" else hidden.press(way))
        shown = page.locator(".spoiler.is-shown")
        assert await shown.inner_text() == "the butler, https://example.com"
        assert await hidden.count() == 0
        assert await page.get_by_role("link").is_enabled()
        assert page.url == address


async def test_hidden_code_can_be_shown_with_the_mouse(browser: Browser, address: str) -> None:
    async with _page(browser, address) as page:
        await _ask(page, "m.put(given)", "||```\nsecret\n```||")
        await page.locator(".spoiler").click()
        assert await page.locator(".is-shown pre").inner_text() == "secret"


async def test_what_is_hidden_cannot_be_reached_before_the_styles_are_there_either(
    browser: Browser, address: str
) -> None:
    async with _page(browser, address) as page:
        await page.evaluate("document.querySelectorAll('[rel=stylesheet]').forEach((sheet) => sheet.remove())")
        await _ask(page, "m.put(given)", "||[a](https://example.com) <#3>||")
        await page.keyboard.press("Tab")
        assert await page.locator(".spoiler:focus").count() == 1
        await page.keyboard.press("Tab")
        assert await page.locator(".spoiler :focus").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_nothing_hidden_can_be_read_and_the_rest_can(browser: Browser, address: str, scheme: str) -> None:
    async with _page(browser, address, color_scheme=scheme) as page:
        await _ask(page, "m.put(given)", "||a|| `b` <@1> <t:0:R>\n```\nc\n```")
        letters, ground = await page.evaluate(COLOURS, ".spoiler")
        assert letters == ground
        assert await page.locator(".spoiler-text").is_hidden()
        await page.locator(".spoiler").click()
        for selector in (".spoiler", ".md-code", ".md-pre", ".mention", ".md-time"):
            letters, ground = await page.evaluate(COLOURS, selector)
            assert _contrast(letters, ground) >= 4.5, selector


def _contrast(one: list[float], other: list[float]) -> float:
    """The ratio that WCAG 2 defines, 1 to 21."""
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def _luminance(colour: list[float]) -> float:
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _parts(colour: list[float]) -> list[float]:
    assert len(colour) == 3, "a ground that is seen through tells nothing"
    return [part / 255 for part in colour]


async def test_times_are_those_of_the_reader(browser: Browser, address: str) -> None:
    async with _page(browser, address) as page:
        await _ask(page, "m.put(given)", " ".join(f"<t:{AT_S}:{style}>" for style in STYLES))
        times = page.locator("time")
        assert await times.all_inner_texts() == list(STYLES.values())
        assert await times.first.get_attribute("datetime") == "2021-04-20T14:20:30.000Z"
        assert await times.first.get_attribute("title") == STYLES["F"]


async def test_relative_times_are_said_in_the_largest_unit(browser: Browser, address: str) -> None:
    async with _page(browser, address) as page:
        said = await _ask(page, f"given.map((away) => m.relative({AT_S} + away, {AT_S}))", list(RELATIVE))
    assert dict(zip(RELATIVE, said, strict=True)) == RELATIVE


async def test_a_tick_touches_only_what_reads_differently(browser: Browser, address: str) -> None:
    async with _page(browser, address) as page:
        await page.clock.install(time=AT_S)
        await _ask(page, "m.put(given)", f"<t:{AT_S + 5}:R> <t:{AT_S + 7200}:R> <t:{AT_S}:f>")
        await page.evaluate(SEEING)
        await _ask(page, f"m.tick(document, {AT_S + 4})")
        assert await page.evaluate("seen") == 1
        assert (await page.locator("time").all_inner_texts())[:2] == ["in 1 second", "in 2 hours"]


async def test_relative_times_go_on_until_they_are_stopped(browser: Browser, address: str) -> None:
    async with _page(browser, address) as page:
        await page.clock.install(time=AT_S)
        await page.clock.pause_at(AT_S + 10)
        await _ask(page, "m.put(given)", f"<t:{AT_S}:R>")
        await _ask(page, "void (window.stop = m.startTicking())")
        await page.clock.run_for(2_000)
        assert await page.locator("time").inner_text() == "12 seconds ago"
        await page.evaluate("stop()")
        await page.clock.run_for(2_000)
        assert await page.locator("time").inner_text() == "12 seconds ago"
