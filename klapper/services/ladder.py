"""The ways a clip can reach its requester, one after the other, until one holds.

Into the card, as a reply to a card that can no longer be edited, into the requester's DM; in each place as a file that
it takes (`packing.py`), else as a link.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Literal

from klapper.clips.facts import ClipFacts
from klapper.clock import Clock
from klapper.database.database import Database, Writer
from klapper.errors import DeliveryError, JobConflict
from klapper.jobs.cards import CardStore
from klapper.jobs.deliveries import Delivery, DeliveryStore
from klapper.jobs.job import DeliveryState
from klapper.services.cards import CardBoard, nonce
from klapper.services.media_shelf import MediaShelf
from klapper.services.messenger import DIRECT, MessageRef, Messenger
from klapper.services.packing import Packing, Parcel
from klapper.services.upload_limits import UploadLimits, place_of
from klapper.services.views import JobView

_log = logging.getLogger(__name__)

Way = Literal["attached", "linked", "replied", "dm"]

MOST_REFUSALS = 3  # of one clip in one place for its size: the clip, a copy, a smaller copy; then it is a link

_NO_WAY_THERE = frozenset({"card_deleted", "channel_gone", "forbidden", "dm_closed"})


class Ladder:
    """Keeps:

    - exactly one visible clip: editing a card repeats to the same clip, a post without an answer is looked for before
      the clip goes anywhere, and the card is looked at before the clip goes elsewhere. Where the bot may not look any
      more, it may be there a second time (ADR 0016);
    - a delivery is `delivered` only after a message carries the clip or its link;
    - of a job that is deleted on the way nothing more is posted, and what was posted by then is on record, to be taken
      away;
    - a clip that is too large for a place is tried there MOST_REFUSALS times at most before it is a link.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        deliveries: DeliveryStore,
        cards: CardStore,
        board: CardBoard,
        messenger: Messenger,
        shelf: MediaShelf,
        packing: Packing,
        limits: UploadLimits,
    ) -> None:
        self._database = database
        self._clock = clock
        self._deliveries = deliveries
        self._cards = cards
        self._board = board
        self._messenger = messenger
        self._shelf = shelf
        self._packing = packing
        self._limits = limits

    async def bring(self, view: JobView, delivery: Delivery, clip: ClipFacts | None) -> Way | None:
        """Show the clip and write that down; the way it went, None when its requester cannot be reached.

        clip: on disk, None for one that can only be linked. Raises DeliveryError when the same
        ways should be tried later, JobConflict when the delivery moved meanwhile.
        """
        try:
            return await self._first_way(view, delivery, clip)
        except JobConflict:
            # Deleted meanwhile, since nothing else moves a pending delivery: the loaded or posted clip goes too.
            self._shelf.remove(view.job.job_id)
            self._board.changed(view.job.job_id, ended=True)
            raise

    async def _first_way(self, view: JobView, delivery: Delivery, clip: ClipFacts | None) -> Way | None:
        # A post can make the card's way free, as a reply wakes its thread, and a closed channel can open again.
        way = await self._already_posted(view, delivery)
        if way is not None:
            return way
        try:
            return await self._in_place(view, delivery, clip)
        except DeliveryError as error:
            if error.reason not in _NO_WAY_THERE:
                raise
        try:
            return await self._already_in_card(view, delivery) or await self._in_dm(view, delivery, clip)
        except DeliveryError as error:
            if error.reason not in _NO_WAY_THERE:
                raise
            return None

    async def _in_place(self, view: JobView, delivery: Delivery, clip: ClipFacts | None) -> Way:
        async def bring(parcel: Parcel) -> Way:
            return await self._at_card(parcel, delivery)

        return await self._as_it_fits(view, place_of(view.job), clip, bring)

    async def _as_it_fits(
        self, view: JobView, place: int, clip: ClipFacts | None, bring: Callable[[Parcel], Awaitable[Way]]
    ) -> Way:
        """As a file that the place takes, smaller each time that it does not; else as a link."""
        for _ in range(MOST_REFUSALS):
            parcel = await self._packing.pack(view, place, clip)
            view = parcel.view
            try:
                return await bring(parcel)
            except DeliveryError as error:
                if error.reason != "too_large" or parcel.clip is None:
                    raise
                await self._limits.learn(place, parcel.bytes)
        _log.warning("clip refused for its size each time: linked", extra={"job_id": view.job.job_id})
        return await bring(await self._packing.link(view))

    async def _at_card(self, parcel: Parcel, delivery: Delivery) -> Way:
        """In the card, or in a reply to it when it is too old to be edited or its thread has to be woken."""
        way: Way = "attached" if parcel.clip else "linked"
        job_id = parcel.view.job.job_id
        try:
            await self._board.show_clip(job_id, way, parcel.clip, self._delivered(delivery, way))
        except DeliveryError as error:
            if error.reason not in ("too_old", "archived"):
                raise
            return await self._already_in_card(parcel.view, delivery) or await self._reply(parcel, delivery)
        return way

    async def _already_in_card(self, view: JobView, delivery: Delivery) -> Way | None:
        """The way it went when an earlier edit got through although nobody heard of it."""
        card = await self._card(view.job.job_id)
        if card is None:
            return None
        try:
            way = await self._messenger.clip_on_card(view, card)
        except DeliveryError as error:
            if error.reason == "try_later":
                raise
            return None  # nobody can see it there, or only others can
        if way is not None:
            async with self._database.write() as tx:
                await self._delivered(delivery, way)(tx)
        return way

    async def _card(self, job_id: str) -> MessageRef | None:
        async with self._database.read() as tx:
            card = await self._cards.get(tx, job_id)  # it may have been placed just now
        return None if card is None or card.message_id is None else MessageRef(card.channel_id, card.message_id)

    async def _reply(self, parcel: Parcel, delivery: Delivery) -> Way:
        job_id = parcel.view.job.job_id
        card = await self._card(job_id)
        assert card is not None

        async def post() -> MessageRef:
            shown = parcel.view.as_delivered("replied")
            return await self._messenger.reply_with_clip(shown, card, parcel.clip, nonce(job_id, "clip"))

        return await self._post(delivery, "replied", post)

    async def _in_dm(self, view: JobView, delivery: Delivery, clip: ClipFacts | None) -> Way:
        """The card is nobody's any more."""

        async def bring(parcel: Parcel) -> Way:
            shown, key = parcel.view.as_delivered("dm"), nonce(view.job.job_id, "clip")
            return await self._post(delivery, "dm", partial(self._messenger.send_clip, shown, parcel.clip, key))

        now = await self._board.view(view.job.job_id)  # a copy may have been made for the card
        assert now is not None
        return await self._as_it_fits(now, DIRECT, clip, bring)

    async def _already_posted(self, view: JobView, delivery: Delivery) -> Way | None:
        """The way it went when an earlier post got through although nobody heard of it."""
        async with self._database.read() as tx:
            tried = await self._cards.post(tx, view.job.job_id, "clip")
        if tried is None:
            return None
        card = await self._card(view.job.job_id)
        places: list[tuple[Way, int | None]] = [("dm", None)]
        if card is not None:
            places.insert(0, ("replied", card.channel_id))
        for way, channel_id in places:
            try:
                message = await self._find_clip(view, channel_id, tried.tried_at_ms)
            except DeliveryError as error:
                if error.reason not in _NO_WAY_THERE:
                    raise
                continue
            if message is not None:
                await self._write_down(delivery, way, message, tried.tried_at_ms)
                return way
        return None

    async def _post(self, delivery: Delivery, way: Way, post: Callable[[], Awaitable[MessageRef]]) -> Way:
        """Post, and have it on record first that it is tried."""
        now_ms = self._clock.now_ms()
        async with self._database.write() as tx:
            await self._cards.try_post(tx, delivery.job_id, "clip", now_ms)
        await self._write_down(delivery, way, await post(), now_ms)
        return way

    async def _write_down(self, delivery: Delivery, way: Way, message: MessageRef, now_ms: int) -> None:
        """The message is on record even when the delivery moved meanwhile: then somebody has to take it away."""
        conflict = None
        async with self._database.write() as tx:
            await self._cards.posted(tx, delivery.job_id, "clip", message.message_id)
            try:
                await self._delivered(delivery, way)(tx)
            except JobConflict as error:
                conflict = error
            if way == "dm":
                await self._deliveries.told(tx, delivery.job_id, now_ms)
        if conflict is not None:
            raise conflict

    async def _find_clip(self, view: JobView, channel_id: int | None, since_ms: int) -> MessageRef | None:
        """Our message with the clip. The ping names the job as well, when an earlier end was told."""
        found = await self._messenger.find_reply(view, channel_id, since_ms=since_ms)
        async with self._database.read() as tx:
            ping = await self._cards.post(tx, view.job.job_id, "end")
        is_ping = found is not None and ping is not None and found.message_id == ping.message_id
        return None if is_ping else found

    def _delivered(self, delivery: Delivery, way: Way) -> Callable[[Writer], Awaitable[None]]:
        async def commit(tx: Writer) -> None:
            now_ms = self._clock.now_ms()
            await self._deliveries.move(tx, delivery, DeliveryState.DELIVERED, way=way, now_ms=now_ms)

        return commit
