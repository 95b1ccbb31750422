"""The scripts measure what they say: each of their parts on a few jobs. How long it took is asked of nobody."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from benchmarks import __main__ as runner
from benchmarks.answer import ask_at, card_sizes, street
from benchmarks.crowd import Crowd, Mix
from benchmarks.house import Bot, Segmind, town
from benchmarks.life import live
from benchmarks.numbers import Spread, quantile
from benchmarks.report import Target, table
from benchmarks.reserve import Bench
from benchmarks.restart import starts
from klapper.database.sqlite import SqliteDatabase
from klapper.ledger.audit import audit
from sandbox.processes import Children

WAITING = "SELECT COUNT(*) AS jobs, COUNT(DISTINCT message_id) AS cards FROM jobs JOIN cards USING (job_id)"


def test_a_quantile_is_the_smallest_value_that_its_share_does_not_exceed() -> None:
    ordered = [float(value) for value in range(1, 101)]
    assert [quantile(ordered, share) for share in (0.0, 0.5, 0.99, 1.0)] == [1, 50, 99, 100]
    assert Spread.of(reversed(ordered)) == Spread(100, 50, 95, 99, 100)
    with pytest.raises(ValueError, match="nothing was measured"):
        quantile([], 0.5)


@pytest.mark.parametrize(("measured", "at_least", "met"), [(2.0, False, True), (2.1, False, False), (2.1, True, True)])
def test_a_target_says_whether_it_is_met(measured: float, at_least: bool, met: bool) -> None:
    target = Target("a thing", 2.0, measured, "x", at_least=at_least)
    assert target.is_met is met
    assert ("not met" in target.line()) is not met


def test_numbers_in_a_table_have_three_digits_that_count() -> None:
    assert table(["a", "b"], [["x", 0.12345], [1234.5, 12.345]]).splitlines()[2:] == [
        "| x | 0.123 |",
        "| 1234 | 12.3 |",
    ]


def test_the_report_has_every_script_that_there_is_and_names_the_machine_by_its_cores(tmp_path: Path) -> None:
    (tmp_path / "reserve.py").touch()
    assert runner.present(["answer", "reserve"], tmp_path) == ["reserve"]
    assert {"answer", "life", "reserve", "restart"} <= set(runner.present())
    text = runner.report(["## One", "## Two"], cores=4, python="3.11.9")
    assert "4 cores and Python 3.11.9" in text
    assert text.endswith("## One\n\n## Two\n")


async def test_the_same_requests_are_reserved_three_ways(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    await bench.prepare(members=2)
    found = await bench.round(callers=3, jobs=6)
    assert len(found.waits_ms) == 6
    rows = {}
    for name in ("recorded", "klapper", "raw"):
        async with SqliteDatabase.open(tmp_path / f"{name}.db") as database, database.read() as tx:
            row = await tx.one("SELECT (SELECT COUNT(*) FROM jobs), (SELECT COUNT(*) FROM transfers) AS transfers")
            rows[name] = tuple(row[key] for key in row.keys()) if row else ()  # noqa: SIM118
    assert rows["recorded"] == rows["klapper"] == rows["raw"]
    assert rows["raw"][0] == 8


async def test_both_bots_are_asked_and_their_answers_timed(tmp_path: Path) -> None:
    async with street(tmp_path) as pair:
        assert len(await ask_at(pair.floor, 50, 3)) == 3
        waits_ms = await ask_at(pair.klapper, 50, 3)
        assert len(waits_ms) == 3
        assert min(waits_ms) > 0
        floor, klapper = card_sizes(pair)
    assert 0.7 < floor / klapper < 1.4, (floor, klapper)


async def test_a_wave_of_jobs_ends_as_clips_with_what_they_cost(tmp_path: Path) -> None:
    [wave] = await live(tmp_path, 1, 2, run_time_s=0.1, calm_s=0.5)
    assert wave.jobs == 2
    assert wave.cpu_ms > 0
    assert 1 <= wave.edits <= wave.most_edits


async def test_a_crowd_has_its_jobs_its_cards_and_books_that_add_up(tmp_path: Path) -> None:
    async with Children() as children, town(members=3) as place:
        segmind = await Segmind.start(children, tmp_path, run_time_s=1000.0)
        bot = Bot.beside(tmp_path, place.server, segmind)
        await Crowd(bot, place, segmind, models=2).fill(Mix(waiting=7, queued=2, processing=1))
    async with SqliteDatabase.open(bot.database) as database, database.read() as tx:
        row = await tx.one(WAITING)
        states = {
            row["status"]: row["jobs"] for row in await tx.all("SELECT status, COUNT(*) AS jobs FROM jobs GROUP BY 1")
        }
        books = await audit(tx)
    assert row is not None
    assert (row["jobs"], row["cards"]) == (10, 10)
    assert states == {"waiting": 7, "queued": 2, "processing": 1}
    assert list(books.violations) == []


async def test_a_start_is_timed_until_discord_and_the_tracker_are_ready(tmp_path: Path) -> None:
    [start] = await asyncio.wait_for(starts(tmp_path, Mix(waiting=2, queued=1, processing=0), 1), 60)
    assert start.discord_s > 0
    assert start.ready_s > 0
