"""What statistics and histories read goes by an index: a long past of other guilds slows nobody."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from klapper.database.queries import load_queries
from tests.databases import new_database

QUERIES = {
    "klapper.ledger": (
        "last_charges",
        "member_change_since",
        "member_lines",
        "member_movements",
        "members_of_guild",
        "stat_budget_moves",
        "stat_guild_spending",
        "stat_late_clips",
        "stat_member_spending",
        "stat_period_begins",
        "stat_top_members",
    ),
    "klapper.jobs": ("reachable_cards", "stat_outcomes", "stat_runs", "stat_waits"),
}
TABLES = ("transfers", "jobs", "job_events", "reservations", "reservation_legs", "legs", "members", "cards", "accounts")


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    path = new_database(tmp_path_factory.mktemp("schema") / "klapper.db")
    with closing(sqlite3.connect(path)) as connection:
        yield connection


@pytest.mark.parametrize(("package", "name"), [(package, name) for package in QUERIES for name in QUERIES[package]])
def test_nothing_is_read_from_end_to_end(schema: sqlite3.Connection, package: str, name: str) -> None:
    sql = load_queries(package)[name]
    params = dict.fromkeys(re.findall(r":([a-z0-9_]+)", sql), 0) | {"days": "[]", "job_ids": "[]"}
    plan = [row[3] for row in schema.execute(f"EXPLAIN QUERY PLAN {sql}", params)]
    assert any(step.startswith("SEARCH") for step in plan)
    # `SCAN legs` in a plan of movements is of those that were found by index.
    scanned = [step for step in plan if re.match(rf"SCAN (?:{'|'.join(TABLES)})\b", step)]
    assert scanned == (["SCAN legs"] if name == "member_movements" else [])


@pytest.mark.parametrize("name", ["stat_guild_spending", "stat_top_members", "stat_late_clips"])
def test_a_guilds_figures_read_the_asked_days_alone(schema: sqlite3.Connection, name: str) -> None:
    sql = load_queries("klapper.ledger")[name]
    params = dict.fromkeys(re.findall(r":([a-z0-9_]+)", sql), 0) | {"days": "[]"}
    [step] = [row[3] for row in schema.execute(f"EXPLAIN QUERY PLAN {sql}", params) if " jobs " in f"{row[3]} "]
    assert step.endswith("INDEX jobs_of_guild_by_end (guild_id=? AND finished_at_ms>? AND finished_at_ms<?)")
