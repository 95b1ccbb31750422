"""What a panel calls options, in its refusals and on the button that takes them back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from klapper.errors import RequestRefused
from klapper.kling.catalogue import CATALOGUE
from klapper.kling.checks import check
from klapper.kling.editing import untaken
from klapper.kling.model import Field, Kind
from klapper.kling.request import Element, Shot, VideoRequest, option_values
from klapper.kling.resolution import resolve
from klapper.messages.draft_option_texts import in_panel_words, removal

EVERYTHING = VideoRequest(
    prompt="a fox",
    duration_s=5,
    aspect_ratio="1:1",
    mode="pro",
    generate_audio=True,
    negative_prompt="rain",
    cfg_scale=0.2,
    camera="simple",
    camera_axis="zoom",
    camera_amount=3,
    shots=(Shot("one", 3),) * 5,
    shot_type="customize",
    voice_ids=("aria", "ben"),
    start_image="a",
    end_image="b",
    elements=(Element("c"),) * 3,
)
MENTION = re.compile(r"<<<voice_\d>>>|“[^”]*”")
OF_VIDEO = re.compile(r"\w_\w|\badd image\b|\b(?:mode|duration)\b|^(?:image|prompt)\b")
BAD: dict[Kind, tuple[Any, ...]] = {
    Kind.TEXT: (" ", "\x00", "x" * 9_999),
    Kind.CHOICE: ("4:3",),
    Kind.SECONDS_AS_TEXT: (99,),
    Kind.SECONDS_AS_INTEGER: (7,),
    Kind.NUMBER: (9.0,),
    Kind.INTEGER: (99,),
    Kind.SHOTS: ((Shot("x", 1),) * 9, (Shot("", 1),), (Shot("x", 0),), (Shot("x" * 999, 1),)),
    Kind.TEXTS: (("x",) * 9, ("",), ("x" * 999,)),
    Kind.ELEMENTS: ((Element("a"),) * 9, (Element("a", ("b",) * 9),)),
    Kind.SWITCH: (),
    Kind.IMAGE: (),
}


def of_checks() -> Iterator[RequestRefused]:
    fields = {field.attribute: field for model in CATALOGUE.models for field in model.fields}
    for field in fields.values():
        for value in BAD[field.kind]:
            yield from refused(check, field, value)


def of_rules() -> Iterator[RequestRefused]:
    """Every rule of every model, whatever it takes to break it."""
    changes: dict[str, tuple[Any, ...]] = {
        "shots": ((), EVERYTHING.shots),
        "end_image": (None, "b"),
        "generate_audio": (False, True),
        "voice_ids": ((), ("aria",)),
        "elements": ((), EVERYTHING.elements),
        "camera": (None, "simple", "down_back", "right_turn_forward"),
        "camera_axis": (None, "zoom"),
        "camera_amount": (None, 3),
        "mode": ("std", "pro"),
    }
    for values in product(*changes.values()):
        request = replace(EVERYTHING, **dict(zip(changes, values, strict=True)))
        for model in CATALOGUE.models:
            yield from (refusal for rule in model.rules if (refusal := rule(request)) is not None)


def of_resolution() -> Iterator[RequestRefused]:
    """Every option with every model, with a first image and without; and what is missing."""
    for name, value in option_values(EVERYTHING).items():
        for model in ("v3", "o3", "v1", *(model.slug for model in CATALOGUE.models)):
            for image in (None, "a"):
                request = replace(VideoRequest(prompt="a fox", model=model, start_image=image), **{name: value})
                yield from refused(resolve, request, CATALOGUE)
                yield from refused(resolve, replace(request, prompt=""), CATALOGUE)


def refused(attempt: Callable[..., object], *given: object) -> Iterator[RequestRefused]:
    try:
        attempt(*given)
    except RequestRefused as refusal:
        yield refusal


REFUSALS = {(one.code, one.sentence): one for source in (of_checks, of_rules, of_resolution) for one in source()}


def test_enough_refusals_are_looked_at() -> None:
    codes = {code for code, _ in REFUSALS}
    assert {"end_image_needs_image", "mode_not_taken", "camera_preset_with_amount", "shots_sum_differs"} <= codes
    assert len(codes) > 40


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=lambda refusal: refusal.code)
def test_no_refusal_in_a_panel_has_the_name_of_an_option_of_video(refusal: RequestRefused) -> None:
    shown = in_panel_words(refusal.sentence)
    assert OF_VIDEO.search(MENTION.sub("", shown)) is None, shown
    assert not any(field.option in MENTION.sub("", shown) for field in underscored()), shown
    assert shown[0] == "“" or shown[0].isupper()


def underscored() -> list[Field]:
    return [field for model in CATALOGUE.models for field in model.fields if "_" in field.option]


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        (
            "end_image needs a first image: add image or remove end_image.",
            "Last image needs a first image: add a First image or remove the Last image.",
        ),
        ("Shots cannot have an end_image: remove it.", "Shots cannot have a Last image: remove it."),
        ("An end_image cannot go with it.", "A Last image cannot go with it."),
        ("element_3 is given without element_2.", "Element 3 is given without Element 2."),
        ("Write <<<voice_1>>> in the prompt.", "Write <<<voice_1>>> in the prompt."),
        ("mode must be std or pro, not “mode”.", "Quality must be std or pro, not “mode”."),
        ("An image of this request is gone: attach it again.", "An image of this request is gone: attach it again."),
        ("image is on the block list of this server.", "First image is on the block list of this server."),
    ],
)
def test_a_sentence_stays_a_sentence(sentence: str, shown: str) -> None:
    assert in_panel_words(sentence) == shown


def test_what_goes_is_named_with_its_number() -> None:
    attributes = ("shots", "shot_type", "start_image", "elements")
    assert removal(EVERYTHING, attributes) == "Remove 5 shots, 1 image, 3 elements"
    assert removal(EVERYTHING, ("start_image", "end_image", "voice_ids")) == "Remove 2 images, 2 voices"
    assert removal(EVERYTHING, ("camera", "camera_axis", "camera_amount")) == "Remove the camera"


def test_what_does_not_fit_on_the_button_is_more() -> None:
    label = removal(EVERYTHING, option_values(EVERYTHING))
    assert label.startswith("Remove 5 shots, 2 images, 3 elements, 2 voices, ")
    assert label.endswith(" and more")
    assert len(label) <= 80


@pytest.mark.parametrize("model", ["v3", "o3", "v1"])
def test_everything_that_a_model_does_not_take_has_a_name(model: str) -> None:
    request = replace(EVERYTHING, model=model)
    for attribute in untaken(request, CATALOGUE):
        assert removal(request, [attribute]) != "Remove "
