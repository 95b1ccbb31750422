"""The learned request rate in the database, so that it survives a restart and other processes can say it."""

from __future__ import annotations

import asyncio
import logging

from klapper.clock import Clock
from klapper.database.database import Database, DatabaseError, Reader, Writer
from klapper.database.queries import load_queries
from klapper.segmind.budget import LearnedRate

_log = logging.getLogger(__name__)

WRITE_AGAIN_S = 5.0


class RateStore:
    """One row, written when a 429 changes the rate and never because of a request."""

    def __init__(self) -> None:
        self._sql = load_queries("klapper.segmind")

    async def read(self, tx: Reader) -> LearnedRate | None:
        """What the last 429 taught; None before the first."""
        row = await tx.one(self._sql["learned_rate"])
        return None if row is None else LearnedRate(row["per_minute"], row["learned_at_ms"], row["closed_until_ms"])

    async def write(self, tx: Writer, learned: LearnedRate) -> None:
        """Keep this instead of what was learned before."""
        await tx.execute(
            self._sql["learn_rate"],
            per_minute=learned.per_minute,
            learned_at_ms=learned.learned_at_ms,
            closed_until_ms=learned.closed_until_ms,
        )


class RateKeeper:
    """Writes what the budget is taught, beside the request that taught it: an answer to a POST waits for no write."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._store = RateStore()
        self._taught: LearnedRate | None = None
        self._news = asyncio.Event()

    async def read(self) -> LearnedRate | None:
        """What an earlier process learned."""
        async with self._database.read() as tx:
            return await self._store.read(tx)

    def taught(self, learned: LearnedRate) -> None:
        """The rate is another one; the newest is written."""
        self._taught = learned
        self._news.set()

    async def run(self) -> None:
        """Write for ever."""
        while True:
            await self._news.wait()
            self._news.clear()
            learned = self._taught
            if learned is None:
                continue
            try:
                async with self._database.write() as tx:
                    await self._store.write(tx, learned)
            except DatabaseError:
                _log.exception("learned request rate not written down yet")
                self._news.set()
                await self._clock.sleep(WRITE_AGAIN_S)
            else:
                _log.warning("Segmind limits requests", extra={"per_minute": round(learned.per_minute, 1)})
