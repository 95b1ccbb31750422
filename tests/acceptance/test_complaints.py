"""What users of other bots complained about and nothing else here shows over the real process (docs/complaints.md)."""

from __future__ import annotations

import asyncio

from sandbox.segmind import Fault, Kind, Stage
from tests.acceptance.town import Town, clips

MIB = 1024 * 1024
TOKEN_S = 15 * 60
QUESTIONS_APART_S = 0.2  # more of them take the processor from the copy


async def test_a_job_of_twenty_minutes_outlives_the_token_of_its_command(town: Town) -> None:
    await town.control.change(run_time_s=600.0)
    await town.open()
    asked = await town.ask()
    card = await town.card_of(asked)
    (made,) = await town.control.wait_for_jobs(1)
    await town.bot.logged("to=queued")
    await town.driver.age_interaction(asked, TOKEN_S + 300)
    await town.control.complete(made.id)
    done = await town.clip_on(card)
    assert done.id == card.id
    await town.ping_for(card)
    used = [seen for seen in await town.driver.requests(path="^/webhooks/") if seen.status == 401]
    assert used == [], "the expired token was used"


async def test_the_gateway_is_answered_while_a_copy_is_made(town: Town) -> None:
    await town.driver.set_limits(heartbeat_s=1.0)  # Discord closes what is silent for two of them
    await town.control.add_fault(Fault(Stage.JOB, Kind.DENSE, mebibytes=30))
    await town.driver.set_upload_limit(10 * MIB)
    await town.open()
    card = await town.video()
    await town.card_with(card, "smaller copy is being made")
    answers = 0
    while not clips(await town.driver.message(card)):
        assert "416" in await town.balance()
        answers += 1
        await asyncio.sleep(QUESTIONS_APART_S)
    assert answers > 0
    assert (await town.driver.bot())["identified"] == 1
    assert [entry for entry in await town.driver.requests() if entry.status == 401] == []
