"""Whether one value fits one field. Each refusal's code is `<option>_<what is wrong>`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, assert_never

from klapper.errors import RequestRefused
from klapper.kling.model import Field, Kind
from klapper.kling.request import Element, Shot
from klapper.kling.visible import is_blank, unsendable


def check(field: Field, value: Any) -> None:
    """Refuse a value that the field does not take. Raises RequestRefused; changes nothing."""
    match field.kind:
        case Kind.TEXT:
            _check_text(field, value)
        case Kind.CHOICE | Kind.SECONDS_AS_TEXT | Kind.SECONDS_AS_INTEGER:
            _check_choice(field, value)
        case Kind.NUMBER | Kind.INTEGER:
            _check_number(field, value)
        case Kind.SHOTS:
            _check_shots(field, value)
        case Kind.TEXTS:
            _check_texts(field, value)
        case Kind.ELEMENTS:
            _check_elements(field, value)
        case Kind.SWITCH | Kind.IMAGE:
            pass
        case _:
            assert_never(field.kind)


def _refusal(field: Field, what: str, sentence: str) -> RequestRefused:
    return RequestRefused(f"{field.option}_{what}", sentence)


def _check_text(field: Field, text: str) -> None:
    advice = "say what should be seen" if field.required else "fill it in or leave it out"
    _check_words(field, field.option, text, advice)


def _check_words(field: Field, name: str, text: str, advice: str, what: str = "missing") -> None:
    """There is something to see in it, nothing that cannot be sent, and not too much. advice: against emptiness."""
    if is_blank(text):
        raise _refusal(field, what, f"{name} is empty: {advice}.")
    wrong = unsendable(text)
    if wrong is not None:
        said = f"{name} has a control character (U+{ord(wrong):04X}), which nobody can see: type the text anew."
        raise _refusal(field, "unreadable", said)
    _check_length(field, name, text)


def _check_length(field: Field, name: str, text: str) -> None:
    if field.max_chars is not None and len(text) > field.max_chars:
        what = f"{name} has {len(text)} characters and may have {field.max_chars}: shorten it."
        raise _refusal(field, "too_long", what)


def _check_choice(field: Field, value: str | int) -> None:
    if not is_choice(field, value):
        what = f"{field.option} must be {spoken(field.choices)}, not {str(value)[:60]}."
        raise _refusal(field, "not_a_choice", what)


def is_choice(field: Field, value: str | int) -> bool:
    """Whether it is one of the field's choices. True == 1 and 5.0 == 5 in Python, but not in JSON."""
    return any(value == choice and type(value) is type(choice) for choice in field.choices)


def _check_number(field: Field, value: float) -> None:
    low, high = field.minimum, field.maximum
    if low is None or high is None or (math.isfinite(value) and low <= value <= high):
        return
    raise _refusal(field, "out_of_range", f"{field.option} must be between {low:g} and {high:g}, not {value:g}.")


def _check_count(field: Field, values: Sequence[object]) -> None:
    if field.max_items is not None and len(values) > field.max_items:
        what = f"There are {len(values)} {field.option} and may be {field.max_items}: remove some."
        raise _refusal(field, "too_many", what)


def _check_shots(field: Field, shots: Sequence[Shot]) -> None:
    _check_count(field, shots)
    for number, shot in enumerate(shots, start=1):
        _check_words(field, f"Shot {number}", shot.prompt, "say what should be seen", "prompt_missing")
        if field.minimum is not None and shot.duration_s < field.minimum:
            what = f"Shot {number} lasts {shot.duration_s} s: give it at least {field.minimum:g} s."
            raise _refusal(field, "too_short", what)


def _check_texts(field: Field, texts: Sequence[str]) -> None:
    _check_count(field, texts)
    for text in texts:
        _check_words(field, f"One of the {field.option}", text, "fill it in or remove it")


def _check_elements(field: Field, elements: Sequence[Element]) -> None:
    _check_count(field, elements)
    for number, element in enumerate(elements, start=1):
        if field.max_references is not None and len(element.references) > field.max_references:
            what = f"Element {number} has {len(element.references)} references and may have {field.max_references}."
            raise _refusal(field, "references_too_many", what)


def spoken(choices: Sequence[str | int]) -> str:
    """`5 or 10`, `3 to 15`, `16:9, 9:16 or 1:1`."""
    numbers = [choice for choice in choices if isinstance(choice, int)]
    if len(numbers) > 2 and numbers == list(range(numbers[0], numbers[-1] + 1)):
        return f"{numbers[0]} to {numbers[-1]}"
    *most, last = [str(choice) for choice in choices]
    return f"{', '.join(most)} or {last}" if most else last
