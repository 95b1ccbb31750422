"""Scenario tables: an operation and what must be seen after it on one line, cells two spaces apart.

    at                operation             result     allowance  bonus  held  guild  bot
    2024-01-01 09:00  grant ann 50 prize-1  yes              100     50     0    400  1000

After `at` (UTC) and the operation come its result and the numbers that a reader sees: the balance of the member
concerned and what is left of the budgets, `-` for an unlimited one. Columns that a story does not need are left out.
The audit must be clean after every line.

    set allowance 200 | set guild 400 | set bot 1000 | set period month | set zone Europe/Berlin
    grant ann 50 KEY | revoke ann 20 bonus KEY | revoke ann 20 allowance KEY | give ann bob 20 KEY
    reserve JOB ann 120 credits 84 units | settle JOB | release JOB | refund JOB | abandon JOB | late clip JOB
    roll ann | look ann
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from klapper.errors import InsufficientCredits, LedgerError
from tests.unit.ledger.books import Books, at_ms

_GAP = re.compile(r" {2,}")


def cells_of(table: str) -> list[list[str]]:
    """The lines of an aligned table as cells, blank lines left out."""
    return [_GAP.split(line.strip()) for line in table.splitlines() if line.strip()]


@dataclass(slots=True)
class Scenario:
    """Plays operations on books and remembers whose they were."""

    books: Books
    _owners: dict[str, str] = field(default_factory=dict)
    _who: str = "ann"

    async def check(self, table: str) -> None:
        """Play a table; every line must come out as it says."""
        header, *expected = cells_of(table)
        seen = [await self.play(header, row[0], row[1]) for row in expected]
        assert [header, *seen] == [header, *expected]

    async def play(self, header: Sequence[str], at: str, operation: str) -> list[str]:
        """One line as it came out: its two given cells, the result and the numbers under the header's names."""
        self.books.now_ms = at_ms(at)
        result = await self._result(operation)
        audit = await self.books.audit()
        assert audit.adds_up, (operation, audit.violations)
        numbers = {"at": at, "operation": operation, "result": result, **await self._numbers()}
        return [numbers[name] for name in header]

    async def _result(self, operation: str) -> str:
        try:
            done = await self._do(operation.split())
        except InsufficientCredits as short:
            return f"{short.account.partition(':')[0]} {short.available} of {short.needed}"
        except LedgerError:
            return "refused"
        return {True: "yes", False: "no", None: "ok"}[done]

    async def _do(self, words: Sequence[str]) -> bool | None:
        match words:
            case ["set", name, value]:
                self._set({"guild": "guild_budget", "bot": "bot_budget"}.get(name, name), value)
            case ["look", who]:
                self._who = who
            case ["roll", who]:
                self._who = who
                await self.books.roll(who)
            case ["grant", who, amount, key]:
                self._who = who
                return await self.books.grant(who, int(amount), key)
            case ["revoke", who, amount, purse, key]:
                self._who = who
                return await self.books.revoke(who, int(amount), purse, key)
            case ["give", giver, receiver, amount, key]:
                self._who = giver
                return await self.books.give(giver, receiver, int(amount), key)
            case ["reserve", job_id, who, credits, "credits", units, "units"]:
                self._who = self._owners[job_id] = who
                await self.books.reserve(job_id, who, int(credits), int(units))
            case [*verb, job_id]:
                self._who = self._owners.get(job_id, self._who)
                return await self._do_with_job(" ".join(verb), job_id)
        return None

    async def _do_with_job(self, verb: str, job_id: str) -> bool | None:
        match verb.split():
            case ["settle"]:
                await self.books.settle(job_id)
            case ["release"]:
                await self.books.release(job_id)
            case ["abandon"]:
                await self.books.release(job_id, "abandoned")
            case ["late", "clip"]:
                await self.books.late_clip(job_id)
            case ["refund"]:
                return await self.books.refund(job_id)
            case _:
                raise ValueError(f"no such operation: {verb}")
        return None

    def _set(self, name: str, value: str) -> None:
        match name:
            case "allowance" | "guild_budget" | "bot_budget":
                setattr(self.books.terms, name, int(value))
            case "period" | "zone":
                setattr(self.books.terms, name, value)
            case _:
                raise ValueError(f"no such term: {name}")

    async def _numbers(self) -> dict[str, str]:
        books = self.books
        balance, guild, bot = await books.balance(self._who), await books.guild_left(), await books.bot_left()
        return {
            "allowance": str(balance.allowance),
            "bonus": str(balance.bonus),
            "held": str(balance.held),
            "guild": str(guild.available) if books.terms.guild_budget else "-",
            "bot": str(bot.available) if books.terms.bot_budget else "-",
        }
