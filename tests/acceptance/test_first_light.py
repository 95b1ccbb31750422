"""A text /video becomes a playing clip on one message, paid once."""

from __future__ import annotations

import asyncio
import io

import av

from tests.acceptance.town import Town, clips


async def test_a_text_request_ends_as_a_playing_clip_on_its_own_card(town: Town) -> None:
    await town.open()
    card = await town.video(prompt="a paper boat on a *wild* river", duration=5)
    done = await town.clip_on(card)

    assert "84 credits" in done.text
    assert "charged" in done.text.lower()
    clip = next(file for file in done.attachments if file.filename == clips(done)[0])
    assert "paper boat" in (clip.description or "")
    with av.open(io.BytesIO(await town.driver.fetch(clip.url))) as video:
        assert video.streams.video[0].codec_context.name == "h264"
    await town.ping_for(card)

    books = await town.bot.ledger()
    assert (books["spent_credits"], books["held_credits"]) == (84, 0)
    assert "416" in await town.balance()
    assert await town.posts() == 1


async def test_fifty_requests_with_credit_for_ten_make_ten_jobs(town: Town) -> None:
    await town.open(
        CREDITS__DEFAULT_ALLOWANCE="840",
        LIMITS__RUNNING_PER_MEMBER="100",
        LIMITS__WAITING_PER_MEMBER="100",
        SEGMIND__MAX_RUNNING_JOBS="100",
    )
    results = await asyncio.gather(*(town.ask(prompt=f"boat number {number}") for number in range(50)))

    refused = [result for result in results if result.ephemeral]
    assert len(refused) == 40
    for result in refused:
        assert "84 credits" in result.text
        assert "<t:" in result.text
    for result in results:
        if not result.ephemeral:
            await town.clip_on(result.message)
    assert await town.posts() == 10
    assert (await town.bot.ledger())["spent_credits"] == 840


async def test_the_same_interaction_twice_is_one_job(town: Town) -> None:
    await town.open()
    result = await town.ask()
    await town.driver.replay_interaction(result)
    await town.clip_on(result.message)
    assert await town.posts() == 1
    assert (await town.bot.ledger())["spent_credits"] == 84
