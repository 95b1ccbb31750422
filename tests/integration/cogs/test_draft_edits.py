"""What each control and each form changes in a draft."""

from __future__ import annotations

from typing import Any

import pytest

from cogs.draft_edits import Edit, chosen, cleared, filled_in, to_panel
from cogs.forms import FormAnswers
from klapper.drafts.draft import Draft, DraftKind
from klapper.errors import RequestRefused
from klapper.kling.catalogue import CATALOGUE
from klapper.kling.request import Element, Shot, VideoRequest
from klapper.messages.draft_controls import read_action
from tests.unit.messages.draft_views import draft_of

THREE_SHOTS = (Shot("one", 3), Shot("two", 4), Shot("three", 5))
A, B, C, D = Element("a"), Element("b", ("b2",)), Element("c"), Element("d", ("d2", "d3"))


def after(change: Any, **request: Any) -> VideoRequest:
    changed = change(draft_of(VideoRequest(prompt="a fox", **request)))
    assert isinstance(changed, Draft)
    return changed.request


def form(action: str, images: dict[str, tuple[str, ...]] | None = None, **inputs: Any) -> Edit:
    """inputs: a text, or a tuple of choices."""
    texts = {name: value for name, value in inputs.items() if isinstance(value, str)}
    choices = {name: value for name, value in inputs.items() if isinstance(value, tuple)}
    parsed = read_action(action)
    assert parsed is not None
    return filled_in(parsed, FormAnswers(texts, choices, {}), images or {}, CATALOGUE)


@pytest.mark.parametrize(
    ("name", "value", "attribute", "expected"),
    [
        ("model", "o3", "model", "o3"),
        ("length", "12", "duration_s", 12),
        ("shape", "9:16", "aspect_ratio", "9:16"),
        ("quality", "pro", "mode", "pro"),
        ("quality", "sound", "generate_audio", True),
        ("quality", "silent", "generate_audio", False),
    ],
)
def test_a_select_sets_its_option(name: str, value: str, attribute: str, expected: object) -> None:
    assert getattr(after(chosen(name, value, CATALOGUE)), attribute) == expected


@pytest.mark.parametrize("name", ["model", "length", "shape", "quality", "deliver"])
@pytest.mark.parametrize("value", ["9" * 101, "here" * 100])
def test_a_value_that_no_select_can_have_is_refused(name: str, value: str) -> None:
    with pytest.raises(RequestRefused) as refused:
        chosen(name, value, CATALOGUE)
    assert refused.value.code == "unknown_control"


@pytest.mark.parametrize("value", ["", "soon", "\u0663", "0", "-5", "1000"])
def test_a_length_that_is_no_number_of_ours_is_refused(value: str) -> None:
    with pytest.raises(RequestRefused):
        chosen("length", value, CATALOGUE)


def test_quality_and_sound_are_set_together() -> None:
    changed = after(chosen("quality", "pro,sound", CATALOGUE))
    assert (changed.mode, changed.generate_audio) == ("pro", True)


def test_the_shape_of_the_image_takes_a_chosen_shape_back() -> None:
    assert after(chosen("shape", "image", CATALOGUE), aspect_ratio="1:1").aspect_ratio is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [("here", ("here", False)), ("here,spoiler", ("here", True)), ("dm", ("dm", False)), ("dm,spoiler", ("dm", True))],
)
def test_delivery_is_a_place_and_whether_it_is_hidden(value: str, expected: tuple[str, bool]) -> None:
    changed = chosen("deliver", value, CATALOGUE)(draft_of(VideoRequest(prompt="a fox"), spoiler=True))
    assert (changed.deliver_to, changed.spoiler) == expected


@pytest.mark.parametrize(
    ("name", "value"), [("length", "long"), ("length", ""), ("deliver", "mars"), ("colour", "red")]
)
def test_a_choice_that_nobody_offered_is_refused(name: str, value: str) -> None:
    with pytest.raises(RequestRefused) as refused:
        chosen(name, value, CATALOGUE)
    assert refused.value.code == "unknown_control"


def test_a_question_becomes_a_panel_and_keeps_its_request() -> None:
    draft = draft_of(VideoRequest(prompt="a fox", duration_s=7), kind=DraftKind.QUOTE)
    assert to_panel(draft).kind is DraftKind.PANEL
    assert to_panel(draft).request == draft.request


def test_untaken_options_are_taken_back_and_the_others_stay() -> None:
    untaken = ("shots", "generate_audio", "start_image")
    changed = after(cleared(untaken), model="v1", shots=THREE_SHOTS, generate_audio=True, mode="pro", start_image="a")
    assert changed == VideoRequest(prompt="a fox", model="v1", mode="pro")


@pytest.mark.parametrize(
    ("model", "gone"),
    [("v3", {"mode"}), ("o3", {"aspect_ratio"}), ("v1", {"generate_audio"}), ("kling-9", set())],
)
def test_another_model_takes_back_what_its_selects_cannot_show(model: str, gone: set[str]) -> None:
    request: dict[str, Any] = {"aspect_ratio": "9:16", "mode": "pro", "generate_audio": True, "start_image": "a"}
    changed = after(chosen("model", model, CATALOGUE), **request)
    assert {name for name in request if getattr(changed, name) is None} == gone


def test_another_model_keeps_what_took_work() -> None:
    worked: dict[str, Any] = {"shots": THREE_SHOTS, "elements": (A,), "start_image": "a", "negative_prompt": "rain"}
    assert after(chosen("model", "v1", CATALOGUE), **worked) == VideoRequest(prompt="a fox", model="v1", **worked)


# Words


def test_words_are_set_and_emptied_ones_are_taken_back() -> None:
    edit = form("words", prompt="a wolf", negative_prompt="", cfg_scale="")
    assert after(edit.change, negative_prompt="rain", cfg_scale=0.3) == VideoRequest(prompt="a wolf")


@pytest.mark.parametrize(("typed", "number"), [("0.3", 0.3), ("0,3", 0.3), (" 1 ", 1.0), ("7", 7.0), ("-1", -1.0)])
def test_a_number_is_read_as_people_type_it(typed: str, number: float) -> None:
    edit = form("words", prompt="a wolf", cfg_scale=typed)
    assert edit.complaint is None
    assert after(edit.change).cfg_scale == number


@pytest.mark.parametrize("typed", ["abc", "nan", "inf", "1e999", "0.3.4", "half"])
def test_what_is_no_number_costs_nothing_else_that_was_typed(typed: str) -> None:
    edit = form("words", prompt="a wolf", negative_prompt="rain", cfg_scale=typed)
    assert after(edit.change, cfg_scale=0.4) == VideoRequest(prompt="a wolf", negative_prompt="rain", cfg_scale=0.4)
    assert edit.complaint is not None
    assert edit.complaint.sentence.startswith("cfg_scale must be a number from 0 to 1, not “")


def test_a_form_without_an_input_leaves_its_option_alone() -> None:
    assert after(form("words", prompt="a wolf").change, cfg_scale=0.4, negative_prompt="rain") == VideoRequest(
        prompt="a wolf", cfg_scale=0.4, negative_prompt="rain"
    )


# Camera and voices


@pytest.mark.parametrize(
    ("value", "amount", "expected"),
    [
        ("simple/zoom", "3", ("simple", "zoom", 3)),
        ("simple/pan", "-10", ("simple", "pan", -10)),
        ("down_back", "", ("down_back", None, None)),
        ("none", "", (None, None, None)),
    ],
)
def test_the_camera_is_set_whole(value: str, amount: str, expected: tuple[Any, ...]) -> None:
    edit = form("camera", camera=(value,), camera_amount=amount)
    changed = after(edit.change, camera="simple", camera_axis="roll", camera_amount=5)
    assert (changed.camera, changed.camera_axis, changed.camera_amount) == expected


@pytest.mark.parametrize("typed", ["far", "1.5", "1_0", "\u0663", "9" * 400, "9" * 5000])
def test_an_amount_that_is_no_whole_number_keeps_the_camera(typed: str) -> None:
    edit = form("camera", camera=("simple/zoom",), camera_amount=typed)
    changed = after(edit.change, camera_amount=5)
    assert (changed.camera, changed.camera_axis, changed.camera_amount) == ("simple", "zoom", 5)
    assert edit.complaint is not None
    assert "a whole number from -10 to 10" in edit.complaint.sentence


def test_voices_are_those_that_were_filled_in() -> None:
    assert after(form("voices", voice_1=" aria ", voice_2="").change).voice_ids == ("aria",)
    assert after(form("voices", voice_1="", voice_2="ben").change, voice_ids=("x", "y")).voice_ids == ("ben",)
    assert after(form("voices", voice_1="", voice_2="").change, voice_ids=("x",)).voice_ids == ()


# Images and elements


def test_an_uploaded_image_takes_the_place_of_the_old_one() -> None:
    changed = after(form("images", {"start_image": ("new",)}).change, start_image="old", end_image="end")
    assert (changed.start_image, changed.end_image) == ("new", "end")


def test_a_ticked_image_goes_and_the_other_stays() -> None:
    changed = after(form("images", remove=("end_image",)).change, start_image="old", end_image="end")
    assert (changed.start_image, changed.end_image) == ("old", None)


def test_an_image_that_is_ticked_and_uploaded_is_replaced() -> None:
    edit = form("images", {"start_image": ("new",)}, remove=("start_image",))
    assert after(edit.change, start_image="old").start_image == "new"


def test_an_image_form_changes_nothing_but_images() -> None:
    assert after(form("images", {"prompt": ("x",)}, remove=("prompt", "model")).change, model="v3") == VideoRequest(
        prompt="a fox", model="v3"
    )


def test_the_first_upload_of_an_element_is_its_front() -> None:
    changed = after(form("elements", {"element_1": ("front", "side", "back")}).change)
    assert changed.elements == (Element("front", ("side", "back")),)


@pytest.mark.parametrize(
    ("uploaded", "removed", "expected"),
    [
        ({}, (), (A, B, C)),
        ({"element_2": ("d", "d2", "d3")}, (), (A, D, C)),
        ({}, ("element_2",), (A, C)),
        ({}, ("element_1", "element_3"), (B,)),
        ({}, ("element_1", "element_2", "element_3"), ()),
        ({"element_3": ("d", "d2", "d3")}, ("element_1",), (B, D)),
        ({"element_1": ("d", "d2", "d3")}, ("element_1",), (D, B, C)),
    ],
)
def test_elements_are_replaced_before_others_move_up(
    uploaded: dict[str, tuple[str, ...]], removed: tuple[str, ...], expected: tuple[Element, ...]
) -> None:
    edit = form("elements", {"element_1": (), **uploaded}, remove=removed)
    assert after(edit.change, elements=(A, B, C)).elements == expected


def test_elements_that_follow_each_other_are_added() -> None:
    edit = form("elements", {"element_2": ("c",), "element_3": ("d", "d2", "d3")})
    assert after(edit.change, elements=(A,)).elements == (A, C, D)


@pytest.mark.parametrize(
    ("there", "removed", "uploaded", "missing"),
    [
        ((), (), (2,), "element_1"),
        ((), (), (2, 3), "element_1"),
        ((A,), (), (3,), "element_2"),
        ((), (), (1, 3), "element_2"),
        ((A,), ("element_1",), (2,), "element_1"),
        ((A, B), ("element_1",), (3,), "element_1"),
    ],
)
def test_a_new_element_after_a_missing_one_is_refused_as_in_video(
    there: tuple[Element, ...], removed: tuple[str, ...], uploaded: tuple[int, ...], missing: str
) -> None:
    edit = form("elements", {f"element_{number}": ("c",) for number in uploaded}, remove=removed)
    with pytest.raises(RequestRefused) as refused:
        after(edit.change, elements=there)
    assert refused.value.code == "elements_missing"
    assert refused.value.sentence.endswith(f"is given without {missing}: fill in {missing} first.")


# Shots


def test_a_new_shot_comes_last_and_the_shots_decide_the_length() -> None:
    changed = after(form("shot", text="four", seconds=("2",)).change, shots=THREE_SHOTS, duration_s=12)
    assert changed.shots == (*THREE_SHOTS, Shot("four", 2))
    assert changed.duration_s is None


@pytest.mark.parametrize(
    ("place", "order"),
    [("1", ["new", "one", "three"]), ("2", ["one", "new", "three"]), ("3", ["one", "three", "new"])],
)
def test_a_shot_is_edited_and_moved_in_one_form(place: str, order: list[str]) -> None:
    changed = after(form("shot_2", text="new", seconds=("6",), place=(place,)).change, shots=THREE_SHOTS)
    assert [shot.prompt for shot in changed.shots] == order
    assert Shot("new", 6) in changed.shots


def test_a_shot_is_removed_by_its_place() -> None:
    changed = after(form("shot_2", text="two", seconds=("4",), place=("remove",)).change, shots=THREE_SHOTS)
    assert [shot.prompt for shot in changed.shots] == ["one", "three"]


def test_a_form_about_a_shot_that_is_gone_changes_nothing() -> None:
    edit = form("shot_5", text="five", seconds=("4",), place=("1",))
    assert after(edit.change, shots=THREE_SHOTS).shots == THREE_SHOTS


def test_a_sixth_shot_is_refused() -> None:
    edit = form("shot", text="six", seconds=("1",))
    with pytest.raises(RequestRefused) as refused:
        after(edit.change, shots=(Shot("one", 1),) * 5)
    assert refused.value.code == "shots_too_many"


NO_NUMBERS = ("soon", "\u0663", "0", "-1", "1000", "9" * 5000)


@pytest.mark.parametrize(
    "bad", [*({"seconds": (one,)} for one in NO_NUMBERS), *({"seconds": ("3",), "place": (one,)} for one in NO_NUMBERS)]
)
def test_a_shot_form_that_nobody_offered_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(RequestRefused):
        form("shot_1", text="one", **bad)


def test_a_form_of_another_version_is_refused() -> None:
    with pytest.raises(RequestRefused) as refused:
        form("weather", text="rain")
    assert refused.value.code == "unknown_control"
