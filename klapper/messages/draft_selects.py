"""The selects of a draft: what can be chosen for its model, and which choice counts now. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

from klapper.drafts.draft import Draft, DraftKind
from klapper.kling.checks import spoken
from klapper.kling.model import Catalogue, Family, Field, Model
from klapper.kling.request import is_set
from klapper.messages import draft_controls as controls
from klapper.messages import draft_texts
from klapper.messages.draft_controls import Choice, DraftControl
from klapper.services.drafts import DraftView

SILENT, WITH_SOUND = "silent", "sound"
LIKE_THE_IMAGE = "image"
SPOILER = "spoiler"

_SHAPES = {"16:9": "wide", "9:16": "tall", "1:1": "square"}
_MODES = {"std": "cheaper", "pro": "finer"}
_SOUNDS = {SILENT: "silent", WITH_SOUND: "with audio"}


def selects(view: DraftView, catalogue: Catalogue) -> Iterator[DraftControl]:
    """Those that the draft's model has a use for, in the order in which they are shown."""
    draft_id = view.draft.draft_id
    yield controls.select(draft_id, controls.MODEL, list(_models(view, catalogue)), draft_texts.CHOOSE_MODEL)
    if view.model is None:
        return
    for name, choices, placeholder in (
        (controls.LENGTH, _lengths(view, view.model), draft_texts.CHOOSE_LENGTH),
        (controls.SHAPE, _shapes(view, view.model), draft_texts.CHOOSE_SHAPE),
        (controls.QUALITY, _qualities(view, view.model), draft_texts.CHOOSE_QUALITY),
        (controls.DELIVER, _deliveries(view), draft_texts.CHOOSE_DELIVERY),
    ):
        listed = list(choices)
        if listed:
            yield controls.select(draft_id, name, listed, placeholder)


def _models(view: DraftView, catalogue: Catalogue) -> Iterator[Choice]:
    current = None if view.model is None else view.model.family
    for family in catalogue.families():
        can = _abilities(family, catalogue)
        yield Choice(family.key, draft_texts.family(family), can, is_current=family == current)


def _abilities(family: Family, catalogue: Catalogue) -> str:
    """What the models of a family take together, in a few words."""
    fields = {field.attribute: field for model in catalogue.models if model.family == family for field in model.fields}
    duration, mode = fields.get("duration_s"), fields.get("mode")
    words = (
        f"{spoken(duration.choices)} s" if duration else "",
        spoken(mode.choices) if mode else "",
        "audio" if "generate_audio" in fields else "",
        "shots" if "shots" in fields else "",
        "images" if "start_image" in fields else "",
        "elements" if "elements" in fields else "",
        "camera" if "camera" in fields else "",
    )
    return ", ".join(filter(None, words))


def _lengths(view: DraftView, model: Model) -> Iterator[Choice]:
    """None where shots decide: their sum is the length."""
    field = model.field("duration_s")
    if field is None or (model.field("shots") is not None and _has_shots(view.draft)):
        return
    current = _current(view, field)
    for seconds in field.choices:
        yield Choice(str(seconds), f"Length: {seconds} s", is_current=seconds == current)


def _has_shots(draft: Draft) -> bool:
    """Whether it has, or is about to have."""
    return bool(draft.request.shots) or (draft.kind is DraftKind.STORYBOARD and not draft.request.prompt)


def _shapes(view: DraftView, model: Model) -> Iterator[Choice]:
    field = model.field("aspect_ratio")
    if field is None:
        return
    follows = view.draft.request.start_image is not None and model.field("start_image") is not None
    is_free = view.draft.request.aspect_ratio is None
    if follows:
        yield Choice(LIKE_THE_IMAGE, "Shape: as the first image", is_current=is_free)
    current = None if follows and is_free else _current(view, field)
    for ratio in map(str, field.choices):
        words = f"Shape: {ratio} ({_SHAPES[ratio]})" if ratio in _SHAPES else f"Shape: {ratio}"
        yield Choice(ratio, words, is_current=ratio == current)


def _qualities(view: DraftView, model: Model) -> Iterator[Choice]:
    """Every combination of mode and audio that the model has."""
    mode, audio = model.field("mode"), model.field("generate_audio")
    modes = [] if mode is None else [str(choice) for choice in mode.choices]
    sounds = [] if audio is None else [SILENT, WITH_SOUND]
    current = [
        *([] if mode is None else [str(_current(view, mode))]),
        *([] if audio is None else [WITH_SOUND if _current(view, audio) else SILENT]),
    ]
    for parts in product(*filter(None, (modes, sounds))):
        if parts:
            yield Choice(",".join(parts), _quality(parts), is_current=list(parts) == current)


def _quality(parts: tuple[str, ...]) -> str:
    words = [_SOUNDS.get(part) or (f"{part} ({_MODES[part]})" if part in _MODES else part) for part in parts]
    noun = "Sound" if parts[0] in _SOUNDS else "Quality"
    return f"{noun}: {', '.join(words)}"


def _deliveries(view: DraftView) -> Iterator[Choice]:
    draft = view.draft
    for place, spoiler in product(("here", "dm"), (False, True)):
        value = f"{place},{SPOILER}" if spoiler else place
        is_current = (place, spoiler) == (draft.deliver_to, draft.spoiler)
        yield Choice(value, draft_texts.delivery(place, spoiler=spoiler), is_current=is_current)


def _current(view: DraftView, field: Field) -> Any:
    """The value that counts: what was chosen, proposed or is Klapper's default."""
    if view.priced is not None:
        return getattr(view.priced.resolved.filled, field.attribute)
    given = getattr(view.meant, field.attribute)
    return given if is_set(given) else field.default
