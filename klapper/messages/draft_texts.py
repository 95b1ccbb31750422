"""What drafts say: one place for their words, so that they can be translated. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from klapper.clock import MINUTE_MS
from klapper.drafts.draft import KEPT_MS, DraftKind, DraftState, Why
from klapper.jobs.job import JobStatus
from klapper.kling.model import Family, Field, Kind
from klapper.kling.request import Element, Shot, VideoRequest
from klapper.kling.resolution import ResolvedRequest
from klapper.messages import draft_controls as controls
from klapper.messages import text
from klapper.messages.draft_option_texts import in_panel_words
from klapper.messages.parameters import AVOIDED_CHARS, short_words
from klapper.services.drafts import DraftView
from klapper.services.refusals import not_in_review

# Commands.
STORYBOARD = "Write a clip shot by shot and see its price before it is made"
MENU_IMAGE = "The image"  # how sentences about its file begin

# Buttons. Three dots: a form follows.
ADD_SHOT = "Add shot…"
MOST_SHOTS = "{count} shots are the most"
EDIT_SHOT = "Edit…"
WORDS = "Words…"
OPENERS = {
    controls.SHOT: ADD_SHOT,
    controls.WORDS: WORDS,
    controls.IMAGES: "Images…",
    controls.ELEMENTS: "Elements…",
    controls.VOICES: "Voices…",
    controls.CAMERA: "Camera…",
}
CHANGE = "Change"
DISCARD = "Discard"
GENERATE = "Generate"

# What selects say while nothing in them fits.
CHOOSE_MODEL = "Choose a model"
CHOOSE_LENGTH = "Choose a length"
CHOOSE_SHAPE = "Choose a shape"
CHOOSE_QUALITY = "Choose a quality"
CHOOSE_DELIVERY = "Choose where it goes"

RENEW = "Go on with this"

EXPIRED = (
    f"This draft has expired: nothing was changed in it for {KEPT_MS // MINUTE_MS} minutes, and nothing was charged."
)
REST_COUNTS = "The rest of the form counts."
TOO_LATE = "This form came too late, and nothing was changed: its draft is over."
DISCARDED = "This draft was discarded: nothing was charged."
UNKNOWN_CONTROL = "This control is from another version of Klapper and does nothing any more: begin a new draft."
FIRST_OF_SEVERAL = "That message has {count} images; this is the first of them. **Images…** below takes another one."
OWN_MESSAGE = (
    "This is a message of mine, and only images that members attached can be animated: press Edit and run on a job's "
    "card to begin from that job."
)
NO_IMAGE = "That message has no image attached: choose one that has; links and previews cannot be animated."
NOT_YOUR_IMAGE = (
    "You can animate images from your own messages; those of others only where this server's managers allow it: ask "
    "them, or ask whoever posted it."
)
TOO_MANY_SHOTS = "There are {count} shots already, which is as many as there may be: edit or remove one."
NO_PRICE_YET = "The price stands here as soon as something can be made."

SHOT_CHARS = 180
REFUSAL_CHARS = 600
NOTE_CHARS = 160
GIVEN_CHARS = 40
FIRST_CHARS = 120
MOST_NOTES = 4

_HEADLINES = {
    DraftKind.QUOTE: "Not made yet",
    DraftKind.PANEL: "Draft",
    DraftKind.STORYBOARD: "Storyboard",
}
_CHANGED = {  # since its author saw it
    Why.PRICE_CHANGED: "The price has changed since you saw it. ",
    Why.REPEAT: f"You asked for the same just now: **{GENERATE}** makes it once more. ",
}
_ABOUT_PROMPT = "prompt_is_summary"
_ATTACH = re.compile(r"\battach(?= (?:that|it|one|an?)\b)")
_GONE = "not kept any more, attach it again"


def headline(view: DraftView) -> str:
    """What this is, and the model that it is for."""
    model = "" if view.model is None else f" · {text.shown_line(view.model.title, 100)}"
    return f"### {_HEADLINES[view.draft.kind]}{model}"


def request(view: DraftView) -> list[str]:
    """What is asked for, without the shots; each line only where there is something to say."""
    asked = view.draft.request
    avoid = text.shown_line(asked.negative_prompt or "", AVOIDED_CHARS)
    lines = [
        text.shown(asked.prompt),
        f"Avoid: {avoid}" if avoid else "",
        _options(view.draft.kind, view.priced.resolved) if view.priced else " · ".join(_details(asked)),
        " · ".join(_images(view)),
    ]
    return [line for line in lines if line]


def hint(view: DraftView, most_shots: int) -> str:
    """What to press first, while there is nothing yet; empty otherwise."""
    asked = view.draft.request
    if asked.prompt or asked.shots:
        return ""
    if first_opener(view) == controls.SHOT:
        return (
            f"A storyboard is up to {most_shots} shots, cut into one clip.\n"
            f"Press **{ADD_SHOT}** below, say what is seen in the shot and how long it lasts; do so for each shot. "
            f"You can edit, move and remove shots. **{GENERATE}** makes the clip."
        )
    return f"Press **{WORDS}** below and say what should be seen."


def shots(view: DraftView) -> str:
    """The live sum; empty without shots."""
    listed = view.draft.request.shots
    if not listed:
        return ""
    total_s = sum(shot.duration_s for shot in listed)
    return f"**{text.counted(len(listed), 'shot')}, {total_s} s**"


def shot(number: int, shot: Shot) -> str:
    """One shot of the list."""
    return f"**Shot {number}** · {shot.duration_s} s\n{text.shown_line(shot.prompt, SHOT_CHARS)}"


def price(view: DraftView) -> str:
    """What it costs, or why it cannot be made; then what is not sure, and how long the draft is kept."""
    lines = [line for line in (_reviewed(view), _price(view)) if line]
    if view.reviewed is not None and view.reviewed.is_in_review:
        lines.append(f"-# It takes the place of job {view.reviewed.job.job_id}, which is in review until then.")
    lines += [f"-# {sentence[:NOTE_CHARS]}" for sentence in _doubts(view)][:MOST_NOTES]
    lines.append(f"-# This draft ends {_ends(view)} unless you change it.")
    return "\n".join(lines)


def question(view: DraftView, job_link: str | None) -> str:
    """What a quote asks, and until when."""
    return f"{_question(view, job_link)}\n-# This question ends {_ends(view)}."


def generate(view: DraftView) -> str:
    """The label of the button that lets it go, with the price that the press agrees to."""
    if view.priced is None:
        return GENERATE
    amount = view.priced.price.credits
    return f"{GENERATE} · {text.credits(amount) if amount else 'free'}"


def first_opener(view: DraftView) -> str:
    """The button that an empty draft begins with."""
    takes_shots = view.model is not None and view.model.field("shots") is not None
    return controls.SHOT if takes_shots and view.draft.kind is DraftKind.STORYBOARD else controls.WORDS


def over(view: DraftView, job_link: str | None) -> str:
    """What is left of a draft: a sentence, and how one begins that can be gone on with."""
    if view.became is not None:
        link = f": {job_link}" if job_link else ": `/jobs show` shows it."
        return f"This draft became job `{view.became.job_id}`{link}"
    stays = _stays(view)
    if view.draft.state is DraftState.DISCARDED:
        return f"{DISCARDED}{stays}"
    return "\n".join((f"{EXPIRED}{stays}", *(f"> {words}" for words in _first_words(view))))


def of_posted_image(refusal: str) -> str:
    """A refusal of an image that was posted in a channel, where nobody is asked to attach one."""
    return _ATTACH.sub("post", refusal)


def not_a_number(field: Field, given: str) -> str:
    """An answer in a form that should be a number."""
    kind = "a whole number" if field.kind is Kind.INTEGER else "a number"
    limits = "" if field.minimum is None else f" from {field.minimum:g} to {field.maximum:g}"
    said = text.shown_line(given, GIVEN_CHARS)
    return f"{field.option} must be {kind}{limits}, not “{said}”: it stays as it was."


def delivery(deliver_to: str, *, spoiler: bool) -> str:
    """Where the clip goes."""
    place = "Send: as a direct message" if deliver_to == "dm" else "Post: in this channel"
    return f"{place}, as a spoiler" if spoiler else place


def family(family: Family) -> str:
    """A model in its select."""
    return f"Model: {family.title}"


def _stays(view: DraftView) -> str:
    """What a change that its author does not make leaves alone."""
    if view.reviewed is None or not view.reviewed.is_in_review:
        return ""
    return f" Job `{view.reviewed.job.job_id}` stays in review as it is."


def _reviewed(view: DraftView) -> str:
    """What became of the request that this was to change, and what Generate does instead; empty where there is none."""
    reviewed = view.reviewed
    if reviewed is None or reviewed.is_in_review:
        return ""
    said = not_in_review(reviewed.job, reviewed.changed_to)
    if view.priced is None:
        return said
    is_made = reviewed.changed_to is not None or reviewed.job.status not in _NOT_MADE
    as_well = " as well" if is_made else ""
    return f"{said} **{GENERATE}** makes this one{as_well}, for {text.credits(view.priced.price.credits)}."


_NOT_MADE = (JobStatus.REJECTED, JobStatus.CANCELLED, JobStatus.EXPIRED, JobStatus.FAILED, JobStatus.REFUSED)


def _price(view: DraftView) -> str:
    if view.priced is not None:
        changed = _CHANGED.get(view.draft.why, "")
        return f"{changed}**{text.credits(view.priced.price.credits)}**, charged only when the clip is finished."
    assert view.refusal is not None
    if view.refusal.code == "prompt_missing":
        return NO_PRICE_YET
    return f"**Not yet:** {text.cut(in_panel_words(view.refusal.sentence), REFUSAL_CHARS)}"


def _question(view: DraftView, job_link: str | None) -> str:
    if view.priced is None:
        return _price(view)
    costs = f"**{text.credits(view.priced.price.credits)}**"
    match view.draft.why:
        case Why.REPEAT:
            return f"You asked for the same just now: {_job(view, job_link)}. Make it once more for {costs}?"
        case Why.PRICE_CHANGED:
            return f"The price has changed since you saw it: this costs {costs} now. Make it?"
        case Why.PRICE | Why.NOTHING | Why.REVIEW_OVER:
            return f"This costs {costs}. Make it?"


def _first_words(view: DraftView) -> Iterator[str]:
    """Of the prompt, or of the first shot that has any."""
    asked = view.draft.request
    texts = (text.shown_line(words, FIRST_CHARS) for words in (asked.prompt, *(shot.prompt for shot in asked.shots)))
    return islice(filter(None, texts), 1)


def _doubts(view: DraftView) -> Iterator[str]:
    """What is not sure about a request that can be made; without what is about a prompt that nobody wrote."""
    for note in view.priced.quote.notes if view.priced is not None else ():
        if note.code != _ABOUT_PROMPT or view.draft.request.prompt:
            yield note.sentence


def _ends(view: DraftView) -> str:
    return text.timestamp(view.draft.expires_at_ms)


def _job(view: DraftView, job_link: str | None) -> str:
    if job_link is not None:
        return job_link
    return f"job `{view.draft.repeat_of}`"


def _options(kind: DraftKind, resolved: ResolvedRequest) -> str:
    """Without the images, which have a line of their own; in a panel the shots have theirs, with their sum."""
    return short_words(resolved, images=False, shots=kind is DraftKind.QUOTE)


def _details(asked: VideoRequest) -> Iterator[str]:
    """The options that no select shows, for a request that cannot be made yet."""
    if asked.cfg_scale is not None:
        yield f"cfg scale {asked.cfg_scale:g}"
    if asked.camera is not None:
        amount = "" if asked.camera_amount is None else f" {asked.camera_amount:+d}"
        yield f"camera {(asked.camera_axis or asked.camera).replace('_', ' ')}{amount}"
    if asked.voice_ids:
        yield text.counted(len(asked.voice_ids), "voice")


def _images(view: DraftView) -> Iterator[str]:
    asked = view.draft.request
    if asked.start_image is not None:
        yield f"First image: {_size(view, asked.start_image)}"
    if asked.end_image is not None:
        yield f"Last image: {_size(view, asked.end_image)}"
    for number, element in enumerate(asked.elements, start=1):
        yield f"Element {number}: {_element(view, element)}"


def _size(view: DraftView, sha256: str) -> str:
    image = view.images.get(sha256)
    return _GONE if image is None else f"{image.width} × {image.height}"


def _element(view: DraftView, element: Element) -> str:
    images = (element.frontal, *element.references)
    return text.counted(len(images), "image") if all(image in view.images for image in images) else _GONE
