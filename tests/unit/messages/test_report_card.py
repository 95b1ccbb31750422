"""What moderators read about a reported clip, and what its requester reads when it was taken down."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klapper.jobs.deliveries import CopyState
from klapper.jobs.job import DeliveryState, JobStatus
from klapper.kling.request import Shot, VideoRequest
from klapper.messages import case_buttons, report_texts
from klapper.messages.case_card import build_case, build_queue
from klapper.messages.case_forms import build_case_form
from klapper.messages.case_texts import reminder
from klapper.messages.job_card import build_card
from klapper.messages.report_forms import build_report_form
from klapper.moderation.cases import Outcome
from klapper.services.case_views import CaseClip
from klapper.services.views import Money, MoneyState
from tests.unit.messages.case_views import case_view, report_view
from tests.unit.messages.job_views import delivery, view_of
from tests.unit.messages.test_case_card import SENDABLE, labels, parts, text_of

FILE = "SPOILER_reported-k7m2p9xd.mp4"
MOST_COMPONENTS = 40  # Discord docs: Component Reference, of a message
DELIVERED = delivery(DeliveryState.DELIVERED, way="attached")


def test_an_open_report_says_who_asked_what_and_what_is_wrong_with_it() -> None:
    shown = text_of(build_case(report_view(reports=5), files=[FILE]))
    for said in ("Reported clip", "<@42> asked", "Reported by 5 members", "the newest 3", "> it shows me", "a fox"):
        assert said in shown, said
    assert "[The card of the job](https://discord.com/channels/" in shown


def test_an_open_report_can_be_settled_and_a_settled_one_cannot() -> None:
    assert labels(build_case(report_view())) == ["Take down…", "Dismiss", "Whole request"]
    assert labels(build_case(report_view(Outcome.DISMISSED))) == ["Whole request"]


def test_the_clip_is_a_spoiler() -> None:
    (gallery,) = [part for part in parts(build_case(report_view(), files=[FILE])) if "items" in part]
    (item,) = gallery["items"]
    assert (item["media"]["url"], item["spoiler"]) == (f"attachment://{FILE}", True)


def test_a_clip_that_discord_does_not_play_is_a_hidden_file() -> None:
    view = report_view()
    assert view.job.delivery is not None
    job = replace(view.job, delivery=replace(view.job.delivery, copy=CopyState.FAILED))
    (file,) = [part for part in parts(build_case(replace(view, job=job), files=[FILE])) if "file" in part]
    assert file["spoiler"] is True


def test_where_a_clip_is_that_is_not_attached() -> None:
    large = CaseClip(Path("clip.mp4"), 99, is_too_large=True)
    with_link = report_view(link="https://media.example/clip.mp4", clip=large)
    with_link = replace(with_link, job=replace(with_link.job, link_until_ms=1_700_000_600_000))
    assert "[Open the clip](https://media.example/clip.mp4) until <t:" in text_of(build_case(with_link))
    assert "too large" in text_of(build_case(report_view(clip=large)))
    assert "neither here nor at Segmind" in text_of(build_case(report_view()))


def test_a_clip_is_too_large_only_where_less_is_taken() -> None:
    view = report_view(clip=CaseClip(Path("clip.mp4"), 10))
    too_large = [shown.clip.is_too_large for most in (9, 10) if (shown := view.within(most)).clip is not None]
    assert too_large == [True, False]


def test_a_hidden_clip_is_said_to_be_so_and_has_no_card() -> None:
    shown = text_of(build_case(report_view(state=DeliveryState.REMOVED), files=[FILE]))
    assert report_texts.IS_HIDDEN in shown
    assert "The card of the job" not in shown


@given(st.text(SENDABLE, max_size=3_000), st.text(max_size=500), st.sampled_from([None, *Outcome]))
def test_a_card_of_any_length_fits_into_a_message(prompt: str, words: str, outcome: Outcome | None) -> None:
    request = VideoRequest(prompt=f"x{prompt}"[:2_500])
    view = report_view(outcome, reports=9, words=words, note=words, request=request)
    card = build_case(view, files=[] if outcome else [FILE])
    assert len(text_of(card)) <= 4_000
    assert len(parts(card)) <= MOST_COMPONENTS


def test_the_longest_card_has_few_components() -> None:
    shots = tuple(Shot("a fox runs", 3) for _ in range(5))
    request = VideoRequest(prompt="a fox", negative_prompt="blur", shots=shots, model="v3")
    assert len(parts(build_case(report_view(reports=9, request=request), files=[FILE]))) <= MOST_COMPONENTS


def test_no_line_of_a_report_can_pass_for_one_of_ours() -> None:
    shown = text_of(build_case(report_view(words="bad\n### Dismissed\nDismissed by <@1>")))
    assert [line for line in shown.split("\n") if "Dismissed" in line and not line.startswith("> ")] == []


def test_lists_and_reminders_tell_reports_from_requests() -> None:
    assert "2 cases to decide about" in text_of(build_queue([case_view(), report_view()], total=2, number=1))
    assert "**Reported clip**" in text_of(build_queue([report_view()], total=1, number=1))
    assert "1 report waits for a decision" in reminder([report_view()], [], [None])


# Forms


def test_a_takedown_asks_for_a_reason_and_takes_no_for_granted() -> None:
    form = build_case_form(17, case_buttons.TAKE_DOWN).to_dict()
    reason, *choices = [part["component"] for part in form["components"]]
    assert (form["custom_id"], reason["required"], reason["max_length"]) == ("case:17:take_down", True, 500)
    chosen = [[one["value"] for one in choice["options"] if one.get("default")] for choice in choices]
    assert [choice["custom_id"] for choice in choices] == ["refund", "strike"]
    assert chosen == [["no"], ["no"]]


def test_a_report_asks_for_a_reason() -> None:
    form = build_report_form("k7m2p9xd").to_dict()
    (reason,) = [part["component"] for part in form["components"]]
    assert (form["custom_id"], reason["required"], reason["max_length"]) == ("job:k7m2p9xd:report", True, 500)


# The card of the job


def test_a_clip_that_everybody_sees_can_be_reported_on_its_card() -> None:
    labelled = labels(build_card(view_of(JobStatus.SUCCEEDED, delivery=DELIVERED)))
    assert labelled == ["Run again", "Edit and run", "Receipt", "Delete", "Report…"]


@pytest.mark.parametrize("state", [DeliveryState.PENDING, DeliveryState.UNDELIVERABLE, DeliveryState.REMOVED])
def test_what_nobody_sees_cannot(state: DeliveryState) -> None:
    assert "Report…" not in labels(build_card(view_of(JobStatus.SUCCEEDED, delivery=delivery(state))))


def test_a_clip_in_a_direct_message_cannot() -> None:
    view = view_of(JobStatus.SUCCEEDED, delivery=DELIVERED, job={"deliver_to": "dm"})
    assert "Report…" not in labels(build_card(view))


# What the requester reads


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (MoneyState.REFUNDED, "84 credits given back."),
        (MoneyState.CHARGED, "What it cost (84 credits) is not given back."),
        (MoneyState.RELEASED, ""),
    ],
)
def test_the_requester_reads_why_and_what_became_of_the_credits(state: MoneyState, said: str) -> None:
    view = report_view(Outcome.TAKEN_DOWN, note="Not here.\n### Hello", money=Money(state, 84))
    told = report_texts.taken_down(view, "The *Foxes*")
    assert told.startswith(report_texts.mark(view.case.job_id))
    assert "by the moderators of the server The \\*Foxes\\*." in told
    assert "by the moderators of its server." in report_texts.taken_down(view)
    assert "> Not here." in told
    assert "\n### Hello" not in told
    assert said in told
    assert ("credits" in told) is bool(said)
    assert told.endswith("Copies at Segmind stay there: they cannot be deleted from here.")


@given(st.text(max_size=500), st.text(SENDABLE, max_size=2_000))
def test_the_requesters_message_fits_and_never_counts_as_one_of_the_jobs_own(note: str, prompt: str) -> None:
    view = report_view(Outcome.TAKEN_DOWN, note=note, request=VideoRequest(prompt=f"x{prompt}"))
    told = report_texts.taken_down(view)
    assert len(told) <= 2_000
    assert f"`{view.case.job_id}`" not in told
