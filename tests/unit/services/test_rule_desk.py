"""What managers set: each change is a version and a line of the audit, or nothing at all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from klapper.errors import RequestRefused
from klapper.jobs.job import JobStatus
from klapper.moderation.rules import ChannelRule, GuildRules, Level, Mode, RoleRule
from klapper.services.rule_desk import Requests, Reviewers, Ruled, RuleDesk
from tests.unit.services.ruled import ADULT_PLACES, OLGA, OTHER, PLACES, ROLE, audit, rules, set_mode
from tests.unit.services.world import CHANNEL, GUILD, OTHER_GUILD, World

S = JobStatus

# Each change

Make = Callable[[RuleDesk], Awaitable[Ruled]]

CHANGES: list[tuple[Make, GuildRules, tuple[str, str]]] = [
    (
        lambda desk: desk.set_mode(GUILD, OLGA, Mode.REVIEW, places=PLACES),
        GuildRules(mode=Mode.REVIEW),
        ("mode_changed", "review"),
    ),
    (
        lambda desk: desk.set_mode(GUILD, OLGA, Mode.CLOSED, places=PLACES, channel_id=CHANNEL),
        GuildRules(channels={CHANNEL: ChannelRule(Mode.CLOSED)}),
        ("mode_changed", f"<#{CHANNEL}> closed"),
    ),
    (
        lambda desk: desk.set_mode(GUILD, OLGA, Mode.OPEN, places=PLACES, role_id=ROLE),
        GuildRules(roles={ROLE: RoleRule(Mode.OPEN)}),
        ("mode_changed", f"<@&{ROLE}> open"),
    ),
    (
        lambda desk: desk.set_unsure(GUILD, OLGA, "review"),
        GuildRules(unsure="review"),
        ("mode_changed", "unsure review"),
    ),
    (
        lambda desk: desk.trust(GUILD, OLGA, ROLE, is_trusted=True),
        GuildRules(roles={ROLE: RoleRule(is_trusted=True)}),
        ("trusted_changed", f"<@&{ROLE}> on"),
    ),
    (
        lambda desk: desk.set_reviewers(GUILD, OLGA, Reviewers(CHANNEL, OTHER, ROLE)),
        GuildRules(review_channel_id=CHANNEL, audit_channel_id=OTHER, roles={ROLE: RoleRule(reviews=True)}),
        ("reviewers_changed", f"review <#{CHANNEL}>, audit <#{OTHER}>, role <@&{ROLE}>"),
    ),
    (
        lambda desk: desk.set_level(GUILD, OLGA, CHANNEL, level=Level.ADULT, spoiler=True, places=ADULT_PLACES),
        GuildRules(channels={CHANNEL: ChannelRule(level=Level.ADULT, spoiler=True)}),
        ("levels_changed", f"<#{CHANNEL}> adult, spoiler on"),
    ),
    (
        lambda desk: desk.hide_role(GUILD, OLGA, ROLE, spoiler=True),
        GuildRules(roles={ROLE: RoleRule(spoiler=True)}),
        ("levels_changed", f"<@&{ROLE}> spoiler on"),
    ),
]


@pytest.mark.parametrize(("make", "expected", "line"), CHANGES, ids=[line for _, _, (_, line) in CHANGES])
async def test_a_change_is_a_version_and_a_line_of_the_audit(
    world: World, make: Make, expected: GuildRules, line: tuple[str, str]
) -> None:
    ruled = await make(rules(world))
    assert replace(ruled.rules, version=0) == expected
    assert ruled.rules == await rules(world).of(GUILD)
    assert ruled.rules.version > 0
    assert await audit(world) == [line]
    assert await rules(world).of(OTHER_GUILD) == GuildRules()


@pytest.mark.parametrize(
    ("make", "line"), [(make, line) for make, _, line in CHANGES], ids=[str(c[2]) for c in CHANGES]
)
async def test_what_is_so_already_changes_nothing(world: World, make: Make, line: tuple[str, str]) -> None:
    first = await make(rules(world))
    assert await make(rules(world)) == replace(first, is_new=False)
    assert await audit(world) == [line]


async def test_a_change_leaves_what_else_is_set(world: World) -> None:
    desk = rules(world)
    await desk.set_level(GUILD, OLGA, CHANNEL, level=Level.ADULT, spoiler=True, places=ADULT_PLACES)
    await set_mode(world, Mode.REVIEW, channel_id=CHANNEL)
    await desk.set_level(GUILD, OLGA, CHANNEL, level=None, spoiler=False, places=ADULT_PLACES)
    await desk.trust(GUILD, OLGA, ROLE, is_trusted=True)
    await desk.set_reviewers(GUILD, OLGA, Reviewers(role_id=ROLE))
    ruled = await set_mode(world, Mode.REVIEW, role_id=ROLE)
    assert ruled.rules.channels == {CHANNEL: ChannelRule(Mode.REVIEW, Level.ADULT)}
    assert ruled.rules.roles == {ROLE: RoleRule(Mode.REVIEW, is_trusted=True, reviews=True)}


async def test_the_default_is_what_was_before_anything_was_set(world: World) -> None:
    await set_mode(world, Mode.CLOSED)
    await set_mode(world, Mode.REVIEW, channel_id=CHANNEL)
    await set_mode(world, Mode.REVIEW, role_id=ROLE)
    await set_mode(world, None)
    await set_mode(world, None, channel_id=CHANNEL)
    ruled = await set_mode(world, None, role_id=ROLE)
    assert replace(ruled.rules, version=0) == GuildRules()


async def test_a_review_channel_and_a_role_can_be_taken_away_again(world: World) -> None:
    desk = rules(world)
    await desk.set_reviewers(GUILD, OLGA, Reviewers(CHANNEL, OTHER, ROLE))
    ruled = await desk.set_reviewers(GUILD, OLGA, Reviewers(CHANNEL, None, ROLE, remove=True))
    assert replace(ruled.rules, version=0) == GuildRules(audit_channel_id=OTHER)


REFUSED: list[tuple[Make, str]] = [
    (lambda desk: desk.set_mode(GUILD, OLGA, Mode.OPEN, places=PLACES, role_id=GUILD), "everyone_role"),
    (lambda desk: desk.set_mode(GUILD, OLGA, Mode.OPEN, places={}, role_id=ROLE, channel_id=CHANNEL), "two_targets"),
    (lambda desk: desk.trust(GUILD, OLGA, GUILD, is_trusted=True), "everyone_role"),
    (lambda desk: desk.set_reviewers(GUILD, OLGA, Reviewers(role_id=GUILD)), "everyone_role"),
    (lambda desk: desk.set_reviewers(GUILD, OLGA, Reviewers(CHANNEL, remove=True)), "not_set"),
    (
        lambda desk: desk.set_level(GUILD, OLGA, CHANNEL, level=Level.ADULT, spoiler=None, places=PLACES),
        "not_age_restricted",
    ),
    (
        lambda desk: desk.set_level(GUILD, OLGA, 999, level=Level.ADULT, spoiler=None, places=PLACES),
        "not_age_restricted",
    ),
]


@pytest.mark.parametrize(("make", "code"), REFUSED)
async def test_what_cannot_be_set_is_refused_and_nothing_changes(world: World, make: Make, code: str) -> None:
    with pytest.raises(RequestRefused) as refused:
        await make(rules(world))
    assert refused.value.code == code
    assert await rules(world).of(GUILD) == GuildRules()
    assert await audit(world) == []


async def test_the_very_next_request_is_judged_by_the_new_rules(world: World) -> None:
    await world.submit()
    await set_mode(world, Mode.CLOSED)
    assert (await world.refused(world.asking())).code == "guild_closed"
    await set_mode(world, Mode.REVIEW)
    assert (await world.submit()).status is S.IN_REVIEW
    await set_mode(world, None)
    assert (await world.submit()).status is S.WAITING


# All of it at once

ALL_OF_IT = Requests(Mode.REVIEW, CHANNEL, OTHER, reviewers=frozenset({ROLE}), trusted=frozenset({ROLE, ROLE + 1}))


async def set_requests(world: World, wanted: Requests, *, seen: int) -> Ruled:
    return await rules(world).set_requests(GUILD, OLGA, wanted, places=PLACES, seen=seen)


async def test_how_requests_are_decided_is_set_at_once_with_a_line_for_each_difference(world: World) -> None:
    first = await set_requests(world, ALL_OF_IT, seen=0)
    assert replace(first.rules, version=0) == GuildRules(
        mode=Mode.REVIEW,
        review_channel_id=CHANNEL,
        audit_channel_id=OTHER,
        roles={ROLE: RoleRule(is_trusted=True, reviews=True), ROLE + 1: RoleRule(is_trusted=True)},
    )
    set_first = [
        ("reviewers_changed", f"review <#{CHANNEL}>, audit <#{OTHER}>"),
        ("reviewers_changed", f"role <@&{ROLE}>"),
        ("mode_changed", "review"),
        ("trusted_changed", f"<@&{ROLE}> on"),
        ("trusted_changed", f"<@&{ROLE + 1}> on"),
    ]
    assert await audit(world) == set_first
    wanted = Requests(Mode.REVIEW, OTHER, None, trusted=frozenset({ROLE}))
    second = await set_requests(world, wanted, seen=first.rules.version)
    assert replace(second.rules, version=0) == GuildRules(
        mode=Mode.REVIEW, review_channel_id=OTHER, roles={ROLE: RoleRule(is_trusted=True)}
    )
    assert await audit(world) == [
        *set_first,
        ("reviewers_changed", f"review <#{OTHER}>"),
        ("reviewers_changed", f"remove audit <#{OTHER}>"),
        ("reviewers_changed", f"remove role <@&{ROLE}>"),
        ("trusted_changed", f"<@&{ROLE + 1}> off"),
    ]
    assert await set_requests(world, wanted, seen=second.rules.version) == replace(second, is_new=False)


async def test_who_saw_older_rules_sets_nothing_of_it(world: World) -> None:
    await set_mode(world, Mode.CLOSED)
    for wanted in (ALL_OF_IT, Requests(Mode.CLOSED)):
        with pytest.raises(RequestRefused) as refused:
            await set_requests(world, wanted, seen=0)
        assert refused.value.code == "rules_changed"
    assert await audit(world) == [("mode_changed", "closed")]


async def test_everybody_is_neither_trusted_nor_a_reviewer_and_then_nothing_is_set(world: World) -> None:
    for wanted in (replace(ALL_OF_IT, reviewers=frozenset({GUILD})), replace(ALL_OF_IT, trusted=frozenset({GUILD}))):
        with pytest.raises(RequestRefused) as refused:
            await set_requests(world, wanted, seen=0)
        assert refused.value.code == "everyone_role"
    assert (await rules(world).of(GUILD), await audit(world)) == (GuildRules(), [])


async def test_what_waits_goes_back_to_review_when_the_mode_became_stricter_with_the_rest(world: World) -> None:
    job = await world.submit()
    ruled = await set_requests(world, ALL_OF_IT, seen=0)
    assert (ruled.recalled, ruled.waiting) == (1, {"review": 1})
    assert await world.status(job.job_id) is S.IN_REVIEW
