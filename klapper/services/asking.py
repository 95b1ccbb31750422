"""What a member asks for, as every way of asking brings it, and what it becomes."""

from __future__ import annotations

from dataclasses import dataclass, field

from klapper.drafts.draft import Draft
from klapper.jobs.job import DeliverTo, Job, new_job_id
from klapper.kling.request import VideoRequest
from klapper.kling.resolution import ResolvedRequest
from klapper.moderation.policy import Content
from klapper.moderation.rules import NOWHERE, Place


@dataclass(frozen=True, slots=True)
class Appeal:
    """decision_id: of the refusal. words: why it should be made. price_credits: that its author saw."""

    decision_id: int
    words: str
    price_credits: int


@dataclass(frozen=True, slots=True)
class Ask:
    """A member's request, as an interaction brought it.

    place: where it is asked, and as who. parent_job_id: the job it is made from. draft_id, draft_revision: the draft in
    which the member let it go, and what they saw of it. job_id: of the job it becomes, chosen beforehand so that its
    card can be spoken for before the job can be seen. appeal: of a refusal of exactly this.
    """

    interaction_id: int
    guild_id: int
    channel_id: int
    user_id: int
    request: VideoRequest
    place: Place = NOWHERE
    deliver_to: DeliverTo = "here"
    spoiler: bool = False
    parent_job_id: str | None = None
    draft_id: str | None = None
    draft_revision: int | None = None
    job_id: str = field(default_factory=new_job_id)
    appeal: Appeal | None = None


@dataclass(frozen=True, slots=True)
class Submitted:
    """is_new: False when the interaction or the draft had a job already, because its event came twice.

    replaced: the job in review that it took the place of, as it was before.
    """

    job: Job
    is_new: bool
    replaced: Job | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """Nothing was made and nothing is held: the draft asks its author first. place: where, and as who, they asked."""

    draft: Draft
    place: Place = NOWHERE


def content_of(resolved: ResolvedRequest) -> Content:
    """What is judged of a request: every text and every image that its requester gave."""
    return Content(resolved.asked.texts(), resolved.asked.images())
