"""What a member and an operator can do about a job that did not come to its end by itself."""

from __future__ import annotations

import pytest

from sandbox.driver import MessageView
from sandbox.segmind import Fault, JobView, Kind, Stage
from tests.acceptance.town import CLIP_S, Town, job_id_of


async def _unclear(town: Town, kind: Kind = Kind.DROP) -> MessageView:
    """A job that Segmind took without saying so, and whose history shows nothing yet."""
    await town.control.change(history_lag_s=100_000, run_time_s=600.0)
    await town.control.add_fault(Fault(Stage.ACCEPTED, kind))
    await town.open()
    card = await town.video()
    await town.card_with(card, "84 credits")
    await town.bot.logged("to=unknown")
    return card


async def test_an_operator_sees_what_is_unclear(town: Town) -> None:
    job_id = job_id_of(await _unclear(town))
    code, listed = await town.bot.command("jobs", "unknown")
    assert code == 0, listed
    assert job_id in listed
    assert "84 credits" in listed
    code, shown = await town.bot.command("jobs", "show", job_id)
    assert code == 0, shown
    for words in ("unknown", "a fox crosses a frozen river", "reserve 84"):
        assert words in shown


@pytest.mark.parametrize("answer", ["n\n", ""], ids=["no", "no answer"])
async def test_without_a_yes_nothing_is_released(town: Town, answer: str) -> None:
    card = await _unclear(town)
    code, output = await town.bot.command("jobs", "release", job_id_of(card), typed=answer)
    assert code == 1, output
    assert "Nothing was changed." in output
    assert (await town.job(job_id_of(card)))["status"] == "unknown"
    assert (await town.bot.ledger())["held_credits"] == 84


@pytest.mark.parametrize(("more", "answer"), [((), "y\n"), (("--yes",), "")], ids=["asked", "--yes"])
async def test_a_release_beside_the_running_bot_gives_the_credits_back_and_the_card_follows(
    town: Town, more: tuple[str, ...], answer: str
) -> None:
    card = await _unclear(town)
    code, output = await town.bot.command("jobs", "release", job_id_of(card), *more, typed=answer)
    assert code == 0, output
    await town.card_with(card, "given back")
    assert (await town.bot.ledger())["held_credits"] == 0
    code, shown = await town.bot.command("jobs", "show", job_id_of(card))
    assert "operator" in shown
    assert await town.posts() == 1


async def test_an_adopted_request_becomes_the_jobs_clip_charged_once(town: Town) -> None:
    card = await _unclear(town)
    (made,) = await town.control.jobs()
    await town.control.backdate(made.id, 200_000)  # its row is shown, and at a time at which the bot does not look
    code, output = await town.bot.command("jobs", "adopt", job_id_of(card), made.id, typed="y\n")
    assert code == 0, output
    assert "But it was made 55 hours away from when the job was sent" in output
    await _finish(town, made)
    await town.clip_on(card)
    books = await town.bot.ledger()
    assert (books["spent_credits"], books["held_credits"]) == (84, 0)
    assert await town.posts() == 1


async def test_without_a_yes_nothing_is_adopted(town: Town) -> None:
    card = await _unclear(town)
    (made,) = await town.control.jobs()
    await town.control.backdate(made.id, 200_000)
    code, output = await town.bot.command("jobs", "adopt", job_id_of(card), made.id, typed="n\n")
    assert code == 1, output
    assert (await town.job(job_id_of(card)))["request_id"] is None


async def test_a_yes_beforehand_does_not_adopt_what_may_be_another_request(town: Town) -> None:
    card = await _unclear(town)
    (made,) = await town.control.jobs()
    await town.control.backdate(made.id, 200_000)
    code, output = await town.bot.command("jobs", "adopt", job_id_of(card), made.id, "--yes")
    assert code == 1, output
    assert "Without --yes you are asked" in output
    assert (await town.job(job_id_of(card)))["request_id"] is None


async def test_a_request_that_segmind_does_not_know_is_not_adopted(town: Town) -> None:
    card = await _unclear(town)
    code, output = await town.bot.command("jobs", "adopt", job_id_of(card), "0" * 32, "--yes")
    assert code == 1
    assert "has no request" in output
    assert (await town.job(job_id_of(card)))["status"] == "unknown"


async def _finish(town: Town, made: JobView) -> None:
    await town.control.change(history_lag_s=0)
    await town.control.complete(made.id)


async def test_recover_gives_a_member_the_clip_that_reached_nobody(town: Town) -> None:
    await town.control.change(run_time_s=600.0)
    await town.open()
    card = await town.video()
    (made,) = await town.control.wait_for_jobs(1)
    await town.bot.logged("to=queued")
    await town.driver.delete_message(card)
    await town.driver.close_dm("Mira")
    await town.control.complete(made.id)
    job_id = job_id_of(card)
    await town.bot.logged(f"delivery moved job_id={job_id} to=undeliverable")

    asked = await town.driver.slash("Mira", "lounge", "jobs recover", job=job_id)
    answer = await asked.wait_message(lambda shown: bool(shown.attachments), timeout=CLIP_S)
    assert answer.ephemeral
    assert [file.filename for file in answer.attachments] == [f"klapper-{job_id}.mp4"]
    assert await town.posts() == 1
    assert (await town.bot.ledger())["spent_credits"] == 84


async def test_nobody_recovers_the_clip_of_another_member(town: Town) -> None:
    await town.open()
    card = await town.video()
    await town.clip_on(card)
    asked = await town.driver.slash("Tom", "videos", "jobs recover", job=job_id_of(card))
    answer = await asked.wait_message(timeout=CLIP_S)
    assert answer.attachments == []
    assert "another member's request" in answer.text
