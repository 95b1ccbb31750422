"""The port `CaseMessenger` of one life."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from random import Random
from typing import Protocol

from klapper.services.case_views import CaseView
from klapper.services.messenger import MessageRef
from tests.simulation.case_model import CaseCard, CaseChannels
from tests.simulation.loop import SimulatedLoop
from tests.simulation.wire import Wire


class Watch(Protocol):
    """Who looks at what is shown."""

    def case_shown(self, card: CaseCard) -> None:
        """A card was posted or edited."""
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

    async def remind(self, channel_id: int, views: Sequence[CaseView], roles: Collection[int], nonce: str) -> None:
        await self._call(lambda: self._channels.remind(channel_id, [view.case.case_id for view in views]))

    async def tell_requester(self, view: CaseView, nonce: str) -> None:
        raise AssertionError("nobody takes clips down in a simulation")

    async def was_told(self, view: CaseView) -> bool:
        raise AssertionError("nobody takes clips down in a simulation")
