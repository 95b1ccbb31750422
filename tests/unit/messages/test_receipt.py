"""A receipt says what the books and the job's history say."""

from __future__ import annotations

import pytest

from klapper.jobs.deliveries import Delivery
from klapper.jobs.job import DeliveryState, JobEvent, JobStatus
from klapper.kling.picture import InputImage
from klapper.kling.request import Element, VideoRequest
from klapper.ledger.records import BUDGET, CREDIT, Kind, Transfer
from klapper.messages.receipt import MOST_LINES, build_receipt, moved
from klapper.services.desk import Receipt
from klapper.services.views import JobView
from tests.unit.messages.job_views import CREATED_MS, FINISHED_MS, JOB_ID, delivery, view_of

BODY = '{\n  "prompt": "a fox in the snow"\n}'


def transfer(kind: Kind, *, ledger: str = CREDIT, amount: int = 84, at_ms: int = CREATED_MS, seq: int = 1) -> Transfer:
    return Transfer(f"{kind}:{seq}", ledger, kind, "allowance:1", "spent", amount, "klapper", "job", JOB_ID, at_ms, seq)


def receipt_of(view: JobView, *transfers: Transfer) -> Receipt:
    events = [
        JobEvent(None, JobStatus.WAITING, "asked", "member:1", CREATED_MS),
        JobEvent(JobStatus.WAITING, JobStatus.SENDING, "turn", "klapper", CREATED_MS + 4_000),
    ]
    return Receipt(view, events, list(transfers), BODY)


def test_the_text_lists_the_members_transfers() -> None:
    reserve, settle = transfer(Kind.RESERVE), transfer(Kind.SETTLE, at_ms=FINISHED_MS)
    content = build_receipt(receipt_of(view_of(JobStatus.SUCCEEDED), reserve, settle)).content
    assert f"- <t:{CREATED_MS // 1000}:f>: 84 credits reserved\n" in content
    assert f"- <t:{FINISHED_MS // 1000}:f>: 84 credits charged\n" in content
    assert "**Receipt of job `abcd2345`** · Done\n84 credits charged." in content


def test_what_two_accounts_paid_at_once_is_one_movement() -> None:
    both = [transfer(Kind.RESERVE, amount=80, seq=1), transfer(Kind.RESERVE, amount=4, seq=2)]
    receipt = build_receipt(receipt_of(view_of(), *both))
    assert receipt.content.count("84 credits reserved\n") == 1
    assert receipt.file_text.count("84 credits reserved\n") == 1


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (JobStatus.WAITING, "Request, as Segmind would get it:"),
        (JobStatus.REJECTED, "Request, as Segmind would have got it:"),
        (JobStatus.PROCESSING, "Request, as Segmind got it:"),
        (JobStatus.FAILED, "Request, as Segmind got it:"),
    ],
)
def test_the_file_says_whether_segmind_ever_got_the_request(status: JobStatus, said: str) -> None:
    assert said in build_receipt(receipt_of(view_of(status))).file_text


def test_the_operators_budget_is_not_on_it() -> None:
    budget = transfer(Kind.RESERVE, ledger=BUDGET, amount=999)
    receipt = build_receipt(receipt_of(view_of(), budget))
    assert "999" not in receipt.content + receipt.file_text


def test_the_file_has_the_whole_request_and_history() -> None:
    receipt = build_receipt(receipt_of(view_of(JobStatus.SUCCEEDED), transfer(Kind.RESERVE)))
    assert receipt.file_name == "klapper-abcd2345.txt"
    for line in (
        "Job abcd2345",
        "Asked: 2023-11-14 22:13:20 UTC",
        "Model: Kling 3.0 Standard text to video (kling-3-standard-text2video)",
        "Price: 84 credits (price table test)",
        "  2023-11-14 22:13:20 UTC  84 credits reserved",
        "  2023-11-14 22:13:20 UTC  waiting (asked)",
        "  2023-11-14 22:13:24 UTC  waiting -> sending (turn)",
        '  "prompt": "a fox in the snow"',
    ):
        assert line in receipt.file_text.split("\n")


def test_the_file_has_the_address_of_the_clip() -> None:
    view = view_of(JobStatus.SUCCEEDED, link="https://images.segmind.com/x.mp4", link_until_ms=CREATED_MS)
    expected = "Clip: https://images.segmind.com/x.mp4 (until 2023-11-14 22:13:20 UTC)"
    assert expected in build_receipt(receipt_of(view)).file_text


def test_the_file_says_from_which_job_and_images_it_was_made() -> None:
    request = VideoRequest(
        prompt="@Element1",
        model="v3",
        start_image="a" * 64,
        end_image="b" * 64,
        elements=(Element("c" * 64, ("d" * 64,)),),
    )
    kept = (InputImage("a" * 64, "image/png", 1080, 1920, 5_000),)
    view = view_of(request=request, images=kept, job={"parent_job_id": "zzzz9999", "spoiler": True})
    lines = build_receipt(receipt_of(view)).file_text.split("\n")
    assert "Made from: job zzzz9999" in lines
    assert "Spoiler: yes, the clip is shown on a click" in lines
    start = lines.index("Images:")
    assert lines[start + 1 : start + 5] == [
        "  image: aaaaaaaaaaaa, 1080 x 1920 pixels",
        "  end image: bbbbbbbbbbbb",
        "  element 1, front: cccccccccccc",
        "  element 1, reference 1: dddddddddddd",
    ]


def test_the_file_of_a_plain_job_speaks_of_no_images_parents_or_spoilers() -> None:
    text = build_receipt(receipt_of(view_of(JobStatus.SUCCEEDED))).file_text
    assert not [word for word in ("Images", "Made from", "Spoiler", "Delivery") if word in text]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (delivery(DeliveryState.PENDING), "under way"),
        (delivery(DeliveryState.DELIVERED, way="attached"), "attached to the card"),
        (delivery(DeliveryState.DELIVERED, way="dm"), "as a direct message"),
        (
            delivery(DeliveryState.UNDELIVERABLE, reason="no_media"),
            "not possible, the clip could not be loaded",
        ),
        (
            delivery(DeliveryState.REMOVED, reason="moderator"),
            "deleted by a moderator, 2023-11-14 22:16:01 UTC",
        ),
    ],
)
def test_the_file_says_where_the_clip_is_or_who_removed_it(row: Delivery, said: str) -> None:
    receipt = build_receipt(receipt_of(view_of(JobStatus.SUCCEEDED, delivery=row)))
    assert f"Delivery: {said}\n" in receipt.file_text


def test_the_providers_job_id_stays_private() -> None:
    receipt = build_receipt(receipt_of(view_of(job={"request_id": "provider-secret-id"})))
    assert "provider-secret-id" not in receipt.content + receipt.file_text


def test_a_long_history_fits_in_a_message() -> None:
    many = [transfer(Kind.RESERVE, seq=number, at_ms=CREATED_MS + number) for number in range(100)]
    content = build_receipt(receipt_of(view_of(), *many)).content
    assert content.count("reserved\n") == MOST_LINES
    assert len(content) <= 2000


def test_every_kind_of_movement_has_its_word() -> None:
    assert len({moved(kind) for kind in Kind}) == len(Kind)
