"""Long lists turn their pages in place, for whoever presses, after any restart."""

from __future__ import annotations

import re
from typing import Any

import pytest
import simcord

from klapper.jobs.job import JobStatus
from klapper.ledger.records import Kind
from klapper.services.views import MoneyState
from tests.integration.cogs.house_bot import Scene, buttons, forged, words

Shown = simcord.ResponseMessage


async def many_jobs(scene: Scene, count: int = 20) -> list[str]:
    """Jobs of Mira's, newest first."""
    for number in range(count):
        await scene.video(prompt=f"{number} " + "x" * 200)
    return list(scene.house.jobs)[::-1]


async def opened(scene: Scene, command: str) -> Shown:
    result = await scene.mira.slash(scene.channel, command)
    assert result.ephemeral
    assert result.response is not None
    return result.response


async def turned(scene: Scene, page: Shown, label: str) -> Shown:
    result = await scene.mira.click(page, label=label)
    assert result.response is not None
    assert result.response.id == page.id
    assert not result.followups
    return result.response


def listed(page: Shown, ids: list[str]) -> list[str]:
    return [job_id for job_id in ids if f"`{job_id}`" in words(page)]


async def test_every_job_is_on_one_page_in_order(scene: Scene) -> None:
    ids = await many_jobs(scene)
    first = await opened(scene, "jobs list")
    assert (listed(first, ids), buttons(first)) == (ids[:8], ["Older"])
    second = await turned(scene, first, "Older")
    assert (listed(second, ids), buttons(second)) == (ids[8:16], ["Newer", "Older"])
    third = await turned(scene, second, "Older")
    assert (listed(third, ids), buttons(third)) == (ids[16:], ["Newer"])
    assert listed(await turned(scene, third, "Newer"), ids) == ids[8:16]


async def test_a_list_that_fits_has_no_pages(scene: Scene) -> None:
    ids = await many_jobs(scene, 8)
    page = await opened(scene, "jobs list")
    assert (listed(page, ids), buttons(page)) == (ids, [])


async def test_every_movement_is_on_one_page_in_order(scene: Scene) -> None:
    for number in range(1, 41):
        scene.house.move_credits(Kind.RESERVE, 1_000_000 + number, "abcd2345")
    page = await opened(scene, "credits history")
    seen = [numbers(page)]
    while "Older" in buttons(page):
        page = await turned(scene, page, "Older")
        seen.append(numbers(page))
    assert seen == [list(range(40, 25, -1)), list(range(25, 10, -1)), list(range(10, 0, -1))]


def numbers(page: Shown) -> list[int]:
    return [int(amount) for amount in re.findall(r"-1,000,0(\d\d)\*\*", words(page))]


async def test_pages_turn_after_a_restart_and_after_an_hour(scene: Scene) -> None:
    ids = await many_jobs(scene, 9)
    page = await opened(scene, "jobs list")
    await scene.env.advance_time(60 * 60)
    await scene.restart()
    assert listed(await turned(scene, page, "Older"), ids) == ids[8:]


async def test_a_page_is_turned_with_one_answer_in_place(scene: Scene) -> None:
    await many_jobs(scene, 9)
    await turned(scene, await opened(scene, "jobs list"), "Older")
    (answer,) = [sent.json for sent in scene.env.http_requests[-1:]]
    assert answer is not None
    assert answer["type"] == 7


async def test_a_page_that_discord_does_not_take_does_no_harm(scene: Scene) -> None:
    ids = await many_jobs(scene, 9)
    page = await opened(scene, "jobs list")
    scene.env.inject_error("POST", "/interactions/*/callback", status=404, code=10062)
    await scene.mira.click(page, label="Older")
    assert listed(await turned(scene, page, "Older"), ids) == ids[8:]


async def test_a_page_of_the_longest_lines_is_one_message(scene: Scene) -> None:
    for _ in range(8):
        await scene.video(prompt="_" * 2_500)
    for job_id in scene.house.jobs:
        scene.house.move(job_id, JobStatus.SUCCEEDED, MoneyState.CHARGED)
    page = await opened(scene, "jobs list")
    assert listed(page, list(scene.house.jobs)) == list(scene.house.jobs)
    assert len(words(page)) <= 4_000  # Discord docs: Component Reference, Text Display


async def test_a_page_beyond_the_last_is_the_first(scene: Scene) -> None:
    ids = await many_jobs(scene, 3)
    result = await scene.mira.click(forged(scene, "page:jobs:9999"), label="x")
    assert result.response is not None
    assert listed(result.response, ids) == ids


@pytest.mark.parametrize("of", ["jobs", "credits"])
async def test_a_forged_page_on_a_public_message_leaves_it_as_it_is(scene: Scene, of: str) -> None:
    await scene.video()
    message = forged(scene, f"page:{of}:1")
    result = await scene.mira.click(message, label="x")
    assert result.ephemeral
    assert scene.job_id in words(result.response)
    assert scene.channel.last_message is not None
    assert scene.channel.last_message.content == message.content


async def test_another_member_turns_only_their_own_pages(scene: Scene) -> None:
    await scene.video()
    result = await scene.tom.click(forged(scene, "page:jobs:1"), label="x")
    assert words(result.response).strip() == "You have no jobs here yet. `/video` makes one."


async def test_a_server_that_is_not_served_has_no_pages(scene: Scene) -> None:
    message = forged(scene, "page:credits:1")
    scene.house.served = lambda guild_id: False
    result = await scene.mira.click(message, label="x")
    assert "Klapper does not work on this server" in words(result.response)
    assert scene.refusals() == ["NotServed"]


async def test_a_list_that_cannot_be_read_says_so(scene: Scene) -> None:
    message = forged(scene, "page:credits:1")
    failing: Any = ZeroDivisionError("a defect")
    scene.bot.history.error = failing
    result = await scene.mira.click(message, label="x")
    assert "Something went wrong inside Klapper." in words(result.response)
    scene.log.clear()
