"""A text /video becomes a playing clip on one message, paid once."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import av
import pytest

from tests.acceptance.town import Town, clips, job_id_of

EVERY_OPTION: dict[str, list[dict[str, Any]]] = {
    "v3": [
        {},
        {"duration": 3, "aspect_ratio": "9:16", "audio": True, "negative_prompt": "rain", "cfg_scale": 0.7},
        {"duration": 15, "aspect_ratio": "1:1", "audio": False, "cfg_scale": 0},
        {"audio": True, "voice_1": "voice-a", "prompt": "she says <<<voice_1>>> hello"},
    ],
    "o3": [
        {"mode": "std"},
        {
            "mode": "pro",
            "duration": 7,
            "aspect_ratio": "9:16",
            "audio": True,
            "negative_prompt": "rain",
            "cfg_scale": 1,
        },
    ],
    "v1": [
        {"duration": 10, "mode": "pro", "aspect_ratio": "1:1", "negative_prompt": "rain", "cfg_scale": 0.3},
        {"duration": 5, "mode": "std", "camera": "forward_up"},
        {"duration": 5, "camera": "pan", "camera_amount": -7},
    ],
}


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


@pytest.mark.parametrize("model", EVERY_OPTION)
async def test_every_text_option_is_taken_by_the_strict_provider(town: Town, model: str) -> None:
    await town.open(CREDITS__DEFAULT_ALLOWANCE="100000", LIMITS__RUNNING_PER_MEMBER="0", LIMITS__WAITING_PER_MEMBER="0")
    for options in EVERY_OPTION[model]:
        card = await town.video(model=model, **options)
        done = await town.clip_on(card)
        job = await town.job(job_id_of(card))
        provider = next(made for made in await town.control.jobs() if made.id == job["request_id"])
        assert job["status"] == "succeeded"
        assert job["price"]["credits"] == round(provider.price_usd * 100)
        assert f"{job['price']['credits']} credits" in done.text
        receipt = await town.driver.press("Mira", done, label="Receipt")
        shown = await receipt.wait_message()
        assert f"{job['price']['credits']} credits" in shown.text
    books = await town.bot.ledger()
    assert books["spent_credits"] == round(sum(made.charged_usd or 0 for made in await town.control.jobs()) * 100)


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
