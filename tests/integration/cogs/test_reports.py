"""Reports as members and moderators meet them: the card's button, the message menu, the forms, the verdicts."""

from __future__ import annotations

from typing import Any

import discord
import pytest
import simcord

from klapper.database.database import Writer
from klapper.jobs.job import DeliveryState, Job, JobStatus
from klapper.jobs.store import Changes
from klapper.services.case_views import CaseView
from klapper.services.messenger import ClipFile
from tests.integration.cogs.house_bot import words
from tests.integration.cogs.real_house import Town, open_town
from tests.integration.cogs.real_panel import Answer, controls_of, parts_of, said

MENU = "Report this clip"
THANKS = "Thank you: the moderators"

town = pytest.fixture(open_town)


async def delivered(town: Town, prompt: str = "a fox in the snow") -> Job:
    """A job of Mira's whose card has its clip attached."""
    await town.video(prompt)
    klapper, job = town.klapper, (await town.jobs())[-1]
    await klapper.board.ensure_placed(job.job_id)
    sent = Changes(sent=True, posted_at_ms=town.clock.now_ms())
    job = await klapper.transitions.move(job, JobStatus.SENDING, reason="turn", changes=sent)
    job = await klapper.transitions.move(job, JobStatus.QUEUED, reason="test", changes=Changes(request_id="r-1"))
    url = Changes(media_url="https://media.example/clip.mp4")
    job = await klapper.transitions.move(job, JobStatus.SUCCEEDED, reason="completed", changes=url)
    path = klapper.shelf.path(job.job_id)
    path.write_bytes(b"a clip")

    async def commit(tx: Writer) -> None:
        delivery = await klapper.deliveries.get(tx, job.job_id)
        assert delivery is not None
        now_ms = town.clock.now_ms()
        await klapper.deliveries.move(tx, delivery, DeliveryState.DELIVERED, way="attached", now_ms=now_ms)

    await klapper.board.show_clip(job.job_id, "attached", ClipFile(path, prompt), commit)
    return job


async def written(who: simcord.MemberActor, form: Answer, reason: str = "it shows me") -> Answer:
    return await who.submit_modal(form, {"reason": reason})


async def report(town: Town, *, by: simcord.MemberActor | None = None) -> Answer:
    """Tom presses Report on the last card and writes why."""
    who = by or town.tom
    return await written(who, await town.press_card(town.card(), "report", by=who))


async def opened(town: Town) -> simcord.ResponseMessage:
    """The oldest case, opened by Max from the queue."""
    queue = private(await town.max.slash(town.channel, "moderate queue"))
    return private(await town.max.click(queue, custom_id=custom_ids(queue)[0]))


def private(answer: Answer) -> simcord.ResponseMessage:
    message = answer.response or answer.followups[-1]
    assert message.ephemeral
    return message


def custom_ids(message: discord.Message | simcord.ResponseMessage) -> list[str]:
    parts = parts_of(message) if isinstance(message, discord.Message) else message.components
    return [one["custom_id"] for one in controls_of(parts)]


async def pressed(town: Town, message: simcord.ResponseMessage, action: str) -> Answer:
    found = next(one for one in custom_ids(message) if one.endswith(f":{action}"))
    return await town.max.click(message, custom_id=found)


async def case_view(town: Town, job: Job) -> CaseView:
    async with town.klapper.database.read() as tx:
        case = await town.klapper.cases.latest_of_job(tx, job.job_id, "report")
    assert case is not None
    view = await town.klapper.case_views.get(case.case_id)
    assert view is not None
    return view


async def test_a_clip_is_reported_by_the_button_of_its_card(town: Town) -> None:
    await delivered(town)
    assert THANKS in said(await report(town))
    case = await opened(town)
    assert "it shows me" in words(case)
    assert f"<@{town.tom.id}>" in words(case)
    assert [file.filename.startswith("SPOILER_") for file in case.attachments] == [True]


async def test_who_asked_for_it_hears_that_delete_is_for_them(town: Town) -> None:
    await delivered(town)
    assert "Delete on its card" in said(await town.press_card(town.card(), "report", by=town.mira))


async def test_a_second_report_is_not_asked_for(town: Town) -> None:
    await delivered(town)
    await report(town)
    again = await town.press_card(town.card(), "report", by=town.tom)
    assert again.modal is None
    assert "You have reported this clip" in said(again)
    assert THANKS in said(await report(town, by=town.olga))
    assert "Reported by 2 members" in words(await opened(town))


async def test_blanks_are_no_report(town: Town) -> None:
    await delivered(town)
    form = await town.press_card(town.card(), "report", by=town.tom)
    assert "say in a few words" in said(await written(town.tom, form, "  "))


async def test_a_clip_is_reported_by_the_menu_of_its_card(town: Town) -> None:
    await delivered(town)
    form = await town.tom.context_menu(town.channel, MENU, town.card())
    assert THANKS in said(await written(town.tom, form))


async def test_a_clip_is_reported_by_the_menu_of_a_message_that_names_its_job(town: Town) -> None:
    job = await delivered(town)
    for said_there in (f"@mira Your clip is ready.\n-# job `{job.job_id}`", "nothing"):
        backend = town.env.backend
        stored = backend.create_message(town.channel.id, backend.bot_user.id, said_there)
        message = simcord.ResponseMessage(town.env, stored).message
        answer = await town.tom.context_menu(town.channel, MENU, message)
        assert (answer.modal is not None) is (said_there != "nothing")
    assert "no clip of Klapper's" in said(answer)


async def test_the_menu_knows_a_ping_whose_text_says_nothing(town: Town) -> None:
    job = await delivered(town)
    backend = town.env.backend
    stored = backend.create_message(town.channel.id, backend.bot_user.id, "ping")
    async with town.klapper.database.write() as tx:
        await town.klapper.cards.try_post(tx, job.job_id, "end", 0)
        await town.klapper.cards.posted(tx, job.job_id, "end", stored.id)
    answer = await town.tom.context_menu(town.channel, MENU, simcord.ResponseMessage(town.env, stored).message)
    assert answer.modal is not None


async def test_somebodys_own_message_has_no_clip_of_klappers(town: Town) -> None:
    job = await delivered(town)
    message = await town.mira.send(town.channel, f"job `{job.job_id}`")
    answer = await town.tom.context_menu(town.channel, MENU, message)
    assert "no clip of Klapper's" in said(answer)


async def test_what_is_not_finished_cannot_be_reported(town: Town) -> None:
    await town.video()
    answer = await town.tom.context_menu(town.channel, MENU, town.card())
    assert "no such clip" in said(answer)


async def test_a_report_survives_a_restart_between_press_and_form(town: Town) -> None:
    await delivered(town)
    form = await town.press_card(town.card(), "report", by=town.tom)
    await town.restart()
    assert THANKS in said(await written(town.tom, form))


# Moderators


async def test_a_dismissed_report_leaves_the_clip(town: Town) -> None:
    job = await delivered(town)
    await report(town)
    case = await opened(town)
    assert "is dismissed" in said(await pressed(town, case, "dismiss"))
    assert "dismissed by" in said(await pressed(town, case, "dismiss"))
    assert town.klapper.shelf.size_bytes(job.job_id) is not None


async def test_a_reported_clip_is_taken_down_with_a_refund(town: Town) -> None:
    job = await delivered(town)
    await report(town)
    form = await pressed(town, await opened(town), "take_down")
    answers: dict[str, Any] = {"reason": "Not here.", "refund": ["yes"], "strike": ["no"]}
    done = said(await town.max.submit_modal(form, answers))
    assert "is taken down" in done
    assert "84 credits given back" in done
    assert "Copies at Segmind stay" in done
    assert town.klapper.shelf.size_bytes(job.job_id) is None
    assert (await case_view(town, job)).case.note == "Not here."
    shown = words(private(await town.mira.slash(town.channel, "jobs show", job=job.job_id)))
    assert "Taken down" in shown
    assert "Moderators took this clip down. They wrote:\n> Not here." in shown
    assert "84 credits given back" in shown


async def test_a_clip_is_taken_down_by_command(town: Town) -> None:
    job = await delivered(town)
    command = "moderate takedown"
    done = await town.max.slash(town.channel, command, job=f"`{job.job_id}`", reason="Not here.", strike=True)
    assert "84 credits not given back" in said(done)
    again = await town.max.slash(town.channel, command, job=job.job_id, reason="Not here.")
    assert "taken down by" in said(again)


async def test_what_is_not_finished_cannot_be_taken_down(town: Town) -> None:
    await town.video()
    (job,) = await town.jobs()
    answer = await town.max.slash(town.channel, "moderate takedown", job=job.job_id, reason="Not here.")
    assert "is not finished" in said(answer)


@pytest.mark.parametrize("action", ["take_down", "dismiss"])
async def test_who_may_not_review_settles_no_report(town: Town, action: str) -> None:
    job = await delivered(town)
    await report(town)
    assert "decide about requests and reports" in said(await town.forger.press(f"case:1:{action}", by=town.tom))
    assert "decide about requests and reports" in said(
        await town.forger.form(f"case:1:{action}", by=town.tom, reason="x")
    )
    assert (await case_view(town, job)).case.is_open


async def test_a_form_without_a_reason_takes_nothing_down(town: Town) -> None:
    job = await delivered(town)
    await report(town)
    assert "say why" in said(await town.forger.form("case:1:take_down", by=town.max, reason=" "))
    assert (await case_view(town, job)).case.is_open


async def test_a_review_cannot_be_settled_as_a_report_nor_a_report_as_a_review(town: Town) -> None:
    job = await delivered(town)
    await report(town)
    for action in ("approve", "reject", "block"):
        assert "no such request" in said(await town.forger.press(f"case:1:{action}", by=town.max))
    assert (await case_view(town, job)).case.is_open


# In Discord


async def test_the_card_of_a_report_keeps_its_clip_through_edits_until_it_is_settled(town: Town) -> None:
    job, reviews = await delivered(town), town.guild.create_text_channel("reviews")
    await report(town)
    messenger = town.klapper.case_messenger
    message = await messenger.post_case(await case_view(town, job), reviews.id, "n1")
    await report(town, by=town.olga)
    await messenger.edit_case(await case_view(town, job), message)
    card = reviews.last_message
    assert card is not None
    assert "Reported by 2 members" in words(card)
    assert [file.filename for file in card.attachments] == [f"SPOILER_reported-{job.job_id}.mp4"]
    await town.max.slash(town.channel, "moderate takedown", job=job.job_id, reason="Not here.")
    await messenger.edit_case(await case_view(town, job), message)
    card = reviews.last_message
    assert card is not None
    assert card.attachments == []
    assert "Taken down" in words(card)


async def test_the_requester_is_told_directly_and_the_message_is_found_again(town: Town) -> None:
    job = await delivered(town)
    await town.max.slash(town.channel, "moderate takedown", job=job.job_id, reason="Not here.\n### Sorry <@1>")
    view, messenger = await case_view(town, job), town.klapper.case_messenger
    assert not await messenger.was_told(view)
    await messenger.tell_requester(view, "n2")
    assert await messenger.was_told(view)
    told = town.mira.user.dm_channel.last_message
    assert told is not None
    assert "> Not here." in told.content
    assert "84 credits) is not given back" in told.content
    assert "\n### Sorry" not in told.content
