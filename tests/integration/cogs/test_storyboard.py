"""A storyboard from the empty panel to the job, as somebody builds it who knows nothing but what the panel says."""

from __future__ import annotations

import pytest

from klapper.jobs.job import JobStatus
from klapper.kling.request import Shot
from tests.integration.cogs.real_house import Town, asked, open_town
from tests.integration.cogs.real_panel import Panel, said

town = pytest.fixture(open_town)


async def three_shots(town: Town) -> Panel:
    panel = await town.storyboard()
    await panel.add_shot("a fox wakes up", 4)
    await panel.add_shot("it runs through snow", 5)
    await panel.add_shot("it sleeps again", 3)
    return panel


async def prompts(town: Town, panel: Panel) -> list[str]:
    """The shots of the job that a panel becomes."""
    await panel.press("generate")
    return [shot["prompt"] for shot in (await town.body())["multi_prompt"]]


async def test_a_storyboard_of_three_shots_becomes_one_job(town: Town) -> None:
    panel = await town.storyboard()
    assert "Press **Add shot…**" in panel.says
    assert panel.controls["generate"]["disabled"]
    await panel.add_shot("a fox wakes up", 4)
    await panel.add_shot("it runs through snow", 5)
    await panel.add_shot("it sleeps again", 3)
    assert "**3 shots, 12 s**" in panel.says
    assert panel.labels["generate"] == "Generate · 202 credits"
    await panel.press("generate")
    body = await town.body()
    assert body["multi_prompt"] == [
        {"prompt": "a fox wakes up", "duration": "4"},
        {"prompt": "it runs through snow", "duration": "5"},
        {"prompt": "it sleeps again", "duration": "3"},
    ]
    assert body["duration"] == "12"
    [job] = await town.jobs()
    assert job.price.credits == 202
    assert job.status is JobStatus.WAITING


async def test_afterwards_the_panel_is_one_line_with_the_way_to_the_card(town: Town) -> None:
    panel = await three_shots(town)
    await panel.press("generate")
    [job] = await town.jobs()
    assert panel.controls == {}
    assert panel.says.strip() == f"This draft became job `{job.job_id}`: {town.card().jump_url}"
    assert not town.card().flags.ephemeral


async def test_the_sum_and_the_price_follow_every_shot(town: Town) -> None:
    panel = await town.storyboard()
    await panel.add_shot("a fox wakes up", 2)
    assert "**1 shot, 2 s**" in panel.says
    assert "Not yet:** The shots last 2 s together" in panel.says
    await panel.add_shot("it runs", 3)
    assert panel.labels["generate"] == "Generate · 84 credits"
    await panel.fill("shot_1", seconds=["4"])
    assert "**2 shots, 7 s**" in panel.says


async def test_shots_are_reordered_edited_and_removed(town: Town) -> None:
    panel = await three_shots(town)
    await panel.fill("shot_3", place=["1"])
    await panel.fill("shot_2", text="a fox yawns")
    await panel.fill("shot_3", place=["remove"])
    await panel.add_shot("the end", 3)
    assert await prompts(town, panel) == ["it sleeps again", "a fox yawns", "the end"]


async def test_a_form_of_a_shot_shows_what_the_shot_says(town: Town) -> None:
    panel = await three_shots(town)
    await panel.fill("shot_2")  # sent as it was shown
    assert await prompts(town, panel) == ["a fox wakes up", "it runs through snow", "it sleeps again"]


async def test_a_new_shot_is_proposed_a_length_that_still_fits(town: Town) -> None:
    panel = await three_shots(town)
    await panel.fill("shot", text="the end")
    assert "**4 shots, 15 s**" in panel.says


async def test_a_sixth_shot_from_an_old_form_is_refused_and_the_five_stay(town: Town) -> None:
    panel = await three_shots(town)
    await panel.add_shot("four", 1)
    old = await panel.press("shot")
    await panel.add_shot("five", 1)
    assert panel.labels["shot"] == "5 shots are the most"
    assert panel.controls["shot"]["disabled"]
    assert "There are 5 shots already" in said(await panel.send(old, text="six", seconds=["1"]))
    assert "**5 shots, 14 s**" in panel.says


async def test_a_storyboard_may_have_a_summary_an_image_and_another_model(town: Town) -> None:
    panel = await three_shots(town)
    await panel.fill("words", prompt="a day of a fox")
    await panel.choose("model", "o3")
    await panel.choose("quality", "pro,sound")
    await panel.choose("shape", "9:16")
    await panel.press("generate")
    [job] = await town.jobs()
    request = asked(job, town)
    assert request.shots == (
        Shot("a fox wakes up", 4),
        Shot("it runs through snow", 5),
        Shot("it sleeps again", 3),
    )
    assert (request.prompt, request.model, request.mode, request.generate_audio, request.aspect_ratio) == (
        "a day of a fox",
        "o3",
        "pro",
        True,
        "9:16",
    )


async def test_a_model_without_shots_says_so_and_gives_them_back_with_one_press(town: Town) -> None:
    panel = await three_shots(town)
    await panel.choose("model", "v1")
    assert "Kling 1 text to video does not take shots" in panel.says
    await panel.choose("model", "v3")
    assert "**3 shots, 12 s**" in panel.says  # nothing was dropped
    await panel.choose("model", "v1")
    assert panel.labels["clear"] == "Remove 3 shots"
    await panel.press("clear")
    assert "Press **Words…** below" in panel.says
    await panel.fill("words", prompt="a fox")
    assert panel.labels["generate"] == "Generate · 28 credits"


async def test_another_model_shows_the_qualities_that_it_has(town: Town) -> None:
    panel = await three_shots(town)
    await panel.choose("model", "o3")
    await panel.choose("quality", "pro,sound")
    await panel.choose("model", "v3")
    assert panel.chosen("quality") == "Sound: with audio"
    assert "clear" not in panel.controls
    assert panel.labels["generate"].startswith("Generate · ")


async def test_an_empty_storyboard_shows_what_its_author_prefers(town: Town) -> None:
    await town.klapper.preferences.defaults(town.guild.id, town.mira.id, model="o3", aspect_ratio="9:16", mode="pro")
    panel = await town.storyboard()
    assert panel.chosen("model") == "Model: Kling O3"
    assert panel.chosen("shape") == "Shape: 9:16 (tall)"
    assert panel.chosen("quality") == "Quality: pro (finer), silent"


async def test_a_restart_between_any_two_steps_changes_nothing(town: Town) -> None:
    panel = await town.storyboard()
    for text, seconds in (("one", "4"), ("two", "5"), ("three", "3")):
        await town.restart()
        shown = await panel.press("shot")
        await town.restart()
        await panel.send(shown, text=text, seconds=[seconds])
    await town.restart()
    await panel.choose("quality", "sound")
    await town.restart()
    assert await prompts(town, panel) == ["one", "two", "three"]
    assert (await town.body())["generate_audio"] is True
    await town.restart()
    assert len(await town.jobs()) == 1


async def test_the_clip_is_delivered_where_the_panel_says(town: Town) -> None:
    panel = await three_shots(town)
    await panel.choose("deliver", "here,spoiler")
    await panel.press("generate")
    [job] = await town.jobs()
    assert (job.deliver_to, job.spoiler) == ("here", True)


async def test_a_storyboard_is_refused_where_its_clip_could_not_be_posted(town: Town) -> None:
    answer = await town.mira.slash(town.closed_channel(), "storyboard")
    assert "I lack permissions in this channel: **Attach Files**" in said(answer)
