"""Somebody at their keyboard: what they type and press is told, and so is everything they see."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import av

from sandbox.demo.teller import Teller
from sandbox.driver import Driver, File, InteractionResult, MessageView, NoResponse, NotPossible
from sandbox.segmind import ControlError

MEMBER, CHANNEL = "Mira", "videos"

CLIP_S = 90.0  # on a busy machine
ANSWER_S = 20.0
PAUSE_S = 1.0  # between two parts, for those who read along

_LINK = re.compile(r"https://discord\.com/channels/\d+/\d+/(\d+)")
_TROUBLES = (TimeoutError, NoResponse, NotPossible, aiohttp.ClientError, ControlError, av.FFmpegError)


class StoryFailed(Exception):
    """Something did not happen; the text is a sentence that says what."""


@asynccontextmanager
async def beat(trouble: str) -> AsyncIterator[None]:
    """What can go wrong with the servers becomes StoryFailed with this sentence."""
    try:
        yield
    except _TROUBLES as error:
        why = f": {error}" if str(error) else " in time" if isinstance(error, TimeoutError) else ""
        raise StoryFailed(f"{trouble}{why}.") from error


class Actor:
    """One member in one channel. Every act raises what the driver raises."""

    def __init__(self, teller: Teller, driver: Driver, member: str = MEMBER, channel: str = CHANNEL) -> None:
        self._teller = teller
        self._driver = driver
        self._member = member
        self._channel = channel

    async def type(self, command: str, options: Mapping[str, object]) -> MessageView:
        """A command and its answer. A Path among the options is a file to attach."""
        self._teller.typed(self._member, command, options)
        sent = {key: _sent(options[key]) for key in options}
        return await self.read(await self._driver.slash(self._member, self._channel, command, **sent))

    async def read(self, result: InteractionResult) -> MessageView:
        """What a command or a press was answered with."""
        answer = await result.wait_message(timeout=ANSWER_S)
        self._teller.message(answer)
        return answer

    async def press(self, label: str, message: MessageView) -> InteractionResult:
        """A button and the bot's answer to it, not shown yet."""
        self._teller.pressed(self._member, label)
        pressed = await self._driver.press(self._member, message, label=label)
        return await pressed.wait_response(timeout=ANSWER_S)

    async def fill_in(self, opened: InteractionResult, values: Mapping[str, Any]) -> None:
        """The form that a press opened; values by the labels of its fields."""
        self._teller.form(self._member, opened.form, values)
        await self._driver.submit_modal_values(self._member, opened, dict(values))

    async def linked(self, answer: MessageView) -> MessageView:
        """The message that an answer links to as it was at first, not shown yet."""
        found = _LINK.search(answer.text)
        if found is None:
            raise NotPossible("the answer links to no card")
        return (await self._driver.message_versions(found[1]))[0]

    async def follow(self, shown: MessageView, until: Callable[[MessageView], bool]) -> MessageView:
        """Every later version of a message; the one that was waited for. Raises TimeoutError after CLIP_S."""
        began_ms = shown.at_ms
        async with asyncio.timeout(CLIP_S):
            while not until(shown):
                for version in await self._news(shown):
                    self._teller.message(version, subtitle=_later(began_ms, version), before=shown)
                    shown = version
        return shown

    async def wait(self, shown: MessageView, until: Callable[[MessageView], bool]) -> MessageView:
        """Only the version that is waited for."""
        seen = await self._driver.wait_message(until, CLIP_S, message=shown)
        self._teller.message(seen, subtitle=_later(shown.at_ms, seen), before=shown)
        return seen

    async def rest(self) -> None:
        """A moment for those who read along."""
        if self._teller.is_watched:
            await asyncio.sleep(PAUSE_S)

    async def _news(self, shown: MessageView) -> list[MessageView]:
        """The versions after that one, as soon as there is one."""
        await self._driver.wait_message(lambda message: message.version > shown.version, CLIP_S, message=shown)
        return [one for one in await self._driver.message_versions(shown) if one.version > shown.version]


def _later(began_ms: int, version: MessageView) -> str:
    return f"{round((version.at_ms - began_ms) / 1000)} s later"


def _sent(value: object) -> object:
    return File(value.name, value.read_bytes()) if isinstance(value, Path) else value
