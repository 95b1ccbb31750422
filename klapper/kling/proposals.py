"""What a request probably means where it says nothing: its author's own defaults, and the shape of its first image."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from klapper.kling.checks import is_choice
from klapper.kling.editing import untaken
from klapper.kling.model import Catalogue, Model
from klapper.kling.request import VideoRequest


@dataclass(frozen=True, slots=True)
class Wishes:
    """A member's own defaults; model is a family key. None: no wish."""

    model: str | None = None
    aspect_ratio: str | None = None
    mode: str | None = None


def proposals(
    request: VideoRequest, catalogue: Catalogue, wishes: Wishes, image_size: tuple[int, int] | None = None
) -> dict[str, str]:
    """Values for options that the request leaves open, for `resolve`: only such as its model takes.

    image_size: width and height of the first image in pixels, which says more about the shape than a wish does.
    """
    proposed: dict[str, str] = {}
    if request.model is None and wishes.model is not None and _suits(wishes.model, request, catalogue):
        proposed["model"] = wishes.model
    model = catalogue.choose(replace(request, model=request.model or proposed.get("model")))
    ratio = wishes.aspect_ratio if image_size is None else _nearest_ratio(model, *image_size)
    for attribute, value in (("aspect_ratio", ratio), ("mode", wishes.mode)):
        if value is not None and getattr(request, attribute) is None and _takes(model, attribute, value):
            proposed[attribute] = value
    return proposed


def _suits(family: str, request: VideoRequest, catalogue: Catalogue) -> bool:
    """Whether the wish would take everything that was said: it must never be what refuses it."""
    with_image = request.start_image is not None
    if not any(model.family.key == family and model.suits(with_image=with_image) for model in catalogue.models):
        return False
    return not untaken(replace(request, model=family), catalogue)


def _takes(model: Model, attribute: str, value: str) -> bool:
    field = model.field(attribute)
    return field is not None and is_choice(field, value)


def _nearest_ratio(model: Model, width: int, height: int) -> str | None:
    """The choice whose shape is closest, the first of two that are as close."""
    field = model.field("aspect_ratio")
    if field is None:
        return None
    return min((str(choice) for choice in field.choices), key=lambda choice: _distance(choice, width / height))


def _distance(choice: str, ratio: float) -> float:
    """In proportion: 2:1 is as far from 1:1 as 1:2 is. Rounded, because 4:3 lies exactly between 1:1 and 16:9."""
    across, down = choice.split(":")
    return round(abs(math.log(int(across) / int(down) / ratio)), 9)
