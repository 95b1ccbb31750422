"""`/jobs recover`: the clip of a finished job for who cannot see it, from disk, else from Segmind."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from klapper.clips.facts import ClipFacts, plays_inline
from klapper.clock import Clock
from klapper.database.database import Database
from klapper.errors import DeliveryError, JobConflict
from klapper.jobs.cards import CardStore
from klapper.jobs.deliveries import HELD, CopyState, DeliveryStore
from klapper.jobs.job import DeliveryState, JobStatus
from klapper.moderation.standings import StandingStore
from klapper.services import refusals
from klapper.services.copies import Copies
from klapper.services.desk import JobDesk, Viewer
from klapper.services.fetching import Fetching
from klapper.services.media_shelf import MediaShelf
from klapper.services.messenger import ClipFile, MessageRef, Messenger
from klapper.services.views import JobView

_log = logging.getLogger(__name__)

_TRY_LATER = "try_later"


@dataclass(frozen=True, slots=True)
class StillThere:
    """Nothing has to be recovered. message: the one that shows the clip."""

    view: JobView
    message: MessageRef


@dataclass(frozen=True, slots=True)
class Recovered:
    """A clip to hand over. clip: None for its link alone; copy: what the file is."""

    view: JobView
    clip: ClipFile | None
    copy: CopyState


class Recovery:
    """Keeps:

    - a clip whose message is still there is pointed at, never shown a second time;
    - what somebody deleted stays deleted;
    - what is kept for moderators is given to nobody else while its requester is blocked;
    - a clip that nobody could be given is `delivered` once its requester has it, and not before; nothing is charged.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        desk: JobDesk,
        deliveries: DeliveryStore,
        cards: CardStore,
        standings: StandingStore,
        messenger: Messenger,
        fetching: Fetching,
        copies: Copies,
        shelf: MediaShelf,
        changed: Callable[[str], None],
        moved: Callable[[DeliveryState], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._desk = desk
        self._deliveries = deliveries
        self._cards = cards
        self._standings = standings
        self._messenger = messenger
        self._fetching = fetching
        self._copies = copies
        self._shelf = shelf
        self._changed = changed
        self._moved = moved

    async def recover(self, job_id: str, viewer: Viewer, *, limit_bytes: int) -> Recovered | StillThere:
        """What to answer. limit_bytes: the largest file that the answer may carry.

        Raises RequestRefused: no_such_job | not_your_job | not_finished | no_clip | on_its_way | taken_down | deleted |
        clip_lost | ask_again | too_large_to_give | held_for_moderators. Raises JobConflict when the
        job is deleted meanwhile.
        """
        view = await self._desk.show(job_id, viewer)
        if view.job.status is not JobStatus.SUCCEEDED or view.delivery is None:
            raise refusals.not_finished(view.job) if view.job.is_open else refusals.no_clip(view.job)
        match view.delivery.state:
            case DeliveryState.PENDING:
                raise refusals.on_its_way(view.job)
            case DeliveryState.REMOVED if view.takedown is not None:
                raise refusals.taken_down(view.job)
            case DeliveryState.REMOVED:
                raise refusals.deleted(view.job, by=view.delivery.reason)
            case DeliveryState.DELIVERED:
                there = await self._there(view)
                if there is not None:
                    return StillThere(view, there)
            case _:
                await self._refuse_held(view, viewer)
        return await self._found(view, limit_bytes)

    async def handed_over(self, job_id: str, viewer: Viewer) -> None:
        """The answer got through. Given to a moderator, a clip has not reached its requester."""
        view = await self._desk.show(job_id, viewer)
        delivery = view.delivery
        if delivery is None or delivery.state is not DeliveryState.UNDELIVERABLE or view.job.user_id != viewer.user_id:
            return
        now_ms = self._clock.now_ms()
        try:
            async with self._database.write() as tx:
                await self._deliveries.move(tx, delivery, DeliveryState.DELIVERED, way="recovered", now_ms=now_ms)
                await self._deliveries.told(tx, job_id, now_ms)
        except JobConflict:
            _log.info("delivery moved meanwhile", extra={"job_id": job_id})
            return
        _log.info("delivery moved", extra={"job_id": job_id, "to": "delivered", "how": "recovered"})
        self._moved(DeliveryState.DELIVERED)
        self._changed(job_id)

    async def _refuse_held(self, view: JobView, viewer: Viewer) -> None:
        if view.delivery is None or view.delivery.reason != HELD or viewer.is_moderator:
            return
        async with self._database.read() as tx:
            if await self._standings.block_of(tx, view.job.member_ref) is not None:
                raise refusals.held_for_moderators(view.job)

    # Where the clip is

    async def _there(self, view: JobView) -> MessageRef | None:
        """The message that shows the clip now, None when there is none that anybody can use."""
        try:
            message = await self._message(view)
            shown = None if message is None else await self._messenger.clip_on_card(view, message)
        except DeliveryError as error:
            if error.reason == _TRY_LATER:
                raise refusals.ask_again(view.job) from error
            return None
        return message if shown == "attached" or (shown == "linked" and self._has_link(view)) else None

    async def _message(self, view: JobView) -> MessageRef | None:
        assert view.delivery is not None
        card, way = view.card, view.delivery.way
        if way in ("attached", "linked"):
            return None if card is None or card.message_id is None else MessageRef(card.channel_id, card.message_id)
        async with self._database.read() as tx:
            post = await self._cards.post(tx, view.job.job_id, "clip")
        if post is None or post.message_id is None:
            return None
        if way == "replied":
            return None if card is None else MessageRef(card.channel_id, post.message_id)
        found = await self._messenger.find_reply(view, None, since_ms=view.job.created_at_ms) if way == "dm" else None
        return found if found is not None and found.message_id == post.message_id else None

    def _has_link(self, view: JobView) -> bool:
        return view.link is not None and (view.link_until_ms or 0) > self._clock.now_ms()

    # The clip itself

    async def _found(self, view: JobView, limit_bytes: int) -> Recovered:
        try:
            clip = await self._fetch(view)
        except DeliveryError as error:
            if error.reason == "too_large" and self._has_link(view):
                return Recovered(view, None, CopyState.NONE)
            refusal = refusals.ask_again if error.reason == _TRY_LATER else refusals.clip_lost
            raise refusal(view.job) from error
        return await self._fitting(view, clip, limit_bytes)

    async def _fetch(self, view: JobView) -> ClipFacts:
        try:
            return await self._fetching.fetch(view)
        except DeliveryError as error:
            if error.reason in ("too_large", _TRY_LATER):
                raise
            elsewhere = await self._fetching.readdressed(view)
            if elsewhere is None:
                raise
            return await self._fetching.fetch(elsewhere)

    async def _fitting(self, view: JobView, clip: ClipFacts, limit_bytes: int) -> Recovered:
        job_id, fits = view.job.job_id, clip.bytes <= limit_bytes
        prompt = job_id if view.request is None else view.request.filled.prompt
        whole = ClipFile(self._shelf.path(job_id), prompt)
        if fits and plays_inline(clip):
            return Recovered(view, whole, CopyState.NONE)
        copy = await self._copy(view, limit_bytes)
        if copy is not None:
            return Recovered(view, ClipFile(copy, prompt), CopyState.CONVERTED if fits else CopyState.SMALLER)
        if fits:
            return Recovered(view, whole, CopyState.FAILED)
        if self._has_link(view):
            return Recovered(view, None, CopyState.NONE)
        raise refusals.too_large_to_give(view.job)

    async def _copy(self, view: JobView, limit_bytes: int) -> Path | None:
        """None when there is none. What cannot be copied must not keep the one encoder busy at each press."""
        job_id = view.job.job_id
        if view.delivery is not None and view.delivery.copy is CopyState.FAILED:
            return self._copies.known(job_id, limit_bytes)
        try:
            return await self._copies.within(job_id, limit_bytes)
        except DeliveryError as error:
            _log.warning("no copy of a clip", extra={"job_id": job_id, "reason": error.reason, "why": error.sentence})
            return None
