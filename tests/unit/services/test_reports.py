"""Clips that members report: one case per clip, one verdict, and nobody but moderators learns who reported."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from klapper.errors import RequestRefused
from klapper.jobs.job import DeliveryState, Job
from klapper.ledger.records import Kind
from klapper.moderation.cases import Outcome
from klapper.services.desk import Viewer
from klapper.services.open_cases import Moderator
from klapper.services.report_desk import Takedown
from klapper.services.reporting import MOST_OPEN_REPORTS
from tests.fake_cases import CaseMessage
from tests.unit.services.brought import finished
from tests.unit.services.world import ANN, BOB, CYD, GUILD, OTHER_GUILD, World

REVIEWS = 900
MAX, OLGA = Moderator(GUILD, 77), Moderator(GUILD, 78)
ANN_LOOKS = Viewer(GUILD, ANN)
WHY = Takedown("Not here.", refund=True)
LIVING = ("cards", "delivery", "cases", "takedowns")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with World.open(tmp_path / "world", credits={"default_allowance": 10_000}) as world:
        async with world.database.write() as tx:
            await world.klapper.guild_rules.set_channels(tx, GUILD, review=REVIEWS, audit=None)
        yield world
        assert await world.broken_books() == []
    assert world.crashes.seen == []


async def delivered(world: World, prompt: str = "a fox", **more: object) -> Job:
    """A job whose clip everybody sees; the loops run."""
    job = await finished(world, prompt, **more)
    if "cases" not in {task.get_name() for task in world.tasks()}:
        await world.start(*LIVING)
    await world.advance(5)
    assert (await world.delivery(job.job_id)).state is DeliveryState.DELIVERED
    return job


async def report(world: World, job: Job, by: int = BOB, words: str = "it shows me") -> int:
    """A member reports the clip; the number of the case."""
    await world.klapper.reporting.report(job.job_id, Viewer(GUILD, by), words)
    await world.settle()
    rows = await world.rows("SELECT MAX(case_id) FROM cases WHERE job_id = :id", id=job.job_id)
    return int(rows[0][0])


async def refused(world: World, job: Job, by: Viewer) -> str:
    with pytest.raises(RequestRefused) as refusal:
        await world.klapper.reporting.report(job.job_id, by, "it shows me")
    with pytest.raises(RequestRefused) as checked:
        await world.klapper.reporting.check(job.job_id, by)
    assert checked.value.sentence == refusal.value.sentence
    return refusal.value.code


def file_of(world: World, job: Job) -> Path:
    return world.settings.media.directory / "outputs" / f"{job.job_id}.mp4"


def card(world: World) -> CaseMessage:
    """The one card in the moderators' channel."""
    (message,) = world.case_messenger.messages
    return message


async def refunds(world: World, job: Job) -> int:
    async with world.database.read() as tx:
        return sum(moved.kind is Kind.REFUND for moved in await world.klapper.ledger.of_job(tx, job.job_id))


async def actions(world: World) -> list[str]:
    return [row[0] for row in await world.rows("SELECT action FROM audit ORDER BY entry_id")][1:]


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


# Taking down


async def test_a_takedown_takes_everything_away_and_tells_why(world: World) -> None:
    job = await delivered(world)
    case_id = await report(world, job)
    await world.klapper.report_desk.take_down(case_id, MAX, WHY)
    assert not file_of(world, job).exists()
    await world.advance(60)
    delivery = await world.delivery(job.job_id)
    assert (delivery.state, delivery.reason) == (DeliveryState.REMOVED, "moderator")
    assert world.messenger.visible(job.job_id) == []
    (told,) = world.case_messenger.told
    assert (told.case.note, told.job.money.state) == ("Not here.", "refunded")
    assert card(world).files == 0
    assert await world.rows("SELECT detail, words FROM audit WHERE action = 'taken_down'") == [("refund", "Not here.")]


@pytest.mark.parametrize("refund", [False, True])
@pytest.mark.parametrize("strike", [False, True])
async def test_refund_and_strike_are_given_only_when_asked_for(world: World, refund: bool, strike: bool) -> None:
    job = await delivered(world)
    before = (await world.balance()).available
    order = Takedown("no", refund=refund, strike=strike)
    await world.klapper.report_desk.take_down(await report(world, job), MAX, order)
    assert await refunds(world, job) == int(refund)
    assert ((await world.balance()).available > before) is refund
    assert await world.rows("SELECT kind FROM strikes") == ([("moderator",)] if strike else [])


async def test_of_two_moderators_at_once_one_decides_and_the_other_hears_it(world: World) -> None:
    job = await delivered(world)
    case_id, desk = await report(world, job), world.klapper.report_desk
    answers = await asyncio.gather(
        desk.take_down(case_id, MAX, WHY),
        desk.take_down_job(job.job_id, OLGA, WHY),
        desk.take_down(case_id, OLGA, WHY),
        return_exceptions=True,
    )
    codes = [answer.code for answer in answers if isinstance(answer, RequestRefused)]
    assert codes == ["decided_already", "decided_already"]
    await world.advance(60)
    assert await refunds(world, job) == 1
    assert len(world.case_messenger.told) == 1


async def test_who_comes_after_a_takedown_hears_whose_it_was(world: World) -> None:
    job = await delivered(world)
    case_id, desk = await report(world, job), world.klapper.report_desk
    await desk.take_down(case_id, MAX, WHY)
    with pytest.raises(RequestRefused) as refusal:
        await desk.dismiss(case_id, OLGA)
    assert f"taken down by <@{MAX.user_id}>" in refusal.value.sentence


async def test_nobody_decides_about_their_own_clip_unless_they_manage_the_server(world: World) -> None:
    job = await delivered(world)
    case_id, desk = await report(world, job), world.klapper.report_desk
    for act in (desk.dismiss(case_id, Moderator(GUILD, ANN)), desk.check(case_id, Moderator(GUILD, ANN))):
        with pytest.raises(RequestRefused) as refusal:
            await act
        assert refusal.value.code == "own_request"
    with pytest.raises(RequestRefused) as refusal:
        await desk.take_down_job(job.job_id, Moderator(GUILD, ANN), WHY)
    assert refusal.value.code == "own_request"
    await desk.take_down(case_id, Moderator(GUILD, ANN, is_manager=True), WHY)


async def test_a_report_of_another_server_or_a_review_is_no_such_case(world: World) -> None:
    case_id = await report(world, await delivered(world))
    with pytest.raises(RequestRefused) as refusal:
        await world.klapper.report_desk.dismiss(case_id, Moderator(OTHER_GUILD, MAX.user_id))
    assert refusal.value.code == "no_such_case"
    with pytest.raises(RequestRefused) as refusal:
        await world.klapper.case_desk.approve(case_id, MAX)
    assert refusal.value.code == "no_such_case"


async def test_a_clip_is_taken_down_without_a_report(world: World) -> None:
    job = await delivered(world)
    view = await world.klapper.report_desk.take_down_job(job.job_id, MAX, WHY)
    await world.advance(60)
    assert (view.case.outcome, view.reporters) == (Outcome.TAKEN_DOWN, 0)
    assert world.case_messenger.messages == []
    assert len(world.case_messenger.told) == 1
    assert await world.klapper.case_desk.count(GUILD) == 0


async def test_what_has_no_clip_cannot_be_taken_down(world: World) -> None:
    desk, running, other = world.klapper.report_desk, await world.sent(), await world.submit("another")
    await world.klapper.desk.cancel(other.job_id, ANN_LOOKS)
    expected = {running.job_id: "not_finished", other.job_id: "no_clip", "aaaaaaaa": "no_such_job"}
    for job_id, code in expected.items():
        with pytest.raises(RequestRefused) as refusal:
            await desk.take_down_job(job_id, MAX, WHY)
        assert refusal.value.code == code


# Telling


async def test_a_process_that_dies_after_the_commit_tells_when_it_is_back(world: World) -> None:
    job = await delivered(world)
    case_id = await report(world, job)
    kept = file_of(world, job).read_bytes()
    await world.kill()
    await world.klapper.report_desk.take_down(case_id, MAX, WHY)
    file_of(world, job).write_bytes(kept)  # it died before the file was gone
    await world.start(*LIVING)
    await world.advance(5)
    assert not file_of(world, job).exists()
    assert [view.case.case_id for view in world.case_messenger.told] == [case_id]


async def test_news_whose_answer_was_lost_are_not_told_twice(world: World) -> None:
    job = await delivered(world)
    world.case_messenger.errors["tell_requester"].append(("try_later", "after"))
    await world.klapper.report_desk.take_down_job(job.job_id, MAX, WHY)
    await world.settle()
    await world.kill()
    await world.start(*LIVING)
    await world.advance(600)
    calls = [method for method, _ in world.case_messenger.calls]
    assert (calls.count("tell_requester"), calls.count("was_told")) == (1, 1)
    assert await world.rows("SELECT news FROM cases") == [("told",)]


async def test_who_takes_no_direct_messages_is_not_tried_again(world: World) -> None:
    job = await delivered(world)
    world.case_messenger.errors["tell_requester"].append(("dm_closed", "before"))
    await world.klapper.report_desk.take_down_job(job.job_id, MAX, WHY)
    await world.advance(900)
    assert [call[0] for call in world.case_messenger.calls] == ["tell_requester"]
    assert await world.rows("SELECT news FROM cases") == [("unheard",)]


async def test_telling_ends_after_a_day_without_an_answer(world: World) -> None:
    job = await delivered(world)
    world.case_messenger.errors["tell_requester"].extend([("try_later", "before")] * 10_000)
    await world.klapper.report_desk.take_down_job(job.job_id, MAX, WHY)
    await world.advance(3_600)
    assert await world.rows("SELECT news FROM cases") == [("due",)]
    await world.clock.jump(24 * 3_600)
    await world.advance(120)
    assert await world.rows("SELECT news FROM cases") == [("unheard",)]


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
