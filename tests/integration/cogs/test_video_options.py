"""The options of /video are what the catalogue says, whatever it says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from discord import AppCommandOptionType, app_commands

from cogs import video_texts
from cogs.options import Option, command
from cogs.ports import Interaction
from cogs.video_options import deliver_to, video_options, video_request
from klapper.errors import RequestRefused
from klapper.kling.catalogue import CATALOGUE, PROMPT, V3
from klapper.kling.model import Catalogue, Family, Field, Kind, Model, Support
from klapper.kling.request import Element
from klapper.services.intake import Attached

OPTIONS = {option.name: option for option in video_options(CATALOGUE)}
ATTACHED = {
    name: Attached(name, f"https://cdn.discordapp.com/{name}", f"{name}.png", 1)
    for name in ("image", "end_image", "element_1", "element_2", "element_3")
}
TEXT_ONLY = tuple(model for model in CATALOGUE.models if not model.needs_image)
IMAGE_ONLY = replace(CATALOGUE.model("kling-3-standard-image2video"), slug="picture", family=Family("p", "Picture"))


def choices(option: Option) -> list[Any]:
    return [choice.value for choice in option.shape.choices or []]


def one_model(*fields: Field) -> Catalogue:
    return Catalogue((Model("m", V3, "M", 60.0, (PROMPT, *fields)),), default_family=V3.key)


def test_the_options_come_in_their_order_and_only_the_prompt_is_required() -> None:
    assert list(OPTIONS) == [
        "prompt",
        "model",
        "image",
        "end_image",
        "duration",
        "aspect_ratio",
        "mode",
        "audio",
        "negative_prompt",
        "cfg_scale",
        "camera",
        "camera_amount",
        "element_1",
        "element_2",
        "element_3",
        "voice_1",
        "voice_2",
        "deliver",
        "spoiler",
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
    assert list(options) == ["prompt", "model", "duration", "deliver", "spoiler"]
    assert (options["duration"].shape.min_value, options["duration"].shape.max_value) == (4, 6)


def test_a_hidden_field_is_no_option() -> None:
    hidden = Field("mode", "mode", "mode", Kind.CHOICE, choices=("a",), support=Support.HIDDEN)
    assert "mode" not in {option.name for option in video_options(one_model(hidden))}


def test_a_model_that_needs_an_image_is_a_choice_too_and_makes_no_option_required() -> None:
    options = {option.name: option for option in video_options(replace(CATALOGUE, models=(*TEXT_ONLY, IMAGE_ONLY)))}
    assert "p" in choices(options["model"])
    assert not options["image"].required


def test_an_option_that_not_every_model_takes_names_those_that_do() -> None:
    named = {name: option.description.rpartition(" (")[2].rstrip(")") for name, option in OPTIONS.items()}
    assert named["audio"] == "v3, o3"
    assert named["element_1"] == "v3"
    assert named["voice_2"] == "v3"  # hidden on O3
    assert named["camera"] == "v1"
    assert "v3" not in named["duration"]


def test_the_whole_command_is_as_large_as_discord_takes() -> None:
    group = app_commands.Group(name="in", description="a group")
    made = command("video", video_texts.VIDEO, tuple(OPTIONS.values()), no_callback)
    group.add_command(made)
    plain = made.to_dict(ANY_TREE)
    assert len(plain["options"]) <= 25
    assert all(len(option.get("choices", ())) <= 25 for option in plain["options"])
    assert sum(map(len, words(plain))) <= 8000  # Discord docs: Application Commands, combined length


ANY_TREE: Any = None  # asked only about commands that are in no group


async def no_callback(interaction: Interaction, values: dict[str, Any]) -> None:
    """Never called."""


def words(plain: dict[str, Any]) -> Iterator[str]:
    """Everything that Discord counts: names, descriptions and values of the command, its options and choices."""
    yield from (plain["name"], plain.get("description", ""), str(plain.get("value", "")))
    for part in (*plain.get("options", ()), *plain.get("choices", ())):
        yield from words(part)


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
    request = video_request({"prompt": "x", "camera": camera}, {}, CATALOGUE)
    assert (request.camera, request.camera_axis) == expected


def test_voices_keep_their_numbers() -> None:
    assert video_request({"prompt": "x", "voice_1": "a", "voice_2": "b"}, {}, CATALOGUE).voice_ids == ("a", "b")
    assert video_request({"prompt": "x", "voice_1": "a", "voice_2": None}, {}, CATALOGUE).voice_ids == ("a",)
    with pytest.raises(RequestRefused, match="voice_1 first"):
        video_request({"prompt": "x", "voice_2": "b"}, {}, CATALOGUE)


def test_images_are_named_by_the_keys_of_their_attachments() -> None:
    images = {name: ATTACHED[name] for name in ("end_image", "element_2", "image", "element_1")}
    request = video_request({"prompt": "x"}, images, CATALOGUE)
    assert request.start_image == ATTACHED["image"].key
    assert request.end_image == ATTACHED["end_image"].key
    assert request.elements == (Element(ATTACHED["element_1"].key), Element(ATTACHED["element_2"].key))


def test_an_element_before_which_one_is_left_out_is_refused() -> None:
    with pytest.raises(RequestRefused, match="element_3 is given without element_2: fill in element_2 first"):
        video_request({"prompt": "x"}, {name: ATTACHED[name] for name in ("element_1", "element_3")}, CATALOGUE)


def test_false_and_zero_are_given_values() -> None:
    request = video_request({"prompt": "x", "audio": False, "cfg_scale": 0, "camera_amount": 0}, {}, CATALOGUE)
    assert request.generate_audio is False
    assert request.cfg_scale == 0.0
    assert request.camera_amount == 0


def test_the_clip_goes_to_the_channel_unless_asked_otherwise() -> None:
    assert deliver_to({}) == "here"
    assert deliver_to({"deliver": "dm"}) == "dm"
