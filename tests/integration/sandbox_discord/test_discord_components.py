"""The rules of components: what Discord refuses, and what it makes of what it takes."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.discord import SandboxDiscord
from sandbox.driver import Driver, File, MessageView, NotPossible
from tests.integration.sandbox_discord.card_bot import CardBot, card, png
from tests.integration.sandbox_discord.conftest import Raw, running
from tests.integration.sandbox_discord.rest import Rest

V2 = 32768
TEXT = {"type": 10, "content": "hi"}


def button(custom_id: str = "a", **more: Any) -> dict[str, Any]:
    return {"type": 2, "style": 1, "label": "b", "custom_id": custom_id} | more


def row(*children: dict[str, Any]) -> dict[str, Any]:
    return {"type": 1, "components": list(children)}


def box(*children: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": 17, "components": list(children)} | more


def gallery(*urls: str) -> dict[str, Any]:
    return {"type": 12, "items": [{"media": {"url": url}} for url in urls]}


def select(**more: Any) -> dict[str, Any]:
    return {"type": 3, "custom_id": "s", "options": [{"label": "l", "value": "v"}]} | more


@pytest.fixture
async def channel(driver: Driver) -> str:
    return f"/channels/{await driver.channel_id('videos')}/messages"


REFUSED: dict[str, list[dict[str, Any]]] = {
    "41 components": [box(*[TEXT] * 40)],
    "4001 characters": [{"type": 10, "content": "x" * 2001}, {"type": 10, "content": "x" * 2000}],
    "an empty text": [{"type": 10, "content": ""}],
    "an empty container": [box()],
    "a container in a container": [box(box(TEXT))],
    "a button at the top": [button()],
    "an unknown type": [{"type": 99}],
    "six buttons in a row": [row(*[button(str(number)) for number in range(6)])],
    "an empty row": [row()],
    "a select beside a button": [row(button(), select())],
    "a custom_id used twice": [row(button(), button())],
    "a custom_id of 101": [row(button("x" * 101))],
    "a label of 81": [row(button(label="x" * 81))],
    "no label": [row({"type": 2, "style": 1, "custom_id": "a"})],
    "no custom_id": [row({"type": 2, "style": 1, "label": "b"})],
    "a link without a URL": [row({"type": 2, "style": 5, "label": "b"})],
    "style 9": [row(button(style=9))],
    "a select without options": [row(select(options=[]))],
    "options of one value": [row(select(options=[{"label": "a", "value": "v"}] * 2))],
    "more values than 25": [row(select(max_values=26))],
    "a section without accessory": [{"type": 9, "components": [TEXT]}],
    "a section of four texts": [{"type": 9, "components": [TEXT] * 4, "accessory": button()}],
    "an empty gallery": [gallery()],
    "eleven pictures": [gallery(*["https://example.org/a.png"] * 11)],
    "a missing attachment": [gallery("attachment://b.png")],
    "a file from elsewhere": [{"type": 13, "file": {"url": "https://example.org/a.txt"}}],
    "a wide separator": [{"type": 14, "spacing": 3}],
    "an id used twice": [TEXT | {"id": 3}, TEXT | {"id": 3}],
}


@pytest.mark.parametrize("name", REFUSED)
async def test_components_that_break_a_rule_are_refused(rest: Rest, channel: str, name: str) -> None:
    status, answer = await rest.call("POST", channel, {"flags": V2, "components": REFUSED[name]})
    assert (status, answer["code"]) == (400, 50035)
    assert "_errors" in str(answer["errors"])


@pytest.mark.parametrize("field", [{"content": "x"}, {"embeds": [{"title": "x"}]}])
async def test_a_v2_message_takes_no_text_or_embeds(rest: Rest, channel: str, field: dict[str, Any]) -> None:
    assert await rest.code("POST", channel, {"flags": V2, "components": [TEXT]} | field) == (400, 50035)


async def test_v2_components_need_the_flag(rest: Rest, channel: str) -> None:
    assert await rest.code("POST", channel, {"components": [TEXT]}) == (400, 50035)


async def test_old_messages_take_five_rows(rest: Rest, channel: str) -> None:
    rows = [row(button(str(number))) for number in range(6)]
    assert await rest.code("POST", channel, {"content": "x", "components": rows}) == (400, 50035)
    assert await rest.code("POST", channel, {"content": "x", "components": rows[:5]}) == (200, 0)


async def test_components_get_ids_around_those_that_were_sent(rest: Rest, channel: str) -> None:
    components = [box(TEXT, TEXT | {"id": 2}, row(button()))]
    _, message = await rest.call("POST", channel, {"flags": V2, "components": components})
    stored = message["components"][0]
    ids = [stored["id"], *(one["id"] for one in stored["components"]), stored["components"][2]["components"][0]["id"]]
    assert ids == [1, 3, 2, 4, 5]


async def test_an_attachment_url_becomes_an_address_on_the_cdn(rest: Rest, channel: str, driver: Driver) -> None:
    body = {
        "flags": V2,
        "components": [gallery("attachment://a.png"), {"type": 13, "file": {"url": "attachment://b.txt"}}],
    }
    _, message = await rest.call("POST", channel, body, files={0: ("a.png", png()), 1: ("b.txt", b"text")})
    picture = message["components"][0]["items"][0]["media"]
    assert await driver.fetch(picture["url"]) == png()
    assert picture["attachment_id"] == message["attachments"][0]["id"]
    assert (message["components"][1]["name"], message["components"][1]["size"]) == ("b.txt", 4)


async def test_an_edit_may_refer_to_an_attachment_that_stays(rest: Rest, channel: str) -> None:
    picture = gallery("attachment://a.png")
    _, message = await rest.call("POST", channel, {"flags": V2, "components": [picture]}, files={0: ("a.png", png())})
    path, boxed = f"{channel}/{message['id']}", {"flags": V2, "components": [box(picture)]}
    status, edited = await rest.call("PATCH", path, boxed)
    assert status == 200
    assert [one["id"] for one in edited["attachments"]] == [message["attachments"][0]["id"]]
    assert await rest.code("PATCH", path, boxed | {"attachments": []}) == (400, 50035)


async def test_v2_cannot_be_undone(rest: Rest, channel: str) -> None:
    _, message = await rest.call("POST", channel, {"flags": V2, "components": [TEXT]})
    path = f"{channel}/{message['id']}"
    _, edited = await rest.call("PATCH", path, {"flags": 0, "components": [box(TEXT)]})
    assert edited["flags"] & V2
    assert await rest.code("PATCH", path, {"content": "text"}) == (400, 50035)


async def test_an_old_message_turns_v2_only_without_its_text(rest: Rest, channel: str) -> None:
    _, message = await rest.call("POST", channel, {"content": "old"})
    path, body = f"{channel}/{message['id']}", {"flags": V2, "components": [TEXT]}
    assert await rest.code("PATCH", path, body) == (400, 50035)
    assert await rest.code("PATCH", path, body | {"content": None}) == (200, 0)


async def post_card(bot: CardBot, driver: Driver) -> MessageView:
    channel = bot.get_partial_messageable(int(await driver.channel_id("videos")))
    message = await channel.send(view=card(5, "waiting"))
    return await driver.message(str(message.id))


async def test_a_button_works_after_the_bot_was_replaced(pointed: SandboxDiscord, bot: CardBot, driver: Driver) -> None:
    message = await post_card(bot, driver)
    await bot.close()
    await driver.wait_for_bot_gone()
    successor = CardBot(next(iter(pointed.world.guilds)))
    async with running(successor, pointed.token):
        await driver.wait_for_ready_bot(sessions=2)
        await (await driver.press("Tom", message, label="Cancel")).wait_response()
    changed = await driver.message(message)
    assert "cancelled" in changed.text
    assert changed.buttons == []


async def test_a_button_answers_with_a_file_for_one_member(bot: CardBot, driver: Driver) -> None:
    message = await post_card(bot, driver)
    receipt = await (await driver.press("Tom", message, "card:5:receipt")).wait_response()
    assert receipt.ephemeral
    assert await driver.fetch(receipt.message.attachments[0].url) == b"the receipt"


async def test_a_disabled_button_cannot_be_pressed(rest: Rest, channel: str, driver: Driver) -> None:
    body = {"flags": V2, "components": [row(button(disabled=True))]}
    _, message = await rest.call("POST", channel, body)
    with pytest.raises(NotPossible, match="disabled"):
        await driver.press("Mira", message["id"], "a")


async def test_a_member_cannot_press_what_only_another_sees(raw: Raw, rest: Rest, driver: Driver) -> None:
    data = {"content": "x", "flags": 64, "components": [row(button())]}
    await rest.call("POST", raw.callback, {"type": 4, "data": data})
    message = (await raw.result.wait_response()).message
    with pytest.raises(NotPossible, match="does not see"):
        await driver.press("Tom", message, "a")
    await driver.press("Mira", message, "a")


async def test_a_select_offers_only_its_options(rest: Rest, channel: str, driver: Driver) -> None:
    _, message = await rest.call("POST", channel, {"flags": V2, "components": [row(select())]})
    with pytest.raises(NotPossible, match="does not offer"):
        await driver.choose("Mira", message["id"], "s", ["w"])
    with pytest.raises(NotPossible, match="takes 1 to 1"):
        await driver.choose("Mira", message["id"], "s", [])
    await driver.choose("Mira", message["id"], "s", ["v"])


async def test_a_modal_brings_texts_and_files(bot: CardBot, driver: Driver) -> None:
    opened = await (await driver.press("Tom", await post_card(bot, driver), label="Modal")).wait_response()
    assert opened.modal is not None
    assert opened.modal["title"] == "Feedback"
    files = [File("a.png", png()), File("b.txt", b"1234")]
    answer = await (await driver.submit_modal("Tom", opened, words="great", proof=files)).wait_response()
    assert answer.text == f"great [{len(png())}, 4]"


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({}, "required"),
        ({"words": "x"}, "2 to 20"),
        ({"words": "fine", "other": "x"}, "no field"),
        ({"words": "fine", "proof": [File("a", b"")] * 3}, "values"),
    ],
)
async def test_a_modal_is_sent_only_when_filled_in_properly(
    bot: CardBot, driver: Driver, values: dict[str, Any], why: str
) -> None:
    opened = await (await driver.press("Tom", await post_card(bot, driver), label="Modal")).wait_response()
    with pytest.raises(NotPossible, match=why):
        await driver.submit_modal_values("Tom", opened, values)


LABEL: dict[str, Any] = {"type": 18, "label": "L", "component": {"type": 4, "custom_id": "t", "style": 1}}


@pytest.mark.parametrize(
    "modal",
    [
        {"custom_id": "m", "title": "T" * 46, "components": [LABEL]},
        {"custom_id": "m", "title": "T", "components": []},
        {"custom_id": "m", "title": "T", "components": [LABEL, LABEL]},
        {"custom_id": "", "title": "T", "components": [LABEL]},
        {"custom_id": "m", "title": "T", "components": [TEXT] * 6},
        {"custom_id": "m", "title": "T", "components": [box(TEXT)]},
        {"custom_id": "m", "title": "T", "components": [LABEL | {"component": LABEL["component"] | {"style": 3}}]},
    ],
    ids=["title", "empty", "same custom_id", "no custom_id", "six rows", "container", "style"],
)  # fmt: skip
async def test_a_modal_that_breaks_a_rule_is_refused(raw: Raw, rest: Rest, modal: dict[str, Any]) -> None:
    assert await rest.code("POST", raw.callback, {"type": 9, "data": modal}) == (400, 50035)
