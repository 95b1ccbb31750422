"""The numbers of charts in words, and what the charts are made of."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from klapper.charts.chart import BurnDown, DailyBars, Ranges, RankedBars
from klapper.jobs.job import TERMINAL, JobStatus
from klapper.jobs.tally import Spread
from klapper.ledger.periods import Period
from klapper.ledger.spending import BudgetCourse, BudgetMark, LateClips, TopMember
from klapper.messages import statistics_charts as charts
from klapper.messages.job_card import components
from klapper.messages.pages import VIEW_CHARS
from klapper.messages.statistics_charts import made_of
from klapper.messages.statistics_texts import ALT_CHARS, NO_LIMIT, alt_text, guild_sections, member_sections
from klapper.messages.statistics_view import build_sections
from klapper.services.statistics import DailySpending, GuildStatistics, ModelSpending

S = JobStatus
DAY_MS = 86_400_000
WEEK = Period(1_704_067_200_000, 1_704_067_200_000 + 7 * DAY_MS)  # from Monday, 2024-01-01
HUGE = 1_234_567


def days(count: int) -> tuple[date, ...]:
    return tuple(date(2024, 3, 31) - timedelta(days=before) for before in range(count - 1, -1, -1))


def spent(*totals: int, count: int = 7) -> DailySpending:
    """All of it on the last day, by models A, B, C …"""
    models = [ModelSpending(f"Model {chr(65 + n)}", (0,) * (count - 1) + (each,)) for n, each in enumerate(totals)]
    return DailySpending("UTC", days(count), tuple(models))


QUIET = GuildStatistics(DailySpending("UTC", days(30), ()), (), {}, None, {}, LateClips(0, 0), None, WEEK.start_ms)
COURSE = BudgetCourse(WEEK, 1_000, (BudgetMark(WEEK.start_ms + DAY_MS // 2, 300, 84),))
BUSY = replace(
    QUIET,
    spending=spent(840, 84),
    top=(TopMember(1001, 900, 10), TopMember(None, 24, 1)),
    outcomes={S.REFUSED: 2, S.SUCCEEDED: 11, S.FAILED: 3},
    waits=Spread(14, 4.2, 75.0),
    runs={"Model A": Spread(11, 90.4, 200.0)},
    late=LateClips(1, 84),
    budget=COURSE,
    at_ms=WEEK.start_ms + 3 * DAY_MS,
)


def said(found: GuildStatistics) -> list[str]:
    return [section.words for section in guild_sections(found, {1001: "Mira"})]


# In words


def test_every_number_of_a_guild_is_said_in_words() -> None:
    spending, top, outcomes, times, budget = said(BUSY)
    assert spending.splitlines() == [
        "**Spend per day**: 924 credits in the last 7 days",
        "- Model A: 840",
        "- Model B: 84",
        "Most on one day: 924 on 31 Mar.",
        "Besides: 1 late clip worth 84 credits, which nobody was charged for.",
        "-# Charged less what was given back, on the day of the charge; days in UTC.",
    ]
    assert top.splitlines()[1:] == ["1\\. <@1001>: 900 credits · 10 clips", "2\\. a former member: 24 credits · 1 clip"]
    assert outcomes == (
        "**Success rate**: 11 of 16 jobs that went to Segmind were made (69 %)\nNot made: 3 · Refused by Segmind: 2"
    )
    assert times.splitlines()[1:] == [
        "- waiting for a turn: half within 4 s, 9 of 10 within 1 min 15 s (14 jobs)",
        "- Model A: half within 1 min 30 s, 9 of 10 within 3 min 20 s (11 clips)",
    ]
    assert budget.startswith(
        "**Budget**: $6.16 of $10.00 is left until <t:1704672000:R>, $0.45 more than at an even pace"
    )
    assert "$3.00 charged, $0.84 reserved" in budget


def test_what_there_is_nothing_of_is_said_and_not_drawn() -> None:
    sections = guild_sections(QUIET, {})
    assert [section.chart for section in sections] == [None] * 5
    assert "nothing was charged in the last 30 days" in sections[0].words
    assert "no clip was made" in sections[1].words
    assert "no job ended" in sections[2].words
    assert "no job that was sent ended" in sections[3].words
    assert sections[4].words == NO_LIMIT
    [own] = member_sections(QUIET.spending)
    assert (own.words, own.chart) == ("You were charged nothing in the last 30 days.", None)


def test_a_member_reads_their_own_numbers() -> None:
    [own] = member_sections(replace(spent(84), time_zone="Europe/Berlin"))
    assert own.words.startswith("**You spent 84 credits in the last 7 days**\n- Model A: 84\n")
    assert own.words.endswith("days in Europe/Berlin.")
    assert own.chart is not None


def test_a_slower_budget_is_told_from_a_faster_one() -> None:
    [*_, budget] = said(replace(BUSY, at_ms=WEEK.start_ms + 2 * DAY_MS))
    assert "98 less than at an even pace" in budget


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [(0, 9, "0 %"), (1, 3, "33 %"), (9, 9, "100 %"), (1, 999, "under 1 %"), (998, 999, "over 99 %")],
)
def test_a_share_is_never_rounded_to_nothing_or_to_all(part: int, whole: int, said: str) -> None:
    assert charts.share(part, whole) == said


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_every_end_has_a_name(status: JobStatus) -> None:
    assert charts.OUTCOMES[status]


# In pictures


def test_models_beyond_the_colours_are_one_in_picture_and_words() -> None:
    spending = spent(70, 60, 50, 40, 30, 20, 10)
    chart = charts.spending_chart(spending, "Spend")
    assert chart is not None
    assert [(series.label, sum(series.values)) for series in chart.series][-2:] == [
        ("Model E", 30),
        ("other models", 30),
    ]
    assert sum(sum(series.values) for series in chart.series) == spending.total
    [own] = member_sections(spending)
    assert "- other models: 30" in own.words


def test_names_are_only_in_the_picture_and_cut() -> None:
    chart = charts.top_chart(BUSY.top, {1001: "Mira\u202e" + "W" * 80}, 30)
    assert chart is not None
    assert [bar.label for bar in chart.bars] == ["1. Mira" + "W" * 19 + "…", "2. a former member"]
    unknown = charts.top_chart(BUSY.top, {}, 30)
    assert unknown is not None
    assert unknown.bars[0].label == "1."
    assert "Mira" not in "".join(said(BUSY))


def test_a_day_s_budget_is_drawn_by_the_hour() -> None:
    day = BudgetCourse(Period(WEEK.start_ms, WEEK.start_ms + DAY_MS), 100, ())
    chart = charts.budget_chart(day, WEEK.start_ms + DAY_MS // 2, "UTC")
    assert chart is not None
    assert (len(chart.ticks), chart.ticks[12], chart.reached) == (24, "12:00", 0.0)


@pytest.mark.parametrize("count", [7, 30, 90])
def test_a_description_has_every_day_or_week(count: int) -> None:
    spending = DailySpending("UTC", days(count), (ModelSpending("Model A", tuple(range(count))),))
    chart = charts.spending_chart(spending, "Spend")
    assert chart is not None
    alt = alt_text(chart)
    assert len(alt) <= ALT_CHARS
    assert f"By model: Model A {spending.total:,}." in alt
    assert alt.endswith("31 Mar 6." if count == 7 else "31 Mar 29." if count == 30 else "25 Mar 602.")


def test_descriptions_have_the_numbers_of_each_kind() -> None:
    alts = [alt_text(section.chart) for section in guild_sections(BUSY, {1001: "Mira"}) if section.chart is not None]
    kinds = [type(section.chart) for section in guild_sections(BUSY, {})]
    assert kinds == [DailyBars, RankedBars, RankedBars, Ranges, BurnDown]
    assert "Model A 840, Model B 84" in alts[0]
    assert "1. Mira: 900 credits · 10 clips" in alts[1]
    assert "Made: 11 · 69 %" in alts[2]
    assert "Model A (11): half within 1 min 30 s, nine of ten within 3 min 20 s" in alts[3]
    assert "$3.00 of $10.00 charged, $0.84 reserved, $6.16 left" in alts[4]
    assert "Charged: 1 Jan $3.00" in alts[4]


def test_the_longest_answer_is_one_message() -> None:
    models = tuple(ModelSpending(f"{number}" * 60, (HUGE,) * 90) for number in range(9))
    found = replace(
        BUSY,
        spending=DailySpending("UTC", days(90), models),
        top=tuple(TopMember(2**63 + number, HUGE, HUGE) for number in range(10)),
        outcomes=dict.fromkeys(TERMINAL, HUGE),
        runs={f"{number}" * 30: Spread(HUGE, 9e6, 9e6) for number in range(40)},
    )
    sections = guild_sections(found, {2**63 + number: "W" * 32 for number in range(10)})
    message, files = build_sections(sections, [b"png"] * 5)
    assert sum(len(section.words) for section in sections) > VIEW_CHARS
    shown = [item["content"] for item in components(message) if "content" in item]
    assert sum(map(len, shown)) <= VIEW_CHARS
    assert [len(file.description or "") <= ALT_CHARS for file in files] == [True] * 5


def test_what_people_took_back_or_declined_is_no_failure() -> None:
    outcomes = {JobStatus.SUCCEEDED: 7, JobStatus.CANCELLED: 3, JobStatus.REJECTED: 1}
    assert made_of(outcomes) == "7 of 7 jobs that went to Segmind were made (100 %)"
    assert made_of({JobStatus.CANCELLED: 3}) == "no job went to Segmind"
