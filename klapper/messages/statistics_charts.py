"""What the charts of members and guilds show, as pure functions of the figures. None where there is nothing to show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from klapper.charts.chart import Bar, BurnDown, DailyBars, Range, Ranges, RankedBars, Series
from klapper.clock import HOUR_MS, SECOND_MS
from klapper.jobs.job import JobStatus
from klapper.jobs.tally import Spread
from klapper.ledger.periods import period_of
from klapper.ledger.spending import BudgetCourse, TopMember
from klapper.messages import text
from klapper.messages.quota_panel import dollars
from klapper.services.statistics import DailySpending, ModelSpending

MOST_MODELS = 6  # colours that are told apart
OTHERS = "other models"
NAME_CHARS = 24
LONGEST_DAY_MS = 25 * HOUR_MS

OUTCOMES: Mapping[JobStatus, str] = {
    JobStatus.SUCCEEDED: "Made",
    JobStatus.FAILED: "Not made",
    JobStatus.REFUSED: "Refused by Segmind",
    JobStatus.REJECTED: "Declined by a moderator",
    JobStatus.CANCELLED: "Cancelled",
    JobStatus.EXPIRED: "Expired",
    JobStatus.ABANDONED: "No answer",
}


def spending_chart(spending: DailySpending, title: str) -> DailyBars | None:
    """Credits per day; what is beyond MOST_MODELS models is one."""
    if not spending.total:
        return None
    series = [Series(model.title, model.credits) for model in few(spending.models)]
    only = f", all with {series[0].label}" if len(series) == 1 else ""
    subtitle = f"{text.credits(spending.total)} in the last {len(spending.dates)} days{only}"
    dates = tuple(day.isoformat() for day in spending.dates)
    return DailyBars(title, subtitle, "credits", dates, tuple(series))


def few(models: Sequence[ModelSpending]) -> list[ModelSpending]:
    """At most MOST_MODELS, the last of them what all others are together."""
    if len(models) <= MOST_MODELS:
        return list(models)
    others = [model.credits for model in models[MOST_MODELS - 1 :]]
    together = tuple(map(sum, zip(*others, strict=True)))
    return [*models[: MOST_MODELS - 1], ModelSpending(OTHERS, together)]


def top_chart(top: Sequence[TopMember], names: Mapping[int, str], days: int) -> RankedBars | None:
    """names: Discord id -> display name, of those that are known."""
    if not any(member.credits for member in top):
        return None
    bars = [
        Bar(f"{place}. {_name(member, names)}".rstrip(), member.credits, spent_by(member))
        for place, member in enumerate(top, start=1)
    ]
    return RankedBars("Members who spent most", f"In the last {days} days", "credits", tuple(bars))


def spent_by(member: TopMember) -> str:
    """`84 credits · 1 clip`."""
    return f"{text.credits(member.credits)} · {text.counted(member.jobs, 'clip')}"


_NEVER_SENT = frozenset({JobStatus.CANCELLED, JobStatus.REJECTED, JobStatus.EXPIRED})


def outcomes_chart(outcomes: Mapping[JobStatus, int]) -> RankedBars | None:
    """How jobs ended: what was made first, then the most frequent."""
    if not outcomes:
        return None
    total = sum(outcomes.values())
    bars = [Bar(OUTCOMES[status], jobs, f"{jobs:,} · {share(jobs, total)}") for status, jobs in by_number(outcomes)]
    return RankedBars("How the jobs ended", made_of(outcomes), "jobs", tuple(bars))


def made_of(outcomes: Mapping[JobStatus, int]) -> str:
    """`86 of 102 jobs that went to Segmind were made (84 %)`: what people took back or declined is no failure."""
    made = outcomes.get(JobStatus.SUCCEEDED, 0)
    sent = sum(jobs for status, jobs in outcomes.items() if status not in _NEVER_SENT)
    if not sent:
        return "no job went to Segmind"
    verb = "was" if made == 1 else "were"
    return f"{made:,} of {text.counted(sent, 'job')} that went to Segmind {verb} made ({share(made, sent)})"


def by_number(outcomes: Mapping[JobStatus, int]) -> list[tuple[JobStatus, int]]:
    """What was made first, then the most frequent."""
    return sorted(outcomes.items(), key=lambda one: (one[0] is not JobStatus.SUCCEEDED, -one[1], one[0]))


def share(part: int, whole: int) -> str:
    """`84 %`; never 0 % of something, nor 100 % without a rest."""
    percent = round(100 * part / whole)
    if percent == 0 and part:
        return "under 1 %"
    return "over 99 %" if percent == 100 and part < whole else f"{percent} %"


def times_chart(waits: Spread | None, runs: Mapping[str, Spread]) -> Ranges | None:
    """How long jobs waited for their turn, and then ran, by model."""
    rows = [] if waits is None else [_range("Waiting for a turn", waits)]
    rows += [_range(title, spread) for title, spread in sorted(runs.items())]
    if not rows:
        return None
    subtitle = "Blue: half of them take no longer. Grey: nine of ten. (how many)"
    return Ranges("How long waiting and making take", subtitle, tuple(rows))


def budget_chart(course: BudgetCourse, now_ms: int, time_zone: str) -> BurnDown | None:
    """What is left of the running period's budget."""
    if not course.granted:
        return None
    begins = parts_of(course, time_zone)
    now = course.now
    past = [at_ms for at_ms in begins if at_ms <= now_ms]
    marks = [*(course.at(at_ms) for at_ms in past), now]
    charged = [mark.spent for mark in marks]
    ends_ms = begins[len(past)] if len(past) < len(begins) else course.period.end_ms
    return BurnDown(
        title="The server's budget in this period",
        subtitle=f"{dollars(now.spent)} of {dollars(course.granted)} charged, {dollars(now.held)} reserved, "
        f"{dollars(left_of(course))} left",
        unit="cents",
        granted=course.granted,
        ticks=tuple(_tick(at_ms, time_zone, is_day=_is_day(course)) for at_ms in begins),
        left=tuple(max(0, course.granted - mark.spent - mark.held) for mark in marks),
        held=tuple(mark.held for mark in marks),
        spent=tuple(after - before for before, after in pairwise(charged)),
        reached=(now_ms - past[-1]) / (ends_ms - past[-1]),
    )


def left_of(course: BudgetCourse) -> int:
    """What may still be held of it."""
    return max(0, course.granted - course.now.spent - course.now.held)


def parts_of(course: BudgetCourse, time_zone: str) -> list[int]:
    """When the days of the period begin, or the hours of a period of one day."""
    period = course.period
    if _is_day(course):
        return list(range(period.start_ms, period.end_ms, HOUR_MS))
    begins, at_ms = [], period.start_ms
    while at_ms < period.end_ms:
        begins.append(at_ms)
        at_ms = period_of(at_ms, "day", time_zone).end_ms
    return begins


def _is_day(course: BudgetCourse) -> bool:
    return course.period.end_ms - course.period.start_ms <= LONGEST_DAY_MS


def _tick(at_ms: int, time_zone: str, *, is_day: bool) -> str:
    at = datetime.fromtimestamp(at_ms / SECOND_MS, UTC).astimezone(ZoneInfo(time_zone))
    return f"{at:%H:%M}" if is_day else f"{at.day} {at:%b}"


def _range(label: str, spread: Spread) -> Range:
    note = f"{text.duration(spread.half_s)} · {text.duration(spread.most_s)}"
    return Range(f"{label} ({spread.jobs:,})", spread.half_s, spread.most_s, note)


def _name(member: TopMember, names: Mapping[int, str]) -> str:
    if member.user_id is None:
        return "a former member"
    return text.plain_line(names.get(member.user_id, ""), NAME_CHARS)
