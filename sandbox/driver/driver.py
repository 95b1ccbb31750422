"""The driver: members' acts, waiting for what they see, and the sandbox's settings."""

from __future__ import annotations

import math
import re
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from types import TracebackType
from typing import Any

from sandbox.driver.link import Link
from sandbox.driver.parts import File, Json
from sandbox.driver.result import DEFAULT_TIMEOUT_S, InteractionResult
from sandbox.driver.stage import StageControls
from sandbox.driver.views import MessageView, RequestView


class Driver(StageControls):
    """Acts in one sandbox. People and channels are named as in the guild ("Mira", "videos") or by id; "@me" is the DM.

    Waiting is event driven; every wait raises TimeoutError after its `timeout` in seconds. What Discord's client would
    not send raises NotPossible.
    """

    def __init__(self, base_url: str) -> None:
        super().__init__(Link(base_url))

    async def __aenter__(self) -> Driver:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._link.close()

    # Acts of members

    async def slash(self, member: str, channel: str, command: str, /, **options: Any) -> InteractionResult:
        """Sends a command, e.g. `slash("Mira", "videos", "jobs list", state="running")`; a `File` is an attachment."""
        sent = await self._sent_values(options)
        return self._result(await self._link.do("slash", member=member, channel=channel, command=command, options=sent))

    async def autocomplete(
        self, member: str, channel: str, command: str, focused: str, typed: Any = "", /, **options: Any
    ) -> list[Json]:
        """The choices the bot offers while `typed` is being typed into the option `focused`."""
        state = await self._link.do(
            "slash",
            member=member,
            channel=channel,
            command=command,
            options=await self._sent_values(options) | {focused: typed},
            focused=focused,
        )
        return (await self._result(state).wait_response()).choices

    async def message_menu(self, member: str, message: MessageView | str, name: str) -> InteractionResult:
        """Chooses an application command from a message's menu."""
        return self._result(await self._link.do("message_menu", member=member, message=_id(message), name=name))

    async def user_menu(self, member: str, channel: str, target: str, name: str) -> InteractionResult:
        return self._result(await self._link.do("user_menu", member=member, channel=channel, target=target, name=name))

    async def press(
        self,
        member: str,
        message: MessageView | str,
        custom_id: str | None = None,
        *,
        label: str | None = None,
        beside: str | None = None,
    ) -> InteractionResult:
        """Presses the button with this custom_id or label on the message's current version.

        `beside` is text of the section that the button belongs to, where several buttons have the same label.
        """
        state = await self._link.do(
            "press", member=member, message=_id(message), custom_id=custom_id, label=label, beside=beside
        )
        return self._result(state)

    async def choose(
        self, member: str, message: MessageView | str, custom_id: str, values: Iterable[str]
    ) -> InteractionResult:
        """Makes a choice in a select, by value or by the label shown; users, roles and channels are chosen by name."""
        state = await self._link.do(
            "press", member=member, message=_id(message), custom_id=custom_id, values=list(values)
        )
        return self._result(state)

    async def submit_modal(self, member: str, opened_by: InteractionResult, **values: Any) -> InteractionResult:
        """Submits the modal that answered `opened_by`; see `submit_modal_values` for ids that are no Python names."""
        return await self.submit_modal_values(member, opened_by, values)

    async def submit_modal_values(
        self, member: str, opened_by: InteractionResult, values: dict[str, Any]
    ) -> InteractionResult:
        """Submits a modal with values by custom_id or by the label above the field.

        Fields left out keep what they held (`opened_by.form` shows it). A list may hold `File`s.
        """
        sent = await self._sent_values(values)
        return self._result(await self._link.do("submit_modal", member=member, interaction=opened_by.id, values=sent))

    async def forge_press(
        self, member: str, message: MessageView | str, custom_id: str, values: Iterable[str] = ()
    ) -> InteractionResult:
        """A press that no client would send: any custom_id, on anybody's message."""
        source = await self.message(message)
        data: Json = {"custom_id": custom_id, "id": 1, "component_type": 3 if values else 2}
        data |= {"values": list(values)} if values else {}
        return await self._forge(member, source.channel_id, 3, data, source.id)

    async def forge_modal(
        self, member: str, channel: str, custom_id: str, texts: dict[str, str], message: MessageView | None = None
    ) -> InteractionResult:
        """A submit of a modal that nobody showed, with these text inputs."""
        fields = [{"type": 4, "id": 1, "custom_id": name, "value": text} for name, text in texts.items()]
        data: Json = {"custom_id": custom_id, "components": [{"type": 18, "id": 2, "component": one} for one in fields]}
        return await self._forge(member, channel, 5, data, message.id if message else None)

    async def replay_interaction(self, interaction: InteractionResult) -> None:
        """Sends the same INTERACTION_CREATE again, id and token included."""
        await self._link.do("replay_interaction", interaction=interaction.id)

    async def say(
        self, member: str, channel: str, content: str = "", files: Iterable[File] = (), reply_to: str | None = None
    ) -> MessageView:
        """Posts a member's own message."""
        uploads = [await self._link.upload(file) for file in files]
        return MessageView.of(
            await self._link.do(
                "say", member=member, channel=channel, content=content, uploads=uploads, reply_to=reply_to
            )
        )

    async def delete_message(self, message: MessageView | str) -> None:
        await self._link.do("delete_message", message=_id(message))

    # What members see

    async def message(self, message: MessageView | str) -> MessageView:
        """The current version; raises NotPossible when it is gone."""
        return MessageView.of(await self._link.do("message", message=_id(message)))

    async def messages(self, channel: str, viewer: str | None = None) -> list[MessageView]:
        """A channel's messages, oldest first: those `viewer` sees, or all with everybody's ephemeral ones."""
        answer = await self._link.do("messages", channel=channel, viewer=viewer)
        return [MessageView.of(raw) for raw in answer["messages"]]

    async def dm_messages(self, member: str) -> list[MessageView]:
        """The member's direct messages with the bot, oldest first."""
        answer = await self._link.do("messages", channel="@me", member=member)
        return [MessageView.of(raw) for raw in answer["messages"]]

    async def message_versions(self, message: MessageView | str) -> list[MessageView]:
        """Every version the message ever had, its deletion included, oldest first."""
        answer = await self._link.do("journal", kinds=["message"], subject=_id(message))
        return [MessageView.of(entry["data"], entry["at_ms"]) for entry in answer["entries"]]

    async def all_versions(self) -> list[MessageView]:
        """Every version of every message in the order in which they happened."""
        answer = await self._link.do("journal", kinds=["message"])
        return [MessageView.of(entry["data"], entry["at_ms"]) for entry in answer["entries"]]

    async def wait_message(
        self,
        predicate: Callable[[MessageView], bool],
        timeout: float = DEFAULT_TIMEOUT_S,
        *,
        message: MessageView | str | None = None,
    ) -> MessageView:
        """The first message version, present or to come, for which the predicate holds; only of `message` if given.

        Deletions are versions too (`deleted`), past versions are not looked at.
        """
        subject = _id(message) if message is not None else None
        first = True
        async with aclosing(self._link.batches(["message"], subject, timeout)) as batches:
            async for batch in batches:
                # Of what already happened only the latest version of each message is present.
                entries = list({entry["subject"]: entry for entry in batch}.values()) if first else batch
                first = False
                for entry in entries:
                    view = MessageView.of(entry["data"], entry["at_ms"])
                    if predicate(view):
                        return view
        raise AssertionError("batches end with TimeoutError")

    async def watch(self, timeout: float = math.inf) -> AsyncGenerator[MessageView, None]:
        """Every message version from the first on and as it comes; close it, or it ends with TimeoutError."""
        async with aclosing(self._link.batches(["message"], None, timeout)) as batches:
            async for batch in batches:
                for entry in batch:
                    yield MessageView.of(entry["data"], entry["at_ms"])

    async def fetch(self, url: str) -> bytes:
        """The bytes behind an attachment's URL."""
        return await self._link.fetch(url)

    # What the bot did

    async def requests(self, method: str | None = None, path: str | None = None) -> list[RequestView]:
        """The bot's REST requests so far, oldest first; `path` is a regular expression searched in the path."""
        answer = await self._link.do("journal", kinds=["request"])
        views = [RequestView.of(entry) for entry in answer["entries"]]
        return [one for one in views if method in (None, one.method) and (path is None or re.search(path, one.path))]

    async def wait_request(
        self, predicate: Callable[[RequestView], bool], timeout: float = DEFAULT_TIMEOUT_S
    ) -> RequestView:
        """The first request, past or to come, for which the predicate holds."""
        async with aclosing(self._link.batches(["request"], None, timeout)) as batches:
            async for batch in batches:
                for entry in batch:
                    if predicate(view := RequestView.of(entry)):
                        return view
        raise AssertionError("batches end with TimeoutError")

    async def bot(self) -> Json:
        """`connected` (now), `identified` (sessions ever), `commands` (names per scope)."""
        return await self._link.do("bot")

    async def commands(self, guild: str | None = None) -> list[Json]:
        """Definitions of the commands that members of the guild are offered."""
        answer = await self._link.do("commands", guild=guild)
        return list(answer["commands"])

    async def wait_for_ready_bot(
        self, timeout: float = 20.0, *, sessions: int = 1, commands: Iterable[str] = ()
    ) -> None:
        """Until the bot is connected, has identified `sessions` times or more, and registered these commands.

        After a restart ask for one session more than `(await bot())["identified"]` told before it.
        """
        wanted = set(commands)
        async with aclosing(self._link.batches(["session", "commands"], None, timeout)) as batches:
            async for _ in batches:
                state = await self.bot()
                registered = {name for names in state["commands"].values() for name in names}
                if state["connected"] and state["identified"] >= sessions and wanted <= registered:
                    return

    async def wait_for_bot_gone(self, timeout: float = DEFAULT_TIMEOUT_S) -> None:
        """Until no gateway connection is left."""
        async with aclosing(self._link.batches(["session"], None, timeout)) as batches:
            async for _ in batches:
                if not (await self.bot())["connected"]:
                    return

    # Helpers

    async def _forge(self, member: str, channel: str, kind: int, data: Json, message: str | None) -> InteractionResult:
        state = await self._link.do("forge", member=member, kind=kind, data=data, channel=channel, message=message)
        return self._result(state)

    def _result(self, state: Json) -> InteractionResult:
        return InteractionResult(self._link, state)

    async def _sent_values(self, values: dict[str, Any]) -> dict[str, Any]:
        """Files are handed over first, their upload names stand in for them; None means not given."""
        return {key: await self._sent(value) for key, value in values.items() if value is not None}

    async def _sent(self, value: Any) -> Any:
        if isinstance(value, list):
            return [await self._sent(one) for one in value]
        return await self._link.upload(value) if isinstance(value, File) else value


def _id(message: MessageView | str) -> str:
    return message.id if isinstance(message, MessageView) else message
