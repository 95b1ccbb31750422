"""Every rule between options is a refusal with a stable code and a sentence that says what to change."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from klapper.errors import RequestRefused
from klapper.kling import rules
from klapper.kling.catalogue import CATALOGUE, ELEMENTS
from klapper.kling.model import Catalogue
from klapper.kling.request import Element, Shot, VideoRequest
from klapper.kling.resolution import refuse_hidden, resolve

A, B, C, D = ("a" * 64, "b" * 64, "c" * 64, "d" * 64)
VOICED = {"generate_audio": True, "voice_ids": ("v-1",)}
SIMPLE = {"model": "v1", "camera": "simple", "camera_axis": "pan", "camera_amount": 3}
BLANKS = ("", " \n", "\u200b\u200d", "\u3164", "\uffa0 \u2800", "\x00\x07", "\u00ad\ufe0f", "\U000e0041", "\u2003")
TWO_SHOTS = (Shot("wakes", 2), Shot("runs", 3))

# code, a request that is refused with it, the nearest request that is not (None: same shape cannot be mended)
ROWS: list[tuple[str, dict[str, Any], dict[str, Any] | None]] = [
    # which model
    ("unknown_model", {"model": "v9"}, {"model": "v3"}),
    ("unknown_model", {"model": "kling-2.6"}, None),
    # options the model does not take
    ("image_not_taken", {"model": "v1", "start_image": A}, {"model": "o3", "start_image": A}),
    ("audio_not_taken", {"model": "v1", "generate_audio": True}, {"model": "o3", "generate_audio": True}),
    ("audio_not_taken", {"model": "v1", "generate_audio": False}, {"model": "v1"}),
    ("mode_not_taken", {"model": "v3", "mode": "pro"}, {"model": "o3", "mode": "pro"}),
    ("camera_not_taken", {"model": "v3", "camera": "down_back"}, {"model": "v1", "camera": "down_back"}),
    ("camera_amount_not_taken", {"model": "o3", "camera_amount": 3}, SIMPLE),
    ("camera_axis_not_taken", {"model": "o3", "camera_axis": "pan"}, SIMPLE),
    ("shots_not_taken", {"model": "v1", "shots": TWO_SHOTS}, {"model": "v3", "shots": TWO_SHOTS}),
    ("shot_type_not_taken", {"model": "v1", "shot_type": "customize"}, {"model": "v3", "shot_type": "customize"}),
    ("voices_not_taken", {"model": "v1", "voice_ids": ("v-1",)}, None),
    (
        "aspect_ratio_not_taken",
        {"model": "o3", "start_image": A, "aspect_ratio": "1:1"},
        {"model": "o3", "start_image": A},
    ),
    ("cfg_scale_not_taken", {"model": "o3", "start_image": A, "cfg_scale": 0.5}, {"model": "o3", "cfg_scale": 0.5}),
    ("negative_prompt_not_taken", {"model": "o3", "start_image": A, "negative_prompt": "x"}, None),
    ("elements_not_taken", {"model": "o3", "start_image": A, "elements": (Element(B),)}, None),
    ("end_image_not_taken", {"model": "v1", "end_image": A}, None),
    # the first image
    ("end_image_needs_image", {"end_image": A}, {"start_image": B, "end_image": A}),
    ("end_image_needs_image", {"model": "o3", "end_image": A}, {"model": "o3", "start_image": B, "end_image": A}),
    ("elements_needs_image", {"elements": (Element(A),)}, {"start_image": B, "elements": (Element(A),)}),
    ("image_missing", {"model": "kling-o3-image2video"}, {"model": "kling-o3-image2video", "start_image": A}),
    ("image_not_taken", {"model": "kling-o3-text2video", "start_image": A}, {"model": "kling-o3-text2video"}),
    # texts
    ("prompt_missing", {"prompt": " \n"}, {"prompt": "x"}),
    ("prompt_missing", {"prompt": ""}, {"prompt": "x"}),
    *[("prompt_missing", {"prompt": blank}, None) for blank in BLANKS],
    *[("negative_prompt_missing", {"negative_prompt": blank}, {}) for blank in BLANKS],
    *[("shots_prompt_missing", {"shots": (Shot(blank, 5),)}, {"shots": (Shot("x", 5),)}) for blank in BLANKS],
    ("prompt_unreadable", {"prompt": "a\x00fox"}, {"prompt": "a\tfox\r\nand a bear"}),
    ("prompt_unreadable", {"prompt": "a\ud800fox"}, {"prompt": "a 🦊\u200d fox"}),
    ("negative_prompt_unreadable", {"negative_prompt": "fog\x1b"}, {"negative_prompt": "fog"}),
    ("shots_unreadable", {"shots": (Shot("x\x07", 5),)}, {"shots": (Shot("x", 5),)}),
    ("prompt_too_long", {"prompt": "x" * 2501}, {"prompt": "x" * 2500}),
    ("negative_prompt_too_long", {"negative_prompt": "x" * 2501}, {"negative_prompt": "x" * 2500}),
    # choices and ranges
    ("duration_not_a_choice", {"duration_s": 2}, {"duration_s": 3}),
    ("duration_not_a_choice", {"duration_s": 16}, {"duration_s": 15}),
    ("duration_not_a_choice", {"duration_s": 5.0}, {"duration_s": 5}),
    ("duration_not_a_choice", {"model": "v1", "duration_s": 7}, {"model": "v1", "duration_s": 10}),
    ("aspect_ratio_not_a_choice", {"aspect_ratio": "4:3"}, {"aspect_ratio": "1:1"}),
    ("mode_not_a_choice", {"model": "o3", "mode": "turbo"}, {"model": "o3", "mode": "pro"}),
    ("shot_type_not_a_choice", {"shot_type": "intelligence"}, {"shot_type": "customize"}),
    ("camera_not_a_choice", {"model": "v1", "camera": "up"}, {"model": "v1", "camera": "forward_up"}),
    ("camera_axis_not_a_choice", SIMPLE | {"camera_axis": "up"}, SIMPLE),
    ("cfg_scale_out_of_range", {"cfg_scale": 1.01}, {"cfg_scale": 1.0}),
    ("cfg_scale_out_of_range", {"cfg_scale": -0.01}, {"cfg_scale": 0.0}),
    ("cfg_scale_out_of_range", {"cfg_scale": float("nan")}, {"cfg_scale": 0.5}),
    ("camera_amount_out_of_range", SIMPLE | {"camera_amount": 11}, SIMPLE | {"camera_amount": 10}),
    ("camera_amount_out_of_range", SIMPLE | {"camera_amount": -11}, SIMPLE | {"camera_amount": -10}),
    # shots
    (
        "shots_too_many",
        {"duration_s": 6, "shots": (Shot("x", 1),) * 6},
        {"duration_s": 5, "shots": (Shot("x", 1),) * 5},
    ),
    ("shots_prompt_missing", {"shots": (Shot("x", 2), Shot(" ", 3))}, {"shots": TWO_SHOTS}),
    ("shots_too_long", {"shots": (Shot("x" * 513, 5),)}, {"shots": (Shot("x" * 512, 5),)}),
    ("shots_too_short", {"shots": (Shot("x", 0), Shot("y", 5))}, {"shots": (Shot("x", 1), Shot("y", 4))}),
    ("shots_sum_differs", {"duration_s": 6, "shots": TWO_SHOTS}, {"duration_s": 5, "shots": TWO_SHOTS}),
    ("shots_sum_not_a_choice", {"shots": (Shot("x", 1), Shot("y", 1))}, {"shots": (Shot("x", 1), Shot("y", 2))}),
    (
        "shots_with_end_image",
        {"start_image": A, "end_image": B, "shots": TWO_SHOTS},
        {"start_image": A, "shots": TWO_SHOTS},
    ),
    (
        "shots_with_end_image",
        {"model": "o3", "start_image": A, "end_image": B, "shots": TWO_SHOTS},
        {"model": "o3", "start_image": A, "shots": TWO_SHOTS},
    ),
    # voices
    ("voices_need_audio", {"prompt": "<<<voice_1>>>", "voice_ids": ("v-1",)}, {"prompt": "<<<voice_1>>>", **VOICED}),
    ("voice_not_mentioned", {"prompt": "hi", **VOICED}, {"prompt": "<<<voice_1>>> hi", **VOICED}),
    (
        "voice_not_mentioned",
        {"prompt": "<<<voice_1>>>", "generate_audio": True, "voice_ids": ("v-1", "v-2")},
        {"prompt": "<<<voice_1>>> <<<voice_2>>>", "generate_audio": True, "voice_ids": ("v-1", "v-2")},
    ),
    (
        "voice_not_mentioned",
        {"prompt": "hi", "shots": (Shot("hi", 5),), **VOICED},
        {"prompt": "hi", "shots": (Shot("<<<voice_1>>> hi", 5),), **VOICED},
    ),
    ("voices_too_many", {"prompt": "x", "generate_audio": True, "voice_ids": ("a", "b", "c")}, None),
    ("voices_missing", {"prompt": "<<<voice_1>>>", "generate_audio": True, "voice_ids": (" ",)}, None),
    ("voices_too_long", {"prompt": "<<<voice_1>>>", "generate_audio": True, "voice_ids": ("v" * 129,)}, None),
    (
        "voices_with_elements",
        {"prompt": "<<<voice_1>>> @Element1", "start_image": A, "elements": (Element(B),), **VOICED},
        {"prompt": "@Element1", "start_image": A, "elements": (Element(B),)},
    ),
    # elements
    (
        "elements_too_many",
        {"start_image": A, "elements": (Element(B),) * 4},
        {"start_image": A, "elements": (Element(B),) * 3},
    ),
    (
        "elements_references_too_many",
        {"start_image": A, "elements": (Element(B, (A, B, C, D)),)},
        {"start_image": A, "elements": (Element(B, (A, B, C)),)},
    ),
    # camera
    ("camera_needs_axis", {"model": "v1", "camera": "simple", "camera_amount": 3}, SIMPLE),
    ("camera_needs_amount", {"model": "v1", "camera": "simple", "camera_axis": "pan"}, SIMPLE),
    ("camera_needs_amount", SIMPLE | {"camera_amount": 0}, SIMPLE | {"camera_amount": 1}),
    ("camera_preset_with_axis", SIMPLE | {"camera": "down_back"}, {"model": "v1", "camera": "down_back"}),
    (
        "camera_preset_with_amount",
        {"model": "v1", "camera": "down_back", "camera_amount": 1},
        {"model": "v1", "camera": "down_back"},
    ),
    ("camera_missing", {"model": "v1", "camera_axis": "pan", "camera_amount": 3}, SIMPLE),
    ("camera_missing", {"model": "v1", "camera_amount": 3}, SIMPLE),
    ("camera_with_pro", SIMPLE | {"mode": "pro"}, SIMPLE | {"mode": "std"}),
    ("camera_with_10_s", SIMPLE | {"duration_s": 10}, SIMPLE | {"duration_s": 5}),
    (
        "camera_with_pro",
        {"model": "v1", "camera": "forward_up", "mode": "pro"},
        {"model": "v1", "camera": "forward_up"},
    ),
    ("camera_with_10_s", {"model": "v1", "camera": "forward_up", "duration_s": 10}, {"model": "v1", "duration_s": 10}),
]


def refused(options: dict[str, Any], catalogue: Catalogue = CATALOGUE) -> RequestRefused:
    with pytest.raises(RequestRefused) as caught:
        resolve(VideoRequest(**{"prompt": "a fox", **options}), catalogue)
    return caught.value


@pytest.mark.parametrize(
    ("code", "wrong", "right"), ROWS, ids=[f"{number}-{row[0]}" for number, row in enumerate(ROWS)]
)
def test_a_broken_rule_is_refused_by_name_and_its_nearest_neighbour_is_not(
    code: str, wrong: dict[str, Any], right: dict[str, Any] | None
) -> None:
    refusal = refused(wrong)
    assert refusal.code == code
    assert refusal.sentence[-1] in ".?"
    assert len(refusal.sentence) < 300
    if right is not None:
        resolve(VideoRequest(**{"prompt": "a fox", **right}), CATALOGUE)


def test_an_element_with_only_its_frontal_image_is_accepted() -> None:
    request = VideoRequest(prompt="@Element1", start_image=A, elements=(Element(B),))
    assert resolve(request, CATALOGUE).filled.elements == (Element(B),)


def test_a_refused_option_names_the_models_that_take_it() -> None:
    sentence = refused({"model": "v3", "mode": "pro"}).sentence
    assert "does not take mode" in sentence
    assert "o3 (Kling O3 text to video)" in sentence
    assert "v1 (Kling 1 text to video)" in sentence
    assert "v3 (" not in sentence


def test_a_refused_option_names_only_models_that_also_take_the_image() -> None:
    sentence = refused({"model": "v3", "start_image": A, "mode": "pro"}).sentence
    assert "o3 (Kling O3 image to video)" in sentence
    assert "v1" not in sentence


def test_a_hidden_option_is_not_advertised() -> None:
    assert "o3" not in refused({"model": "v1", "voice_ids": ("v-1",)}).sentence


def test_a_wrong_choice_is_answered_with_the_right_ones() -> None:
    assert "3 to 15 s, not 2 s" in refused({"duration_s": 2}).sentence
    assert "5 or 10 s, not 2 s" in refused({"model": "v1", "duration_s": 2}).sentence
    assert "16:9, 9:16 or 1:1, not 4:3" in refused({"aspect_ratio": "4:3"}).sentence


def test_a_wrong_length_names_the_model_and_those_that_take_it() -> None:
    sentence = refused({"model": "v1", "duration_s": 7}).sentence
    assert "duration of Kling 1 text to video must be 5 or 10 s, not 7 s" in sentence
    assert "model v3 (Kling 3.0 Standard text to video) or o3 (Kling O3 text to video) for 7 s" in sentence
    assert "model" not in refused({"duration_s": 60}).sentence


def test_a_control_character_is_named() -> None:
    assert "U+0000" in refused({"prompt": "a\x00fox"}).sentence


VOICED_O3 = VideoRequest(prompt="<<<voice_1>>>", model="o3", generate_audio=True, voice_ids=("v-1",))


def test_a_hidden_option_is_taken_by_the_service_and_refused_where_only_open_ones_are_offered() -> None:
    assert resolve(VOICED_O3, CATALOGUE).filled.voice_ids == ("v-1",)
    with pytest.raises(RequestRefused) as caught:
        refuse_hidden(VOICED_O3, CATALOGUE)
    assert caught.value.code == "voices_not_taken"
    assert "v3 (Kling 3.0 Standard text to video)" in caught.value.sentence
    refuse_hidden(replace(VOICED_O3, model="v3"), CATALOGUE)


def test_an_unknown_model_is_answered_with_the_nearest() -> None:
    assert "`kling-o3-text2video`" in refused({"model": "kling-o3-text-video"}).sentence


def test_the_last_frame_excludes_more_than_one_other_image() -> None:
    """No model of Segmind's takes both today, so one is made up from O3 image to video."""
    o3 = CATALOGUE.model("kling-o3-image2video")
    catalogue = Catalogue((replace(o3, fields=(*o3.fields, ELEMENTS)),), "o3")
    options = {"start_image": A, "end_image": B, "elements": (Element(C),)}
    assert refused(options, catalogue).code == "end_image_with_many_images"


def test_every_rule_of_the_rule_book_is_attached_to_a_model() -> None:
    attached = {check for model in CATALOGUE.models for check in (*model.rules, *model.hints)}
    book = {
        check
        for name, check in vars(rules).items()
        if callable(check) and getattr(check, "__module__", "") == rules.__name__
    }
    assert {check for check in book if not check.__name__.startswith("_")} == attached
