"""What a member asked for, in words that no provider owns."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

JSON_VERSION = 1


@dataclass(frozen=True, slots=True)
class Shot:
    """One shot of a multi-shot clip."""

    prompt: str
    duration_s: int


@dataclass(frozen=True, slots=True)
class Element:
    """A character or object to keep consistent. Images are sha256 hex of their normalised bytes."""

    frontal: str
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoRequest:
    """A clip as its requester described it; nothing checked, nothing filled in.

    `model` is a family key (`v3`) or a slug; None means the default family. Unset options are None, unset lists are
    empty. `duration_s` is in seconds, `cfg_scale` 0 to 1, `camera_amount` -10 to 10. Images are sha256 hex: they get
    URLs only when the job starts.
    """

    prompt: str
    model: str | None = None
    duration_s: int | None = None
    aspect_ratio: str | None = None
    mode: str | None = None
    generate_audio: bool | None = None
    negative_prompt: str | None = None
    cfg_scale: float | None = None
    camera: str | None = None
    camera_axis: str | None = None
    camera_amount: int | None = None
    shots: tuple[Shot, ...] = ()
    shot_type: str | None = None
    voice_ids: tuple[str, ...] = ()
    start_image: str | None = None
    end_image: str | None = None
    elements: tuple[Element, ...] = ()

    def texts(self) -> tuple[str, ...]:
        """Every free text of the request, for moderation: prompt, negative prompt, shots, voices.

        The shots also as one text: nobody says in two of them what may not be said in one.
        """
        shots = tuple(shot.prompt for shot in self.shots)
        texts = (self.prompt, self.negative_prompt, *shots, " ".join(shots), *self.voice_ids)
        return tuple(dict.fromkeys(text for text in texts if text))

    def images(self) -> tuple[str, ...]:
        """Hash of every image once, in the order first, last, elements."""
        return tuple(self.image_options())

    def image_options(self) -> dict[str, str]:
        """The option of every image by its hash, in the order of `images`; for one that is given twice, the first."""
        given = [(self.start_image, "image"), (self.end_image, "end_image")]
        for number, element in enumerate(self.elements, start=1):
            given += [(image, f"element_{number}") for image in (element.frontal, *element.references)]
        options: dict[str, str] = {}
        for image, option in given:
            if image is not None:
                options.setdefault(image, option)
        return options

    def to_json(self) -> str:
        """Stable text for storage: a version and the options that are set, keys sorted."""
        return json.dumps(to_plain(self), sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> VideoRequest:
        """The request that `to_json` wrote. Raises ValueError for anything else."""
        return from_plain(json.loads(text))


_SETTINGS = (
    *("model", "duration_s", "aspect_ratio", "mode", "generate_audio", "cfg_scale"),
    *("camera", "camera_axis", "camera_amount", "shot_type"),
)
_NAMES = tuple(field.name for field in fields(VideoRequest))


def with_images(request: VideoRequest, names: Mapping[str, str]) -> VideoRequest:
    """The same request with its images renamed; those that are not in `names` stay."""

    def named(image: str) -> str:
        return names.get(image, image)

    return replace(
        request,
        start_image=request.start_image and named(request.start_image),
        end_image=request.end_image and named(request.end_image),
        elements=tuple(Element(named(e.frontal), tuple(map(named, e.references))) for e in request.elements),
    )


def without_words(plain: Mapping[str, Any]) -> dict[str, Any]:
    """Of what `to_plain` made the settings alone: no text, no image. An option that nobody names here goes as well."""
    return {"version": plain["version"], "prompt": "", **{name: plain[name] for name in _SETTINGS if name in plain}}


def is_set(value: object) -> bool:
    """Whether a member gave this option. False, 0 and an empty text are given values."""
    return value is not None and value != ()


def option_values(request: VideoRequest) -> dict[str, Any]:
    """The options that are set, by attribute name; without `model`, which chooses rather than describes."""
    return {name: value for name in _NAMES if name != "model" and is_set(value := getattr(request, name))}


def to_plain(request: VideoRequest) -> dict[str, Any]:
    """JSON-ready form of `to_json`."""
    plain = {name: value for name in _NAMES if is_set(value := getattr(request, name))}
    for name in ("shots", "elements"):
        if name in plain:
            plain[name] = [asdict(part) for part in plain[name]]
    return {"version": JSON_VERSION, **plain}


def from_plain(plain: Any) -> VideoRequest:
    """Reverse of `to_plain`. Raises ValueError for an unknown version or key."""
    if not isinstance(plain, dict) or plain.get("version") != JSON_VERSION:
        raise ValueError("This stored request has a version that this program does not know.")
    values = {name: value for name, value in plain.items() if name != "version"}
    try:
        return VideoRequest(**_with_lists(values))
    except (TypeError, KeyError) as error:
        raise ValueError(f"This stored request cannot be read: {error}.") from error


def _with_lists(values: dict[str, Any]) -> dict[str, Any]:
    shots = tuple(Shot(**shot) for shot in values.get("shots", ()))
    elements = tuple(Element(e["frontal"], tuple(e["references"])) for e in values.get("elements", ()))
    return {**values, "shots": shots, "elements": elements, "voice_ids": tuple(values.get("voice_ids", ()))}
