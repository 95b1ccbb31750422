"""What the sandbox takes and refuses, from Segmind's model pages."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.segmind import SegmindControl
from sandbox.segmind.models import MODELS
from sandbox.segmind.refusals import Refused
from tests.integration.sandbox_segmind.caller import Caller

O3_TEXT, O3_IMAGE, V1 = "kling-o3-text2video", "kling-o3-image2video", "kling-text2video"
STD_TEXT, STD_IMAGE = "kling-3-standard-text2video", "kling-3-standard-image2video"
PICTURE = "https://images.segmind.com/assets/first.png"
LEAST: dict[str, dict[str, Any]] = {
    O3_TEXT: {"prompt": "p"},
    O3_IMAGE: {"prompt": "p", "image_url": PICTURE},
    V1: {"prompt": "p"},
    STD_TEXT: {"prompt": "p"},
    STD_IMAGE: {"prompt": "p", "start_image_url": PICTURE},
}
VOICED = {"prompt": "<<<voice_1>>> hello <<<voice_2>>>", "voice_ids": ["v1", "v2"], "generate_audio": True}
TWO_SHOTS = {"multi_prompt": [{"prompt": "a", "duration": "2"}, {"prompt": "b", "duration": "3"}], "duration": "5"}


def _refusal(slug: str, more: dict[str, Any]) -> Refused:
    with pytest.raises(Refused) as refusal:
        MODELS[slug].check({**LEAST[slug], **more})
    return refusal.value


# The examples that Segmind's own pages print, but for kling-text2video's "5" (see below).
EXAMPLES: list[tuple[str, dict[str, Any]]] = [
    (
        O3_TEXT,
        {
            "prompt": "A majestic golden eagle",
            "mode": "pro",
            "duration": "5",
            "cfg_scale": 0.5,
            "aspect_ratio": "16:9",
            "generate_audio": False,
            "negative_prompt": "blur, distort, and low quality",
        },
    ),
    (
        V1,
        {
            "prompt": "A border collie",
            "negative_prompt": "No buildings, no artificial objects",
            "cfg_scale": 0.5,
            "mode": "std",
            "aspect_ratio": "16:9",
            "duration": 5,
        },
    ),
    (
        O3_IMAGE,
        {
            "prompt": "The mountain slowly comes alive",
            "image_url": PICTURE,
            "duration": "5",
            "mode": "pro",
            "generate_audio": False,
            "shot_type": "customize",
        },
    ),
    (
        STD_TEXT,
        {
            "prompt": "Slow cinematic push-in",
            "duration": "5",
            "cfg_scale": 0.5,
            "aspect_ratio": "16:9",
            "generate_audio": True,
            "negative_prompt": "blur, distort, and low quality",
        },
    ),
    (
        STD_IMAGE,
        {
            "prompt": "The subject moves naturally",
            "duration": "5",
            "cfg_scale": 0.5,
            "aspect_ratio": "16:9",
            "generate_audio": True,
            "negative_prompt": "blur, distort, and low quality",
            "start_image_url": PICTURE,
        },
    ),
]


@pytest.mark.parametrize(("slug", "body"), EXAMPLES)
def test_the_examples_of_the_model_pages_are_taken(slug: str, body: dict[str, Any]) -> None:
    assert MODELS[slug].check(body).items() >= body.items()


@pytest.mark.parametrize("slug", LEAST)
def test_the_required_parameters_are_enough(slug: str) -> None:
    assert MODELS[slug].check(LEAST[slug])["duration"] in {"5", 5}


@pytest.mark.parametrize(("slug", "name"), [(slug, name) for slug, body in LEAST.items() for name in body])
def test_a_missing_required_parameter_is_a_400_that_names_it(slug: str, name: str) -> None:
    body = {key: value for key, value in LEAST[slug].items() if key != name}
    with pytest.raises(Refused, match=f"Missing required parameter: {name}") as refusal:
        MODELS[slug].check(body)
    assert refusal.value.status == 400


TAKEN: list[tuple[str, dict[str, Any]]] = [
    *[(slug, {"duration": str(n)}) for slug in LEAST if slug != V1 for n in range(3, 16)],
    (V1, {"duration": 10, "mode": "pro"}),
    *[(slug, {"aspect_ratio": "9:16"}) for slug in LEAST if slug != O3_IMAGE],
    *[(slug, {"cfg_scale": value}) for slug in LEAST if slug != O3_IMAGE for value in (0, 1, 0.25)],
    *[(slug, TWO_SHOTS) for slug in LEAST if slug != V1],
    (STD_TEXT, {"multi_prompt": [{"prompt": "a"}, {"prompt": "b"}], "duration": "10"}),
    (O3_TEXT, {"multi_prompt": [{"duration": "2"}, {"duration": "3"}], "duration": "5"}),
    (O3_IMAGE, {"end_image_url": PICTURE}),
    (STD_IMAGE, {"end_image_url": PICTURE}),
    *[(slug, VOICED) for slug in (O3_TEXT, STD_TEXT, STD_IMAGE)],
    (STD_TEXT, {"prompt": "<<<voice_1>>>", "voice_ids": ["v"]}),  # audio is on by default here
    (STD_IMAGE, {"elements": [{"frontal_image_url": PICTURE}]}),
    (STD_IMAGE, {"elements": [{"frontal_image_url": PICTURE, "reference_image_urls": [PICTURE] * 3}] * 3}),
    *[
        (V1, {"camera_control_type": "simple", "camera_control_config": axis, "camera_control_config_value": -10})
        for axis in ("horizontal", "vertical", "pan", "tilt", "roll", "zoom")
    ],
    *[
        (V1, {"camera_control_type": preset})
        for preset in ("down_back", "forward_up", "right_turn_forward", "left_turn_forward")
    ],
    (V1, {"prompt": "x" * 2500, "negative_prompt": "y" * 2500}),
]


@pytest.mark.parametrize(("slug", "more"), TAKEN)
def test_what_the_pages_allow_is_taken(slug: str, more: dict[str, Any]) -> None:
    assert MODELS[slug].check({**LEAST[slug], **more}).keys() >= more.keys()


MALFORMED: list[tuple[str, dict[str, Any], str]] = [
    *[(slug, {"seed": 7}, "seed") for slug in LEAST],
    *[(slug, {"prompt": None}, "prompt") for slug in LEAST],
    *[(slug, {"duration": 5}, "duration") for slug in LEAST if slug != V1],
    (V1, {"duration": "5"}, "duration"),
    (V1, {"duration": 5.0}, "duration"),
    (V1, {"duration": True}, "duration"),
    *[(slug, {"generate_audio": "false"}, "generate_audio") for slug in LEAST if slug != V1],
    (V1, {"generate_audio": False}, "generate_audio"),
    (V1, {"multi_prompt": []}, "multi_prompt"),
    (STD_TEXT, {"mode": "std"}, "mode"),
    (STD_IMAGE, {"mode": "pro"}, "mode"),
    (O3_IMAGE, {"aspect_ratio": "16:9"}, "aspect_ratio"),
    (O3_IMAGE, {"cfg_scale": 0.5}, "cfg_scale"),
    (O3_IMAGE, {"negative_prompt": "n"}, "negative_prompt"),
    (O3_IMAGE, {"voice_ids": ["v"]}, "voice_ids"),
    (O3_IMAGE, {"start_image_url": PICTURE}, "start_image_url"),
    (STD_IMAGE, {"image_url": PICTURE}, "image_url"),
    *[(slug, {"end_image_url": PICTURE}, "end_image_url") for slug in (O3_TEXT, V1, STD_TEXT)],
    (STD_TEXT, {"elements": [{"frontal_image_url": PICTURE}]}, "elements"),
    (STD_TEXT, {"cfg_scale": "0.5"}, "cfg_scale"),
    (STD_TEXT, {"cfg_scale": True}, "cfg_scale"),
    (STD_TEXT, {"multi_prompt": {"prompt": "a"}}, "multi_prompt"),
    (STD_TEXT, {"multi_prompt": ["a"]}, "multi_prompt"),
    (STD_TEXT, {"multi_prompt": [{"duration": "5"}]}, "multi_prompt[0].prompt"),
    (STD_TEXT, {"multi_prompt": [{"prompt": "a", "duration": 5}]}, "multi_prompt[0].duration"),
    (STD_TEXT, {"multi_prompt": [{"prompt": "a", "seconds": "5"}]}, "multi_prompt[0].seconds"),
    (STD_TEXT, {"voice_ids": "v"}, "voice_ids"),
    (STD_IMAGE, {"elements": [{"reference_image_urls": [PICTURE]}]}, "elements[0].frontal_image_url"),
    (STD_IMAGE, {"start_image_url": 5}, "start_image_url"),
    (V1, {"camera_control_type": "simple", "camera_control_config_value": "5"}, "camera_control_config_value"),
]


@pytest.mark.parametrize(("slug", "more", "name"), MALFORMED)
def test_a_wrong_shape_is_a_400_that_names_the_parameter(slug: str, more: dict[str, Any], name: str) -> None:
    refusal = _refusal(slug, more)
    assert refusal.status == 400
    assert name in refusal.error


def _shots(count: int, seconds: str = "1", prompt: str = "a") -> list[dict[str, str]]:
    return [{"prompt": prompt, "duration": seconds}] * count


VALUES: list[tuple[str, dict[str, Any], str]] = [
    *[(slug, {"prompt": " "}, "prompt") for slug in LEAST],
    *[(slug, {"prompt": "x" * 2501}, "prompt") for slug in LEAST],
    *[(slug, {"negative_prompt": "x" * 2501}, "negative_prompt") for slug in LEAST if slug != O3_IMAGE],
    *[(slug, {"duration": value}, "duration") for slug in LEAST if slug != V1 for value in ("2", "16", "5.0", "05")],
    *[(V1, {"duration": value}, "duration") for value in (3, 6, 15, -5)],
    (STD_TEXT, {"aspect_ratio": "4:3"}, "aspect_ratio"),
    (O3_TEXT, {"mode": "standard"}, "mode"),
    *[(STD_TEXT, {"cfg_scale": value}, "cfg_scale") for value in (-0.1, 1.01)],
    *[(slug, {"shot_type": "intelligent"}, "shot_type") for slug in LEAST if slug != V1],
    *[(slug, {"multi_prompt": _shots(6), "duration": "6"}, "multi_prompt") for slug in LEAST if slug != V1],
    *[(slug, {"multi_prompt": []}, "multi_prompt") for slug in LEAST if slug != V1],
    *[(slug, {"multi_prompt": _shots(3), "duration": "5"}, "add up to 3") for slug in LEAST if slug != V1],
    (STD_TEXT, {"multi_prompt": _shots(2, "3")}, "add up to 6"),  # against the default duration
    (STD_TEXT, {"multi_prompt": _shots(1, "5", "x" * 513)}, "multi_prompt[0].prompt"),
    (STD_TEXT, {"multi_prompt": _shots(1, "5", "")}, "multi_prompt[0].prompt"),
    (STD_TEXT, {"multi_prompt": _shots(1, "0")}, "multi_prompt[0].duration"),
    (O3_TEXT, {"multi_prompt": [{"prompt": "a"}]}, "multi_prompt[0].duration"),
    *[(slug, {**TWO_SHOTS, "end_image_url": PICTURE}, "end_image_url") for slug in (O3_IMAGE, STD_IMAGE)],
    *[(slug, {**VOICED, "generate_audio": False}, "voice_ids") for slug in (O3_TEXT, STD_TEXT, STD_IMAGE)],
    (O3_TEXT, {"prompt": "<<<voice_1>>>", "voice_ids": ["v"]}, "voice_ids"),  # audio is off by default here
    (STD_TEXT, {"prompt": "silence", "voice_ids": ["v"]}, "<<<voice_1>>>"),
    (STD_TEXT, {"prompt": "<<<voice_1>>>", "voice_ids": ["v", "w"]}, "<<<voice_2>>>"),
    (STD_TEXT, {"voice_ids": ["u", "v", "w"]}, "voice_ids"),
    (STD_IMAGE, {**VOICED, "elements": [{"frontal_image_url": PICTURE}]}, "elements"),
    (STD_IMAGE, {"elements": [{"frontal_image_url": PICTURE}] * 4}, "elements"),
    (
        STD_IMAGE,
        {"elements": [{"frontal_image_url": PICTURE, "reference_image_urls": [PICTURE] * 4}]},
        "reference_image_urls",
    ),
    *[
        (STD_IMAGE, {"start_image_url": value}, "start_image_url")
        for value in ("", "first.png", "data:image/png;base64,AAAA", "http://[", "https://a b/c.png")
    ],
    (V1, {"camera_control_type": "dolly"}, "camera_control_type"),
    (V1, {"camera_control_type": ""}, "camera_control_type"),
    (V1, {"camera_control_type": "simple"}, "camera_control_config"),
    (V1, {"camera_control_type": "simple", "camera_control_config": "pan"}, "camera_control_config_value"),
    *[
        (
            V1,
            {"camera_control_type": "simple", "camera_control_config": "pan", "camera_control_config_value": value},
            "camera_control_config_value",
        )
        for value in (0, 11, -11)
    ],
    (V1, {"camera_control_type": "down_back", "camera_control_config": "pan"}, "camera_control_config"),
    (V1, {"camera_control_config": "pan", "camera_control_config_value": 3}, "camera_control_config"),
    (V1, {"camera_control_type": "down_back", "mode": "pro"}, "camera_control_type"),
    (V1, {"camera_control_type": "down_back", "duration": 10}, "camera_control_type"),
]


@pytest.mark.parametrize(("slug", "more", "name"), VALUES)
def test_a_wrong_value_is_a_406_that_names_the_parameter(slug: str, more: dict[str, Any], name: str) -> None:
    refusal = _refusal(slug, more)
    assert refusal.status == 406
    assert name in refusal.error


def test_what_is_not_sent_takes_the_page_s_default_trap_included() -> None:
    assert MODELS[V1].check({"prompt": "p"})["negative_prompt"] == "No buildings, no artificial objects"
    assert MODELS[O3_TEXT].check({"prompt": "p"})["mode"] == "pro"
    assert MODELS[STD_TEXT].check({"prompt": "p"})["generate_audio"] is True


# Ends of the published ranges, and cells between them.
PRICES: list[tuple[str, dict[str, Any], int]] = [
    (O3_TEXT, {"mode": "std", "duration": "3"}, 630_000),
    (O3_IMAGE, {"mode": "pro", "duration": "15", "generate_audio": True}, 5_250_000),
    (O3_TEXT, {}, 1_400_000),
    (O3_TEXT, {"mode": "std", "generate_audio": True}, 1_400_000),
    (V1, {}, 280_000),
    (V1, {"duration": 10}, 560_000),
    (V1, {"mode": "pro"}, 980_000),
    (V1, {"mode": "pro", "duration": 10}, 1_960_000),
    (STD_TEXT, {"duration": "3", "generate_audio": False}, 504_000),
    (STD_TEXT, {}, 1_260_000),
    (STD_IMAGE, {**VOICED, "duration": "15"}, 4_620_000),
]


@pytest.mark.parametrize(("slug", "more", "micro_usd"), PRICES)
def test_a_call_costs_what_the_published_ranges_say(slug: str, more: dict[str, Any], micro_usd: int) -> None:
    model = MODELS[slug]
    assert model.price(model.check({**LEAST[slug], **more})) == micro_usd


async def test_a_refused_parameter_makes_no_job(caller: Caller, control: SegmindControl) -> None:
    assert (await caller.submit({"prompt": "p", "seed": 1})).status == 400
    assert (await caller.submit({"prompt": "p", "cfg_scale": 3})).status == 406
    assert await control.jobs() == []
