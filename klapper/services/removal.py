"""A deleted job's messages go: its card, the message with its clip, its ping. The job and its books stay."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from klapper.clock import DAY_MS, MINUTE_MS, Clock
from klapper.database.database import Database
from klapper.errors import DeliveryError
from klapper.jobs.cards import CardStore, Post, PostStep
from klapper.jobs.job import JobStatus
from klapper.services.messenger import MessageRef, Messenger
from klapper.services.views import JobView, MoneyState

_log = logging.getLogger(__name__)

RETRY_S = 15.0
REFUSED_RETRY_S = 600.0  # a permission may come back; Discord shuts out who collects too many refusals
GIVE_UP_AFTER_MS = DAY_MS  # of refusals
LOOK_AGAIN_S = 60.0
LATE_POST_MS = 10 * MINUTE_MS  # after that, a post that was under way at the removal has ended one way or another
MOST_FOUND = 5  # messages of one job in one channel that nobody wrote down

STEPS: tuple[PostStep, ...] = ("card", "clip", "end")  # what shows something goes first

_GONE = frozenset({"card_deleted", "channel_gone"})


class Removal:
    """Keeps:

    - what was posted for a deleted job is taken away, each message once; what is gone is written down one by one, so a
      restart goes on with the rest;
    - a message whose post was never answered is looked for until that post cannot be under way any more;
    - refusals are given up after a day, and the operator is told.

    Nothing new appears meanwhile: `CardStore.try_post` refuses.
    """

    def __init__(self, *, database: Database, clock: Clock, cards: CardStore, messenger: Messenger) -> None:
        self._database = database
        self._clock = clock
        self._cards = cards
        self._messenger = messenger

    async def go_on(self, view: JobView) -> float | None:
        """Take away what is left. Seconds until the next try is worth it, None when nothing is left to do."""
        async with self._database.read() as tx:
            posts = await self._cards.posts(tx, view.job.job_id)
            direct = None if view.job.user_id else await self._cards.direct_channel(tx, view.job.member_ref)
        refusals: set[str] = set()
        is_open = False
        for step in STEPS:
            try:
                is_gone = await self._take_away(view, _places(view, step, direct), step, posts.get(step))
            except DeliveryError as error:
                refusals.add(error.reason)
                continue
            is_open |= not is_gone
            if is_gone:
                await self._write_down(view, step)
        if "try_later" in refusals:
            return RETRY_S
        if refusals:
            return await self._refused(view, refusals)
        return LOOK_AGAIN_S if is_open else None

    async def _take_away(self, view: JobView, places: Sequence[int | None], step: PostStep, post: Post | None) -> bool:
        """Whether nothing is there of this step, now. Raises DeliveryError."""
        if step == "card":
            return await self._take_card(view)
        if post is None:
            return True
        if post.message_id is not None:
            await self._take_known(view, places, post.message_id)
            if not _had_two_ends(view, step):
                return True
        since_ms = view.job.created_at_ms if _had_two_ends(view, step) else post.tried_at_ms
        for place in places:
            await self._take_found(view, place, since_ms)
        return post.message_id is not None or self._has_all_ended(view)

    async def _take_card(self, view: JobView) -> bool:
        card = view.card
        if card is None or card.lost:
            return True
        there = None if card.message_id is None else MessageRef(card.channel_id, card.message_id)
        there = there or await self._found_card(view)
        if there is None:
            return self._has_all_ended(view)
        await self._messenger.delete(view, there.message_id, there.channel_id)
        return True

    async def _found_card(self, view: JobView) -> MessageRef | None:
        """The card that was posted although nobody told us."""
        if view.job.user_id is None and view.job.deliver_to == "dm":  # there is nobody to open them for any more
            return None
        try:
            return await self._messenger.find_card(view)
        except DeliveryError as error:
            if error.reason in _GONE:
                return None
            raise

    async def _take_known(self, view: JobView, places: Sequence[int | None], message_id: int) -> None:
        """Delete a message wherever it is; a place that refuses does not keep us from the next."""
        refusal: DeliveryError | None = None
        for place in places:
            try:
                if await self._messenger.delete(view, message_id, place):
                    return
            except DeliveryError as error:
                refusal = refusal or error
        if refusal is not None:
            raise refusal

    async def _take_found(self, view: JobView, place: int | None, since_ms: int) -> None:
        """Delete every message about the job but its card."""
        for _ in range(MOST_FOUND):
            try:
                found = await self._messenger.find_reply(view, place, since_ms=since_ms)
            except DeliveryError as error:
                if error.reason not in _GONE:
                    raise
                return
            if found is None:
                return
            await self._messenger.delete(view, found.message_id, place)

    async def _write_down(self, view: JobView, step: PostStep) -> None:
        async with self._database.write() as tx:
            await self._cards.forget_post(tx, view.job.job_id, step)
            if step == "card":
                await self._cards.close(tx, view.job.job_id, "deleted")

    def _has_all_ended(self, view: JobView) -> bool:
        """Whether every post that was under way when the job was deleted has ended."""
        assert view.delivery is not None
        return self._clock.now_ms() - view.delivery.since_ms > LATE_POST_MS

    async def _refused(self, view: JobView, refusals: set[str]) -> float | None:
        assert view.delivery is not None
        said = {"job_id": view.job.job_id, "reason": ", ".join(sorted(refusals))}
        if self._clock.now_ms() - view.delivery.since_ms <= GIVE_UP_AFTER_MS:
            _log.warning("a deleted job's messages are not gone yet", extra=said)
            return REFUSED_RETRY_S
        _log.error("a deleted job's messages cannot be taken away", extra=said)
        async with self._database.write() as tx:
            await self._cards.close(tx, view.job.job_id, "forbidden")
            for step in STEPS:
                await self._cards.forget_post(tx, view.job.job_id, step)
        return None


def _places(view: JobView, step: PostStep, direct: int | None) -> list[int | None]:
    """The channels in which the step's message can be, None for the requester's DM; the likely one first.

    direct: the DM of one who is forgotten.
    """
    assert view.delivery is not None
    card, way = view.card, view.delivery.way
    beside_card = [] if card is None or card.lost == "channel_gone" else [card.channel_id]
    directly: list[int | None] = [None] if view.job.user_id is not None else [] if direct is None else [direct]
    if view.job.deliver_to == "dm":
        return [*(directly if card is None or card.message_id is None else beside_card)]
    if step == "clip" and way in ("replied", "dm"):
        return [*(beside_card if way == "replied" else directly)]
    return [*beside_card, *directly]


def _had_two_ends(view: JobView, step: PostStep) -> bool:
    """Whether the requester was told twice, of which the first message is not written down any more: a late clip."""
    is_late_clip = view.job.status is JobStatus.SUCCEEDED and view.money.state is MoneyState.RELEASED
    return step == "end" and is_late_clip
