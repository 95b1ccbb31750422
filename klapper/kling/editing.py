"""Changing a request step by step. Pure: every function gives a new request and checks nothing; `resolve` does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from klapper.errors import RequestRefused
from klapper.kling.model import Catalogue
from klapper.kling.request import Element, Shot, VideoRequest, option_values

_LISTS = frozenset({"shots", "voice_ids", "elements"})


def set_option(request: VideoRequest, attribute: str, value: Any) -> VideoRequest:
    """An option has this value; None takes it back."""
    return replace(request, **{attribute: _empty(attribute) if value is None else value})


def add_shot(request: VideoRequest, shot: Shot) -> VideoRequest:
    """One more shot at the end. The shots decide how long the clip is, so a duration is taken back."""
    return _with_shots(request, (*request.shots, shot))


def put_shot(request: VideoRequest, number: int, shot: Shot, place: int) -> VideoRequest:
    """Shot `number` is this one and comes at `place`, both from 1. A number that is gone changes nothing."""
    others = list(_other_shots(request, number))
    if len(others) == len(request.shots):
        return request
    others.insert(place - 1, shot)
    return _with_shots(request, others)


def remove_shot(request: VideoRequest, number: int) -> VideoRequest:
    """Without shot `number`, from 1."""
    return _with_shots(request, _other_shots(request, number))


def put_element(request: VideoRequest, number: int, element: Element | None) -> VideoRequest:
    """Element `number`, from 1, is this one; None takes it away, so that those after it move up."""
    elements = list(request.elements)
    elements[number - 1 : number] = [] if element is None else [element]
    return replace(request, elements=tuple(elements))


def without(request: VideoRequest, attributes: Iterable[str]) -> VideoRequest:
    """The request with these options taken back."""
    return replace(request, **{attribute: _empty(attribute) for attribute in attributes})


def untaken(request: VideoRequest, catalogue: Catalogue) -> tuple[str, ...]:
    """Attributes that are set although the named model does not take them, with a first image or without one."""
    try:
        model = catalogue.choose(request)
    except RequestRefused:
        return ()
    family = [other for other in catalogue.models if other.family == model.family]
    takers = [model] if request.start_image is not None else family  # an image may still be added
    return tuple(
        name for name in option_values(request) if name != "prompt" and not any(taker.field(name) for taker in takers)
    )


def _with_shots(request: VideoRequest, shots: Iterable[Shot]) -> VideoRequest:
    return replace(request, shots=tuple(shots), duration_s=None)


def _other_shots(request: VideoRequest, number: int) -> tuple[Shot, ...]:
    return tuple(shot for at, shot in enumerate(request.shots, start=1) if at != number)


def _empty(attribute: str) -> Any:
    return () if attribute in _LISTS else None
