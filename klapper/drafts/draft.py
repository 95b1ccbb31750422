"""A draft: a request that its author has not let go yet. Nothing is reserved for it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from enum import StrEnum

from klapper.clock import MINUTE_MS
from klapper.jobs.job import DeliverTo
from klapper.kling.request import VideoRequest

KEPT_MS = 15 * MINUTE_MS  # after its last change; as long as Discord lets the answer to an interaction be edited

_ID_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_ID_LENGTH = 12  # longer than a job's: nobody reads it aloud


class DraftKind(StrEnum):
    """How a draft is shown."""

    QUOTE = "quote"  # a question with yes, no and change
    PANEL = "panel"  # everything can be changed
    STORYBOARD = "storyboard"  # a panel that begins with its shots


class DraftState(StrEnum):
    OPEN = "open"
    USED = "used"  # it became a job
    DISCARDED = "discarded"


class Why(StrEnum):
    """What a quote asks about."""

    NOTHING = ""
    PRICE = "price"  # it costs more than the operator lets go without asking
    REPEAT = "repeat"  # the same request was made moments ago
    PRICE_CHANGED = "price_changed"  # it costs something else than when its author saw it
    REVIEW_OVER = "review_over"  # the job whose place it was to take, its parent, was decided first


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A row of `drafts`.

    asked_by: the interaction that a question answers. revision: grows with every change; what its author lets go has to
    name the one that they saw. parent_job_id: the job that it edits. repeat_of: the job that it would repeat.
    replaces: the job in review whose place it takes.
    price_credits: as its author saw it last, None while it cannot be made; price_version: of the price table then.
    """

    draft_id: str
    kind: DraftKind
    guild_id: int
    channel_id: int
    user_id: int
    request: VideoRequest
    created_at_ms: int
    expires_at_ms: int
    asked_by: int | None = None
    revision: int = 1
    state: DraftState = DraftState.OPEN
    deliver_to: DeliverTo = "here"
    spoiler: bool = False
    parent_job_id: str | None = None
    replaces: str | None = None
    why: Why = Why.NOTHING
    repeat_of: str | None = None
    price_credits: int | None = None
    price_version: str = ""

    def is_live(self, now_ms: int) -> bool:
        """Whether it can still be changed and let go."""
        return self.state is DraftState.OPEN and now_ms < self.expires_at_ms


def new_draft_id() -> str:
    """Twelve letters that cannot be guessed, from a space of 7.9e17; who may use one is looked up all the same."""
    return "".join(secrets.choice(_ID_LETTERS) for _ in range(_ID_LENGTH))
