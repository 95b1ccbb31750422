"""What stays as it was: the place in the messages, what was begun, and who one is when the sandbox does not answer."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, Route, expect

from sandbox.discord import SandboxDiscord
from sandbox.discord.defaults import demo_world
from sandbox.driver import Driver
from tests.browser.rendering_stand import Stand, rendering_stand

AWAY = "() => { const s = document.querySelector('#scroller'); return s.scrollHeight - s.scrollTop - s.clientHeight; }"
FRAMES = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
READ = """() => {
  const top = document.querySelector('#scroller').getBoundingClientRect().top;
  const whole = [...document.querySelectorAll('.message')].find(row => row.getBoundingClientRect().top > top);
  return [whole.id, whole.getBoundingClientRect().top];
}"""
MOST_AWAY_PX = 2
V2 = 1 << 15


@pytest.fixture
async def stand(tmp_path: Path) -> AsyncIterator[Stand]:
    async with rendering_stand(tmp_path) as stand:
        yield stand
        assert stand.visitor.wrong == []


async def test_the_place_in_the_messages_holds_while_cards_change(stand: Stand) -> None:
    cards = [await stand.post(_card(number, lines=6)) for number in range(8)]
    for round_ in range(3):
        for number, card in enumerate(cards):
            await stand.edit(card, _card(number, lines=6 + round_ * (number % 2)))
            await stand.page.evaluate(FRAMES)
            assert await stand.page.evaluate(AWAY) < MOST_AWAY_PX

    await stand.page.locator("#scroller").hover()
    await stand.page.mouse.wheel(0, -600)
    await stand.page.evaluate(FRAMES)
    read, before = await stand.page.evaluate(READ)
    for number, card in enumerate(cards):
        await stand.edit(card, _card(number, lines=9))
        await stand.post({"content": "one more"})
    await stand.page.evaluate(FRAMES)
    after = await stand.page.locator(f"#{read}").bounding_box()
    assert after is not None
    assert abs(after["y"] - before) < MOST_AWAY_PX
    await stand.page.get_by_role("button", name="Jump to the newest message").click()
    await expect(stand.page.get_by_text("one more").last).to_be_in_viewport()


async def test_what_was_begun_waits_at_its_place_for_the_one_who_began_it(stand: Stand) -> None:
    page, visitor = stand.page, stand.visitor
    await page.locator("#message").fill("half a thought")
    await visitor.go("lounge")
    await expect(page.locator("#message")).to_have_value("")
    await visitor.become("Tom")
    await visitor.go("videos")
    await expect(page.locator("#message")).to_have_value("")
    await page.evaluate("location.hash = '#/Mira/videos'")
    await expect(page.get_by_role("radio", name="Mira")).to_have_attribute("aria-checked", "true")
    await expect(page.locator("#message")).to_have_value("half a thought")
    await page.keyboard.press("Tab")
    await page.reload()
    await expect(page.get_by_role("radio", name="Mira")).to_have_attribute("aria-checked", "true")


async def test_what_is_under_way_goes_out_once_from_where_it_was_sent_and_leaves_the_rest_alone(stand: Stand) -> None:
    page, visitor = stand.page, stand.visitor
    released = asyncio.Event()

    async def wait(route: Route) -> None:
        await released.wait()
        await route.continue_()

    await page.locator("#message").fill("not yet")
    await visitor.go("lounge")
    await page.route("**/sandbox/uploads?*", wait)
    await visitor.drop("boat.png", stand.files[".png"])
    await page.locator("#message").fill("a boat")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    await expect(page.locator("#message")).to_have_value("")
    await page.locator("#message").fill("the next thought")
    await visitor.become("Tom")
    await visitor.go("videos")
    await page.locator("#message").fill("of Tom")
    released.set()
    await visitor.go("lounge")
    await expect(visitor.messages("a boat").locator(".author")).to_have_text(["Mira"])
    await visitor.go("videos")
    await expect(page.locator("#message")).to_have_value("of Tom")
    await visitor.become("Mira")
    await expect(page.locator("#message")).to_have_value("not yet")
    await visitor.go("lounge")
    await expect(page.locator("#message")).to_have_value("the next thought")


async def test_what_could_not_be_sent_is_there_again_with_what_was_begun_since(stand: Stand) -> None:
    page = stand.page
    released = asyncio.Event()

    async def refuse(route: Route) -> None:
        await released.wait()
        await route.fulfill(status=400, json={"error": "not now"})

    await page.route("**/sandbox/say", refuse)
    await page.locator("#message").fill("first")
    await page.keyboard.press("Enter")
    await expect(page.locator("#message")).to_have_value("")
    await page.locator("#message").fill("second")
    released.set()
    await expect(page.locator("#composer")).to_contain_text("not now")
    await expect(page.locator("#message")).to_have_value("first\nsecond")
    stand.visitor.wrong = [one for one in stand.visitor.wrong if "400 (Bad Request)" not in one]  # as was asked for


async def test_commands_that_are_registered_while_the_page_begins_are_offered(stand: Stand) -> None:
    page = stand.page
    given, released = await _held(page, "**/sandbox/offered")
    async with page.expect_websocket() as opening:
        await page.reload(wait_until="commit")
    feed = await opening.value
    await given.wait()
    async with feed.expect_event("framereceived", lambda frame: '"commands"' in frame):
        await _register(stand, "late")
    released.set()
    await expect(page.locator("html[data-ready]")).to_have_count(1)
    await page.locator("#message").fill("/la")
    await expect(page.get_by_role("option", name="/late")).to_be_visible()


async def test_commands_that_are_registered_while_the_list_is_open_come_into_it(stand: Stand) -> None:
    page = stand.page
    await _register(stand)
    await page.locator("#message").fill("/la")
    await expect(page.get_by_role("listbox", name="Commands")).to_contain_text("No commands yet")
    await _register(stand, "lamp", "late")
    await expect(page.get_by_role("option")).to_have_text([re.compile("/lamp"), re.compile("/late")])
    await page.keyboard.press("ArrowDown")
    await _register(stand, "lake", "lamp", "late")
    await expect(page.get_by_role("option")).to_have_count(3)
    await expect(page.locator(".listbox-option.is-active")).to_contain_text("/late")


async def test_commands_that_are_registered_while_somebody_moves_are_offered_there(stand: Stand) -> None:
    page = stand.page
    given, released = await _held(page, "**/sandbox/offered")
    await page.get_by_role("radio", name="Tom").click()
    await given.wait()
    async with page.expect_request("**/sandbox/offered"):
        await _register(stand, "late")
    released.set()
    await expect(page.get_by_role("radio", name="Tom")).to_have_attribute("aria-checked", "true")
    await page.locator("#message").fill("/la")
    await expect(page.get_by_role("option", name="/late")).to_be_visible()


async def test_who_cannot_become_somebody_stays_who_they_were_and_is_told(stand: Stand) -> None:
    page = stand.page

    async def refuse(route: Route) -> None:
        await route.fulfill(status=400, json={"error": "not now"})

    await page.route("**/sandbox/client", refuse)
    await page.get_by_role("radio", name="Ada").click()
    await expect(page.locator("#notice")).to_have_text("not now")
    await page.locator("#message").fill("who am I?")
    await page.keyboard.press("Enter")
    said = stand.visitor.messages("who am I?")
    await expect(said.locator(".author")).to_have_text("Mira")
    await expect(page.get_by_role("radio", name="Mira")).to_have_attribute("aria-checked", "true")
    await page.unroute("**/sandbox/client")
    stand.visitor.wrong = [one for one in stand.visitor.wrong if "400 (Bad Request)" not in one]  # as was asked for


async def test_a_sandbox_that_began_anew_is_seen_as_that(stand: Stand) -> None:
    await stand.post({"content": "of the old world"})
    await stand.page.locator("#message").fill("half a thought")
    port = int(stand.server.url.rpartition(":")[2])
    await stand.server.stop()
    await expect(stand.page.locator("#notice")).to_contain_text("The sandbox does not answer")
    async with SandboxDiscord(demo_world(), port=port) as server, Driver(server.url) as driver:
        for number in range(5):  # as many entries as the old one had, and more
            await driver.say("Tom", "videos", f"of the new world {number}")
        await expect(stand.visitor.messages("of the new world")).to_have_count(5)
        await expect(stand.visitor.messages("of the old world")).to_have_count(0)
        await expect(stand.page.locator("#notice")).to_contain_text("began anew")
        await expect(stand.page.locator("#message")).to_have_value("half a thought")
        await stand.page.goto("about:blank")
    stand.visitor.wrong = [one for one in stand.visitor.wrong if "ERR_CONNECTION" not in one]  # as was asked for


def _card(number: int, *, lines: int) -> dict[str, object]:
    text = {"type": 10, "content": "\n".join(f"Card {number}, line {line}" for line in range(lines))}
    return {"flags": V2, "components": [{"type": 17, "components": [text]}]}


async def _register(stand: Stand, *names: str) -> None:
    """These are the commands of the bot from now on."""
    commands = [{"name": name, "description": f"What /{name} does"} for name in names]
    await stand.call("PUT", f"/applications/{stand.server.world.application.id}/commands", commands)


async def _held(page: Page, url: str) -> tuple[asyncio.Event, asyncio.Event]:
    """Answers from there reach the page once the second is set; the first is when the sandbox has given one."""
    given, released = asyncio.Event(), asyncio.Event()

    async def wait(route: Route) -> None:
        answer = await route.fetch()
        given.set()
        await released.wait()
        await route.fulfill(response=answer)

    await page.route(url, wait)
    return given, released
