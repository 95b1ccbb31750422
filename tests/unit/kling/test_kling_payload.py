"""Expected JSON written by hand from Segmind's model pages: five models, every option."""

from __future__ import annotations

from typing import Any

import pytest

from klapper.kling.catalogue import CATALOGUE
from klapper.kling.payload import payload
from klapper.kling.request import Element, Shot, VideoRequest
from klapper.kling.resolution import resolve

FIRST, LAST, FACE, SIDE, BACK = "f1" * 32, "1a" * 32, "fa" * 32, "51" * 32, "ba" * 32
URLS = {
    FIRST: "https://images.segmind.com/assets/first.png",
    LAST: "https://images.segmind.com/assets/last.png",
    FACE: "https://images.segmind.com/assets/face.png",
    SIDE: "https://images.segmind.com/assets/side.png",
    BACK: "https://images.segmind.com/assets/back.png",
}

O3_TEXT = {
    "prompt": "a fox",
    "aspect_ratio": "16:9",
    "cfg_scale": 0.5,
    "duration": "5",
    "generate_audio": False,
    "mode": "std",
    "negative_prompt": "blur, distort, and low quality",
}
O3_IMAGE = {
    "image_url": "https://images.segmind.com/assets/first.png",
    "prompt": "a fox",
    "duration": "5",
    "generate_audio": False,
    "mode": "std",
}
V1_TEXT = {
    "prompt": "a fox",
    "aspect_ratio": "16:9",
    "cfg_scale": 0.5,
    "duration": 5,
    "mode": "std",
    "negative_prompt": "blur, distort, and low quality",
}
V3_TEXT = {
    "prompt": "a fox",
    "aspect_ratio": "16:9",
    "cfg_scale": 0.5,
    "duration": "5",
    "generate_audio": False,
    "negative_prompt": "blur, distort, and low quality",
}
V3_IMAGE = {
    "prompt": "a fox",
    "start_image_url": "https://images.segmind.com/assets/first.png",
    "aspect_ratio": "16:9",
    "cfg_scale": 0.5,
    "duration": "5",
    "generate_audio": False,
    "negative_prompt": "blur, distort, and low quality",
}
MODELS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "kling-o3-text2video": ({"model": "o3"}, O3_TEXT),
    "kling-o3-image2video": ({"model": "o3", "start_image": FIRST}, O3_IMAGE),
    "kling-text2video": ({"model": "v1"}, V1_TEXT),
    "kling-3-standard-text2video": ({"model": "v3"}, V3_TEXT),
    "kling-3-standard-image2video": ({"model": "v3", "start_image": FIRST}, V3_IMAGE),
}

SHOTS = (Shot("a fox wakes", 2), Shot("a fox runs", 3))
MULTI_PROMPT = [{"prompt": "a fox wakes", "duration": "2"}, {"prompt": "a fox runs", "duration": "3"}]
ONE_SPEAKS, TWO_SPEAK = "<<<voice_1>>> hi", "<<<voice_1>>> hi <<<voice_2>>> ho"

# slug, what the member sets, what differs from the model's plain body
ROWS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("kling-o3-text2video", {}, {}),
    ("kling-o3-text2video", {"prompt": 'say "hi"\n🦊'}, {"prompt": 'say "hi"\n🦊'}),
    ("kling-o3-text2video", {"aspect_ratio": "9:16"}, {"aspect_ratio": "9:16"}),
    ("kling-o3-text2video", {"aspect_ratio": "1:1"}, {"aspect_ratio": "1:1"}),
    ("kling-o3-text2video", {"cfg_scale": 0.0}, {"cfg_scale": 0.0}),
    ("kling-o3-text2video", {"duration_s": 3}, {"duration": "3"}),
    ("kling-o3-text2video", {"duration_s": 15}, {"duration": "15"}),
    ("kling-o3-text2video", {"generate_audio": True}, {"generate_audio": True}),
    ("kling-o3-text2video", {"mode": "pro"}, {"mode": "pro"}),
    ("kling-o3-text2video", {"shots": SHOTS}, {"multi_prompt": MULTI_PROMPT, "shot_type": "customize"}),
    ("kling-o3-text2video", {"negative_prompt": "blur"}, {"negative_prompt": "blur"}),
    ("kling-o3-text2video", {"shot_type": "customize"}, {"shot_type": "customize"}),
    (
        "kling-o3-text2video",
        {"prompt": ONE_SPEAKS, "generate_audio": True, "voice_ids": ("v-1",)},
        {"prompt": ONE_SPEAKS, "generate_audio": True, "voice_ids": ["v-1"]},
    ),
    ("kling-o3-image2video", {}, {}),
    ("kling-o3-image2video", {"prompt": "it runs"}, {"prompt": "it runs"}),
    ("kling-o3-image2video", {"duration_s": 12}, {"duration": "12"}),
    ("kling-o3-image2video", {"end_image": LAST}, {"end_image_url": "https://images.segmind.com/assets/last.png"}),
    ("kling-o3-image2video", {"generate_audio": True}, {"generate_audio": True}),
    ("kling-o3-image2video", {"mode": "pro"}, {"mode": "pro"}),
    ("kling-o3-image2video", {"shots": SHOTS}, {"multi_prompt": MULTI_PROMPT, "shot_type": "customize"}),
    ("kling-o3-image2video", {"shot_type": "customize"}, {"shot_type": "customize"}),
    ("kling-text2video", {}, {}),
    ("kling-text2video", {"prompt": "a collie"}, {"prompt": "a collie"}),
    ("kling-text2video", {"aspect_ratio": "1:1"}, {"aspect_ratio": "1:1"}),
    (
        "kling-text2video",
        {"camera": "simple", "camera_axis": "pan", "camera_amount": -10},
        {"camera_control_type": "simple", "camera_control_config": "pan", "camera_control_config_value": -10},
    ),
    (
        "kling-text2video",
        {"camera": "simple", "camera_axis": "zoom", "camera_amount": 10},
        {"camera_control_type": "simple", "camera_control_config": "zoom", "camera_control_config_value": 10},
    ),
    ("kling-text2video", {"camera": "down_back"}, {"camera_control_type": "down_back"}),
    ("kling-text2video", {"camera": "forward_up"}, {"camera_control_type": "forward_up"}),
    ("kling-text2video", {"camera": "right_turn_forward"}, {"camera_control_type": "right_turn_forward"}),
    ("kling-text2video", {"camera": "left_turn_forward"}, {"camera_control_type": "left_turn_forward"}),
    ("kling-text2video", {"cfg_scale": 1.0}, {"cfg_scale": 1.0}),
    ("kling-text2video", {"duration_s": 10}, {"duration": 10}),
    ("kling-text2video", {"mode": "pro"}, {"mode": "pro"}),
    ("kling-text2video", {"negative_prompt": "rain"}, {"negative_prompt": "rain"}),
    ("kling-3-standard-text2video", {}, {}),
    ("kling-3-standard-text2video", {"prompt": "a temple"}, {"prompt": "a temple"}),
    ("kling-3-standard-text2video", {"aspect_ratio": "9:16"}, {"aspect_ratio": "9:16"}),
    ("kling-3-standard-text2video", {"cfg_scale": 0.7}, {"cfg_scale": 0.7}),
    ("kling-3-standard-text2video", {"duration_s": 4}, {"duration": "4"}),
    ("kling-3-standard-text2video", {"generate_audio": True}, {"generate_audio": True}),
    ("kling-3-standard-text2video", {"shots": SHOTS}, {"multi_prompt": MULTI_PROMPT, "shot_type": "customize"}),
    ("kling-3-standard-text2video", {"negative_prompt": "fog"}, {"negative_prompt": "fog"}),
    ("kling-3-standard-text2video", {"shot_type": "customize"}, {"shot_type": "customize"}),
    (
        "kling-3-standard-text2video",
        {"prompt": TWO_SPEAK, "generate_audio": True, "voice_ids": ("v-1", "v-2")},
        {"prompt": TWO_SPEAK, "generate_audio": True, "voice_ids": ["v-1", "v-2"]},
    ),
    ("kling-3-standard-image2video", {}, {}),
    ("kling-3-standard-image2video", {"prompt": "it turns"}, {"prompt": "it turns"}),
    ("kling-3-standard-image2video", {"aspect_ratio": "1:1"}, {"aspect_ratio": "1:1"}),
    ("kling-3-standard-image2video", {"cfg_scale": 0.1}, {"cfg_scale": 0.1}),
    ("kling-3-standard-image2video", {"duration_s": 9}, {"duration": "9"}),
    (
        "kling-3-standard-image2video",
        {"prompt": "@Element1 walks", "elements": (Element(FACE),)},
        {
            "prompt": "@Element1 walks",
            "elements": [{"frontal_image_url": "https://images.segmind.com/assets/face.png"}],
        },
    ),
    (
        "kling-3-standard-image2video",
        {"prompt": "@Element1 and @Element2", "elements": (Element(FACE, (SIDE, BACK)), Element(BACK, (SIDE,)))},
        {
            "prompt": "@Element1 and @Element2",
            "elements": [
                {
                    "frontal_image_url": "https://images.segmind.com/assets/face.png",
                    "reference_image_urls": [
                        "https://images.segmind.com/assets/side.png",
                        "https://images.segmind.com/assets/back.png",
                    ],
                },
                {
                    "frontal_image_url": "https://images.segmind.com/assets/back.png",
                    "reference_image_urls": ["https://images.segmind.com/assets/side.png"],
                },
            ],
        },
    ),
    (
        "kling-3-standard-image2video",
        {"end_image": LAST},
        {"end_image_url": "https://images.segmind.com/assets/last.png"},
    ),
    ("kling-3-standard-image2video", {"generate_audio": True}, {"generate_audio": True}),
    ("kling-3-standard-image2video", {"shots": SHOTS}, {"multi_prompt": MULTI_PROMPT, "shot_type": "customize"}),
    ("kling-3-standard-image2video", {"negative_prompt": "blur"}, {"negative_prompt": "blur"}),
    ("kling-3-standard-image2video", {"shot_type": "customize"}, {"shot_type": "customize"}),
    (
        "kling-3-standard-image2video",
        {"prompt": ONE_SPEAKS, "generate_audio": True, "voice_ids": ("v-1",)},
        {"prompt": ONE_SPEAKS, "generate_audio": True, "voice_ids": ["v-1"]},
    ),
]


def row_id(row: tuple[str, dict[str, Any], dict[str, Any]]) -> str:
    return f"{row[0]}-{'+'.join(row[1]) or 'plain'}"


@pytest.mark.parametrize(("slug", "options", "changed"), ROWS, ids=map(row_id, ROWS))
def test_the_body_is_what_the_page_of_the_model_describes(
    slug: str, options: dict[str, Any], changed: dict[str, Any]
) -> None:
    chosen, plain = MODELS[slug]
    resolved = resolve(VideoRequest(**{"prompt": "a fox", **chosen, **options}), CATALOGUE)
    assert resolved.slug == slug
    body = payload(resolved, URLS)
    assert body == {**plain, **changed}
    # 5 == 5.0 and 0 == False in Python, and are different in JSON.
    assert {key: type(value) for key, value in body.items()} == {
        key: type(value) for key, value in {**plain, **changed}.items()
    }


def test_the_table_exercises_every_parameter_of_every_model() -> None:
    exercised = {(slug, key) for slug, _, changed in ROWS for key in {**MODELS[slug][1], **changed}}
    assert exercised == {(model.slug, field.wire) for model in CATALOGUE.models for field in model.fields}


def test_shots_decide_the_duration_when_none_is_given() -> None:
    resolved = resolve(VideoRequest(prompt="a fox", shots=(Shot("wakes", 4), Shot("runs", 7))), CATALOGUE)
    assert payload(resolved, {})["duration"] == "11"


def test_the_defaults_are_version_3_without_audio() -> None:
    resolved = resolve(VideoRequest(prompt="a fox"), CATALOGUE)
    assert payload(resolved, {}) == V3_TEXT


def test_a_slug_may_be_named_instead_of_a_family() -> None:
    assert resolve(VideoRequest(prompt="a fox", model="kling-o3-text2video"), CATALOGUE).slug == "kling-o3-text2video"
