"""Statements that no test of the services may happen to run are at least valid ones."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator

import pytest

from klapper.database.queries import load_queries
from tests.databases import new_database

PACKAGES = ("klapper.jobs", "klapper.moderation", "klapper.ledger", "klapper.privacy", "klapper.segmind")
QUERIES = [(package, name) for package in PACKAGES for name in sorted(load_queries(package).names())]


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    path = new_database(tmp_path_factory.mktemp("schema") / "klapper.db")
    connection = sqlite3.connect(path)
    yield connection
    connection.close()


@pytest.mark.parametrize(("package", "name"), QUERIES)
def test_every_statement_fits_the_schema(schema: sqlite3.Connection, package: str, name: str) -> None:
    sql = load_queries(package)[name]
    params = dict.fromkeys(re.findall(r":([a-z0-9_]+)", sql), 0)
    assert schema.execute(f"EXPLAIN {sql}", params).fetchall()


HOT = (
    "abandoned_jobs",
    "billed_jobs",
    "counts",
    "in_flight",
    "measured_jobs",
    "next_to_send",
    "full_members",
    "next_wake",
    "occupying",
    "of_retired_models",
    "overdue",
    "permits_of_waiting",
    "requests_of_jobs",
    "sent_jobs",
    "unclear_jobs",
    "unsent_of_guild",
    "waiting_by_permit",
    "waiting_line",
    "waiting_of_member",
)


@pytest.mark.parametrize("name", HOT)
def test_what_is_asked_at_every_tick_does_not_read_every_job_ever_made(schema: sqlite3.Connection, name: str) -> None:
    plan = _plan(schema, "klapper.jobs", name)
    assert plan
    assert [step for step in plan if re.match(r"SCAN jobs\b", step)] == []


@pytest.mark.parametrize(
    ("name", "way"),
    [
        ("in_flight", "jobs_by_status (status=?)"),
        ("next_wake", "jobs_not_before (not_before_ms>?)"),
        ("overdue", "jobs_waiting_since (waiting_since_ms<?)"),
        ("unclear_jobs", "jobs_by_status (status=?)"),
        ("waiting_of_member", "jobs_waiting_of_member (member_ref=?)"),
    ],
)
def test_what_is_asked_at_every_step_reads_neither_the_whole_line_nor_a_member_s_whole_past(
    schema: sqlite3.Connection, name: str, way: str
) -> None:
    [found] = [step for step in _plan(schema, "klapper.jobs", name) if re.match(r"(SEARCH|SCAN) jobs\b", step)]
    assert re.fullmatch(rf"SEARCH jobs USING (COVERING )?INDEX {re.escape(way)}", found)


LONG = r"(jobs|job_events|transfers|decisions|audit|cases|cards|deliveries|members|strikes|reports|accounts)"


@pytest.mark.parametrize("name", sorted(load_queries("klapper.privacy").names()))
def test_what_is_about_one_member_reads_nobody_else_s(schema: sqlite3.Connection, name: str) -> None:
    """But `forgettings` and open deliveries, which are few, and the images and drafts of some days."""
    plan = [step for step in _plan(schema, "klapper.privacy", name) if not step.endswith("INDEX deliveries_open")]
    assert [step for step in plan if re.match(rf"SCAN {LONG}\b", step)] == []


@pytest.mark.parametrize(
    ("name", "way"),
    [
        ("member_by_mark", "SEARCH members USING COVERING INDEX member_who_returns (returns_as=?)"),
        ("member_by_user", "SEARCH members USING COVERING INDEX member_of_guild (guild_id=? AND discord_user_id=?)"),
    ],
)
def test_who_somebody_is_is_one_look(schema: sqlite3.Connection, name: str, way: str) -> None:
    assert _plan(schema, "klapper.ledger", name) == [way]


BALANCE = [
    ("klapper.quotas", "quota"),
    ("klapper.quotas", "member_quotas"),
    ("klapper.quotas", "count_member_quotas"),
    *(("klapper.ledger", name) for name in ("account", "came_back", "last_charges", "member_by_user")),
    *(("klapper.jobs", name) for name in ("waiting_of_member", "guild_pause")),
]


@pytest.mark.parametrize(("package", "name"), BALANCE)
def test_a_balance_and_a_refusal_read_no_table_from_end_to_end(
    schema: sqlite3.Connection, package: str, name: str
) -> None:
    plan = _plan(schema, package, name)
    assert [step for step in plan if re.match(r"SCAN (?!CONSTANT ROW|\(?subquery|json_each)", step)] == []


def _plan(schema: sqlite3.Connection, package: str, name: str) -> list[str]:
    sql = load_queries(package)[name]
    params = dict.fromkeys(re.findall(r":([a-z0-9_]+)", sql), 0)
    return [row[3] for row in schema.execute(f"EXPLAIN QUERY PLAN {sql}", params)]


def test_the_bill_reads_the_jobs_of_its_days_and_no_others(schema: sqlite3.Connection) -> None:
    plan = _plan(schema, "klapper.jobs", "billed_jobs")
    assert "SEARCH jobs USING INDEX jobs_by_posting (slug=? AND posted_at_ms>? AND posted_at_ms<?)" in plan
    assert [step for step in plan if re.match(r"SCAN (jobs|transfers|reservations)\b", step)] == []
    [ids] = [
        step for step in _plan(schema, "klapper.jobs", "requests_of_jobs") if re.match(r"(SEARCH|SCAN) jobs\b", step)
    ]
    assert ids == "SEARCH jobs USING INDEX job_of_bare_request (<expr>=?)"
