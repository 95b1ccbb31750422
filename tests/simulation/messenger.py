"""The port `Messenger` of one life: calls that arrive or do not, answers that get lost."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from random import Random
from typing import Protocol

from klapper.errors import DeliveryError
from klapper.messages.own_messages import earliest_id
from klapper.services.audit_lines import AuditLine
from klapper.services.messenger import ClipFile, ClipOnCard, MessageRef
from klapper.services.notices import Notice
from klapper.services.views import JobView
from tests.simulation.discord_model import SAID_LIMIT_BYTES, DiscordModel, Kind, Message, dm_channel
from tests.simulation.loop import SimulatedLoop
from tests.simulation.wire import Wire


class Watch(Protocol):
    """Who looks at what is shown."""

    def shown(self, message: Message, view: JobView) -> None:
        """A message was posted or edited."""
        ...


class SimulatedMessenger(Wire):
    """Discord for one life of Klapper."""

    def __init__(self, loop: SimulatedLoop, discord: DiscordModel, chance: Random, watch: Watch) -> None:
        super().__init__(loop, discord, chance)
        self._watch = watch

    def fingerprint(self, view: JobView) -> str:
        """Everything that a card shows of a view."""
        delivery, card, job = view.delivery, view.card, view.job
        brought = None if delivery is None else (delivery.state, delivery.reason, delivery.way, delivery.attempts > 0)
        looks = (job.status, job.reason, job.provider_text, job.posted_at_ms, job.finished_at_ms, view.money, brought)
        more = (view.waiting_for, view.pause_reason, view.place, view.overdue, view.link, card and card.lost)
        return hashlib.sha256(repr((looks, more)).encode()).hexdigest()[:32]

    async def post_card(self, view: JobView, nonce: str) -> MessageRef:
        return await self._post(self._place(view), "card", view, nonce)

    async def find_card(self, view: JobView) -> MessageRef | None:
        return await self._find(view, self._place(view), {"card"}, 0)  # all that is younger than the interaction

    async def edit_card(self, view: JobView, message: MessageRef, clip: ClipFile | None = None) -> None:
        def act() -> None:
            self._discord.edit(message, view, clip)
            self._watch.shown(self._discord.there(message, view.job.job_id), view)

        await self._call(act, about=view.job.job_id)

    async def clip_on_card(self, view: JobView, message: MessageRef) -> ClipOnCard | None:
        def act() -> ClipOnCard | None:
            match self._discord.there(message, view.job.job_id).way:
                case "attached":
                    return "attached"
                case None:
                    return None
            return "linked"

        return await self._call(act)

    async def reply_with_clip(
        self, view: JobView, message: MessageRef, clip: ClipFile | None, nonce: str
    ) -> MessageRef:
        return await self._post(message.channel_id, "clip", view, nonce, clip, below=message)

    async def send_clip(self, view: JobView, clip: ClipFile | None, nonce: str) -> MessageRef:
        return await self._post(dm_channel(view.job.user_id), "clip", view, nonce, clip)

    async def tell(self, view: JobView, message: MessageRef, nonce: str) -> MessageRef:
        return await self._post(message.channel_id, "ping", view, nonce, below=message)

    async def tell_directly(self, view: JobView, nonce: str) -> MessageRef:
        return await self._post(dm_channel(view.job.user_id), "ping", view, nonce)

    async def delete(self, view: JobView, message_id: int, channel_id: int | None) -> bool:
        place = dm_channel(view.job.user_id) if channel_id is None else channel_id
        return await self._call(lambda: self._discord.delete(MessageRef(place, message_id), view.job.job_id))

    async def find_reply(self, view: JobView, channel_id: int | None, *, since_ms: int) -> MessageRef | None:
        place = dm_channel(view.job.user_id) if channel_id is None else channel_id
        return await self._find(view, place, {"clip", "ping"}, earliest_id(view.job, since_ms))

    async def upload_limit_bytes(self, guild_id: int) -> int:
        return SAID_LIMIT_BYTES

    def audit_fit(self, lines: Sequence[AuditLine]) -> int:
        return len(lines)

    async def post_audit(self, channel_id: int, lines: Sequence[AuditLine], nonce: str) -> MessageRef:
        raise AssertionError("no guild of a simulation has an audit channel")

    async def notify(self, notice: Notice, nonce: str) -> None:
        """A word in private, which nobody here waits for."""

    async def was_notified(self, notice: Notice) -> bool:
        return False

    async def respond(self, view: JobView) -> MessageRef | None:
        """The card as the response to an interaction; None when nobody knows whether it is there."""
        faults = self._discord.faults
        if faults.strikes("answer_refused") or self._discord.is_out:
            await asyncio.sleep(self._latency())
            return None

        def act() -> MessageRef:
            message = self._discord.post(view.job.channel_id, "card", view, None)
            self._watch.shown(message, view)
            return message.ref

        try:
            ref = await self._travel(act, view.job.job_id)
        except DeliveryError:
            return None
        if not faults.strikes("answer_lost"):
            return ref
        self._is_unheard(view.job.job_id)
        await asyncio.sleep(3.0)
        return ref if faults.strikes("answer_found") else None

    # Below

    async def _post(
        self,
        channel_id: int,
        kind: Kind,
        view: JobView,
        nonce: str,
        clip: ClipFile | None = None,
        below: MessageRef | None = None,
    ) -> MessageRef:
        def act() -> MessageRef:
            if below is not None:
                self._discord.there(below, view.job.job_id)
            message = self._discord.post(channel_id, kind, view, nonce, clip)
            self._watch.shown(message, view)
            return message.ref

        return await self._call(act, about=view.job.job_id)

    async def _find(self, view: JobView, place: int, kinds: set[str], earliest: int) -> MessageRef | None:
        def act() -> MessageRef | None:
            found = self._discord.find(place, view.job.job_id, kinds, earliest)
            return None if found is None else found.ref

        return await self._call(act)

    def _place(self, view: JobView) -> int:
        return dm_channel(view.job.user_id) if view.job.deliver_to == "dm" else view.job.channel_id
