"""What moderators find in the audit of their guild."""

from __future__ import annotations

from typing import Any

import pytest

from klapper.clock import DAY_MS, SECOND_MS
from klapper.moderation.audit import Action
from klapper.moderation.rules import RoleRule
from klapper.services.audit_desk import MOST_EXPORTED, AuditSearch
from tests.unit.services.audits import member, write
from tests.unit.services.world import ANN, BOB, CYD, GUILD, OTHER_GUILD, World

DAY_S = DAY_MS / SECOND_MS

SEARCHES: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["paused", "blocked", "refused"]),
    ({"member_id": ANN}, ["blocked", "refused"]),
    ({"member_id": BOB}, []),
    ({"member_id": CYD}, []),
    ({"moderator_id": BOB}, ["paused", "blocked"]),
    ({"moderator_id": CYD}, []),
    ({"moderator_id": CYD, "member_id": ANN}, []),
    ({"by_klapper": True}, ["refused"]),
    ({"action": Action.GUILD_PAUSED}, ["paused"]),
    ({"words": "enough block"}, ["blocked"]),
    ({"days": 1}, ["paused", "blocked"]),
    ({"days": 2}, ["paused", "blocked", "refused"]),
]


async def busy(world: World) -> None:
    ann, bob = await member(world, ANN), await member(world, BOB)
    await write(world, "refused", member_ref=ann, action=Action.REQUEST_REFUSED)
    await world.clock.jump(1.5 * DAY_S)
    await write(world, "blocked", member_ref=ann, actor=f"member:{bob}", action=Action.MEMBER_BLOCKED, words="Enough.")
    await write(world, "paused", actor=f"member:{bob}", action=Action.GUILD_PAUSED)


@pytest.mark.parametrize(("search", "found"), SEARCHES, ids=str)
async def test_a_search_names_people_as_discord_does(world: World, search: dict[str, Any], found: list[str]) -> None:
    await busy(world)
    lines = await world.klapper.audit_desk.find(GUILD, AuditSearch(**search))
    assert [line.logged.entry.detail for line in lines] == found
    exported = await world.klapper.audit_desk.export(GUILD, AuditSearch(**search))
    assert (list(exported.lines), exported.left_out) == (list(lines), 0)


async def test_nobody_finds_an_entry_of_another_guild(world: World) -> None:
    await busy(world)
    assert await world.klapper.audit_desk.find(OTHER_GUILD, AuditSearch()) == []
    assert await world.klapper.audit_desk.find(OTHER_GUILD, AuditSearch(member_id=ANN)) == []


async def test_who_is_forgotten_is_named_by_nobody(world: World) -> None:
    await busy(world)
    await world.execute("UPDATE members SET discord_user_id = NULL")
    lines = await world.klapper.audit_desk.find(GUILD, AuditSearch())
    assert [(line.actor_id, line.member_id) for line in lines] == [(None, None)] * 3


async def test_pages_follow_each_other(world: World) -> None:
    await write(world, *"12345")
    desk = world.klapper.audit_desk
    pages = [await desk.find(GUILD, AuditSearch(), skip=skip, rows=2) for skip in (0, 2, 4)]
    assert [[line.logged.entry.detail for line in page] for page in pages] == [["5", "4"], ["3", "2"], ["1"]]


async def test_an_export_says_how_many_entries_it_leaves_out(world: World) -> None:
    await write(world, *map(str, range(MOST_EXPORTED + 2)))
    exported = await world.klapper.audit_desk.export(GUILD, AuditSearch())
    assert (len(exported.lines), exported.left_out) == (MOST_EXPORTED, 2)
    assert exported.lines[-1].logged.entry.detail == "2"


async def test_a_reviewer_is_who_has_a_role_that_reviews(world: World) -> None:
    async with world.database.write() as tx:
        await world.klapper.guild_rules.set_role(tx, GUILD, 5, RoleRule(reviews=True))
        await world.klapper.guild_rules.set_role(tx, GUILD, 6, RoleRule(is_trusted=True))
    desk = world.klapper.audit_desk
    assert await desk.is_reviewer(GUILD, frozenset({5, 6}))
    assert not await desk.is_reviewer(GUILD, frozenset({6}))
    assert not await desk.is_reviewer(OTHER_GUILD, frozenset({5}))
