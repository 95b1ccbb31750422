"""Whose credits a manager or another member moved hears of it once, by direct message, and why."""

from __future__ import annotations

import hashlib
import logging

from klapper.clock import DAY_MS, Clock
from klapper.database.database import Database
from klapper.errors import DeliveryError
from klapper.ledger.ledger import Ledger
from klapper.ledger.records import member_of_actor
from klapper.moderation.credit_orders import CreditOrderStore, OrderNews
from klapper.services.alarm import Alarm
from klapper.services.messenger import Messenger
from klapper.services.notices import Notice, read
from klapper.services.telling import NONCE_HOLDS_MS

_log = logging.getLogger(__name__)

LOOK_EVERY_S = 300.0
RETRY_S = 60.0
GIVE_UP_AFTER_MS = DAY_MS  # it is a courtesy: who cannot be told finds it in `/credits history`


class CreditNews:
    """Keeps:

    - one message per movement, also when the process died between the commit and the message: what was sent although
      the answer was lost is looked for before it is sent again;
    - nobody is pinged in public, and a member who takes no direct messages is not tried again.
    """

    def __init__(
        self, *, database: Database, clock: Clock, ledger: Ledger, orders: CreditOrderStore, messenger: Messenger
    ) -> None:
        self._database = database
        self._clock = clock
        self._ledger = ledger
        self._orders = orders
        self._messenger = messenger
        self._alarm = Alarm(clock)

    def wake(self) -> None:
        """Somebody is to be told."""
        self._alarm.ring()

    async def run(self) -> None:
        """Tell for ever."""
        while True:
            self._alarm.clear()
            await self._alarm.wait(await self._tell_all())

    async def _tell_all(self) -> float:
        async with self._database.read() as tx:
            due = await self._orders.with_news(tx)
        again_in_s = LOOK_EVERY_S
        for news in due:
            try:
                await self._tell(news)
            except DeliveryError as error:
                _log.warning("a movement is not told yet", extra={"entry_id": news.entry_id, "reason": error.reason})
                again_in_s = RETRY_S
        return again_in_s

    async def _tell(self, news: OrderNews) -> None:
        """Raises DeliveryError (`try_later`)."""
        notice = await self._notice(news)
        if notice is None:
            await self._end(news, is_told=False)
            return
        try:
            if not await self._was_told(news, notice):
                await self._send(notice)
        except DeliveryError as error:
            is_hopeless = self._clock.now_ms() - notice.at_ms > GIVE_UP_AFTER_MS
            if error.reason == "try_later" and not is_hopeless:
                raise
            _log.info("a movement cannot be told", extra={"entry_id": news.entry_id, "reason": error.reason})
            await self._end(news, is_told=False)
        else:
            await self._end(news, is_told=True)

    async def _notice(self, news: OrderNews) -> Notice | None:
        """None for somebody who is forgotten."""
        entry = news.entry
        assert entry.member_ref is not None
        by_ref = member_of_actor(entry.actor)
        async with self._database.read() as tx:
            users = await self._ledger.users(tx, filter(None, (entry.member_ref, by_ref)))
        if entry.member_ref not in users:
            return None
        amount, purse = read(entry.detail)
        return Notice(
            entry_id=news.entry_id,
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

    async def _was_told(self, news: OrderNews, notice: Notice) -> bool:
        """Whether an earlier try got through."""
        if news.tried_at_ms is None:
            return False
        try:
            return await self._messenger.was_notified(notice)
        except DeliveryError as error:
            if error.reason == "try_later":
                raise
            # Perhaps. Repeated soon, it is the same message; later, better not at all than twice.
            return self._clock.now_ms() - news.tried_at_ms > NONCE_HOLDS_MS

    async def _send(self, notice: Notice) -> None:
        async with self._database.write() as tx:
            await self._orders.try_news(tx, notice.entry_id, self._clock.now_ms())
        await self._messenger.notify(notice, _nonce(notice.entry_id))

    async def _end(self, news: OrderNews, *, is_told: bool) -> None:
        async with self._database.write() as tx:
            await self._orders.end_news(tx, news.entry_id, is_told=is_told)


def _nonce(entry_id: int) -> str:
    """Equal for repeated messages about one movement. 25 characters at most."""
    return hashlib.sha256(f"movement:{entry_id}".encode()).hexdigest()[:24]
