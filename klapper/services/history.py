"""What moved on members' accounts: page by page, and whole for files."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from klapper.clock import DAY_MS, Clock
from klapper.database.database import Database
from klapper.jobs.cards import CardPlace, CardStore
from klapper.ledger.ledger import Ledger
from klapper.ledger.records import Line, Movement
from klapper.ledger.statement import Statement

PAGE_LINES = 2_000  # of one member, read at a time


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """A movement. card: where its job's card is, None without one that can be seen."""

    moved: Movement
    card: CardPlace | None = None


@dataclass(frozen=True, slots=True)
class MemberLines:
    """Some transfers of one member, newest first. user_id: None for who is forgotten."""

    member_ref: int
    user_id: int | None
    lines: Sequence[Line]


class HistoryDesk:
    """Keeps: nobody is shown a movement of another guild. A long history is read in pages, each a snapshot of its own:
    lines are never changed, so together they are as good as one.
    """

    def __init__(
        self, *, database: Database, clock: Clock, ledger: Ledger, statement: Statement, cards: CardStore
    ) -> None:
        self._database = database
        self._clock = clock
        self._ledger = ledger
        self._statement = statement
        self._cards = cards

    async def page(self, guild_id: int, user_id: int, *, skip: int = 0, rows: int = 15) -> Sequence[HistoryLine]:
        """What moved for a member, newest first, at most `rows` lines without the first `skip`."""
        async with self._database.read() as tx:
            member_ref = await self._ledger.find_member(tx, guild_id, user_id)
            if member_ref is None:
                return []
            moved = await self._statement.movements(tx, member_ref, skip=skip, rows=rows)
            places = await self._cards.places(tx, {one.job_id for one in moved if one.job_id is not None})
        return [HistoryLine(one, places.get(one.job_id or "")) for one in moved]

    async def of_member(self, guild_id: int, user_id: int) -> AsyncIterator[MemberLines]:
        """All transfers of a member, page by page, newest first."""
        async with self._database.read() as tx:
            member_ref = await self._ledger.find_member(tx, guild_id, user_id)
        if member_ref is not None:
            async for page in self._pages(member_ref, user_id, 0):
                yield page

    async def of_guild(self, guild_id: int, days: int) -> AsyncIterator[MemberLines]:
        """All transfers of a guild's members in the last days, member by member."""
        since_ms = self._clock.now_ms() - days * DAY_MS
        async with self._database.read() as tx:
            members = await self._statement.members(tx, guild_id)
        for member_ref, user_id in members.items():
            async for page in self._pages(member_ref, user_id, since_ms):
                yield page

    async def _pages(self, member_ref: int, user_id: int | None, since_ms: int) -> AsyncIterator[MemberLines]:
        before: dict[str, int] = {}
        while True:
            async with self._database.read() as tx:
                lines = await self._statement.lines(tx, member_ref, rows=PAGE_LINES, since_ms=since_ms, **before)
            if lines:
                yield MemberLines(member_ref, user_id, lines)
            if len(lines) < PAGE_LINES:
                return
            before = {"before_seq": lines[-1].seq}
