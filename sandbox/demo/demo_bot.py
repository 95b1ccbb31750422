"""The bot's process in the demo, which goes on when it was killed through its door."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

import aiohttp

from sandbox.demo.bot_door import LOG_LINES, BotState, CannotBeDone
from sandbox.processes import Child, Children, ProcessFailed, last_lines

NAME = "Klapper"


class DemoBot:
    """Implements `BotProcess` over a child. command, env: what starts it; log: where all its runs write to."""

    def __init__(
        self, children: Children, command: Sequence[str], log: Path, env: Mapping[str, str] | None = None
    ) -> None:
        self._children = children
        self._command = tuple(command)
        self._env = env
        self._log = log
        self._child: Child | None = None
        self._sessions: Callable[[], Awaitable[int]] | None = None
        self._sessions_before = 0
        self._is_ready = False
        self._starts = 0
        self.was_ended = False  # through the door, once at least

    async def begin(self, sessions: Callable[[], Awaitable[int]]) -> None:
        """The first start. sessions: how often a bot has identified at Discord. Raises ProcessFailed."""
        self._sessions = sessions
        await self._launch()

    async def state(self) -> BotState:
        child = self._running
        lines = last_lines(self._log, LOG_LINES)
        if child is None:
            return BotState("stopped" if self._starts else "starting", None, self._starts, lines)
        is_ready = await self._has_arrived()
        return BotState("running" if is_ready else "starting", child.process.pid, self._starts, lines)

    async def kill(self) -> None:
        child, self.was_ended = self._must_run(), True
        await self._children.kill(child)

    async def stop(self) -> None:
        child, self.was_ended = self._must_run(), True
        await self._children.stop(child)

    async def start(self) -> None:
        if self._sessions is None:
            raise CannotBeDone("The bot has not been started for the first time yet.")
        if self._running is not None:
            raise CannotBeDone("The bot is running already.")
        try:
            await self._launch()
        except ProcessFailed as error:
            raise CannotBeDone(error.sentence) from error

    def failure(self, sentence: str) -> ProcessFailed:
        """An error with this sentence and the end of the log."""
        return ProcessFailed(sentence, self._log, last_lines(self._log))

    async def _launch(self) -> None:
        self._is_ready = False
        self._sessions_before = await self._count_sessions()
        self._child = await self._children.start(NAME, self._command, log=self._log, env=self._env)
        self._starts += 1

    async def _has_arrived(self) -> bool:
        """Whether Discord has this run of it. It stays so while its connection is away for a moment."""
        self._is_ready = self._is_ready or await self._count_sessions() > self._sessions_before
        return self._is_ready

    async def _count_sessions(self) -> int:
        try:
            return await self._sessions() if self._sessions else 0
        except aiohttp.ClientError:  # Discord is going, and so is the demo
            return 0

    @property
    def _running(self) -> Child | None:
        return self._child if self._child and self._child.process.returncode is None else None

    def _must_run(self) -> Child:
        if self._running is None:
            raise CannotBeDone("The bot is not running.")
        return self._running
