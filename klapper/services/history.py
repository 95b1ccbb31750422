"""What moved on members' accounts: page by page, and whole for files."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

from klapper.clock import DAY_MS, Clock
from klapper.database.database import Database, Reader
from klapper.jobs.cards import CardPlace, CardStore
from klapper.ledger.ledger import Ledger
from klapper.ledger.records import Kind, Line, Movement
from klapper.ledger.statement import Statement
from klapper.moderation.audit import Action
from klapper.moderation.credit_orders import CreditOrderStore

PAGE_LINES = 2_000  # of one member, read at a time
_WITH_WORDS = {
    Kind.GRANT: Action.CREDITS_GRANTED,
    Kind.REVOKE: Action.CREDITS_REVOKED,
    Kind.REFUND: Action.CREDITS_REFUNDED,
}


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """A movement. card: where its job's card is, None where nobody can see one. words: of the manager who did it."""

    moved: Movement
    card: CardPlace | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class MemberLines:
    """Some transfers of one member, newest first. user_id: None for who is forgotten.

    words: of the managers who did them, by the number of the line.
    """

    member_ref: int
    user_id: int | None
    lines: Sequence[Line]
    words: Mapping[int, str] = field(default_factory=dict)


class HistoryDesk:
    """Keeps: nobody is shown a movement of another guild. A long history is read in pages, each a snapshot of its own:
    lines are never changed, so together they are as good as one.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        ledger: Ledger,
        statement: Statement,
        cards: CardStore,
        orders: CreditOrderStore,
    ) -> None:
        self._database = database
        self._clock = clock
        self._ledger = ledger
        self._statement = statement
        self._cards = cards
        self._orders = orders

    async def page(self, guild_id: int, user_id: int, *, skip: int = 0, rows: int = 15) -> Sequence[HistoryLine]:
        """What moved for a member, newest first, at most `rows` lines without the first `skip`."""
        async with self._database.read() as tx:
            member_ref = await self._ledger.find_member(tx, guild_id, user_id)
            if member_ref is None:
                return []
            moved = await self._statement.movements(tx, member_ref, skip=skip, rows=rows)
            places = await self._cards.places(tx, {one.job_id for one in moved if one.job_id is not None})
            words = await self._words(tx, member_ref, moved)
        return [HistoryLine(one, places.get(one.job_id or ""), said) for one, said in zip(moved, words, strict=True)]

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
                words = await self._words(tx, member_ref, lines)
            if lines:
                said = {line.seq: one for line, one in zip(lines, words, strict=True) if one}
                yield MemberLines(member_ref, user_id, lines, said)
            if len(lines) < PAGE_LINES:
                return
            before = {"before_seq": lines[-1].seq}

    async def _words(self, tx: Reader, member_ref: int, moved: Sequence[Movement | Line]) -> list[str]:
        """What the manager who did it wrote, for each; empty where nobody did. What was done is told by its moment."""
        times_ms = {one.at_ms for one in moved if one.kind in _WITH_WORDS}
        written = await self._orders.words(tx, member_ref, times_ms) if times_ms else {}
        return [_words_about(one, written) for one in moved]


def _words_about(moved: Movement | Line, written: Mapping[tuple[int, Action], str]) -> str:
    action = _WITH_WORDS.get(moved.kind)
    return "" if action is None else written.get((moved.at_ms, action), "")
