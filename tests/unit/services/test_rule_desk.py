"""What managers set: each change in the audit, and what waits where it became stricter back in review."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from klapper.errors import RequestRefused
from klapper.jobs.job import Job, JobStatus
from klapper.jobs.store import Changes
from klapper.moderation.cases import Outcome
from klapper.moderation.decisions import Recorded
from klapper.moderation.policy import Content, Decision, Verdict
from klapper.moderation.rules import ChannelRule, GuildRules, Level, Mode, Place, RoleRule
from klapper.moderation.term_lists import NewTerm
from klapper.services.recalling import Places
from klapper.services.rule_desk import Reviewers, Ruled, RuleDesk
from klapper.services.views import MoneyState
from tests.unit.services.conftest import OpenWorld
from tests.unit.services.turns import AT_ONCE
from tests.unit.services.world import ANN, BOB, CHANNEL, GUILD, OTHER_GUILD, PRICE, World

S = JobStatus
CATEGORY, OTHER, THREAD, ROLE = 70, 8, 71, 90
OLGA = 2001
PLAIN = Place((CHANNEL, CATEGORY))
RESTRICTED = replace(PLAIN, is_age_restricted=True)
PLACES: Places = {CHANNEL: PLAIN, OTHER: Place((OTHER,)), THREAD: Place((THREAD, CHANNEL, CATEGORY))}
ADULT_PLACES: Places = {**PLACES, CHANNEL: RESTRICTED}


def rules(world: World) -> RuleDesk:
    return world.klapper.rule_desk


async def set_mode(world: World, mode: Mode | None, **target: int) -> Ruled:
    return await rules(world).set_mode(GUILD, OLGA, mode, places=PLACES, **target)


async def decision_of(world: World, job_id: str) -> Recorded:
    async with world.database.read() as tx:
        job = await world.klapper.jobs.get(tx, job_id)
        assert job is not None
        recorded = await world.klapper.decisions.get(tx, job.decision_id)
    assert recorded is not None
    return recorded


async def audit(world: World) -> list[tuple[str, str]]:
    """What managers did so far."""
    found = await world.rows("SELECT action, detail FROM audit WHERE actor <> 'klapper' ORDER BY entry_id")
    return [(action, detail) for action, detail in found]


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
    assert await make(rules(world)) == first
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


# What waits

STRICTER: list[tuple[list[tuple[Mode | None, int | None]], Mode | None, int | None, bool]] = [
    # set before, then the change that is looked at: mode, channel or guild; whether it recalls
    ([], Mode.REVIEW, None, True),
    ([], Mode.CLOSED, None, True),
    ([], Mode.REVIEW, CHANNEL, True),
    ([], Mode.CLOSED, CATEGORY, True),
    ([], Mode.REVIEW, OTHER, False),
    ([], Mode.OPEN, CHANNEL, False),
    ([(Mode.OPEN, CHANNEL)], Mode.REVIEW, None, False),
    ([(Mode.OPEN, CHANNEL)], Mode.REVIEW, CATEGORY, False),
    ([(Mode.OPEN, CATEGORY)], Mode.REVIEW, CHANNEL, True),
]


@pytest.mark.parametrize(("before", "mode", "channel_id", "recalls"), STRICTER)
async def test_what_waits_where_the_mode_became_stricter_goes_to_review(
    world: World, before: list[tuple[Mode, int]], mode: Mode, channel_id: int | None, recalls: bool
) -> None:
    for earlier, target in before:
        await set_mode(world, earlier, channel_id=target)
    job = await world.submit()
    ruled = await rules(world).set_mode(GUILD, OLGA, mode, places=PLACES, channel_id=channel_id)
    assert ruled.recalled == recalls
    assert await world.status(job.job_id) is (S.IN_REVIEW if recalls else S.WAITING)


async def test_a_mode_of_a_role_recalls_nothing(world: World) -> None:
    job = await world.submit()
    ruled = await set_mode(world, Mode.CLOSED, role_id=ROLE)
    assert (ruled.recalled, await world.status(job.job_id)) == (0, S.WAITING)


async def test_a_recalled_job_keeps_its_credits_and_its_content_and_has_a_case(world: World) -> None:
    job = await world.submit("a fox", user_id=ANN)
    first = await decision_of(world, job.job_id)
    await world.advance(60)
    await set_mode(world, Mode.REVIEW)
    second = await decision_of(world, job.job_id)
    assert second.decision_id > first.decision_id
    assert second.content_hash == first.content_hash
    assert (second.decision.verdict, second.decision.rule, second.decided_by) == (
        Verdict.REVIEW,
        "mode_changed",
        "klapper",
    )
    view = await world.view(job.job_id)
    assert (view.money.state, (await world.balance()).held) == (MoneyState.HELD, PRICE)
    assert view.job.waiting_since_ms == world.clock.now_ms()
    async with world.database.read() as tx:
        case = await world.klapper.cases.open_of_job(tx, job.job_id, "review")
    assert case is not None
    assert (case.reasons, case.opened_by.partition(":")[0]) == (("mode_changed",), "member")
    lines = await world.rows("SELECT rule FROM audit WHERE job_id = :job_id", job_id=job.job_id)
    assert lines == [("no_objection",), ("mode_changed",)]


async def test_what_is_recalled_can_be_cancelled_and_its_credits_come_back(world: World) -> None:
    job = await world.submit()
    await set_mode(world, Mode.REVIEW)
    await world.move(await world.job(job.job_id), S.CANCELLED, reason="cancelled")
    assert (await world.balance()).held == 0
    async with world.database.read() as tx:
        case = await world.klapper.cases.latest_of_job(tx, job.job_id, "review")
    assert case is not None
    assert case.outcome is Outcome.WITHDRAWN


async def test_what_was_recalled_is_not_sent(open_world: OpenWorld) -> None:
    world = await open_world(**AT_ONCE)
    await world.submit()
    await set_mode(world, Mode.REVIEW)
    await world.start("sending")
    await world.advance(60)
    assert world.provider.posts == []


async def test_what_was_sent_or_is_of_another_guild_goes_on(world: World) -> None:
    sent = await world.sent()
    other = await world.submit(guild_id=OTHER_GUILD)
    ruled = await set_mode(world, Mode.CLOSED)
    assert ruled.recalled == 0
    assert [await world.status(job.job_id) for job in (sent, other)] == [S.QUEUED, S.WAITING]


async def test_what_a_moderator_allowed_stays_allowed(world: World) -> None:
    await set_mode(world, Mode.REVIEW)
    job = await approved(world, await world.submit())
    assert (await set_mode(world, Mode.CLOSED)).recalled == 0
    assert await world.status(job.job_id) is S.WAITING


async def test_a_channel_that_discord_does_not_show_may_be_part_of_the_one_that_changed(world: World) -> None:
    hidden, elsewhere = await world.submit(channel_id=555), await world.submit(channel_id=OTHER)
    assert (await set_mode(world, Mode.CLOSED, channel_id=CATEGORY)).recalled == 1
    assert [await world.status(job.job_id) for job in (hidden, elsewhere)] == [S.IN_REVIEW, S.WAITING]


async def test_jobs_of_members_whose_role_skips_review_go_too_as_no_role_is_kept(world: World) -> None:
    await rules(world).trust(GUILD, OLGA, ROLE, is_trusted=True)
    trusted = replace(PLAIN, role_ids=frozenset({ROLE}))
    job = (await world.submitted(replace(world.asking(), place=trusted))).job
    await set_mode(world, Mode.REVIEW)
    assert await world.status(job.job_id) is S.IN_REVIEW
    later = (await world.submitted(replace(world.asking(), place=trusted))).job
    assert later.status is S.WAITING


async def test_a_channel_that_moves_into_a_stricter_category_is_stricter(world: World) -> None:
    await set_mode(world, Mode.REVIEW, channel_id=CATEGORY)
    before = {CHANNEL: Place((CHANNEL,))}
    job = (await world.submitted(replace(world.asking(), place=before[CHANNEL]))).job
    assert await rules(world).channels_changed(GUILD, before, PLACES) == 1
    assert (await decision_of(world, job.job_id)).decision.rule == "mode_changed"


# Levels


async def adult_channel(world: World) -> None:
    await world.klapper.filter_desk.add(GUILD, BOB, NewTerm("nude", category="adult"))
    await rules(world).set_level(GUILD, OLGA, CHANNEL, level=Level.ADULT, spoiler=None, places=ADULT_PLACES)


async def ask_in(world: World, place: Place, prompt: str) -> Job:
    return (await world.submitted(replace(world.asking(prompt), place=place))).job


async def test_a_channel_that_is_not_restricted_any_more_recalls_what_only_its_level_allowed(world: World) -> None:
    await adult_channel(world)
    adult = await ask_in(world, RESTRICTED, "a nude")
    plain = await ask_in(world, RESTRICTED, "a fox")
    assert (await decision_of(world, adult.job_id)).decision.level is Level.ADULT
    assert await rules(world).channels_changed(GUILD, ADULT_PLACES, PLACES) == 1
    recorded = await decision_of(world, adult.job_id)
    assert (recorded.decision.rule, recorded.decision.level) == ("level_lost", Level.ADULT)
    assert [await world.status(job.job_id) for job in (adult, plain)] == [S.IN_REVIEW, S.WAITING]
    assert (await world.balance()).held == 2 * PRICE


async def test_a_level_that_managers_take_back_recalls_it_as_well(world: World) -> None:
    await adult_channel(world)
    job = await ask_in(world, RESTRICTED, "a nude")
    desk = rules(world)
    ruled = await desk.set_level(GUILD, OLGA, CHANNEL, level=Level.GENERAL, spoiler=None, places=ADULT_PLACES)
    assert ruled.recalled == 1
    assert await world.status(job.job_id) is S.IN_REVIEW


async def test_a_channel_that_stays_restricted_recalls_nothing(world: World) -> None:
    await adult_channel(world)
    await ask_in(world, RESTRICTED, "a nude")
    assert await rules(world).channels_changed(GUILD, ADULT_PLACES, ADULT_PLACES) == 0


async def test_what_needs_a_level_is_not_sent_before_the_channels_are_known(open_world: OpenWorld) -> None:
    world = await open_world(**AT_ONCE)
    await adult_channel(world)
    job = await ask_in(world, RESTRICTED, "a nude")
    await world.start("sending")
    await world.advance(60)
    assert (await world.status(job.job_id), world.provider.posts) == (S.WAITING, [])
    await rules(world).channels_changed(GUILD, ADULT_PLACES, ADULT_PLACES)
    await world.advance(6)
    assert len(world.provider.posts) == 1
    await world.kill()
    assert not rules(world).knows_channels(GUILD)  # a new process has to look again


# Before it is sent


async def approved(world: World, job: Job) -> Job:
    """A job in review after a moderator's yes."""
    async with world.database.write() as tx:
        content = Content(("a fox",))
        decision_id = await world.klapper.judging.write_down(
            tx,
            Decision(Verdict.ALLOWED, "approved"),
            content,
            guild_id=job.guild_id,
            member_ref=job.member_ref,
            by="member:9",
        )
    return await world.move(job, S.WAITING, changes=Changes(decision_id=decision_id))


async def test_a_job_whose_decision_is_about_another_text_is_not_sent(open_world: OpenWorld) -> None:
    world = await open_world(**AT_ONCE)
    job = await world.submit("a fox")
    await world.execute("UPDATE jobs SET request = replace(request, 'a fox', 'a bomb')")
    await world.start("sending")
    view = await world.view(job.job_id)
    assert (view.job.status, view.job.reason, view.money.state) == (S.FAILED, "not_allowed", MoneyState.RELEASED)
    assert world.provider.posts == []


async def test_what_a_moderator_allowed_is_sent(open_world: OpenWorld) -> None:
    world = await open_world(**AT_ONCE)
    await set_mode(world, Mode.REVIEW)
    await approved(world, await world.submit("a fox"))
    await world.start("sending")
    assert len(world.provider.posts) == 1


async def test_a_decision_about_an_older_text_lets_nothing_through(open_world: OpenWorld) -> None:
    world = await open_world(**AT_ONCE)
    await set_mode(world, Mode.REVIEW)
    job = await approved(world, await world.submit("another"))
    await world.start("sending")
    assert await world.status(job.job_id) is S.FAILED
    assert world.provider.posts == []
