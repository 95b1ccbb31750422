"""Nobody knows what became of a submit: the request history tells, and nothing is sent twice or paid twice."""

from __future__ import annotations

from dataclasses import replace

from sandbox.segmind import Fault, Kind, Stage
from tests.acceptance.town import Town, job_id_of

LOOKS = 3  # into the history, in vain; then a job is given up (docs/job-states.md)
LOOK_APART_S = 600  # between two that count


UNANSWERED = {
    "a dropped fox": Fault(Stage.ACCEPTED, Kind.DROP),
    "a fox of 500": Fault(Stage.ACCEPTED, Kind.SERVER_ERROR),
    "a fox of html": Fault(Stage.ACCEPTED, Kind.HTML),
    "a fox without a name": Fault(Stage.ACCEPTED, Kind.MALFORMED_ID, text="../../etc"),
}


async def test_what_was_taken_without_an_answer_is_found_delivered_and_charged_once(town: Town) -> None:
    for prompt, fault in UNANSWERED.items():
        await town.control.add_fault(replace(fault, prompt=prompt))
    await town.open(LIMITS__RUNNING_PER_MEMBER="4")
    cards = {prompt: await town.video(prompt=prompt) for prompt in UNANSWERED}
    for card in cards.values():
        await town.clip_on(card)
        await town.ping_for(card)
    made = {job.parameters["prompt"]: job.id for job in await town.control.jobs()}
    jobs = await town.jobs()
    assert {prompt: jobs[job_id_of(card)]["request_id"] for prompt, card in cards.items()} == made
    assert await town.posts() == len(UNANSWERED)
    books = await town.bot.ledger()
    assert (books["spent_credits"], books["held_credits"]) == (84 * len(UNANSWERED), 0)


async def test_what_was_taken_before_a_kill_is_found_while_it_is_being_made(town: Town) -> None:
    await town.control.change(run_time_s=600.0)
    await town.control.add_fault(Fault(Stage.ACCEPTED, Kind.DELAY, seconds=600))
    await town.open()
    card = await town.video()
    (made,) = await town.control.wait_for_jobs(1)
    await town.bot.kill()
    await town.open()
    await town.card_with(card, "in Segmind's queue")
    await town.control.complete(made.id)
    await town.clip_on(card)
    assert await town.posts() == 1


async def test_an_outcome_that_the_history_shows_late_is_waited_for(town: Town) -> None:
    await town.control.change(history_lag_s=3600)
    await town.control.add_fault(Fault(Stage.ACCEPTED, Kind.DROP))
    await town.open()
    card = await town.video()
    await town.job_once(card, status="unknown", misses=1)
    await town.bot.kill()
    town.bot.age_misses(seconds=LOOK_APART_S)
    await town.control.change(history_lag_s=0)
    await town.open()
    await town.clip_on(card)
    assert await town.posts() == 1


async def test_what_was_taken_and_failed_costs_nothing(town: Town) -> None:
    await town.control.add_fault(Fault(Stage.ACCEPTED, Kind.DROP))
    await town.control.add_fault(Fault(Stage.JOB, Kind.FAIL_CONTENT))
    await town.open()
    card = await town.video()
    await town.card_with(card, "content check refused", "given back")
    assert await town.posts() == 1
    assert (await town.bot.ledger())["held_credits"] == 0


async def test_what_never_arrived_is_given_up_sooner_when_the_history_shows_a_later_job(town: Town) -> None:
    await town.control.change(run_time_s=600.0)
    await town.control.add_fault(Fault(Stage.SUBMIT, Kind.DROP, prompt="lost"))
    await town.open()
    card = await town.video(prompt="a lost fox")
    await town.card_with(card, "clarified")
    await town.bot.kill()
    town.bot.age_jobs(hours=0.1)  # a POST is over after two minutes; what is sent later is taken later
    await town.open()
    await town.video(prompt="a found fox")
    await town.bot.logged("to=queued")
    await town.bot.kill()
    town.bot.age_misses(seconds=LOOK_APART_S)
    await town.open()
    await town.card_with(card, "given back")
    job = await town.job(job_id_of(card))
    assert (job["status"], job["reason"]) == ("abandoned", "not_found")
    assert job["misses"] < LOOKS
    assert len(await town.control.submits("lost")) == 1
    assert (await town.bot.ledger())["held_credits"] == 84  # of the other one


async def test_what_never_arrived_is_given_up_after_three_looks_ten_minutes_apart(town: Town) -> None:
    await town.control.add_fault(Fault(Stage.SUBMIT, Kind.DROP))
    await town.open()
    card = await town.video()
    await town.card_with(card, "clarified")
    for misses in range(1, LOOKS):
        job = await town.job_once(card, misses=misses)
        assert job["status"] == "unknown"
        await town.bot.kill()
        town.bot.age_misses(seconds=LOOK_APART_S)
        await town.open()
    shown = await town.card_with(card, "given back")
    assert "84 credits" in shown.text
    job = await town.job(job_id_of(card))
    assert (job["status"], job["reason"]) == ("abandoned", "not_found")
    assert await town.posts() == 1
    assert (await town.bot.ledger())["held_credits"] == 0


async def test_a_clip_that_turns_up_after_the_hold_ended_is_delivered_free(town: Town) -> None:
    await town.control.add_fault(Fault(Stage.JOB, Kind.STUCK_PROCESSING))
    await town.open()
    card = await town.video()
    (made,) = await town.control.wait_for_jobs(1)
    await town.bot.logged("to=queued")
    await town.bot.kill()
    town.bot.age_jobs(hours=25)
    await town.open()
    await town.card_with(card, "no answer", "given back")
    await town.bot.kill()
    await town.control.complete(made.id)
    await town.open()
    done = await town.clip_on(card)
    assert "nothing charged" in done.text.lower()
    books = await town.bot.ledger()
    assert (books["spent_credits"], books["written_off_credits"], books["spent_units"]) == (0, 84, 84)
    assert "500" in await town.balance()
    assert await town.posts() == 1


async def test_a_bot_that_was_down_for_two_hours_delivers_everything_after_its_start(town: Town) -> None:
    await town.control.change(run_time_s=3000.0)
    await town.open()
    cards = [await town.video(prompt=f"fox number {number}") for number in (1, 2)]
    await town.control.wait_for_jobs(2)
    await town.bot.logged("to=queued", after=await town.bot.logged("to=queued"))
    await town.bot.kill()
    town.bot.age_jobs(hours=2)
    await town.control.advance(2 * 3600)
    for made in await town.control.jobs():
        assert (await town.control.wait_for_state(made.id, "COMPLETED")).expired
    await town.open()
    for card in cards:
        await town.clip_on(card)
        await town.ping_for(card)
    assert await town.posts() == 2
    assert (await town.bot.ledger())["spent_credits"] == 168
