"""`python bot.py run` as an operator would have it: a process with settings, a database and a log."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import sys
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

from klapper.ops.job_report import jobs_json, read_jobs
from klapper.ops.reports import read_audit
from tests.acceptance.nursery import BOT, NO_CERTIFICATES, Forked, Order

LOG_REST_S = 0.1
START_S = 60.0  # on a busy machine; else a second
STOP_S = 10.0  # what the design promises


class BotProcess:
    """One bot and its command line. `settings` are KLAPPER_ variables without the prefix."""

    def __init__(self, folder: Path, settings: dict[str, str]) -> None:
        self.folder = folder
        self.log = folder / "bot.log"
        self.settings = settings
        self._process: Forked | None = None

    @property
    def database(self) -> Path:
        return self.folder / "klapper.db"

    async def start(self, **settings: str) -> None:
        """Start the process; it is up when Discord has it, which the driver tells."""
        self.settings.update(settings)
        self.log.touch()
        order = Order(["run"], folder=str(self.folder), environment=self._environment(), log=str(self.log))
        self._process = await Forked.start(order)

    async def stop(self) -> int:
        """SIGTERM; the exit code. Fails when it takes longer than promised."""
        return await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        """SIGKILL: no last words."""
        await self._end(signal.SIGKILL)

    async def exit_code(self) -> int:
        """Wait for the process to end by itself."""
        assert self._process is not None
        return await asyncio.wait_for(self._process.wait(), START_S)

    async def hang_up(self) -> int:
        """SIGHUP, as when its terminal is closed; the exit code."""
        return await self._end(signal.SIGHUP)

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int | None:
        """Of the process that was started last."""
        return self._process.pid if self._process is not None else None

    async def command(self, *arguments: str, typed: str = "") -> tuple[int, str]:
        """Another command of bot.py beside the running bot: exit code and all it said. typed: at its questions."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(BOT),
            *arguments,
            cwd=self.folder,
            env=self._environment(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate(typed.encode())
        return process.returncode or 0, output.decode()

    async def ledger(self) -> dict[str, Any]:
        """What `bot.py ledger --json` prints, without a process for it; fails unless the books add up."""
        books = await read_audit(self.database)
        assert books.adds_up, books.violations
        return {**asdict(books), "violations": [], "adds_up": True}

    async def jobs(self) -> dict[str, Any]:
        """What `bot.py jobs --json` prints, without a process for it."""
        found: dict[str, Any] = json.loads(jobs_json(await read_jobs(self.database)))
        return found

    async def logged(self, words: str, *, after: int = 0, timeout: float = 60.0) -> int:
        """Wait until the log has these words behind this place; the place behind them. Raises AssertionError."""
        for _ in range(round(timeout / LOG_REST_S)):
            log = self.log.read_text()
            if (at := log.find(words, after)) >= 0:
                return at + len(words)
            await asyncio.sleep(LOG_REST_S)
        raise AssertionError(f"not in the log: {words}\n{self.log.read_text()[-3000:]}")

    def age_deliveries(self, *, hours: float) -> None:
        """As if every delivery had begun so much earlier."""
        self._write("UPDATE deliveries SET since_ms = since_ms - :ms", ms=round(hours * 3_600_000))

    def age_jobs(self, *, hours: float) -> None:
        """As if every job had been asked for, and sent, so much earlier. Only while no bot runs: it knows better."""
        assert not self.is_running
        self._write(
            "UPDATE jobs SET created_at_ms = created_at_ms - :ms, status_at_ms = status_at_ms - :ms,"
            " waiting_since_ms = waiting_since_ms - :ms, posted_at_ms = posted_at_ms - :ms",
            ms=round(hours * 3_600_000),
        )

    def age_misses(self, *, seconds: float) -> None:
        """As if the request history had been looked into in vain so much earlier. Only while no bot runs."""
        assert not self.is_running
        self._write("UPDATE jobs SET missed_at_ms = missed_at_ms - :ms", ms=round(seconds * 1000))

    def _write(self, statement: str, **values: object) -> None:
        with closing(sqlite3.connect(self.database, timeout=10)) as connection, connection:
            connection.execute(statement, values)

    async def _end(self, signum: signal.Signals) -> int:
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(signum)
        return await asyncio.wait_for(self._process.wait(), STOP_S)

    def _environment(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("KLAPPER_")}
        settings = {f"KLAPPER_{name}": value for name, value in self.settings.items()}
        return {**own, **NO_CERTIFICATES, "COLUMNS": "200", **settings}
