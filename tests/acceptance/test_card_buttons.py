"""What a card's buttons do, where the news goes, and how twenty jobs in one channel are found again."""

from __future__ import annotations

import asyncio

from sandbox.driver import InteractionResult, MessageView
from tests.acceptance.panel import ANSWER_S, Panel
from tests.acceptance.town import CLIP_S, Town, clips, job_id_of

RICH = {
    "CREDITS__DEFAULT_ALLOWANCE": "5000",
    "LIMITS__RUNNING_PER_MEMBER": "0",
    "LIMITS__WAITING_PER_MEMBER": "0",
    "SEGMIND__MAX_RUNNING_JOBS": "100",
}
LONGEST_LINE = 120  # characters: three lines on a phone


async def test_run_again_edit_and_receipt_begin_from_the_card(town: Town) -> None:
    await town.open(**RICH)
    done = await town.clip_on(await town.video(prompt="a kite", duration=3, negative_prompt="rain"))
    again = await _again(town, done)
    edited = await Panel.of(town.driver, await town.driver.press("Mira", done, label="Edit and run"))
    await edited.choose("length", "4")
    third = await edited.generate()
    for card in (again, third):
        shown = await town.clip_on(card)
        assert f"from job {job_id_of(done)}" in shown.text
    bodies = [post.body for post in await town.control.submits("a kite")]
    assert sorted(body.pop("duration") for body in bodies) == ["3", "3", "4"]
    assert bodies[0] == bodies[1] == bodies[2]

    receipt = await (await town.driver.press("Mira", third, label="Receipt")).wait_message()
    (file,) = receipt.attachments
    whole = (await town.driver.fetch(file.url)).decode()
    assert "68 credits" in receipt.text
    for said in ('"negative_prompt": "rain"', '"duration": "4"', job_id_of(done)):
        assert said in whole
    assert receipt.ephemeral

    for label in ("Run again", "Edit and run", "Receipt", "Delete"):
        button = done.button(label).custom_id
        answer = await town.answer(await town.driver.forge_press("Tom", done, button))
        assert "another member's request" in answer, label
    assert await town.posts() == 3


async def test_a_deleted_job_stays_deleted_after_a_kill(town: Town) -> None:
    await town.open(**RICH)
    done = await town.clip_on(await town.video(prompt="a mistake"))
    ping = await town.ping_for(done)
    other = await town.clip_on(await town.video(prompt="a treasure"))
    await town.driver.add_fault("DELETE", rf"/channels/\d+/messages/{done.id}", times=100, status=500)
    question = await _delete(town, "Mira", done)
    assert "84 credits" in question.message.text
    await town.driver.press("Mira", question.message, label="Delete for good")
    await town.driver.wait_request(lambda request: request.method == "DELETE" and done.id in request.path, ANSWER_S)
    await town.bot.kill()
    await town.driver.clear_faults()

    await town.open()
    for message in (done, ping):
        await town.driver.wait_message(lambda version: version.deleted, CLIP_S, message=message)
    await town.bot.stop()
    await town.open()
    moderated = await _delete(town, "Max", other)
    await town.driver.press("Max", moderated.message, label="Delete for good")
    await town.driver.wait_message(lambda version: version.deleted, CLIP_S, message=other)
    assert [message for message in await town.driver.messages("videos") if clips(message)] == []
    assert not any(message.attachments for message in await town.driver.dm_messages("Mira"))
    assert "a mistake" in await town.answer(await town.driver.slash("Mira", "videos", "jobs list"))
    assert (await town.bot.ledger())["spent_credits"] == 168


async def test_news_and_clip_go_where_the_member_wants_them(town: Town) -> None:
    await town.open(**RICH)
    await _notify(town, "silent")
    hidden = await town.clip_on(await town.video(prompt="a secret", spoiler=True))
    assert hidden.attachments[0].filename.startswith("SPOILER_")
    assert [medium.spoiler for medium in hidden.media] == [True]

    await _notify(town, "dm")
    card = await town.clip_on(await town.video(prompt="a letter"))
    news = await town.driver.wait_message(lambda message: message.dm and card.id in message.text, CLIP_S)
    assert "84 credits charged" in news.text

    private = await town.video(prompt="a diary", deliver="dm")
    assert private.dm
    played = await town.clip_on(private)
    receipt = await (await town.driver.press("Mira", played, label="Receipt")).wait_message()
    assert "84 credits" in receipt.text
    again = await _again(town, played)
    assert again.dm
    await town.clip_on(again)
    assert not any(message.pinged for message in await town.driver.messages("videos"))
    assert not any("diary" in message.text for message in await town.driver.messages("videos"))


async def test_twenty_jobs_in_one_channel_are_twenty_readable_cards_and_three_pages(town: Town) -> None:
    await town.open(**RICH)
    thread = await town.driver.add_thread("videos", "boats", "Mira")
    prompts = [f"boat number {number} leaves the harbour" for number in range(19)]
    cards = list(await asyncio.gather(*(town.video(prompt=prompt) for prompt in prompts)))
    cards.append(await town.video(channel=thread, prompt="a boat in a thread"))
    done = [await town.clip_on(card) for card in cards]
    assert done[-1].channel_id == thread
    for card, prompt in zip(done, [*prompts, "a boat in a thread"], strict=True):
        assert prompt in card.text
        assert max(map(len, card.text.splitlines())) <= LONGEST_LINE
    assert len({job_id_of(card) for card in done}) == 20

    listed = await (await town.driver.slash("Mira", "videos", "jobs list")).wait_message()
    pages = await _turned(town, listed)
    assert len(pages) == 3
    for card in done:
        assert sum(job_id_of(card) in page for page in pages) == 1
    assert "boat in a thread" in pages[0]
    history = await (await town.driver.slash("Mira", "videos", "credits history")).wait_message()
    await town.bot.kill()
    await town.open()
    shown = await _turned(town, history)
    assert sum(page.count("84") for page in shown) >= 20
    (choice,) = await town.driver.autocomplete("Mira", "videos", "jobs show", "job", "number 10")
    assert choice["value"] == job_id_of(done[10])
    assert await town.driver.autocomplete("Tom", "videos", "jobs show", "job", "number 10") == []


async def _again(town: Town, card: MessageView) -> MessageView:
    """The card of the job that Run again makes; less than ten seconds after the first it asks before."""
    pressed = await town.driver.press("Mira", card, label="Run again")
    answer = await pressed.wait_message(timeout=ANSWER_S)
    return await (Panel(town.driver, answer).generate() if answer.buttons else town.card_of(pressed))


async def _delete(town: Town, member: str, card: MessageView) -> InteractionResult:
    """The question that Delete asks."""
    pressed = await town.driver.press(member, card, label="Delete")
    await pressed.wait_message(timeout=ANSWER_S)
    return pressed


async def _notify(town: Town, how: str) -> None:
    await (await town.driver.slash("Mira", "videos", "settings notify", how=how)).wait_message()


async def _turned(town: Town, first: MessageView) -> list[str]:
    """The text of every page, from the newest to the oldest."""
    shown, pages = first, [first.text]
    while any(button.label == "Older" for button in shown.buttons):
        before = shown
        await town.driver.press("Mira", shown, label="Older")
        shown = await town.driver.wait_message(
            lambda version, before=before: version.version > before.version,  # type: ignore[misc]
            ANSWER_S,
            message=shown,
        )
        pages.append(shown.text)
    return pages
