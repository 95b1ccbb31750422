"""Clips that members report: one case per clip, one verdict, and nobody but moderators learns who reported."""

from __future__ import annotations

import os

import pytest

from klapper.jobs.job import DeliveryState, Job
from klapper.moderation.cases import Outcome
from klapper.services.desk import Viewer
from klapper.services.reporting import MOST_OPEN_REPORTS
from tests.unit.services.reported import (
    ANN_LOOKS,
    LIVING,
    MAX,
    REVIEWS,
    WHY,
    actions,
    card,
    delivered,
    file_of,
    open_reporting,
    refunds,
    refused,
    report,
)
from tests.unit.services.world import BOB, CYD, GUILD, OTHER_GUILD, World

world = pytest.fixture(open_reporting)


# Reporting


async def test_a_report_shows_moderators_the_clip_and_who_wrote_what(world: World) -> None:
    job = await delivered(world)
    await report(world, job)
    shown = card(world)
    assert (shown.ref.channel_id, shown.files, shown.view.reporters) == (REVIEWS, 1, 1)
    assert [(one.user_id, one.words) for one in shown.view.reports] == [(BOB, "it shows me")]
    assert await actions(world) == ["reported"]


async def test_reports_of_several_members_are_one_case_whose_card_follows(world: World) -> None:
    job = await delivered(world)
    case_id = await report(world, job)
    assert await report(world, job, CYD, "me too") == case_id
    shown = card(world)
    assert (shown.edits, shown.files, shown.view.reporters) == (1, 1, 2)
    assert shown.view.reports[0].words == "me too"
    await world.advance(300)
    assert card(world).edits == 1


async def test_a_report_that_comes_while_nobody_works_is_shown_after_the_start(world: World) -> None:
    job = await delivered(world)
    await report(world, job)
    await world.kill()
    await report(world, job, CYD)
    await world.start(*LIVING)
    assert (card(world).view.reporters, card(world).edits) == (2, 1)


async def test_a_card_whose_answer_was_lost_shows_later_reports_too(world: World) -> None:
    job = await delivered(world)
    world.case_messenger.errors["post_case"].append(("try_later", "after"))
    await report(world, job)
    await report(world, job, CYD)
    await world.advance(60)
    assert card(world).view.reporters == 2


async def test_a_member_reports_a_clip_once(world: World) -> None:
    job = await delivered(world)
    case_id = await report(world, job)
    assert await refused(world, job, Viewer(GUILD, BOB)) == "reported_already"
    await world.klapper.report_desk.dismiss(case_id, MAX)
    assert await refused(world, job, Viewer(GUILD, BOB)) == "reported_already"
    assert await report(world, job, CYD) != case_id


async def test_a_member_has_few_reports_open_at_a_time(world: World) -> None:
    jobs = [await delivered(world, f"fox {n}") for n in range(MOST_OPEN_REPORTS + 1)]
    cases = [await report(world, job) for job in jobs[:-1]]
    assert await refused(world, jobs[-1], Viewer(GUILD, BOB)) == "too_many_reports"
    await world.klapper.report_desk.dismiss(cases[0], MAX)
    await report(world, jobs[-1])


async def test_what_cannot_be_reported(world: World) -> None:
    job, running = await delivered(world), await world.sent("another")
    assert await refused(world, job, ANN_LOOKS) == "own_clip"
    assert await refused(world, job, Viewer(OTHER_GUILD, BOB)) == "no_such_clip"
    assert await refused(world, running, Viewer(GUILD, BOB)) == "no_such_clip"
    await world.klapper.desk.delete(job.job_id, ANN_LOOKS)
    assert await refused(world, job, Viewer(GUILD, BOB)) == "no_such_clip"
    assert await world.rows("SELECT * FROM cases") == []


async def test_who_is_blocked_may_report(world: World) -> None:
    job = await delivered(world)
    async with world.database.write() as tx:
        bob = await world.klapper.ledger.member(tx, GUILD, BOB, 0)
        await world.klapper.standings.block(tx, bob, reason="", by="operator:x", now_ms=0)
    await report(world, job)


async def test_a_message_of_a_job_is_known_by_its_id(world: World) -> None:
    job = await delivered(world)
    for message in world.messenger.visible(job.job_id):
        assert await world.klapper.reporting.job_of(message.ref.message_id) == job.job_id
    assert await world.klapper.reporting.job_of(1) is None


async def test_a_clip_that_the_channel_does_not_take_is_not_attached(world: World) -> None:
    job = await delivered(world)
    world.messenger.said_limit_bytes = 10
    await report(world, job)
    assert card(world).files == 0
    assert card(world).view.link is not None


async def test_a_refused_size_is_learned_and_the_card_is_posted_all_the_same(world: World) -> None:
    job = await delivered(world)
    world.case_messenger.errors["post_case"].append(("too_large", "before"))
    await report(world, job)
    await world.advance(60)
    assert card(world).files == 0


# Dismissing


async def test_a_dismissed_report_changes_nothing(world: World) -> None:
    job = await delivered(world)
    case_id = await report(world, job)
    view = await world.klapper.report_desk.dismiss(case_id, MAX)
    await world.advance(60)
    assert (view.case.outcome, view.closed_by) == (Outcome.DISMISSED, MAX.user_id)
    assert (card(world).files, card(world).view.case.outcome) == (0, Outcome.DISMISSED)
    assert file_of(world, job).exists()
    assert (await world.delivery(job.job_id)).state is DeliveryState.DELIVERED
    assert world.case_messenger.told == []
    assert await actions(world) == ["reported", "report_dismissed"]


# A report while its requester deletes


async def hidden(world: World) -> tuple[Job, int]:
    """A reported clip that its requester deleted."""
    job = await delivered(world)
    case_id = await report(world, job)
    await world.klapper.desk.delete(job.job_id, ANN_LOOKS)
    await world.advance(5)
    return job, case_id


async def test_a_reported_clip_that_is_deleted_stays_for_the_moderators_alone(world: World) -> None:
    job, _ = await hidden(world)
    assert world.messenger.visible(job.job_id) == []
    assert file_of(world, job).exists()
    assert (card(world).files, card(world).view.job.is_removed) == (1, True)


async def test_the_file_of_a_hidden_clip_goes_with_the_dismissal(world: World) -> None:
    job, case_id = await hidden(world)
    await world.klapper.report_desk.dismiss(case_id, MAX)
    assert not file_of(world, job).exists()


async def test_a_hidden_clip_is_taken_down_like_any(world: World) -> None:
    job, case_id = await hidden(world)
    await world.klapper.report_desk.take_down(case_id, MAX, WHY)
    await world.settle()
    assert not file_of(world, job).exists()
    assert await refunds(world, job) == 1
    assert (await world.delivery(job.job_id)).reason == "requester"
    assert len(world.case_messenger.told) == 1


async def test_housekeeping_keeps_a_reported_clip_however_old(world: World) -> None:
    job, case_id = await hidden(world)
    old = await delivered(world, "another")
    for one in (job, old):
        os.utime(file_of(world, one), (0, 0))
    await world.start("housekeeping")
    assert file_of(world, job).exists()
    assert not file_of(world, old).exists()
    async with world.database.write() as tx:  # and the process dies before the file is gone
        await world.klapper.cases.close(tx, case_id, Outcome.DISMISSED, by="member:1", now_ms=0)
    await world.advance(3_700)
    assert not file_of(world, job).exists()


async def test_when_the_server_is_left_nobody_is_left_to_decide(world: World) -> None:
    job, _ = await hidden(world)
    await world.klapper.guilds.left(GUILD)
    await world.start("housekeeping")
    assert await world.rows("SELECT outcome FROM cases") == [("moot",)]
    assert not file_of(world, job).exists()
