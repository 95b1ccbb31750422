"""Refusals by Segmind protect the account: a strike each, then review, a pause of the member, a pause of the guild."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

import pytest

from klapper.clock import DAY_MS, HOUR_MS
from klapper.errors import JobConflict
from klapper.jobs.job import Job, JobStatus
from klapper.moderation.standing import Outlook
from klapper.segmind.answers import Failed, Metrics
from klapper.services.desk import Viewer
from klapper.services.guilds import EndedPause
from klapper.services.views import MoneyState, WaitingFor
from tests.unit.services.conftest import OpenWorld
from tests.unit.services.world import ANN, BOB, CYD, GUILD, OTHER_GUILD, PRICE, World

S = JobStatus
DAY_S = 86_400
ALARM = "guild paused: Segmind refuses too much of it"


@pytest.fixture
async def world(open_world: OpenWorld) -> World:
    return await rich(open_world)


async def rich(open_world: OpenWorld, **moderation: int) -> World:
    """Nobody is short of credits or of places in the queue."""
    return await open_world(
        credits={"default_allowance": 100_000, "bot_budget_per_day": 0},
        limits={"waiting_per_member": 0},
        moderation=moderation,
    )


async def refuse(world: World, count: int = 1, *, user_id: int = ANN) -> Job:
    """Segmind refuses so many jobs of a member's, one after the other; the last one."""
    for number in range(count):
        job = await world.sent(f"fox {number}", user_id=user_id)
        job = await world.move(job, S.REFUSED, reason="content_refused")
    return job


async def refuse_sent(world: World, count: int) -> None:
    """The same of Ann's jobs that were sent before the first refusal: later ones would go to review."""
    jobs = [await world.sent(f"fox {number}") for number in range(count)]
    for job in jobs:
        await world.move(job, S.REFUSED, reason="content_refused")


async def actions(world: World) -> list[tuple[str, str]]:
    """Lines of the audit about what Klapper did by itself: action and rule."""
    rows = await world.rows("SELECT action, rule FROM audit WHERE action <> 'request_allowed' ORDER BY entry_id")
    return [(action, rule) for action, rule in rows]


async def strikes(world: World) -> int:
    return len(await world.rows("SELECT strike_id FROM strikes WHERE kind = 'provider'"))


# Strikes


async def test_a_refusal_is_a_strike_with_its_line(world: World) -> None:
    job = await refuse(world)
    [row] = await world.rows("SELECT guild_id, member_ref, kind, job_id, given_by FROM strikes")
    assert row == (GUILD, job.member_ref, "provider", job.job_id, "klapper")
    assert await actions(world) == [("provider_refused", "content_refused")]
    assert (await world.view(job.job_id)).money.state is MoneyState.RELEASED


@pytest.mark.parametrize("status", [S.FAILED, S.SUCCEEDED, S.ABANDONED])
async def test_no_other_end_of_a_job_is_a_strike(world: World, status: JobStatus) -> None:
    await world.move(await world.sent(), status)
    assert await strikes(world) == 0


async def test_what_segmind_says_twice_is_one_strike(world: World) -> None:
    job = await world.sent()
    both = [world.move(job, S.REFUSED, reason="content_refused") for _ in range(2)]
    outcomes = await asyncio.gather(*both, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes if not isinstance(outcome, Job)] == [JobConflict]
    async with world.database.write() as tx:
        await world.klapper.protecting.refused(tx, job, world.clock.now_ms())
    assert await strikes(world) == 1
    assert len(await actions(world)) == 1


async def test_a_refusal_that_is_not_committed_leaves_no_strike(world: World) -> None:
    job = await world.sent()
    with suppress(LookupError):
        async with world.database.write() as tx:
            await world.klapper.transitions.move_in(tx, job, S.REFUSED, reason="content_refused")
            raise LookupError
    assert await strikes(world) == 0


async def test_segminds_own_refusal_counts_as_it_comes_through_the_loops(open_world: OpenWorld) -> None:
    world = await open_world(limits={"undo_s": 0})
    world.provider.next_answers["status"].append(Failed("not this", refused=True, metrics=Metrics()))
    job = await world.submit()
    await world.start()
    await world.advance(120)
    assert await world.status(job.job_id) is S.REFUSED
    assert await strikes(world) == 1


# Review


async def test_the_second_refusal_sends_further_requests_to_review(world: World) -> None:
    await refuse(world)
    assert (await world.submit("a")).status is S.WAITING
    await refuse(world)
    job = await world.submit("b")
    assert job.status is S.IN_REVIEW
    assert (await world.rows("SELECT reasons FROM cases")) == [('["provider_history"]',)]
    assert (await world.submit("c", user_id=BOB)).status is S.WAITING


async def test_with_time_a_member_is_trusted_again(world: World) -> None:
    await refuse(world, 2)
    await world.clock.jump(5 * DAY_S)
    assert (await world.submit("a")).status is S.IN_REVIEW
    await world.clock.jump(1 * DAY_S)
    assert (await world.submit("b")).status is S.WAITING


async def test_a_member_of_two_guilds_counts_in_each_for_itself(world: World) -> None:
    await refuse(world, 2)
    assert (await world.submit("a", guild_id=OTHER_GUILD)).status is S.WAITING


async def test_the_operator_can_want_no_review(open_world: OpenWorld) -> None:
    world = await rich(open_world, refusals_to_review=0, refusals_to_pause=0)
    await refuse(world, 6)
    assert (await world.submit("a")).status is S.WAITING


# The member's pause


async def test_the_fourth_refusal_pauses_the_member_for_a_day(world: World) -> None:
    jobs = [await world.sent(f"fox {number}") for number in range(4)]
    for job in jobs[:3]:
        await world.move(job, S.REFUSED, reason="content_refused")
    assert await world.rows("SELECT * FROM member_pauses") == []
    await world.move(jobs[3], S.REFUSED, reason="content_refused")
    [row] = await world.rows("SELECT member_ref, reason, paused_by, until_ms FROM member_pauses")
    assert row == (jobs[3].member_ref, "provider_refusals", "klapper", world.clock.now_ms() + DAY_MS)
    assert (await actions(world))[-1] == ("member_paused", "provider_refusals")
    assert (await world.refused(world.asking("more"))).code == "paused_member"
    assert (await world.submit("a", user_id=BOB)).status is S.WAITING


async def test_what_follows_from_refusals_is_seen_on_each_of_them(world: World) -> None:
    job, *others = [await world.sent(f"fox {number}") for number in range(4)]
    await world.move(job, S.REFUSED, reason="content_refused")
    assert (await world.view(job.job_id)).outlook == Outlook(can_review=True, can_pause=True)
    await world.move(others[0], S.REFUSED, reason="content_refused")
    assert (await world.view(job.job_id)).outlook == Outlook(is_watched=True, can_review=True, can_pause=True)
    for other in others[1:]:
        await world.move(other, S.REFUSED, reason="content_refused")
    until_ms = world.clock.now_ms() + DAY_MS
    assert (await world.view(job.job_id)).outlook == Outlook(until_ms, is_watched=True, can_review=True, can_pause=True)
    assert (await world.klapper.desk.show(job.job_id, Viewer(GUILD, ANN))).outlook is not None
    assert (await world.klapper.desk.show(job.job_id, Viewer(GUILD, CYD, is_moderator=True))).outlook is None
    await world.clock.jump(DAY_S + 1)
    assert (await world.view(job.job_id)).outlook == Outlook(is_watched=True, can_review=True, can_pause=True)


async def test_who_is_paused_reads_whether_it_was_for_refusals_by_segmind(world: World) -> None:
    await refuse_sent(world, 4)
    assert (await world.refused(world.asking())).sentence.startswith("Segmind refused several of your requests: ")
    await world.klapper.members.pause(GUILD, ANN, by=CYD, hours=48, words="provider_refusals")
    assert "the moderators of this server can tell you more" in (await world.refused(world.asking())).sentence


async def test_after_the_pause_requests_go_to_review_and_a_further_refusal_pauses_again(world: World) -> None:
    running = [await world.sent(f"fox {number}") for number in range(5)]
    for job in running[:4]:
        await world.move(job, S.REFUSED, reason="content_refused")
    await world.clock.jump(DAY_S + 1)
    assert (await world.submit("a")).status is S.IN_REVIEW
    await world.move(running[4], S.REFUSED, reason="content_refused")
    assert (await world.refused(world.asking("more"))).code == "paused_member"


async def test_refusals_that_end_two_jobs_at_once_both_count(world: World) -> None:
    jobs = [await world.sent(f"fox {number}") for number in range(4)]
    await asyncio.gather(*(world.move(job, S.REFUSED, reason="content_refused") for job in jobs))
    assert await strikes(world) == 4
    assert [action for action, _ in await actions(world)].count("member_paused") == 1
    assert (await world.refused(world.asking("more"))).code == "paused_member"


async def test_a_restart_forgets_neither_pause_nor_strikes(world: World) -> None:
    await refuse_sent(world, 4)
    await world.kill()
    assert (await world.refused(world.asking("more"))).code == "paused_member"
    await world.clock.jump(2 * DAY_S)
    assert (await world.submit("a")).status is S.IN_REVIEW


async def test_a_longer_pause_of_a_moderators_is_not_shortened(world: World) -> None:
    jobs = [await world.sent(f"fox {number}") for number in range(4)]
    until_ms, now_ms = world.clock.now_ms() + 100 * HOUR_MS, world.clock.now_ms()
    async with world.database.write() as tx:
        await world.klapper.standings.pause(
            tx, jobs[0].member_ref, reason="rude", by="member:9", now_ms=now_ms, until_ms=until_ms
        )
    for job in jobs:
        await world.move(job, S.REFUSED, reason="content_refused")
    assert await world.rows("SELECT reason, until_ms FROM member_pauses") == [("rude", until_ms)]
    assert ("member_paused", "provider_refusals") not in await actions(world)


async def test_the_operator_decides_from_when_and_for_how_long(open_world: OpenWorld) -> None:
    world = await rich(open_world, refusals_to_pause=1, pause_hours=3)
    await refuse(world)
    assert await world.rows("SELECT until_ms FROM member_pauses") == [(world.clock.now_ms() + 3 * HOUR_MS,)]


# The guild's pause


async def paused_guild(open_world: OpenWorld) -> World:
    """Three refusals of three members."""
    world = await rich(open_world, guild_refusals_to_pause=3)
    for user_id in (ANN, BOB, CYD):
        await refuse(world, user_id=user_id)
    return world


async def test_refusals_of_many_members_pause_their_guild_and_no_other(open_world: OpenWorld) -> None:
    world = await paused_guild(open_world)
    assert await world.rows("SELECT guild_id, paused_by FROM guild_pauses") == [(GUILD, "klapper")]
    assert (await actions(world))[-1] == ("guild_paused", "provider_refusals")
    assert (await world.refused(world.asking("more"))).code == "guild_paused"
    assert (await world.submit("a", guild_id=OTHER_GUILD)).status is S.WAITING


async def test_old_refusals_pause_no_guild(open_world: OpenWorld) -> None:
    world = await rich(open_world, guild_refusals_to_pause=3)
    for user_id in (ANN, BOB, CYD):
        await refuse(world, user_id=user_id)
        await world.clock.jump(7 * DAY_S)
    assert await world.rows("SELECT * FROM guild_pauses") == []


async def test_the_operator_hears_of_it_once_in_each_life(
    open_world: OpenWorld, caplog: pytest.LogCaptureFixture
) -> None:
    world = await paused_guild(open_world)
    for lives in (1, 2):
        await world.start("tracker", "gauges")
        await world.advance(60)
        told = [record for record in caplog.records if record.getMessage() == ALARM]
        assert [(record.levelno, record.guild_id) for record in told] == [(logging.ERROR, GUILD)] * lives  # type: ignore[attr-defined]
        gauge = world.klapper.metrics.registry.get_sample_value("klapper_guild_pauses")
        assert gauge == 1
        await world.kill()


async def test_after_a_manager_ended_it_only_what_is_refused_from_then_on_counts(open_world: OpenWorld) -> None:
    world = await paused_guild(open_world)
    assert await world.klapper.guilds.resume(GUILD, BOB) == EndedPause(refusals=3)
    await world.kill()
    for count, user_id in enumerate((ANN, BOB, CYD), start=1):
        await world.advance(1)
        await refuse(world, user_id=user_id)
        assert len(await world.rows("SELECT * FROM guild_pauses")) == (count == 3)
    assert [action for action, _ in await actions(world)].count("guild_paused") == 2


async def test_a_pause_of_the_managers_that_ends_forgives_nothing(open_world: OpenWorld) -> None:
    world = await rich(open_world, guild_refusals_to_pause=3)
    for user_id in (ANN, BOB):
        await refuse(world, user_id=user_id)
    await world.klapper.guilds.pause(GUILD, BOB)
    assert await world.klapper.guilds.resume(GUILD, BOB) == EndedPause()
    await world.advance(1)
    await refuse(world, user_id=CYD)
    assert await world.rows("SELECT paused_by FROM guild_pauses") == [("klapper",)]


async def test_a_pause_of_the_managers_stays_theirs(open_world: OpenWorld) -> None:
    world = await rich(open_world, guild_refusals_to_pause=1)
    job = await world.sent()
    await world.klapper.guilds.pause(GUILD, BOB)
    await world.move(job, S.REFUSED, reason="content_refused")
    [(by,)] = await world.rows("SELECT paused_by FROM guild_pauses")
    assert by != "klapper"


async def test_cards_that_wait_say_that_the_guild_is_paused(open_world: OpenWorld) -> None:
    world = await rich(open_world, guild_refusals_to_pause=1)
    world.provider.most_running = 0
    running, waiting = await world.sent(), await world.submit("waiting", user_id=BOB)
    await world.start("tracker", "cards")
    await world.advance(10)
    await world.move(await world.job(running.job_id), S.REFUSED, reason="content_refused")
    await world.advance(10)
    [card] = world.messenger.cards(waiting.job_id)
    assert card.view.waiting_for is WaitingFor.GUILD_PAUSED
    assert (await world.balance(BOB)).held == PRICE
