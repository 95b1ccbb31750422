"""Which row of the request history is whose, and what it proves that there is none."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from klapper.clock import HOUR_MS, MINUTE_MS, SECOND_MS
from klapper.jobs.job import JobStatus
from klapper.jobs.store import Known
from klapper.segmind.answers import HistoryRow, RowState
from klapper.services.claims import WINDOW_MS, Evidence, in_order
from tests.unit.messages.job_views import job_in

POSTED_MS = 1_700_000_000_000
BODY = {
    "prompt": "a fox",
    "duration": "5",
    "cfg_scale": 0.5,
    "generate_audio": False,
    "multi_prompt": [{"prompt": "x"}],
}
UNCLEAR = job_in(JobStatus.UNKNOWN, slug="kling-a", posted_at_ms=POSTED_MS, sent_body=json.dumps(BODY), request_id=None)


def row(request_id: str = "found-row-1", *, after_ms: int | None = SECOND_MS, **other: Any) -> HistoryRow:
    fields: dict[str, Any] = {
        "request_id": request_id,
        "slug": "kling-a",
        "state": RowState.PENDING,
        "media_url": None,
        "cost_micro_usd": None,
        "total_time_s": None,
        "text": "",
        "refused": False,
        "sent": BODY,
        "created_at_ms": None if after_ms is None else POSTED_MS + after_ms,
    }
    return HistoryRow(**fields | other)


def evidence(rows: list[HistoryRow], known: list[Known], unread: tuple[str, ...] = ()) -> Evidence:
    return Evidence(rows, known, unread, from_ms=POSTED_MS - WINDOW_MS, to_ms=POSTED_MS + WINDOW_MS)


OURS = Known("ours-row-1", POSTED_MS + MINUTE_MS)
OUR_ROW = row("ours-row-1", after_ms=MINUTE_MS)


@pytest.mark.parametrize(
    "fitting",
    [
        row(),
        row(state=RowState.COMPLETED),
        row(sent={**BODY, "seed": 7}),  # Segmind may add its own defaults
        row(sent={**BODY, "cfg_scale": "0.5"}),
        row(after_ms=None),
        row(after_ms=-13 * HOUR_MS),
        row(after_ms=round(5.5 * HOUR_MS)),
    ],
)
def test_a_row_with_every_value_that_was_sent_is_the_job(fitting: HistoryRow) -> None:
    assert evidence([OUR_ROW, fitting], [OURS]).row_of(UNCLEAR) is fitting


@pytest.mark.parametrize(
    "other",
    [
        row(slug="kling-b"),
        row(sent={**BODY, "prompt": "a cat"}),
        row(sent={**BODY, "duration": "6"}),
        row(sent={**BODY, "generate_audio": 0}),
        row(sent={**BODY, "multi_prompt": [{"prompt": "x"}, {"prompt": "y"}]}),
        row(sent={key: value for key, value in BODY.items() if key != "duration"}),
        row(after_ms=15 * HOUR_MS),
        row(after_ms=-15 * HOUR_MS),
        row("ours-row-1"),
        row("OURSROW1"),  # the same id, in the other form of the history
    ],
)
def test_a_row_that_differs_anywhere_is_another_request(other: HistoryRow) -> None:
    shown = evidence([OUR_ROW, other], [OURS])
    assert shown.row_of(UNCLEAR) is None
    assert shown.is_absent(UNCLEAR)


def test_of_two_rows_the_one_nearest_to_the_post_is_taken_and_no_row_twice() -> None:
    far, near = row("far-row-1", after_ms=3 * MINUTE_MS), row("near-row-1", after_ms=SECOND_MS)
    shown = evidence([far, near], [])
    assert shown.row_of(UNCLEAR) is near
    assert shown.row_of(UNCLEAR, taken=["near-row-1"]) is far
    assert shown.row_of(UNCLEAR, taken=["nearrow1", "far-row-1"]) is None


@pytest.mark.parametrize(
    "shown",
    [
        evidence([row()], []),
        evidence([row(sent=None)], []),  # it may be the job: nobody can say
        evidence([], [], unread=("some-row-1",)),
        evidence([], [], unread=("",)),
    ],
)
def test_what_might_be_the_job_is_no_proof_of_its_absence(shown: Evidence) -> None:
    assert not shown.is_absent(UNCLEAR)


def test_an_unreadable_row_of_a_known_request_does_not_matter() -> None:
    assert evidence([], [OURS], unread=("ours-row-1",)).is_absent(UNCLEAR)


def test_an_answer_without_a_request_of_ours_that_was_made_is_not_whole() -> None:
    made = Known("ours-row-1", POSTED_MS, is_made=True)
    assert not evidence([row("another-id-1")], [made]).is_whole
    assert evidence([OUR_ROW], [made]).is_whole
    assert evidence([], [made], unread=("OURSROW1",)).is_whole
    assert evidence([], [OURS]).is_whole  # not made, perhaps not shown yet
    another_day = Known("ours-row-2", POSTED_MS - WINDOW_MS - MINUTE_MS, is_made=True)
    assert evidence([OUR_ROW], [made, another_day]).is_whole


LATER = Known("ours-row-2", POSTED_MS + 2 * MINUTE_MS)


@pytest.mark.parametrize(
    ("evidence", "misses", "final"),
    [
        (evidence([], []), 2, False),
        (evidence([], []), 3, True),
        (evidence([row("ours-row-2")], [LATER]), 1, True),
        (evidence([row("ours-row-2", state=RowState.COMPLETED)], [LATER]), 1, False),  # perhaps rows come with the end
        (evidence([OUR_ROW], [OURS]), 1, False),  # POSTed while ours may still have been under way
        (evidence([row("foreign-1")], [LATER]), 1, False),
    ],
)
def test_absence_is_final_after_three_misses_or_a_later_unfinished_job(
    evidence: Evidence, misses: int, final: bool
) -> None:
    assert evidence.is_absent_for_good(UNCLEAR, misses) is final


def test_a_row_goes_first_to_who_still_holds_credits_for_it() -> None:
    given_up = replace(UNCLEAR, job_id="aaaaaaaa", status=JobStatus.ABANDONED, posted_at_ms=POSTED_MS - HOUR_MS)
    later = replace(UNCLEAR, job_id="cccccccc", posted_at_ms=POSTED_MS + 1)
    assert in_order([given_up, later, UNCLEAR]) == [UNCLEAR, later, given_up]
