"""Discord waits three seconds; the books may take longer. What was begun is answered when it is done."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from cogs.in_time import InTime
from tests.integration.cogs.house_bot import Scene, words
from tests.integration.cogs.real_panel import Answer, Panel, said
from tests.pictures import png

PRESS_TAKEN = {"type": 6}  # Discord docs: Interaction Callback Type, DEFERRED_UPDATE_MESSAGE
COMMAND_TAKEN = {"type": 5, "data": {"flags": 64}}


@pytest.fixture
def slow(scene: Scene) -> asyncio.Event:
    """Set it, and the drafts are read and written again. They are slow as soon as `hold` was called."""
    return asyncio.Event()


def hold(scene: Scene, slow: asyncio.Event) -> None:
    scene.bot.drafts.gate = lambda: scene.env.external_wait(slow.wait(), reason="slow books")


async def release(scene: Scene, slow: asyncio.Event) -> None:
    slow.set()
    await scene.env.settle()


async def storyboard(scene: Scene) -> Panel:
    panel = _panel(scene, await scene.mira.slash(scene.channel, "storyboard"))
    await panel.fill("words", prompt="a fox")
    return panel


def callbacks(scene: Scene) -> list[Any]:
    return [sent.json for sent in scene.env.http_requests if sent.path.endswith("/callback")]


def _panel(scene: Scene, answer: Answer) -> Panel:
    return Panel(scene.env, scene.mira, answer, scene.guild.id)


# Commands


async def test_a_storyboard_that_takes_long_is_acknowledged_and_comes(scene: Scene, slow: asyncio.Event) -> None:
    hold(scene, slow)
    answer = await scene.mira.slash(scene.channel, "storyboard")
    assert callbacks(scene) == [COMMAND_TAKEN]
    assert not scene.house.drafts
    await release(scene, slow)
    assert "Press **Add shot…** below" in _panel(scene, answer).says


async def test_an_image_that_takes_long_is_acknowledged_and_comes(scene: Scene, slow: asyncio.Event) -> None:
    message = await scene.mira.send(scene.channel, attachments=[("fox.png", png())])
    scene.bot.intake.gate = lambda: scene.env.external_wait(slow.wait(), reason="a slow download")
    answer = await scene.mira.context_menu(scene.channel, "Animate this image", message)
    assert callbacks(scene) == [COMMAND_TAKEN]
    await release(scene, slow)
    assert "First image: 640 × 360" in _panel(scene, answer).says


# Presses and forms


async def test_a_choice_that_takes_long_is_acknowledged_and_then_shown(scene: Scene, slow: asyncio.Event) -> None:
    panel = await storyboard(scene)
    hold(scene, slow)
    await panel.choose("model", "v1")
    assert callbacks(scene)[-1] == PRESS_TAKEN
    assert "Kling 3.0" in panel.says
    await release(scene, slow)
    assert panel.chosen("model") == "Model: Kling 1"


async def test_generate_that_takes_long_is_acknowledged_and_makes_one_job(scene: Scene, slow: asyncio.Event) -> None:
    panel = await storyboard(scene)
    hold(scene, slow)
    await panel.press("generate")
    assert callbacks(scene)[-1] == PRESS_TAKEN
    await release(scene, slow)
    assert len(scene.house.jobs) == 1
    assert f"This draft became job `{scene.job_id}`" in panel.says


async def test_a_form_that_takes_long_to_be_read_is_acknowledged_and_counts(scene: Scene, slow: asyncio.Event) -> None:
    panel = await storyboard(scene)
    form = await panel.press("words")
    hold(scene, slow)
    await panel.send(form, prompt="a wolf")
    assert callbacks(scene)[-1] == PRESS_TAKEN
    await release(scene, slow)
    assert "a wolf" in panel.says


async def test_a_form_that_would_open_too_late_asks_for_another_press(scene: Scene, slow: asyncio.Event) -> None:
    panel = await storyboard(scene)
    hold(scene, slow)
    pressed = await panel.press("words")
    await release(scene, slow)
    assert said(pressed) == "That took too long for a form to open: press again."
    assert (await panel.press("words")).modal is not None


async def test_a_refusal_that_takes_long_is_a_private_sentence(scene: Scene, slow: asyncio.Event) -> None:
    panel = await storyboard(scene)
    custom_id = panel.controls["length"]["custom_id"]
    hold(scene, slow)
    pressed = await scene.mira.select(panel.message, ["10"], custom_id=custom_id)
    scene.house.drafts.clear()
    await release(scene, slow)
    assert "There is no such draft of yours" in said(pressed)
    assert "a fox" in panel.says


async def test_what_is_quick_is_answered_at_once(scene: Scene) -> None:
    panel = await storyboard(scene)
    await panel.choose("model", "v1")
    assert callbacks(scene)[-1]["type"] == 7
    assert "Kling 1" in words(panel.message)


# The rule itself


async def test_work_goes_on_when_whoever_waits_is_cancelled() -> None:
    gate, ended = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        await gate.wait()
        ended.set()

    async def acknowledge() -> None:
        acknowledged.set()

    acknowledged = asyncio.Event()
    waiting = asyncio.create_task(InTime(0)(work(), acknowledge))
    await acknowledged.wait()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    gate.set()
    async with asyncio.timeout(10):
        await ended.wait()


async def test_work_that_is_quick_needs_no_acknowledgement() -> None:
    async def work() -> str:
        return "done"

    async def acknowledge() -> None:
        raise AssertionError("there was time")

    assert await InTime(60)(work(), acknowledge) == "done"
