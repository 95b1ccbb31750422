"""What a draft's panel says and offers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from klapper.drafts.draft import DraftKind, DraftState, Why
from klapper.jobs.job import JobStatus
from klapper.kling.catalogue import CATALOGUE
from klapper.kling.request import Element, Shot, VideoRequest
from klapper.messages.draft_controls import CUSTOM_ID, Action, read_action
from klapper.messages.draft_panel import build_panel
from klapper.messages.job_card import components
from klapper.services.drafts import DraftView
from klapper.services.replacing import Reviewed
from tests.unit.messages.draft_views import DRAFT_ID, picture, view_of
from tests.unit.messages.job_views import JOB_ID, job_in
from tests.unit.messages.rendered import TEXT

LINK = "https://discord.com/channels/1/2/3"
ONE, TWO, THREE = (picture(number).sha256 for number in (1, 2, 3))


def parts(view: DraftView, **options: Any) -> list[dict[str, Any]]:
    return _walk(components(build_panel(view, CATALOGUE, **options)))


def says(view: DraftView, **options: Any) -> str:
    return "\n".join(part["content"] for part in parts(view, **options) if part["type"] == TEXT)


def controls(view: DraftView) -> dict[str, dict[str, Any]]:
    found = {}
    for part in parts(view):
        match = CUSTOM_ID.fullmatch(part.get("custom_id") or "")
        action = None if match is None else read_action(match["action"])
        if action is not None:
            found[str(replace(action, revision=None))] = part
    return found


def chosen(view: DraftView, name: str) -> list[str]:
    return [option["label"] for option in controls(view)[name]["options"] if option.get("default")]


def values(view: DraftView, name: str) -> list[str]:
    return [option["value"] for option in controls(view)[name]["options"]]


def _walk(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    listed = []
    for component in found:
        accessory = [component["accessory"]] if "accessory" in component else []
        listed += [component, *_walk(component.get("components", [])), *_walk(accessory)]
    return listed


# A change of a request in review


def test_a_change_says_whose_place_it_takes_and_what_stays_when_it_is_given_up() -> None:
    view = view_of(reviewed=Reviewed(job_in(JobStatus.IN_REVIEW)))
    assert f"takes the place of job {JOB_ID}, which is in review until then" in says(view)
    for state in DraftState.DISCARDED, DraftState.OPEN:
        over = replace(view, draft=replace(view.draft, state=state), is_live=False)
        assert f"Job `{JOB_ID}` stays in review as it is." in says(over)


@pytest.mark.parametrize(
    ("status", "changed_to", "what", "as_well"),
    [
        (JobStatus.WAITING, None, "a moderator has approved it, and it is made as it was", " as well"),
        (JobStatus.SUCCEEDED, None, "a moderator has approved it, and it is made as it was", " as well"),
        (JobStatus.REJECTED, None, "a moderator has declined it", ""),
        (JobStatus.CANCELLED, None, "it was cancelled", ""),
        (JobStatus.EXPIRED, None, "nobody decided about it in time", ""),
        (JobStatus.CANCELLED, "y7x", "you have changed it already, to job `y7x`", " as well"),
    ],
)
def test_a_change_that_comes_too_late_says_so_and_what_generate_does_now(
    status: JobStatus, changed_to: str | None, what: str, as_well: str
) -> None:
    said = says(view_of(reviewed=Reviewed(job_in(status), changed_to), why=Why.REVIEW_OVER))
    assert f"Job `{JOB_ID}` is not in review any more: {what}. **Generate** makes this one{as_well}, for " in said
    assert "takes the place" not in said


def test_a_panel_says_that_it_would_repeat_what_was_just_made() -> None:
    assert "You asked for the same just now" in says(view_of(why=Why.REPEAT))


# An empty one


def test_an_empty_storyboard_says_what_to_press_first_and_shows_no_refusal() -> None:
    view = view_of("", kind=DraftKind.STORYBOARD)
    assert "Press **Add shot…** below" in says(view)
    assert "Not yet" not in says(view)
    assert controls(view)["shot"]["style"] == 1
    assert "length" not in controls(view)


def test_an_empty_draft_says_that_it_wants_words() -> None:
    view = view_of("", start_image=ONE)
    assert "Press **Words…** below" in says(view)
    assert controls(view)["words"]["style"] == 1


# What it says


def test_the_panel_shows_words_options_images_and_price() -> None:
    view = view_of(
        "a *fox*", negative_prompt="rain", start_image=ONE, elements=(Element(TWO, (THREE,)),), cfg_scale=0.3
    )
    shown = says(view)
    assert "a \\*fox\\*" in shown
    assert "Avoid: rain" in shown
    assert "5 s · 16:9 · silent · cfg scale 0.3\n" in shown
    assert "First image: 640 × 360 · Element 1: 2 images" in shown
    assert "**84 credits**, charged only when the clip is finished." in shown
    assert "This draft ends <t:1700000900:R> unless you change it." in shown


def test_an_image_that_is_not_kept_any_more_is_named() -> None:
    shown = says(view_of(start_image=ONE, elements=(Element(TWO),), kept=False))
    assert "First image: not kept any more, attach it again" in shown
    assert "Element 1: not kept any more" in shown


def test_shots_are_listed_with_their_sum_and_each_can_be_edited() -> None:
    view = view_of("", kind=DraftKind.STORYBOARD, shots=(Shot("one", 4), Shot("two", 5), Shot("three", 3)))
    assert "\n16:9 · silent\n**3 shots, 12 s**" in says(view)
    assert "**Shot 2** · 5 s\ntwo" in says(view)
    assert {"shot_1", "shot_2", "shot_3", "shot"} <= controls(view).keys()
    assert "length" not in controls(view)


def test_with_five_shots_the_panel_says_that_there_are_no_more() -> None:
    button = controls(view_of("", shots=(Shot("one", 3),) * 5))["shot"]
    assert (button["label"], button["disabled"]) == ("5 shots are the most", True)


def test_what_is_not_sure_is_said_beside_the_price() -> None:
    view = view_of("@Element1 runs", start_image=ONE, aspect_ratio="16:9")
    assert "the aspect ratio may have no effect" in says(view)
    assert "@Element1, which is not given" in says(view)


def test_a_prompt_that_nobody_wrote_is_not_doubted() -> None:
    assert "summary" not in says(view_of("", shots=(Shot("one", 4),)))
    assert "summary" in says(view_of("a fox", shots=(Shot("one", 4),)))


def test_a_refusal_stands_where_the_price_stands_and_generate_is_disabled() -> None:
    view = view_of(mode="pro")
    assert "**Not yet:** Kling 3.0 Standard text to video does not take Quality" in says(view)
    assert "credits**" not in says(view)
    assert controls(view)["generate"]["disabled"]
    assert controls(view)["generate"]["label"] == "Generate"


def test_a_refused_draft_still_shows_the_options_that_no_select_has() -> None:
    view = view_of("", model="v1", camera="simple", camera_axis="zoom", camera_amount=-3, cfg_scale=0.25)
    assert "cfg scale 0.25 · camera zoom -3" in says(view)
    assert "2 voices" in says(view_of("", voice_ids=("aria", "ben")))


def test_the_price_is_on_the_button() -> None:
    assert controls(view_of())["generate"]["label"] == "Generate · 84 credits"


@pytest.mark.parametrize("kind", list(DraftKind))
def test_letting_go_is_about_the_revision_that_is_shown(kind: DraftKind) -> None:
    generate = controls(view_of(kind=kind, revision=12))["generate"]
    assert generate["custom_id"] == f"draft:{DRAFT_ID}:generate_12"


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("words", Action("words")),
        ("generate", Action("generate")),
        ("generate_12", Action("generate", revision=12)),
        ("clear_12", Action("clear", revision=12)),
        ("shot_2", Action("shot", 2)),
        ("shot_2_12", Action("shot", 2, 12)),
    ],
)
def test_an_action_is_read_as_it_is_written(text: str, action: Action) -> None:
    assert read_action(text) == action
    assert str(action) == text


@pytest.mark.parametrize("text", ["", "words_1", "generate_1_2", "shot_1_2_3", "shot_", "shot_x", "shot_\u0663", "A"])
def test_what_no_control_says_is_no_action(text: str) -> None:
    assert read_action(text) is None


def test_a_changed_price_is_said() -> None:
    assert "The price has changed since you saw it. **84 credits**" in says(view_of(why=Why.PRICE_CHANGED))


# What it offers


@pytest.mark.parametrize(
    ("request_", "offered"),
    [
        (VideoRequest(prompt="x"), {"shot", "words", "images", "voices"}),
        (VideoRequest(prompt="x", start_image=ONE), {"shot", "words", "images", "voices", "elements"}),
        (VideoRequest(prompt="x", model="o3"), {"shot", "words", "images", "voices"}),
        (VideoRequest(prompt="x", model="o3", start_image=ONE), {"shot", "words", "images"}),
        (VideoRequest(prompt="x", model="v1"), {"words", "camera"}),
        (VideoRequest(prompt="x", model="kling-3-standard-text2video"), {"shot", "words", "voices"}),
    ],
    ids=lambda value: value.model or "default" if isinstance(value, VideoRequest) else "",
)
def test_what_the_model_does_not_take_has_no_control(request_: VideoRequest, offered: set[str]) -> None:
    view = view_of(request_.prompt, model=request_.model, start_image=request_.start_image)
    forms = {"shot", "words", "images", "elements", "voices", "camera"}
    assert controls(view).keys() & forms == offered


@pytest.mark.parametrize(
    ("model", "image", "shapes", "qualities"),
    [
        ("v3", None, ["16:9", "9:16", "1:1"], ["silent", "sound"]),
        ("v3", ONE, ["image", "16:9", "9:16", "1:1"], ["silent", "sound"]),
        ("o3", None, ["16:9", "9:16", "1:1"], ["std,silent", "std,sound", "pro,silent", "pro,sound"]),
        ("o3", ONE, None, ["std,silent", "std,sound", "pro,silent", "pro,sound"]),
        ("v1", None, ["16:9", "9:16", "1:1"], ["std", "pro"]),
    ],
)
def test_selects_have_what_the_model_takes(
    model: str, image: str | None, shapes: list[str] | None, qualities: list[str]
) -> None:
    view = view_of(model=model, start_image=image)
    assert values(view, "quality") == qualities
    assert (values(view, "shape") if "shape" in controls(view) else None) == shapes
    assert values(view, "length") == (["5", "10"] if model == "v1" else [str(s) for s in range(3, 16)])


def test_selects_show_what_counts_now() -> None:
    view = view_of(model="o3", duration_s=7, aspect_ratio="9:16", mode="pro", generate_audio=True, deliver_to="dm")
    assert chosen(view, "model") == ["Model: Kling O3"]
    assert chosen(view, "length") == ["Length: 7 s"]
    assert chosen(view, "shape") == ["Shape: 9:16 (tall)"]
    assert chosen(view, "quality") == ["Quality: pro (finer), with audio"]
    assert chosen(view, "deliver") == ["Send: as a direct message"]


def test_selects_show_the_defaults_of_what_was_left_open() -> None:
    view = view_of("")  # refused, so that nothing was filled in
    assert chosen(view, "length") == ["Length: 5 s"]
    assert chosen(view, "shape") == ["Shape: 16:9 (wide)"]
    assert chosen(view, "quality") == ["Sound: silent"]


def test_selects_show_what_the_author_prefers_before_anything_can_be_made() -> None:
    meant = VideoRequest(prompt="", model="o3", aspect_ratio="9:16", mode="pro")
    view = replace(view_of("", model="o3"), meant=meant)
    assert view.priced is None
    assert chosen(view, "shape") == ["Shape: 9:16 (tall)"]
    assert chosen(view, "quality") == ["Quality: pro (finer), silent"]


def test_the_shape_follows_the_image_until_one_is_chosen() -> None:
    assert chosen(view_of(start_image=ONE), "shape") == ["Shape: as the first image"]
    assert chosen(view_of(start_image=ONE, aspect_ratio="1:1"), "shape") == ["Shape: 1:1 (square)"]
    assert "image" not in values(view_of(model="v1", start_image=ONE), "shape")  # it takes none


def test_a_value_that_the_model_does_not_take_is_not_shown_as_chosen() -> None:
    assert chosen(view_of(model="v1", duration_s=7), "length") == []


def test_untaken_options_can_be_removed_with_one_press() -> None:
    view = view_of(model="v1", shots=(Shot("one", 4),), generate_audio=True, revision=7)
    assert controls(view)["clear"]["label"] == "Remove 1 shot, the sound"
    assert controls(view)["clear"]["custom_id"] == f"draft:{DRAFT_ID}:clear_7"
    assert "shot_1" not in controls(view)
    assert "clear" not in controls(view_of())


def test_a_model_that_is_gone_leaves_the_choice_of_another() -> None:
    view = view_of(model="kling-9")
    assert controls(view).keys() == {"model", "generate", "discard"}
    assert chosen(view, "model") == []
    assert "There is no model `kling-9`" in says(view)


# Questions


def test_a_dear_request_is_asked_about_with_its_price() -> None:
    view = view_of(kind=DraftKind.QUOTE, why=Why.PRICE)
    assert "This costs **84 credits**. Make it?" in says(view)
    assert "This question ends <t:1700000900:R>." in says(view)
    assert controls(view).keys() == {"generate", "change", "discard"}
    assert controls(view)["generate"]["label"] == "Generate · 84 credits"


def test_a_repeated_request_is_asked_about_with_the_way_to_the_first() -> None:
    view = view_of(kind=DraftKind.QUOTE, why=Why.REPEAT, repeat_of=JOB_ID)
    assert LINK in says(view, job_link=LINK)
    assert f"`{JOB_ID}`" in says(view)
    assert "once more for **84 credits**" in says(view)


def test_a_question_whose_request_is_refused_meanwhile_says_so() -> None:
    view = view_of(kind=DraftKind.QUOTE, why=Why.PRICE, mode="pro")
    assert "Not yet" in says(view)
    assert controls(view)["generate"]["disabled"]


# Over


def test_a_used_draft_leads_to_its_job() -> None:
    view = view_of(state=DraftState.USED, became=job_in(JobStatus.WAITING))
    assert says(view, job_link=LINK) == f"This draft became job `{JOB_ID}`: {LINK}"
    assert "`/jobs show`" in says(view)
    assert controls(view) == {}


def test_a_discarded_draft_says_that_nothing_was_charged() -> None:
    view = view_of(state=DraftState.DISCARDED)
    assert "discarded: nothing was charged" in says(view)
    assert controls(view) == {}


def expired(prompt: str = "", **request: Any) -> DraftView:
    return replace(view_of(prompt, **request), is_live=False)


@pytest.mark.parametrize("kind", list(DraftKind))
def test_an_expired_draft_can_be_gone_on_with(kind: DraftKind) -> None:
    view = expired("a *fox*", kind=kind)
    assert "expired" in says(view)
    assert says(view).endswith("\n> a \\*fox\\*")
    assert {name: one["label"] for name, one in controls(view).items()} == {"renew": "Go on with this"}


def test_an_expired_storyboard_shows_the_words_of_its_first_shot() -> None:
    assert says(expired(shots=(Shot("it begins", 4), Shot("it ends", 4)))).endswith("\n> it begins")


def test_an_expired_draft_without_words_shows_none() -> None:
    assert ">" not in says(expired())
