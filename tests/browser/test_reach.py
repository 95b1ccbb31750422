"""The page without a mouse, on a phone, and without a bot."""

from __future__ import annotations

from playwright.async_api import expect

from tests.acceptance.town import Town
from tests.browser.visitor import Visitor

PHONE_PX = 360


async def test_everything_is_reached_by_keyboard(page_town: Town, visitor: Visitor) -> None:
    await page_town.open(LIMITS__UNDO_S="300")
    await visitor.visit()
    page, keys = visitor.page, visitor.page.keyboard
    await keys.press("Tab")
    await expect(page.get_by_role("button", name="Skip to the message box")).to_be_focused()
    await keys.press("Enter")
    await expect(page.locator("#message")).to_be_focused()
    await keys.type("/vid")
    await keys.press("Enter")
    await keys.type("a boat")
    await keys.press("Enter")
    card = visitor.messages("a boat")
    await expect(card).to_contain_text("84 credits reserved")
    await expect(page.locator("#message")).to_be_focused()

    await keys.press("Shift+Tab")
    await keys.press("Shift+Tab")
    await expect(card.get_by_role("button", name="More for the message")).to_be_focused()
    await keys.press("Enter")
    await expect(page.get_by_role("menuitem", name="Animate this image")).to_be_focused()
    await keys.press("ArrowDown")
    await expect(page.get_by_role("menuitem", name="Report this clip")).to_be_focused()
    await keys.press("Escape")
    await expect(card.get_by_role("button", name="More for the message")).to_be_focused()
    await keys.press("Shift+Tab")
    await expect(card.get_by_role("button", name="Receipt")).to_be_focused()
    await keys.press("Shift+Tab")
    await keys.press("Enter")  # Cancel
    await expect(card).to_contain_text("Cancelled")

    await page.get_by_role("radio", name="Mira").focus()
    await keys.press("ArrowDown")
    await expect(page.get_by_role("radio", name="Tom")).to_have_attribute("aria-checked", "true")
    await expect(page.get_by_role("radio", name="Tom")).to_be_focused()


async def test_a_phone_shows_one_thing_at_a_time_and_nothing_sideways(page_town: Town, visitor: Visitor) -> None:
    page = visitor.page
    await page.set_viewport_size({"width": PHONE_PX, "height": 700})
    await visitor.visit()
    await expect(page.get_by_role("navigation")).to_be_hidden()
    await page.get_by_role("button", name="People and channels").click()
    await visitor.become("Max")
    await page.get_by_role("button", name="People and channels").click()
    await visitor.go("review")
    await expect(page.get_by_role("navigation")).to_be_hidden()
    await page.get_by_role("button", name="Provider").click()
    await expect(page.locator("#provider")).to_contain_text("Jobs")
    await page.get_by_role("button", name="Close").click()
    await page.locator("#message").fill("word " * 50 + "x" * 200)
    await page.keyboard.press("Enter")
    await expect(visitor.messages("word word")).to_have_count(1)
    assert await page.evaluate("document.documentElement.scrollWidth") == PHONE_PX


async def test_without_a_bot_the_page_says_so_and_goes_on(page_town: Town, visitor: Visitor) -> None:
    await visitor.visit()
    await expect(visitor.page.locator("#head")).to_contain_text("Klapper is offline")
    await visitor.page.locator("#message").fill("/video")
    await expect(visitor.page.get_by_role("listbox")).to_contain_text("No commands yet")
    await visitor.page.keyboard.press("Enter")
    await expect(visitor.page.get_by_role("alert").last).to_contain_text("No commands yet")
    await page_town.open(LIMITS__UNDO_S="300")
    await expect(visitor.page.locator("#head")).to_contain_text("Klapper is online")
    await visitor.page.locator("#message").fill("")
    await visitor.command("video", {"prompt": "a boat"})
    await expect(visitor.messages("a boat").get_by_role("button", name="Cancel", exact=True)).to_be_enabled()
    await page_town.bot.kill()
    await page_town.driver.set_limits(acknowledge_s=1)  # nobody is there to answer
    await expect(visitor.page.locator("#head")).to_contain_text("Klapper is offline")
    await visitor.press("Cancel", visitor.messages("a boat"))
    await expect(visitor.messages("a boat")).to_contain_text("This interaction failed.")
    await visitor.command("help")
    await expect(visitor.page.locator("#timeline")).to_contain_text("/help: The application did not respond.")
