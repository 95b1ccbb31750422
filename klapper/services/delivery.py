"""The one way out: a finished clip reaches its requester, and everybody who asked hears how it ended.

The ladder: into the card as a file, into the card as a link, as a reply to a card that can no longer be edited, into
the requester's DM. A row is `pending` until one of them held; a crash repeats a step that looks the same when repeated.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

from klapper.clock import DAY_MS, HOUR_MS, SECOND_MS, Clock
from klapper.database.database import Database, Writer
from klapper.errors import DeliveryError, JobConflict
from klapper.jobs.cards import CardStore, Post
from klapper.jobs.deliveries import QUIET, Delivery, DeliveryStore
from klapper.jobs.job import DeliveryState, Job
from klapper.ledger.ledger import Ledger
from klapper.ledger.records import KLAPPER
from klapper.services.alarm import Alarm
from klapper.services.cards import NONCE_HOLDS_MS, CardBoard, nonce
from klapper.services.media_shelf import MediaShelf
from klapper.services.messenger import ClipFile, MessageRef, Messenger
from klapper.services.provider import Provider
from klapper.services.views import MEDIA_KEPT_MS, JobView, JobViews

_log = logging.getLogger(__name__)

AT_ONCE = 4
LONGEST_REST_S = 60.0
SWEEP_EVERY_MS = HOUR_MS
RETRIES_S = (5, 15, 60, 300, 900, 1800)  # the last one again and again
HOPELESS_AFTER = 4  # tries at a clip that is gone or broken: it will not come back

_HOPELESS = frozenset({"media_gone", "media_broken"})
_NO_WAY_THERE = frozenset({"card_deleted", "channel_gone", "forbidden", "dm_closed"})
_DIRECT = 0  # stands for the guild where an upload limit is learned in DMs, which have their own


class Inspect(Protocol):
    """Raises DeliveryError `media_broken` unless the file is a clip that plays."""

    def __call__(self, path: Path, /) -> Awaitable[object]: ...


class Delivering:
    """Keeps:

    - a delivery ends as delivered, undeliverable or removed, and until then it is tried again, restarts included;
    - exactly one visible clip: editing a card repeats to the same clip, and a post is looked for before it is repeated;
    - a clip that is gone for good is refunded in the transaction that says so;
    - the requester gets one ping, when everything else is done.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        deliveries: DeliveryStore,
        cards: CardStore,
        ledger: Ledger,
        views: JobViews,
        board: CardBoard,
        messenger: Messenger,
        provider: Provider,
        inspect: Inspect,
        shelf: MediaShelf,
        moved: Callable[[DeliveryState], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._deliveries = deliveries
        self._cards = cards
        self._ledger = ledger
        self._views = views
        self._board = board
        self._messenger = messenger
        self._provider = provider
        self._inspect = inspect
        self._shelf = shelf
        self._moved = moved
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._swept_at_ms = 0
        self._alarm = Alarm(clock)

    def wake(self) -> None:
        """There may be something to deliver."""
        self._alarm.ring()

    async def run(self) -> None:
        """Deliver for ever."""
        try:
            while True:
                self._alarm.clear()
                await self._alarm.wait(await self._start_due())
        finally:
            for task in self._busy.values():
                task.cancel()

    async def _start_due(self) -> float:
        now_ms = self._clock.now_ms()
        async with self._database.read() as tx:
            due = await self._deliveries.due(tx, now_ms, rows=AT_ONCE + len(self._busy))
            next_ms = await self._deliveries.next_due_ms(tx, now_ms)
        for delivery in due:
            if delivery.job_id not in self._busy and len(self._busy) < AT_ONCE:
                self._busy[delivery.job_id] = asyncio.create_task(self._step(delivery))
        if now_ms - self._swept_at_ms > SWEEP_EVERY_MS:
            self._swept_at_ms = now_ms
            await self._sweep()
        if next_ms is None:
            return LONGEST_REST_S
        return min(LONGEST_REST_S, (next_ms - now_ms) / SECOND_MS)

    async def _sweep(self) -> None:
        async with self._database.read() as tx:
            needed = await self._deliveries.pending(tx)
        await asyncio.to_thread(self._shelf.sweep, needed)

    async def _step(self, delivery: Delivery) -> None:
        """One try at one delivery; what goes wrong is written down and tried again later."""
        try:
            await self._deliver(delivery)
        except DeliveryError as error:
            await self._retry(delivery, error.reason)
        except JobConflict:
            _log.info("delivery moved meanwhile", extra={"job_id": delivery.job_id})
        except Exception:
            _log.exception("delivery crashed", extra={"job_id": delivery.job_id})
            await self._retry(delivery, "internal_error")
        finally:
            del self._busy[delivery.job_id]
            self.wake()

    async def _deliver(self, delivery: Delivery) -> None:
        view = await self._views.get(delivery.job_id)
        if view is None or view.delivery is None:
            return
        if view.delivery.state is DeliveryState.PENDING:
            await self._bring(view, view.delivery)
            view = await self._views.get(delivery.job_id)
            assert view is not None
        if view.delivery is not None and view.delivery.told_at_ms is None:
            await self._tell(view)

    # The clip

    async def _bring(self, view: JobView, delivery: Delivery) -> None:
        try:
            size = await self._fetch(view, delivery)
        except DeliveryError as error:
            if error.reason == "too_large":
                size = None  # too large to load here: the link is what can be given
            elif self._is_hopeless(view, delivery, error):
                await self._give_up(delivery, "no_media")
                return
            else:
                raise
        await self._show(view, delivery, size)

    async def _fetch(self, view: JobView, delivery: Delivery) -> int:
        """The clip's bytes on disk, loaded now if it is not there."""
        job_id = view.job.job_id
        size = self._shelf.size_bytes(job_id)
        if delivery.media_path and size is not None:
            return size
        if view.job.media_url is None:
            raise DeliveryError("media_gone", f"Segmind named no clip for job {job_id}.")
        path = self._shelf.path(job_id)
        await self._provider.download(view.job.media_url, path, self._inspect)
        async with self._database.write() as tx:
            await self._deliveries.keep_media(tx, job_id, path.name)
        return path.stat().st_size

    def _is_hopeless(self, view: JobView, delivery: Delivery, error: DeliveryError) -> bool:
        if view.job.media_url is None:
            return True
        kept_until_ms = (view.job.finished_at_ms or 0) + MEDIA_KEPT_MS + DAY_MS
        if self._clock.now_ms() > kept_until_ms:
            return True
        # The try before met the same: a long outage must not turn the first broken download into the last.
        again = error.reason in _HOPELESS and delivery.reason == error.reason
        return again and delivery.attempts + 1 >= HOPELESS_AFTER

    async def _show(self, view: JobView, delivery: Delivery, size: int | None) -> None:
        """Down the ladder until a step holds. Raises DeliveryError when the same steps should be tried later."""
        try:
            await self._show_in_place(view, delivery, size)
        except DeliveryError as error:
            if error.reason not in _NO_WAY_THERE:
                raise
            await self._send_dm(view, delivery, size)

    async def _show_in_place(self, view: JobView, delivery: Delivery, size: int | None) -> None:
        """As a file if the place takes it, else as a link."""
        limit = await self._limit(view.job)
        clip = self._clip(view) if size is not None and size <= limit else None
        try:
            await self._show_at_card(view, delivery, clip)
        except DeliveryError as error:
            if error.reason != "too_large" or clip is None:
                raise
            await self._learn(view.job, size or 0)
            await self._show_at_card(view, delivery, None)

    async def _show_at_card(self, view: JobView, delivery: Delivery, clip: ClipFile | None) -> None:
        """In the card, or in a reply to it when it is too old to be edited."""
        try:
            await self._show_on_card(view, delivery, clip)
        except DeliveryError as error:
            if error.reason != "too_old":
                raise
            await self._reply(view, delivery, clip)

    async def _show_on_card(self, view: JobView, delivery: Delivery, clip: ClipFile | None) -> None:
        way = "attached" if clip else "linked"
        await self._board.show_clip(view.job.job_id, way, clip, self._ended(delivery, DeliveryState.DELIVERED, way=way))
        self._announce(delivery, DeliveryState.DELIVERED, way)

    async def _reply(self, view: JobView, delivery: Delivery, clip: ClipFile | None) -> None:
        async with self._database.read() as tx:
            there = await self._cards.get(tx, view.job.job_id)  # it may have been placed just now
        assert there is not None
        assert there.message_id is not None
        card = MessageRef(there.channel_id, there.message_id)

        async def post() -> MessageRef:
            return await self._messenger.reply_with_clip(
                view.as_delivered("replied"), card, clip, nonce(view.job.job_id, "clip")
            )

        await self._post_once(view, delivery, "replied", card.channel_id, post)

    async def _send_dm(self, view: JobView, delivery: Delivery, size: int | None) -> None:
        """The card is nobody's any more: bring the clip to its requester. No way there: it stays on disk."""
        clip = self._clip(view) if size is not None else None

        async def post() -> MessageRef:
            shown = view.as_delivered("dm")
            key = nonce(view.job.job_id, "clip")
            try:
                return await self._messenger.send_clip(shown, clip, key)
            except DeliveryError as error:
                if error.reason != "too_large" or clip is None:
                    raise
                return await self._messenger.send_clip(shown, None, key)

        try:
            await self._post_once(view, delivery, "dm", None, post)
        except DeliveryError as error:
            if error.reason == "try_later":
                raise
            await self._give_up(delivery, "unreachable")

    async def _post_once(
        self,
        view: JobView,
        delivery: Delivery,
        way: str,
        channel_id: int | None,
        post: Callable[[], Awaitable[MessageRef]],
    ) -> None:
        """Post, unless an earlier post whose answer was lost is there already."""
        job_id, now_ms = view.job.job_id, self._clock.now_ms()
        async with self._database.read() as tx:
            tried = await self._cards.post(tx, job_id, "clip")
        message = None
        if tried is not None and now_ms - tried.tried_at_ms > NONCE_HOLDS_MS:
            message = await self._find_clip(view, channel_id)
        if message is None:
            async with self._database.write() as tx:
                await self._cards.try_post(tx, job_id, "clip", now_ms)
            message = await post()
        async with self._database.write() as tx:
            await self._cards.posted(tx, job_id, "clip", message.message_id)
            await self._ended(delivery, DeliveryState.DELIVERED, way=way)(tx)
            if way == "dm":
                await self._deliveries.told(tx, job_id, now_ms)
        self._announce(delivery, DeliveryState.DELIVERED, way)

    async def _find_clip(self, view: JobView, channel_id: int | None) -> MessageRef | None:
        """Our message with the clip. The ping names the job as well, when an earlier end was told."""
        found = await self._messenger.find_reply(view, channel_id)
        async with self._database.read() as tx:
            ping = await self._cards.post(tx, view.job.job_id, "end")
        is_ping = found is not None and ping is not None and found.message_id == ping.message_id
        return None if is_ping else found

    async def _give_up(self, delivery: Delivery, reason: str) -> None:
        """No way left. no_media: refunded, the operator's loss. unreachable: stays charged, the file is kept."""
        now_ms = self._clock.now_ms()
        async with self._database.write() as tx:
            await self._deliveries.move(tx, delivery, DeliveryState.UNDELIVERABLE, reason=reason, now_ms=now_ms)
            if reason == "no_media":
                await self._ledger.refund(tx, delivery.job_id, actor=KLAPPER, reason=reason, now_ms=now_ms)
            else:
                await self._deliveries.told(tx, delivery.job_id, now_ms)
        self._announce(delivery, DeliveryState.UNDELIVERABLE, reason)
        self._board.changed(delivery.job_id, ended=True)

    def _ended(self, delivery: Delivery, to: DeliveryState, *, way: str) -> Callable[[Writer], Awaitable[None]]:
        async def commit(tx: Writer) -> None:
            await self._deliveries.move(tx, delivery, to, way=way, now_ms=self._clock.now_ms())

        return commit

    def _clip(self, view: JobView) -> ClipFile:
        prompt = view.job.job_id if view.request is None else view.request.filled.prompt
        return ClipFile(self._shelf.path(view.job.job_id), prompt)

    async def _limit(self, job: Job) -> int:
        said = await self._messenger.upload_limit_bytes(job.guild_id)
        async with self._database.read() as tx:
            learned = await self._deliveries.upload_limit(tx, _limits_of(job))
        return said if learned is None else min(said, learned)

    async def _learn(self, job: Job, refused_bytes: int) -> None:
        _log.warning("upload limit learned", extra={"guild_id": _limits_of(job), "refused_bytes": refused_bytes})
        async with self._database.write() as tx:
            await self._deliveries.learn_upload_limit(tx, _limits_of(job), refused_bytes - 1)

    def _announce(self, delivery: Delivery, to: DeliveryState, how: str) -> None:
        _log.info("delivery moved", extra={"job_id": delivery.job_id, "to": to.value, "how": how})
        self._moved(to)

    # The ping, and trying again

    async def _tell(self, view: JobView) -> None:
        """The card shows the end first; then its requester is pinged, once, unless they ended it themselves."""
        assert view.delivery is not None
        job_id, now_ms = view.job.job_id, self._clock.now_ms()
        shown = await self._board.flush(job_id) or _unedited(view)
        if shown is not None and view.delivery.way != QUIET:
            async with self._database.read() as tx:
                tried = await self._cards.post(tx, job_id, "end")
            if _may_ping(tried, view.delivery, now_ms):
                await self._ping(view, shown, view.delivery.since_ms, now_ms)
        async with self._database.write() as tx:
            await self._deliveries.told(tx, job_id, now_ms)

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

    async def _retry(self, delivery: Delivery, reason: str) -> None:
        rest_s = RETRIES_S[min(delivery.attempts, len(RETRIES_S) - 1)]
        _log.warning("delivery tried again later", extra={"job_id": delivery.job_id, "reason": reason, "in_s": rest_s})
        not_before_ms = self._clock.now_ms() + rest_s * SECOND_MS
        async with self._database.write() as tx:
            await self._deliveries.retry(tx, delivery.job_id, reason=reason, not_before_ms=not_before_ms)


def _limits_of(job: Job) -> int:
    """Whose upload limit counts."""
    return _DIRECT if job.deliver_to == "dm" else job.guild_id


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
