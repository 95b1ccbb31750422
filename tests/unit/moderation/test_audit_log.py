"""The audit is found by what it is about, newest first, without a walk through all of it."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest

from klapper.database.queries import load_queries
from klapper.moderation.audit import Action, Entry, Wanted
from tests.databases import new_database
from tests.unit.services.world import GUILD, OTHER_GUILD, World

ANN, BOB = 1, 2  # members' references
MAX = "member:7"


async def write(world: World, *entries: Entry) -> None:
    async with world.database.write() as tx:
        for entry in entries:
            await world.klapper.audit.add(tx, entry)


async def found(world: World, **wanted: Any) -> list[int]:
    """The moments of the entries, newest first."""
    fields: dict[str, Any] = {"guild_id": GUILD} | wanted
    search = Wanted(**fields)
    async with world.database.read() as tx:
        logged = await world.klapper.audit.search(tx, search, rows=100)
        assert await world.klapper.audit.count(tx, search) == len(logged)
    return [one.entry.at_ms for one in logged]


def entry(at_ms: int, action: Action = Action.REQUEST_REFUSED, **more: Any) -> Entry:
    fields: dict[str, Any] = {"guild_id": GUILD, "actor": "klapper"} | more
    return Entry(at_ms=at_ms, action=action, **fields)


ENTRIES = (
    entry(1, member_ref=ANN, rule="guild_term", detail="knife"),
    entry(2, Action.MEMBER_BLOCKED, actor=MAX, member_ref=ANN, words="100% of them were bad_words"),
    entry(3, Action.REVIEW_REJECTED, actor=MAX, member_ref=BOB, job_id="k7m2p9xd", words="Too dark."),
    entry(4, Action.MODE_CHANGED, actor=MAX, detail="review"),
    entry(5, member_ref=ANN, guild_id=OTHER_GUILD),
)

SEARCHES: list[tuple[dict[str, Any], list[int]]] = [
    ({}, [4, 3, 2, 1]),
    ({"guild_id": OTHER_GUILD}, [5]),
    ({"guild_id": 44}, []),
    ({"member_ref": ANN}, [2, 1]),
    ({"member_ref": ANN, "guild_id": OTHER_GUILD}, [5]),
    ({"actor": MAX}, [4, 3, 2]),
    ({"actor": "klapper"}, [1]),
    ({"action": Action.MEMBER_BLOCKED}, [2]),
    ({"member_ref": ANN, "actor": MAX}, [2]),
    ({"member_ref": ANN, "action": Action.REQUEST_REFUSED}, [1]),
    ({"member_ref": BOB, "actor": MAX, "action": Action.MEMBER_BLOCKED}, []),
    ({"actor": MAX, "action": Action.MODE_CHANGED}, [4]),
    ({"words": ("knife",)}, [1]),
    ({"words": ("KNIFE", "guild_term")}, [1]),
    ({"words": ("knife", "dark")}, []),
    ({"words": ("k7m2p9xd",)}, [3]),
    ({"words": ("mode_ch",)}, [4]),
    ({"words": ("100%",)}, [2]),
    ({"words": ("1%m",)}, []),
    ({"words": ("d_words",)}, [2]),
    ({"words": ("badxwords",)}, []),
    ({"words": ("\\",)}, []),
    ({"actor": MAX, "words": ("dark",)}, [3]),
    ({"since_ms": 2, "until_ms": 3}, [3, 2]),
    ({"member_ref": ANN, "since_ms": 2}, [2]),
    ({"actor": MAX, "until_ms": 3}, [3, 2]),
]


@pytest.mark.parametrize(("wanted", "at_ms"), SEARCHES, ids=str)
async def test_entries_are_found_by_what_they_are_about(world: World, wanted: dict[str, Any], at_ms: list[int]) -> None:
    await write(world, *ENTRIES)
    assert await found(world, **wanted) == at_ms


async def test_entries_of_one_moment_are_in_the_order_in_which_they_were_written(world: World) -> None:
    await write(world, *(entry(1, detail=f"{number}") for number in range(5)))
    async with world.database.read() as tx:
        pages = [await world.klapper.audit.search(tx, Wanted(guild_id=GUILD), skip=n, rows=2) for n in (0, 2, 4)]
    assert [[one.entry.detail for one in page] for page in pages] == [["4", "3"], ["2", "1"], ["0"]]


async def test_a_decision_says_under_which_rules_it_was_made(world: World) -> None:
    await world.submit("a fox")
    async with world.database.read() as tx:
        [logged] = await world.klapper.audit.search(tx, Wanted(guild_id=GUILD))
    assert (logged.entry.action, logged.rules_version) == (Action.REQUEST_ALLOWED, 0)
    await write(world, entry(world.clock.now_ms() + 1, Action.MODE_CHANGED))
    async with world.database.read() as tx:
        assert (await world.klapper.audit.search(tx, Wanted(guild_id=GUILD)))[0].rules_version is None


# How they are found


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    path = new_database(tmp_path_factory.mktemp("schema") / "klapper.db")
    connection = sqlite3.connect(path)
    yield connection
    connection.close()


WAYS = {
    "guild": "audit_by_guild (guild_id=? AND at_ms>? AND at_ms<?)",
    "member": "audit_by_member (member_ref=? AND at_ms>? AND at_ms<?)",
    "actor": "audit_by_actor (guild_id=? AND actor=? AND at_ms>? AND at_ms<?)",
    "action": "audit_by_action (guild_id=? AND action=? AND at_ms>? AND at_ms<?)",
}
POSTING = "audit_unposted (guild_id=?"


@pytest.mark.parametrize(
    ("name", "way"),
    [
        *((f"entries_of_{name}", way) for name, way in WAYS.items()),
        *((f"count_of_{name}", way) for name, way in WAYS.items()),
        ("guilds_to_post", POSTING),
        ("unposted_entries", POSTING),
        ("begin_batch", POSTING),
        ("batch_posted", POSTING),
        ("drop_unposted", POSTING),
    ],
)
def test_no_search_walks_through_the_whole_audit_or_sorts_it(schema: sqlite3.Connection, name: str, way: str) -> None:
    sql = load_queries("klapper.moderation")[name]
    params = dict.fromkeys(re.findall(r":([a-z_]+)", sql), 0)
    plan = [row[3] for row in schema.execute(f"EXPLAIN QUERY PLAN {sql}", params)]
    [step] = [step for step in plan if re.match(r"(SEARCH|SCAN) audit\b", step)]
    assert step.startswith("SEARCH audit USING")
    assert way in step
    assert [step for step in plan if "TEMP B-TREE" in step] == []
