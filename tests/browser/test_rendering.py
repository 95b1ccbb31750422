"""What a bot sends, as the sandbox's page shows it: all of it, and what it cannot show marked as that."""

from __future__ import annotations

import json
import re
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser import rendering_cases as cases
from tests.browser.rendering_stand import OPEN, Stand, id_of, rendering_stand

pytestmark = pytest.mark.asyncio(loop_scope="module")

HIDDEN = "Spoiler, press to show"
NOT_SHOWN = "Not shown by this page: "
FIXED_GALLERIES = {1: [6], 2: [3, 3], 3: [4, 2, 2], 5: [3, 3, 2, 2, 2], 10: [6, *[2] * 9]}  # sixths of its width


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stand]:
    async with rendering_stand(tmp_path_factory.mktemp("rendering")) as stand:
        yield stand


@pytest_asyncio.fixture(loop_scope="module")
async def stand(running: Stand) -> AsyncIterator[Stand]:
    await running.tidy()
    yield running
    assert running.visitor.wrong == []
    assert await running.page.locator("#timeline img[src=x], dialog img[src=x]").count() == 0


async def test_a_card_of_every_component(stand: Stand) -> None:
    body = json.loads(json.dumps(cases.CARD).replace("{seconds}", str(int(time.time()) - 3_540)))
    card = await stand.post(body, *cases.CARD_FILES)
    first = card.locator(".container").first
    await expect(first).to_have_css("--container-accent", "#e0559a")
    await expect(first.locator("h3")).to_have_text("A card")
    await expect(first.locator("strong, .md-code, .md-quote, li")).to_have_text(["bold", "code", "one", "two", "said"])
    await expect(first).to_contain_text(cases.HTML)
    await expect(first.locator("hr")).to_have_count(3)
    await expect(first.locator("hr.is-bare")).to_have_attribute("aria-hidden", "true")
    beside = first.locator(".section")
    await expect(beside.nth(0).get_by_role("button")).to_have_text("Side")
    await expect(beside.nth(1).get_by_role("img", name="A view")).to_be_visible()
    await stand.visitor.plays(card)
    await expect(first.locator("video")).to_have_attribute("aria-label", "The clip")
    await expect(first.get_by_role("button", name="Never")).to_be_disabled()
    await expect(first.get_by_role("link", name="notes.txt")).to_be_visible()

    await expect(card.get_by_role("link", name="secret.txt")).to_have_count(0)
    await expect(card.get_by_role("button", name="Covered")).to_have_count(0)
    covers = card.get_by_role("button", name=HIDDEN)
    await expect(covers).to_have_count(4)  # a text, a picture, a file, a container
    while await covers.count():
        await covers.last.press("Enter")
        assert await stand.page.evaluate("document.activeElement !== document.body")
    await expect(card.get_by_role("img", name="Hidden view")).to_be_visible()
    await expect(card.get_by_role("link", name="secret.txt")).to_be_visible()
    await expect(card.get_by_role("button", name="Covered")).to_be_visible()


async def test_a_time_in_a_card_goes_on(stand: Stand) -> None:
    card = await stand.post(cases.v2(cases.text(f"<t:{int(time.time()) - 9}:R>")))
    shown = card.locator("time[data-relative]")
    await expect(shown).not_to_have_text(await shown.inner_text())
    await expect(shown).to_contain_text("seconds ago")


async def test_every_button(stand: Stand) -> None:
    row = await stand.post(cases.BUTTONS)
    pressable = row.locator(".row").get_by_role("button")
    await expect(pressable).to_contain_text(
        ["First", "Second", "Third", "Fourth", "Off", "🎬", "✨Both", ":clap:Own", "Closed", "App"]
    )
    for name in ("Off", "Closed", "App"):
        await expect(pressable.filter(has_text=name)).to_be_disabled()
    docs = row.get_by_role("link", name="Docs")
    await expect(docs).to_have_attribute("href", "https://docs.example/a?b=c")
    await expect(docs).to_have_attribute("rel", "noopener noreferrer")
    await expect(row.locator(".raw")).to_contain_text('"sku_id": "77"')


async def test_every_select(stand: Stand) -> None:
    ids = {"user": stand.people["Mira"], "role": stand.roles["Creators"], "channel": stand.channels["lounge"]}
    own, guild = [await stand.post(body) for body in cases.selects(ids)]
    await expect(own.locator(".picker-text")).to_have_text(["Five", "Five", "Not now"])
    await expect(own.locator(".picker").nth(2)).to_be_disabled()
    await expect(guild.locator(".picker-text")).to_have_text(["Who?", "Creators", "Mira, Creators", "lounge"])

    since = stand.server.world.journal.last
    await own.locator(".picker").nth(1).click()
    options = stand.page.get_by_role("option")
    await expect(options).to_have_text(["🐇Threeseconds, the shortest", ":snail:Five", f"Ten {cases.HTML}"])
    await options.nth(2).click()
    await stand.page.get_by_role("button", name="Done").click()
    await stand.answer({"type": 6}, since)
    await expect(own.locator(".picker-text").nth(1)).to_have_text(f"Five, Ten {cases.HTML}")


@pytest.mark.parametrize(("count", "widths"), FIXED_GALLERIES.items())
async def test_a_gallery_has_a_place_for_each(stand: Stand, count: int, widths: list[int]) -> None:
    names = [f"{number}.png" for number in range(count)]
    row = await stand.post(cases.v2(cases.gallery(*(cases.media(name) for name in names))), *names)
    items = row.locator(".gallery-item")
    await expect(row.locator("img")).to_have_count(count)
    whole = await row.locator(".gallery").evaluate("one => one.clientWidth")
    shares = await items.evaluate_all("(all, whole) => all.map(one => Math.round(6 * one.clientWidth / whole))", whole)
    assert shares == widths


async def test_an_embed(stand: Stand) -> None:
    row = await stand.post({"content": "Look", "embeds": [cases.EMBED]}, "a.png", "b.png")
    embed = row.locator(".embed")
    await expect(embed).to_have_css("--container-accent", "#3da35d")
    await expect(embed.get_by_role("link", name="An author")).to_have_attribute("href", "https://author.example/")
    await expect(embed.locator("h3 em")).to_have_text("title")
    await expect(embed.locator("dt")).to_have_text(["First", "Second", "Third", "Whole"])
    await expect(embed.locator("dd")).to_have_text(["1", "2", "3", "a line of its own"])
    await expect(embed.locator(".is-inline")).to_have_count(3)
    await expect(embed.locator(".embed-foot")).to_contain_text("The foot · 01/05/2024")
    await expect(embed.get_by_role("img", name="Drawn")).to_be_visible()
    await expect(embed.locator(".embed-thumbnail img, .embed-author img")).to_have_count(2)
    await expect(row.locator("img")).to_have_count(3)  # the attachments are not shown once more


async def test_what_is_elsewhere_is_named_and_not_loaded(stand: Stand) -> None:
    embeds = [cases.FAR_EMBED, cases.EMBED]
    row = await stand.post({"embeds": embeds}, "a.png", "b.png")
    await expect(row.get_by_role("link", name=cases.FAR)).to_have_count(2)
    await expect(row.locator(".embed-foot .is-elsewhere")).to_contain_text(cases.FAR)
    gallery = await stand.post(cases.v2(cases.gallery(cases.media(cases.FAR, description="Far view", spoiler=True))))
    await gallery.get_by_role("button", name=HIDDEN).click()
    await expect(gallery.locator(".elsewhere")).to_contain_text("Far view")
    await expect(gallery.locator("img")).to_have_count(0)


async def test_attachments(stand: Stand) -> None:
    names = ("a.png", "b.png", "notes.txt", "secret.txt", "clip.mp4", "thing.bin")
    described: list[dict[str, Any]] = [
        {"id": number, "is_spoiler": name in ("b.png", "secret.txt")} for number, name in enumerate(names)
    ]
    described[0]["description"] = "A view"
    row = await stand.post({"content": "Files", "attachments": described}, *names)
    await expect(row.get_by_role("img", name="A view")).to_be_visible()
    await expect(row.locator("video")).to_have_count(1)
    await expect(row.get_by_role("link", name="thing.bin")).to_be_visible()
    await expect(row.get_by_role("button", name=HIDDEN)).to_have_count(2)
    await expect(row.get_by_role("link", name="secret.txt")).to_have_count(0)
    await row.locator("summary").first.click()
    await expect(row.locator(".file pre").first).to_have_text("Some notes")


async def test_a_file_that_is_gone_is_said_to_be_gone(stand: Stand) -> None:
    names = {"gone.mp4": "video/mp4", "gone.png": "image/png"}
    attachments = [
        {"filename": name, "url": f"{stand.server.url}/cdn/{name}", "content_type": kind, "description": "What was"}
        for name, kind in names.items()
    ]
    row = await stand.draw(cases.PLAIN | {"attachments": attachments})
    await expect(row.locator(".elsewhere")).to_have_text(
        [
            "This clip cannot be played: gone.mp4 (What was)",
            "This picture cannot be shown: gone.png (What was)",
        ]
    )
    assert all("404" in said for said in stand.visitor.wrong)  # the browser says so, too
    stand.visitor.wrong.clear()


async def test_private_answers_thinking_and_replies(stand: Stand) -> None:
    asked = await stand.post({"content": "Choose", "components": [cases.row(cases.button("Ask"))]})
    since = stand.server.world.journal.last
    await asked.get_by_role("button", name="Ask").click()
    webhook = await stand.answer({"type": 5, "data": {"flags": 64}}, since)
    private = stand.page.locator(".message.is-ephemeral").last
    await expect(private).to_contain_text("Klapper is thinking…")
    await stand.call("PATCH", f"{webhook}/messages/@original", {"content": "Only ||for you|| https://a.example/"})
    await expect(private).to_contain_text("Only")
    await expect(private).to_contain_text("Only you can see this")
    await stand.call("POST", webhook, {"content": "For all"})
    answer = stand.visitor.messages("For all")
    above = answer.locator(".message-above")
    await expect(above).to_contain_text("Klapper Only")
    await expect(above.locator("a, [role=button]")).to_have_count(0)  # it is a button itself
    await expect(above.locator(".spoiler:not(.is-shown) [inert]")).to_have_count(1)
    await stand.visitor.become("Tom")
    await expect(above).to_have_text("Reply to a message that only somebody else can see")
    await stand.visitor.become("Mira")
    await expect(above).to_contain_text("Only")


async def test_a_reply_hears_what_becomes_of_the_message(stand: Stand) -> None:
    first = await stand.post({"content": "The original"})
    reply = await stand.post({"content": "An answer", "message_reference": {"message_id": await id_of(first)}})
    await expect(reply.locator(".message-above")).to_contain_text("The original")
    await stand.edit(first, {"content": "Another text"})
    await expect(reply.locator(".message-above")).to_contain_text("Another text")
    await stand.delete(first)
    await expect(reply.locator(".message-above")).to_have_text("Original message was deleted")


async def test_a_mention_of_ones_role_is_marked(stand: Stand) -> None:
    ping = {"content": f"<@&{stand.roles['Creators']}>", "allowed_mentions": {"roles": [stand.roles["Creators"]]}}
    await expect(await stand.post(ping)).to_have_class(re.compile(r"\bis-mention\b"))


async def test_a_message_is_deleted_when_its_author_has_said_so_twice(stand: Stand) -> None:
    said = await stand.driver.say("Mira", "videos", "to be deleted")
    row = stand.page.locator(f"#message-{said.id}")
    for answer in ("Cancel", "Delete"):
        await row.get_by_role("button", name="More for the message").click()
        await stand.page.get_by_role("menuitem", name="Delete message").click()
        await expect(row).to_have_count(1)
        await stand.page.get_by_role("dialog").get_by_role("button", name=answer).click()
        await expect(stand.page.get_by_role("dialog")).to_have_count(0)
    await expect(row).to_have_count(0)


async def test_an_edit_takes_nothing_out_of_the_hands_of_its_reader(stand: Stand) -> None:
    card = await stand.post(cases.watched("one"), "clip.mp4", "b.png", "notes.txt")
    await stand.visitor.plays(card)
    clip = card.locator("video")
    await clip.evaluate("clip => { clip.muted = true; clip.mark = 1; return clip.play(); }")
    await card.locator("summary").click()
    await expect(card.locator(".file pre")).to_have_text("Some notes")
    covers = card.get_by_role("button", name=HIDDEN)
    await expect(covers).to_have_count(3)
    while await covers.count():
        await covers.last.click()
    for control in (card.get_by_role("button", name="Pause one"), card.get_by_role("link", name="Docs")):
        await control.focus()
        text = "two" if await control.get_attribute("href") is None else "three"
        await stand.edit(card, cases.watched(text, cases.text("Something more"), cases.gallery(cases.media(cases.FAR))))
        await expect(card).to_contain_text(f"Step {text}")
        assert await clip.evaluate("clip => clip.mark === 1 && !clip.paused")
        await expect(card.locator(".file pre")).to_be_visible()
        await expect(covers).to_have_count(0)
        focused = await stand.page.evaluate("document.activeElement.textContent")
        assert focused.startswith("Pause two" if text == "two" else "Docs")
    await expect(clip).to_have_attribute("aria-label", "At step three")

    await card.get_by_role("button", name="Pause three").focus()
    await stand.edit(card, cases.watched("four", is_over=True))
    await expect(card.locator(".message-more")).to_be_focused()


async def test_a_clip_stays_in_full_screen_while_its_message_changes(stand: Stand) -> None:
    card = await stand.post(cases.watched("one"), "clip.mp4", "b.png", "notes.txt")
    await stand.visitor.plays(card)
    await card.locator("video").evaluate("clip => clip.requestFullscreen()")
    await stand.edit(card, cases.watched("two"))
    assert await stand.page.evaluate("document.fullscreenElement?.localName") == "video"
    await stand.page.evaluate("document.exitFullscreen()")


async def test_a_deletion_leaves_the_next_message_as_it_was(stand: Stand) -> None:
    await stand.driver.say("Mira", "videos", "Between")
    head = await stand.post({"content": "The head"})
    card = await stand.post(cases.watched("one"), "clip.mp4", "b.png", "notes.txt")
    await expect(card).to_have_class("message is-more")
    await card.locator("video").evaluate("clip => { clip.mark = 1; }")
    await card.locator("summary").click()
    await stand.delete(head)
    await expect(card).to_have_class("message is-lead")
    await expect(card.locator("details")).to_have_attribute("open", "")
    assert await card.locator("video").evaluate("clip => clip.mark") == 1


async def test_a_form_with_words(stand: Stand) -> None:
    dialog = await stand.form(cases.FORM_TEXTS)
    await expect(dialog.get_by_role("heading")).to_have_text(f"Words {cases.HTML}")
    await expect(dialog.locator(".text strong")).to_have_text("charged")
    name, story, old = (dialog.get_by_label(label) for label in ("Name", "Story", "Older"))
    await expect(name).to_have_attribute("placeholder", "Short")
    await expect(name).to_have_attribute("maxlength", "9")
    await expect(story).to_have_value("Once")
    await expect(story).to_have_accessible_description("As long as you like")
    agreed = dialog.get_by_label("Agreed")
    await expect(agreed).to_be_checked()
    await name.fill("ab")
    await dialog.get_by_role("button", name="Submit").click()
    await expect(dialog).to_contain_text("At least 3 characters, these are 2.")
    await name.fill("abc")
    await agreed.uncheck()
    await old.fill("as before")
    assert await stand.submitted(dialog) == {"name": "abc", "story": "Once", "agreed": False, "old": "as before"}


async def test_a_form_with_choices_and_files(stand: Stand) -> None:
    dialog = await stand.form(cases.FORM_CHOICES)
    side = dialog.get_by_role("group", name="Side *")
    await expect(side).to_have_accessible_description("Where it goes")
    await expect(side.get_by_role("radio", name="Right")).to_be_checked()
    await side.get_by_role("radio", name="Left").check()
    sides = dialog.get_by_role("group", name="Sides *").get_by_role("checkbox")
    await expect(sides.nth(1)).to_be_checked()
    await sides.nth(0).check()
    await expect(dialog.get_by_role("button", name="Seconds: Five")).to_have_accessible_description("How long it is")
    upload = dialog.locator(".drop-zone")
    await expect(upload).to_have_text("Choose up to 3 files or drop them here")
    await expect(upload).to_have_accessible_description("Pictures")
    files = [{"name": name, "mimeType": "text/plain", "buffer": b"x"} for name in ("one.txt", "two.txt")]
    await dialog.locator("input[type=file]").set_input_files(files)  # type: ignore[arg-type]
    await dialog.get_by_role("button", name="Who").click()
    for person in ("Mira", "Tom"):
        await stand.page.get_by_role("option", name=person).click()
    await stand.page.get_by_role("button", name="Done").click()
    sent = await stand.submitted(dialog)
    assert len(sent.pop("files")) == 2
    who = [stand.people["Mira"], stand.people["Tom"]]
    assert sent == {"side": "left", "sides": ["left", "right"], "seconds": ["5"], "who": who}


async def test_a_form_with_what_the_guild_has(stand: Stand) -> None:
    dialog = await stand.form(cases.FORM_SELECTS)
    for label, choice in {"Role": "Creators", "Anybody": "Max", "Channel": "lounge"}.items():
        await dialog.get_by_role("button", name=label).click()
        await stand.page.get_by_role("option", name=choice).first.click()
    sent = await stand.submitted(dialog)
    assert sent == {
        "role": [stand.roles["Creators"]],
        "anybody": [stand.people["Max"]],
        "channel": [stand.channels["lounge"]],
    }


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"type": 7}, "a message of type 7"),
        ({}, "an empty message"),
        ({"components": [{"type": 99, "new": cases.HTML}]}, "a component of type 99"),
        ({"components": [cases.container({"type": 98})]}, "a component of type 98"),
        ({"components": [{"type": 12}, cases.text("goes on")]}, "a component of type 12 ("),
        ({"components": [None]}, "a component of type undefined"),
        ({"embeds": [{"type": "rich"}]}, "an empty embed"),
        ({"embeds": [{"title": "T", "news": 1}]}, "part of an embed"),
        ({"embeds": [{"fields": 3, "title": 4}]}, "an embed ("),
        ({"content": "Vote", "poll": {"question": {"text": "?"}}}, "poll of a message"),
        ({"content": "Look", "sticker_items": [{"name": "Wave"}]}, "sticker_items of a message"),
        ({"components": [cases.gallery({"media": {"url": "http://127.0.0.1/cdn/a.wav", "content_type": "audio/wav"}})]},
         "media of type audio/wav"),
    ],
)  # fmt: skip
async def test_what_cannot_be_shown_is_marked(stand: Stand, change: dict[str, Any], said: str) -> None:
    row = await stand.draw(cases.PLAIN | change)
    await expect(row.locator(".raw figcaption")).to_contain_text(NOT_SHOWN + said)
    if "goes on" in str(change):
        await expect(row).to_contain_text("goes on")


async def test_an_unknown_field_of_a_form_is_marked_and_the_rest_can_be_sent(stand: Stand) -> None:
    text = {"type": 4, "custom_id": "known", "style": 1, "value": "kept"}
    fields = [
        cases.label("New", {"type": 97}),
        {"type": 96},
        cases.label("Broken", {"type": 21}),
        cases.label("Old", text),
    ]
    await stand.page.evaluate(OPEN, {"title": "Form", "components": fields})
    dialog = stand.page.get_by_role("dialog")
    await expect(dialog.locator(".raw figcaption")).to_contain_text(
        [f"{NOT_SHOWN}a field of type 97", f"{NOT_SHOWN}a part of a form, type 96", f"{NOT_SHOWN}a part of a form ("]
    )
    await dialog.get_by_role("button", name="Submit").click()
    await expect(dialog).to_have_count(0)
    assert await stand.page.evaluate("window.submitted") == {"known": "kept"}
