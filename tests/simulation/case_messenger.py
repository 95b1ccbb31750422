"""The port `CaseMessenger` of one life."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from random import Random
from typing import Protocol

from klapper.messages import own_messages
from klapper.messages.case_publisher import CLOCK_SET_MS
from klapper.services.case_views import CaseView
from klapper.services.messenger import MessageRef
from klapper.services.views import MoneyState
from tests.simulation.case_model import CaseCard, CaseChannels
from tests.simulation.loop import SimulatedLoop
from tests.simulation.wire import Wire


class Watch(Protocol):
    """Who looks at what is shown."""

    def case_shown(self, card: CaseCard) -> None:
        """A card was posted or edited."""
        ...

    def requester_told(self, case_id: int, job_id: str) -> None:
        """Somebody was told that their clip was taken down."""
        ...


class SimulatedCaseMessenger(Wire):
    """The channels of moderators for one life of Klapper."""

    def __init__(self, loop: SimulatedLoop, channels: CaseChannels, chance: Random, watch: Watch) -> None:
        super().__init__(loop, channels.discord, chance)
        self._channels = channels
        self._watch = watch

    async def post_case(self, view: CaseView, channel_id: int, nonce: str) -> MessageRef:
        def act() -> MessageRef:
            case = view.case
            card = self._channels.post(channel_id, case.case_id, case.job_id, case.outcome or "", nonce)
            self._watch.case_shown(card)
            return card.ref

        return await self._call(act)

    async def find_case(self, view: CaseView, channel_id: int) -> MessageRef | None:
        def act() -> MessageRef | None:
            found = self._channels.find(channel_id, view.case.case_id)
            return None if found is None else found.ref

        return await self._call(act)

    async def edit_case(self, view: CaseView, message: MessageRef) -> None:
        def act() -> None:
            self._watch.case_shown(self._channels.edit(message, view.case.outcome or ""))

        await self._call(act)

    async def remove_case(self, message: MessageRef) -> None:
        await self._call(lambda: self._channels.remove(message))

    async def remind(self, channel_id: int, views: Sequence[CaseView], roles: Collection[int], nonce: str) -> None:
        await self._call(lambda: self._channels.remind(channel_id, [view.case.case_id for view in views]))

    async def tell_paused(self, channel_id: int, refusals: int, roles: Collection[int], nonce: str) -> None:
        await self._call(lambda: None)

    async def tell_requester(self, view: CaseView, nonce: str) -> None:
        def act() -> None:
            case, is_refunded = view.case, view.job.money.state is MoneyState.REFUNDED
            self._channels.tell(view.job.job.user_id, case.case_id, case.job_id, nonce, says_refunded=is_refunded)
            self._watch.requester_told(view.case.case_id, view.case.job_id)

        await self._call(act)

    async def was_told(self, view: CaseView) -> bool:
        assert view.case.closed_at_ms is not None
        earliest = own_messages.first_id(view.case.closed_at_ms - CLOCK_SET_MS)
        return await self._call(lambda: self._channels.was_told(view.job.job.user_id, view.case.job_id, earliest))
