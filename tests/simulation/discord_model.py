"""Discord as a seeded model: messages with nonces, places that close, people who delete, answers that get lost."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Literal

from klapper.clock import HOUR_MS, MINUTE_MS, SECOND_MS
from klapper.errors import DeliveryError
from klapper.jobs.job import DeliveryState
from klapper.messages import card_texts
from klapper.services.messenger import ClipFile, MessageRef
from klapper.services.views import JobView
from tests.simulation.faults import Faults
from tests.simulation.story import Story
from tests.simulation.time import Time, snowflake

NONCE_KEPT_S = 2 * MINUTE_MS / SECOND_MS
OLD_S = HOUR_MS / SECOND_MS
SAID_LIMIT_BYTES = 10_000  # a thousandth of the real one
REAL_LIMIT_BYTES = 7_000  # of guilds where less is taken than is said
MOST_FILE_BYTES = 1_000_000
DM = 1_000_000  # channel ids of DMs are those of their members and this

Kind = Literal["card", "clip", "ping"]


def dm_channel(user_id: int | None) -> int:
    """Where a member's DM is."""
    return DM + (user_id or 0)


@dataclass(slots=True)
class Message:
    """A message of Klapper's. way: how it shows the clip, or None. by: who deleted it, None while it is there."""

    ref: MessageRef
    kind: Kind
    job_id: str
    at_s: float
    nonce: str | None
    money: str = ""
    looks: str = ""
    way: str | None = None
    by: str | None = None
    had_clip: bool = False

    @property
    def is_there(self) -> bool:
        return self.by is None


@dataclass(slots=True)
class Place:
    """A channel, a thread or a DM. closed: why nothing can be done there, as a reason of the port."""

    closed: str | None = None
    is_archived: bool = False


@dataclass(slots=True)
class DiscordModel:
    """What is there, and what is refused. unanswered: jobs of which Klapper did not hear all that was done."""

    time: Time
    story: Story
    faults: Faults
    chance: Random
    messages: list[Message] = field(default_factory=list)
    places: dict[int, Place] = field(default_factory=dict)
    refusals: dict[str, set[tuple[int, str]]] = field(default_factory=dict)
    unanswered: set[str] = field(default_factory=set)
    is_out: bool = False
    _by_ref: dict[MessageRef, Message] = field(default_factory=dict)
    _nonces: dict[tuple[int, str], Message] = field(default_factory=dict)
    _ids: int = 9_000_000

    def place(self, channel_id: int) -> Place:
        return self.places.setdefault(channel_id, Place())

    # What Klapper does

    def post(
        self, channel_id: int, kind: Kind, view: JobView, nonce: str | None, clip: ClipFile | None = None
    ) -> Message:
        """A new message; a nonce that was seen some moments ago names the one that it made."""
        place = self._open(channel_id, view.job.job_id)
        place.is_archived = False  # a message wakes a thread
        if nonce is not None:
            known = self._nonces.get((channel_id, nonce))
            if known is not None and self.time.now_s - known.at_s <= NONCE_KEPT_S:
                return known
        self._fits(clip, channel_id)
        self._ids += 1
        message = Message(MessageRef(channel_id, self._ids), kind, view.job.job_id, self.time.now_s, nonce)
        self.messages.append(message)
        self._by_ref[message.ref] = message
        if nonce is not None:
            self._nonces[channel_id, nonce] = message
        self._show(message, view, clip)
        return message

    def edit(self, ref: MessageRef, view: JobView, clip: ClipFile | None) -> None:
        message = self.there(ref, view.job.job_id)
        if self.place(ref.channel_id).is_archived:
            raise DeliveryError("archived")
        if self.time.now_s - message.at_s > OLD_S and self.faults.strikes("discord_old_edits"):
            raise DeliveryError("too_old")
        self._fits(clip, ref.channel_id)
        self._show(message, view, clip)

    def there(self, ref: MessageRef, job_id: str) -> Message:
        """Raises DeliveryError when it cannot be reached, or is gone."""
        self._open(ref.channel_id, job_id)
        message = self._by_ref.get(ref)
        if message is None or not message.is_there:
            self._refuse(job_id, ref.channel_id, "card_deleted")
            raise DeliveryError("card_deleted")
        return message

    def find(self, channel_id: int, job_id: str, kinds: set[str], earliest_id: int) -> Message | None:
        """The newest of ours about this job from this id on; ids are given by Discord's own clock."""
        if self.place(channel_id).closed not in (None, "dm_closed"):
            self._open(channel_id, job_id)
        for message in reversed(self.messages):
            is_here = message.job_id == job_id and message.ref.channel_id == channel_id and message.is_there
            if is_here and message.kind in kinds and snowflake(message.at_s) >= earliest_id:
                return message
        return None

    def delete(self, ref: MessageRef, job_id: str) -> bool:
        place = self.place(ref.channel_id)
        if place.closed == "channel_gone":
            return False
        if place.closed == "forbidden":
            raise DeliveryError("forbidden")
        message = self._by_ref.get(ref)
        if message is None or not message.is_there:
            return False
        message.by = "Klapper"
        self.story.tell("Discord", f"{message.kind} {ref.message_id} deleted by Klapper", job_id)
        return True

    # What people do

    def vanish(self, message: Message, by: str) -> None:
        """A person deletes a message by hand."""
        message.by = by
        self.story.tell(by, f"deletes the {message.kind} {message.ref.message_id}", message.job_id)

    def close(self, channel_id: int, why: str) -> None:
        self.place(channel_id).closed = why
        self.story.tell("Discord", f"place {channel_id} closes: {why}")
        if why == "channel_gone":
            for message in self.messages:
                if message.ref.channel_id == channel_id and message.is_there:
                    message.by = "the channel's end"

    def open_again(self, channel_id: int) -> None:
        place = self.place(channel_id)
        if place.closed not in (None, "channel_gone"):
            self.story.tell("Discord", f"place {channel_id} opens again")
            place.closed = None

    # What the checks ask

    def clips(self, job_id: str) -> list[Message]:
        """Every message in which a reader finds the job's clip."""
        return [m for m in self.messages if m.job_id == job_id and m.is_there and m.way is not None]

    def of(self, job_id: str, kind: Kind) -> list[Message]:
        return [m for m in self.messages if m.job_id == job_id and m.kind == kind]

    # Below

    def _show(self, message: Message, view: JobView, clip: ClipFile | None) -> None:
        message.money = card_texts.money(view.money)
        message.looks = card_texts.headline(view)
        delivery = view.delivery
        brought = delivery is not None and delivery.state is DeliveryState.DELIVERED and message.kind != "ping"
        if clip is not None:
            message.way = "attached"
        elif message.way != "attached":
            in_it = message.kind == "clip" or (delivery is not None and delivery.way in ("attached", "linked"))
            message.way = "linked" if brought and in_it else None
        message.had_clip = message.had_clip or message.way is not None
        place = "DM" if message.ref.channel_id >= DM else str(message.ref.channel_id)
        shown = f"{message.kind} {message.ref.message_id} in {place}: {message.looks} / {message.money}"
        self.story.tell("Discord", shown + (f" / clip {message.way}" if message.way else ""), message.job_id)

    def _open(self, channel_id: int, job_id: str) -> Place:
        place = self.place(channel_id)
        if place.closed is not None:
            self._refuse(job_id, channel_id, place.closed)
            raise DeliveryError(place.closed)
        return place

    def _refuse(self, job_id: str, channel_id: int, why: str) -> None:
        self.refusals.setdefault(job_id, set()).add((channel_id, why))

    def _fits(self, clip: ClipFile | None, channel_id: int) -> None:
        if clip is None:
            return
        try:
            size = clip.path.stat().st_size
        except OSError:
            raise DeliveryError("media_gone") from None
        limit = REAL_LIMIT_BYTES if "discord_limit" in self.faults.rates and channel_id % 2 else SAID_LIMIT_BYTES
        if size > limit:
            raise DeliveryError("too_large")
