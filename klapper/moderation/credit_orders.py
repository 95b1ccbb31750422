"""What people did with credits, by the event that made it happen, and who is still to be told of it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from klapper.database.database import Reader, Writer
from klapper.database.queries import load_queries
from klapper.moderation.audit import Action, Entry, entry_of


@dataclass(frozen=True, slots=True)
class OrderNews:
    """Something that its member is to be told. tried_at_ms: when that was first tried, where it was."""

    entry_id: int
    entry: Entry
    tried_at_ms: int | None


class CreditOrderStore:
    """Keeps: what an event of Discord's asks for is done once, however often the event comes."""

    def __init__(self) -> None:
        self._sql = load_queries("klapper.moderation")

    async def is_done(self, tx: Reader, interaction_id: int, by_ref: int) -> bool:
        """Whether what somebody asked for by this event was done."""
        found = await tx.one(self._sql["credit_order"], interaction_id=interaction_id, by_ref=by_ref)
        return found is not None

    async def add(self, tx: Writer, entry_id: int, interaction_id: int, by_ref: int) -> None:
        """It is done; the entry of the audit says what. Whom the entry is about is to be told."""
        await tx.execute(self._sql["add_credit_order"], entry_id=entry_id, interaction_id=interaction_id, by_ref=by_ref)

    async def words(self, tx: Reader, member_ref: int, times_ms: Iterable[int]) -> dict[tuple[int, Action], str]:
        """What was written about what was done with a member's credits at these moments, as far as it is kept."""
        rows = await tx.all(
            self._sql["words_of_orders"], member_ref=member_ref, times_ms=json.dumps(sorted(set(times_ms)))
        )
        return {(row["at_ms"], Action(row["action"])): row["words"] for row in rows}

    async def with_news(self, tx: Reader) -> list[OrderNews]:
        """What is still to be told, oldest first."""
        rows = await tx.all(self._sql["credit_orders_with_news"])
        return [OrderNews(row["entry_id"], entry_of(row), row["news_tried_at_ms"]) for row in rows]

    async def try_news(self, tx: Writer, entry_id: int, now_ms: int) -> None:
        """Write down that it is about to be told; its answer may get lost."""
        await tx.execute(self._sql["try_order_news"], entry_id=entry_id, now_ms=now_ms)

    async def end_news(self, tx: Writer, entry_id: int, *, is_told: bool) -> None:
        """It was told, or cannot be."""
        await tx.execute(self._sql["end_order_news"], entry_id=entry_id, news="told" if is_told else "unheard")
