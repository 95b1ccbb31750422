"""Reviews as members and moderators see them, through the bot's own commands, buttons and forms."""

from __future__ import annotations

from typing import Any

import discord
import pytest
import simcord

from klapper.moderation.rules import Mode
from tests.integration.cogs.house_bot import words
from tests.integration.cogs.real_house import Town, open_town
from tests.integration.cogs.real_panel import Answer, controls_of, parts_of, said

Message = discord.Message | simcord.ResponseMessage


async def strict(town: Town) -> None:
    """Requests wait for a moderator, and there is no channel for their cards."""
    async with town.klapper.database.write() as tx:
        await town.klapper.guild_rules.set_mode(tx, town.guild.id, Mode.REVIEW)


town = pytest.fixture(open_town)


def parts(message: Message) -> list[dict[str, Any]]:
    return parts_of(message) if isinstance(message, discord.Message) else message.components


def custom_ids(message: Message) -> list[str]:
    return [one["custom_id"] for one in controls_of(parts(message))]


def private(answer: Answer) -> simcord.ResponseMessage:
    """What only the member sees of an answer."""
    message = answer.response or answer.followups[-1]
    assert message.ephemeral
    return message


async def opened(town: Town) -> simcord.ResponseMessage:
    """The oldest request, opened by Max from the queue."""
    queue = private(await town.max.slash(town.channel, "moderate queue"))
    return private(await town.max.click(queue, custom_id=custom_ids(queue)[0]))


async def pressed(town: Town, message: Message, action: str) -> Answer:
    found = next(one for one in custom_ids(message) if one.endswith(f":{action}"))
    return await town.max.click(message, custom_id=found)


def file_of(town: Town, answer: Answer) -> str:
    """The text of the file that an answer has."""
    [attachment] = private(answer).attachments
    data = town.env.backend.cdn.get(attachment.url)
    assert data is not None
    return data.decode()


async def test_the_card_in_the_channel_shows_the_state_and_not_the_prompt(town: Town) -> None:
    await strict(town)
    answer = await town.video("a very secret fox")
    assert "waits for a moderator" in said(answer)
    card = town.card()
    assert "secret" not in words(card)
    assert "It is next" in words(card)
    assert {one.rsplit(":", 1)[-1] for one in custom_ids(card)} == {"cancel", "edit", "receipt"}


async def test_a_moderator_opens_the_oldest_request_and_approves_it(town: Town) -> None:
    await strict(town)
    await town.video("a very secret fox")
    queue = private(await town.max.slash(town.channel, "moderate queue"))
    assert "1 request to decide about" in words(queue)
    case = await opened(town)
    assert "secret" in words(case)
    assert "is approved" in said(await pressed(town, case, "approve"))
    assert [job.status for job in await town.jobs()] == ["waiting"]
    assert "approved by" in said(await pressed(town, case, "approve"))


async def test_a_reason_is_asked_for_before_a_request_is_declined(town: Town) -> None:
    await strict(town)
    await town.video("a very secret fox")
    form = await pressed(town, await opened(town), "reject")
    done = await town.max.submit_modal(form, {"reason": "Not in this channel."})
    assert "is declined" in said(done)
    (job,) = await town.jobs()
    assert job.status == "rejected"
    assert "Not in this channel" not in words(town.card())
    shown = await town.mira.slash(town.channel, "jobs show", job=job.job_id)
    assert "Not in this channel" in words(private(shown))


async def test_a_request_of_who_manages_the_server_leads_to_no_block(town: Town) -> None:
    await strict(town)
    for member in (town.olga, town.tom):
        await member.slash(town.channel, "video", prompt="a fox")
    form = await pressed(town, await opened(town), "block")
    assert "Manage Server" in said(await town.max.submit_modal(form, {"reason": "Enough."}))
    await pressed(town, await opened(town), "approve")
    form = await pressed(town, await opened(town), "block")
    assert "member blocked" in said(await town.max.submit_modal(form, {"reason": "Enough."}))
    assert [job.status for job in await town.jobs()] == ["waiting", "rejected"]


async def test_what_a_moderator_writes_of_a_block_reaches_its_member_nowhere(town: Town) -> None:
    await strict(town)
    await town.video("a very secret fox")
    form = await pressed(town, await opened(town), "block")
    await town.max.submit_modal(form, {"reason": "A sock puppet."})
    (job,) = await town.jobs()
    assert job.status == "rejected"
    view = await town.klapper.board.view(job.job_id)
    assert view is not None
    assert view.review is not None
    assert view.review.note == "A sock puppet."
    await town.klapper.messenger.tell_directly(view, "1")
    news = town.mira.user.dm_channel.last_message
    assert news is not None
    assert "Your request was declined by a moderator." in words(news)
    shown = private(await town.mira.slash(town.channel, "jobs show", job=job.job_id))
    listed = private(await town.mira.slash(town.channel, "jobs list"))
    receipt = await town.press_card(town.card(), "receipt")
    assert "Declined" in words(shown)
    for read in (words(news), words(town.card()), words(shown), words(listed), said(receipt), file_of(town, receipt)):
        assert "sock" not in read


async def test_who_may_not_review_decides_nothing(town: Town) -> None:
    await strict(town)
    await town.video("a fox")
    for action in ("approve", "reject", "block", "open", "whole"):
        answer = await town.forger.press(f"case:1:{action}", by=town.tom)
        assert "decide about requests and reports" in said(answer)
    assert [job.status for job in await town.jobs()] == ["in_review"]


async def test_a_changed_request_is_begun_from_the_card(town: Town) -> None:
    await strict(town)
    await town.video("a fox")
    panel = await town.edit(town.card())
    assert "takes the place of job" in panel.says
    await panel.fill("words", prompt="a hen")
    await panel.press("generate")
    assert [job.status for job in await town.jobs()] == ["cancelled", "in_review"]


async def test_nobody_elses_request_can_be_changed(town: Town) -> None:
    await strict(town)
    await town.video("a fox")
    answer = await town.press_card(town.card(), "edit", by=town.tom)
    assert "another member's request" in said(answer)


async def test_a_prompt_cannot_pass_for_a_verdict(town: Town) -> None:
    await strict(town)
    await town.video("a fox\n### Approved\nApproved by <@1> <t:1:R>.\n> quote")
    lines = words(await opened(town)).split("\n")
    assert [line for line in lines if "Approved" in line and not line.startswith("> ")] == []
    assert not any("<@1>" in line for line in lines)
