"""What waits goes back to review where its channel became stricter, and nothing leaves that nobody allowed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from klapper.jobs.job import Job, JobStatus
from klapper.jobs.store import Changes
from klapper.moderation.cases import Outcome
from klapper.moderation.policy import Content, Decision, Verdict
from klapper.moderation.reasons import Reason
from klapper.moderation.rules import Level, Mode, Place
from klapper.moderation.term_lists import NewTerm
from klapper.services.views import MoneyState
from tests.unit.services.conftest import OpenWorld
from tests.unit.services.ruled import (
    ADULT_PLACES,
    CATEGORY,
    OLGA,
    OTHER,
    PLACES,
    PLAIN,
    RESTRICTED,
    ROLE,
    decision_of,
    rules,
    set_mode,
)
from tests.unit.services.turns import AT_ONCE
from tests.unit.services.world import ANN, BOB, CHANNEL, GUILD, OTHER_GUILD, PRICE, World

S = JobStatus

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
    assert (case.reasons, case.opened_by.partition(":")[0]) == ((Reason("mode_changed"),), "member")
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
        content_hash = Content(("a fox",)).hash()
        decision_id = await world.klapper.judging.write_down(
            tx,
            Decision(Verdict.ALLOWED, "approved"),
            content_hash,
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
