"""How drafts begin as questions, how they end, and whom they belong to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from types import ModuleType

import pytest

from klapper.messages.draft_controls import CUSTOM_ID
from tests.integration.cogs.forgery import Forger
from tests.integration.cogs.real_house import Town, asked, open_town, town_with
from tests.integration.cogs.real_panel import Panel, said

town = pytest.fixture(open_town)

CONTROLS = ("model", "length", "shape", "quality", "deliver", "shot", "words", "images", "voices", "clear", "change")
FORMS = ("shot", "words", "images", "elements", "voices", "camera")
NOT_MINE = "There is no such draft of yours"


@pytest.fixture
async def careful_town(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, checker: ModuleType | None
) -> AsyncIterator[Town]:
    """Its operator wants to ask about everything above 100 credits."""
    credits = {"default_allowance": 5_000, "confirm_above": 100}
    async for town in town_with(tmp_path, caplog, checker, credits=credits):
        yield town


async def worded(town: Town) -> Panel:
    """A draft that can be let go."""
    panel = await town.storyboard()
    await panel.fill("words", prompt="a fox")
    return panel


# Questions


async def test_a_dear_request_is_asked_about_and_let_go_with_one_press(careful_town: Town) -> None:
    panel = careful_town.panel(await careful_town.video(duration=10))
    assert "This costs **168 credits**. Make it?" in panel.says
    assert await careful_town.jobs() == []
    await panel.press("generate")
    [job] = await careful_town.jobs()
    assert job.price.credits == 168
    assert careful_town.card().jump_url in panel.says


async def test_a_cheap_request_is_not_asked_about(careful_town: Town) -> None:
    answer = await careful_town.video(duration=5)
    assert not answer.ephemeral
    assert len(await careful_town.jobs()) == 1


async def test_a_question_becomes_a_panel_in_which_everything_can_be_changed(careful_town: Town) -> None:
    panel = careful_town.panel(await careful_town.video(duration=10))
    await panel.press("change")
    await panel.choose("length", "5")
    assert panel.labels["generate"] == "Generate · 84 credits"
    await panel.press("generate")
    [job] = await careful_town.jobs()
    assert asked(job, careful_town).duration_s == 5


async def test_a_question_survives_a_restart(careful_town: Town) -> None:
    panel = careful_town.panel(await careful_town.video(duration=10))
    await careful_town.restart()
    await panel.press("generate")
    assert len(await careful_town.jobs()) == 1


async def test_the_same_request_at_once_is_asked_about(town: Town) -> None:
    await town.video()
    panel = town.panel(await town.video())
    assert f"You asked for the same just now: {town.card().jump_url}." in panel.says
    await panel.press("generate")
    assert len(await town.jobs()) == 2


async def test_a_draft_whose_price_changed_is_shown_with_the_new_price_first(town: Town) -> None:
    panel = await worded(town)
    await town.reprice(panel.draft_id, 40)  # its author saw another price
    await panel.press("generate")
    assert await town.jobs() == []
    assert "The price has changed since you saw it. **84 credits**" in panel.says
    await panel.press("generate")
    assert len(await town.jobs()) == 1


# Ends


async def test_generate_pressed_twice_is_one_job(town: Town) -> None:
    panel = await worded(town)
    generate = panel.controls["generate"]["custom_id"]
    await town.forger.presses_at_once(generate, 3, by=town.mira)
    [job] = await town.jobs()
    assert f"became job `{job.job_id}`" in said(await town.forger.press(generate, by=town.mira))
    assert len(await town.jobs()) == 1


async def test_a_panel_of_a_used_draft_leads_to_its_job_at_the_next_press(town: Town) -> None:
    panel = await worded(town)
    await town.forger.press(panel.controls["generate"]["custom_id"], by=town.mira)
    await panel.press("words")
    [job] = await town.jobs()
    assert f"became job `{job.job_id}`" in panel.says


async def test_a_discarded_draft_has_no_controls_and_makes_nothing(town: Town) -> None:
    panel = await worded(town)
    generate = panel.controls["generate"]["custom_id"]
    await panel.press("discard")
    assert panel.says.strip() == "This draft was discarded: nothing was charged."
    assert panel.controls == {}
    await town.forger.press(generate, by=town.mira)
    assert await town.jobs() == []


@pytest.mark.parametrize("action", ["generate", "words", "shot", "discard"])
async def test_after_fifteen_minutes_a_press_says_why_nothing_happens(town: Town, action: str) -> None:
    panel = await worded(town)
    await town.clock.jump(15 * 60)
    await panel.press(action)
    assert "expired: nothing was changed in it for 15 minutes, and nothing was charged" in panel.says
    assert panel.labels == {"renew": "Go on with this"}
    assert await town.jobs() == []


async def test_one_goes_on_with_an_expired_draft_in_the_same_message(town: Town) -> None:
    panel = await worded(town)
    await panel.choose("length", "7")
    old = panel.draft_id
    await town.clock.jump(15 * 60)
    await panel.press("generate")
    assert "> a fox" in panel.says
    await town.restart()
    await panel.press("renew")
    assert panel.draft_id != old
    await panel.press("generate")
    [job] = await town.jobs()
    assert (asked(job, town).prompt, asked(job, town).duration_s) == ("a fox", 7)


@pytest.mark.parametrize("end", ["generate", "discard", ""])
async def test_only_what_has_expired_is_gone_on_with(town: Town, end: str) -> None:
    panel = await worded(town)
    draft_id = panel.draft_id
    if end:
        await panel.press(end)
    await town.forger.press(f"draft:{draft_id}:renew", by=town.mira)
    assert await town.drafts() == 1


async def test_nobody_goes_on_with_the_draft_of_another_member(town: Town) -> None:
    panel = await worded(town)
    await town.clock.jump(15 * 60)
    assert NOT_MINE in said(await town.forger.press(f"draft:{panel.draft_id}:renew", by=town.tom))
    assert await town.drafts() == 1


async def test_a_select_of_an_expired_draft_says_why_nothing_happens(town: Town) -> None:
    panel = await worded(town)
    await town.clock.jump(15 * 60)
    await panel.choose("model", "o3")
    assert "expired" in panel.says


@pytest.mark.parametrize("with_file", [False, True])
async def test_a_form_that_was_open_too_long_says_why_nothing_happens(town: Town, with_file: bool) -> None:
    panel = await worded(town)
    shown = await panel.press("images" if with_file else "words")
    await town.clock.jump(15 * 60)
    files = {"start_image": [("a.png", b"never looked at")]}
    answer = await panel.send(shown, **(files if with_file else {"prompt": "a *wolf*", "negative_prompt": "rain"}))
    assert "expired" in panel.says
    assert "renew" in panel.controls
    told = said(answer)
    assert with_file or told.startswith("This form came too late, and nothing was changed: its draft is over.")
    assert with_file or told.endswith("You wrote:\na \\*wolf\\*\nrain")


@pytest.mark.parametrize("end", ["generate", "discard"])
async def test_a_form_for_a_draft_that_is_over_gives_the_words_back(town: Town, end: str) -> None:
    panel = await worded(town)
    shown = await panel.press("words")
    await panel.press(end)
    told = said(await panel.send(shown, prompt="the mode of a wolf"))
    assert told.startswith("This form came too late")
    assert told.endswith("You wrote:\nthe mode of a wolf")
    assert "renew" not in panel.controls


async def test_every_change_keeps_a_draft_for_fifteen_minutes_more(town: Town) -> None:
    panel = await worded(town)
    for seconds in ("6", "7", "8"):
        await town.clock.jump(14 * 60)
        await panel.choose("length", seconds)
    await panel.press("generate")
    assert (await town.body())["duration"] == "8"


async def test_a_draft_that_was_forgotten_is_no_draft(town: Town) -> None:
    panel = await worded(town)
    await town.forget_drafts()
    before = panel.says
    assert NOT_MINE in said(await panel.press("generate"))
    assert panel.says == before


# Refusals of Generate


async def test_who_cannot_pay_keeps_the_draft_and_hears_why(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, checker: ModuleType | None
) -> None:
    async for town in town_with(tmp_path, caplog, checker, credits={"default_allowance": 50}):
        panel = await worded(town)
        assert "This costs 84 credits and you have 50" in said(await panel.press("generate"))
        assert panel.labels["generate"] == "Generate · 84 credits"
        assert await town.jobs() == []


async def test_a_pause_of_the_guild_is_said_and_the_draft_stays(town: Town) -> None:
    panel = await worded(town)
    await town.klapper.guilds.pause(town.guild.id, town.olga.id)
    assert "Klapper is paused on this server" in said(await panel.press("generate"))
    await town.klapper.guilds.resume(town.guild.id, town.olga.id)
    await panel.press("generate")
    assert len(await town.jobs()) == 1


async def test_a_number_that_is_none_is_said_and_the_words_stay(town: Town) -> None:
    panel = await worded(town)
    answer = await panel.fill("words", prompt="a wolf", cfg_scale="abc")
    assert "“How closely to follow the words” must be a number from 0 to 1, not “abc”" in said(answer)
    assert said(answer).endswith("The rest of the form counts.")
    assert "a wolf" in panel.says


# Whose it is


@pytest.mark.parametrize("action", [*CONTROLS, "elements", "camera", "generate", "discard"])
async def test_a_draft_of_another_member_does_not_exist(town: Town, action: str) -> None:
    panel = await worded(town)
    before = panel.says
    assert NOT_MINE in said(await town.forger.press(f"draft:{panel.draft_id}:{action}", by=town.tom))
    assert panel.says == before
    assert (await panel.press("generate")).acknowledged
    assert asked((await town.jobs())[0], town).prompt == "a fox"


@pytest.mark.parametrize("form", FORMS)
async def test_a_form_for_another_members_draft_changes_nothing(town: Town, form: str) -> None:
    panel = await worded(town)
    before = panel.says
    answer = await town.forger.form(f"draft:{panel.draft_id}:{form}", by=town.tom, prompt="mine now")
    assert NOT_MINE in said(answer)
    assert panel.says == before


async def test_a_draft_of_another_guild_does_not_exist(town: Town) -> None:
    panel = await worded(town)
    elsewhere = town.env.create_guild()
    mira = elsewhere.add_member(town.mira.user)
    forger = Forger(town.env, elsewhere.create_text_channel("other"))
    assert NOT_MINE in said(await forger.press(f"draft:{panel.draft_id}:generate", by=mira))
    assert await town.jobs() == []


@pytest.mark.parametrize("custom_id", ["draft:zzzzzzzzzzzz:generate", "draft::generate", "draft:' OR 1=1:generate"])
async def test_a_forged_id_is_no_draft(town: Town, custom_id: str) -> None:
    await worded(town)
    assert NOT_MINE in said(await town.forger.press(custom_id, by=town.mira))
    assert await town.jobs() == []


@pytest.mark.parametrize("action", ["", "explode", "shot_x", "generate:now", "words_1_2"])
async def test_a_malformed_action_gets_a_sentence(town: Town, action: str) -> None:
    panel = await worded(town)
    answer = await town.forger.press(f"draft:{panel.draft_id}:{action}", by=town.mira)
    assert "This control is from another version of Klapper" in said(answer)
    assert CUSTOM_ID.fullmatch(f"draft:{panel.draft_id}:{action}")


async def test_a_forged_select_value_changes_nothing(town: Town) -> None:
    panel = await worded(town)
    for action, value in (("length", "long"), ("deliver", "mars")):
        answer = await town.forger.press(f"draft:{panel.draft_id}:{action}", by=town.mira, values=[value])
        assert "another version" in said(answer)
    await panel.press("generate")
    assert len(await town.jobs()) == 1
