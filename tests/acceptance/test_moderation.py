"""A moderator decides before anything is paid: the whole way, in the real process, over HTTP and WebSocket."""

from __future__ import annotations

from sandbox.driver import MessageView
from tests.acceptance.panel import ANSWER_S
from tests.acceptance.town import CLIP_S, Town, clips, job_id_of

REVIEWS = "lounge"


async def reviewed(town: Town) -> None:
    """Ada, who manages the server, sends requests to the moderators."""
    await town.open()
    for command, options in (("manage reviewers", {"channel": REVIEWS}), ("manage mode", {"mode": "review"})):
        result = await town.driver.slash("Ada", "videos", command, **options)
        answer = await result.wait_message(timeout=ANSWER_S)
        assert answer.ephemeral
    assert "wait for a moderator" in answer.text


async def case_for(town: Town, card: MessageView) -> MessageView:
    """The card of the job's case, in the review channel."""
    return await town.driver.wait_message(
        lambda message: (
            any(button.custom_id.startswith("case:") for button in message.buttons) and job_id_of(card) in message.text
        ),
        timeout=CLIP_S,
    )


async def test_what_a_moderator_approves_is_made_and_what_they_decline_is_told_privately(town: Town) -> None:
    await reviewed(town)
    good, bad = await town.video(prompt="a calm harbour"), await town.video(prompt="a loud crowd", member="Tom")
    assert "calm harbour" not in good.text
    assert await town.posts() == 0
    case = await case_for(town, good)
    assert "> a calm harbour" in case.text
    assert "decide about requests and reports" in await town.answer(
        await town.driver.forge_press("Tom", case, _id(case, "Approve"))
    )
    assert "is approved" in await town.answer(await town.driver.press("Max", case, label="Approve"))
    done = await town.clip_on(good)
    assert "84 credits charged" in done.text

    case = await case_for(town, bad)
    form = await town.driver.press("Max", case, label="Decline…")
    await form.wait_response()
    result = await town.driver.submit_modal_values("Max", form, {"reason": "Not in this channel, please."})
    assert "is declined" in await town.answer(result)
    shown = await town.card_with(bad, "declined", "nothing charged")
    assert "Not in this channel" not in shown.text
    told = await town.driver.wait_message(
        lambda message: "Not in this channel" in message.text and message.dm, timeout=CLIP_S
    )
    assert "84 credits given back" in told.text
    assert await town.posts() == 1


async def test_a_kill_loses_no_case_and_its_buttons_work_afterwards(town: Town) -> None:
    await reviewed(town)
    card = await town.video(prompt="a lighthouse")
    case = await case_for(town, card)
    await town.bot.kill()
    await town.open()
    assert "is approved" in await town.answer(await town.driver.press("Max", case, label="Approve"))
    assert clips(await town.clip_on(card)) != []
    settled = await town.driver.wait_message(lambda message: "Approved" in message.text, timeout=CLIP_S, message=case)
    assert [button.label for button in settled.buttons] == ["Whole request"]
    cards = [one for one in await town.driver.messages(REVIEWS) if not one.ephemeral and job_id_of(card) in one.text]
    assert len(cards) == 1


async def test_a_reported_clip_is_taken_down_and_its_credits_come_back(town: Town) -> None:
    await town.open()
    await (await town.driver.slash("Ada", "videos", "manage reviewers", channel=REVIEWS)).wait_message(timeout=ANSWER_S)
    done = await town.clip_on(await town.video(prompt="a harsh light"))
    await town.ping_for(done)
    form = await town.driver.press("Tom", done, label="Report…")
    await form.wait_response()
    thanks = await town.answer(await town.driver.submit_modal_values("Tom", form, {"reason": "It flickers badly."}))
    assert "Thank you" in thanks
    case = await case_for(town, done)
    assert "> It flickers badly." in case.text
    form = await town.driver.press("Max", case, label="Take down…")
    await form.wait_response()
    values = {"reason": "It may hurt somebody.", "refund": ["yes"]}
    assert "is taken down" in await town.answer(await town.driver.submit_modal_values("Max", form, values))
    told = await town.driver.wait_message(
        lambda message: "It may hurt somebody" in message.text and message.dm, timeout=CLIP_S
    )
    assert "84 credits given back" in told.text
    await town.driver.wait_request(lambda request: request.method == "DELETE" and done.id in request.path, CLIP_S)


def _id(message: MessageView, label: str) -> str:
    return message.button(label).custom_id
