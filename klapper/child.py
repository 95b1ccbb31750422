"""A short-lived process beside the bot: started for one piece of work, bounded in time, ended with its caller."""

from __future__ import annotations

import os
import sys
from asyncio import StreamWriter, create_subprocess_exec, gather, timeout
from asyncio.subprocess import PIPE
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).parents[1]
# Nothing else of our surroundings: a process that reads hostile bytes is not to know a key.
_PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "TMPDIR", "PYTHONDONTWRITEBYTECODE")


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of a child. code: below 0 the signal that ended it. answer, said: its output and error output."""

    code: int
    answer: bytes
    said: bytes

    @property
    def last_line(self) -> str:
        """The last thing that it said, for the operator."""
        lines = self.said.decode("utf-8", errors="replace").strip().splitlines()
        return lines[-1] if lines else "it says nothing"


async def run_child(module: str, *arguments: str, longest_s: float, given: bytes = b"") -> Ended:
    """Run `python -m module arguments`. Raises TimeoutError. A cancelled caller leaves no process behind.

    given: what it reads first. Its input stays open as long as we live: see `end_with_parent` in `confinement.py`.
    """
    process = await create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments), stdin=PIPE, stdout=PIPE, stderr=PIPE, env=_environment()
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        async with timeout(longest_s):
            # Not `communicate`, which would close its input at once.
            answer, said, _ = await gather(process.stdout.read(), process.stderr.read(), _give(process.stdin, given))
            await process.wait()
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):  # it ended just now
                process.kill()
            await process.wait()
        process.stdin.close()
    assert process.returncode is not None
    return Ended(process.returncode, answer, said)


async def _give(stdin: StreamWriter, given: bytes) -> None:
    with suppress(ConnectionError):  # it ended without reading all of it; its code says why
        stdin.write(given)
        await stdin.drain()


def _environment() -> dict[str, str]:
    passed_on = {key: os.environ[key] for key in _PASSED_ON if key in os.environ}
    return {**passed_on, "PYTHONPATH": str(_ROOT), "PYTHONSAFEPATH": "1"}
