"""What moderators see and decide about a member: the record, a block, a pause, and what becomes of jobs."""

from __future__ import annotations

import asyncio

import pytest

from klapper.clock import HOUR_MS
from klapper.jobs.job import Job, JobStatus
from klapper.moderation.cases import Outcome
from klapper.services.member_desk import Blocked, MemberDesk, Pardoned, Paused
from klapper.services.member_record import MemberRecord, Refusal
from klapper.services.open_cases import Moderator
from klapper.services.views import MoneyState
from tests.unit.services.conftest import OpenWorld
from tests.unit.services.world import ANN, BOB, CYD, GUILD, OTHER_GUILD, PRICE, World

S = JobStatus


@pytest.fixture
async def world(open_world: OpenWorld) -> World:
    return await open_world(
        credits={"default_allowance": 100_000, "bot_budget_per_day": 0},
        limits={"waiting_per_member": 0},
        moderation={"blocked_terms": ["badword"]},
    )


def desk(world: World) -> MemberDesk:
    return world.klapper.members


async def block(world: World, user_id: int = ANN, *, words: str = "spam") -> Blocked:
    return await desk(world).block(GUILD, user_id, by=BOB, words=words)


async def record(world: World, user_id: int = ANN) -> MemberRecord:
    return await desk(world).record(GUILD, user_id)


async def reviewed(world: World, prompt: str = "look at this", *, user_id: int = ANN) -> Job:
    """A job that waits for a moderator."""
    return await world.move(await world.submit(prompt, user_id=user_id), S.IN_REVIEW)


async def lines(world: World) -> list[tuple[str, str, str]]:
    """The audit about people: action, moderator's words, detail."""
    rows = await world.rows("SELECT action, words, detail FROM audit WHERE action LIKE 'member_%' ORDER BY entry_id")
    return [(action, words, detail) for action, words, detail in rows]


# The record


async def test_somebody_never_seen_has_an_empty_record(world: World) -> None:
    assert await record(world) == MemberRecord(ANN)
    assert await world.rows("SELECT * FROM members") == []


async def test_a_record_counts_what_became_of_everything(world: World) -> None:
    first_ms = world.clock.now_ms()
    await world.finished("made")
    await world.move(await reviewed(world, "approved"), S.WAITING)
    await world.move(await reviewed(world, "declined"), S.REJECTED)
    await world.advance(5)
    await world.refused(world.asking("a badword"))
    by_rule_ms = world.clock.now_ms()
    await world.advance(5)
    await world.move(await world.sent("refused"), S.REFUSED)
    await world.sent("running")
    await world.submit("of another", user_id=BOB)
    await world.submit("elsewhere", guild_id=OTHER_GUILD)
    found = await record(world)
    assert found.known_since_ms == first_ms
    assert (found.tally.approved, found.waiting, found.running) == (1, 1, 1)
    ends = {status: found.tally.jobs.get(status) for status in (S.SUCCEEDED, S.REJECTED, S.REFUSED)}
    assert ends == {S.SUCCEEDED: 1, S.REJECTED: 1, S.REFUSED: 1}
    assert (found.refused_by_rules, len(found.strikes), found.weight, found.is_watched) == (1, 1, 1.0, False)
    assert found.refusals == (
        Refusal("content_refused", world.clock.now_ms()),
        Refusal("blocked_term", by_rule_ms, "badword"),
    )


async def test_a_record_counts_as_refused_only_what_klapper_judged(world: World) -> None:
    await world.refused(world.asking("a badword"))
    job = await reviewed(world)
    [(case_id,)] = await world.rows("SELECT case_id FROM cases WHERE job_id = :job_id", job_id=job.job_id)
    await world.advance(1)
    await world.klapper.case_desk.reject(case_id, Moderator(GUILD, BOB), words="not here")
    await desk(world).pause(GUILD, ANN, by=BOB, hours=1, words="x")
    await world.advance(1)
    assert (await world.refused(world.asking())).code == "paused_member"
    await block(world)
    await world.advance(1)
    assert (await world.refused(world.asking())).code == "blocked_member"
    found = await record(world)
    assert (found.refused_by_rules, found.tally.jobs.get(S.REJECTED)) == (1, 1)
    assert [refusal.rule for refusal in found.refusals] == [
        "blocked_member",
        "paused_member",
        "rejected",
        "blocked_term",
    ]
    declined = found.refusals[2]
    assert (declined.is_declined, declined.declined_by) == (True, BOB)


async def test_a_record_has_the_last_five_refusals(world: World) -> None:
    for number in range(7):
        await world.advance(1)
        await world.refused(world.asking(f"badword {number}"))
    found = await record(world)
    assert found.refused_by_rules == 7
    now_ms = world.clock.now_ms()
    assert [refusal.at_ms for refusal in found.refusals] == [now_ms - ago * 1_000 for ago in range(5)]


async def test_a_job_that_was_in_review_twice_was_approved_once(world: World) -> None:
    job = await reviewed(world)
    for _ in range(2):
        job = await world.move(await world.move(job, S.WAITING), S.IN_REVIEW)
    assert (await record(world)).tally.approved == 1


async def test_a_record_shows_how_strikes_fade(world: World) -> None:
    for job in [await world.sent("a"), await world.sent("b")]:
        await world.move(job, S.REFUSED)
    assert (await record(world)).is_watched
    await world.clock.jump(14 * 86_400)
    found = await record(world)
    assert (len(found.strikes), found.weight, found.is_watched) == (2, 1.0, False)


# Blocks


async def test_a_block_cancels_and_releases_what_was_not_sent_and_nothing_else(world: World) -> None:
    waiting, in_review, running = await world.submit("a"), await reviewed(world), await world.sent("b")
    others = await world.submit("c", user_id=CYD)
    assert await block(world) == Blocked(is_new=True, cancelled=2, credits=2 * PRICE, running=1)
    for job in (waiting, in_review):
        view = await world.view(job.job_id)
        assert (view.job.status, view.job.reason) == (S.CANCELLED, "member_blocked")
        assert view.money.state is MoneyState.RELEASED
    assert await world.status(running.job_id) is S.QUEUED
    assert await world.status(others.job_id) is S.WAITING
    assert (await world.balance()).held == PRICE
    assert (await world.refused(world.asking("more"))).code == "blocked_member"


async def test_the_case_of_a_blocked_members_request_says_so(world: World) -> None:
    await reviewed(world)
    await block(world)
    [(outcome, closed_by)] = await world.rows("SELECT outcome, closed_by FROM cases")
    [(moderator,)] = await world.rows("SELECT member_ref FROM members WHERE discord_user_id = :user_id", user_id=BOB)
    assert (outcome, closed_by) == (Outcome.BLOCKED, f"member:{moderator}")


async def test_a_block_is_on_record_once_with_its_first_reason(world: World) -> None:
    await world.submit()
    await block(world, words="spam")
    again = await block(world, words="another reason")
    assert again == Blocked(is_new=False, cancelled=0, credits=0, running=0)
    found = (await record(world)).block
    assert found is not None
    assert (found.reason, found.at_ms) == ("spam", world.clock.now_ms())
    assert await lines(world) == [("member_blocked", "spam", "")]


async def test_two_moderators_who_block_at_once_cancel_each_job_once(world: World) -> None:
    jobs = [await world.submit(f"fox {number}") for number in range(3)]
    outcomes = await asyncio.gather(block(world), desk(world).block(GUILD, ANN, by=CYD, words="me too"))
    assert sorted(outcome.is_new for outcome in outcomes) == [False, True]
    assert sum(outcome.cancelled for outcome in outcomes) == len(jobs)
    assert len(await lines(world)) == 1
    assert (await world.balance()).held == 0


async def test_a_block_survives_a_restart_until_it_is_ended(world: World) -> None:
    await block(world)
    await world.kill()
    assert (await world.refused(world.asking())).code == "blocked_member"
    assert await desk(world).unblock(GUILD, ANN, by=BOB)
    assert not await desk(world).unblock(GUILD, ANN, by=BOB)
    assert (await world.submit()).status is S.WAITING
    assert [action for action, *_ in await lines(world)] == ["member_blocked", "member_unblocked"]


async def test_a_member_is_blocked_in_one_guild(world: World) -> None:
    await block(world)
    assert (await world.submit(guild_id=OTHER_GUILD)).status is S.WAITING


@pytest.mark.parametrize("loop", ["sending", "tracker"])
async def test_what_a_kill_left_waiting_is_not_sent_and_is_cancelled_after_the_restart(world: World, loop: str) -> None:
    job = await world.submit()
    async with world.database.write() as tx:  # the first step of a block; the process ends before the second
        await world.klapper.standings.block(tx, job.member_ref, reason="x", by="member:9", now_ms=0)
    await world.kill()
    await world.start(loop)
    await world.advance(60)
    assert world.provider.posts == []
    assert await world.status(job.job_id) is (S.CANCELLED if loop == "tracker" else S.WAITING)
    assert (await world.balance()).held == (0 if loop == "tracker" else PRICE)


@pytest.mark.parametrize("n", range(1, 40, 3))
async def test_a_block_that_is_killed_anywhere_is_finished_or_never_was(world: World, n: int) -> None:
    for number in range(3):
        await world.submit(f"fox {number}")
    deed = asyncio.create_task(block(world))
    for _ in range(n):
        await asyncio.sleep(0)
    await world.kill()
    await asyncio.gather(deed, return_exceptions=True)
    was_blocked = (await record(world)).block is not None
    await world.start("tracker")
    await world.advance(10)
    found = await record(world)
    assert found.waiting == (0 if was_blocked else 3)
    assert len(await lines(world)) == was_blocked


# Pauses


async def test_a_paused_member_asks_for_nothing_until_it_is_over(world: World) -> None:
    job = await world.submit("accepted")
    paused = await desk(world).pause(GUILD, ANN, by=BOB, hours=2, words="calm down")
    assert paused == Paused(world.clock.now_ms() + 2 * HOUR_MS, before_ms=None)
    assert (await world.refused(world.asking("more"))).code == "paused_member"
    assert await world.status(job.job_id) is S.WAITING
    await world.kill()
    assert (await world.refused(world.asking("more"))).code == "paused_member"
    await world.clock.jump(2 * 3600)
    assert (await world.submit("again")).status is S.WAITING
    assert (await record(world)).pause is None
    assert await lines(world) == [("member_paused", "calm down", "2 h")]


async def test_another_pause_takes_the_place_of_the_first(world: World) -> None:
    first = await desk(world).pause(GUILD, ANN, by=BOB, hours=5, words="a")
    second = await desk(world).pause(GUILD, ANN, by=BOB, hours=1, words="b")
    assert second == Paused(world.clock.now_ms() + HOUR_MS, before_ms=first.until_ms)
    found = (await record(world)).pause
    assert found is not None
    assert (found.reason, found.until_ms) == ("b", second.until_ms)


async def test_a_pause_is_ended_once(world: World) -> None:
    await desk(world).pause(GUILD, ANN, by=BOB, hours=5, words="a")
    assert await desk(world).unpause(GUILD, ANN, by=BOB, words="all is well")
    assert not await desk(world).unpause(GUILD, ANN, by=BOB)
    assert (await world.submit()).status is S.WAITING
    assert [(action, words) for action, words, _ in await lines(world)] == [
        ("member_paused", "a"),
        ("member_unpaused", "all is well"),
    ]


async def test_a_moderator_ends_a_pause_of_klappers(world: World) -> None:
    for job in [await world.sent(f"fox {number}") for number in range(4)]:
        await world.move(job, S.REFUSED)
    assert (await world.refused(world.asking())).code == "paused_member"
    assert await desk(world).unpause(GUILD, ANN, by=BOB)
    assert (await world.submit()).status is S.IN_REVIEW


# Pardons


async def test_a_pardon_lifts_every_strike_and_the_pause_that_they_led_to(world: World) -> None:
    for job in [await world.sent(f"fox {number}") for number in range(4)]:
        await world.move(job, S.REFUSED)
    assert (await world.refused(world.asking())).code == "paused_member"
    assert await desk(world).pardon(GUILD, ANN, by=BOB, words="no fault of hers") == Pardoned(4, is_unpaused=True)
    await world.kill()
    found = await record(world)
    assert (found.strikes, found.weight, found.is_watched, found.pause) == ((), 0.0, False, None)
    assert (await world.submit()).status is S.WAITING
    assert await desk(world).pardon(GUILD, ANN, by=BOB, words="again") == Pardoned(0, is_unpaused=False)
    rows = await world.rows("SELECT action, words, detail FROM audit WHERE actor <> 'klapper' ORDER BY entry_id")
    assert rows == [("pardoned", "no fault of hers", "4 strikes"), ("member_unpaused", "", "")]
    assert len(await world.rows("SELECT * FROM strikes")) == 4


async def test_what_follows_a_pardon_counts_and_the_guild_forgets_nothing(world: World) -> None:
    await world.move(await world.sent("a"), S.REFUSED)
    await desk(world).pardon(GUILD, ANN, by=BOB, words="x")
    await world.advance(1)
    await world.move(await world.sent("b"), S.REFUSED)
    assert (len((await record(world)).strikes), (await record(world)).is_watched) == (1, False)
    async with world.database.read() as tx:
        assert len(await world.klapper.standings.provider_strikes_of_guild(tx, GUILD, world.clock.now_ms())) == 2


async def test_a_pardon_leaves_a_moderators_pause_and_a_block(world: World) -> None:
    await world.move(await world.sent("a"), S.REFUSED)
    await desk(world).pause(GUILD, ANN, by=CYD, hours=5, words="rude")
    await block(world)
    assert await desk(world).pardon(GUILD, ANN, by=BOB, words="x") == Pardoned(1, is_unpaused=False)
    found = await record(world)
    assert found.pause is not None
    assert found.block is not None


# Members who have left


async def test_who_has_left_has_nothing_waiting(world: World) -> None:
    waiting, running = await world.submit("a"), await world.sent("b")
    await reviewed(world)
    assert await desk(world).left(GUILD, ANN) == 2
    view = await world.view(waiting.job_id)
    assert (view.job.status, view.job.reason) == (S.CANCELLED, "member_left")
    assert await world.status(running.job_id) is S.QUEUED
    assert await world.rows("SELECT outcome FROM cases") == [(Outcome.MOOT,)]
    assert await desk(world).left(GUILD, ANN) == 0
    assert await desk(world).left(GUILD, CYD) == 0
