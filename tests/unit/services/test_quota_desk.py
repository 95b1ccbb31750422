"""What managers set about credits and limits: each change counts at once and is a line of the audit, or nothing is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from klapper.errors import RequestRefused
from klapper.ledger.periods import Rhythm
from klapper.moderation.rules import Place
from klapper.quotas.makes import EVERYTHING, Makes
from klapper.quotas.quota import Giving, GuildQuota, Limits, Newcomers, RoleQuota
from klapper.services.deletions import Deleted
from klapper.services.quota_desk import QuotaDesk, QuotaRules
from tests.unit.services.world import ANN, CHANNEL, GUILD, OTHER_GUILD, World

OLGA, ROLE = 2001, 90
ONLY_V1 = RoleQuota(300, Makes(frozenset({"v1"}), frozenset({"std"}), 5))
BERLIN = Rhythm("week", "Europe/Berlin", 6)
Make = Callable[[QuotaDesk], Awaitable[QuotaRules]]

CHANGES: list[tuple[Make, GuildQuota, str]] = [
    (
        lambda desk: desk.set_role(GUILD, OLGA, ROLE, ONLY_V1),
        GuildQuota(roles={ROLE: ONLY_V1}),
        f"<@&{ROLE}>: 300 credits, models v1, modes std, up to 5 s",
    ),
    (
        lambda desk: desk.set_role(GUILD, OLGA, GUILD, RoleQuota(0, EVERYTHING)),
        GuildQuota(roles={GUILD: RoleQuota(0, EVERYTHING)}),
        "everybody: 0 credits, everything",
    ),
    (
        lambda desk: desk.set_rhythm(GUILD, OLGA, BERLIN),
        GuildQuota(rhythm=BERLIN),
        "periods: week from Sunday, Europe/Berlin, when the running period ends",
    ),
    (
        lambda desk: desk.set_limits(GUILD, OLGA, Limits(1, 3, 4, 200)),
        GuildQuota(limits=Limits(1, 3, 4, 200)),
        "limits: running jobs of a member 1, waiting jobs of a member 3, running jobs on the server 4, "
        "credits of the largest clip 200",
    ),
    (
        lambda desk: desk.set_newcomers(GUILD, OLGA, Newcomers(7, 3)),
        GuildQuota(newcomers=Newcomers(7, 3)),
        "newcomers: account 7 days, on the server 3 days",
    ),
    (
        lambda desk: desk.set_giving(GUILD, OLGA, Giving(is_on=True, per_day=100)),
        GuildQuota(giving=Giving(is_on=True, per_day=100)),
        "giving: on, at most 100 a day",
    ),
    (
        lambda desk: desk.set_channel(GUILD, OLGA, CHANNEL, 150),
        GuildQuota(channels={CHANNEL: 150}),
        f"<#{CHANNEL}>: 150 % of the price",
    ),
]


async def audit(world: World) -> list[tuple[str, str]]:
    rows = await world.rows("SELECT action, detail FROM audit ORDER BY entry_id")
    return [(action, detail) for action, detail in rows]


@pytest.mark.parametrize(("make", "guild", "said"), CHANGES, ids=[said.partition(":")[0] for _, _, said in CHANGES])
async def test_a_change_counts_at_once_and_is_written_down_once(
    world: World, make: Make, guild: GuildQuota, said: str
) -> None:
    desk = world.klapper.quota_desk
    changed = await make(desk)
    assert changed.changed == said
    again = await make(desk)
    assert (again.changed, again.guild.version) == ("", changed.guild.version)
    for found in (changed.guild, again.guild, (await desk.of(GUILD)).guild):
        assert found == GuildQuota(**{**{name: getattr(guild, name) for name in guild.__slots__}, "version": 1})
    assert await audit(world) == [("quota_changed", said)]
    assert (await desk.of(OTHER_GUILD)).guild == GuildQuota()


async def test_what_says_nothing_any_more_is_no_rule(world: World) -> None:
    desk = world.klapper.quota_desk
    await desk.set_role(GUILD, OLGA, ROLE, ONLY_V1)
    await desk.set_channel(GUILD, OLGA, CHANNEL, 0)
    await desk.set_rhythm(GUILD, OLGA, BERLIN)
    await desk.set_role(GUILD, OLGA, ROLE, RoleQuota())
    await desk.set_channel(GUILD, OLGA, CHANNEL, 100)
    rules = await desk.set_rhythm(GUILD, OLGA, None)
    assert (rules.guild.roles, rules.guild.channels, rules.guild.rhythm) == ({}, {}, None)
    assert rules.changed == "periods: as the operator has them, when the running period ends"
    assert await world.rows("SELECT * FROM role_quotas UNION ALL SELECT *, 0 FROM channel_prices") == []


async def test_a_members_own_allowance_is_set_by_name_and_taken_back(world: World) -> None:
    desk = world.klapper.quota_desk
    rules = await desk.set_member(GUILD, OLGA, ANN, 50)
    assert (rules.members, rules.more, rules.changed) == ({ANN: 50}, 0, f"<@{ANN}>: 50 credits of their own")
    assert (await world.balance()).allowance == 50
    assert await desk.own_allowance(GUILD, ANN) == 50
    assert (await desk.set_member(GUILD, OLGA, ANN, 50)).changed == ""
    await desk.set_member(GUILD, OLGA, ANN, None)
    assert (await world.balance()).allowance == 500
    refs = dict(await world.rows("SELECT discord_user_id, member_ref FROM members"))
    lines = await world.rows("SELECT action, member_ref, actor, detail FROM audit ORDER BY entry_id")
    olga = f"member:{refs[OLGA]}"
    assert lines == [
        ("allowance_set", refs[ANN], olga, "50 credits of their own"),
        ("allowance_set", refs[ANN], olga, "as their roles give"),
    ]


async def test_many_members_of_their_own_are_counted(world: World) -> None:
    for user_id in range(1, 14):
        await world.klapper.quota_desk.set_member(GUILD, OLGA, user_id, user_id)
    rules = await world.klapper.quota_desk.of(GUILD)
    assert (len(rules.members), rules.more) == (10, 3)


REFUSED: list[tuple[Make, str, str]] = [
    (lambda desk: desk.set_limits(GUILD, OLGA, Limits(waiting_per_member=6)), "above_the_operator", "at most 5"),
    (lambda desk: desk.set_limits(GUILD, OLGA, Limits(largest_job=1_000_001)), "bad_number", "up to 1,000,000"),
    (lambda desk: desk.set_role(GUILD, OLGA, ROLE, RoleQuota(1_000_001)), "bad_number", "up to 1,000,000"),
    (lambda desk: desk.set_member(GUILD, OLGA, ANN, 1_000_001), "bad_number", "up to 1,000,000"),
    (lambda desk: desk.set_channel(GUILD, OLGA, CHANNEL, 1_001), "bad_number", "up to 1,000"),
    (lambda desk: desk.set_newcomers(GUILD, OLGA, Newcomers(3_651, 0)), "bad_number", "up to 3,650"),
    (lambda desk: desk.set_giving(GUILD, OLGA, Giving(is_on=True, per_day=1_000_001)), "bad_number", "Credits a day"),
]


@pytest.mark.parametrize(("make", "code", "words"), REFUSED)
async def test_a_number_that_cannot_be_changes_nothing(world: World, make: Make, code: str, words: str) -> None:
    with pytest.raises(RequestRefused) as refused:
        await make(world.klapper.quota_desk)
    assert refused.value.code == code
    assert words in refused.value.sentence
    assert await audit(world) == []
    assert (await world.klapper.quota_desk.of(GUILD)).guild == GuildQuota()


async def test_of_two_who_saw_the_same_rules_and_set_something_at_once_one_is_told_to_look_again(world: World) -> None:
    desk, seen = world.klapper.quota_desk, (await world.klapper.quota_desk.of(GUILD)).guild.version
    outcomes = await asyncio.gather(
        desk.set_role(GUILD, OLGA, GUILD, RoleQuota(700), seen=seen),
        desk.set_role(GUILD, ANN, GUILD, RoleQuota(None, Makes(longest_s=10)), seen=seen),
        desk.set_member(GUILD, OLGA, ANN, 9, seen=seen),
        return_exceptions=True,
    )
    refused = [one.code for one in outcomes if isinstance(one, RequestRefused)]
    assert refused == ["rules_changed", "rules_changed"]
    assert len(await audit(world)) == 1


async def test_what_was_deleted_in_discord_has_no_quota_any_more(world: World) -> None:
    desk, places = world.klapper.quota_desk, {CHANNEL: Place((CHANNEL,))}
    await desk.set_role(GUILD, OLGA, ROLE, ONLY_V1)
    await desk.set_role(GUILD, OLGA, GUILD, RoleQuota(10))
    await desk.set_channel(GUILD, OLGA, CHANNEL, 150)
    named = await world.klapper.deletions.named(GUILD)
    assert (set(named.channels), set(named.roles)) == ({CHANNEL}, {ROLE})
    await world.klapper.deletions.forget(GUILD, Deleted({CHANNEL: "lounge"}, {ROLE: "Artist"}), places, places)
    guild = (await desk.of(GUILD)).guild
    assert (guild.channels, guild.roles) == ({}, {GUILD: RoleQuota(10)})
    assert (await audit(world))[-2:] == [
        ("deleted_forgotten", "channel lounge (150 % of the price)"),
        ("deleted_forgotten", "role Artist (300 credits, models v1, modes std, up to 5 s)"),
    ]
