"""What a member gets of their data: all of it, nothing of anybody else's, and no page of it holds others up."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from klapper.moderation.rules import NOWHERE
from klapper.services.own_data import ROWS_AT_ONCE
from tests.unit.services.forgotten import MARK, a_past, delete
from tests.unit.services.moved import grant
from tests.unit.services.reported import REVIEWS, delivered, report
from tests.unit.services.world import ANN, BOB, GUILD, OTHER_GUILD, World

MUCH = 10 * 1024 * 1024
MODERATOR, MANAGER = 77, 78


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    sections: dict[str, Any] = {
        "credits": {"default_allowance": 100_000, "bot_budget_per_day": 0},
        "limits": {"waiting_per_member": 0},
    }
    async with World.open(tmp_path / "world", **sections) as world:
        async with world.database.write() as tx:
            await world.klapper.guild_rules.set_channels(tx, GUILD, review=REVIEWS, audit=None)
        yield world
    assert world.crashes.seen == []


async def exported(world: World, user_id: int = ANN, guild_id: int = GUILD) -> dict[str, Any]:
    found = await world.klapper.privacy.export(guild_id, user_id, NOWHERE, limit_bytes=MUCH)
    assert found.content is not None
    plain = json.loads(found.content)
    assert isinstance(plain, dict)
    return plain


async def test_everything_that_a_member_wrote_is_in_it(world: World) -> None:
    jobs = await a_past(world)
    plain = await exported(world)
    assert {job["job"] for job in plain["jobs"]} == {job.job_id for job in jobs}
    first = plain["jobs"][0]
    assert first["request"]["asked"]["prompt"] == f"a fox {MARK}"
    assert first["request"]["asked"]["negative_prompt"] == f"no {MARK}"
    assert [event["to"] for event in first["history"]][-1] == "succeeded"
    assert first["delivery"]["state"] == "delivered"
    on_disk = world.klapper.shelf.size_bytes(first["job"])
    assert first["clip"] == {"file": f"outputs/{first['job']}.mp4", "bytes": on_disk}
    assert [image["sha256"] for image in plain["images"] if image["is_kept"]] == first["images"]
    assert plain["drafts"][0]["request"]["prompt"] == f"begun {MARK}"
    assert plain["refused_requests"][-1]["request"]["prompt"] == f"a peg too {MARK}"
    assert [one["your_words"] for one in plain["reports"]] == [f"it is me {MARK}"]
    assert f"of wood {MARK}" in [one["your_words"] for one in plain["audit_about_you"]]
    assert plain["choices"]["notify"] == "dm"
    assert [strike["kind"] for strike in plain["strikes"]] == ["provider", "moderator"]


async def test_the_movements_are_those_of_the_books_and_add_up_to_the_balance(world: World) -> None:
    await a_past(world)
    plain = await exported(world)
    rows = await world.rows(
        "SELECT seq, kind, amount, job_id FROM transfers WHERE debit_account IN ('allowance:1', 'bonus:1')"
        " OR credit_account IN ('allowance:1', 'bonus:1') ORDER BY seq"
    )
    assert [(one["number"], one["kind"], one["credits"], one["job"]) for one in plain["movements"]] == rows
    sign = {"grant": 1, "refund": 1, "settle": -1, "expire": -1}
    left = sum(sign.get(one["kind"], 0) * one["credits"] for one in plain["movements"])
    assert left == plain["balance"]["allowance"] + plain["balance"]["bonus"]


async def test_what_moderators_told_them_is_in_it_and_what_they_wrote_for_themselves_is_not(world: World) -> None:
    jobs = await a_past(world)
    await world.klapper.members.block(GUILD, ANN, by=MODERATOR, words="for moderators only")
    await world.klapper.members.pause(GUILD, ANN, by=MODERATOR, hours=5, words="also for them only")
    plain = await exported(world)
    cases = [case for job in plain["jobs"] for case in job["cases"]]
    assert sorted(case["words_to_you"] for case in cases) == [f"not here {MARK}", f"not this {MARK}"]
    assert plain["block"]["since"] < plain["pause"]["until"]
    assert "for moderators only" not in json.dumps(plain)
    assert "also for them only" not in json.dumps(plain)
    assert len(jobs) == len(plain["jobs"])


async def test_nobody_else_is_in_it(world: World) -> None:
    await a_past(world)
    await grant(world, 50, by=MANAGER, interaction_id=1_000_000, words="for the badger")
    reported = await delivered(world, "a badger")
    await report(world, reported, by=BOB, words="Bob finds it ugly")
    plain = await exported(world)
    assert "for the badger" in [one["words_to_you"] for one in plain["audit_about_you"]]
    text = json.dumps(plain)
    others = await world.rows("SELECT member_ref, discord_user_id FROM members WHERE discord_user_id <> :ann", ann=ANN)
    assert {row[1] for row in others} >= {BOB, MODERATOR, MANAGER}
    for ref, user_id in others:
        assert re.search(rf"\b{user_id}\b|member:{ref}\b", text) is None
    assert "Bob finds it ugly" not in text
    assert "of somebody else" not in text
    assert plain["who"] == {
        "guild_id": str(GUILD),
        "discord_user_id": str(ANN),
        "member": 1,
        "since": "2023-11-14T22:13:20Z",
    }


async def test_of_a_guild_only_what_was_there(world: World) -> None:
    await world.submit("here")
    await world.submit("elsewhere", guild_id=OTHER_GUILD)
    assert [job["request"]["asked"]["prompt"] for job in (await exported(world))["jobs"]] == ["here"]


async def test_a_past_of_many_pages_is_whole_and_in_order(world: World) -> None:
    job = await world.submit()
    await clones(world, job.job_id, 2 * ROWS_AT_ONCE + 1)
    plain = await exported(world)
    named = [one["job"] for one in plain["jobs"]]
    assert len(named) == len(set(named)) == 2 * ROWS_AT_ONCE + 2
    assert [one["asked_at"] for one in plain["jobs"]] == sorted(one["asked_at"] for one in plain["jobs"])


async def clones(world: World, job_id: str, copies: int) -> None:
    """The same job again and again, as if it had been asked for so often; several at each moment."""
    names = [row[0] for row in await world.rows("SELECT name FROM pragma_table_info('jobs')")]
    other = {
        "job_id": "'j' || value",
        "interaction_id": "-value",
        "created_at_ms": "created_at_ms + value / 7",
    }
    columns = ", ".join(other.get(name, name) for name in names)
    numbers = json.dumps(list(range(1, copies + 1)))
    await world.execute(
        f"INSERT INTO jobs SELECT {columns} FROM jobs, json_each(:numbers) WHERE job_id = :job_id",
        numbers=numbers,
        job_id=job_id,
    )


async def test_what_is_too_large_is_packed_and_what_is_still_too_large_is_not_sent(world: World) -> None:
    await world.submit("a fox " * 300)
    whole = await world.klapper.privacy.export(GUILD, ANN, NOWHERE, limit_bytes=MUCH)
    assert whole.content is not None
    packed = await world.klapper.privacy.export(GUILD, ANN, NOWHERE, limit_bytes=len(whole.content) - 1)
    assert packed.is_packed
    assert packed.content is not None
    assert json.loads(gzip.decompress(packed.content))["jobs"] == json.loads(whole.content)["jobs"]
    assert (await world.klapper.privacy.export(GUILD, ANN, NOWHERE, limit_bytes=100)).content is None


async def test_of_who_was_never_here_it_says_so(world: World) -> None:
    plain = await exported(world)
    assert plain["who"]["member"] is None
    assert "jobs" not in plain


async def test_after_a_deletion_only_the_books_are_left(world: World) -> None:
    await a_past(world)
    await delete(world)
    plain = await exported(world)
    assert MARK not in json.dumps(plain)
    assert plain["movements"]
    assert {job["request_is_complete"] for job in plain["jobs"]} == {False}
    assert (plain["drafts"], plain["images"], plain["refused_requests"]) == ([], [], [])
