"""What a member's client shows, as the control interface tells it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from sandbox.discord import SandboxDiscord
from sandbox.discord.defaults import demo_world
from sandbox.driver import Driver
from tests.integration.sandbox_discord.rest import Rest

COMMANDS = [
    {"name": "draw", "description": "x", "contexts": [0]},
    {"name": "manage", "description": "x", "contexts": [0], "default_member_permissions": "32"},
    {"name": "late", "description": "x", "nsfw": True},
    {"name": "everywhere", "description": "x", "contexts": [0, 1]},
    {"name": "Animate", "type": 3, "contexts": [0]},
    {"name": "Lookup", "type": 2, "contexts": [0], "default_member_permissions": str(1 << 40)},
]
MIB = 1024 * 1024


class Asking:
    """Calls verbs; a refusal is its status."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self._url = url
        self._session = session

    async def __call__(self, verb: str, **arguments: Any) -> Any:
        async with self._session.post(f"{self._url}/sandbox/{verb}", json=arguments) as answer:
            return await answer.json() if answer.status == 200 else answer.status


@pytest.fixture
async def ask(server: SandboxDiscord) -> AsyncIterator[Asking]:
    async with aiohttp.ClientSession() as session:
        yield Asking(server.url, session)


@pytest.fixture
async def registered(server: SandboxDiscord, rest: Rest) -> None:
    status, _ = await rest.call("PUT", f"/applications/{server.world.application.id}/commands", COMMANDS)
    assert status == 200


async def test_people_come_in_the_order_of_joining_with_their_roles(ask: Asking, server: SandboxDiscord) -> None:
    found = await ask("people")
    assert [(one["name"], one["roles"], one["bot"]) for one in found["people"]] == [
        ("Olga", [], False),
        ("Mira", [], False),
        ("Tom", [], False),
        ("Ada", ["Admins"], False),
        ("Max", ["Moderators"], False),
        ("Klapper", ["Klapper"], True),
    ]
    assert [one["name"] for one in found["roles"]] == ["Admins", "Moderators", "Klapper"]
    assert [(one["name"], one["type"], one["nsfw"]) for one in found["channels"]] == [
        ("videos", 0, False),
        ("lounge", 0, False),
        ("age-restricted", 0, True),
    ]
    assert found["guild"] == {"id": str(next(iter(server.world.guilds))), "name": "Klapper Sandbox"}
    assert found["people"][-1]["id"] == found["bot_id"] == found["application_id"]


async def test_a_client_lists_what_its_member_sees_and_may_do(ask: Asking, driver: Driver) -> None:
    await driver.add_thread("lounge", "talk", "Mira")
    await driver.add_thread("videos", "hidden talk", "Max")
    await driver.set_permissions("videos", "@everyone", deny=["view_channel"])
    await driver.set_permissions("lounge", "@everyone", deny=["send_messages"])
    await driver.set_permissions("age-restricted", "Mira", deny=["attach_files"])
    await driver.change_channel("talk", archived=True, locked=True)
    mira, ada = await ask("client", member="Mira"), await ask("client", member="Ada")
    assert _rights(mira) == {"lounge": (False, False), "age-restricted": (True, False), "talk": (False, False)}
    assert set(_rights(ada).values()) == {(True, True)}
    assert set(_rights(ada)) == {"videos", "lounge", "age-restricted", "talk", "hidden talk"}
    thread = mira["channels"][-1]
    assert (thread["type"], thread["parent_id"]) == (11, await driver.channel_id("lounge"))
    assert (thread["archived"], thread["locked"]) == (True, True)
    assert (mira["user"]["name"], ada["user"]["roles"]) == ("Mira", ["Admins"])


async def test_a_client_has_the_direct_messages_with_the_bot(ask: Asking) -> None:
    mira = await ask("client", member="Mira")
    assert (await ask("client", member="Mira"))["dm"] == mira["dm"] != (await ask("client", member="Tom"))["dm"]
    assert (await ask("offered", member="Mira", channel=mira["dm"]))["may_send"]
    assert await ask("offered", member="Tom", channel=mira["dm"]) == 400


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize(
    ("member", "channel", "names"),
    [
        ("Mira", "videos", ["draw", "everywhere", "Animate"]),
        ("Mira", "age-restricted", ["draw", "late", "everywhere", "Animate"]),
        ("Mira", "@me", ["everywhere"]),
        ("Max", "videos", ["draw", "everywhere", "Animate", "Lookup"]),
        ("Ada", "videos", ["draw", "manage", "everywhere", "Animate", "Lookup"]),
    ],
)
async def test_a_member_is_offered_what_they_may_use_there(
    ask: Asking, member: str, channel: str, names: list[str]
) -> None:
    found = await ask("offered", member=member, channel=channel)
    assert [one["name"] for one in found["commands"]] == names
    assert all(one["id"] and one["type"] in (1, 2, 3) for one in found["commands"])


@pytest.mark.usefixtures("registered")
async def test_who_may_not_use_commands_is_offered_none(ask: Asking, driver: Driver) -> None:
    await driver.set_permissions("videos", "@everyone", deny=["use_application_commands"])
    assert (await ask("offered", member="Mira", channel="videos"))["commands"] == []
    await driver.set_permissions("videos", "@everyone", deny=["view_channel"])
    assert await ask("offered", member="Mira", channel="videos") == 400


async def test_what_may_be_attached_is_said(ask: Asking, driver: Driver) -> None:
    assert (await ask("offered", member="Mira", channel="videos"))["upload_bytes"] == 10 * MIB
    await driver.set_member_upload_limit("Mira", 50 * MIB)
    await driver.set_permissions("videos", "@everyone", deny=["attach_files"])
    found = await ask("offered", member="Mira", channel="videos")
    assert (found["upload_bytes"], found["may_send"], found["may_attach"]) == (50 * MIB, True, False)


async def test_an_answer_says_which_command_it_answers(ask: Asking, rest: Rest, server: SandboxDiscord) -> None:
    nested = {"name": "list", "description": "x", "type": 1}
    commands = [{"name": "jobs", "description": "x", "options": [nested]}, {"name": "Animate", "type": 3}]
    await rest.call("PUT", f"/applications/{server.world.application.id}/commands", commands)
    said = await ask("say", member="Mira", channel="videos", content="mine")
    acts = [
        await ask("slash", member="Mira", channel="videos", command="jobs list"),
        await ask("message_menu", member="Mira", message=said["message"]["id"], name="Animate"),
    ]
    for act in acts:
        interaction = server.services.desk.get(int(act["id"]))
        assert interaction is not None
        answer = {"type": 4, "data": {"content": "an answer"}}
        await rest.call("POST", f"/interactions/{interaction.id}/{interaction.token}/callback", answer)
    shown = (await ask("messages", channel="videos"))["messages"]
    assert [one["command"] for one in shown] == [None, "jobs list", "Animate"]


async def test_who_may_not_send_messages_says_nothing(ask: Asking, driver: Driver) -> None:
    await driver.set_permissions("videos", "@everyone", deny=["send_messages"])
    assert await ask("say", member="Mira", channel="videos", content="hello") == 400
    assert (await ask("say", member="Ada", channel="videos", content="hello"))["message"]["content"] == "hello"


async def test_who_manages_messages_is_told_so(ask: Asking) -> None:
    told = {
        name: (await ask("offered", member=name, channel="videos"))["may_manage"] for name in ("Mira", "Max", "Ada")
    }
    assert told == {"Mira": False, "Max": True, "Ada": True}
    assert not (await ask("offered", member="Max", channel="@me"))["may_manage"]


async def test_in_the_demos_world_moderators_have_a_channel_of_their_own() -> None:
    async with SandboxDiscord(demo_world()) as server, aiohttp.ClientSession() as session:
        ask = Asking(server.url, session)
        people = {one["name"]: one["roles"] for one in (await ask("people"))["people"]}
        sees = {name for name in people if "review" in _rights(await ask("client", member=name))}
    assert people == {
        "Mira": ["Creators"],
        "Tom": ["Creators"],
        "Nia": [],
        "Max": ["Moderators"],
        "Ada": ["Admins"],
        "Klapper": ["Klapper"],
    }
    assert next(iter(people)) == "Mira"  # whom a visitor of the page plays first
    assert sees == {"Max", "Ada", "Klapper"}


def _rights(client: Any) -> dict[str, tuple[bool, bool]]:
    return {one["name"]: (one["may_send"], one["may_attach"]) for one in client["channels"]}
