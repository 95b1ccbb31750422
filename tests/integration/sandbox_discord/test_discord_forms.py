"""Modals: what a member sees of one, what they send, and how the submit may be answered."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.discord import SandboxDiscord
from sandbox.driver import Driver, File, InteractionResult, NotPossible
from tests.integration.sandbox_discord.conftest import Raw, running
from tests.integration.sandbox_discord.panel_bot import PanelBot
from tests.integration.sandbox_discord.rest import Rest

MESSAGE, UPDATE, DEFER = "Form 1", "Form 2", "Form 3"


async def opened(driver: Driver, label: str = MESSAGE) -> InteractionResult:
    """Mira's panel, and the form that one of its buttons opens."""
    shown = await (await driver.slash("Mira", "videos", "panel")).wait_response()
    return await (await driver.press("Mira", shown.message, label=label)).wait_response()


async def test_a_form_shows_what_its_fields_hold(panels: PanelBot, driver: Driver) -> None:
    form = (await opened(driver, UPDATE)).form
    assert (form.title, form.custom_id, form.text) == ("Details", "form:update", "Nothing is charged.")
    assert [one.label for one in form.fields] == ["Text", "Seconds", "Files", "Side"]
    assert form.field("Text").held == "a fox"
    seconds = form.field("seconds")
    assert (seconds.chosen, seconds.labels, seconds.required) == (("5",), ("3 s", "5 s"), False)


async def test_fields_left_alone_keep_what_they_held(panels: PanelBot, driver: Driver) -> None:
    await (await driver.submit_modal("Mira", await opened(driver))).wait_response()
    fields = [one["component"] for one in panels.submitted[0]["components"]]
    values = {one["custom_id"]: one.get("value", one.get("values")) for one in fields}
    assert values == {"text": "a fox", "seconds": ["5"], "files": [], "gone": [], "side": None}
    assert "resolved" not in panels.submitted[0]


async def test_a_form_brings_every_kind_of_answer(panels: PanelBot, driver: Driver) -> None:
    files = [File(f"{number}.png", b"x" * number) for number in range(4)]
    answers = {"Text": "a cat", "Seconds": "3 s", "Files": files, "Gone": ["Remove first", "second"], "Side": "Right"}
    await (await driver.submit_modal_values("Mira", await opened(driver), answers)).wait_response()
    data = panels.submitted[0]
    values = {one["component"]["custom_id"]: one["component"] for one in data["components"]}
    assert values["text"]["value"] == "a cat"
    assert values["seconds"]["values"] == ["3"]
    assert values["gone"]["values"] == ["first", "second"]
    assert values["side"]["value"] == "right"
    sent = [data["resolved"]["attachments"][one] for one in values["files"]["values"]]
    assert [(one["filename"], one["size"]) for one in sent] == [("0.png", 0), ("1.png", 1), ("2.png", 2), ("3.png", 3)]
    assert await driver.fetch(sent[3]["url"]) == b"xxx"


async def test_a_choice_that_is_optional_can_be_taken_back(panels: PanelBot, driver: Driver) -> None:
    await (await driver.submit_modal("Mira", await opened(driver), seconds=[])).wait_response()
    assert panels.submitted[0]["components"][1]["component"]["values"] == []


async def test_a_checkbox_is_ticked_or_not(panels: PanelBot, driver: Driver) -> None:
    for aloud in (True, False):
        result = await (await driver.slash("Mira", "videos", "form", short=True)).wait_response()
        assert result.form.field("Aloud").ticked
        await (await driver.submit_modal("Mira", result, aloud=aloud)).wait_response()
    assert [one["components"][0]["component"]["value"] for one in panels.submitted] == [True, False]


async def test_a_file_over_the_members_limit_is_not_taken(panels: PanelBot, driver: Driver) -> None:
    await driver.set_upload_limit(10)
    form = await opened(driver)
    with pytest.raises(NotPossible, match="upload limit of 10"):
        await driver.submit_modal("Mira", form, files=[File("a.png", b"x" * 11)])
    assert panels.submitted == []


@pytest.mark.parametrize("label", [UPDATE, DEFER])
async def test_a_submit_may_change_the_private_message_that_opened_the_form(
    panels: PanelBot, driver: Driver, label: str
) -> None:
    shown = await (await driver.slash("Mira", "videos", "panel")).wait_response()
    form = await (await driver.press("Mira", shown.message, label=label)).wait_response()
    result = await (await driver.submit_modal("Mira", form)).wait_response()
    changed = await driver.wait_message(lambda one: "Page 101" in one.text, message=shown.message)
    assert changed.ephemeral
    assert result.message.id == shown.message.id


async def test_a_submit_may_answer_with_a_private_message(panels: PanelBot, driver: Driver) -> None:
    form = await opened(driver, MESSAGE)
    result = await (await driver.submit_modal("Mira", form)).wait_response()
    assert result.ephemeral
    assert len(await driver.messages("videos", viewer="Mira")) == 2


async def test_a_form_of_a_command_is_answered_with_a_message_only(
    panels: PanelBot, rest: Rest, driver: Driver, server: SandboxDiscord
) -> None:
    form = await (await driver.slash("Mira", "videos", "form")).wait_response()
    result = await (await driver.submit_modal("Mira", form)).wait_response()
    assert result.callback == 4
    assert panels.interactions[-1].message is None


async def test_a_submit_without_a_message_cannot_change_one(
    raw: Raw, rest: Rest, driver: Driver, server: SandboxDiscord
) -> None:
    label = {"type": 18, "label": "L", "component": {"type": 4, "custom_id": "t", "style": 1}}
    modal = {"custom_id": "m", "title": "T", "components": [label]}
    await rest.call("POST", raw.callback, {"type": 9, "data": modal})
    result = await driver.submit_modal("Mira", await raw.result.wait_response(), t="x")
    interaction = server.services.desk.get(int(result.id))
    assert interaction is not None
    path = f"/interactions/{result.id}/{interaction.token}/callback"
    for kind in (6, 7):
        assert await rest.code("POST", path, {"type": kind, "data": {"content": "x"}}) == (400, 50035)
    assert await rest.code("POST", path, {"type": 4, "data": {"content": "x"}}) == (204, 0)


@pytest.mark.parametrize("label", [MESSAGE, UPDATE, DEFER])
async def test_a_form_opened_before_a_restart_reaches_the_new_process(
    pointed: SandboxDiscord, panels: PanelBot, driver: Driver, label: str
) -> None:
    form = await opened(driver, label)
    await panels.close()
    await driver.wait_for_bot_gone()
    successor = PanelBot(next(iter(pointed.world.guilds)))
    async with running(successor, pointed.token):
        await driver.wait_for_ready_bot(sessions=2)
        await (await driver.submit_modal("Mira", form, text="after all")).wait_response()
        await driver.wait_message(lambda one: "Page 101" in one.text)
    assert successor.submitted[0]["components"][0]["component"]["value"] == "after all"


async def test_a_submit_whose_message_is_gone_cannot_change_it(
    panels: PanelBot, driver: Driver, server: SandboxDiscord
) -> None:
    shown = await (await driver.slash("Mira", "videos", "panel")).wait_response()
    form = await (await driver.press("Mira", shown.message, label=UPDATE)).wait_response()
    await driver.delete_message(shown.message)
    await driver.submit_modal("Mira", form)
    refused = await driver.wait_request(lambda one: one.path.endswith("/callback") and one.status == 404)
    assert refused.answer["code"] == 10008


OPTION = {"label": "L", "value": "v"}
REFUSED: dict[str, dict[str, Any]] = {
    "no minimum where an answer is required": {"type": 3, "options": [OPTION], "min_values": 0},
    "no files where some are required": {"type": 19, "min_values": 0},
    "no ticks where one is required": {"type": 22, "options": [OPTION], "min_values": 0, "required": True},
    "a disabled select": {"type": 3, "options": [OPTION], "disabled": True},
    "more choices than options": {"type": 3, "options": [OPTION], "max_values": 2},
    "two preselected of one": {"type": 3, "options": [OPTION | {"value": one, "default": True} for one in "ab"]},
    "one dot": {"type": 21, "options": [OPTION]},
    "two dots set": {"type": 21, "options": [OPTION | {"value": one, "default": True} for one in "ab"]},
    "eleven ticks": {"type": 22, "options": [OPTION | {"value": str(number)} for number in range(11)]},
    "eleven files": {"type": 19, "max_values": 11},
    "more text than the field takes": {"type": 4, "style": 1, "max_length": 3, "value": "four"},
}


@pytest.mark.parametrize("name", REFUSED)
async def test_a_field_that_breaks_a_rule_is_refused(raw: Raw, rest: Rest, name: str) -> None:
    label = {"type": 18, "label": "L", "component": {"custom_id": "f"} | REFUSED[name]}
    modal = {"custom_id": "m", "title": "T", "components": [label]}
    assert await rest.code("POST", raw.callback, {"type": 9, "data": modal}) == (400, 50035)


async def test_a_field_nobody_must_fill_in_may_ask_for_nothing(raw: Raw, rest: Rest) -> None:
    label = {"type": 18, "label": "L", "component": {"custom_id": "f", "type": 19, "min_values": 0, "required": False}}
    modal = {"custom_id": "m", "title": "T", "components": [label]}
    assert await rest.code("POST", raw.callback, {"type": 9, "data": modal}) == (204, 0)


# Selects of roles and channels in a form


def picks(**channel: Any) -> dict[str, Any]:
    """A form that asks for roles and, if nobody minds, for a text channel."""
    roles = {"type": 6, "custom_id": "roles", "max_values": 2}
    place = {"type": 8, "custom_id": "place", "channel_types": [0], "min_values": 0, "required": False} | channel
    labels = [{"type": 18, "label": one["custom_id"], "component": one} for one in (roles, place)]
    return {"custom_id": "m", "title": "T", "components": labels}


async def test_roles_and_channels_are_picked_by_name_and_described_to_the_bot(
    raw: Raw, rest: Rest, driver: Driver, server: SandboxDiscord
) -> None:
    videos = await driver.channel_id("videos")
    held = picks(default_values=[{"type": "channel", "id": videos}])
    await rest.call("POST", raw.callback, {"type": 9, "data": held})
    opened = await raw.result.wait_response()
    assert opened.form.field("place").chosen == (videos,)
    sent = await driver.submit_modal("Mira", opened, roles=["Moderators"])
    interaction = server.services.desk.get(int(sent.id))
    assert interaction is not None
    data = interaction.payload["data"]
    roles, place = (one["component"]["values"] for one in data["components"])
    assert [data["resolved"]["roles"][one]["name"] for one in roles] == ["Moderators"]
    assert place == [videos]  # left as it was held
    assert data["resolved"]["channels"][videos]["name"] == "videos"


async def test_ids_that_are_held_are_texts_however_they_were_sent(
    raw: Raw, rest: Rest, driver: Driver, server: SandboxDiscord
) -> None:
    videos = await driver.channel_id("videos")
    held = picks(default_values=[{"type": "channel", "id": int(videos)}])  # as discord.py sends them
    await rest.call("POST", raw.callback, {"type": 9, "data": held})
    interaction = server.services.desk.get(int(raw.result.id))
    assert interaction is not None
    assert interaction.modal is not None
    [place] = [one["component"] for one in interaction.modal["components"] if one["component"]["type"] == 8]
    assert place["default_values"] == [{"type": "channel", "id": videos}]


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({}, "roles takes 1 to 2 values, got 0"),
        ({"roles": ["Kings"]}, "role 'Kings': none matches"),
        ({"roles": ["Moderators"], "place": ["videos"]}, "place offers channels of the types"),
    ],
)
async def test_what_a_select_does_not_offer_is_not_sent(
    raw: Raw, rest: Rest, driver: Driver, values: dict[str, Any], problem: str
) -> None:
    await rest.call("POST", raw.callback, {"type": 9, "data": picks(channel_types=[2])})
    opened = await raw.result.wait_response()
    with pytest.raises(NotPossible, match=problem):
        await driver.submit_modal_values("Mira", opened, {"place": []} | values)


@pytest.mark.parametrize(
    "defaults",
    [
        [{"type": "role", "id": "1"}],
        [{"type": "channel", "id": "1"}, {"type": "channel", "id": "2"}],
    ],
    ids=["of another kind", "more than may be chosen"],
)
async def test_preselected_channels_that_cannot_be_are_refused(
    raw: Raw, rest: Rest, defaults: list[dict[str, str]]
) -> None:
    modal = picks(default_values=defaults)
    assert await rest.code("POST", raw.callback, {"type": 9, "data": modal}) == (400, 50035)
