"""Child processes that end with this one, however it ends."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sandbox import keeper

START_S = 30.0  # until a server must have said where it is
STOP_S = 10.0  # from SIGTERM to SIGKILL
LAST_LINES = 12
_LONGEST_END = 64 * 1024  # bytes of a log that its last lines are looked for in


class ProcessFailed(Exception):
    """A child did not start, ended by itself, or does not do its work. log, lines: which log, and its end."""

    def __init__(self, sentence: str, log: Path, lines: Sequence[str] = ()) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.log = log
        self.lines = tuple(lines)


@dataclass(frozen=True, slots=True)
class Child:
    """A running child. name: for people, such as "the bot"; log: the file that its output goes to."""

    name: str
    process: asyncio.subprocess.Process
    log: Path

    def last_lines(self, count: int = LAST_LINES) -> list[str]:
        """The end of its log."""
        return last_lines(self.log, count)

    def failure(self, sentence: str) -> ProcessFailed:
        """An error with this sentence and the end of the log."""
        return ProcessFailed(sentence, self.log, self.last_lines())


def last_lines(log: Path, count: int = LAST_LINES) -> list[str]:
    """The end of a log, however long it is; empty when there is none yet."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _LONGEST_END))
            return file.read().decode(errors="replace").splitlines()[-count:]
    except FileNotFoundError:
        return []


class Children:
    """`async with Children() as children:` stops every child at the end of the block, the last one first.

    Each child has a session of its own: Ctrl-C in the terminal reaches this process only, which then stops them in
    order. A small keeper process stops them when this process is killed.
    """

    def __init__(self) -> None:
        self._children: list[Child] = []
        self._expected: set[Child] = set()  # whose end is wanted
        self._changed = asyncio.Event()
        self._keeper: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        self._keeper = await asyncio.create_subprocess_exec(
            sys.executable, "-I", keeper.__file__, stdin=asyncio.subprocess.PIPE, start_new_session=True
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for child in reversed(self._children):
            await self._stop(child)
        if self._keeper is not None and self._keeper.stdin is not None:
            self._keeper.stdin.close()
            await self._keeper.wait()

    async def start(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        announces: bool = False,
    ) -> Child:
        """Start a program. Its output goes to `log`; with `announces`, standard output is kept for `announcement`.

        Raises ProcessFailed when there is no such program.
        """
        with log.open("ab") as output:
            try:
                process = await asyncio.create_subprocess_exec(
                    *command,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=asyncio.subprocess.PIPE if announces else output,
                    stderr=output,
                    cwd=cwd,
                    env=env,
                    start_new_session=True,
                )
            except OSError as error:
                raise ProcessFailed(f"{name} cannot be started: {error}.", log) from error
        self._tell_keeper(process.pid)
        child = Child(name, process, log)
        self._children.append(child)
        self._changed.set()
        return child

    async def stop(self, child: Child) -> None:
        """SIGTERM, and SIGKILL for what is still there after STOP_S. It has not ended by itself then."""
        self._expect(child)
        await self._stop(child)
        self._forget(child)

    async def kill(self, child: Child) -> None:
        """SIGKILL for the child and all that it started. It has not ended by itself then."""
        self._expect(child)
        with suppress(ProcessLookupError):
            os.killpg(child.process.pid, signal.SIGKILL)
        await child.process.wait()
        self._tell_keeper(-child.process.pid)
        self._forget(child)

    async def announcement(self, child: Child, *, timeout_s: float = START_S) -> dict[str, Any]:
        """The JSON line in which a server says where it is. Raises ProcessFailed."""
        assert child.process.stdout is not None
        try:
            async with asyncio.timeout(timeout_s):
                line = await child.process.stdout.readline()
            announced: dict[str, Any] = json.loads(line)
        except (TimeoutError, ValueError) as error:
            raise child.failure(f"{child.name} did not start.") from error
        return announced

    async def first_exit(self) -> Child:
        """The first child that ends by itself, of those running now and those that start meanwhile."""
        while True:
            self._changed.clear()
            await self._next_end(self._watched)
            # Asked anew: whose end was wanted meanwhile may be forgotten by now.
            ended = [child for child in self._watched if child.process.returncode is not None]
            if ended:
                return ended[0]

    @property
    def _watched(self) -> list[Child]:
        return [child for child in self._children if child not in self._expected]

    async def _next_end(self, watched: Sequence[Child]) -> None:
        """Until one of them has ended or there are others to watch."""
        waits = [asyncio.ensure_future(wait) for wait in (self._changed.wait(), *(c.process.wait() for c in watched))]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    def _expect(self, child: Child) -> None:
        self._expected.add(child)
        self._changed.set()

    def _forget(self, child: Child) -> None:
        self._children.remove(child)
        self._expected.discard(child)

    async def _stop(self, child: Child) -> None:
        with suppress(ProcessLookupError):
            child.process.terminate()
        try:
            async with asyncio.timeout(STOP_S):
                await child.process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                os.killpg(child.process.pid, signal.SIGKILL)
            await child.process.wait()
        self._tell_keeper(-child.process.pid)

    def _tell_keeper(self, group: int) -> None:
        if self._keeper is not None and self._keeper.stdin is not None:
            self._keeper.stdin.write(f"{group}\n".encode())
