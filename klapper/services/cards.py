"""The one message of each job: where it is, that it gets posted, and that it shows what the database says."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from weakref import WeakValueDictionary

from klapper.clock import HOUR_MS, MINUTE_MS, Clock
from klapper.database.database import Database, Writer
from klapper.errors import DeliveryError, JobConflict
from klapper.jobs.cards import CardStore, LostReason, PostStep
from klapper.jobs.job import TERMINAL, DeliveryState
from klapper.services.alarm import Alarm
from klapper.services.messenger import ClipFile, MessageRef, Messenger
from klapper.services.removal import Removal
from klapper.services.views import JobView, JobViews, MoneyState

_log = logging.getLogger(__name__)

EDITS_AT_ONCE = 4
LEAST_EDIT_PAUSE_S = 2.0  # between two edits of one card that are not its last
EDIT_PAUSE_PER_CARD_S = 0.5  # more cards that want to change, longer pauses
RETRY_S = 15.0
FORBIDDEN_RETRY_S = 120.0  # Discord shuts out who collects 10,000 refusals in ten minutes (Discord docs: Rate Limits)
GIVE_UP_AFTER_MS = HOUR_MS  # after the end of a job whose card may not be edited
LAST_EDITS_MS = 50 * MINUTE_MS  # Discord limits edits of messages older than an hour (30046): then only the last one

_LOST: dict[str, LostReason] = {
    "card_deleted": "deleted",
    "channel_gone": "channel_gone",
    "forbidden": "forbidden",
    "dm_closed": "forbidden",
    "too_old": "too_old",
}
_REASONS = {"deleted": "card_deleted", "channel_gone": "channel_gone", "forbidden": "forbidden", "too_old": "too_old"}


def edit_pause_s(waiting_cards: int) -> float:
    """How long a card rests after an edit while others want to change too."""
    return max(LEAST_EDIT_PAUSE_S, EDIT_PAUSE_PER_CARD_S * waiting_cards)


def nonce(job_id: str, step: PostStep) -> str:
    """Equal for repeated posts of one step, so that Discord makes them one message. 25 characters at most."""
    return hashlib.sha256(f"{job_id}:{step}".encode()).hexdigest()[:24]


class CardBoard:
    """Keeps:

    - a job has one card; a lost answer to a post is looked for before anything is posted again;
    - a card is edited only when it would look different, ended jobs first, within one budget for all cards;
    - one edit of a card at a time, so that an older picture never overwrites a newer one;
    - for a job that somebody deleted nothing is posted or edited, and its messages go (`Removal`).
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        cards: CardStore,
        views: JobViews,
        messenger: Messenger,
        edited: Callable[[], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._cards = cards
        self._views = views
        self._messenger = messenger
        self._edited = edited
        self._removal = Removal(database=database, clock=clock, cards=cards, messenger=messenger)
        self._wanted: dict[str, None] = {}  # in the order in which they came
        self._ended: dict[str, None] = {}  # of the wanted ones: their last edit, which goes first
        self._rests: dict[str, float] = {}  # job id -> monotonic time until which its card rests
        self._answering: set[str] = set()
        self._turns: dict[str, asyncio.Task[None]] = {}
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._alarm = Alarm(clock)

    async def view(self, job_id: str) -> JobView | None:
        """The job as it is now."""
        return await self._views.get(job_id)

    def changed(self, job_id: str, *, ended: bool = False) -> None:
        """The job looks different, perhaps. ended: it will not change any more."""
        self._wanted[job_id] = None
        if ended:
            self._ended[job_id] = None
        self._alarm.ring()

    @contextmanager
    def answering(self, job_id: str) -> Iterator[None]:
        """The card of this job, which may not exist yet, is being posted as the answer to an interaction.

        Meanwhile the board leaves it alone; afterwards it posts the card if that failed.
        """
        self._answering.add(job_id)
        try:
            yield
        finally:
            self._answering.discard(job_id)
            self.changed(job_id)

    async def place(self, view: JobView, message: MessageRef) -> None:
        """The card is this message and shows this view."""
        await self._place(view, message, shown=self._messenger.fingerprint(view), posted_at_ms=self._clock.now_ms())

    async def ensure_placed(self, job_id: str) -> MessageRef | None:
        """The card's message, found or posted now. None when it is lost or the job deleted.

        Raises DeliveryError `try_later`.
        """
        async with self._lock(job_id):
            view = await self._views.get(job_id)
            try:
                return None if view is None else await self._ensure(view)
            except JobConflict:
                return None

    async def show_clip(
        self, job_id: str, way: str, clip: ClipFile | None, commit: Callable[[Writer], Awaitable[None]]
    ) -> None:
        """Put the clip (or the link) into the card; `commit` runs in the transaction that writes down what it shows.

        Raises DeliveryError, and JobConflict for a job that somebody deleted. Repeating it after a crash is safe: the
        card gets the same single clip.
        """
        self._leave_to_answer(job_id)
        async with self._lock(job_id):
            view = await self._views.get(job_id)
            assert view is not None
            message = await self._ensure(view)
            if message is None:
                raise DeliveryError(_REASONS.get(await self._why_lost(job_id), "card_deleted"))
            shown = view.as_delivered(way)
            await self._edit(shown, message, clip)
            async with self._database.write() as tx:
                await self._cards.show(tx, job_id, self._messenger.fingerprint(shown), shown.state)
                await commit(tx)

    async def flush(self, job_id: str) -> MessageRef | None:
        """Show the newest state now, whatever the budget says: the job has ended. None when the card is lost.

        Raises DeliveryError, and JobConflict for a job that somebody deleted.
        """
        self._leave_to_answer(job_id)
        async with self._lock(job_id):
            return await self._refresh(await self._views.get(job_id))

    async def run(self) -> None:
        """Follow the changes for ever. The first round looks at every job that a stop may have left behind."""
        async with self._database.read() as tx:
            for job_id in await self._cards.unsettled(tx):
                self.changed(job_id)
        try:
            while True:
                self._alarm.clear()
                await self._alarm.wait(self._start_due())
        finally:
            for turn in self._turns.values():
                turn.cancel()

    # Below: one step

    def _start_due(self) -> float | None:
        """Start the turns of cards whose time has come; seconds until the next one's (None: until news)."""
        now_s = self._clock.monotonic_s()
        next_s: float | None = None
        # Those that ended first, then in the order in which they were wanted. A long list is not looked through.
        for job_id in itertools.chain(self._ended, self._wanted):
            if len(self._turns) >= EDITS_AT_ONCE:
                return None  # the end of a turn wakes the loop for the others
            if job_id in self._answering or job_id in self._turns or job_id not in self._wanted:
                continue
            due_s = now_s if job_id in self._ended else self._rests.get(job_id, now_s)
            if due_s <= now_s:
                self._turns[job_id] = asyncio.create_task(self._turn(job_id))
            else:
                next_s = due_s if next_s is None else min(next_s, due_s)
        return None if next_s is None else next_s - now_s

    async def _turn(self, job_id: str) -> None:
        try:
            await self._follow(job_id)
        finally:
            del self._turns[job_id]
            self._alarm.ring()

    def _leave_to_answer(self, job_id: str) -> None:
        if job_id in self._answering:
            raise DeliveryError("try_later", f"The card of job {job_id} is being posted.")

    async def _follow(self, job_id: str) -> None:
        """One card's turn: afterwards it is left alone until it changes again, or until the next try."""
        self._wanted.pop(job_id, None)
        ended = job_id in self._ended
        self._ended.pop(job_id, None)
        try:
            async with self._lock(job_id):
                again_in_s = await self._go_on(job_id)
            rest_s = edit_pause_s(len(self._wanted)) if again_in_s is None else again_in_s
            if again_in_s is not None:
                self._wanted[job_id] = None
                ended = False
        except JobConflict:
            _log.info("job deleted meanwhile", extra={"job_id": job_id})
            self._wanted[job_id] = None
            rest_s, ended = 0.0, False
        except DeliveryError as error:
            _log.warning("card not shown", extra={"job_id": job_id, "reason": error.reason})
            self._wanted[job_id] = None
            rest_s, ended = FORBIDDEN_RETRY_S if error.reason == "forbidden" else RETRY_S, False
        except Exception:
            # One card that cannot be shown must not keep the others from being shown.
            _log.exception("card crashed", extra={"job_id": job_id})
            self._wanted[job_id] = None
            rest_s, ended = RETRY_S, False
        if ended:
            self._rests.pop(job_id, None)
        else:
            self._rests[job_id] = self._clock.monotonic_s() + rest_s

    async def _go_on(self, job_id: str) -> float | None:
        """Show what there is, or take it away. Seconds until this must be repeated, None when it is done."""
        view = await self._views.get(job_id)
        if view is not None and view.is_removed:
            return await self._removal.go_on(view)
        await self._refresh(view)
        return None

    async def _refresh(self, view: JobView | None) -> MessageRef | None:
        if view is None or _is_final(view):
            return None
        message = await self._ensure(view)
        if message is None:
            return None
        job_id = view.job.job_id
        if view.card is None or view.card.message_id is None:
            view = await self._views.get(job_id)  # it was placed just now
            assert view is not None
        assert view.card is not None
        shown = self._messenger.fingerprint(view)
        if shown == view.card.shown or self._is_too_late(view):
            return message
        await self._edit(view, message, None)
        async with self._database.write() as tx:
            await self._cards.show(tx, job_id, shown, view.state)
        return message

    def _is_too_late(self, view: JobView) -> bool:
        assert view.card is not None
        posted_at_ms = view.card.posted_at_ms or 0
        return view.job.status not in TERMINAL and self._clock.now_ms() - posted_at_ms > LAST_EDITS_MS

    async def _edit(self, view: JobView, message: MessageRef, clip: ClipFile | None) -> None:
        try:
            await self._messenger.edit_card(view, message, clip)
        except DeliveryError as error:
            # A permission may come back, for which a card that has ended waits a while.
            if error.reason != "forbidden" or self._has_settled(view):
                await self._lose(view.job.job_id, error)
            raise
        self._edited()

    def _has_settled(self, view: JobView) -> bool:
        finished_at_ms = view.job.finished_at_ms
        return finished_at_ms is not None and self._clock.now_ms() - finished_at_ms > GIVE_UP_AFTER_MS

    async def _ensure(self, view: JobView) -> MessageRef | None:
        """Raises JobConflict for a job that somebody deleted."""
        if view.is_removed:
            raise JobConflict(f"Job {view.job.job_id} was deleted.")
        card = view.card
        if card is None or card.lost:
            return None
        if card.message_id is not None:
            return MessageRef(card.channel_id, card.message_id)
        try:
            return await self._find_or_post(view)
        except DeliveryError as error:
            if await self._lose(view.job.job_id, error):
                return None
            raise

    async def _find_or_post(self, view: JobView) -> MessageRef:
        job_id, now_ms = view.job.job_id, self._clock.now_ms()
        async with self._database.read() as tx:
            tried = await self._cards.post(tx, job_id, "card")
        # The answer to the interaction, or an earlier post, may be there although nobody told us.
        found = await self._find(view)
        if found is not None:
            # Nobody knows what it shows or how old it is: it is edited next, and counts as old as its job.
            await self._place(view, found, shown="", posted_at_ms=view.job.created_at_ms)
            return found
        async with self._database.write() as tx:
            await self._cards.try_post(tx, job_id, "card", now_ms)
        message = await self._messenger.post_card(view, nonce(job_id, "card"))
        # A repeated post may be answered with the message of the first, which shows an earlier state.
        shown = self._messenger.fingerprint(view) if tried is None else ""
        await self._place(view, message, shown=shown, posted_at_ms=now_ms)
        return message

    async def _place(self, view: JobView, message: MessageRef, *, shown: str, posted_at_ms: int) -> None:
        async with self._database.write() as tx:
            await self._cards.place(
                tx,
                view.job.job_id,
                channel_id=message.channel_id,
                message_id=message.message_id,
                shown=shown,
                state=view.state if shown else "",
                now_ms=posted_at_ms,
            )

    async def _find(self, view: JobView) -> MessageRef | None:
        try:
            return await self._messenger.find_card(view)
        except DeliveryError as error:
            if error.reason == "forbidden":  # reading may be forbidden where posting is not: the post decides
                return None
            raise

    async def _why_lost(self, job_id: str) -> str:
        async with self._database.read() as tx:
            card = await self._cards.get(tx, job_id)
        return "deleted" if card is None else card.lost

    async def _lose(self, job_id: str, error: DeliveryError) -> bool:
        """Write down that the card cannot be used any more, if that is what the error means."""
        lost = _LOST.get(error.reason)
        if lost is None:
            return False
        async with self._database.write() as tx:
            await self._cards.lose(tx, job_id, lost)
        return True

    def _lock(self, job_id: str) -> asyncio.Lock:
        return self._locks.setdefault(job_id, asyncio.Lock())


def _is_final(view: JobView) -> bool:
    """A card that carries its clip has more than a view can say: it is edited again only when its charge went back."""
    delivery = view.delivery
    if view.money.state is MoneyState.REFUNDED:
        return False
    return delivery is not None and delivery.state is DeliveryState.DELIVERED and delivery.way in ("attached", "linked")
