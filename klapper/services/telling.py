"""The end of every job: its card shows it, and its requester hears of it once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from functools import partial

from klapper.choices.choices import Notify
from klapper.choices.store import ChoiceStore
from klapper.clock import MINUTE_MS, Clock
from klapper.database.database import Database
from klapper.errors import DeliveryError
from klapper.jobs.cards import CardStore, LostReason, Post
from klapper.jobs.deliveries import QUIET, DeliveryStore
from klapper.jobs.job import DeliveryState, JobStatus
from klapper.services.cards import CardBoard, nonce
from klapper.services.messenger import MessageRef, Messenger
from klapper.services.reviewing import BLOCKED
from klapper.services.views import JobView

NONCE_HOLDS_MS = 2 * MINUTE_MS  # Discord recognises a repeated nonce for some minutes

Way = Callable[[JobView], Awaitable[MessageRef]]

# What a moderator or Segmind's content check refused is nobody else's business, as far as its requester can be reached.
_DISCREET = frozenset({JobStatus.REJECTED, JobStatus.REFUSED})
_BY_MODERATORS = frozenset({"cancelled_by_moderator", BLOCKED})
_GONE: dict[str, LostReason] = {"card_deleted": "deleted", "channel_gone": "channel_gone"}


class Telling:
    """Keeps:

    - one piece of news per end of a job, as its requester wants to hear of it, and none before the card shows that end;
    - what a moderator or Segmind refused is told in private, and in the channel only to who takes no direct messages;
      what a block cancelled, nowhere but in private;
    - who wants to hear nothing hears nothing, but in private of what a moderator declined;
    - where the card is gone, or nothing can be said below it, the news go directly;
    - what was told although the answer was lost is looked for before it is told again.
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
        choices: ChoiceStore,
    ) -> None:
        self._database = database
        self._clock = clock
        self._deliveries = deliveries
        self._cards = cards
        self._board = board
        self._messenger = messenger
        self._choices = choices

    async def tell(self, view: JobView) -> None:
        """Show the end, then tell the requester unless they ended the job themselves or want to hear nothing.

        Raises DeliveryError, and JobConflict for a job that somebody deleted.
        """
        assert view.delivery is not None
        is_quiet = view.delivery.way == QUIET
        shown = await self._flush(view)
        view = await self._with_card(view)
        shown = shown or _unedited(view)
        if not is_quiet:
            async with self._database.read() as tx:
                notify = (await self._choices.of_member(tx, view.job.member_ref)).notify
            ways = self._ways(view, shown, notify)
            if ways and not await self._was_told(view, shown):
                await self._give_news(view, ways)
        async with self._database.write() as tx:
            await self._deliveries.told(tx, view.job.job_id, self._clock.now_ms())

    async def _flush(self, view: JobView) -> MessageRef | None:
        try:
            return await self._board.flush(view.job.job_id)
        except DeliveryError as error:
            if error.reason != "archived":
                raise
            # The ping wakes the thread; then the card can be edited.
            self._board.changed(view.job.job_id, ended=True)
            return None

    def _ways(self, view: JobView, card: MessageRef | None, notify: Notify) -> list[Way]:
        """How the requester can hear of it, the first way first."""
        key = nonce(view.job.job_id, "end")
        below: list[Way] = [] if card is None else [partial(self._messenger.tell, message=card, nonce=key)]
        directly: list[Way] = [partial(self._messenger.tell_directly, nonce=key)]
        private, public = (below + directly, []) if view.job.deliver_to == "dm" else (directly, below)
        if notify == "silent":
            return private if view.job.status is JobStatus.REJECTED else []
        if view.job.status is JobStatus.CANCELLED and view.job.reason == BLOCKED:
            return private
        return private + public if notify == "dm" or _is_discreet(view) else public + private

    async def _was_told(self, view: JobView, card: MessageRef | None) -> bool:
        """Whether an earlier try got through. A late clip is another end than the one that was told before it came."""
        assert view.delivery is not None
        async with self._database.read() as tx:
            tried = await self._cards.post(tx, view.job.job_id, "end")
        if tried is None or tried.tried_at_ms < view.delivery.since_ms:
            return False
        if tried.message_id is not None:
            return True
        try:
            found = await self._find_news(view, card, tried)
        except DeliveryError as error:
            if error.reason == "try_later":
                raise
            # Perhaps. Repeated soon, it is the same message; later, better not at all than twice.
            return self._clock.now_ms() - tried.tried_at_ms > NONCE_HOLDS_MS
        if found is None:
            return False
        await self._write_down(view, found)
        return True

    async def _find_news(self, view: JobView, card: MessageRef | None, tried: Post) -> MessageRef | None:
        """Our message with the news. The clip's own message names the job as well."""
        async with self._database.read() as tx:
            clip = await self._cards.post(tx, view.job.job_id, "clip")
        for channel_id in _places(view, card):
            found = await self._messenger.find_reply(view, channel_id, since_ms=tried.tried_at_ms)
            if found is not None and (clip is None or clip.message_id != found.message_id):
                return found
        return None

    async def _give_news(self, view: JobView, ways: list[Way]) -> None:
        """Take the first way that is open. Where nobody can be told, the job itself is done all the same."""
        assert view.delivery is not None
        now_ms, since_ms = self._clock.now_ms(), view.delivery.since_ms
        async with self._database.write() as tx:
            await self._cards.try_post(tx, view.job.job_id, "end", now_ms, since_ms=since_ms)
        for way in ways:
            try:
                message = await way(view)
            except DeliveryError as error:
                if error.reason == "try_later":
                    raise
                view = await self._without_card(view, error)
                continue
            await self._write_down(view, message)
            return

    async def _without_card(self, view: JobView, error: DeliveryError) -> JobView:
        """The job for the next way: a card that turned out to be gone is not pointed at."""
        lost = _GONE.get(error.reason)
        if lost is None or view.job.deliver_to == "dm":
            return view
        async with self._database.write() as tx:
            await self._cards.lose(tx, view.job.job_id, lost)
        return await self._with_card(view)

    async def _with_card(self, view: JobView) -> JobView:
        """The same end, with what was learned of the job's card meanwhile."""
        async with self._database.read() as tx:
            return replace(view, card=await self._cards.get(tx, view.job.job_id))

    async def _write_down(self, view: JobView, message: MessageRef) -> None:
        job_id = view.job.job_id
        async with self._database.write() as tx:
            await self._cards.posted(tx, job_id, "end", message.message_id)
            delivery = await self._deliveries.get(tx, job_id)
        if delivery is not None and delivery.state is DeliveryState.REMOVED:
            self._board.changed(job_id, ended=True)  # deleted meanwhile: this message has to go too


def _is_discreet(view: JobView) -> bool:
    return view.job.status in _DISCREET or view.job.reason in _BY_MODERATORS


def _unedited(view: JobView) -> MessageRef | None:
    """A card that is not edited any more and can be replied to: its clip is in it, or it is too old."""
    card = view.card
    if card is None or card.message_id is None or card.lost not in ("", "too_old"):
        return None
    return MessageRef(card.channel_id, card.message_id)


def _places(view: JobView, card: MessageRef | None) -> Iterator[int | None]:
    """Where the news can be; None: in the requester's DM."""
    if card is not None:
        yield card.channel_id
    if view.job.user_id is not None and not (card is not None and view.job.deliver_to == "dm"):
        yield None
