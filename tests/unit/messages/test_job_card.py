"""The card as a message: what it shows, to whom, and with which buttons."""

from __future__ import annotations

import re
from dataclasses import replace

import discord
import pytest

from klapper.jobs.job import DeliveryState, JobStatus
from klapper.kling.request import Element, Shot, VideoRequest
from klapper.messages import card_texts
from klapper.messages.buttons import JobButton
from klapper.messages.job_card import alt_text, build_card, clip_name, components, fingerprint
from klapper.moderation.cases import Outcome
from klapper.services.views import WaitingFor
from tests.unit.messages.case_views import case_of
from tests.unit.messages.job_views import JOB_ID, delivery, view_of
from tests.unit.messages.rendered import CONTAINER, buttons_of, galleries_of, parts, text_of

PROMPT = "a fox in the snow"
BUTTON_OF_A_PHONE = 20  # characters, so that another button stands beside it
ATTACHED = view_of(JobStatus.SUCCEEDED, delivery=delivery(DeliveryState.DELIVERED, way="attached"))


@pytest.mark.parametrize("status", [JobStatus.IN_REVIEW, JobStatus.WAITING])
def test_a_job_that_was_not_sent_can_be_cancelled(status: JobStatus) -> None:
    button = buttons_of(view_of(status))["Cancel"]
    assert button["custom_id"] == f"job:{JOB_ID}:cancel"
    assert not button["disabled"]


@pytest.mark.parametrize("status", [JobStatus.SENDING, JobStatus.QUEUED, JobStatus.PROCESSING, JobStatus.UNKNOWN])
def test_a_running_job_cannot_be_cancelled_and_says_so_in_few_words(status: JobStatus) -> None:
    button = buttons_of(view_of(status))[card_texts.CANNOT_CANCEL]
    assert button["disabled"]
    assert len(button["label"]) <= BUTTON_OF_A_PHONE


@pytest.mark.parametrize("status", [JobStatus.SENDING, JobStatus.QUEUED, JobStatus.PROCESSING])
def test_a_job_at_segmind_says_why_it_cannot_be_cancelled(status: JobStatus) -> None:
    assert "cannot cancel it." in text_of(view_of(status))


ENDS = [status for status in JobStatus if not view_of(status).job.is_open]


@pytest.mark.parametrize("status", ENDS)
def test_a_finished_job_can_be_run_again_changed_and_deleted(status: JobStatus) -> None:
    shown = buttons_of(view_of(status))
    assert {label: button["custom_id"] for label, button in shown.items()} == {
        "Run again": f"job:{JOB_ID}:again",
        "Edit and run": f"job:{JOB_ID}:edit",
        "Receipt": f"job:{JOB_ID}:receipt",
        "Delete": f"job:{JOB_ID}:delete",
    }
    dangerous = [label for label, button in shown.items() if button["style"] == discord.ButtonStyle.danger.value]
    assert dangerous == ["Delete"]


def test_a_job_of_a_model_that_is_gone_cannot_be_run_again() -> None:
    assert list(buttons_of(replace(view_of(JobStatus.FAILED), request=None))) == ["Receipt", "Delete"]


@pytest.mark.parametrize("status", [status for status in JobStatus if view_of(status).job.is_open])
def test_an_unfinished_job_can_be_neither_deleted_nor_run_again(status: JobStatus) -> None:
    assert not {"Delete", "Run again", "Edit and run"} & set(buttons_of(view_of(status)))


@pytest.mark.parametrize("status", JobStatus)
def test_every_card_has_a_receipt(status: JobStatus) -> None:
    assert buttons_of(view_of(status))["Receipt"]["custom_id"] == f"job:{JOB_ID}:receipt"


@pytest.mark.parametrize("status", JobStatus)
def test_a_card_outlives_the_process(status: JobStatus) -> None:
    card = build_card(view_of(status))
    interactive = [item for item in card.walk_children() if item.is_dispatchable()]
    assert card.timeout is None
    assert all(isinstance(item, JobButton) for item in interactive)


async def test_discord_py_keeps_nothing_of_a_card() -> None:
    assert build_card(view_of()).is_finished()
    assert build_card(view_of(), with_buttons=False, for_requester=True).is_finished()


def test_a_card_is_built_anew_each_time() -> None:
    view = view_of()
    assert build_card(view) is not build_card(view)


@pytest.mark.parametrize("status", [JobStatus.WAITING, JobStatus.QUEUED, JobStatus.UNKNOWN, JobStatus.SUCCEEDED])
def test_an_allowed_request_is_shown(status: JobStatus) -> None:
    assert PROMPT in text_of(view_of(status))


NOT_ALLOWED = [JobStatus.IN_REVIEW, JobStatus.REJECTED, JobStatus.CANCELLED, JobStatus.EXPIRED]


@pytest.mark.parametrize("status", NOT_ALLOWED)
def test_a_request_that_comes_out_of_a_review_stays_private(status: JobStatus) -> None:
    request = VideoRequest(
        prompt=PROMPT, negative_prompt="a bear", start_image="a" * 64, shots=(Shot("a wolf", 5),), model="v3"
    )
    shown = text_of(view_of(status, request=request, review=case_of(Outcome.EXPIRED)))
    assert PROMPT not in shown
    assert "bear" not in shown
    assert "wolf" not in shown
    assert "aaaa" not in shown
    assert "5 s · 16:9" in shown
    assert "1 shot · from an image" in shown


@pytest.mark.parametrize("status", [JobStatus.CANCELLED, JobStatus.EXPIRED, JobStatus.FAILED])
@pytest.mark.parametrize("reason", ["", "cancelled", "guild_gone", "waited_too_long", "model_retired"])
def test_a_request_that_was_public_stays_so_when_it_ends_unsent(status: JobStatus, reason: str) -> None:
    assert PROMPT in text_of(view_of(status, job={"attempts": 0, "reason": reason}))


@pytest.mark.parametrize("status", NOT_ALLOWED)
def test_its_requester_sees_the_whole_request(status: JobStatus) -> None:
    assert PROMPT in text_of(view_of(status), for_requester=True)


def test_a_request_that_was_sent_stays_visible_when_it_fails() -> None:
    assert PROMPT in text_of(view_of(JobStatus.FAILED))


def test_a_request_whose_model_is_gone_is_found_in_the_receipt() -> None:
    assert card_texts.MODEL_GONE in text_of(replace(view_of(JobStatus.FAILED), request=None))


def test_every_set_option_is_named() -> None:
    request = VideoRequest(
        prompt=PROMPT,
        model="v1",
        duration_s=5,
        aspect_ratio="9:16",
        mode="std",
        cfg_scale=0.7,
        negative_prompt="*rain*",
        camera="simple",
        camera_axis="pan",
        camera_amount=-4,
    )
    shown = text_of(view_of(request=request))
    assert "5 s · 9:16 · std · cfg scale 0.7 · camera pan -4" in shown
    assert "Avoid: \\*rain\\*" in shown


@pytest.mark.parametrize("camera", ["down_back", "forward_up", "right_turn_forward", "left_turn_forward"])
def test_a_camera_preset_is_readable(camera: str) -> None:
    shown = text_of(view_of(request=VideoRequest(prompt=PROMPT, model="v1", camera=camera)))
    first, *_, last = camera.split("_")
    assert re.search(rf"camera (turning )?{first}(,| and).* {last}$", shown, re.MULTILINE)


def test_sound_and_voices_are_named() -> None:
    request = VideoRequest(prompt="<<<voice_1>>> sings", generate_audio=True, voice_ids=("abc",), model="v3")
    assert "with audio · 1 voice" in text_of(view_of(request=request))


def test_a_card_says_from_which_images_it_is_made() -> None:
    elements = (Element("e1", ("r1", "r2")), Element("e2"))
    request = VideoRequest(
        prompt="@Element1 meets @Element2", start_image="s", end_image="e", elements=elements, model="v3"
    )
    assert "from an image · to an end image · 2 elements from 4 images" in text_of(view_of(request=request))


def test_elements_of_one_image_each_are_counted_once() -> None:
    request = VideoRequest(prompt="@Element1", start_image="s", elements=(Element("e1"),), model="v3")
    assert text_of(view_of(request=request)).count("1 element\n") == 1


SHOTS = (Shot("a *fox* runs", 5), Shot("it stops\nand looks", 3), Shot("x" * 500, 4))


def test_every_shot_is_shown_with_its_length_on_one_line_and_cut() -> None:
    shown = text_of(view_of(request=VideoRequest(prompt="", shots=SHOTS, model="v3")))
    assert "1. 5 s · a \\*fox\\* runs\n2. 3 s · it stops and looks\n3. 4 s · xxx" in shown
    assert "x" * 119 + "…" in shown
    assert "x" * 120 not in shown
    assert "12 s · 16:9 · silent · 3 shots" in shown


def test_a_storyboard_without_a_prompt_does_not_show_the_summary_that_is_sent() -> None:
    first = VideoRequest(prompt="", shots=SHOTS, model="v3")
    assert text_of(view_of(request=first)).count("runs") == 1
    assert "about a fox" in text_of(view_of(request=replace(first, prompt="about a fox")))


def test_a_job_made_from_another_says_so() -> None:
    assert f"job `{JOB_ID}` · from job zzzz9999" in text_of(view_of(job={"parent_job_id": "zzzz9999"}))


def test_a_spoiler_is_named_and_hidden_until_it_is_clicked() -> None:
    view = replace(ATTACHED, job=replace(ATTACHED.job, spoiler=True))
    (item,) = galleries_of(view)
    assert item["spoiler"]
    assert item["media"]["url"] == f"attachment://SPOILER_klapper-{JOB_ID}.mp4"
    assert item["description"] == f"Clip made from the prompt: {PROMPT}"
    assert "5 s · 16:9 · silent · spoiler" in text_of(view)
    assert not galleries_of(ATTACHED)[0]["spoiler"]
    assert "spoiler" not in text_of(ATTACHED)


def test_what_may_have_no_effect_is_noted_while_it_matters() -> None:
    request = VideoRequest(prompt=PROMPT, model="o3", cfg_scale=0.2)
    assert "-# The cfg scale may have no effect on this model." in text_of(view_of(request=request))
    assert "no effect" not in text_of(view_of(JobStatus.FAILED, request=request))


def test_a_finished_clip_keeps_the_doubt_that_explains_its_shape() -> None:
    request = VideoRequest(prompt=f"@Element1 {PROMPT}", start_image="a" * 64, aspect_ratio="9:16")
    doubt, hint = "-# The clip follows the image, so the aspect ratio may have no effect.", "@Element1, which is not"
    running, done = (
        text_of(view_of(status, request=request)) for status in (JobStatus.PROCESSING, JobStatus.SUCCEEDED)
    )
    assert (doubt in running, hint in running) == (True, True)
    assert (doubt in done, hint in done) == (True, False)


def test_an_attached_clip_plays_in_the_card_and_has_alt_text() -> None:
    item = galleries_of(ATTACHED)[0]
    assert item["media"]["url"] == f"attachment://{clip_name(ATTACHED.job)}"
    assert item["description"] == f"Clip made from the prompt: {PROMPT}"


def test_a_card_without_its_file_shows_no_media() -> None:
    assert not galleries_of(ATTACHED, for_requester=True)
    assert not galleries_of(view_of(JobStatus.SUCCEEDED, delivery=delivery(DeliveryState.DELIVERED, way="linked")))


def test_alt_text_is_short_and_plain() -> None:
    long = alt_text(view_of(request=VideoRequest(prompt="*snow*\n" * 300)))
    assert len(long) < 500
    assert "\\" not in long
    assert "\n" not in long


def test_equal_views_have_equal_fingerprints() -> None:
    assert fingerprint(view_of()) == fingerprint(view_of())


def test_what_looks_different_has_another_fingerprint() -> None:
    waiting = view_of(JobStatus.WAITING, waiting_for=WaitingFor.TURN, place=2)
    next_one = view_of(JobStatus.WAITING, waiting_for=WaitingFor.TURN, place=1)
    prints = {fingerprint(view) for view in (view_of(), waiting, next_one, ATTACHED)}
    assert len(prints) == 4


def test_what_a_card_does_not_show_leaves_its_fingerprint() -> None:
    assert fingerprint(view_of(job={"request_id": "abc"})) == fingerprint(view_of(job={"request_id": "def"}))


@pytest.mark.parametrize("status", JobStatus)
def test_every_state_has_its_colour(status: JobStatus) -> None:
    colour = components(build_card(view_of(status)))[0]["accent_color"]
    assert colour == discord.Colour(colour).value != 0  # discord.py 2.7.1 sends 0 as null


@pytest.mark.parametrize("status", JobStatus)
def test_a_card_names_its_job_and_requester(status: JobStatus) -> None:
    assert f"Asked by <@42> · job `{JOB_ID}`" in text_of(view_of(status))


def test_a_message_without_buttons_has_none() -> None:
    assert not [part for part in parts(build_card(ATTACHED, with_buttons=False)) if part["type"] in (1, 2)]


def test_a_preface_stands_above_the_card() -> None:
    first, second = components(build_card(ATTACHED, with_buttons=False, preface="Why it is here."))
    assert first["content"] == "Why it is here."
    assert second["type"] == CONTAINER
