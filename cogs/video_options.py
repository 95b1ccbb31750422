"""The options of /video, taken from the catalogue: names, choices, ranges and lengths are written nowhere else."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, get_args

from discord import AppCommandOptionType, app_commands

from cogs import texts
from cogs.ports import Interaction
from klapper.errors import RequestRefused
from klapper.jobs.job import DeliverTo
from klapper.kling.model import Catalogue, Field, Kind, Support
from klapper.kling.request import VideoRequest
from klapper.kling.resolution import refuse_hidden

Value = str | int | float

_ORDER = (
    "prompt",
    "model",
    "duration_s",
    "aspect_ratio",
    "mode",
    "generate_audio",
    "negative_prompt",
    "cfg_scale",
    "camera",
    "camera_amount",
    "voice_ids",
    "deliver_to",
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
}
_ALONG_AXIS = "simple"  # Kling's camera that moves along one axis; every other one is a preset


class OptionShape(app_commands.Transformer):
    """What Discord lets a member enter. The value arrives as it was entered."""

    def __init__(
        self,
        kind: AppCommandOptionType,
        *,
        least: float | None = None,
        most: float | None = None,
        choices: Mapping[str, str] | None = None,
    ) -> None:
        self._kind = kind
        self._least = least
        self._most = most
        self._choices = [app_commands.Choice[Value](name=name, value=value) for value, name in (choices or {}).items()]

    @property
    def type(self) -> AppCommandOptionType:
        return self._kind

    @property
    def min_value(self) -> float | None:
        return self._least

    @property
    def max_value(self) -> float | None:
        return self._most

    @property
    def choices(self) -> list[app_commands.Choice[Value]] | None:
        return self._choices or None

    async def transform(self, interaction: Interaction, value: Any, /) -> Any:  # type: ignore[override]
        return value


@dataclass(frozen=True, slots=True)
class Option:
    """One option: its name, its description and its shape."""

    name: str
    description: str
    shape: OptionShape
    required: bool = False

    def parameter(self) -> inspect.Parameter:
        """The option as a parameter of the command's callback."""
        default = inspect.Parameter.empty if self.required else None
        return inspect.Parameter(
            self.name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default, annotation=self.shape
        )


def video_options(catalogue: Catalogue) -> tuple[Option, ...]:
    """Every option that some model takes from text alone, in the order in which Discord shows them."""
    return tuple(option for name in _ORDER for option in _options(name, catalogue))


def video_request(values: Mapping[str, Any], catalogue: Catalogue) -> VideoRequest:
    """The request that the entered values mean; what was left out stays unset. Raises RequestRefused."""
    camera, axis = _camera(values.get("camera"), catalogue)
    cfg_scale = values.get("cfg_scale")
    request = VideoRequest(
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
        voice_ids=_voices(values),
    )
    refuse_hidden(request, catalogue)
    return request


def deliver_to(values: Mapping[str, Any]) -> DeliverTo:
    """Where the member wants the clip; `here` when nothing was said."""
    return "dm" if values.get("deliver") == "dm" else "here"


def _options(name: str, catalogue: Catalogue) -> Iterator[Option]:
    match name:
        case "model":
            yield Option("model", texts.VIDEO_OPTIONS["model"], _models(catalogue))
        case "deliver_to":
            places = {place: texts.DELIVER[place] for place in get_args(DeliverTo)}
            shape = OptionShape(AppCommandOptionType.string, choices=places)
            yield Option("deliver", texts.VIDEO_OPTIONS["deliver"], shape)
        case _:
            field = _field(name, catalogue)
            if field is not None:
                yield from _of_field(field, catalogue)


def _of_field(field: Field, catalogue: Catalogue) -> Iterator[Option]:
    if field.kind is Kind.TEXTS:
        for number in range(1, (field.max_items or 1) + 1):
            yield Option(f"voice_{number}", texts.option(field, number), _shape(field))
    elif field.attribute == "camera":
        yield Option(field.option, texts.option(field), _cameras(field, catalogue))
    else:
        yield Option(field.option, texts.option(field), _shape(field), field.required)


def _field(attribute: str, catalogue: Catalogue) -> Field | None:
    """What the models that need no image take together: the widest of their ranges, each of their choices."""
    taken = [model.field(attribute) for model in catalogue.models if not model.needs_image]
    fields = [field for field in taken if field is not None and field.support is not Support.HIDDEN]
    if not fields:
        return None
    return replace(
        fields[0],
        choices=tuple(dict.fromkeys(choice for field in fields for choice in field.choices)),
        minimum=min((field.minimum for field in fields if field.minimum is not None), default=None),
        maximum=max((field.maximum for field in fields if field.maximum is not None), default=None),
        max_chars=max((field.max_chars for field in fields if field.max_chars is not None), default=None),
        max_items=max((field.max_items for field in fields if field.max_items is not None), default=None),
    )


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
        case _:
            return OptionShape(kind, least=field.minimum, most=field.maximum)


def _models(catalogue: Catalogue) -> OptionShape:
    families = {model.family for model in catalogue.models if not model.needs_image}
    titles = {family.key: family.title for family in catalogue.families() if family in families}
    default = catalogue.default_family
    if default in titles:
        titles[default] = texts.MODEL_DEFAULT.format(title=titles[default])
    return OptionShape(AppCommandOptionType.string, choices=titles)


def _cameras(field: Field, catalogue: Catalogue) -> OptionShape:
    """One choice says it all: an axis of the simple camera, or a preset."""
    axes = _axes(catalogue)
    presets = [str(choice) for choice in field.choices if choice != _ALONG_AXIS or not axes]
    choices = {name: texts.camera_label(name) for name in (*axes, *presets)}
    return OptionShape(_TYPES[field.kind], choices=choices)


def _camera(value: str | None, catalogue: Catalogue) -> tuple[str | None, str | None]:
    """Camera and axis."""
    return (_ALONG_AXIS, value) if value in _axes(catalogue) else (value, None)


def _axes(catalogue: Catalogue) -> tuple[str, ...]:
    field = _field("camera_axis", catalogue)
    return tuple(str(choice) for choice in field.choices) if field else ()


def _voices(values: Mapping[str, Any]) -> tuple[str, ...]:
    """The voices by their numbers, which the prompt mentions: none may be left out before a given one."""
    given = {int(name.removeprefix("voice_")): value for name, value in values.items() if name.startswith("voice_")}
    numbers = sorted(number for number, value in given.items() if value is not None)
    for expected, number in enumerate(numbers, start=1):
        if expected != number:
            sentence = f"voice_{number} is given without voice_{expected}: fill in voice_{expected} first."
            raise RequestRefused("voices_missing", sentence)
    return tuple(given[number] for number in numbers)


def _whole(number: float | None) -> int | None:
    return None if number is None else int(number)
