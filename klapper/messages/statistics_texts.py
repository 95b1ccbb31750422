"""The numbers of charts in words: beside each picture, so that nobody needs it, and as its description. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from klapper.charts.chart import BurnDown, Chart, DailyBars, Range, Ranges, RankedBars
from klapper.jobs.tally import Spread
from klapper.ledger.spending import BudgetCourse, LateClips, TopMember
from klapper.messages import statistics_charts as charts
from klapper.messages import text
from klapper.messages.quota_panel import dollars
from klapper.services.statistics import DailySpending, GuildStatistics

ALT_CHARS = 1_024  # Discord docs: attachments, description; media gallery items have the same limit
MOST_DAYS = 31  # named one by one in a description; more are told week by week
DAYS_A_WEEK = 7

NOT_DRAWN = {
    "busy": "Too many charts are being drawn at the moment, so these are the numbers alone: ask again in a minute.",
    "too_slow": "The charts could not be drawn in time, so these are the numbers alone: ask again in a minute.",
    "failed": "The charts could not be drawn, so these are the numbers alone: ask whoever runs this bot to look why.",
}
NO_LIMIT = "**Budget**: this server has no limit of its own."


@dataclass(frozen=True, slots=True)
class Section:
    """A part of an answer: its words, and the chart below them where there is one to see."""

    words: str
    chart: Chart | None = None


def member_sections(spending: DailySpending) -> list[Section]:
    """What one member spent."""
    days = len(spending.dates)
    chart = charts.spending_chart(spending, "Your credits per day, by model")
    if chart is None:
        return [Section(f"You were charged nothing in the last {days} days.")]
    head = f"**You spent {text.credits(spending.total)} in the last {days} days**"
    return [Section("\n".join([head, *_spent(spending), _days_in(spending.time_zone)]), chart)]


def guild_sections(found: GuildStatistics, names: Mapping[int, str]) -> list[Section]:
    """names: display names of members, where they are known, for the pictures alone."""
    days = len(found.spending.dates)
    return [
        Section(_spending(found), charts.spending_chart(found.spending, "Credits spent per day, by model")),
        Section(_top(found.top, days), charts.top_chart(found.top, names, days)),
        Section(_outcomes(found, days), charts.outcomes_chart(found.outcomes)),
        Section(_times(found.waits, found.runs), charts.times_chart(found.waits, found.runs)),
        _budget_section(found),
    ]


def alt_text(chart: Chart) -> str:
    """A description with the numbers, at most ALT_CHARS characters."""
    match chart:
        case DailyBars():
            said = f"{_totals(chart)} {_by_day(chart)}"
        case RankedBars():
            said = "; ".join(f"{bar.label}: {bar.note}" for bar in chart.bars)
        case Ranges():
            said = "; ".join(f"{row.label}: {_range(row)}" for row in chart.rows)
            return text.cut(f"{chart.title}: {said}.", ALT_CHARS)  # what its colours mean, nobody hears
        case BurnDown():
            said = _course(chart)
    return text.cut(f"{chart.title}. {chart.subtitle}. {said}", ALT_CHARS)


def _spending(found: GuildStatistics) -> str:
    days = len(found.spending.dates)
    if not found.spending.total:
        lines = [f"**Spend per day**: nothing was charged in the last {days} days."]
    else:
        lines = [f"**Spend per day**: {text.credits(found.spending.total)} in the last {days} days"]
        lines += _spent(found.spending)
    lines += [*_late(found.late), _days_in(found.spending.time_zone)]
    return "\n".join(lines)


def _spent(spending: DailySpending) -> list[str]:
    by_day = spending.by_day
    most = max(range(len(by_day)), key=lambda day: by_day[day])
    lines = [f"- {text.escape(model.title)}: {model.total:,}" for model in charts.few(spending.models)]
    return [*lines, f"Most on one day: {by_day[most]:,} on {_day(spending.dates[most])}."]


def _late(late: LateClips) -> list[str]:
    if not late.jobs:
        return []
    clips = text.counted(late.jobs, "late clip")
    return [f"Besides: {clips} worth {text.credits(late.credits)}, which nobody was charged for."]


def _days_in(time_zone: str) -> str:
    return f"-# Charged less what was given back, on the day of the charge; days in {time_zone}."


def _top(top: Sequence[TopMember], days: int) -> str:
    if not top:
        return f"**Top members**: no clip was made in the last {days} days."
    lines = [
        f"{place}\\. {'a former member' if member.user_id is None else text.mention(member.user_id)}: "
        f"{charts.spent_by(member)}"
        for place, member in enumerate(top, start=1)
    ]
    return "\n".join(["**Top members**", *lines])


def _outcomes(found: GuildStatistics, days: int) -> str:
    if not found.outcomes:
        return f"**Success rate**: no job ended in the last {days} days."
    lines = [f"**Success rate**: {charts.made_of(found.outcomes)}"]
    others = [f"{charts.OUTCOMES[status]}: {jobs:,}" for status, jobs in charts.by_number(found.outcomes)[1:]]
    return "\n".join([*lines, " · ".join(others)]) if others else lines[0]


def _times(waits: Spread | None, runs: Mapping[str, Spread]) -> str:
    if waits is None and not runs:
        return "**Waiting and run times**: no job that was sent ended in these days."
    lines = ["**Waiting and run times**"]
    if waits is not None:
        lines.append(f"- waiting for a turn: {_spread(waits, 'job')}")
    lines += [f"- {text.escape(title)}: {_spread(spread, 'clip')}" for title, spread in sorted(runs.items())]
    return "\n".join(lines)


def _spread(spread: Spread, noun: str) -> str:
    half, most = text.duration(spread.half_s), text.duration(spread.most_s)
    return f"half within {half}, 9 of 10 within {most} ({text.counted(spread.jobs, noun)})"


def _range(row: Range) -> str:
    return f"half within {text.duration(row.half)}, nine of ten within {text.duration(row.most)}"


def _budget_section(found: GuildStatistics) -> Section:
    if found.budget is None:
        return Section(NO_LIMIT)
    words = _budget(found.budget, found.at_ms)
    return Section(words, charts.budget_chart(found.budget, found.at_ms, found.spending.time_zone))


def _budget(course: BudgetCourse, now_ms: int) -> str:
    period, now, left = course.period, course.now, charts.left_of(course)
    even = round(course.granted * (period.end_ms - now_ms) / (period.end_ms - period.start_ms))
    pace = f"{dollars(left - even)} more" if left >= even else f"{dollars(even - left)} less"
    return (
        f"**Budget**: {dollars(left)} of {dollars(course.granted)} is left until {text.timestamp(period.end_ms)}, "
        f"{pace} than at an even pace\n"
        f"{dollars(now.spent)} charged, {dollars(now.held)} reserved for jobs that are not finished\n"
        "-# In Segmind's list prices."
    )


def _totals(chart: DailyBars) -> str:
    return f"By model: {', '.join(f'{series.label} {sum(series.values):,}' for series in chart.series)}."


def _by_day(chart: DailyBars) -> str:
    """Every day on which something was spent, or every week where there are too many days to name."""
    totals = [sum(values) for values in zip(*(series.values for series in chart.series), strict=True)]
    days = [date.fromisoformat(iso) for iso in chart.dates]
    if len(days) <= MOST_DAYS:
        return f"By day: {_named(days, totals)}."
    first = len(days) % DAYS_A_WEEK
    starts = [*([0] if first else []), *range(first, len(days), DAYS_A_WEEK)]
    sums = [sum(totals[start:end]) for start, end in zip(starts, [*starts[1:], len(days)], strict=True)]
    return f"By week from: {_named([days[start] for start in starts], sums)}."


def _named(days: Sequence[date], totals: Sequence[int]) -> str:
    return ", ".join(f"{_day(day)} {total:,}" for day, total in zip(days, totals, strict=True) if total)


def _course(chart: BurnDown) -> str:
    parts = [f"{tick} {dollars(spent)}" for tick, spent in zip(chart.ticks, chart.spent, strict=False) if spent]
    return f"Charged: {', '.join(parts)}." if parts else "Nothing was charged yet."


def _day(day: date) -> str:
    return f"{day.day} {day:%b}"
