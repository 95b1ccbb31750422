"""What a draft's model takes, as far as a button or form of the draft is concerned. Pure."""

from __future__ import annotations

from klapper.kling.model import Catalogue, Field
from klapper.messages import draft_controls as controls
from klapper.services.drafts import DraftView

_FIRST_IMAGES = ("start_image", "end_image")
_NEEDED = {
    controls.SHOT: ("shots",),
    controls.WORDS: ("prompt", "negative_prompt", "cfg_scale"),
    controls.IMAGES: _FIRST_IMAGES,
    controls.ELEMENTS: ("elements",),
    controls.VOICES: ("voice_ids",),
    controls.CAMERA: ("camera", "camera_axis", "camera_amount"),
}


def field(attribute: str, view: DraftView, catalogue: Catalogue) -> Field | None:
    """The field that an attribute of the request has; None where it cannot be used.

    The first and the last image count also where they are what makes the family's other model the chosen one.
    """
    model = view.model
    if model is None:
        return None
    found = model.field(attribute)
    if found is not None or attribute not in _FIRST_IMAGES or view.draft.request.model == model.slug:
        return found
    siblings = (other.field(attribute) for other in catalogue.models if other.family == model.family)
    return next((field for field in siblings if field is not None), None)


def fields(form: str, view: DraftView, catalogue: Catalogue) -> dict[str, Field]:
    """The fields that a form fills in, by attribute; none where the form has no use."""
    found = {attribute: field(attribute, view, catalogue) for attribute in _NEEDED[form]}
    return {attribute: taken for attribute, taken in found.items() if taken is not None}


def anywhere(attribute: str, catalogue: Catalogue) -> Field | None:
    """The field as the first model has it that takes it."""
    return next((found for model in catalogue.models if (found := model.field(attribute)) is not None), None)


def most_shots(catalogue: Catalogue) -> int:
    """How many shots a clip may have."""
    shots = anywhere("shots", catalogue)
    return 0 if shots is None else shots.max_items or 1
