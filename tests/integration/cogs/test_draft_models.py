"""Every parameter of the five models can be set in a panel. The bodies are written by hand, after each model's page."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.cogs.real_house import Town, asked, open_town
from tests.integration.cogs.real_panel import Panel
from tests.pictures import noise, png

town = pytest.fixture(open_town)

FRONT, SIDE, BACK, END = ((f"{name}.png", png(noise(320, 320, seed))) for seed, name in enumerate("abcd"))
AVOIDED = "blur, distort, and low quality"


async def panel_of(town: Town, model: str) -> Panel:
    panel = await town.storyboard()
    await panel.choose("model", model)
    return panel


async def made(town: Town, panel: Panel) -> dict[str, Any]:
    """What Segmind gets, its images named by the option that they came with."""
    assert not panel.controls["generate"].get("disabled"), panel.says
    await panel.press("generate")
    request = asked((await town.jobs())[-1], town)
    names = {request.start_image: "start", request.end_image: "end"}
    for number, element in enumerate(request.elements, start=1):
        for at, image in enumerate((element.frontal, *element.references)):
            names.setdefault(image, f"element {number}.{at}")
    return {key: _named(value, names) for key, value in (await town.body()).items()}


def _named(value: Any, names: dict[str | None, str]) -> Any:
    match value:
        case str():
            return names.get(value, value)
        case list():
            return [_named(one, names) for one in value]
        case dict():
            return {key: _named(one, names) for key, one in value.items()}
        case _:
            return value


async def test_kling_3_standard_text2video(town: Town) -> None:
    panel = await panel_of(town, "v3")
    await panel.fill("words", prompt="<<<voice_1>>> and <<<voice_2>>>", negative_prompt="rain", cfg_scale="0.7")
    await panel.choose("length", "9")
    await panel.choose("shape", "9:16")
    await panel.choose("quality", "sound")
    await panel.fill("voices", voice_1="aria", voice_2="ben")
    assert await made(town, panel) == {
        "slug": "kling-3-standard-text2video",
        "prompt": "<<<voice_1>>> and <<<voice_2>>>",
        "negative_prompt": "rain",
        "cfg_scale": 0.7,
        "duration": "9",
        "aspect_ratio": "9:16",
        "generate_audio": True,
        "voice_ids": ["aria", "ben"],
    }


async def test_kling_3_standard_text2video_with_shots(town: Town) -> None:
    panel = await panel_of(town, "v3")
    await panel.fill("words", prompt="two views")
    await panel.add_shot("one", 3)
    await panel.add_shot("two", 4)
    assert await made(town, panel) == {
        "slug": "kling-3-standard-text2video",
        "prompt": "two views",
        "negative_prompt": AVOIDED,
        "cfg_scale": 0.5,
        "duration": "7",
        "aspect_ratio": "16:9",
        "generate_audio": False,
        "multi_prompt": [{"prompt": "one", "duration": "3"}, {"prompt": "two", "duration": "4"}],
        "shot_type": "customize",
    }


async def test_kling_3_standard_image2video(town: Town) -> None:
    panel = await panel_of(town, "v3")
    await panel.fill("images", start_image=[FRONT], end_image=[END])
    await panel.fill("elements", element_1=[FRONT, SIDE, BACK], element_2=[SIDE])
    await panel.fill("words", prompt="@Element1 meets @Element2", negative_prompt="rain", cfg_scale="0")
    await panel.choose("length", "15")
    await panel.choose("shape", "1:1")
    await panel.choose("quality", "sound")
    assert await made(town, panel) == {
        "slug": "kling-3-standard-image2video",
        "prompt": "@Element1 meets @Element2",
        "negative_prompt": "rain",
        "cfg_scale": 0,
        "duration": "15",
        "aspect_ratio": "1:1",
        "generate_audio": True,
        "start_image_url": "start",
        "end_image_url": "end",
        "elements": [
            {"frontal_image_url": "start", "reference_image_urls": ["element 1.1", "element 1.2"]},
            {"frontal_image_url": "element 1.1"},
        ],
    }


async def test_kling_3_standard_image2video_with_voices_and_shots(town: Town) -> None:
    panel = await panel_of(town, "v3")
    await panel.fill("images", start_image=[FRONT])
    await panel.add_shot("<<<voice_1>>> speaks", 5)
    await panel.fill("voices", voice_1="aria")
    await panel.choose("quality", "sound")
    assert await made(town, panel) == {
        "slug": "kling-3-standard-image2video",
        "prompt": "<<<voice_1>>> speaks.",
        "negative_prompt": AVOIDED,
        "cfg_scale": 0.5,
        "duration": "5",
        "aspect_ratio": "1:1",
        "generate_audio": True,
        "start_image_url": "start",
        "multi_prompt": [{"prompt": "<<<voice_1>>> speaks", "duration": "5"}],
        "shot_type": "customize",
        "voice_ids": ["aria"],
    }


async def test_kling_o3_text2video_with_its_hidden_voices(town: Town) -> None:
    panel = await panel_of(town, "o3")
    await panel.fill("words", prompt="<<<voice_1>>> sings", negative_prompt="rain", cfg_scale="1")
    await panel.choose("length", "3")
    await panel.choose("shape", "1:1")
    await panel.choose("quality", "pro,sound")
    await panel.fill("voices", voice_1="aria")
    assert "Voices may have no effect on this model." in panel.says
    assert await made(town, panel) == {
        "slug": "kling-o3-text2video",
        "prompt": "<<<voice_1>>> sings",
        "negative_prompt": "rain",
        "cfg_scale": 1,
        "duration": "3",
        "aspect_ratio": "1:1",
        "mode": "pro",
        "generate_audio": True,
        "voice_ids": ["aria"],
    }


async def test_kling_o3_image2video(town: Town) -> None:
    panel = await panel_of(town, "o3")
    await panel.fill("images", start_image=[FRONT], end_image=[END])
    await panel.fill("words", prompt="a fox")
    await panel.choose("length", "8")
    await panel.choose("quality", "pro,silent")
    assert await made(town, panel) == {
        "slug": "kling-o3-image2video",
        "prompt": "a fox",
        "image_url": "start",
        "end_image_url": "end",
        "duration": "8",
        "mode": "pro",
        "generate_audio": False,
    }


async def test_kling_o3_image2video_with_shots(town: Town) -> None:
    panel = await panel_of(town, "o3")
    await panel.fill("images", start_image=[FRONT])
    await panel.add_shot("one", 3)
    assert await made(town, panel) == {
        "slug": "kling-o3-image2video",
        "prompt": "one.",
        "image_url": "start",
        "duration": "3",
        "mode": "std",
        "generate_audio": False,
        "multi_prompt": [{"prompt": "one", "duration": "3"}],
        "shot_type": "customize",
    }


async def test_kling_text2video(town: Town) -> None:
    panel = await panel_of(town, "v1")
    await panel.fill("words", prompt="a fox", negative_prompt="rain", cfg_scale="0.25")
    await panel.choose("length", "10")
    await panel.choose("shape", "9:16")
    await panel.choose("quality", "pro")
    assert await made(town, panel) == {
        "slug": "kling-text2video",
        "prompt": "a fox",
        "negative_prompt": "rain",
        "cfg_scale": 0.25,
        "duration": 10,
        "aspect_ratio": "9:16",
        "mode": "pro",
    }


@pytest.mark.parametrize(
    ("camera", "amount", "expected"),
    [
        *(
            (
                f"simple/{axis}",
                "-3",
                {
                    "camera_control_type": "simple",
                    "camera_control_config": axis,
                    "camera_control_config_value": -3,
                },
            )
            for axis in ("horizontal", "vertical", "pan", "tilt", "roll", "zoom")
        ),
        *(
            (preset, "", {"camera_control_type": preset})
            for preset in ("down_back", "forward_up", "right_turn_forward", "left_turn_forward")
        ),
    ],
)
async def test_kling_text2video_with_every_camera(
    town: Town, camera: str, amount: str, expected: dict[str, Any]
) -> None:
    panel = await panel_of(town, "v1")
    await panel.fill("words", prompt="a fox")
    await panel.fill("camera", camera=[camera], camera_amount=amount)
    assert await made(town, panel) == {
        "slug": "kling-text2video",
        "prompt": "a fox",
        "negative_prompt": AVOIDED,
        "cfg_scale": 0.5,
        "duration": 5,
        "aspect_ratio": "16:9",
        "mode": "std",
        **expected,
    }


async def test_a_camera_is_taken_back(town: Town) -> None:
    panel = await panel_of(town, "v1")
    await panel.fill("words", prompt="a fox")
    await panel.fill("camera", camera=["simple/zoom"], camera_amount="3")
    await panel.fill("camera", camera=["none"], camera_amount="")
    assert "camera_control_type" not in await made(town, panel)
