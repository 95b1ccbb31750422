"""Discord takes every panel and every form, whatever the draft has in it: 40 components, 4000 characters, valid."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType
from typing import Any

import discord
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from klapper.drafts.draft import DraftKind, DraftState, Why
from klapper.errors import RequestRefused
from klapper.kling.catalogue import CATALOGUE
from klapper.kling.request import Element, Shot
from klapper.messages.draft_controls import CUSTOM_ID, FORMS, Action, read_action
from klapper.messages.draft_forms import build_form, inputs
from klapper.messages.draft_panel import build_panel
from klapper.messages.job_card import components
from klapper.services.drafts import DraftView
from tests.discord_schema import complaints, needed_schema_checker
from tests.unit.messages.draft_views import DRAFT_ID, picture, view_of
from tests.unit.messages.test_card_limits import HOSTILE, V2_FLAG

CALLBACK = "/interactions/1/token/callback"
TEXT_INPUT, FILES = 4, 19  # Discord docs: Component Reference
WORDS = st.one_of(st.just(""), st.just("a fox"), HOSTILE)
IMAGES = st.sampled_from([picture(number).sha256 for number in range(4)])
ACTIONS = [Action(name) for name in sorted(FORMS)] + [Action("shot", number) for number in (1, 3, 5, 9)]


@pytest.fixture(scope="module")
def checker() -> ModuleType:
    return needed_schema_checker()


def often_none(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), values)


def requests() -> st.SearchStrategy[dict[str, Any]]:
    """Any request that a draft can hold, most of which no model takes."""
    return st.fixed_dictionaries(
        {
            "prompt": WORDS,
            "model": st.sampled_from([None, "v3", "o3", "v1", "gone", *(model.slug for model in CATALOGUE.models)]),
            "duration_s": often_none(st.integers(1, 20)),
            "aspect_ratio": st.sampled_from([None, "16:9", "9:16", "4:3"]),
            "mode": st.sampled_from([None, "std", "pro", "ultra"]),
            "generate_audio": st.sampled_from([None, False, True]),
            "negative_prompt": often_none(HOSTILE),
            "cfg_scale": often_none(st.floats(-1e300, 1e300)),
            "camera": st.sampled_from([None, "simple", "down_back"]),
            "camera_axis": st.sampled_from([None, "zoom", "pan"]),
            "camera_amount": often_none(st.integers(-(10**11), 10**11)),
            "shots": st.lists(st.builds(Shot, WORDS, st.integers(1, 40)), max_size=7).map(tuple),
            "voice_ids": st.lists(HOSTILE, max_size=3).map(tuple),
            "start_image": often_none(IMAGES),
            "end_image": often_none(IMAGES),
            "elements": st.lists(st.builds(Element, IMAGES, st.lists(IMAGES, max_size=3).map(tuple)), max_size=4).map(
                tuple
            ),
        }
    )


def views() -> st.SearchStrategy[DraftView]:
    """A draft in any state, refused with the longest sentence where it is refused."""

    def viewed(request: dict[str, Any], more: dict[str, Any], sentence: str, is_in_time: bool) -> DraftView:
        view = view_of(**request, **more)
        view = replace(view, is_live=view.is_live and is_in_time)
        return view if view.refusal is None else replace(view, refusal=RequestRefused("some_code", sentence))

    more = st.fixed_dictionaries(
        {
            "kind": st.sampled_from(DraftKind),
            "why": st.sampled_from(Why),
            "state": st.sampled_from([DraftState.OPEN, DraftState.OPEN, DraftState.OPEN, DraftState.DISCARDED]),
            "deliver_to": st.sampled_from(["here", "dm"]),
            "spoiler": st.booleans(),
            "kept": st.booleans(),
            "repeat_of": st.just("abcd2345"),
        }
    )
    return st.builds(
        viewed,
        requests(),
        more,
        st.sampled_from(["It is so.", "it is wrong " * 400]),
        st.sampled_from([True, True, False]),
    )


@settings(max_examples=150)
@given(view=views())
def test_discord_takes_every_panel(view: DraftView, checker: ModuleType) -> None:
    panel = build_panel(view, CATALOGUE, preface="That message has 9 images; this is the first of them.")
    body = {"components": components(panel), "flags": V2_FLAG | 64, "allowed_mentions": {"parse": []}}
    assert complaints(checker, "POST", CALLBACK, {"type": 4, "data": body}) == []
    assert len(list(panel.walk_children())) <= 40
    assert panel.content_length() <= 4000
    ids = [part.custom_id for part in panel.walk_children() if isinstance(part, discord.ui.DynamicItem)]
    assert len(ids) == len(set(ids))
    for custom_id in ids:
        match = CUSTOM_ID.fullmatch(custom_id)
        assert match is not None
        assert match["draft_id"] == DRAFT_ID
        assert read_action(match["action"]) is not None


@settings(max_examples=150)
@given(view=views(), action=st.sampled_from(ACTIONS))
def test_discord_takes_every_form(view: DraftView, action: Action, checker: ModuleType) -> None:
    form = build_form(view, CATALOGUE, action)
    if form is not None:
        assert complaints(checker, "POST", CALLBACK, {"type": 9, "data": form.to_dict()}) == []
        for label in form.to_dict()["components"]:
            inner = label["component"]
            assert len(inner.get("value") or "") <= inner.get("max_length", 4000)


@settings(max_examples=150)
@given(view=views(), action=st.sampled_from(ACTIONS))
def test_every_input_of_a_form_is_known_to_whoever_reads_it(view: DraftView, action: Action) -> None:
    form, known = build_form(view, CATALOGUE, action), inputs(action, CATALOGUE)
    for label in form.to_dict()["components"] if form is not None else ():
        asked = label["component"]
        names = known.texts if asked["type"] == TEXT_INPUT else known.files if asked["type"] == FILES else known.choices
        assert asked["custom_id"] in names


@settings(max_examples=100)
@given(view=views())
def test_every_button_that_opens_a_form_has_one(view: DraftView) -> None:
    for part in build_panel(view, CATALOGUE).walk_children():
        match = CUSTOM_ID.fullmatch(part.custom_id) if isinstance(part, discord.ui.DynamicItem) else None
        action = None if match is None else read_action(match["action"])
        if action is not None and action.name in FORMS:
            assert build_form(view, CATALOGUE, action) is not None, action


async def test_discord_py_keeps_nothing_of_a_panel_or_form() -> None:
    form = build_form(view_of(), CATALOGUE, Action("words"))
    assert form is not None
    assert form.is_finished()
    assert build_panel(view_of(), CATALOGUE).is_finished()
