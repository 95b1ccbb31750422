"""The end of every job: its card shows it, and its requester hears of it once."""

from __future__ import annotations

from klapper.clock import Clock
from klapper.database.database import Database
from klapper.errors import DeliveryError
from klapper.jobs.cards import CardStore, Post
from klapper.jobs.deliveries import QUIET, Delivery, DeliveryStore
from klapper.services.cards import NONCE_HOLDS_MS, CardBoard, nonce
from klapper.services.messenger import MessageRef, Messenger
from klapper.services.views import JobView


class Telling:
    """Keeps: one ping per end of a job, and none before the card shows that end."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        deliveries: DeliveryStore,
        cards: CardStore,
        board: CardBoard,
        messenger: Messenger,
    ) -> None:
        self._database = database
        self._clock = clock
        self._deliveries = deliveries
        self._cards = cards
        self._board = board
        self._messenger = messenger

    async def tell(self, view: JobView) -> None:
        """Show the end, then ping the requester unless they ended the job themselves. Raises DeliveryError."""
        assert view.delivery is not None
        job_id, now_ms = view.job.job_id, self._clock.now_ms()
        shown = await self._flush(view) or _unedited(view)
        if shown is not None and view.delivery.way != QUIET:
            async with self._database.read() as tx:
                tried = await self._cards.post(tx, job_id, "end")
            if _may_ping(tried, view.delivery, now_ms):
                await self._ping(view, shown, view.delivery.since_ms, now_ms)
        async with self._database.write() as tx:
            await self._deliveries.told(tx, job_id, now_ms)

    async def _flush(self, view: JobView) -> MessageRef | None:
        try:
            return await self._board.flush(view.job.job_id)
        except DeliveryError as error:
            if error.reason != "archived":
                raise
            # The ping wakes the thread; then the card can be edited.
            self._board.changed(view.job.job_id, ended=True)
            return None

    async def _ping(self, view: JobView, card: MessageRef, since_ms: int, now_ms: int) -> None:
        async with self._database.write() as tx:
            await self._cards.try_post(tx, view.job.job_id, "end", now_ms, since_ms=since_ms)
        try:
            message = await self._messenger.tell(view, card, nonce(view.job.job_id, "end"))
        except DeliveryError as error:
            if error.reason == "try_later":
                raise
            return  # nobody can be pinged there; the job itself is done
        async with self._database.write() as tx:
            await self._cards.posted(tx, view.job.job_id, "end", message.message_id)


def _unedited(view: JobView) -> MessageRef | None:
    """A card that is not edited any more and can be replied to: its clip is in it, or it is too old."""
    card = view.card
    if card is None or card.message_id is None or card.lost not in ("", "too_old"):
        return None
    return MessageRef(card.channel_id, card.message_id)


def _may_ping(tried: Post | None, delivery: Delivery, now_ms: int) -> bool:
    """Once per end. A late clip is another end than the one that was told before it came."""
    if tried is None or tried.tried_at_ms < delivery.since_ms:
        return True
    return now_ms - tried.tried_at_ms <= NONCE_HOLDS_MS
