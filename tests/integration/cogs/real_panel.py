"""A draft's panel in somebody's hands: what it says, and pressing, choosing and filling in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import discord
import simcord

from klapper.messages.draft_controls import CUSTOM_ID, read_action
from klapper.services.drafts import Author
from tests.integration.cogs.house_bot import words

BUTTON, SELECT, CHECKBOX_GROUP = 2, 3, 22  # Discord docs: Component Reference

Answer = simcord.InteractionResult
Person = simcord.MemberActor | simcord.UserHandle  # the latter in direct messages


class Panel:
    """A draft's private message in somebody's hands."""

    def __init__(self, env: simcord.Env, member: Person, answer: Answer, guild_id: int) -> None:
        message = answer.response or answer.followups[-1]
        assert message.ephemeral
        self._env = env
        self._guild_id = guild_id
        self.member = member
        self._at = (message.channel_id, message.id)

    @property
    def message(self) -> simcord.ResponseMessage:
        """As it is now."""
        return simcord.ResponseMessage(self._env, self._env.backend.get_message(*self._at))

    @property
    def says(self) -> str:
        return words(self.message)

    @property
    def draft_id(self) -> str:
        """Of the draft, while it has any control."""
        match = CUSTOM_ID.fullmatch(next(iter(self.controls.values()))["custom_id"])
        assert match is not None
        return match["draft_id"]

    @property
    def author(self) -> Author:
        return Author(self._guild_id, self._at[0], self.member.id)

    @property
    def controls(self) -> dict[str, dict[str, Any]]:
        """Buttons and selects by their action, whatever revision it is for."""
        found = {}
        for control in controls_of(self.message.components):
            match = CUSTOM_ID.fullmatch(control["custom_id"])
            action = None if match is None else read_action(match["action"])
            assert action is not None
            found[str(replace(action, revision=None))] = control
        return found

    @property
    def labels(self) -> dict[str, str]:
        """What each button says, by its action."""
        return {action: one["label"] for action, one in self.controls.items() if one["type"] == BUTTON}

    def chosen(self, action: str) -> str:
        """The label of the option that a select shows."""
        options = self.controls[action]["options"]
        return next((str(one["label"]) for one in options if one.get("default")), "")

    async def press(self, action: str) -> Answer:
        return await self.member.click(self.message, custom_id=self.controls[action]["custom_id"])

    async def choose(self, action: str, value: str) -> Answer:
        return await self.member.select(self.message, [value], custom_id=self.controls[action]["custom_id"])

    async def fill(self, action: str, **values: Any) -> Answer:
        """Open a form and send it. What is not named stays as the form shows it."""
        return await self.send(await self.press(action), **values)

    async def send(self, shown: Answer, **values: Any) -> Answer:
        """Send a form that is open."""
        assert shown.modal is not None
        return await self.member.submit_modal(shown, filled_in(shown.modal) | values)

    async def add_shot(self, text: str, seconds: int) -> Answer:
        return await self.fill("shot", text=text, seconds=[str(seconds)])


def filled_in(modal: dict[str, Any]) -> dict[str, Any]:
    """What a form says before anybody types: texts, and the options that are chosen."""
    inputs = [label["component"] for label in modal["components"]]
    texts = {one["custom_id"]: one["value"] for one in inputs if one.get("value")}
    chosen = {
        one["custom_id"]: [option["value"] for option in one["options"] if option.get("default")]
        for one in inputs
        if one["type"] in (SELECT, CHECKBOX_GROUP)
    }
    return texts | chosen


def said(answer: Answer) -> str:
    """The private sentence beside the panel."""
    messages = [*([answer.response] if answer.response and answer.response.ephemeral else []), *answer.followups]
    assert all(message.ephemeral for message in messages)
    return words(messages[-1]) if messages else ""


def parts_of(message: discord.Message) -> list[dict[str, Any]]:
    """The components of a message as Discord has them."""
    return [dict(component.to_dict()) for component in message.components]


def controls_of(components: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every button and select among them."""
    found = []
    for component in components:
        if component["type"] in (BUTTON, SELECT):
            found.append(component)
        inner = [*(component.get("components") or []), *([component["accessory"]] if "accessory" in component else [])]
        found += controls_of(inner)
    return found
