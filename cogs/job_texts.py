"""What /jobs and the buttons of the cards say."""

from __future__ import annotations

from collections.abc import Sequence

from klapper.jobs.deliveries import UNREACHABLE
from klapper.jobs.job import CANCELLABLE, DeliveryState, JobStatus
from klapper.messages import card_texts, clip_texts, text
from klapper.services.recovery import Recovered, StillThere
from klapper.services.views import JobView, MoneyState

JOBS = "Your clips, made or in the making"
LIST = "Your jobs, newest first"
SHOW = "One of your jobs"
CANCEL = "Cancel a job that has not been sent to Segmind yet"
RECOVER = "Get the clip of a finished job that you cannot see"
JOB_OPTION = "Words of its prompt, or its id as its card shows it"

NO_JOBS = "You have no jobs here yet. `/video` makes one."
DELETE_FOR_GOOD = "Delete for good"

CHOICE_CHARS = 100  # Discord docs: Application Command Option Choice
_EXCERPT_CHARS = 60


def cancelled(view: JobView) -> str:
    """The job was cancelled; what the books say about its credits."""
    return f"Job `{view.job.job_id}` is cancelled. {card_texts.money(view.money)}"


def still_there(found: StillThere) -> str:
    """The clip is where it was brought."""
    job = found.view.job
    # A message in a DM has no guild in its address.
    in_dm = job.deliver_to == "dm" or (found.view.delivery is not None and found.view.delivery.way == "dm")
    where = text.message_link(None if in_dm else job.guild_id, found.message.channel_id, found.message.message_id)
    return f"The clip of job `{job.job_id}` is still there: {text.link('see its message', where)}."


def recovered(found: Recovered) -> str:
    """What is handed over, and that it costs nothing more."""
    what = clip_texts.linked(found.view) if found.clip is None else clip_texts.attached(found.view, found.copy)
    return f"{what} {card_texts.money(found.view.money)}\n-# job `{found.view.job.job_id}`"


def may_be_recovered(view: JobView) -> bool:
    """Whether it makes sense to suggest a job for recovering."""
    return view.job.status is JobStatus.SUCCEEDED and not is_deleted(view)


def delete_question(view: JobView) -> str:
    """What goes away and what does not."""
    is_charged = view.money.state is MoneyState.CHARGED and view.money.credits
    kept = f" What it cost ({text.credits(view.money.credits)}) is not given back." if is_charged else ""
    return f"**Delete job `{view.job.job_id}`?** {_messages(view)} for good.{kept}{_elsewhere(view)}"


def deleted(view: JobView) -> str:
    """The job's messages are being taken away."""
    return (
        f"Job `{view.job.job_id}` is deleted. {_messages(view)}, and nothing of it is posted again.{_elsewhere(view)}"
    )


def _waits_for_recover(view: JobView) -> bool:
    """Whether the clip is kept for its requester, who could not be reached."""
    delivery = view.delivery
    return delivery is not None and delivery.state is DeliveryState.UNDELIVERABLE and delivery.reason == UNREACHABLE


def is_deleted(view: JobView) -> bool:
    """Whether somebody deleted it before."""
    return view.delivery is not None and view.delivery.state is DeliveryState.REMOVED


def job_list(views: Sequence[JobView]) -> str:
    """Some of a member's jobs, one in two lines."""
    return "\n".join(line for view in views for line in _job_lines(view)) or NO_JOBS


def choice(view: JobView) -> str:
    """A job in a list of suggestions, without Markdown."""
    return text.plain_line(_described(view), CHOICE_CHARS)


def several(count: int) -> str:
    """Words that more than one job has."""
    return f"{count} of your jobs have these words: choose one from the list that Discord shows while you type."


def is_meant(view: JobView, entered: str) -> bool:
    """Whether every entered word is in the job's id, state or prompt."""
    described = _described(view).casefold()
    return all(word in described for word in entered.casefold().split())


def may_be_cancelled(view: JobView) -> bool:
    """Whether it makes sense to suggest a job for cancelling."""
    return view.job.status in CANCELLABLE


def _messages(view: JobView) -> str:
    return "Its card and its clip go away" if view.job.status is JobStatus.SUCCEEDED else "Its card goes away"


def _elsewhere(view: JobView) -> str:
    """What is out of our reach: Segmind's documentation names no way to delete what it stores."""
    has_images = view.request is not None and view.request.filled.images()
    is_there = view.job.status is JobStatus.SUCCEEDED or (view.job.posted_at_ms is not None and has_images)
    return f" {clip_texts.AT_SEGMIND}" if is_there else ""


def _described(view: JobView) -> str:
    prompt = "" if view.request is None else view.request.filled.prompt
    return f"{view.job.job_id} · {card_texts.headline(view)} · {prompt}"


def _job_lines(view: JobView) -> list[str]:
    job = view.job
    first = f"`{job.job_id}` **{card_texts.headline(view)}** · {_cost(view)} · {text.timestamp(job.created_at_ms)}"
    link = clip_texts.card_link(view)
    if link is not None:
        first += f" · [card]({link})"
    if _waits_for_recover(view):
        first += " · `/jobs recover` gives you the clip"
    prompt = "" if view.request is None else text.shown_line(view.request.filled.prompt, _EXCERPT_CHARS)
    return [first, f"> {prompt}"] if prompt else [first]


def _cost(view: JobView) -> str:
    match view.money.state:
        case MoneyState.HELD:
            return f"{text.credits(view.money.credits)} reserved"
        case MoneyState.CHARGED:
            return f"{text.credits(view.money.credits)} charged"
        case MoneyState.REFUNDED:
            return f"{text.credits(view.money.credits)} given back"
        case MoneyState.RELEASED:
            return "nothing charged"
