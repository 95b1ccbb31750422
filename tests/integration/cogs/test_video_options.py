"""The options of /video are what the catalogue says, whatever it says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from discord import AppCommandOptionType

from cogs.video_options import Option, deliver_to, video_options, video_request
from klapper.errors import RequestRefused
from klapper.kling.catalogue import CATALOGUE, PROMPT, V3
from klapper.kling.model import Catalogue, Family, Field, Kind, Model, Support

OPTIONS = {option.name: option for option in video_options(CATALOGUE)}
IMAGE_ONLY = replace(CATALOGUE.model("kling-3-standard-image2video"), slug="picture", family=Family("p", "Picture"))


def choices(option: Option) -> list[Any]:
    return [choice.value for choice in option.shape.choices or []]


def one_model(*fields: Field) -> Catalogue:
    return Catalogue((Model("m", V3, "M", 60.0, (PROMPT, *fields)),), default_family=V3.key)


def test_the_options_come_in_their_order_and_only_the_prompt_is_required() -> None:
    assert list(OPTIONS) == [
        "prompt",
        "model",
        "duration",
        "aspect_ratio",
        "mode",
        "audio",
        "negative_prompt",
        "cfg_scale",
        "camera",
        "camera_amount",
        "voice_1",
        "voice_2",
        "deliver",
    ]
    assert [option.name for option in OPTIONS.values() if option.required] == ["prompt"]


def test_ranges_and_lengths_are_the_widest_that_some_model_takes() -> None:
    limits = {name: [option.shape.min_value, option.shape.max_value] for name, option in OPTIONS.items()}
    assert {name: limit for name, limit in limits.items() if limit != [None, None]} == {
        "prompt": [1, 2500],
        "negative_prompt": [1, 2500],
        "duration": [3, 15],
        "cfg_scale": [0, 1],
        "camera_amount": [-10, 10],
        "voice_1": [1, 128],
        "voice_2": [1, 128],
    }


def test_choices_are_the_catalogues() -> None:
    assert choices(OPTIONS["model"]) == ["v3", "o3", "v1"]
    assert choices(OPTIONS["aspect_ratio"]) == ["16:9", "9:16", "1:1"]
    assert choices(OPTIONS["mode"]) == ["std", "pro"]
    assert choices(OPTIONS["deliver"]) == ["here", "dm"]


def test_one_camera_option_says_it_all() -> None:
    assert choices(OPTIONS["camera"]) == [
        "horizontal",
        "vertical",
        "pan",
        "tilt",
        "roll",
        "zoom",
        "down_back",
        "forward_up",
        "right_turn_forward",
        "left_turn_forward",
    ]


def test_the_default_model_is_marked() -> None:
    names = [choice.name for choice in OPTIONS["model"].shape.choices or []]
    assert names == ["Kling 3.0 Standard (used when you choose none)", "Kling O3", "Kling 1"]


def test_every_description_and_choice_fits() -> None:
    for option in OPTIONS.values():
        assert 1 <= len(option.description) <= 100
        assert all(1 <= len(choice.name) <= 100 for choice in option.shape.choices or [])


def test_a_narrower_catalogue_gives_narrower_options() -> None:
    seconds = Field("duration_s", "duration", "duration", Kind.SECONDS_AS_TEXT, choices=(4, 6))
    options = {option.name: option for option in video_options(one_model(seconds))}
    assert list(options) == ["prompt", "model", "duration", "deliver"]
    assert (options["duration"].shape.min_value, options["duration"].shape.max_value) == (4, 6)


def test_a_hidden_field_is_no_option() -> None:
    hidden = Field("mode", "mode", "mode", Kind.CHOICE, choices=("a",), support=Support.HIDDEN)
    assert "mode" not in {option.name for option in video_options(one_model(hidden))}


def test_a_model_that_needs_an_image_is_no_choice() -> None:
    widened = replace(CATALOGUE, models=(*CATALOGUE.models, IMAGE_ONLY))
    options = {option.name: option for option in video_options(widened)}
    assert "p" not in choices(options["model"])


def test_kinds_become_discords_types() -> None:
    kinds = {name: option.shape.type for name, option in OPTIONS.items()}
    assert kinds["duration"] is AppCommandOptionType.integer
    assert kinds["cfg_scale"] is AppCommandOptionType.number
    assert kinds["audio"] is AppCommandOptionType.boolean


@pytest.mark.parametrize(
    ("camera", "expected"),
    [("zoom", ("simple", "zoom")), ("down_back", ("down_back", None)), (None, (None, None))],
)
def test_a_camera_choice_becomes_camera_and_axis(camera: str | None, expected: tuple[str | None, str | None]) -> None:
    request = video_request({"prompt": "x", "camera": camera}, CATALOGUE)
    assert (request.camera, request.camera_axis) == expected


def test_voices_keep_their_numbers() -> None:
    assert video_request({"prompt": "x", "voice_1": "a", "voice_2": "b"}, CATALOGUE).voice_ids == ("a", "b")
    assert video_request({"prompt": "x", "voice_1": "a", "voice_2": None}, CATALOGUE).voice_ids == ("a",)
    with pytest.raises(RequestRefused, match="voice_1 first"):
        video_request({"prompt": "x", "voice_2": "b"}, CATALOGUE)


def test_false_and_zero_are_given_values() -> None:
    request = video_request({"prompt": "x", "audio": False, "cfg_scale": 0, "camera_amount": 0}, CATALOGUE)
    assert request.generate_audio is False
    assert request.cfg_scale == 0.0
    assert request.camera_amount == 0


def test_the_clip_goes_to_the_channel_unless_asked_otherwise() -> None:
    assert deliver_to({}) == "here"
    assert deliver_to({"deliver": "dm"}) == "dm"
