"""The port through which services reach Discord. `klapper.messages` implements it; a test has a complete fake."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from klapper.services.audit_lines import AuditLine
from klapper.services.case_views import CaseView
from klapper.services.notices import Notice
from klapper.services.views import JobView


@dataclass(frozen=True, slots=True)
class MessageRef:
    """Where a message is."""

    channel_id: int
    message_id: int


DIRECT = 0  # in the place of a guild's id: the DMs, which have an upload limit of their own
ClipOnCard = Literal["attached", "linked"]


@dataclass(frozen=True, slots=True)
class ClipFile:
    """A clip on disk and the text for those who cannot see it."""

    path: Path
    alt_text: str


class CaseMessenger(Protocol):
    """Cards of cases in the channels of moderators. Raises DeliveryError like `Messenger`."""

    async def post_case(self, view: CaseView, channel_id: int, nonce: str) -> MessageRef:
        """Post the case's card with its images or its clip as spoilers. What is not on disk any more is left out."""
        ...

    async def find_case(self, view: CaseView, channel_id: int) -> MessageRef | None:
        """Look among our messages there since the case was opened for the one that carries it."""
        ...

    async def edit_case(self, view: CaseView, message: MessageRef) -> None:
        """Show the view on its card; a settled case has no files any more."""
        ...

    async def remove_case(self, message: MessageRef) -> None:
        """Delete a card."""
        ...

    async def remind(self, channel_id: int, views: Sequence[CaseView], roles: Collection[int], nonce: str) -> None:
        """Tell these roles that cases have become old, oldest first."""
        ...

    async def tell_paused(self, channel_id: int, refusals: int, roles: Collection[int], nonce: str) -> None:
        """Tell these roles that Klapper paused itself in their guild, because Segmind refused so many requests."""
        ...

    async def tell_requester(self, view: CaseView, nonce: str) -> None:
        """Tell whose clip was taken down why, as a direct message."""
        ...

    async def was_told(self, view: CaseView) -> bool:
        """Whether such a message is there, of what was posted since the case was settled."""
        ...


class Messenger(Protocol):
    """What Klapper can do in Discord without anybody having asked just now.

    A clip is a spoiler wherever it is posted if its job says so. Every method raises DeliveryError with one of these
    reasons and nothing else:
    `card_deleted` (10008) · `channel_gone` (10003) · `forbidden` (50001, 50013, not in the guild) ·
    `archived` (50083) · `too_large` (413, 40005) · `too_old` (30046) · `dm_closed` (50007) ·
    `media_gone` (the file is not on disk) · `try_later` (5xx, rate limit, connection, deadline, a refusal without a
    known code). A `nonce` makes a repeated post within some minutes the same message.
    """

    def fingerprint(self, view: JobView) -> str:
        """Short text that is equal for views that look equal on a card."""
        ...

    async def post_card(self, view: JobView, nonce: str) -> MessageRef:
        """Post the job's card in its channel, or in the requester's DM for `deliver_to = dm`."""
        ...

    async def find_card(self, view: JobView) -> MessageRef | None:
        """Look among our messages since the job was asked for for the one that carries it."""
        ...

    async def edit_card(self, view: JobView, message: MessageRef, clip: ClipFile | None = None) -> None:
        """Show the view on its card; with `clip`, attach it and show it playing. Repeating it changes nothing."""
        ...

    async def clip_on_card(self, view: JobView, message: MessageRef) -> ClipOnCard | None:
        """How the card shows the clip as it is now: an edit may have got through although its answer was lost."""
        ...

    async def reply_with_clip(
        self, view: JobView, message: MessageRef, clip: ClipFile | None, nonce: str
    ) -> MessageRef:
        """Post the finished job as a reply to its card, which can no longer be edited. None: with the link only."""
        ...

    async def send_clip(self, view: JobView, clip: ClipFile | None, nonce: str) -> MessageRef:
        """Post the finished job in the requester's DM. None: with the link only."""
        ...

    async def tell(self, view: JobView, message: MessageRef, nonce: str) -> MessageRef:
        """The one ping: a reply to the card that mentions the requester and nobody else."""
        ...

    async def tell_directly(self, view: JobView, nonce: str) -> MessageRef:
        """The one piece of news as a direct message to the requester, with the way to the card."""
        ...

    async def delete(self, view: JobView, message_id: int, channel_id: int | None) -> bool:
        """Take a message of ours away; None as channel: in the requester's DM. False: it is not there (any more)."""
        ...

    async def find_reply(self, view: JobView, channel_id: int | None, *, since_ms: int) -> MessageRef | None:
        """Look for a message of ours, other than the card, that names this job; None as channel: the DM.

        since_ms: when it was posted at the earliest, by our clock, which may be minutes away from Discord's.
        """
        ...

    async def upload_limit_bytes(self, guild_id: int) -> int:
        """The largest file that the guild's channels take, or DMs (DIRECT), as Discord says now."""
        ...

    def audit_fit(self, lines: Sequence[AuditLine]) -> int:
        """How many of these lines, from the first on, one message takes; at least one."""
        ...

    async def post_audit(self, channel_id: int, lines: Sequence[AuditLine], nonce: str) -> MessageRef:
        """Post lines of the audit in one message that pings nobody."""
        ...

    async def notify(self, notice: Notice, nonce: str) -> None:
        """Tell somebody as a direct message what became of their credits."""
        ...

    async def was_notified(self, notice: Notice) -> bool:
        """Whether such a message is there, of what was posted since."""
        ...
