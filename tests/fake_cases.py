"""The channels of moderators as the port `CaseMessenger` shows them."""

from __future__ import annotations

import itertools
from collections import defaultdict, deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Literal

from klapper.errors import DeliveryError
from klapper.services.case_views import CaseView
from klapper.services.messenger import MessageRef

Moment = Literal["before", "after"]


@dataclass(slots=True)
class CaseMessage:
    """A card of a case, as it looks now."""

    ref: MessageRef
    view: CaseView
    files: int
    edits: int = 0


@dataclass(slots=True)
class FakeCaseMessenger:
    """Messages with their nonces, channels that go, and errors before or after the effect, as a lost answer is.

    `errors[method]` are used up first. A nonce is known for ever.
    """

    messages: list[CaseMessage] = field(default_factory=list)
    reminders: list[tuple[int, list[int], list[int]]] = field(default_factory=list)
    told: list[CaseView] = field(default_factory=list)
    pauses: list[tuple[int, int, list[int]]] = field(default_factory=list)
    gone: set[int] = field(default_factory=set)
    forbidden: set[int] = field(default_factory=set)
    errors: defaultdict[str, deque[tuple[str, Moment]]] = field(default_factory=lambda: defaultdict(deque))
    calls: list[tuple[str, int]] = field(default_factory=list)
    _nonces: dict[str, CaseMessage] = field(default_factory=dict)
    _paused_by: set[str] = field(default_factory=set)
    _told_by: dict[str, CaseView] = field(default_factory=dict)
    _ids: itertools.count[int] = field(default_factory=lambda: itertools.count(7_000_001))

    async def post_case(self, view: CaseView, channel_id: int, nonce: str) -> MessageRef:
        trouble = self._begin("post_case", channel_id)
        if nonce not in self._nonces:
            message = CaseMessage(MessageRef(channel_id, next(self._ids)), view, _files(view))
            self._nonces[nonce] = message
            self.messages.append(message)
        self._end(trouble)
        return self._nonces[nonce].ref

    async def find_case(self, view: CaseView, channel_id: int) -> MessageRef | None:
        self._end(self._begin("find_case", channel_id))
        there = [message.ref for message in self.of(view.case.case_id) if message.ref.channel_id == channel_id]
        return there[-1] if there else None

    async def edit_case(self, view: CaseView, message: MessageRef) -> None:
        trouble = self._begin("edit_case", message.channel_id)
        there = next((one for one in self.messages if one.ref == message), None)
        if there is None:
            raise DeliveryError("card_deleted")
        there.view, there.edits = view, there.edits + 1
        there.files = _files(view) if view.case.is_open else 0
        self._end(trouble)

    async def remove_case(self, message: MessageRef) -> None:
        trouble = self._begin("remove_case", message.channel_id)
        there = [one for one in self.messages if one.ref == message]
        if not there:
            raise DeliveryError("card_deleted")
        self.messages.remove(there[0])
        self._end(trouble)

    async def remind(self, channel_id: int, views: Sequence[CaseView], roles: Collection[int], nonce: str) -> None:
        trouble = self._begin("remind", channel_id)
        self.reminders.append((channel_id, [view.case.case_id for view in views], sorted(roles)))
        self._end(trouble)

    async def tell_paused(self, channel_id: int, refusals: int, roles: Collection[int], nonce: str) -> None:
        trouble = self._begin("tell_paused", channel_id)
        if nonce not in self._paused_by:
            self._paused_by.add(nonce)
            self.pauses.append((channel_id, refusals, sorted(roles)))
        self._end(trouble)

    async def tell_requester(self, view: CaseView, nonce: str) -> None:
        trouble = self._begin("tell_requester", 0)
        if nonce not in self._told_by:
            self._told_by[nonce] = view
            self.told.append(view)
        self._end(trouble)

    async def was_told(self, view: CaseView) -> bool:
        self._end(self._begin("was_told", 0))
        return any(told.case.case_id == view.case.case_id for told in self.told)

    def of(self, case_id: int) -> list[CaseMessage]:
        """The messages about a case."""
        return [message for message in self.messages if message.view.case.case_id == case_id]

    def _begin(self, method: str, channel_id: int) -> tuple[str, Moment] | None:
        self.calls.append((method, channel_id))
        if channel_id in self.gone:
            raise DeliveryError("channel_gone")
        if channel_id in self.forbidden:
            raise DeliveryError("forbidden")
        trouble = self.errors[method].popleft() if self.errors[method] else None
        if trouble is not None and trouble[1] == "before":
            raise DeliveryError(trouble[0])
        return trouble

    def _end(self, trouble: tuple[str, Moment] | None) -> None:
        if trouble is not None:
            raise DeliveryError(trouble[0])


def _files(view: CaseView) -> int:
    """How many files are attached, as they are on disk now."""
    clip = [] if view.clip is None or view.clip.is_too_large else [view.clip.path]
    return sum(path.is_file() for path in [*(image.path for image in view.images), *clip])
