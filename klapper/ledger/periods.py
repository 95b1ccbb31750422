"""Days, weeks and months in a time zone, as half-open intervals of milliseconds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

PeriodLength = Literal["day", "week", "month"]


@dataclass(frozen=True, slots=True)
class Period:
    """From `start_ms` up to but not including `end_ms`."""

    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often something begins anew. first_day: of a week, 0 is Monday (as `date.weekday`)."""

    length: PeriodLength
    time_zone: str
    first_day: int = 0

    def period(self, now_ms: int) -> Period:
        """The one that contains `now_ms`."""
        return period_of(now_ms, self.length, self.time_zone, self.first_day)


def period_of(now_ms: int, length: PeriodLength, time_zone: str, first_day: int = 0) -> Period:
    """The period that contains `now_ms`. Weeks begin on `first_day`; a day of a clock change has 23 or 25 hours."""
    zone = ZoneInfo(time_zone)
    today = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(zone).date()
    match length:
        case "day":
            start, end = today, today + timedelta(days=1)
        case "week":
            start = today - timedelta(days=(today.weekday() - first_day) % 7)
            end = start + timedelta(days=7)
        case "month":
            start = today.replace(day=1)
            end = (start + timedelta(days=32)).replace(day=1)

    def midnight_ms(day: datetime) -> int:
        return round(day.timestamp() * 1000)

    return Period(
        midnight_ms(datetime(start.year, start.month, start.day, tzinfo=zone)),
        midnight_ms(datetime(end.year, end.month, end.day, tzinfo=zone)),
    )
