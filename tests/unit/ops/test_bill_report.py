"""`reconcile`: what an operator reads, on a console of 80 columns, and what programs get."""

from __future__ import annotations

import io
import json
import tomllib
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import typer
from rich.console import Console

from bot import segmind
from klapper.clock import DAY_MS, HOUR_MS, SystemClock
from klapper.errors import SettingsError
from klapper.jobs.bills import Booked
from klapper.jobs.job import JobStatus
from klapper.ops.bill_command import read_bill, since_ms_of
from klapper.ops.bill_report import bill_json, print_bill, progress_line
from klapper.ops.metrics import Metrics
from klapper.segmind.answers import RowState
from klapper.segmind.budget import RequestBudget
from klapper.services.bill import (
    Bill,
    ChargeNotBooked,
    ChargeWithoutJob,
    Difference,
    Gap,
    JobWithoutCharge,
    OtherModel,
    PriceDrift,
    Totals,
)
from klapper.services.statement import Progress
from klapper.settings import Settings

ID = "2c7f59ea-13f1-402c-9353-915a2b5a2124"
SLUG = "kling-3-standard-image2video"
MARCH_MS = 1_772_366_400_000  # 2026-03-01 12:00 UTC
DIFFERENCES: tuple[Difference, ...] = (
    JobWithoutCharge("k7m2p9xd", ID, SLUG, Booked.CHARGED, 84, 840_000, None),
    JobWithoutCharge("k7m2p9xe", ID, SLUG, Booked.CHARGED, 84, 840_000, RowState.FAILED),
    ChargeNotBooked("abcdefgh", ID, SLUG, JobStatus.ABANDONED, "not_found", Booked.GIVEN_BACK, 84, 840_000),
    ChargeNotBooked("abcdefgj", ID, SLUG, JobStatus.SUCCEEDED, "late", Booked.WRITTEN_OFF, 84, None),
    ChargeWithoutJob(ID, SLUG, MARCH_MS, 1_050_001),
    ChargeWithoutJob(ID, SLUG, None, 840_000, job_id="abcdefgk"),
    PriceDrift(
        SLUG, "silent", 3, "mnpqrstu", ID, 840_000, 1_000_000, 2_520_000, 3_000_000, False, Decimal("0.2"), "0.2"
    ),
    PriceDrift(SLUG, "audio", 1, "mnpqrstv", ID, 840_000, 900_000, 840_000, 900_000, True, None, "0.18"),
    PriceDrift("kling-old", "", 1, "mnpqrstw", ID, 840_000, 900_000, 840_000, 900_000, False, None, "900000"),
)


def bill(
    differences: tuple[Difference, ...] = DIFFERENCES, gaps: dict[Gap, int] | None = None, broke_off: str = ""
) -> Bill:
    return Bill(
        since_ms=MARCH_MS - 30 * DAY_MS,
        until_ms=MARCH_MS,
        jobs=131,
        requests=134,
        unfinished=1,
        differences=differences,
        gaps=gaps or {},
        broke_off=broke_off,
        others=(OtherModel("flux", 2, 30_000),),
        totals=Totals(110_040_000, 111_000_000, 11_004, 84, 28, 11_032),
        costs={},
    )


def printed(found: Bill, width: int = 80) -> str:
    file = io.StringIO()
    print_bill(found, {"kling-text2video": {"std/5s": Decimal("0.29")}}, Console(file=file, width=width))
    return file.getvalue()


def flat(text: str) -> str:
    return " ".join(text.split())


def test_every_difference_is_said_in_words_with_its_ids() -> None:
    text = flat(printed(bill()))
    for words in (
        "Compared: 131 jobs and 134 requests at Segmind, sent from 2026-01-30 12:00 to 2026-03-01 12:00 UTC.",
        "no more than 31 days",
        "Quoted for what was made: 110.04 USD. Charged by Segmind: 111.00 USD.",
        "Credits charged to members: 11004; charged and given back: 84; written off for late clips: 28.",
        "Budget units (cents of list price): 11032.",
        "Left out, because not ended or only just: 1 job.",
        "flux (2 requests, 0.03 USD)",
        f"job k7m2p9xd ({SLUG}, request {ID}): 84 credits, quoted 0.84 USD; Segmind's history does not have it.",
        "Segmind's history says that it failed.",
        "0.84 USD. It is abandoned (not_found), and its 84 credits were given back.",
        "Its clip came late: its 84 credits had been given back, and it was written off.",
        "an amount that Segmind does not name",
        f"request {ID} ({SLUG}, made 2026-03-01 12:00 UTC): 1.050001 USD.",
        f"`python bot.py jobs adopt abcdefgk {ID}`",
        "3 jobs, 3.00 USD instead of 2.52 USD; the newest, job mnpqrstu, 1.00 USD instead of 0.84 USD.",
        "The price by now: 0.2 USD.",
        "By now it is charged as quoted",
        "No price explains it",
        "Differences: 9.",
    ):
        assert words in text


def test_no_line_but_the_one_to_paste_is_wider_than_the_console() -> None:
    wide = [line for line in printed(bill()).splitlines() if len(line) > 80]
    assert [line.partition(" ")[0] for line in wide] == ["prices"]
    assert all(len(line) <= 60 or ID in line or "prices" in line for line in printed(bill(), 60).splitlines())


def test_the_line_to_paste_keeps_the_prices_of_the_configuration() -> None:
    [line] = [line for line in printed(bill()).splitlines() if line.startswith("prices")]
    pasted = tomllib.loads(line, parse_float=Decimal)["prices"]
    assert pasted == {"kling-text2video": {"std/5s": Decimal("0.29")}, SLUG: {"silent": Decimal("0.2")}}


def test_without_a_new_price_there_is_nothing_to_paste() -> None:
    assert "prices =" not in printed(bill(DIFFERENCES[:1]))


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (bill(()), "Segmind's bill and the books agree."),
        (bill((), {Gap.UNREAD_ROWS: 2}), "No difference was found, but not everything could be compared."),
        (bill((), broke_off="http_500"), "No difference was found, but not everything could be compared."),
        (bill(DIFFERENCES[:1], {Gap.LACKING: 1}), "Differences: 1."),
    ],
)
def test_the_last_line_is_the_verdict(found: Bill, verdict: str) -> None:
    assert printed(found).splitlines()[-1] == verdict
    assert found.agrees is (verdict == "Segmind's bill and the books agree.")


def test_what_could_not_be_compared_is_said() -> None:
    text = flat(printed(bill((), dict.fromkeys(Gap, 7), broke_off="http_500")))
    assert "not read to its end (http_500)" in text
    assert text.count(": 7.") == len(Gap)
    assert "- Jobs of days that were not read: 7." in text


def test_programs_get_the_same() -> None:
    found = json.loads(bill_json(bill(gaps={Gap.UNPRICED: 1}), {}))
    assert found["agrees"] is False
    assert [one["difference"] for one in found["differences"]] == [one.kind for one in DIFFERENCES]
    assert found["gaps"] == {"unpriced": 1}
    assert found["totals"]["reported_micro_usd"] == 111_000_000
    assert found["prices"] == f'prices = {{ {SLUG} = {{ "silent" = 0.2 }} }}'
    assert json.loads(bill_json(bill(()), {}))["prices"] is None


@pytest.mark.parametrize(
    ("progress", "line"),
    [
        (
            Progress(1, 100, MARCH_MS),
            "100 requests so far, back to 2026-03-01 12:00 UTC; going on",
        ),
        (Progress(1, 40, None, goes_on=False), None),
        (
            Progress(1, 40, None, trouble="http_500"),
            "Segmind's history gave no readable answer (http_500)",
        ),
        (Progress(0, 40, None, lookups=1), "Segmind's list lacks 1 request of this bot: asking about each."),
    ],
)
def test_who_waits_reads_why(progress: Progress, line: str | None) -> None:
    said = progress_line(progress)
    assert said is None if line is None else said is not None and said.startswith(line)


# The command


def test_the_first_day_is_one_that_segmind_lists() -> None:
    first = datetime(2026, 1, 30, tzinfo=UTC)
    assert since_ms_of(None, MARCH_MS) == since_ms_of(first, MARCH_MS) == MARCH_MS - 12 * HOUR_MS - 30 * DAY_MS
    assert since_ms_of(datetime(2026, 3, 1, tzinfo=UTC), MARCH_MS) == MARCH_MS - 12 * HOUR_MS
    for wrong in (datetime(2026, 1, 29, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)):
        with pytest.raises(typer.BadParameter):
            since_ms_of(wrong, MARCH_MS)


async def test_without_a_key_it_says_so(tmp_path: Path) -> None:
    settings = Settings(database={"url": f"sqlite:///{tmp_path / 'no.db'}"})  # type: ignore[arg-type]
    provider = segmind(settings, RequestBudget(5, SystemClock()), SystemClock(), Metrics())
    with pytest.raises(SettingsError, match="api_key is empty"):
        await read_bill(settings, provider, SystemClock(), 0, lambda _: None)
