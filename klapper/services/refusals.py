"""The sentences of a no about jobs, drafts, cases and pauses: what is wrong, and what to do."""

from __future__ import annotations

from collections.abc import Sequence

from klapper.errors import RequestRefused
from klapper.jobs.job import Job, JobStatus
from klapper.moderation.cases import Outcome

_TOO_LATE = {
    JobStatus.SUCCEEDED: "its clip has been made already",
    JobStatus.FAILED: "it has failed already",
    JobStatus.REFUSED: "Segmind's content check has refused it already",
    JobStatus.REJECTED: "a moderator has declined it already",
    JobStatus.CANCELLED: "it has been cancelled already",
    JobStatus.EXPIRED: "it has expired already",
    JobStatus.ABANDONED: "it was sent, and Segmind has not said what became of it",
}

_OUTCOMES = {
    Outcome.APPROVED: "approved",
    Outcome.REJECTED: "declined",
    Outcome.BLOCKED: "declined and its member blocked",
    Outcome.WITHDRAWN: "withdrawn by its requester",
    Outcome.REPLACED: "replaced by its requester with a changed request",
    Outcome.EXPIRED: "expired, as nobody decided in time",
    Outcome.MOOT: "it cannot be made any more",
    Outcome.TAKEN_DOWN: "taken down",
    Outcome.DISMISSED: "dismissed",
}

_VERDICTS = {  # about a request in review; where there is none of these, it was approved
    JobStatus.REJECTED: "a moderator has declined it",
    JobStatus.CANCELLED: "it was cancelled",
    JobStatus.EXPIRED: "nobody decided about it in time",
    JobStatus.FAILED: "its model is no longer offered",
}

MOST_NAMED = 10  # jobs in one sentence


def relative_time(at_ms: int) -> str:
    """A Discord timestamp that every reader sees in their own words and time zone (Discord docs: Timestamp Styles)."""
    return f"<t:{-(-at_ms // 1000)}:R>"


def too_late_to_cancel(job: Job) -> RequestRefused:
    """Only what was not sent can be cancelled."""
    why = _TOO_LATE.get(job.status, "it is with Segmind already, which cannot cancel; its clip will be delivered here")
    return RequestRefused("too_late_to_cancel", f"Job `{job.job_id}` can no longer be cancelled: {why}.")


def guild_paused() -> RequestRefused:
    """The guild's managers stopped new requests, or Klapper did because Segmind refused too much."""
    return RequestRefused(
        "guild_paused",
        "Klapper is paused on this server until its managers resume it: ask again later. Jobs that are running will be "
        "finished.",
    )


def image_gone() -> RequestRefused:
    """An image of an earlier request was swept."""
    return RequestRefused(
        "image_gone", "An image of this request is not kept here any more: attach it again and ask once more."
    )


def no_such_job() -> RequestRefused:
    """There is none in this guild."""
    return RequestRefused("no_such_job", "There is no such job here: `/jobs list` shows those you have.")


def not_your_job() -> RequestRefused:
    """Another member's, whose card everybody in the channel sees."""
    return RequestRefused("not_your_job", "This is another member's request: `/jobs list` shows yours.")


def review_over(job: Job, changed_to: str | None) -> RequestRefused:
    """The appeal of a changed request came after the verdict about the one whose place it was to take."""
    return RequestRefused(
        "review_over",
        f"{not_in_review(job, changed_to)} Nothing was started: ask for the changed one anew, and appeal that.",
    )


def not_in_review(job: Job, changed_to: str | None) -> str:
    """What became of a request that its author was about to change. changed_to: the job that took its place."""
    verdict = _VERDICTS.get(job.status, "a moderator has approved it, and it is made as it was")
    if changed_to is not None:
        verdict = f"you have changed it already, to job `{changed_to}`"
    return f"Job `{job.job_id}` is not in review any more: {verdict}."


def no_such_draft() -> RequestRefused:
    """There is none, or it is somebody else's."""
    return RequestRefused(
        "no_such_draft", "There is no such draft of yours: `/video` or `/storyboard` begins a new one."
    )


def draft_over() -> RequestRefused:
    """A draft that nobody let go within its time, or that was used or discarded."""
    return RequestRefused(
        "draft_over",
        "This draft is over and nothing was charged for it: `/video`, `/storyboard` or Edit and run on a job's card "
        "begins a new one.",
    )


def draft_changed() -> RequestRefused:
    """Its author saw another one."""
    return RequestRefused(
        "draft_changed", "This draft was changed since it was shown to you, and nothing was made: look at it again."
    )


def no_such_case() -> RequestRefused:
    """There is none of that number in this guild."""
    return RequestRefused("no_such_case", "There is no such request to decide about: `/moderate queue` lists them.")


def own_request() -> RequestRefused:
    """A moderator's own, which somebody else looks at."""
    return RequestRefused("own_request", "This is your own: another moderator, or who manages this server, decides.")


def no_job_here() -> RequestRefused:
    """A moderator's word for a job that there is not, or that is of another guild."""
    return RequestRefused("no_such_job", "There is no such job on this server: its card shows its id.")


def no_reason() -> RequestRefused:
    """Whose clip goes is told why."""
    return RequestRefused("no_reason", "Nothing was taken down: say why, as the clip's requester is told.")


def no_such_clip() -> RequestRefused:
    """There is none, it is not finished, or it was deleted."""
    return RequestRefused(
        "no_such_clip",
        "There is no such clip on this server: one can be reported when it is finished, and until it is deleted.",
    )


def own_clip() -> RequestRefused:
    """Who asked for it can take it away themselves."""
    return RequestRefused("own_clip", "This is your own clip: Delete on its card takes it away.")


def reported_already() -> RequestRefused:
    """One report of a member is enough."""
    return RequestRefused("reported_already", "You have reported this clip: the moderators of this server have it.")


def too_many_reports(limit: int) -> RequestRefused:
    """Moderators are to be able to look at each."""
    return RequestRefused(
        "too_many_reports",
        f"The moderators have {limit} reports of yours to look at: report more when they have, or write to them.",
    )


def decided_already(outcome: Outcome, by: int | None, at_ms: int) -> RequestRefused:
    """Two moderators at once, or a case that ended by itself. by: the Discord id of who settled it."""
    who = "" if by is None else f" by <@{by}>"
    return RequestRefused(
        "decided_already", f"This was settled {relative_time(at_ms)}: {_OUTCOMES[outcome]}{who}. Nothing was changed."
    )


def no_such_refusal() -> RequestRefused:
    """There is none, it met somebody else, or it is one that nobody may overrule."""
    return RequestRefused("no_such_refusal", "There is no such refusal of yours here: ask for the clip once more.")


def already_appealed() -> RequestRefused:
    """A refusal is appealed once."""
    return RequestRefused(
        "already_appealed", "This was brought before the moderators already: `/jobs list` shows what became of it."
    )


def in_review_already(job_id: str) -> RequestRefused:
    """Exactly this is before the moderators."""
    return RequestRefused(
        "already_appealed",
        f"Moderators have this request already: job `{job_id}`. You hear of it when they have decided.",
    )


def already_declined(job_id: str) -> RequestRefused:
    """Exactly this was before the moderators."""
    return RequestRefused(
        "already_declined", f"Moderators have declined exactly this (job `{job_id}`): change it and ask again."
    )


def too_late_to_appeal() -> RequestRefused:
    """What was refused is forgotten after a day."""
    return RequestRefused(
        "too_late_to_appeal",
        "This was refused more than a day ago and is not kept any more: ask for it once more.",
    )


def appeal_differs() -> RequestRefused:
    """Not the texts and images that were refused."""
    return RequestRefused("appeal_differs", "This is not what was refused, and nothing was made: ask for it once more.")


def appeal_without_words() -> RequestRefused:
    """Nothing but blanks."""
    return RequestRefused("appeal_without_words", "Say in some words why it should be made: the moderators read them.")


def appeal_price_changed(price_credits: int) -> RequestRefused:
    """Its author saw another price."""
    return RequestRefused(
        "appeal_price_changed",
        f"This costs {_credits(price_credits)} by now, and nothing was reserved: press Appeal… once more if you agree.",
    )


def not_ended(job: Job) -> RequestRefused:
    """Only what has ended can be deleted."""
    return RequestRefused(
        "not_ended",
        f"Job `{job.job_id}` is not finished: cancel it if it was not sent yet, or delete it when it has ended.",
    )


def not_finished(job: Job) -> RequestRefused:
    """There is no clip yet."""
    return RequestRefused("not_finished", f"Job `{job.job_id}` is not finished: its card shows how far it is.")


def no_clip(job: Job) -> RequestRefused:
    """The job ended without one."""
    what = f"Job `{job.job_id}` ended without a clip, and nothing was charged: `/jobs show` says why."
    return RequestRefused("no_clip", what)


def on_its_way(job: Job) -> RequestRefused:
    """The delivery is still trying."""
    what = f"The clip of job `{job.job_id}` is still on its way, which is tried until it arrives: ask again later."
    return RequestRefused("on_its_way", what)


def taken_down(job: Job) -> RequestRefused:
    """Moderators took the clip away."""
    return RequestRefused(
        "taken_down", f"Moderators took the clip of job `{job.job_id}` down: `/jobs show` shows what is known of it."
    )


def deleted(job: Job, *, by: str) -> RequestRefused:
    """A person took the clip away. by: requester | moderator | forgotten, which is a requester as well."""
    who = "a moderator" if by == "moderator" else "its requester"
    return RequestRefused(
        "deleted", f"Job `{job.job_id}` was deleted by {who}, and its clip with it: ask for a new one."
    )


def held_for_moderators(job: Job) -> RequestRefused:
    """Its requester is blocked."""
    what = f"The clip of job `{job.job_id}` is kept for the moderators of this server: they can tell you more."
    return RequestRefused("held_for_moderators", what)


def clip_lost(job: Job) -> RequestRefused:
    """Neither our disk nor Segmind has the clip."""
    what = f"The clip of job `{job.job_id}` is kept neither here nor at Segmind any more: ask for a new one."
    return RequestRefused("clip_lost", what)


def ask_again(job: Job) -> RequestRefused:
    """Discord or Segmind does not answer now."""
    what = f"The clip of job `{job.job_id}` cannot be fetched at the moment: ask again in some minutes."
    return RequestRefused("ask_again", what)


def too_large_to_give(job: Job) -> RequestRefused:
    """On disk, but there is no way to hand it over."""
    what = f"The clip of job `{job.job_id}` is too large to be sent here: ask whoever runs this bot for the file."
    return RequestRefused("too_large_to_give", what)


def words_forgotten(job: Job) -> RequestRefused:
    """Its texts and images went with time, or because its requester wanted it."""
    what = f"What was asked for in job `{job.job_id}` is not kept any more: ask for it once more."
    return RequestRefused("words_forgotten", what)


def nothing_kept() -> RequestRefused:
    """Klapper has never seen them here."""
    return RequestRefused("nothing_kept", "Klapper keeps nothing about you on this server, so there is nothing to do.")


def unfinished_jobs(job_ids: Sequence[str]) -> RequestRefused:
    """Nothing is deleted before all of a member's jobs are over."""
    named = ", ".join(f"`{job_id}`" for job_id in job_ids[:MOST_NAMED])
    more = f" and {len(job_ids) - MOST_NAMED} more" if len(job_ids) > MOST_NAMED else ""
    are = "Job {} is" if len(job_ids) == 1 else "Jobs {} are"
    what = f"{are.format(named + more)} not finished, so nothing was deleted"
    return RequestRefused(
        "unfinished_jobs",
        f"{what}: cancel what can still be cancelled (`/jobs cancel`), and ask again when the rest has ended and its "
        "clips have come.",
    )


def model_retired(title: str) -> RequestRefused:
    """Segmind answered 410 for this model."""
    return RequestRefused("model_retired", f"Segmind no longer offers {title}: choose another model.")


def _credits(amount: int) -> str:
    return f"{amount} credit" if amount == 1 else f"{amount} credits"
