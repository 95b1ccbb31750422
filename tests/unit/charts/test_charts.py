"""Charts are drawn in a process of their own, whatever they have to show, and nobody waits for one for ever."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import pytest
from PIL import Image

from klapper.charts.chart import Bar, BurnDown, Chart, DailyBars, Range, Ranges, RankedBars, Series, decode, encode
from klapper.charts.process import ChartProcesses
from klapper.errors import ChartsNotDrawn

NAMES = (
    "1. $money$ _and_ \\frac{1}{2}",
    "2. 山田太郎",
    "3. 🦊👩‍👩‍👧",
    "4. שלום עולם",
    "5. مرحبا",
    "6. a\u0300\u0301\u0302\n\tb\x00",
    "7. " + "W" * 24,
    "8.",
)
DATES = tuple(f"2024-{month:02}-{day:02}" for month in (1, 2, 3) for day in range(1, 31) if (month, day) != (2, 30))
ALL: tuple[Chart, ...] = (
    DailyBars("Spend", "84 credits", "credits", DATES[:7], (Series("Kling", (0, 0, 84, 0, 0, 0, 0)),)),
    DailyBars("Spend", "a lot", "credits", DATES, tuple(Series(name, (1_234_567,) * len(DATES)) for name in NAMES[:6])),
    RankedBars("Members", "ten", "credits", tuple(Bar(name, 1_234_567, "1,234,567 credits") for name in NAMES)),
    RankedBars("Members", "none", "credits", (Bar("0", 0, "0 credits"),)),
    Ranges("Times", "half, most", (Range("Waiting (1)", 0.0, 0.0, "0 s · 0 s"), Range("Kling (9)", 60, 7_200, "…"))),
    BurnDown("Budget", "whole", "units", 1_000, ("1 Jan", "2 Jan"), (1_000, 1_000), (0, 0), (0,), 0.0),
    BurnDown("Budget", "gone", "units", 9, ("00:00",) * 24, (9,) * 24 + (0,), (0,) * 24 + (9,), (0,) * 23 + (9,), 1.0),
)
PATIENT_S = 600.0  # where nothing is tested about time


def test_what_is_handed_over_is_what_arrives() -> None:
    line = encode(ALL)
    assert line.count(b"\n") == 1
    assert decode(line) == list(ALL)


async def test_every_chart_is_drawn_without_a_home_and_without_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "fonts"
    pictures = await ChartProcesses(folder, longest_s=PATIENT_S).draw(ALL)
    assert len(pictures) == len(ALL)
    for picture in pictures:
        with Image.open(io.BytesIO(picture)) as image:
            assert (image.format, image.width) == ("PNG", 1_280)
            assert image.height < 1_400
        assert len(picture) < 150_000
    assert list(folder.glob("fontlist-*.json"))
    assert caplog.records == []


async def test_no_chart_starts_no_process(tmp_path: Path) -> None:
    assert await ChartProcesses(tmp_path, longest_s=0).draw([]) == []


async def test_a_process_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    with pytest.raises(ChartsNotDrawn) as failed:
        await ChartProcesses(tmp_path, longest_s=0.01).draw(ALL)
    assert failed.value.reason == "too_slow"


async def test_a_process_that_fails_is_an_error_with_a_reason(tmp_path: Path) -> None:
    nonsense = DailyBars("Spend", "", "credits", ("no date",), (Series("Kling", (1,)),))
    with pytest.raises(ChartsNotDrawn) as failed:
        await ChartProcesses(tmp_path, longest_s=PATIENT_S).draw([nonsense])
    assert failed.value.reason == "failed"


async def test_a_line_that_is_too_long_is_turned_away(tmp_path: Path) -> None:
    charts = ChartProcesses(tmp_path, most_waiting=1)
    first = asyncio.create_task(charts.draw(ALL[:1]))
    await asyncio.sleep(0)
    with pytest.raises(ChartsNotDrawn) as failed:
        await charts.draw(ALL[:1])
    assert failed.value.reason == "busy"
    first.cancel()
    await asyncio.wait({first})
    assert first.cancelled()
    assert await charts.draw([]) == []
