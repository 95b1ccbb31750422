"""`jobs`: what an operator needs to see, on a narrow console too."""

from __future__ import annotations

import io
import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from klapper.jobs.job import Job, JobStatus, Price
from klapper.jobs.pauses import ProviderPause
from klapper.ops.job_report import DeliveryNote, JobsReport, PausedGuild, jobs_json, print_jobs, read_jobs
from tests.databases import new_database

ROWS = """
INSERT INTO members (member_ref, guild_id, discord_user_id, created_at_ms) VALUES (1, 42, 7, 0);
INSERT INTO decisions (decision_id, guild_id, member_ref, content_hash, verdict, rule, at_ms)
VALUES (1, 42, 1, 'x', 'allowed', 'none', 0);
INSERT INTO jobs (job_id, interaction_id, guild_id, channel_id, member_ref, decision_id, request, slug, body_hash,
    deliver_to, price_credits, budget_units, provider_cost_micro_usd, price_version, status, created_at_ms,
    status_at_ms, waiting_since_ms, not_before_ms)
    VALUES ('aaaaaaaa', 1, 42, 1, 1, 1, '{}', 'slug', 'x', 'here', 1, 1, 1, 'v', 'succeeded', 0, 0, 0, 0),
           ('bbbbbbbb', 2, 42, 1, 1, 1, '{}', 'slug', 'x', 'here', 1, 1, 1, 'v', 'succeeded', 1, 1, 1, 1);
INSERT INTO deliveries (job_id, state, reason, way, not_before_ms, since_ms)
    VALUES ('aaaaaaaa', 'undeliverable', 'unreachable', '', 0, 0), ('bbbbbbbb', 'delivered', '', 'linked', 0, 0);
INSERT INTO guild_pauses VALUES (42, 'member:1', 5);
"""


def job(job_id: str = "k7m2p9xd") -> Job:
    return Job(
        job_id=job_id,
        interaction_id=1,
        guild_id=1_234_567_890_123_456_789,
        channel_id=1,
        member_ref=1,
        user_id=987_654_321,
        decision_id=1,
        request="a secret prompt",
        sent_body="a secret prompt",
        slug="kling-3-standard-text2video",
        body_hash="x",
        deliver_to="here",
        price=Price(84, 84, 840_000, "v"),
        status=JobStatus.SUCCEEDED,
        created_at_ms=0,
        status_at_ms=1_700_000_000_000,
        waiting_since_ms=0,
        not_before_ms=0,
        reason="completed",
        request_id="11111111-2222-3333-4444-555555555555",
    )


REPORT = JobsReport(
    unfinished=[],
    recent=[job()],
    unreached=[job()],
    deliveries={"k7m2p9xd": DeliveryNote("undeliverable", "unreachable", "")},
    pauses=[ProviderPause("all", "bad_key", 0)],
    guild_pauses=[PausedGuild(77, 0), PausedGuild(78, 0, by_klapper=True)],
)


def printed(report: JobsReport, media: Path, *, width: int) -> str:
    console = Console(file=io.StringIO(), width=width)
    print_jobs(report, media, console=console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_job_is_readable_in_80_columns(tmp_path: Path) -> None:
    text = printed(REPORT, tmp_path, width=80)
    [row] = [line for line in text.splitlines() if "k7m2p9xd" in line]
    assert row.split() == ["k7m2p9xd", "succeeded", "11-14", "22:13", "3-standard-text2video", "undeliverable"]
    assert "unreachable" in text


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        ("released_by_operator", JobStatus.ABANDONED),
        ("connection_broken", JobStatus.UNKNOWN),
        ("waited_too_long", JobStatus.EXPIRED),
        ("provider_failed", JobStatus.FAILED),
    ],
)
def test_a_reason_is_in_one_piece_in_80_columns(tmp_path: Path, reason: str, status: JobStatus) -> None:
    failed = replace(job(), slug="kling-3-standard-image2video", status=status, reason=reason)
    report = replace(REPORT, recent=[failed], deliveries={})
    assert reason in printed(report, tmp_path, width=80)


def test_a_job_without_a_clip_has_its_reason_there(tmp_path: Path) -> None:
    assert "completed" in printed(replace(REPORT, deliveries={}), tmp_path, width=80)


@pytest.mark.parametrize(("width", "shown"), [(139, False), (200, True)])
def test_ids_are_shown_where_there_is_room(tmp_path: Path, width: int, shown: bool) -> None:
    text = printed(REPORT, tmp_path, width=width)
    assert (("1234567890123456789" in text), ("request id" in text)) == (shown, shown)


def test_a_clip_that_reached_nobody_is_named_while_it_is_kept(tmp_path: Path) -> None:
    clip = tmp_path / "outputs" / "k7m2p9xd.mp4"
    assert "Reached nobody" not in printed(REPORT, tmp_path, width=80)
    clip.parent.mkdir()
    clip.touch()
    shown = printed(REPORT, tmp_path, width=80)
    assert f"Reached nobody: k7m2p9xd of Discord user 987654321; send its clip yourself: {clip}" in shown


def test_pauses_of_segmind_and_of_guilds_are_shown(tmp_path: Path) -> None:
    text = printed(REPORT, tmp_path, width=80)
    assert "Paused: all (bad_key)" in text
    assert "Paused by its managers: guild 77" in text
    assert "Paused because Segmind refused too much of it: guild 78" in text


def test_json_has_the_delivery_and_nothing_of_the_members() -> None:
    text = jobs_json(REPORT)
    [found] = json.loads(text)["recent"]
    assert found["delivery"] == {"state": "undeliverable", "reason": "unreachable", "way": ""}
    assert "secret prompt" not in text
    assert "987654321" not in text


async def test_the_report_is_read_from_the_database(tmp_path: Path) -> None:
    path = new_database(tmp_path / "klapper.db")
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(ROWS)
    report = await read_jobs(path)
    assert [found.job_id for found in report.recent] == ["bbbbbbbb", "aaaaaaaa"]
    assert [found.job_id for found in report.unreached] == ["aaaaaaaa"]
    assert report.deliveries["bbbbbbbb"] == DeliveryNote("delivered", "", "linked")
    assert report.guild_pauses == [PausedGuild(42, 5)]
