"""The one way out: a finished clip reaches its requester, and everybody who asked hears how it ended.

A row is `pending` until a way of the ladder held; a crash repeats a step that looks the same when repeated.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from klapper.clips.facts import ClipFacts
from klapper.clock import DAY_MS, HOUR_MS, SECOND_MS, Clock
from klapper.database.database import Database, DatabaseError
from klapper.errors import DeliveryError, JobConflict
from klapper.jobs.deliveries import HELD, UNREACHABLE, Delivery, DeliveryStore
from klapper.jobs.job import DeliveryState
from klapper.ledger.ledger import Ledger
from klapper.ledger.records import KLAPPER
from klapper.moderation.standings import StandingStore
from klapper.services.alarm import Alarm
from klapper.services.cards import CardBoard
from klapper.services.fetching import Fetching
from klapper.services.ladder import Ladder
from klapper.services.packing import Packing
from klapper.services.telling import Telling
from klapper.services.views import MEDIA_KEPT_MS, JobView, JobViews

_log = logging.getLogger(__name__)

AT_ONCE = 4
LONGEST_REST_S = 60.0
UNWRITTEN_REST_S = 10.0  # when the database refuses writes
RETRIES_S = (5, 15, 60, 300, 900, 1800)  # the last one again and again
# A clip that is gone or broken this often, for this long, will not come back: media hosts have bad quarters of an hour.
HOPELESS_AFTER = 4
HOPELESS_AFTER_MS = HOUR_MS
UNHEARD_AFTER = 8  # tries without an answer that says anything, more than an hour: what Segmind no longer keeps is gone

COPYING_AT_ONCE = 16  # deliveries that wait for a copy and keep no other from being brought
GIVEN_UP = "given_up"

_HOPELESS = frozenset({"media_gone", "media_broken"})


class Delivering:
    """Keeps:

    - a delivery ends as delivered, undeliverable or removed, and until then it is tried again, restarts included;
    - a clip that is gone for good is refunded in the transaction that says so;
    - a clip of a blocked member is brought to nobody and kept on disk for moderators;
    - one delivery that hangs or crashes keeps no other from going on.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        deliveries: DeliveryStore,
        ledger: Ledger,
        standings: StandingStore,
        views: JobViews,
        board: CardBoard,
        ladder: Ladder,
        telling: Telling,
        fetching: Fetching,
        packing: Packing,
        moved: Callable[[DeliveryState], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._deliveries = deliveries
        self._ledger = ledger
        self._standings = standings
        self._views = views
        self._board = board
        self._ladder = ladder
        self._telling = telling
        self._fetching = fetching
        self._packing = packing
        self._moved = moved
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._rests_until_s: dict[str, float] = {}  # of those whose next try could not be written down
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
            rows = AT_ONCE + len(self._busy) + len(self._rests_until_s)
            due = await self._deliveries.due(tx, now_ms, rows=rows)
            next_ms = await self._deliveries.next_due_ms(tx, now_ms)
        resting = self._resting()
        for delivery in due:
            if delivery.job_id in resting:
                continue
            if delivery.job_id not in self._busy and len(self._busy) < self._slots():
                self._busy[delivery.job_id] = asyncio.create_task(self._step(delivery))
        longest_s = UNWRITTEN_REST_S if resting else LONGEST_REST_S
        return longest_s if next_ms is None else min(longest_s, (next_ms - now_ms) / SECOND_MS)

    def _slots(self) -> int:
        return AT_ONCE + min(self._packing.copying, COPYING_AT_ONCE)

    def _resting(self) -> set[str]:
        now_s = self._clock.monotonic_s()
        self._rests_until_s = {job_id: until_s for job_id, until_s in self._rests_until_s.items() if until_s > now_s}
        return set(self._rests_until_s)

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
            await self._telling.tell(view)

    # The clip

    async def _bring(self, view: JobView, delivery: Delivery) -> None:
        try:
            clip = await self._fetch(view, delivery)
        except DeliveryError as error:
            if error.reason == "too_large":
                clip = None  # too large to load here: the link is what can be given
            elif error.reason == GIVEN_UP:
                await self._give_up(delivery, "no_media")
                return
            else:
                raise
        if await self._is_held(view):
            await self._give_up(delivery, HELD)
            return
        way = await self._ladder.bring(view, delivery, clip)
        if way is None:
            await self._give_up(delivery, UNREACHABLE)
        else:
            self._announce(delivery, DeliveryState.DELIVERED, way)
            self._board.changed(delivery.job_id, ended=True)  # where the clip is elsewhere, the card says so

    async def _is_held(self, view: JobView) -> bool:
        """Asked when the clip is here, which may be long after the request was accepted."""
        async with self._database.read() as tx:
            return await self._standings.block_of(tx, view.job.member_ref) is not None

    async def _fetch(self, view: JobView, delivery: Delivery) -> ClipFacts:
        """The clip on disk. Raises DeliveryError, GIVEN_UP when it cannot be had any more."""
        try:
            return await self._fetching.fetch(view)
        except DeliveryError as error:
            if not self._is_hopeless(view, delivery, error):
                raise
        found = await self._elsewhere(view, delivery)
        try:
            if found is not None:
                return await self._fetching.fetch(found)
        except DeliveryError as error:
            if error.reason not in _HOPELESS:
                raise
        raise DeliveryError(GIVEN_UP, f"The clip of job {delivery.job_id} is nowhere any more.")

    async def _elsewhere(self, view: JobView, delivery: Delivery) -> JobView | None:
        """The job with another address of its clip. Raises DeliveryError while there is time to ask again."""
        try:
            return await self._fetching.readdressed(view)
        except DeliveryError:
            if self._is_past_keeping(view) and delivery.attempts + 1 >= UNHEARD_AFTER:
                return None
            raise

    def _is_hopeless(self, view: JobView, delivery: Delivery, error: DeliveryError) -> bool:
        if error.reason == "too_large":
            return False
        if view.job.media_url is None:
            return True
        if self._is_past_keeping(view):
            return error.reason in _HOPELESS or delivery.attempts + 1 >= UNHEARD_AFTER
        # The try before met the same: a long outage must not turn the first broken download into the last.
        again = error.reason in _HOPELESS and delivery.reason == error.reason
        tried_long_enough = self._clock.now_ms() - delivery.since_ms >= HOPELESS_AFTER_MS
        return again and tried_long_enough and delivery.attempts + 1 >= HOPELESS_AFTER

    def _is_past_keeping(self, view: JobView) -> bool:
        return self._clock.now_ms() > (view.job.finished_at_ms or 0) + MEDIA_KEPT_MS + DAY_MS

    async def _give_up(self, delivery: Delivery, reason: str) -> None:
        """No way left. no_media: refunded, the operator's loss. UNREACHABLE, HELD: stays charged, the file is kept."""
        now_ms = self._clock.now_ms()
        async with self._database.write() as tx:
            await self._deliveries.move(tx, delivery, DeliveryState.UNDELIVERABLE, reason=reason, now_ms=now_ms)
            if reason == "no_media":
                await self._ledger.refund(tx, delivery.job_id, actor=KLAPPER, reason=reason, now_ms=now_ms)
            else:
                await self._deliveries.told(tx, delivery.job_id, now_ms)
        self._announce(delivery, DeliveryState.UNDELIVERABLE, reason)
        self._board.changed(delivery.job_id, ended=True)

    def _announce(self, delivery: Delivery, to: DeliveryState, how: str) -> None:
        level = logging.WARNING if to is DeliveryState.UNDELIVERABLE else logging.INFO
        _log.log(level, "delivery moved", extra={"job_id": delivery.job_id, "to": to.value, "how": how})
        self._moved(to)

    async def _retry(self, delivery: Delivery, reason: str) -> None:
        rest_s = RETRIES_S[min(delivery.attempts, len(RETRIES_S) - 1)]
        _log.warning("delivery tried again later", extra={"job_id": delivery.job_id, "reason": reason, "in_s": rest_s})
        not_before_ms = self._clock.now_ms() + rest_s * SECOND_MS
        try:
            async with self._database.write() as tx:
                await self._deliveries.retry(tx, delivery.job_id, reason=reason, not_before_ms=not_before_ms)
            self._board.changed(delivery.job_id)
        except DatabaseError:
            # Without this rest the same step would begin at once, again and again.
            _log.exception("the next try of a delivery was not written down", extra={"job_id": delivery.job_id})
            self._rests_until_s[delivery.job_id] = self._clock.monotonic_s() + UNWRITTEN_REST_S
