"""What a control or a filled-in form changes in a draft. Pure: nothing is checked here that `resolve` checks."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from cogs import video_texts
from cogs.forms import FormAnswers
from klapper.drafts.draft import Draft, DraftKind
from klapper.errors import RequestRefused
from klapper.kling import editing
from klapper.kling.checks import is_choice
from klapper.kling.model import Catalogue, Field
from klapper.kling.request import Element, Shot, VideoRequest
from klapper.messages import draft_controls as controls
from klapper.messages import draft_fields, draft_texts
from klapper.messages import draft_forms as forms
from klapper.messages import draft_selects as selects
from klapper.messages.draft_controls import Action
from klapper.services.drafts import Change

Images = Mapping[str, tuple[str, ...]]
"""Hashes of the uploaded images by the name of their input, in the order in which they were given."""

_SCALE, _AMOUNT = "cfg_scale", "camera_amount"
_SELECTED = ("aspect_ratio", "mode", "generate_audio")
_WHOLE = re.compile(r"[0-9]{1,3}")  # of our own controls; larger ones mean nothing here
_TYPED = re.compile(rf"[0-9.eE+-]{{1,{forms.NUMBER_CHARS}}}")  # other digits exist, and Python reads them


@dataclass(frozen=True, slots=True)
class Edit:
    """complaint: about an answer that means nothing; everything else that was filled in counts all the same."""

    change: Change
    complaint: RequestRefused | None = None


def to_panel(draft: Draft) -> Draft:
    """A question becomes a panel in which everything can be changed."""
    return replace(draft, kind=DraftKind.PANEL)


def cleared(untaken: Iterable[str]) -> Change:
    """These options, which the draft's model does not take, are taken back."""
    return _in_request(lambda request: editing.without(request, untaken))


def chosen(name: str, value: str, catalogue: Catalogue) -> Change:
    """A select has this value now. Raises RequestRefused (`unknown_control`)."""
    value = _offered(value)
    match name:
        case controls.MODEL:
            return _model(value, catalogue)
        case controls.LENGTH:
            return _option("duration_s", _whole(value))
        case controls.SHAPE:
            return _option("aspect_ratio", None if value == selects.LIKE_THE_IMAGE else value)
        case controls.QUALITY:
            return _quality(value)
        case controls.DELIVER if value.split(",", maxsplit=1)[0] in ("here", "dm"):
            return _delivery(value)
        case _:
            raise unknown_control()


def filled_in(action: Action, answers: FormAnswers, images: Images, catalogue: Catalogue) -> Edit:
    """What a form's answers change. Raises RequestRefused (`unknown_control`)."""
    match action.name:
        case controls.WORDS:
            return _words(answers, catalogue)
        case controls.IMAGES:
            return Edit(_images(answers, images))
        case controls.ELEMENTS:
            return Edit(_elements(answers, images))
        case controls.VOICES:
            return Edit(_option("voice_ids", tuple(filter(None, map(str.strip, answers.texts.values())))))
        case controls.CAMERA:
            return _camera(answers, catalogue)
        case controls.SHOT:
            return Edit(_shot(answers, action.number, draft_fields.most_shots(catalogue)))
        case _:
            raise unknown_control()


def unknown_control() -> RequestRefused:
    """It is from a version of Klapper that knew more, or less."""
    return RequestRefused("unknown_control", draft_texts.UNKNOWN_CONTROL)


# Selects


def _model(value: str, catalogue: Catalogue) -> Change:
    """What the model's own selects cannot show goes with the old model; everything else waits to be cleared."""

    def change(request: VideoRequest) -> VideoRequest:
        request = editing.set_option(request, "model", value)
        return editing.without(request, _unselectable(request, catalogue))

    return _in_request(change)


def _unselectable(request: VideoRequest, catalogue: Catalogue) -> list[str]:
    try:
        model = catalogue.choose(request)
    except RequestRefused:
        return []
    return [name for name in _SELECTED if not _takes(model.field(name), getattr(request, name))]


def _takes(field: Field | None, value: str | bool | None) -> bool:
    return value is None or (field is not None and (isinstance(value, bool) or is_choice(field, value)))


def _quality(value: str) -> Change:
    def change(request: VideoRequest) -> VideoRequest:
        for part in value.split(","):
            if part in (selects.SILENT, selects.WITH_SOUND):
                request = editing.set_option(request, "generate_audio", part == selects.WITH_SOUND)
            else:
                request = editing.set_option(request, "mode", part)
        return request

    return _in_request(change)


def _delivery(value: str) -> Change:
    place, *spoiler = value.split(",")
    return lambda draft: replace(draft, deliver_to="dm" if place == "dm" else "here", spoiler=bool(spoiler))


# Forms


def _words(answers: FormAnswers, catalogue: Catalogue) -> Edit:
    wishes: dict[str, object] = {
        name: words if name == "prompt" else words or None for name, words in answers.texts.items() if name != _SCALE
    }
    return _with_number(wishes, answers.texts.get(_SCALE), float, draft_fields.anywhere(_SCALE, catalogue))


def _camera(answers: FormAnswers, catalogue: Catalogue) -> Edit:
    camera, _, axis = _one(answers.choices.get("camera", ())).partition("/")
    wishes: dict[str, object] = {
        "camera": None if camera == forms.NO_CAMERA else camera or None,
        "camera_axis": axis or None,
    }
    return _with_number(wishes, answers.texts.get(_AMOUNT), int, draft_fields.anywhere(_AMOUNT, catalogue))


def _with_number(
    wishes: dict[str, object], given: str | None, read: Callable[[str], float], field: Field | None
) -> Edit:
    """given: as people type numbers; empty takes the option back, None: the form had no such input."""
    if given is None or field is None:
        return Edit(_options(wishes))
    typed = given.strip().replace(",", ".")
    if not typed:
        return Edit(_options(wishes | {field.attribute: None}))
    try:
        number = read(typed) if _TYPED.fullmatch(typed) else math.nan
    except ValueError:
        number = math.nan
    if math.isfinite(number):
        return Edit(_options(wishes | {field.attribute: number}))
    complaint = RequestRefused(f"{field.option}_not_a_number", draft_texts.not_a_number(field, given))
    return Edit(_options(wishes), complaint)


def _images(answers: FormAnswers, images: Images) -> Change:
    removed: dict[str, str | None] = dict.fromkeys(_ticked(answers))
    uploaded = {name: hashes[0] for name, hashes in images.items() if hashes}
    return _options({name: image for name, image in (removed | uploaded).items() if name in forms.FIRST_IMAGES})


def _elements(answers: FormAnswers, images: Images) -> Change:
    uploaded = {_element_number(name): hashes for name, hashes in images.items() if hashes}
    removed = {_element_number(name) for name in _ticked(answers)} - uploaded.keys()

    def change(request: VideoRequest) -> VideoRequest:
        _refuse_gap(uploaded.keys(), removed, len(request.elements))
        for number, (frontal, *references) in sorted(uploaded.items()):
            request = editing.put_element(request, number, Element(frontal, tuple(references)))
        for number in sorted(removed, reverse=True):  # from behind: those after it move up
            request = editing.put_element(request, number, None)
        return request

    return _in_request(change)


def _shot(answers: FormAnswers, number: int | None, most: int) -> Change:
    shot = Shot(answers.texts.get(forms.TEXT, ""), _whole(_one(answers.choices.get(forms.SECONDS, ()))))
    place = _one(answers.choices.get(forms.PLACE, ()))
    to_place = None if place in ("", forms.REMOVE) else _whole(place)

    def change(request: VideoRequest) -> VideoRequest:
        if number is None:
            _refuse_too_many(request, most)
            return editing.add_shot(request, shot)
        if place == forms.REMOVE:
            return editing.remove_shot(request, number)
        return editing.put_shot(request, number, shot, to_place or number)

    return _in_request(change)


def _refuse_too_many(request: VideoRequest, most: int) -> None:
    count = len(request.shots)
    if count >= most:
        raise RequestRefused("shots_too_many", draft_texts.TOO_MANY_SHOTS.format(count=count))


def _refuse_gap(uploaded: Iterable[int], removed: Iterable[int], count: int) -> None:
    """Elements are counted from 1 without a gap, because the prompt mentions them by their numbers."""
    uploaded = set(uploaded)
    there = uploaded | (set(range(1, count + 1)) - set(removed))
    for number in sorted(one for one in uploaded if one > count):
        missing = next((one for one in range(1, number) if one not in there), None)
        if missing is not None:
            raise RequestRefused("elements_missing", video_texts.left_out("element", number, missing))


# Parts


def _option(attribute: str, value: object) -> Change:
    return _in_request(lambda request: editing.set_option(request, attribute, value))


def _options(wishes: Mapping[str, object]) -> Change:
    def change(request: VideoRequest) -> VideoRequest:
        for attribute, value in wishes.items():
            request = editing.set_option(request, attribute, value)
        return request

    return _in_request(change)


def _in_request(change: Callable[[VideoRequest], VideoRequest]) -> Change:
    return lambda draft: replace(draft, request=change(draft.request))


def _ticked(answers: FormAnswers) -> Iterable[str]:
    return answers.choices.get(forms.REMOVE, ())


def _element_number(name: str) -> int:
    return _whole(name.removeprefix(forms.ELEMENT_PREFIX))


def _whole(text: str) -> int:
    """A number from 1 that a control of ours carries. Raises RequestRefused (`unknown_control`) for anything else."""
    if not _WHOLE.fullmatch(text) or not int(text):
        raise unknown_control()
    return int(text)


def _one(values: tuple[str, ...]) -> str:
    return _offered(values[0]) if values else ""


def _offered(value: str) -> str:
    """No choice of ours is longer."""
    if len(value) > controls.OPTION_CHARS:
        raise unknown_control()
    return value
