"""(b) Reserve and job in one transaction, by many callers, against plain sqlite3.

Klapper: the real `Submission.submit` on the real `SqliteDatabase`: the limits and the moderation looked up, the
reservation, the job and its card written, the answer given after the commit is on disk (`synchronous=FULL`).

Raw, the honest floor: one thread, plain sqlite3 in the same journal mode, `synchronous=FULL`, and exactly the
statements that Klapper sent for these very requests, recorded beforehand: the same reads, the same rows, one BEGIN
IMMEDIATE and one COMMIT per request. So the ratio is what asyncio, callers and Python's own deciding cost. The second
floor leaves the reads out and writes the same rows with the same number of commits.

Both begin with a copy of the same file, in turns, so that noise hits both.
"""

from __future__ import annotations

import asyncio
import itertools
import re
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.numbers import Spread
from benchmarks.report import Target, say, section, table
from benchmarks.workplace import copy_database, workplace
from klapper.assembly import Assembly
from klapper.clock import SystemClock
from klapper.database.database import Database, Reader, Row, Writer
from klapper.database.migrate import migrate
from klapper.database.sqlite import SqliteDatabase
from klapper.kling.request import VideoRequest
from klapper.ops.metrics import Metrics
from klapper.services.submission import Ask, Submission, Submitted
from klapper.settings import Settings
from tests.fake_attachments import FakeAttachments
from tests.fake_cases import FakeCaseMessenger
from tests.fakes import FakeMessenger, FakeProvider

MEMBERS = 200
ROUNDS = 5
CALLERS = (1, 10, 100, 1000)
JOBS = {1: 150, 10: 300, 100: 600, 1000: 1000}  # per round; every caller has at least one
LEAST_RATIO, LONGEST_P99_MS, JUDGED_AT = 0.33, 100.0, 100

Statement = tuple[str, dict[str, object]]
_WRITE = re.compile(r"(?:\s*--.*\n)*\s*(?:INSERT|UPDATE|DELETE)\b")


@dataclass(slots=True)
class Recorder:
    """A database that writes down what its write transactions are made of."""

    inner: Database
    transactions: list[list[Statement]] = field(default_factory=list)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Writer]:
        async with self.inner.write() as tx:
            self.transactions.append([])
            yield _Recorded(tx, self.transactions[-1])

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Reader]:
        async with self.inner.read() as tx:
            yield tx


@dataclass(frozen=True, slots=True)
class _Recorded:
    inner: Writer
    statements: list[Statement]

    async def one(self, sql: str, /, **params: object) -> Row | None:
        self.statements.append((sql, params))
        return await self.inner.one(sql, **params)

    async def all(self, sql: str, /, **params: object) -> list[Row]:
        self.statements.append((sql, params))
        return await self.inner.all(sql, **params)

    async def execute(self, sql: str, /, **params: object) -> int:
        self.statements.append((sql, params))
        return await self.inner.execute(sql, **params)


@dataclass(frozen=True, slots=True)
class Round:
    """Transactions per second of the three; how long each of Klapper's callers waited, in milliseconds."""

    klapper: float
    raw: float
    rows_only: float
    waits_ms: list[float]

    @property
    def ratio(self) -> float:
        return self.klapper / self.raw


class Bench:
    """Measures in a folder of its own, where `template` is a database in which every member has asked before."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count(1)
        self.template = folder / "template.db"

    async def prepare(self, members: int = MEMBERS) -> None:
        """Make the template."""
        migrate(self.template)
        async with SqliteDatabase.open(self.template) as database:
            await _submit_all(self._submission(database), self.asks(members), callers=1)
        with closing(sqlite3.connect(self.template)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def asks(self, count: int) -> list[Ask]:
        """Requests that nobody made before, of every member in turn."""
        numbers = [next(self._numbers) for _ in range(count)]
        return [
            Ask(
                interaction_id=number,
                guild_id=1,
                channel_id=2,
                user_id=1000 + number % MEMBERS,
                request=VideoRequest(prompt=f"a paper boat on a river, take {number}"),
            )
            for number in numbers
        ]

    async def round(self, callers: int, jobs: int) -> Round:
        """The same requests three ways."""
        asks = self.asks(jobs)
        statements = await self._recorded(asks)
        klapper, waits_ms = await self._klapper(asks, callers)
        raw = self._raw(statements)
        rows_only = self._raw([[one for one in each if _WRITE.match(one[0])] for each in statements])
        return Round(klapper, raw, rows_only, waits_ms)

    async def _recorded(self, asks: Sequence[Ask]) -> list[list[Statement]]:
        file = copy_database(self.template, self._folder / "recorded.db")
        async with SqliteDatabase.open(file) as database:
            recorder = Recorder(database)
            await _submit_all(self._submission(recorder), asks, callers=1)
        return recorder.transactions

    async def _klapper(self, asks: Sequence[Ask], callers: int) -> tuple[float, list[float]]:
        file = copy_database(self.template, self._folder / "klapper.db")
        async with SqliteDatabase.open(file) as database:
            submission = self._submission(database)
            began_s = time.perf_counter()
            waits_ms = await _submit_all(submission, asks, callers=callers)
            return len(asks) / (time.perf_counter() - began_s), waits_ms

    def _raw(self, transactions: Sequence[Sequence[Statement]]) -> float:
        file = copy_database(self.template, self._folder / "raw.db")
        with closing(sqlite3.connect(file, isolation_level=None)) as connection:
            for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "recursive_triggers = ON"):
                connection.execute(f"PRAGMA {pragma}")
            began_s = time.perf_counter()
            for statements in transactions:
                connection.execute("BEGIN IMMEDIATE")
                for sql, params in statements:
                    connection.execute(sql, params).fetchall()
                connection.execute("COMMIT")
            return len(transactions) / (time.perf_counter() - began_s)

    def _submission(self, database: Database) -> Submission:
        clock = SystemClock()
        settings = Settings(
            credits={"default_allowance": 100_000_000, "bot_budget_per_day": 100_000_000},  # type: ignore[arg-type]
            limits={"waiting_per_member": 0},  # type: ignore[arg-type]
        )
        klapper = Assembly(
            settings,
            database=database,
            clock=clock,
            provider=FakeProvider(clock, b""),
            messenger=FakeMessenger(clock),
            case_messenger=FakeCaseMessenger(),
            attachments=FakeAttachments(),
            metrics=Metrics(),
        )
        return klapper.submission


async def _submit_all(submission: Submission, asks: Sequence[Ask], *, callers: int) -> list[float]:
    """Every caller sends the next request when its last one was answered; milliseconds that each answer took."""
    waits_ms: list[float] = []
    left = iter(asks)

    async def call(asks: Iterator[Ask]) -> None:
        for ask in asks:
            began_s = time.perf_counter()
            outcome = await submission.submit(ask)
            waits_ms.append((time.perf_counter() - began_s) * 1000)
            assert isinstance(outcome, Submitted), outcome
            assert outcome.is_new

    await asyncio.gather(*(call(left) for _ in range(callers)))
    return waits_ms


async def measure() -> dict[int, list[Round]]:
    """Rounds by number of callers."""
    rounds: dict[int, list[Round]] = {callers: [] for callers in CALLERS}
    with workplace() as folder:
        bench = Bench(folder)
        await bench.prepare()
        for number, callers in itertools.product(range(ROUNDS), CALLERS):
            say(f"reserve: round {number + 1} of {ROUNDS}, {callers} callers")
            rounds[callers].append(await bench.round(callers, JOBS[callers]))
    return rounds


def print_report(rounds: dict[int, list[Round]]) -> None:
    rows = []
    for callers, of_callers in rounds.items():
        waits = Spread.of(itertools.chain.from_iterable(one.waits_ms for one in of_callers))
        middle = [median(values) for values in zip(*((r.klapper, r.raw, r.rows_only) for r in of_callers), strict=True)]
        ratio = median(one.ratio for one in of_callers)
        rows.append(
            [callers, ratio, median(r.klapper / r.rows_only for r in of_callers), *middle, waits.p50, waits.p99]
        )
    judged = next(row for row in rows if row[0] == JUDGED_AT)
    section(
        "Reserve and job",
        "One `Submission.submit` per request: permission, moderation, quota, reservation, job and card in one "
        "transaction at `synchronous=FULL`, answered after its commit. Raw is one thread of plain sqlite3 that runs "
        "the very same statements, a COMMIT per request; rows only leaves their reads out. Median of "
        f"{ROUNDS} rounds, each with all three in turn. Callers ask again as soon as they are answered, so {JUDGED_AT} "
        f"of them would wait {JUDGED_AT / float(judged[4]) * 1000:.0f} ms each on average for raw sqlite3 too.",
        [
            Target("of raw sqlite3 at 100 callers", LEAST_RATIO, float(judged[1]), "x", at_least=True),
            Target("p99 at 100 callers", LONGEST_P99_MS, float(judged[7]), " ms"),
        ],
        table(
            ["callers", "of raw", "of rows only", "per second", "raw", "rows only", "p50 ms", "p99 ms"],
            rows,
        ),
    )


if __name__ == "__main__":
    print_report(asyncio.run(measure()))
