"""Periods follow the calendar of a place: clock changes, leap days and a day that never was."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from klapper.clock import HOUR_MS
from klapper.ledger.periods import Period, PeriodLength, period_of
from tests.unit.ledger.books import at_ms

PROFILE = settings(settings.get_profile(os.environ.get("LEDGER_PROFILE", "ledger")), max_examples=300)
LENGTHS: list[PeriodLength] = ["day", "week", "month"]
# Among them: half-hour offsets and shifts, clock changes at midnight (Beirut, Havana, Asuncion, Cairo), a skipped day.
ZONES = [
    "UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe", "Asia/Beirut",
    "America/Havana", "America/Asuncion", "Africa/Cairo", "Africa/Casablanca", "America/Santiago", "Pacific/Apia",
    "Pacific/Kiritimati", "America/St_Johns", "Antarctica/Troll",
]  # fmt: skip
TIMES = st.integers(at_ms("2005-01-01 00:00"), at_ms("2045-01-01 00:00"))


@pytest.mark.parametrize(
    ("now", "length", "zone", "start", "end", "hours"),
    [
        # UTC                                           start and end in UTC               hours
        ("2024-01-03 12:00", "day", "UTC", "2024-01-03 00:00", "2024-01-04 00:00", 24),
        ("2024-01-03 00:00", "day", "UTC", "2024-01-03 00:00", "2024-01-04 00:00", 24),
        ("2024-01-07 23:59", "week", "UTC", "2024-01-01 00:00", "2024-01-08 00:00", 168),
        ("2024-02-10 12:00", "month", "UTC", "2024-02-01 00:00", "2024-03-01 00:00", 29 * 24),
        ("2023-02-10 12:00", "month", "UTC", "2023-02-01 00:00", "2023-03-01 00:00", 28 * 24),
        ("2024-12-31 23:59", "month", "UTC", "2024-12-01 00:00", "2025-01-01 00:00", 31 * 24),
        # Berlin goes from +1 to +2 on 2024-03-31 at 01:00 UTC and back on 2024-10-27 at 01:00 UTC.
        ("2024-03-31 12:00", "day", "Europe/Berlin", "2024-03-30 23:00", "2024-03-31 22:00", 23),
        ("2024-03-28 12:00", "week", "Europe/Berlin", "2024-03-24 23:00", "2024-03-31 22:00", 167),
        ("2024-03-28 12:00", "month", "Europe/Berlin", "2024-02-29 23:00", "2024-03-31 22:00", 31 * 24 - 1),
        ("2024-10-27 12:00", "day", "Europe/Berlin", "2024-10-26 22:00", "2024-10-27 23:00", 25),
        ("2024-10-24 12:00", "week", "Europe/Berlin", "2024-10-20 22:00", "2024-10-27 23:00", 169),
        ("2024-10-24 12:00", "month", "Europe/Berlin", "2024-09-30 22:00", "2024-10-31 23:00", 31 * 24 + 1),
        # New York goes from -5 to -4 on 2024-03-10 at 07:00 UTC.
        ("2024-03-10 05:30", "week", "America/New_York", "2024-03-04 05:00", "2024-03-11 04:00", 167),
        # Kolkata is at +5:30: its Monday begins on Sunday at 18:30 UTC.
        ("2024-01-07 18:29", "week", "Asia/Kolkata", "2023-12-31 18:30", "2024-01-07 18:30", 168),
        ("2024-01-07 18:30", "week", "Asia/Kolkata", "2024-01-07 18:30", "2024-01-14 18:30", 168),
        # Beirut's clock goes from 00:00 to 01:00: the day begins at 01:00, which is 22:00 UTC either way.
        ("2024-03-31 12:00", "day", "Asia/Beirut", "2024-03-30 22:00", "2024-03-31 21:00", 23),
        # Havana's goes back from 01:00 to 00:00: there are two midnights, and the day begins with the first.
        ("2024-11-03 12:00", "day", "America/Havana", "2024-11-03 04:00", "2024-11-04 05:00", 25),
        # Lord Howe's moves by half an hour.
        ("2024-10-06 00:00", "day", "Australia/Lord_Howe", "2024-10-05 13:30", "2024-10-06 13:00", 23.5),
        # In Apia there was no 2011-12-30.
        ("2011-12-29 12:00", "day", "Pacific/Apia", "2011-12-29 10:00", "2011-12-30 10:00", 24),
        ("2011-12-30 10:00", "day", "Pacific/Apia", "2011-12-30 10:00", "2011-12-31 10:00", 24),
        ("2011-12-29 12:00", "week", "Pacific/Apia", "2011-12-26 10:00", "2012-01-01 10:00", 144),
    ],
)
def test_a_period_is_the_calendars(
    now: str, length: PeriodLength, zone: str, start: str, end: str, hours: float
) -> None:
    period = period_of(at_ms(now), length, zone)
    assert period == Period(at_ms(start), at_ms(end))
    assert period.end_ms - period.start_ms == hours * HOUR_MS


@PROFILE
@given(now_ms=TIMES, length=st.sampled_from(LENGTHS), zone=st.sampled_from(ZONES))
def test_periods_leave_no_gap_and_do_not_overlap(now_ms: int, length: PeriodLength, zone: str) -> None:
    period = period_of(now_ms, length, zone)
    assert period.start_ms <= now_ms < period.end_ms
    assert period_of(period.start_ms, length, zone) == period
    assert period_of(period.end_ms - 1, length, zone) == period
    assert period_of(period.end_ms, length, zone).start_ms == period.end_ms


@PROFILE
@given(now_ms=TIMES, zone=st.sampled_from(ZONES))
def test_a_week_begins_on_monday_and_a_month_on_the_first(now_ms: int, zone: str) -> None:
    week, month = (
        datetime.fromtimestamp(period_of(now_ms, length, zone).start_ms / 1000, UTC).astimezone(ZoneInfo(zone))
        for length in ("week", "month")
    )
    assert (week.weekday(), month.day) == (0, 1)
    assert week.hour <= 1  # 01:00 where the clock skips midnight
    assert month.hour <= 1
