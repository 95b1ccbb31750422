"""The options of /video, taken from the catalogue: names, choices, ranges and lengths are written nowhere else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, get_args

from discord import AppCommandOptionType

from cogs import video_texts
from cogs.options import Option, OptionShape
from klapper.errors import RequestRefused
from klapper.jobs.job import DeliverTo
from klapper.kling.model import Catalogue, Field, Kind, Support
from klapper.kling.request import Element, VideoRequest
from klapper.services.intake import Attached

_ORDER = (
    "prompt",
    "model",
    "start_image",
    "end_image",
    "duration_s",
    "aspect_ratio",
    "mode",
    "generate_audio",
    "negative_prompt",
    "cfg_scale",
    "camera",
    "camera_amount",
    "elements",
    "voice_ids",
    "deliver_to",
    "spoiler",
)
_TYPES = {
    Kind.TEXT: AppCommandOptionType.string,
    Kind.CHOICE: AppCommandOptionType.string,
    Kind.TEXTS: AppCommandOptionType.string,
    Kind.SECONDS_AS_TEXT: AppCommandOptionType.integer,
    Kind.SECONDS_AS_INTEGER: AppCommandOptionType.integer,
    Kind.INTEGER: AppCommandOptionType.integer,
    Kind.NUMBER: AppCommandOptionType.number,
    Kind.SWITCH: AppCommandOptionType.boolean,
    Kind.IMAGE: AppCommandOptionType.attachment,
    Kind.ELEMENTS: AppCommandOptionType.attachment,
}
_NUMBERED = {Kind.TEXTS: "voice", Kind.ELEMENTS: "element"}  # a list is one option for each of its places
_ALONG_AXIS = "simple"  # Kling's camera that moves along one axis; every other one is a preset


def video_options(catalogue: Catalogue) -> tuple[Option, ...]:
    """Every option that some model takes, in the order in which Discord shows them."""
    return tuple(option for name in _ORDER for option in _options(name, catalogue))


def video_request(values: Mapping[str, Any], images: Mapping[str, Attached], catalogue: Catalogue) -> VideoRequest:
    """The request that the entered values mean; what was left out stays unset. Raises RequestRefused.

    images: the attachments by option; their keys stand for the pictures.
    """
    camera, axis = _camera(values.get("camera"), catalogue)
    cfg_scale = values.get("cfg_scale")
    keys = {option: attached.key for option, attached in images.items()}
    return VideoRequest(
        prompt=values["prompt"],
        model=values.get("model"),
        duration_s=values.get("duration"),
        aspect_ratio=values.get("aspect_ratio"),
        mode=values.get("mode"),
        generate_audio=values.get("audio"),
        negative_prompt=values.get("negative_prompt"),
        cfg_scale=None if cfg_scale is None else float(cfg_scale),
        camera=camera,
        camera_axis=axis,
        camera_amount=values.get("camera_amount"),
        voice_ids=_numbered("voice", values),
        start_image=keys.get("image"),
        end_image=keys.get("end_image"),
        elements=tuple(Element(key) for key in _numbered("element", keys)),
    )


def deliver_to(values: Mapping[str, Any]) -> DeliverTo:
    """Where the member wants the clip; `here` when nothing was said."""
    return "dm" if values.get("deliver") == "dm" else "here"


def family_choices(catalogue: Catalogue) -> dict[str, str]:
    """What can be chosen as `model`: key -> title."""
    return {family.key: family.title for family in catalogue.families()}


def open_field(attribute: str, catalogue: Catalogue) -> Field | None:
    """What all models take together, hidden fields left out: the widest of their ranges, each of their choices."""
    fields = [field for model in catalogue.models if (field := model.field(attribute)) and _is_open(field)]
    if not fields:
        return None
    return replace(
        fields[0],
        required=len(fields) == len(catalogue.models) and all(field.required for field in fields),
        choices=tuple(dict.fromkeys(choice for field in fields for choice in field.choices)),
        minimum=min((field.minimum for field in fields if field.minimum is not None), default=None),
        maximum=max((field.maximum for field in fields if field.maximum is not None), default=None),
        max_chars=max((field.max_chars for field in fields if field.max_chars is not None), default=None),
        max_items=max((field.max_items for field in fields if field.max_items is not None), default=None),
    )


def _options(name: str, catalogue: Catalogue) -> Iterator[Option]:
    match name:
        case "model":
            yield Option("model", video_texts.option("model"), _models(catalogue))
        case "deliver_to":
            places = {place: video_texts.DELIVER[place] for place in get_args(DeliverTo)}
            shape = OptionShape(AppCommandOptionType.string, choices=places)
            yield Option("deliver", video_texts.option("deliver"), shape)
        case "spoiler":
            yield Option("spoiler", video_texts.option("spoiler"), OptionShape(AppCommandOptionType.boolean))
        case _:
            field = open_field(name, catalogue)
            if field is not None:
                yield from _of_field(field, catalogue)


def _of_field(field: Field, catalogue: Catalogue) -> Iterator[Option]:
    only = _only(field, catalogue)
    if field.kind in _NUMBERED:
        key = _NUMBERED[field.kind]
        for number in range(1, (field.max_items or 1) + 1):
            yield Option(f"{key}_{number}", video_texts.option(key, number, only=only), _shape(field))
        return
    shape = _cameras(field, catalogue) if field.attribute == "camera" else _shape(field)
    yield Option(field.option, video_texts.option(field.option, only=only), shape, field.required)


def _only(field: Field, catalogue: Catalogue) -> tuple[str, ...]:
    """Keys of the families that take the option openly; empty when all do."""
    takers = (model for model in catalogue.models if (own := model.field(field.attribute)) and _is_open(own))
    families = dict.fromkeys(model.family.key for model in takers)
    return () if len(families) == len(catalogue.families()) else tuple(families)


def _is_open(field: Field) -> bool:
    return field.support is not Support.HIDDEN


def _shape(field: Field) -> OptionShape:
    kind = _TYPES[field.kind]
    match field.kind:
        case Kind.TEXT | Kind.TEXTS:
            return OptionShape(kind, least=1, most=field.max_chars)
        case Kind.CHOICE:
            return OptionShape(kind, choices={str(choice): str(choice) for choice in field.choices})
        case Kind.SECONDS_AS_TEXT | Kind.SECONDS_AS_INTEGER:
            seconds = [int(choice) for choice in field.choices]
            return OptionShape(kind, least=min(seconds), most=max(seconds))
        case Kind.INTEGER:
            return OptionShape(kind, least=_whole(field.minimum), most=_whole(field.maximum))
        case Kind.NUMBER:
            return OptionShape(kind, least=field.minimum, most=field.maximum)
        case _:
            return OptionShape(kind)


def _models(catalogue: Catalogue) -> OptionShape:
    titles = family_choices(catalogue)
    default = catalogue.default_family
    if default in titles:
        titles[default] = video_texts.MODEL_DEFAULT.format(title=titles[default])
    return OptionShape(AppCommandOptionType.string, choices=titles)


def _cameras(field: Field, catalogue: Catalogue) -> OptionShape:
    """One choice says it all: an axis of the simple camera, or a preset."""
    axes = _axes(catalogue)
    presets = [str(choice) for choice in field.choices if choice != _ALONG_AXIS or not axes]
    choices = {name: video_texts.camera_label(name) for name in (*axes, *presets)}
    return OptionShape(_TYPES[field.kind], choices=choices)


def _camera(value: str | None, catalogue: Catalogue) -> tuple[str | None, str | None]:
    """Camera and axis."""
    return (_ALONG_AXIS, value) if value in _axes(catalogue) else (value, None)


def _axes(catalogue: Catalogue) -> tuple[str, ...]:
    field = open_field("camera_axis", catalogue)
    return tuple(str(choice) for choice in field.choices) if field else ()


def _numbered(name: str, values: Mapping[str, Any]) -> tuple[str, ...]:
    """`voice_1`, `voice_2`, … by their numbers, which the prompt mentions; none may be left out before another."""
    given = {int(key.removeprefix(f"{name}_")): value for key, value in values.items() if key.startswith(f"{name}_")}
    numbers = sorted(number for number, value in given.items() if value is not None)
    for expected, number in enumerate(numbers, start=1):
        if expected != number:
            raise RequestRefused(f"{name}s_missing", video_texts.left_out(name, number, expected))
    return tuple(given[number] for number in numbers)


def _whole(number: float | None) -> int | None:
    return None if number is None else int(number)
