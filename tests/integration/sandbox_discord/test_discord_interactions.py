from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from sandbox.driver import Driver, InteractionResult, NotPossible
from tests.integration.sandbox_discord.card_bot import CardBot
from tests.integration.sandbox_discord.conftest import Raw
from tests.integration.sandbox_discord.rest import Rest

HELLO = {"type": 4, "data": {"content": "hello"}}
HIDDEN = {"type": 4, "data": {"content": "hello", "flags": 64}}
BUTTON = {"type": 1, "components": [{"type": 2, "style": 1, "label": "Go", "custom_id": "go"}]}


async def test_an_answer_later_than_three_seconds_finds_no_interaction(raw: Raw, rest: Rest, driver: Driver) -> None:
    await driver.age_interaction(raw.result, 3.1)
    assert await rest.code("POST", raw.callback, HELLO) == (404, 10062)


async def test_an_interaction_is_acknowledged_once(raw: Raw, rest: Rest) -> None:
    assert await rest.code("POST", raw.callback, HELLO) == (204, 0)
    assert await rest.code("POST", raw.callback, HELLO) == (400, 40060)


async def test_a_refused_callback_leaves_the_interaction_unanswered(raw: Raw, rest: Rest) -> None:
    too_long = {"type": 4, "data": {"content": "x" * 2001}}
    assert await rest.code("POST", raw.callback, too_long) == (400, 50035)
    assert await rest.code("POST", raw.callback, HELLO) == (204, 0)


async def test_a_wrong_token_finds_no_interaction(raw: Raw, rest: Rest) -> None:
    assert await rest.code("POST", raw.callback.replace("/callback", "x/callback"), HELLO) == (404, 10062)


async def test_the_original_is_unknown_before_the_callback(raw: Raw, rest: Rest) -> None:
    assert await rest.code("GET", raw.original) == (404, 10015)


async def test_with_response_tells_about_the_message(raw: Raw, rest: Rest) -> None:
    _, answer = await rest.call("POST", raw.callback + "?with_response=1", HELLO)
    message = answer["resource"]["message"]
    assert answer["interaction"]["response_message_id"] == message["id"]
    assert answer["resource"]["type"] == 4
    assert message["content"] == "hello"


async def test_the_token_works_for_fifteen_minutes(raw: Raw, rest: Rest, driver: Driver) -> None:
    await rest.call("POST", raw.callback, HELLO)
    await driver.age_interaction(raw.result, 14 * 60)
    assert (await rest.call("PATCH", raw.original, {"content": "still"}))[0] == 200
    await driver.age_interaction(raw.result, 2 * 60)
    for method, path in (("GET", raw.original), ("PATCH", raw.original), ("POST", raw.webhook)):
        assert await rest.code(method, path, None if method == "GET" else {"content": "late"}) == (401, 50027)


async def test_an_ephemeral_answer_is_seen_by_one_member_only(raw: Raw, rest: Rest, driver: Driver) -> None:
    await rest.call("POST", raw.callback, HIDDEN)
    assert [one.content for one in await driver.messages("videos", viewer="Mira")] == ["hello"]
    assert await driver.messages("videos", viewer="Tom") == []


async def test_an_ephemeral_message_cannot_be_reached_through_its_channel(raw: Raw, rest: Rest, driver: Driver) -> None:
    _, answer = await rest.call("POST", raw.callback + "?with_response=true", HIDDEN)
    message = answer["resource"]["message"]
    path = f"/channels/{message['channel_id']}/messages/{message['id']}"
    assert await rest.code("GET", path) == (404, 10008)
    assert await rest.code("PATCH", path, {"content": "x"}) == (404, 10008)


async def test_the_first_followup_fills_the_placeholder_as_visible_as_it_was(bot: CardBot, driver: Driver) -> None:
    result = await driver.slash("Mira", "videos", "defer_only", hidden=True)
    message = await result.wait_message()
    assert message.content == "thought about it"
    assert message.ephemeral
    assert len(await driver.messages("videos")) == 1


async def test_a_followup_after_an_answer_is_a_message_of_its_own(bot: CardBot, driver: Driver) -> None:
    result = await (await driver.slash("Mira", "videos", "post", text="one")).wait_response()
    followup = await driver.wait_message(lambda one: one.content == "and a follow-up")
    assert followup.id != result.message.id
    assert followup.reply_to == result.message.id


async def test_a_deferral_ignores_everything_but_ephemeral(raw: Raw, rest: Rest) -> None:
    _, answer = await rest.call("POST", raw.callback + "?with_response=1", {"type": 5, "data": {"flags": 64 | 32768}})
    assert answer["interaction"]["response_message_loading"]
    _, original = await rest.call("GET", raw.original)
    assert original["flags"] == 64 | 128


async def test_the_ephemeral_flag_cannot_be_edited_away(raw: Raw, rest: Rest) -> None:
    await rest.call("POST", raw.callback, HIDDEN)
    _, edited = await rest.call("PATCH", raw.original, {"content": "open", "flags": 0})
    assert edited["flags"] & 64


@pytest.mark.parametrize("kind", [6, 7, 8, 1, 99, None])
async def test_a_command_takes_only_its_own_kinds_of_answer(raw: Raw, rest: Rest, kind: int | None) -> None:
    assert await rest.code("POST", raw.callback, {"type": kind}) == (400, 50035)


async def test_a_button_may_change_its_message(
    raw: Raw, rest: Rest, driver: Driver, open_raw: Callable[[InteractionResult], Raw]
) -> None:
    await rest.call("POST", raw.callback, {"type": 4, "data": {"content": "press", "components": [BUTTON]}})
    message = (await raw.result.wait_response()).message
    pressed = open_raw(await driver.press("Tom", message, "go"))
    await rest.call("POST", pressed.callback, {"type": 7, "data": {"content": "pressed", "components": []}})
    assert (await driver.message(message)).content == "pressed"
    with pytest.raises(NotPossible, match="0 components match"):
        await driver.press("Tom", message, "go")


async def test_after_a_deferred_update_the_original_is_the_message_pressed(
    raw: Raw, rest: Rest, driver: Driver, open_raw: Callable[[InteractionResult], Raw]
) -> None:
    await rest.call("POST", raw.callback, {"type": 4, "data": {"content": "press", "components": [BUTTON]}})
    message = (await raw.result.wait_response()).message
    pressed = open_raw(await driver.press("Tom", message, label="Go"))
    await rest.call("POST", pressed.callback, {"type": 6})
    _, original = await rest.call("GET", pressed.original)
    assert original["id"] == message.id


async def test_a_deleted_original_is_an_unknown_message(raw: Raw, rest: Rest, driver: Driver) -> None:
    await rest.call("POST", raw.callback, HELLO)
    await driver.delete_message((await raw.result.wait_response()).message)
    assert await rest.code("PATCH", raw.original, {"content": "x"}) == (404, 10008)


async def test_a_deleted_channel_ends_its_interactions(raw: Raw, rest: Rest, driver: Driver) -> None:
    await rest.call("POST", raw.callback, HELLO)
    await driver.delete_channel("videos")
    assert await rest.code("PATCH", raw.original, {"content": "x"}) == (404, 10003)
    assert await rest.code("POST", raw.webhook, {"content": "x"}) == (404, 10003)


async def test_an_answer_works_without_permission_to_send(raw: Raw, rest: Rest, driver: Driver) -> None:
    await driver.set_permissions("videos", "Klapper", deny=["send_messages"])
    assert await rest.code("POST", raw.callback, HELLO) == (204, 0)


async def test_followups_are_limited(raw: Raw, rest: Rest, driver: Driver) -> None:
    await driver.set_limits(followups=2)
    await rest.call("POST", raw.callback, HELLO)
    codes = [await rest.code("POST", raw.webhook, {"content": str(number)}) for number in range(3)]
    assert codes == [(200, 0), (200, 0), (400, 40094)]


async def test_a_followup_can_be_edited_and_deleted_by_its_id(raw: Raw, rest: Rest) -> None:
    await rest.call("POST", raw.callback, HELLO)
    _, message = await rest.call("POST", raw.webhook, {"content": "one"})
    path = f"{raw.webhook}/messages/{message['id']}"
    assert (await rest.call("PATCH", path, {"content": "two"}))[1]["content"] == "two"
    assert (await rest.call("DELETE", path))[0] == 204
    assert await rest.code("GET", path) == (404, 10008)


async def test_many_members_at_once_are_all_answered(bot: CardBot, driver: Driver) -> None:
    async def one(number: int) -> str:
        result = await driver.slash("Mira", "videos", "post", text=f"n{number}", hidden=True)
        return (await result.wait_response()).text

    async with asyncio.TaskGroup() as group:
        answers = [group.create_task(one(number)) for number in range(50)]
    assert [answer.result() for answer in answers] == [f"n{number}" for number in range(50)]


async def test_the_handle_lists_followups(bot: CardBot, driver: Driver) -> None:
    result = await (await driver.slash("Mira", "videos", "post", text="one")).wait_response()
    await driver.wait_message(lambda one: one.content == "and a follow-up")
    assert [one.content for one in await result.followups()] == ["and a follow-up"]


async def test_filling_a_placeholder_pings_and_later_edits_do_not(raw: Raw, rest: Rest, driver: Driver) -> None:
    mira = await driver.user_id("Mira")
    await rest.call("POST", raw.callback, {"type": 5})
    for content in (f"<@{mira}>", f"again <@{mira}>"):
        await rest.call("PATCH", raw.original, {"content": content})
    versions = await driver.message_versions((await raw.result.wait_response()).message)
    assert [one.pinged for one in versions] == [(), (mira,), ()]
