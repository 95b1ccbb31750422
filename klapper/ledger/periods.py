"""Days, weeks and months in a time zone, as half-open intervals of milliseconds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

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


def time_zone_of(name: str) -> str:
    """A time zone by its name in the IANA database, or by its city. Raises ValueError with the nearest name."""
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        known = {zone.lower(): zone for zone in sorted(available_timezones(), reverse=True)}
    cities = {zone.rpartition("/")[2]: proper for zone, proper in known.items()}
    wanted = name.strip().lower().replace(" ", "_")
    if (zone := known.get(wanted) or cities.get(wanted)) is not None:
        return zone
    near = get_close_matches(wanted, [*known, *cities], n=1)
    hint = f"did you mean {known.get(near[0]) or cities[near[0]]}?" if near else "for example Europe/Berlin or UTC"
    raise ValueError(f"must be a time zone name; {hint}")


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
