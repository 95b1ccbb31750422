"""The port `Messenger` of one life: calls that arrive or do not, answers that get lost."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from random import Random
from typing import Protocol, TypeVar

from klapper.errors import DeliveryError
from klapper.messages.own_messages import earliest_id
from klapper.services.audit_lines import AuditLine
from klapper.services.messenger import ClipFile, ClipOnCard, MessageRef
from klapper.services.views import JobView
from tests.simulation.discord_model import SAID_LIMIT_BYTES, DiscordModel, Kind, Message, dm_channel
from tests.simulation.loop import SimulatedLoop

LONGEST_LATENCY_S = 0.8
DEADLINE_S = 30.0
NO_EFFECT = {"discord_5xx": 0.0, "discord_deadline": DEADLINE_S}
NO_ANSWER = {"discord_lost": 0.0, "discord_deadline_lost": DEADLINE_S}

T = TypeVar("T")


class Watch(Protocol):
    """Who looks at what is shown."""

    def shown(self, message: Message, view: JobView) -> None:
        """A message was posted or edited."""
        ...


class SimulatedMessenger:
    """Discord for one life of Klapper."""

    def __init__(self, loop: SimulatedLoop, discord: DiscordModel, chance: Random, watch: Watch) -> None:
        self._loop = loop
        self._discord = discord
        self._chance = chance
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

    # The way there and back

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

    async def _call(self, act: Callable[[], T], *, about: str | None = None) -> T:
        """about: the job of which it changes a message."""
        faults = self._discord.faults
        if self._discord.is_out:
            await asyncio.sleep(self._chance.choice((0.05, DEADLINE_S)))
            raise DeliveryError("try_later", "Discord cannot be reached.")
        for kind, wait_s in NO_EFFECT.items():
            if faults.strikes(kind):
                await asyncio.sleep(wait_s + self._latency())
                raise DeliveryError("try_later", f"Discord did not do it ({kind}).")
        result = await self._travel(act, about)
        for kind, wait_s in NO_ANSWER.items():
            if faults.strikes(kind):
                self._is_unheard(about)
                await asyncio.sleep(wait_s)
                raise DeliveryError("try_later", f"Discord did not answer ({kind}).")
        return result

    async def _travel(self, act: Callable[[], T], about: str | None = None) -> T:
        up_s, down_s, lands = self._latency(), self._latency(), self._chance.random() < 0.5
        back: asyncio.Future[T] = self._loop.create_future()

        def arrived() -> None:
            if self._loop.dead and not lands:
                return
            try:
                result = act()
            except DeliveryError as error:
                known = error
                self._discord.time.after(down_s, lambda: self._fail(back, known))
            else:
                self._discord.time.after(down_s, lambda: self._return(back, result, about))

        self._discord.time.after(up_s, arrived)
        return await back

    def _return(self, back: asyncio.Future[T], result: T, about: str | None) -> None:
        if self._loop.dead or back.done():
            self._is_unheard(about)
        else:
            back.set_result(result)

    def _is_unheard(self, about: str | None) -> None:
        if about is not None:
            self._discord.unanswered.add(about)

    def _fail(self, back: asyncio.Future[T], error: DeliveryError) -> None:
        if not self._loop.dead and not back.done():
            back.set_exception(error)

    def _latency(self) -> float:
        return self._chance.uniform(0.05, LONGEST_LATENCY_S) ** 2

    def _place(self, view: JobView) -> int:
        return dm_channel(view.job.user_id) if view.job.deliver_to == "dm" else view.job.channel_id
