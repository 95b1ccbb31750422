"""The card of each case in its guild's review channel: that it gets posted, shows what is, and is not forgotten."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from itertools import groupby

from klapper.clock import Clock
from klapper.database.database import Database
from klapper.errors import DeliveryError
from klapper.ledger.records import KLAPPER
from klapper.moderation.audit import Action, AuditLog, Entry
from klapper.moderation.cases import Case, CaseStore
from klapper.moderation.rule_store import RuleStore
from klapper.services.alarm import Alarm
from klapper.services.case_views import CaseView, CaseViews
from klapper.services.line import about
from klapper.services.messenger import CaseMessenger, MessageRef
from klapper.services.upload_limits import UploadLimits

_log = logging.getLogger(__name__)

LOOK_EVERY_S = 60.0  # for cases that nobody told us of, and for those that have become old
RETRY_S = 15.0
SHUT_RETRY_S = 300.0  # Discord shuts out who collects 10,000 refusals in ten minutes (Discord docs: Rate Limits)
_GONE = ("card_deleted", "channel_gone")
_LOST = (*_GONE, "too_old")
_SHUT = ("forbidden", "channel_gone")


class CaseBoard:
    """Keeps:

    - an open case has one card in the channel that its guild chose; none where it chose none. Another choice moves it,
      and only a card in a channel that is shut to us stays behind;
    - a card whose post was not answered is looked for before it is posted again;
    - a card of an open case that is gone, as an edit finds, is posted again;
    - what comes in about an open case is shown on its card as well;
    - a settled case's card says so and has nothing to press; it is not posted when it never was;
    - moderators are reminded of an old case once;
    - who waits hears of another place.

    moved_up: called with the id of each job in review that is told another place now.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        cases: CaseStore,
        rules: RuleStore,
        audit: AuditLog,
        views: CaseViews,
        messenger: CaseMessenger,
        limits: UploadLimits,
        remind_ms: int,
        moved_up: Callable[[str], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._cases = cases
        self._rules = rules
        self._audit = audit
        self._views = views
        self._messenger = messenger
        self._limits = limits
        self._remind_ms = remind_ms
        self._moved_up = moved_up
        self._places: dict[str, int] = {}  # as they were told last
        self._rests: dict[int, float] = {}  # channel id -> monotonic time until which nothing is tried there
        self._shut: set[int] = set()  # channels of which the audit says so
        self._alarm = Alarm(clock)

    def wake(self) -> None:
        """A case was opened or settled."""
        self._alarm.ring()

    def chosen(self, channel_id: int) -> None:
        """A guild chose this channel, perhaps once more after it had opened it to us: it is tried at once."""
        self._rests.pop(channel_id, None)
        self._alarm.ring()

    async def run(self) -> None:
        """Follow the cases for ever."""
        while True:
            self._alarm.clear()
            again_in_s = await self._show_all()
            await self._tell_places()
            await self._remind()
            await self._alarm.wait(again_in_s)

    def _is_resting(self, channel_id: int) -> bool:
        return self._rests.get(channel_id, 0.0) > self._clock.monotonic_s()

    async def _show_all(self) -> float:
        """Bring every card up to date, oldest first; seconds until the next look is worth it."""
        async with self._database.read() as tx:
            found = await self._cases.unsettled(tx)
        again_in_s = LOOK_EVERY_S
        for case_id in found:
            try:
                await self._show(case_id)
            except DeliveryError as error:
                _log.warning("the card of a case is not shown", extra={"case_id": case_id, "reason": error.reason})
                again_in_s = min(again_in_s, RETRY_S)
        return again_in_s

    async def _show(self, case_id: int) -> None:
        view = await self._views.get(case_id)
        assert view is not None
        channel_id = await self._channel_of(view.case)
        if channel_id is None or self._is_resting(channel_id):
            return
        try:
            if view.case.is_open and view.case.card.channel_id not in (None, channel_id):
                view = await self._leave(view)
            await self._update(case_id, await self._ensure(view, channel_id))
        except DeliveryError as error:
            await self._after(view, channel_id, error)

    async def _after(self, view: CaseView, channel_id: int, error: DeliveryError) -> None:
        """What follows from an error there; raises it where the same is to be tried again."""
        if error.reason == "too_large" and view.clip is not None:
            await self._limits.learn(view.case.guild_id, view.clip.bytes)
        if error.reason in _SHUT:
            await self._is_shut(view.case, channel_id)
        if view.case.is_open and error.reason in _GONE:
            await self._forget(view.case, error.reason)
            self.wake()
        elif error.reason in _LOST:
            await self._lose(view.case, error.reason)
        else:
            raise error

    async def _is_shut(self, case: Case, channel_id: int) -> None:
        """Leave the channel alone for a while. The audit tells once, until it takes a card again."""
        self._rests[channel_id] = self._clock.monotonic_s() + SHUT_RETRY_S
        if channel_id in self._shut or not case.is_open:
            return
        self._shut.add(channel_id)
        now_ms, action = self._clock.now_ms(), Action.REVIEW_CHANNEL_SHUT
        entry = Entry(guild_id=case.guild_id, at_ms=now_ms, actor=KLAPPER, action=action, detail=f"<#{channel_id}>")
        async with self._database.write() as tx:
            await self._audit.add(tx, entry)

    async def _channel_of(self, case: Case) -> int | None:
        """Where its card belongs: of an open case where its guild wants it now, of another where it is."""
        if not case.is_open:
            return case.card.channel_id
        async with self._database.read() as tx:
            chosen = (await self._rules.of(tx, case.guild_id)).review_channel_id
        return chosen or case.card.channel_id

    async def _leave(self, view: CaseView) -> CaseView:
        """Take the card out of a channel that its guild does not use any more; the case without one."""
        try:
            message = self._known(view.case) or await self._find(view)
            if message is not None:
                await self._messenger.remove_case(message)
        except DeliveryError as error:
            if error.reason not in (*_GONE, *_SHUT):
                raise
        await self._forget(view.case, "moved")
        without = await self._views.get(view.case.case_id)
        assert without is not None
        return without

    def _known(self, case: Case) -> MessageRef | None:
        card = case.card
        if card.channel_id is None or card.message_id is None:
            return None
        return MessageRef(card.channel_id, card.message_id)

    async def _find(self, view: CaseView) -> MessageRef | None:
        """A card whose post was not answered."""
        card = view.case.card
        if card.channel_id is None or card.tried_at_ms is None:
            return None
        return await self._messenger.find_case(view, card.channel_id)

    async def _ensure(self, view: CaseView, channel_id: int) -> MessageRef | None:
        """The card's message, found or posted now; None for a settled case without one."""
        case, card = view.case, view.case.card
        if (known := self._known(case)) is not None:
            return known
        if (found := await self._find(view)) is not None:
            await self._placed(case.case_id, found, revision=0)
            return found
        if not case.is_open:
            return None
        now_ms = self._clock.now_ms()
        async with self._database.write() as tx:
            await self._cases.try_post(tx, case.case_id, channel_id, now_ms)
        key = nonce(case.case_id, channel_id, now_ms if card.tried_at_ms is None else card.tried_at_ms)
        message = await self._messenger.post_case(await self._within(view), channel_id, key)
        # A repeated post may be answered with the message of the first, which shows an earlier revision.
        await self._placed(case.case_id, message, revision=case.revision if card.tried_at_ms is None else 0)
        return message

    async def _placed(self, case_id: int, message: MessageRef, *, revision: int) -> None:
        self._shut.discard(message.channel_id)
        async with self._database.write() as tx:
            await self._cases.posted(tx, case_id, message.channel_id, message.message_id, revision=revision)

    async def _within(self, view: CaseView) -> CaseView:
        """The view with its clip only where the guild's channels take it."""
        if view.clip is None:
            return view
        return view.within((await self._limits.of(view.case.guild_id)).most_bytes)

    async def _update(self, case_id: int, message: MessageRef | None) -> None:
        """Show on the card what came in since, or how the case ended."""
        view = await self._views.get(case_id)
        assert view is not None
        case = view.case
        if case.is_open and case.card.shown_revision >= case.revision:
            return
        if message is not None:
            await self._messenger.edit_case(await self._within(view), message)
        async with self._database.write() as tx:
            if case.is_open:
                await self._cases.shows(tx, case_id, case.revision)
            else:
                await self._cases.settle_card(tx, case_id)

    async def _forget(self, case: Case, why: str) -> None:
        """An open case has no card any more, and the next one is another message, with a nonce of its own."""
        _log.info("the card of a case is gone", extra={"case_id": case.case_id, "reason": why})
        async with self._database.write() as tx:
            await self._cases.forget_card(tx, case.case_id)

    async def _lose(self, case: Case, why: str) -> None:
        """It cannot be edited any more: the queue has an open case all the same."""
        _log.warning("the card of a case is lost", extra={"case_id": case.case_id, "reason": why})
        async with self._database.write() as tx:
            await self._cases.lose(tx, case.case_id, why)

    async def _tell_places(self) -> None:
        async with self._database.read() as tx:
            queues = await self._cases.reviews(tx)
        places = {job_id: about(n) for queue in queues.values() for n, job_id in enumerate(queue, start=1)}
        for job_id, place in places.items():
            if self._places.get(job_id, place) != place:
                self._moved_up(job_id)
        self._places = places

    async def _remind(self) -> None:
        """One message for all the cases of a guild that have become old since the last look."""
        if not self._remind_ms:
            return
        async with self._database.read() as tx:
            old = await self._cases.to_remind(tx, before_ms=self._clock.now_ms() - self._remind_ms)
        for guild_id, cases in groupby(old, key=lambda case: case.guild_id):
            try:
                await self._remind_of(guild_id, list(cases))
            except DeliveryError as error:
                _log.warning("moderators are not reminded", extra={"guild_id": guild_id, "reason": error.reason})

    async def _remind_of(self, guild_id: int, cases: list[Case]) -> None:
        async with self._database.read() as tx:
            rules = await self._rules.of(tx, guild_id)
            views = [await self._views.of(tx, case) for case in cases]
        channel_id = rules.review_channel_id
        if channel_id is None or self._is_resting(channel_id):
            return
        key = nonce(*(case.case_id for case in cases))
        try:
            await self._messenger.remind(channel_id, views, rules.reviewer_roles(), key)
        except DeliveryError as error:
            if error.reason in _SHUT:
                await self._is_shut(cases[0], channel_id)
            raise
        async with self._database.write() as tx:
            for case in cases:
                await self._cases.reminded(tx, case.case_id, self._clock.now_ms())


def nonce(*of: int) -> str:
    """Equal for repeated posts about the same cases; of a card also where and since when it is tried. 24 characters."""
    return hashlib.sha256(f"cases:{of}".encode()).hexdigest()[:24]
