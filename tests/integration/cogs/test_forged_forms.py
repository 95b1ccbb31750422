"""A form says only what it asks for, whatever somebody sends instead: the rest is not read, and nothing breaks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from klapper.kling.request import VideoRequest
from tests.integration.cogs.real_house import Town, asked, open_town
from tests.integration.cogs.real_panel import Panel, said
from tests.pictures import png

town = pytest.fixture(open_town)

OTHER_VERSION = "This control is from another version of Klapper"
HUGE = "9" * 5_000
FOREIGN: tuple[dict[str, Any], ...] = (
    {"shots": "x"},
    {"elements": "ab"},
    {"voice_ids": "abc"},
    {"duration_s": "3"},
    {"camera_amount": "x"},
    {"generate_audio": ""},
    {"mode": ["pro"]},
    {"start_image": "0" * 64},
    {"nonsense": "1"},
)


async def worded(town: Town) -> Panel:
    panel = await town.storyboard()
    await panel.fill("words", prompt="a fox")
    return panel


async def request_of(town: Town, panel: Panel) -> VideoRequest:
    return (await town.klapper.draft_desk.show(panel.draft_id, panel.author)).draft.request


@pytest.mark.parametrize("form", ["words", "images", "elements", "voices", "camera"])
@pytest.mark.parametrize("foreign", FOREIGN, ids=[next(iter(one)) for one in FOREIGN])
async def test_an_input_that_a_form_does_not_have_is_not_read(town: Town, form: str, foreign: dict[str, Any]) -> None:
    panel = await worded(town)
    before = await request_of(town, panel)
    if form == "camera":
        foreign = {name: value for name, value in foreign.items() if name != "camera_amount"}
    await town.forger.form(f"draft:{panel.draft_id}:{form}", by=town.mira, **foreign)
    assert await request_of(town, panel) == before


async def test_the_hash_of_anothers_image_is_only_a_word(town: Town) -> None:
    await town.tom.slash(town.channel, "video", prompt="x", image=("fox.png", png()))
    theirs = asked((await town.jobs())[0], town).start_image
    assert theirs is not None
    panel = await worded(town)
    before = await request_of(town, panel)
    for form in ("words", "images", "elements"):
        inputs: dict[str, Any] = {"start_image": theirs, "end_image": theirs, "element_1": [theirs], "remove": [theirs]}
        await town.forger.form(f"draft:{panel.draft_id}:{form}", by=town.mira, **inputs)
    assert await request_of(town, panel) == before


@pytest.mark.parametrize("seconds", [HUGE, "\u0663", "1000", "0", "soon", ""])
async def test_seconds_that_no_select_has_are_refused(town: Town, seconds: str) -> None:
    panel = await worded(town)
    form = f"draft:{panel.draft_id}:shot"
    answer = await town.forger.form(form, by=town.mira, text="x", seconds=[seconds])
    assert OTHER_VERSION in said(answer)
    assert (await request_of(town, panel)).shots == ()


@pytest.mark.parametrize("length", [HUGE, "\u0663", "1000", "0", "-5", ""])
async def test_a_length_that_no_select_has_is_refused(town: Town, length: str) -> None:
    panel = await worded(town)
    answer = await town.forger.press(f"draft:{panel.draft_id}:length", by=town.mira, values=[length])
    assert OTHER_VERSION in said(answer)
    assert (await request_of(town, panel)).duration_s is None


@pytest.mark.parametrize("scale", ["1e400", "nan", "inf", "\u0660.5", "0_5", HUGE])
async def test_a_number_that_nobody_types_keeps_what_was_there(town: Town, scale: str) -> None:
    panel = await worded(town)
    before = await request_of(town, panel)
    answer = await town.forger.form(f"draft:{panel.draft_id}:words", by=town.mira, prompt="a wolf", cfg_scale=scale)
    assert "“How closely to follow the words” must be a number from 0 to 1" in said(answer)
    assert await request_of(town, panel) == replace(before, prompt="a wolf")
