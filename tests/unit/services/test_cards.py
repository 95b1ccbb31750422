"""The one message of each job: posted once, edited when it would look different, left alone when it is lost."""

from __future__ import annotations

import asyncio

import pytest

from klapper.errors import DeliveryError
from klapper.jobs.job import Job, JobStatus
from klapper.services.cards import EDITS_AT_ONCE, LEAST_EDIT_PAUSE_S, RETRY_S, edit_pause_s, nonce
from klapper.services.desk import Viewer
from tests.fakes import Message, dm_channel
from tests.unit.services.conftest import OpenWorld
from tests.unit.services.world import ANN, CHANNEL, GUILD, World

S = JobStatus
HOUR_S = 3600


@pytest.fixture
async def world(open_world: OpenWorld) -> World:
    return await open_world(
        credits={"default_allowance": 100_000, "bot_budget_per_day": 0}, limits={"waiting_per_member": 0, "undo_s": 0}
    )


def only_card(world: World, job: Job) -> Message:
    [card] = world.messenger.cards(job.job_id)
    return card


async def change(world: World, job: Job, *path: JobStatus) -> Job:
    """Move a job; the board hears of it as in the program."""
    return await world.move(await world.job(job.job_id), *path)


# Posting


async def test_the_board_posts_the_card_that_nobody_posted(world: World) -> None:
    await world.start("cards")
    job = await world.submit()
    await world.settle()
    card = only_card(world, job)
    view = await world.view(job.job_id)
    assert view.card is not None
    assert (view.card.channel_id, view.card.message_id) == (CHANNEL, card.ref.message_id)
    assert view.card.shown == world.messenger.fingerprint(view)


async def test_a_card_posted_before_the_process_died_is_found_and_brought_up_to_date(world: World) -> None:
    job = await world.submit()
    world.messenger.answer(await world.view(job.job_id))  # the answer to the interaction arrived; nobody wrote it down
    await world.kill()
    await change(world, job, S.SENDING)
    await world.start("cards")
    assert only_card(world, job).view.job.status is S.SENDING
    assert world.messenger.count("post_card") == 0


async def test_a_lost_answer_to_a_post_is_repeated_as_the_same_message_where_nothing_may_be_read(world: World) -> None:
    world.messenger.errors["find_card"].extend([("forbidden", "before")] * 2)
    world.messenger.errors["post_card"].append(("try_later", "after"))
    await world.start("cards")
    job = await world.submit()
    await world.settle()
    await change(world, job, S.SENDING)
    await world.advance(RETRY_S + 1)
    assert only_card(world, job).view.job.status is S.SENDING
    assert world.messenger.count("post_card") == 2


async def test_a_posted_card_is_found_although_the_clock_says_that_its_nonce_still_holds(world: World) -> None:
    world.messenger.errors["post_card"].append(("try_later", "after"))
    await world.start("cards")
    job = await world.submit()
    await world.settle()
    await world.advance(RETRY_S + 1)
    only_card(world, job)
    assert world.messenger.count("post_card") == 1


async def test_a_lost_answer_is_looked_for_when_its_nonce_is_forgotten(world: World) -> None:
    world.messenger.errors["post_card"].append(("try_later", "after"))
    await world.start("cards")
    job = await world.submit()
    await world.settle()
    await world.kill()
    await change(world, job, S.SENDING)
    await world.clock.jump(600)
    await world.start("cards")
    assert only_card(world, job).view.job.status is S.SENDING
    assert world.messenger.count("post_card") == 1


async def test_a_post_that_never_left_is_made_after_the_look(world: World) -> None:
    world.messenger.errors["post_card"].append(("try_later", "before"))
    await world.start("cards")
    job = await world.submit()
    await world.settle()
    await world.kill()
    await world.clock.jump(600)
    await world.start("cards")
    assert only_card(world, job).view.job.status is S.WAITING


async def test_where_reading_is_forbidden_the_card_is_posted_without_a_look(world: World) -> None:
    world.messenger.unreadable.add(CHANNEL)
    await world.start("cards")
    job = await world.submit()
    await world.settle()
    only_card(world, job)


@pytest.mark.parametrize("hours_down", [0, 1])
async def test_a_process_killed_at_any_await_leaves_one_card_that_is_true(world: World, hours_down: int) -> None:
    n, was_killed = 0, True
    while was_killed:
        n += 1
        job = await world.submit(f"{n}")
        was_killed = await world.killed_at(n, 1, "cards", "delivery")
        await world.klapper.desk.cancel(job.job_id, Viewer(GUILD, ANN))
        await world.clock.jump(hours_down * HOUR_S)
        await world.start("cards", "delivery")
        await world.advance(1)
        assert only_card(world, job).view.job.status is S.CANCELLED, n
        await world.kill()
        await world.clock.jump(2 * HOUR_S)  # the next round has nothing to do with this card
    assert n > 20


async def test_a_card_for_a_dm_is_posted_there(world: World) -> None:
    await world.start("cards")
    job = await world.submit(deliver_to="dm")
    await world.settle()
    assert only_card(world, job).ref.channel_id == dm_channel(ANN)
    await change(world, job, S.SENDING)
    await world.advance(5)
    assert only_card(world, job).view.job.status is S.SENDING


def test_a_nonce_is_one_of_discords_and_belongs_to_one_step_of_one_job() -> None:
    nonces = {nonce(job_id, step) for job_id in ("a", "b") for step in ("card", "clip", "end")}
    assert len(nonces) == 6
    assert all(len(one) <= 25 for one in nonces)
    assert nonce("a", "card") == nonce("a", "card")


# Answers to interactions


async def test_the_board_leaves_a_card_alone_that_is_being_answered(world: World) -> None:
    await world.start("cards")
    job = await world.submit()
    with world.klapper.board.answering(job.job_id):
        await world.advance(60)
        assert world.messenger.calls == []
        view = await world.view(job.job_id)
        await world.klapper.board.place(view, world.messenger.answer(view))
    await world.advance(60)
    only_card(world, job)
    assert world.messenger.count("post_card") == 0


async def answered_in_vain(world: World, job: Job) -> None:
    with world.klapper.board.answering(job.job_id):
        await asyncio.sleep(0)
        raise ConnectionResetError


async def test_the_board_posts_the_card_when_the_answer_failed(world: World) -> None:
    await world.start("cards")
    job = await world.submit()
    answer = asyncio.create_task(answered_in_vain(world, job))
    await asyncio.wait([answer])
    assert isinstance(answer.exception(), ConnectionResetError)
    await world.settle()
    only_card(world, job)


async def test_the_board_takes_the_answer_that_arrived_although_it_seemed_to_fail(world: World) -> None:
    await world.start("cards")
    job = await world.submit()
    with world.klapper.board.answering(job.job_id):
        world.messenger.answer(await world.view(job.job_id))
    await world.settle()
    only_card(world, job)


async def test_the_first_place_of_a_card_stays(world: World) -> None:
    job = await world.submit()
    view = await world.view(job.job_id)
    first, second = world.messenger.answer(view), world.messenger.answer(view)
    await world.klapper.board.place(view, first)
    await world.klapper.board.place(view, second)
    assert await world.klapper.board.ensure_placed(job.job_id) == first


async def test_a_card_can_be_placed_on_demand(world: World) -> None:
    job = await world.submit()
    assert await world.klapper.board.ensure_placed(job.job_id) == only_card(world, job).ref
    assert await world.klapper.board.ensure_placed("no-such-job") is None


async def test_placing_on_demand_says_when_there_is_no_way(world: World) -> None:
    job = await world.submit()
    world.messenger.errors["post_card"].append(("try_later", "before"))
    with pytest.raises(DeliveryError) as lost:
        await world.klapper.board.ensure_placed(job.job_id)
    assert lost.value.reason == "try_later"
    world.messenger.forbidden.add(CHANNEL)
    assert await world.klapper.board.ensure_placed(job.job_id) is None


# Editing


async def test_a_card_is_edited_only_when_it_would_look_different(world: World) -> None:
    await world.start("cards")
    job = await world.submit()
    await world.settle()
    for _ in range(5):
        world.klapper.board.changed(job.job_id)
        await world.advance(10)
    assert world.messenger.count("edit_card") == 0
    await change(world, job, S.SENDING)
    await world.advance(10)
    assert world.messenger.count("edit_card") == 1


async def test_the_newest_state_wins_and_those_between_are_left_out(world: World) -> None:
    await world.start("cards")
    job = await world.submit()
    await world.settle()
    world.messenger.held["edit_card"] = asyncio.Event()
    sent = await world.move(job, S.SENDING)
    await world.advance(5)
    assert world.messenger.count("edit_card") == 1
    await world.move(sent, S.UNKNOWN)
    await change(world, job, S.FAILED)
    await world.advance(5)
    assert world.messenger.count("edit_card") == 1  # one at a time
    world.messenger.held.pop("edit_card").set()
    await world.advance(5)
    assert only_card(world, job).view.job.status is S.FAILED
    assert world.messenger.count("edit_card") == 2


async def test_the_end_of_a_job_is_shown_before_the_progress_of_others(world: World) -> None:
    await world.start("cards")
    jobs = [await world.submit(f"{n}") for n in range(25)]
    await world.advance(60)
    world.messenger.calls.clear()
    world.messenger.held["edit_card"] = asyncio.Event()
    for job in jobs[:24]:
        await world.move(job, S.SENDING)
    await world.settle()
    under_way = world.messenger.count("edit_card")
    await world.move(jobs[24], S.CANCELLED)
    world.messenger.held.pop("edit_card").set()
    await world.advance(60)
    edited = [about for method, about in world.messenger.calls if method == "edit_card"]
    assert len(edited) == 25
    assert jobs[24].job_id in edited[under_way : under_way + EDITS_AT_ONCE]


async def test_cards_are_posted_in_the_order_in_which_they_were_asked_for(world: World) -> None:
    jobs = [await world.submit(f"fox {number}", user_id=2_000 + number) for number in range(5 * EDITS_AT_ONCE)]
    await world.start("cards")
    await world.advance(5)
    posted = [about for method, about in world.messenger.calls if method == "post_card"]
    early_by = [place - posted.index(job.job_id) for place, job in enumerate(jobs)]
    assert max(early_by) < EDITS_AT_ONCE  # so many are under way together


async def test_progress_of_one_card_is_not_shown_faster_than_its_pause(world: World) -> None:
    await world.start("cards")
    job = await world.submit()
    await world.settle()
    sent = await world.move(job, S.SENDING)
    await world.advance(LEAST_EDIT_PAUSE_S - 0.1)
    assert world.messenger.count("edit_card") == 0
    await world.advance(0.2)
    assert world.messenger.count("edit_card") == 1
    await world.move(sent, S.UNKNOWN)
    await world.advance(LEAST_EDIT_PAUSE_S - 0.3)
    assert world.messenger.count("edit_card") == 1


async def test_the_end_is_shown_at_once(world: World) -> None:
    await world.start("cards")
    job = await world.submit()
    await world.settle()
    await change(world, job, S.CANCELLED)
    await world.settle()
    assert only_card(world, job).view.job.status is S.CANCELLED


def test_the_pause_between_edits_grows_with_the_cards_that_wait() -> None:
    pauses = [edit_pause_s(cards) for cards in range(0, 200, 10)]
    assert pauses[0] == LEAST_EDIT_PAUSE_S
    assert pauses == sorted(pauses)
    assert pauses[-1] > 10 * pauses[0]


async def test_an_edit_that_failed_for_now_is_made_later_with_the_newest_state(world: World) -> None:
    await world.start("cards")
    job = await world.submit()
    await world.advance(5)
    world.messenger.errors["edit_card"].append(("try_later", "before"))
    sent = await world.move(job, S.SENDING)
    await world.settle()
    await world.move(sent, S.UNKNOWN)
    await world.advance(RETRY_S + 1)
    assert only_card(world, job).view.job.status is S.UNKNOWN


async def test_a_card_that_cannot_be_rendered_does_not_stop_the_others(world: World) -> None:
    await world.start("cards")
    broken, fine = await world.submit("broken"), await world.submit("fine")
    await world.advance(5)

    def strike(method: str, moment: str) -> None:
        if method == "edit_card" and world.messenger.calls[-1][1] == broken.job_id:
            raise ZeroDivisionError

    world.messenger.disturb = strike
    await world.move(broken, S.SENDING)
    await world.advance(1)
    await world.move(fine, S.SENDING)
    await world.advance(1)
    assert only_card(world, fine).view.job.status is S.SENDING
    world.messenger.disturb = None
    await world.advance(RETRY_S + 1)
    assert only_card(world, broken).view.job.status is S.SENDING
    assert {crash.split(":")[0] for crash in world.crashes.seen} == {"card crashed"}
    world.crashes.seen.clear()


async def test_after_fifty_minutes_only_the_last_edit_is_made(world: World) -> None:
    await world.start("cards")
    job = await world.submit()
    await world.settle()
    await world.clock.jump(50 * 60 + 1)
    await change(world, job, S.SENDING)
    await world.advance(60)
    assert only_card(world, job).view.job.status is S.WAITING
    await change(world, job, S.FAILED)
    await world.advance(5)
    assert only_card(world, job).view.job.status is S.FAILED
