"""When something goes wrong: the right state, the right money, the right words."""

from __future__ import annotations

import pytest

from sandbox.segmind import Fault, Kind, Stage
from tests.acceptance.town import Town, job_id_of


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        (Fault(Stage.JOB, Kind.FAIL_TECHNICAL), "failed", ("could not make", "given back")),
        (Fault(Stage.JOB, Kind.FAIL_CONTENT), "refused", ("content check refused", "given back")),
        (Fault(Stage.SUBMIT, Kind.BAD_REQUEST), "failed", ("did not accept", "given back")),
        (Fault(Stage.SUBMIT, Kind.PARAMETER_REFUSED), "failed", ("did not accept", "given back")),
        (Fault(Stage.SUBMIT, Kind.RETIRED), "failed", ("no longer offers", "given back")),
    ],
    ids=["technical", "content", "bad request", "parameter", "retired"],
)
async def test_a_job_that_cannot_be_made_costs_nothing(
    town: Town, fault: Fault, status: str, words: tuple[str, ...]
) -> None:
    await town.control.add_fault(fault)
    await town.open()
    card = await town.video()
    await town.card_with(card, *words)
    await (town.told_directly(card) if status == "refused" else town.ping_for(card))
    assert (await town.job(job_id_of(card)))["status"] == status
    books = await town.bot.ledger()
    assert (books["held_credits"], books["spent_credits"]) == (0, 0)
    assert await town.posts() == 1


async def test_a_429_sends_the_job_later_and_pays_once(town: Town) -> None:
    await town.control.add_fault(Fault(Stage.SUBMIT, Kind.RATE_LIMITED))
    await town.open()
    card = await town.video()
    await town.clip_on(card)
    assert await town.posts() == 2
    assert len(await town.control.jobs()) == 1
    assert (await town.bot.ledger())["spent_credits"] == 84


@pytest.mark.parametrize(
    ("change", "undo", "reason", "words"),
    [
        ({"key_revoked": True}, {"key_revoked": False}, "bad_key", "does not accept this bot's key"),
        ({"balance_usd": 0.1}, {"balance_usd": 50.0}, "low_balance", "does not have enough money left"),
        ({"team_limit_reached": True}, {"team_limit_reached": False}, "team_limit", "spending limit"),
        ({"forbidden": ["kling-3-standard-text2video"]}, {"forbidden": []}, "forbidden", "does not let this bot use"),
    ],
    ids=["bad_key", "low_balance", "team_limit", "forbidden"],
)
async def test_a_pause_keeps_the_hold_and_says_so_and_ends(
    town: Town, change: dict[str, object], undo: dict[str, object], reason: str, words: str
) -> None:
    await town.control.change(**change)
    await town.open()
    card = await town.video()
    await town.card_with(card, words)
    assert (await town.job(job_id_of(card)))["status"] == "waiting"
    assert [pause["reason"] for pause in (await town.bot.jobs())["pauses"]] == [reason]
    assert (await town.bot.ledger())["held_credits"] == 84

    await town.control.change(**undo)
    code, output = await town.bot.command("resume")
    assert code == 0
    assert reason in output
    await town.clip_on(card)
    assert len(await town.control.jobs()) == 1
    assert (await town.bot.ledger())["spent_credits"] == 84


@pytest.mark.parametrize(
    "kind", [Kind.HTML, Kind.BAD_GATEWAY, Kind.DROP, Kind.UNKNOWN_STATUS], ids=lambda kind: kind.name
)
async def test_an_unreadable_status_is_no_news(town: Town, kind: Kind) -> None:
    await town.control.add_fault(Fault(Stage.STATUS, kind, times=2))
    await town.open()
    card = await town.video()
    await town.clip_on(card)
    assert await town.posts() == 1


@pytest.mark.parametrize("kind", [Kind.DROP, Kind.SERVER_ERROR, Kind.HTML], ids=lambda kind: kind.name)
async def test_an_unclear_answer_to_a_submit_is_never_sent_again(town: Town, kind: Kind) -> None:
    await town.control.change(history_lag_s=3600)  # else it is found within seconds
    await town.control.add_fault(Fault(Stage.ACCEPTED, kind))
    await town.open()
    card = await town.video()
    await town.card_with(card, "clarified")
    assert (await town.job(job_id_of(card)))["status"] == "unknown"
    assert (await town.bot.ledger())["held_credits"] == 84
    assert await town.posts() == 1


async def test_a_record_that_expired_is_found_in_the_history(town: Town) -> None:
    await town.control.change(run_time_s=60.0)
    await town.open()
    card = await town.video()
    (made,) = await town.control.wait_for_jobs(1)
    await town.control.complete(made.id)
    await town.control.expire(made.id)
    await town.clip_on(card)


async def test_a_clip_above_the_upload_limit_comes_as_a_smaller_copy_with_the_way_to_the_original(town: Town) -> None:
    await town.control.add_fault(Fault(Stage.JOB, Kind.BIG, mebibytes=2))
    await town.driver.set_upload_limit(1024 * 1024, announced_bytes=10 * 1024 * 1024)
    await town.open()
    card = await town.video()
    done = await town.card_with(card, "smaller copy", "/generations/", "<t:", timeout=90)
    [attached] = done.attachments
    assert attached.size <= 1024 * 1024
    await town.ping_for(card)
    assert (await town.bot.ledger())["spent_credits"] == 84


async def test_media_that_is_gone_is_refunded_in_the_books_before_the_card_says_so(town: Town) -> None:
    await town.control.add_fault(Fault(Stage.MEDIA, Kind.NOT_FOUND, times=None))
    await town.open()
    card = await town.video()
    await town.card_with(card, "tried again")
    town.bot.age_deliveries(hours=2)  # an hour of trying is what a media host gets
    await town.card_with(card, "84 credits given back", timeout=200)
    assert "500" in await town.balance()


async def test_a_deleted_card_brings_the_clip_by_dm(town: Town) -> None:
    await town.control.change(run_time_s=60.0)
    await town.open()
    card = await town.video()
    (made,) = await town.control.wait_for_jobs(1)
    await town.driver.delete_message(card)
    await town.control.complete(made.id)
    message = await town.driver.wait_message(lambda message: message.dm and bool(message.attachments), timeout=90)
    assert message.attachments[0].filename.endswith(".mp4")
    assert not [other for other in await town.driver.messages("videos") if other.attachments]
