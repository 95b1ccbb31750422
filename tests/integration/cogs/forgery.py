"""What Discord's own client cannot do: presses and forms with any id and any value, by anybody, all at once."""

from __future__ import annotations

from typing import Any

import discord
import simcord
from simcord.backend import serializers
from simcord.interactions import base_payload

BUTTON, SELECT, TEXT_INPUT, LABEL = 2, 3, 4, 18  # Discord docs: Component Reference
COMPONENT, MODAL_SUBMIT = 3, 5  # Discord docs: Interaction Types

Json = dict[str, Any]


class Forger:
    """Puts a control of its own into a channel and has somebody press it."""

    def __init__(self, env: simcord.Env, channel: simcord.ChannelHandle) -> None:
        self._env = env
        self._channel = channel

    async def press(self, custom_id: str, *, by: simcord.MemberActor, **data: Any) -> simcord.InteractionResult:
        """data: more that the event says, as the values of a select."""
        message = await self._message_with(custom_id)
        return await self._dispatch(by, COMPONENT, {**_pressed(custom_id), **data}, message)

    async def form(
        self, custom_id: str, *, by: simcord.MemberActor, **given: str | list[str]
    ) -> simcord.InteractionResult:
        """Sends a form that nobody showed. given: texts, and options that were chosen."""
        inputs = [
            {"type": TEXT_INPUT, "custom_id": name, "value": value}
            if isinstance(value, str)
            else {"type": SELECT, "custom_id": name, "values": value}
            for name, value in given.items()
        ]
        components = [{"type": LABEL, "id": number, "component": one} for number, one in enumerate(inputs, start=1)]
        message = await self._message_with(custom_id)
        return await self._dispatch(by, MODAL_SUBMIT, {"custom_id": custom_id, "components": components}, message)

    async def presses_at_once(self, custom_id: str, times: int, *, by: simcord.MemberActor) -> None:
        """All are sent before the first is answered."""
        message = await self._message_with(custom_id)
        for _ in range(times):
            self._emit(by, COMPONENT, _pressed(custom_id), message)
        await self._env.settle()

    async def _message_with(self, custom_id: str) -> Json:
        view: discord.ui.LayoutView = discord.ui.LayoutView(timeout=None)
        row: discord.ui.ActionRow[discord.ui.LayoutView] = discord.ui.ActionRow()
        view.add_item(row.add_item(discord.ui.Button(label="forged", custom_id=custom_id)))
        view.stop()
        sent = await self._env.bot.get_partial_messageable(self._channel.id).send(view=view)
        stored = self._env.backend.get_message(self._channel.id, sent.id)
        return dict(serializers.message_payload(self._env.backend, stored))

    async def _dispatch(
        self, by: simcord.MemberActor, kind: int, data: Json, message: Json
    ) -> simcord.InteractionResult:
        record = self._emit(by, kind, data, message)
        await self._env.settle()
        return simcord.InteractionResult(self._env, record)

    def _emit(self, by: simcord.MemberActor, kind: int, data: Json, message: Json) -> Any:
        ids = {"channel_id": self._channel.id, "guild_id": by.guild.id, "user_id": by.id}
        record, event = base_payload(self._env.backend, type=kind, data=data, **ids)
        record.source_message_id = int(message["id"])
        self._env.backend.emit("INTERACTION_CREATE", {**event, "message": message})
        return record


def _pressed(custom_id: str) -> Json:
    return {"custom_id": custom_id, "component_type": BUTTON}
