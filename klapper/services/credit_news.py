"""Whose credits a manager or another member moved hears of it once, and why."""

from __future__ import annotations

from collections.abc import Sequence

from klapper.clock import Clock
from klapper.database.database import Database, Reader, Writer
from klapper.ledger.ledger import Ledger
from klapper.ledger.records import member_of_actor
from klapper.moderation.credit_orders import CreditOrderStore, OrderNews
from klapper.services.courtesy import Courtesy, News
from klapper.services.messenger import Messenger
from klapper.services.notices import Notice, read


class CreditNews(Courtesy[OrderNews, Notice]):
    """Keeps, beyond what every courtesy does: who cannot be told finds it in `/credits history`."""

    kind = "movement"

    def __init__(
        self, *, database: Database, clock: Clock, ledger: Ledger, orders: CreditOrderStore, messenger: Messenger
    ) -> None:
        super().__init__(database=database, clock=clock)
        self._ledger = ledger
        self._orders = orders
        self._messenger = messenger

    async def _due(self, tx: Reader) -> Sequence[News[OrderNews]]:
        return [
            News(order, order.entry_id, order.entry.at_ms, order.tried_at_ms)
            for order in await self._orders.with_news(tx)
        ]

    async def _message(self, about: OrderNews) -> Notice | None:
        """None for somebody who is forgotten."""
        entry = about.entry
        assert entry.member_ref is not None
        by_ref = member_of_actor(entry.actor)
        async with self._database.read() as tx:
            users = await self._ledger.users(tx, filter(None, (entry.member_ref, by_ref)))
        if entry.member_ref not in users:
            return None
        amount, purse = read(entry.detail)
        return Notice(
            entry_id=about.entry_id,
            user_id=users[entry.member_ref],
            guild_id=entry.guild_id,
            action=entry.action,
            amount=amount,
            purse=purse,
            by=None if by_ref is None else users.get(by_ref),
            job_id=entry.job_id,
            words=entry.words,
            at_ms=entry.at_ms,
        )

    async def _was_sent(self, message: Notice) -> bool:
        return await self._messenger.was_notified(message)

    async def _send(self, message: Notice, nonce: str) -> None:
        await self._messenger.notify(message, nonce)

    async def _try(self, tx: Writer, key: int, now_ms: int) -> None:
        await self._orders.try_news(tx, key, now_ms)

    async def _end(self, tx: Writer, key: int, *, is_told: bool) -> None:
        await self._orders.end_news(tx, key, is_told=is_told)
