"""Discord as the port `Messenger` shows it: what Klapper has posted there, and what goes wrong."""

from __future__ import annotations

import asyncio
import itertools
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal

from klapper.clock import HOUR_MS, MINUTE_MS, Clock
from klapper.errors import DeliveryError
from klapper.jobs.job import DeliveryState
from klapper.services.audit_lines import AuditLine
from klapper.services.messenger import ClipFile, ClipOnCard, MessageRef
from klapper.services.notices import Notice
from klapper.services.views import JobView


@dataclass(slots=True)
class Message:
    """A message of Klapper's. kind: card, clip or ping. clip: the attached bytes, None without a file."""

    ref: MessageRef
    kind: Literal["card", "clip", "ping"]
    view: JobView
    posted_at_ms: int
    clip: bytes | None = None
    deleted: bool = False
    edits: int = 0

    @property
    def job_id(self) -> str:
        return self.view.job.job_id

    @property
    def shows_clip(self) -> bool:
        """Whether a reader finds the clip here, as a file or as a link."""
        delivery = self.view.delivery
        brought = delivery is not None and delivery.state is DeliveryState.DELIVERED
        if self.kind == "card":  # it may say that the clip is elsewhere
            brought = brought and delivery is not None and delivery.way in ("attached", "linked")
        return not self.deleted and self.kind != "ping" and (self.clip is not None or brought)


@dataclass(frozen=True, slots=True)
class AuditMessage:
    """A message in an audit channel."""

    ref: MessageRef
    lines: tuple[AuditLine, ...]


Moment = Literal["before", "after"]
AUDIT_LINES = 3  # in one message


@dataclass(slots=True)
class FakeMessenger:
    """Discord: messages with their nonces, channels that go, members who close their DMs, files that are too large.

    `errors[method]` are used up first: (reason, whether it strikes before or after the effect, as a lost answer does).
    `disturb` is asked at both moments of every call and may raise. A method in `held` waits for its event.
    """

    clock: Clock
    said_limit_bytes: int = 10_000_000
    real_limit_bytes: int = 10_000_000
    nonce_kept_ms: int = 2 * MINUTE_MS
    refuse_old_edits: bool = False
    gone: set[int] = field(default_factory=set)
    forbidden: set[int] = field(default_factory=set)
    unreadable: set[int] = field(default_factory=set)
    closed_dms: set[int] = field(default_factory=set)
    messages: list[Message] = field(default_factory=list)
    audits: list[AuditMessage] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    calls: list[tuple[str, str]] = field(default_factory=list)
    errors: defaultdict[str, deque[tuple[str, Moment]]] = field(default_factory=lambda: defaultdict(deque))
    held: dict[str, asyncio.Event] = field(default_factory=dict)
    disturb: Callable[[str, Moment], None] | None = None
    _nonces: dict[tuple[int, str], tuple[int, MessageRef]] = field(default_factory=dict)
    _ids: itertools.count[int] = field(default_factory=lambda: itertools.count(9_000_001))

    def fingerprint(self, view: JobView) -> str:
        delivery = view.delivery
        brought = None if delivery is None else (delivery.state, delivery.reason, delivery.way, delivery.copy)
        looks = (view.job.status, view.job.reason, view.job.misses, view.money, brought, view.waiting_for)
        return repr((*looks, view.pause_reason, view.place, view.overdue, view.link))

    async def post_card(self, view: JobView, nonce: str) -> MessageRef:
        async with self._call("post_card", view.job.job_id):
            return self._post(self._place(view), "card", view, nonce)

    async def find_card(self, view: JobView) -> MessageRef | None:
        async with self._call("find_card", view.job.job_id):
            return self._find(self._place(view), view.job.job_id, {"card"})

    async def edit_card(self, view: JobView, message: MessageRef, clip: ClipFile | None = None) -> None:
        async with self._call("edit_card", view.job.job_id):
            there = self._there(message)
            if self.refuse_old_edits and self.clock.now_ms() - there.posted_at_ms > HOUR_MS:
                raise DeliveryError("too_old")
            content = self._content(clip)
            there.view, there.edits = view, there.edits + 1
            there.clip = there.clip if content is None else content

    async def clip_on_card(self, view: JobView, message: MessageRef) -> ClipOnCard | None:
        async with self._call("clip_on_card", view.job.job_id):
            there = self._there(message)
            if there.clip is not None:
                return "attached"
            return "linked" if there.shows_clip else None

    async def reply_with_clip(
        self, view: JobView, message: MessageRef, clip: ClipFile | None, nonce: str
    ) -> MessageRef:
        async with self._call("reply_with_clip", view.job.job_id):
            self._there(message)
            return self._post(message.channel_id, "clip", view, nonce, clip)

    async def send_clip(self, view: JobView, clip: ClipFile | None, nonce: str) -> MessageRef:
        async with self._call("send_clip", view.job.job_id):
            return self._post(dm_channel(view.job.user_id), "clip", view, nonce, clip)

    async def tell(self, view: JobView, message: MessageRef, nonce: str) -> MessageRef:
        async with self._call("tell", view.job.job_id):
            self._there(message)
            return self._post(message.channel_id, "ping", view, nonce)

    async def tell_directly(self, view: JobView, nonce: str) -> MessageRef:
        async with self._call("tell_directly", view.job.job_id):
            return self._post(dm_channel(view.job.user_id), "ping", view, nonce)

    async def delete(self, view: JobView, message_id: int, channel_id: int | None) -> bool:
        async with self._call("delete", view.job.job_id):
            place = dm_channel(view.job.user_id) if channel_id is None else channel_id
            if place in self.forbidden:
                raise DeliveryError("forbidden")
            there = [m for m in self.messages if m.ref == MessageRef(place, message_id) and not m.deleted]
            for message in there:
                message.deleted = True
            return bool(there) and place not in self.gone

    async def find_reply(self, view: JobView, channel_id: int | None, *, since_ms: int) -> MessageRef | None:
        async with self._call("find_reply", view.job.job_id):
            place = dm_channel(view.job.user_id) if channel_id is None else channel_id
            return self._find(place, view.job.job_id, {"clip", "ping"}, since_ms)

    async def upload_limit_bytes(self, guild_id: int) -> int:
        self.calls.append(("upload_limit_bytes", str(guild_id)))
        self._strike("upload_limit_bytes", "before")
        return self.said_limit_bytes

    def audit_fit(self, lines: Sequence[AuditLine]) -> int:
        return min(AUDIT_LINES, len(lines))

    async def post_audit(self, channel_id: int, lines: Sequence[AuditLine], nonce: str) -> MessageRef:
        async with self._call("post_audit", str(channel_id)):
            self._open(channel_id)
            ref = self._known(channel_id, nonce)
            if ref is None:
                ref = MessageRef(channel_id, next(self._ids))
                self.audits.append(AuditMessage(ref, tuple(lines)))
                self._nonces[channel_id, nonce] = (self.clock.now_ms(), ref)
            return ref

    async def notify(self, notice: Notice, nonce: str) -> None:
        async with self._call("notify", str(notice.entry_id)):
            channel_id = dm_channel(notice.user_id)
            self._open(channel_id)
            if self._known(channel_id, nonce) is None:
                self._nonces[channel_id, nonce] = (self.clock.now_ms(), MessageRef(channel_id, next(self._ids)))
                self.notices.append(notice)

    async def was_notified(self, notice: Notice) -> bool:
        async with self._call("was_notified", str(notice.entry_id)):
            self._open(dm_channel(notice.user_id), to_read=True)
            return any(known.entry_id == notice.entry_id for known in self.notices)

    # What the test asks and does

    def cards(self, job_id: str) -> list[Message]:
        return self._of(job_id, "card")

    def pings(self, job_id: str) -> list[Message]:
        return self._of(job_id, "ping")

    def clips(self, job_id: str) -> list[Message]:
        """Every message that shows the job's clip."""
        return [message for message in self.messages if message.job_id == job_id and message.shows_clip]

    def count(self, method: str, job_id: str | None = None) -> int:
        return sum(called == method and job_id in (None, about) for called, about in self.calls)

    def answer(self, view: JobView) -> MessageRef:
        """The card as the answer to an interaction, which the board does not post."""
        return self._add(view.job.channel_id, "card", view, None).ref

    def visible(self, job_id: str) -> list[Message]:
        """Every message about the job that is still there."""
        return [message for message in self.messages if message.job_id == job_id and not message.deleted]

    def vanish(self, message: MessageRef) -> None:
        """Somebody deletes it by hand."""
        for known in self.messages:
            if known.ref == message:
                known.deleted = True

    def _of(self, job_id: str, kind: str) -> list[Message]:
        return [m for m in self.messages if m.job_id == job_id and m.kind == kind and not m.deleted]

    def _place(self, view: JobView) -> int:
        return dm_channel(view.job.user_id) if view.job.deliver_to == "dm" else view.job.channel_id

    def _open(self, channel_id: int, *, to_read: bool = False) -> None:
        if channel_id in self.gone:
            raise DeliveryError("channel_gone")
        if channel_id in self.forbidden or (to_read and channel_id in self.unreadable):
            raise DeliveryError("forbidden")
        if channel_id - DM in self.closed_dms and not to_read:
            raise DeliveryError("dm_closed")

    def _there(self, message: MessageRef) -> Message:
        self._open(message.channel_id)
        for known in self.messages:
            if known.ref == message and not known.deleted:
                return known
        raise DeliveryError("card_deleted")

    def _find(self, channel_id: int, job_id: str, kinds: set[str], since_ms: int = 0) -> MessageRef | None:
        self._open(channel_id, to_read=True)
        for message in reversed(self.messages):
            there = message.ref.channel_id == channel_id and not message.deleted and message.posted_at_ms >= since_ms
            if there and message.job_id == job_id and message.kind in kinds:
                return message.ref
        return None

    def _post(
        self,
        channel_id: int,
        kind: Literal["card", "clip", "ping"],
        view: JobView,
        nonce: str,
        clip: ClipFile | None = None,
    ) -> MessageRef:
        self._open(channel_id)
        known = self._known(channel_id, nonce)
        if known is not None:
            return known
        message = self._add(channel_id, kind, view, self._content(clip))
        self._nonces[channel_id, nonce] = (self.clock.now_ms(), message.ref)
        return message.ref

    def _known(self, channel_id: int, nonce: str) -> MessageRef | None:
        """The message that was posted with this nonce just now."""
        posted_at_ms, known = self._nonces.get((channel_id, nonce), (0, None))
        return known if self.clock.now_ms() - posted_at_ms <= self.nonce_kept_ms else None

    def _add(
        self, channel_id: int, kind: Literal["card", "clip", "ping"], view: JobView, clip: bytes | None
    ) -> Message:
        ref = MessageRef(channel_id, next(self._ids))
        self.messages.append(Message(ref, kind, view, self.clock.now_ms(), clip))
        return self.messages[-1]

    def _content(self, clip: ClipFile | None) -> bytes | None:
        if clip is None:
            return None
        try:
            content = clip.path.read_bytes()
        except OSError:
            raise DeliveryError("media_gone") from None
        if len(content) > self.real_limit_bytes:
            raise DeliveryError("too_large")
        return content

    @asynccontextmanager
    async def _call(self, method: str, about: str) -> AsyncIterator[None]:
        self.calls.append((method, about))
        await (self.held[method].wait() if method in self.held else asyncio.sleep(0))
        self._strike(method, "before")
        yield
        await asyncio.sleep(0)
        self._strike(method, "after")

    def _strike(self, method: str, moment: Moment) -> None:
        if self.errors[method] and self.errors[method][0][1] == moment:
            raise DeliveryError(self.errors[method].popleft()[0])
        if self.disturb is not None:
            self.disturb(method, moment)


DM = 1_000_000  # channel ids of DMs are those of their members and this


def dm_channel(user_id: int | None) -> int:
    """Where a member's DM is."""
    return DM + (user_id or 0)
