"""The exact JSON that Segmind gets for a request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias, assert_never

from klapper.kling.model import Field, Kind
from klapper.kling.request import Element, is_set
from klapper.kling.resolution import ResolvedRequest

JsonValue: TypeAlias = "str | int | float | bool | list[JsonValue] | dict[str, JsonValue] | None"


def payload(resolved: ResolvedRequest, image_urls: Mapping[str, str]) -> dict[str, JsonValue]:
    """Body of `POST /v2/{slug}`: Segmind's names and types, every default explicit, unused parameters absent.

    image_urls: URL for each hash of `resolved.filled.images()`. Raises KeyError when one is not there.
    """
    values = ((field, getattr(resolved.filled, field.attribute)) for field in resolved.model.fields)
    return {field.wire: _encode(field, value, image_urls) for field, value in values if is_set(value)}


def _encode(field: Field, value: Any, image_urls: Mapping[str, str]) -> JsonValue:
    encoded: JsonValue
    match field.kind:
        case Kind.TEXT | Kind.CHOICE | Kind.SWITCH | Kind.NUMBER | Kind.INTEGER | Kind.SECONDS_AS_INTEGER:
            encoded = value
        case Kind.SECONDS_AS_TEXT:
            encoded = str(value)
        case Kind.IMAGE:
            encoded = image_urls[value]
        case Kind.TEXTS:
            encoded = list(value)
        case Kind.SHOTS:
            # Segmind takes the seconds of a shot as text, like its total.
            encoded = [{"prompt": shot.prompt, "duration": str(shot.duration_s)} for shot in value]
        case Kind.ELEMENTS:
            encoded = [_element(element, image_urls) for element in value]
        case _:
            assert_never(field.kind)
    return encoded


def _element(element: Element, image_urls: Mapping[str, str]) -> JsonValue:
    encoded: dict[str, JsonValue] = {"frontal_image_url": image_urls[element.frontal]}
    if element.references:
        encoded["reference_image_urls"] = [image_urls[image] for image in element.references]
    return encoded
