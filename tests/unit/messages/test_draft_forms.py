"""What the forms of a draft ask, and what they say already."""

from __future__ import annotations

from typing import Any

import pytest

from klapper.kling.catalogue import CATALOGUE
from klapper.kling.request import Element, Shot
from klapper.messages.draft_controls import read_action
from klapper.messages.draft_forms import build_form
from klapper.services.drafts import DraftView
from tests.unit.messages.draft_views import DRAFT_ID, picture, view_of

ONE, TWO = picture(1).sha256, picture(2).sha256


def form(view: DraftView, action: str) -> dict[str, Any]:
    """The form as Discord gets it."""
    parsed = read_action(action)
    assert parsed is not None
    built = build_form(view, CATALOGUE, parsed)
    assert built is not None
    return built.to_dict()


def inputs(view: DraftView, action: str) -> dict[str, dict[str, Any]]:
    return {label["component"]["custom_id"]: label["component"] for label in form(view, action)["components"]}


def described(view: DraftView, action: str) -> dict[str, str]:
    return {label["label"]: label.get("description", "") for label in form(view, action)["components"]}


def chosen(component: dict[str, Any]) -> list[str]:
    return [option["value"] for option in component["options"] if option["default"]]


@pytest.mark.parametrize("action", ["words", "images", "shot"])
def test_a_form_has_the_id_of_the_button_that_opens_it(action: str) -> None:
    assert form(view_of(revision=7), action)["custom_id"] == f"draft:{DRAFT_ID}:{action}"


def test_a_form_for_a_shot_says_which_revision_it_shows() -> None:
    assert form(view_of(shots=(Shot("one", 4),), revision=7), "shot_1")["custom_id"] == f"draft:{DRAFT_ID}:shot_1_7"


def test_words_are_there_to_be_changed() -> None:
    asked = inputs(view_of("a fox", negative_prompt="rain", cfg_scale=0.25), "words")
    assert [one["value"] for one in asked.values()] == ["a fox", "rain", "0.25"]


@pytest.mark.parametrize(
    ("model", "image", "names"),
    [
        ("v3", None, ["prompt", "negative_prompt", "cfg_scale"]),
        ("o3", ONE, ["prompt"]),
        ("v1", None, ["prompt", "negative_prompt", "cfg_scale"]),
    ],
)
def test_words_ask_only_for_what_the_model_takes(model: str, image: str | None, names: list[str]) -> None:
    assert list(inputs(view_of(model=model, start_image=image), "words")) == names


def test_hints_say_what_the_catalogue_says() -> None:
    assert described(view_of(), "words")["How closely to follow the words"] == (
        "From 0 (freely) to 1 (strictly). Empty: 0.5."
    )
    assert "From -10 to 10" in described(view_of(model="v1"), "camera")["How far"]
    assert "up to 3 more views" in described(view_of(start_image=ONE), "elements")["Element 1"]


def test_a_text_that_is_too_long_can_still_be_shortened() -> None:
    prompt = inputs(view_of("x" * 3000), "words")["prompt"]
    assert (len(prompt["value"]), prompt["max_length"]) == (3000, 3000)


def test_what_can_be_removed_is_what_is_there() -> None:
    def removable(action: str, **request: Any) -> list[str]:
        remove = inputs(view_of(**request), action).get("remove", {"options": []})
        return [option["label"] for option in remove["options"]]

    assert removable("images") == []
    assert removable("images", start_image=ONE) == ["First image"]
    assert removable("images", start_image=ONE, end_image=TWO) == ["First image", "Last image"]
    elements = (Element(ONE), Element(TWO, (ONE,)))
    assert removable("elements", start_image=ONE, elements=elements) == [
        "Element 1 (1 image)",
        "Element 2 (2 images)",
    ]


def test_an_element_takes_its_front_and_three_more() -> None:
    asked = inputs(view_of(start_image=ONE), "elements")
    assert [(name, one["max_values"]) for name, one in asked.items()] == [
        ("element_1", 4),
        ("element_2", 4),
        ("element_3", 4),
    ]


def test_voices_are_there_to_be_changed() -> None:
    asked = inputs(view_of(voice_ids=("aria",)), "voices")
    assert [one.get("value") for one in asked.values()] == ["aria", None]


def test_the_camera_shows_its_movement() -> None:
    asked = inputs(view_of(model="v1", camera="simple", camera_axis="zoom", camera_amount=-3), "camera")
    assert chosen(asked["camera"]) == ["simple/zoom"]
    assert asked["camera_amount"]["value"] == "-3"
    assert chosen(inputs(view_of(model="v1"), "camera")["camera"]) == ["none"]


def test_a_shot_shows_its_text_its_seconds_and_its_place() -> None:
    asked = inputs(view_of(shots=(Shot("one", 4), Shot("two", 9))), "shot_2")
    assert asked["text"]["value"] == "two"
    assert chosen(asked["seconds"]) == ["9"]
    assert chosen(asked["place"]) == ["2"]
    assert [option["label"] for option in asked["place"]["options"]] == ["1st shot", "2nd shot", "Remove this shot"]


@pytest.mark.parametrize(("used_s", "proposed"), [(0, "5"), (9, "5"), (12, "3"), (15, "1")])
def test_a_new_shot_is_proposed_seconds_that_are_left(used_s: int, proposed: str) -> None:
    shots = (Shot("one", used_s),) if used_s else ()
    view = view_of(shots=shots)
    assert chosen(inputs(view, "shot")["seconds"]) == [proposed]
    others = f" The others last {used_s} s." if used_s else ""
    assert described(view, "shot")["How long it lasts"] == f"All shots together last 3 to 15 s.{others}"


def test_a_new_shot_has_no_place_to_choose() -> None:
    assert list(inputs(view_of(), "shot")) == ["text", "seconds"]


@pytest.mark.parametrize(
    ("action", "request_"),
    [
        ("shot_3", {}),
        ("shot_0", {}),
        ("camera", {}),
        ("elements", {}),
        ("shot", {"model": "v1"}),
        ("words", {"model": "no"}),
    ],
)
def test_where_there_is_nothing_to_fill_in_there_is_no_form(action: str, request_: dict[str, Any]) -> None:
    parsed = read_action(action)
    assert parsed is not None
    assert build_form(view_of(**request_), CATALOGUE, parsed) is None
