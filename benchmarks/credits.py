"""(f) `/credits balance` and a refusal for want of credits, with a million lines in the books.

As in (a): both bots are processes of their own, asked in turns, and the moments are those of Discord's record. The
lines were written in bulk, 5,000 for each of 200 members of one guild, with the accounts' totals that belong to them:
grants, holds and charges, of a year that ends now.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.answer import JUDGED_AT, LARGEST_RATIO, LOST_MS, Street, ask_at, street
from benchmarks.house import Bot, Town
from benchmarks.numbers import Spread
from benchmarks.report import Target, say, section, table
from benchmarks.workplace import workplace
from klapper.database.migrate import migrate

LINES = 1_000_000
RATES = (1, JUDGED_AT)  # requests per second
SECONDS = {1: 15.0, JUDGED_AT: 4.0}  # of one turn
TURNS = {1: 2, JUDGED_AT: 6}
WARM_UP = 50
YEAR_MS = 365 * 24 * 3600 * 1000

ASKED: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "balance": ("credits balance", {}),
    "refusal": ("video", {"prompt": "a paper boat", "duration": 15}),
}

STEPS, AMOUNT = 3, 10  # a grant, a hold, a charge


@dataclass(slots=True)
class Answers:
    """Milliseconds until the callback, by what was asked."""

    floor: list[float] = field(default_factory=list)
    of: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in ASKED})


def write_books(file: Path, town: Town, lines: int = LINES) -> None:
    """A guild with a long past, in a database that no bot has opened."""
    migrate(file)
    [guild] = town.server.world.guilds.values()
    users = {user.global_name or user.username: user.id for user in town.server.world.users.values()}
    members = [users[name] for name in town.members]
    each = lines // len(members) // STEPS * STEPS
    with closing(sqlite3.connect(file)) as database:
        for ref, user_id in enumerate(members, start=1):
            database.execute(_MEMBER, (ref, guild.id, user_id))
            moved = AMOUNT * each // STEPS
            database.execute(_ACCOUNT, (f"bonus:{ref}", ref, moved, moved))
            database.executemany(_LINE, _lines(ref, each))
        moved = AMOUNT * each // STEPS * len(members)
        database.execute("UPDATE accounts SET debits_posted = ? WHERE account_id = 'issuer'", (moved,))
        database.execute("UPDATE accounts SET credits_posted = ? WHERE account_id = 'spent'", (moved,))
        database.commit()


_MEMBER = "INSERT INTO members (member_ref, guild_id, discord_user_id, created_at_ms) VALUES (?, ?, ?, 0)"
_ACCOUNT = """INSERT INTO accounts (account_id, ledger, member_ref, credits_posted, debits_posted)
VALUES (?, 'credit', ?, ?, ?)"""
_LINE = """INSERT INTO transfers
    (transfer_id, ledger, kind, debit_account, credit_account, amount, actor, reason, job_id, at_ms)
VALUES (?, 'credit', ?, ?, ?, ?, 'klapper', 'bench', ?, ?)"""


def _lines(ref: int, count: int) -> Iterator[tuple[object, ...]]:
    now_ms, bonus = time.time_ns() // 1_000_000, f"bonus:{ref}"
    for number in range(count):
        at_ms = now_ms - YEAR_MS + number * YEAR_MS // count
        job_id, step = f"{ref}-{number // STEPS}", number % STEPS
        kind, debit, credit = (("grant", "issuer", bonus), ("reserve", bonus, "spent"), ("settle", bonus, "spent"))[
            step
        ]
        yield f"{kind}:{job_id}", kind, debit, credit, AMOUNT, None if step == 0 else job_id, at_ms


async def measure() -> tuple[dict[int, Answers], int]:
    """Answers by rate, and how many lines there were."""
    answers, lines = {rate: Answers() for rate in RATES}, 0

    def prepare(bot: Bot, town: Town) -> None:
        nonlocal lines
        say(f"credits: writing {LINES:,} lines")
        write_books(bot.database, town)
        lines = count_lines(bot.database)

    with workplace() as folder:
        async with street(folder, prepare=prepare, CREDITS__DEFAULT_ALLOWANCE="1") as pair:
            say("credits: warming up")
            for ask in (pair.floor.ask, *(_asking(pair, name) for name in ASKED)):
                town = pair.floor if ask == pair.floor.ask else pair.klapper
                await ask_at(town, 20, WARM_UP, ask)
            for rate in RATES:
                for turn in range(TURNS[rate]):
                    say(f"credits: {rate} per second, turn {turn + 1} of {TURNS[rate]}")
                    await _one_turn(pair, rate, answers[rate])
            return answers, lines


async def _one_turn(pair: Street, rate: int, answers: Answers) -> None:
    count = round(rate * SECONDS[rate])
    answers.floor += await ask_at(pair.floor, rate, count)
    for name in ASKED:
        answers.of[name] += await ask_at(pair.klapper, rate, count, _asking(pair, name))


def _asking(pair: Street, name: str) -> Callable[[], str]:
    command, options = ASKED[name]
    return lambda: pair.klapper.ask_command(command, options)


def count_lines(file: Path) -> int:
    """How many lines the books have."""
    with closing(sqlite3.connect(file)) as database:
        return int(database.execute("SELECT COUNT(*) FROM transfers").fetchone()[0])


def print_report(answers: dict[int, Answers], lines: int) -> None:
    rows, targets = [], []
    for rate, of_rate in answers.items():
        floor = Spread.of(of_rate.floor)
        for name, times in of_rate.of.items():
            spread = Spread.of(times)
            ratio = spread.p50 / floor.p50
            lost = times.count(LOST_MS)
            row = [name, rate, ratio, spread.p99 / floor.p99, spread.p50, floor.p50, spread.p99, floor.p99, lost]
            rows.append(row)
            if rate == JUDGED_AT:
                targets.append(Target(f"{name}, p50 over the floor's at {rate}/s", LARGEST_RATIO, ratio, "x"))
    section(
        "Credits with a long past",
        f"`/credits balance`, and a `/video` that is refused for want of credits, with {lines:,} lines in the books; "
        "the floor is that of the acknowledgement.",
        targets,
        table(["asked", "per second", "p50 ratio", "p99 ratio", "p50 ms", "floor", "p99 ms", "floor", "lost"], rows),
    )


if __name__ == "__main__":
    print_report(*asyncio.run(measure()))
