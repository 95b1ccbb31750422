"""Clips taken down: everything goes at once, what it cost at most once, and its requester is told once."""

from __future__ import annotations

import asyncio

import pytest

from klapper.errors import RequestRefused
from klapper.jobs.job import DeliveryState
from klapper.moderation.cases import Outcome
from klapper.services.open_cases import Moderator
from klapper.services.report_desk import Takedown
from tests.unit.services.reported import (
    ANN_LOOKS,
    LIVING,
    MAX,
    OLGA,
    WHY,
    card,
    delivered,
    file_of,
    open_reporting,
    refunds,
    report,
)
from tests.unit.services.world import ANN, GUILD, OTHER_GUILD, World

world = pytest.fixture(open_reporting)


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
    assert await world.rows("SELECT detail, words FROM audit WHERE action = 'taken_down'") == [
        (f"refund {job.price.credits}", "Not here.")
    ]


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


@pytest.mark.parametrize("hidden", [False, True], ids=["there", "deleted by its requester before"])
async def test_its_requester_finds_why_on_their_list_whether_they_could_be_told_or_not(
    world: World, hidden: bool
) -> None:
    job = await delivered(world)
    case_id = await report(world, job)
    if hidden:
        await world.klapper.desk.delete(job.job_id, ANN_LOOKS)
    world.case_messenger.errors["tell_requester"].append(("dm_closed", "before"))
    await world.klapper.report_desk.take_down(case_id, MAX, WHY)
    await world.advance(60)
    assert world.case_messenger.told == []
    (view,) = await world.klapper.desk.list(ANN_LOOKS)
    assert view.takedown is not None
    assert view.takedown.note == "Not here."
    with pytest.raises(RequestRefused) as refusal:
        await world.klapper.recovery.recover(job.job_id, ANN_LOOKS, limit_bytes=1_000_000)
    assert refusal.value.code == "taken_down"


async def test_a_clip_that_only_its_requester_deleted_was_not_taken_down(world: World) -> None:
    job = await delivered(world)
    await world.klapper.report_desk.dismiss(await report(world, job), MAX)
    await world.klapper.desk.delete(job.job_id, ANN_LOOKS)
    assert (await world.view(job.job_id)).takedown is None


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
