"""The forms of a draft, filled in with what it says now. Pure.

Source of the limits: Discord docs, Component Reference, Modal and Label: 5 labels, titles and labels of 45 characters,
descriptions of 100. Like the panel, a form is stopped before it is sent: its answers are read from the raw event.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import discord
from discord import ui

from klapper.kling.model import Catalogue, Field
from klapper.messages import draft_controls as controls
from klapper.messages import draft_fields, text
from klapper.messages import draft_form_texts as words
from klapper.messages.draft_controls import Action, Choice
from klapper.services.drafts import DraftView

# Names of the inputs; those that fill in one option have its attribute's name.
REMOVE = "remove"
ELEMENT_PREFIX = "element_"
VOICE_PREFIX = "voice_"
TEXT, SECONDS, PLACE = "text", "seconds", "place"
FIRST_IMAGES = ("start_image", "end_image")
NO_CAMERA = "none"
ALONG_AXIS = "simple"  # Kling's camera that moves along one axis; every other one is a preset

MOST_LABELS = 5
MOST_OPTIONS = 25  # of a select
LONGEST_TEXT = 4_000
NUMBER_CHARS = 12
USUAL_SHOT_S = 5
Fields = Mapping[str, Field]
Form = Iterator["ui.Label[ui.Modal]"]


@dataclass(frozen=True, slots=True)
class Inputs:
    """Names of the inputs that a form may have, by what they take."""

    texts: frozenset[str] = frozenset()
    choices: frozenset[str] = frozenset()
    files: frozenset[str] = frozenset()


def inputs(action: Action, catalogue: Catalogue) -> Inputs:
    """What may be filled in, whatever the draft is like; none for an action without a form."""
    known = {
        controls.WORDS: Inputs(texts=frozenset({"prompt", "negative_prompt", "cfg_scale"})),
        controls.IMAGES: Inputs(choices=frozenset({REMOVE}), files=frozenset(FIRST_IMAGES)),
        controls.ELEMENTS: Inputs(choices=frozenset({REMOVE}), files=_numbered(ELEMENT_PREFIX, "elements", catalogue)),
        controls.VOICES: Inputs(texts=_numbered(VOICE_PREFIX, "voice_ids", catalogue)),
        controls.CAMERA: Inputs(texts=frozenset({"camera_amount"}), choices=frozenset({"camera"})),
        controls.SHOT: Inputs(texts=frozenset({TEXT}), choices=frozenset({SECONDS, PLACE})),
    }
    return known.get(action.name, Inputs())


def build_form(view: DraftView, catalogue: Catalogue, action: Action) -> ui.Modal | None:
    """The form that a button opens; None when there is nothing in it that the draft's model takes any more."""
    taken = draft_fields.fields(action.name, view, catalogue)
    labels = list(_labels(view, catalogue, action, taken))[:MOST_LABELS] if taken else []
    if not labels:
        return None
    if action.number is not None:  # what is edited is what is shown here: its number alone may be another's by then
        action = replace(action, revision=view.draft.revision)
    form = ui.Modal(title=words.title(action), custom_id=controls.custom_id(view.draft.draft_id, action), timeout=None)
    for label in labels:
        form.add_item(label)
    form.stop()
    return form


def _labels(view: DraftView, catalogue: Catalogue, action: Action, taken: Fields) -> Form:
    match action.name:
        case controls.WORDS:
            return _words(view, taken)
        case controls.IMAGES:
            return _images(view, taken)
        case controls.ELEMENTS:
            return _elements(view, taken["elements"])
        case controls.VOICES:
            return _voices(view, taken["voice_ids"])
        case controls.CAMERA:
            return _camera(view, taken)
        case _:
            return _shot(view, taken["shots"], action.number)


def _words(view: DraftView, taken: Fields) -> Form:
    asked = view.draft.request
    with_shots = bool(asked.shots)
    if (field := taken.get("prompt")) is not None:
        said = words.SUMMARY if with_shots else words.PROMPT
        yield _label(said, _long_text(field.attribute, asked.prompt, field))
    if (field := taken.get("negative_prompt")) is not None:
        yield _label(words.negative_prompt(field), _long_text(field.attribute, asked.negative_prompt or "", field))
    if (field := taken.get("cfg_scale")) is not None:
        given = "" if asked.cfg_scale is None else f"{asked.cfg_scale:g}"
        yield _label(words.cfg_scale(field), _short_text(field.attribute, given, NUMBER_CHARS))


def _images(view: DraftView, taken: Fields) -> Form:
    there = {attribute: words.IMAGES[attribute].text for attribute in taken if getattr(view.draft.request, attribute)}
    for attribute in taken:
        yield _label(words.IMAGES[attribute], _files(attribute, 1))
    if there:
        yield _label(words.REMOVE_IMAGES, _removal(there))


def _elements(view: DraftView, field: Field) -> Form:
    most = min(field.max_items or 1, MOST_LABELS - 1)
    for number in range(1, most + 1):
        yield _label(words.element(number, field), _files(f"{ELEMENT_PREFIX}{number}", 1 + (field.max_references or 0)))
    listed = enumerate(view.draft.request.elements[:most], start=1)
    there = {f"{ELEMENT_PREFIX}{number}": words.element_there(number, element) for number, element in listed}
    if there:
        yield _label(words.REMOVE_ELEMENTS, _removal(there))


def _voices(view: DraftView, field: Field) -> Form:
    given = view.draft.request.voice_ids
    for number in range(1, (field.max_items or 1) + 1):
        voice = given[number - 1] if number <= len(given) else ""
        name = f"{VOICE_PREFIX}{number}"
        yield _label(words.voice(number), _short_text(name, voice, field.max_chars or LONGEST_TEXT))


def _camera(view: DraftView, taken: Fields) -> Form:
    asked = view.draft.request
    current = camera_value(asked.camera, asked.camera_axis)
    field, axis = taken["camera"], taken.get("camera_axis")
    values = [NO_CAMERA]
    for camera in map(str, field.choices):
        axes = map(str, axis.choices) if axis is not None and camera == ALONG_AXIS else (None,)
        values += [camera_value(camera, one) for one in axes]
    choices = [Choice(value, words.camera(value), is_current=value == current) for value in values]
    yield _label(words.CAMERA, _choice(field.attribute, choices))
    if (amount := taken.get("camera_amount")) is not None:
        given = "" if asked.camera_amount is None else f"{asked.camera_amount:d}"
        yield _label(words.camera_amount(amount), _short_text(amount.attribute, given, NUMBER_CHARS))


def camera_value(camera: str | None, axis: str | None) -> str:
    """Camera and axis as one value, which needs no second choice."""
    return NO_CAMERA if camera is None else camera if axis is None else f"{camera}/{axis}"


def _shot(view: DraftView, field: Field, number: int | None) -> Form:
    shots = view.draft.request.shots
    if number is not None and not 1 <= number <= len(shots):
        return
    shot = None if number is None else shots[number - 1]
    yield _label(words.SHOT_TEXT, _long_text(TEXT, "" if shot is None else shot.prompt, field, required=True))
    others_s = sum(one.duration_s for one in shots) - (shot.duration_s if shot else 0)
    lengths = None if view.model is None else view.model.field("duration_s")
    most_s = USUAL_SHOT_S if lengths is None else max(int(choice) for choice in lengths.choices)
    seconds = shot.duration_s if shot else max(1, min(USUAL_SHOT_S, most_s - others_s))
    yield _label(words.seconds(others_s, lengths), _choice(SECONDS, _seconds(field, most_s, seconds)))
    if number is not None:
        yield _label(words.PLACE, _choice(PLACE, _places(len(shots), number)))


def _seconds(field: Field, most_s: int, current: int) -> list[Choice]:
    least_s = int(field.minimum or 1)
    listed = sorted({*range(least_s, most_s + 1), current})
    return [Choice(str(one), f"{one} s", is_current=one == current) for one in listed[-MOST_OPTIONS:]]


def _places(count: int, current: int) -> list[Choice]:
    places = [Choice(str(at), words.place(at), is_current=at == current) for at in range(1, count + 1)]
    return [*places[: MOST_OPTIONS - 1], Choice(REMOVE, words.REMOVE_SHOT)]


# Parts


def _numbered(prefix: str, attribute: str, catalogue: Catalogue) -> frozenset[str]:
    field = draft_fields.anywhere(attribute, catalogue)
    most = 0 if field is None else field.max_items or 1
    return frozenset(f"{prefix}{number}" for number in range(1, most + 1))


def _label(said: words.Said, component: ui.Item[Any]) -> ui.Label[ui.Modal]:
    return ui.Label(text=said.text, description=said.description or None, component=component)


def _long_text(name: str, given: str, field: Field, *, required: bool = False) -> ui.TextInput[Any]:
    return _text_input(name, given, field.max_chars or LONGEST_TEXT, discord.TextStyle.paragraph, required=required)


def _short_text(name: str, given: str, most_chars: int) -> ui.TextInput[Any]:
    return _text_input(name, given, most_chars, discord.TextStyle.short)


def _text_input(
    name: str, given: str, most_chars: int, style: discord.TextStyle, *, required: bool = False
) -> ui.TextInput[Any]:
    # Discord refuses a form whose text is longer than may be typed; the rules say what is too long.
    shown = text.cut(given, LONGEST_TEXT)
    return ui.TextInput(
        custom_id=name, style=style, default=shown or None, required=required, max_length=max(most_chars, len(shown))
    )


def _files(name: str, most: int) -> ui.FileUpload[Any]:
    return ui.FileUpload(custom_id=name, required=False, min_values=0, max_values=most)


def _choice(name: str, choices: Sequence[Choice]) -> ui.Select[Any]:
    return ui.Select(custom_id=name, options=controls.select_options(choices), required=True)


def _removal(there: Mapping[str, str]) -> ui.CheckboxGroup[Any]:
    options = [discord.CheckboxGroupOption(label=label, value=value) for value, label in there.items()]
    return ui.CheckboxGroup(custom_id=REMOVE, required=False, min_values=0, max_values=len(options), options=options)
