"""Nobody lets go, or edits, what they did not see: another copy of a panel, a lost answer, two presses at once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.integration.cogs.real_house import Town, asked, open_town
from tests.integration.cogs.real_panel import Panel, said

town = pytest.fixture(open_town)

CHANGED = "This draft was changed since it was shown to you"
ELSEWHERE = [
    ("length", ["15"], "Generate · 252 credits"),
    ("deliver", ["dm,spoiler"], "Generate · 84 credits"),
    ("quality", ["sound"], "Generate · 126 credits"),
]


async def worded(town: Town) -> Panel:
    """A draft that can be let go."""
    panel = await town.storyboard()
    await panel.fill("words", prompt="a fox")
    return panel


async def three_shots(town: Town) -> Panel:
    panel = await town.storyboard()
    for text in ("one", "two", "three"):
        await panel.add_shot(text, 3)
    return panel


async def remove_shot(town: Town, panel: Panel, number: int) -> None:
    """In another copy of the panel."""
    view = await town.klapper.draft_desk.show(panel.draft_id, panel.author)
    form = f"draft:{panel.draft_id}:shot_{number}_{view.draft.revision}"
    await town.forger.form(form, by=town.mira, text="gone", seconds=["3"], place=["remove"])


# Generate


@pytest.mark.parametrize(("select", "values", "label"), ELSEWHERE, ids=[one[0] for one in ELSEWHERE])
async def test_what_was_changed_in_another_copy_is_shown_before_it_is_made(
    town: Town, select: str, values: list[str], label: str
) -> None:
    panel = await worded(town)
    await town.forger.press(f"draft:{panel.draft_id}:{select}", by=town.mira, values=values)
    assert CHANGED in said(await panel.press("generate"))
    assert await town.jobs() == []
    assert panel.labels["generate"] == label
    await panel.press("generate")
    [job] = await town.jobs()
    assert label == f"Generate · {job.price.credits} credits"


async def test_a_change_whose_answer_was_lost_is_shown_before_it_is_made(town: Town) -> None:
    panel = await worded(town)
    town.env.inject_error("POST", "/interactions/*/callback", status=404, code=10062)
    await panel.choose("length", "15")
    assert panel.labels["generate"] == "Generate · 84 credits"
    assert CHANGED in said(await panel.press("generate"))
    assert await town.jobs() == []
    assert panel.labels["generate"] == "Generate · 252 credits"


@pytest.mark.parametrize("times", [2, 3])
async def test_two_presses_at_once_do_not_agree_to_a_new_price(town: Town, times: int) -> None:
    panel = await worded(town)
    await town.reprice(panel.draft_id, 40)  # its author saw another price
    await town.forger.presses_at_once(panel.controls["generate"]["custom_id"], times, by=town.mira)
    assert await town.jobs() == []


@pytest.mark.parametrize("revision", ["", "_0", "_1", "_999999999"])
async def test_a_press_without_the_newest_revision_makes_nothing(town: Town, revision: str) -> None:
    panel = await worded(town)
    answer = await town.forger.press(f"draft:{panel.draft_id}:generate{revision}", by=town.mira)
    assert CHANGED in said(answer)
    assert await town.jobs() == []


# Shots


async def test_a_form_for_a_shot_that_moved_gives_the_words_back(town: Town) -> None:
    panel = await three_shots(town)
    opened = await panel.press("shot_2")
    await remove_shot(town, panel, 1)
    answer = said(await panel.send(opened, text="two, *better*"))
    assert CHANGED in answer
    assert answer.endswith("You wrote:\ntwo, \\*better\\*")
    assert "**2 shots, 6 s**" in panel.says
    assert "**Shot 1** · 3 s\ntwo" in panel.says
    assert "**Shot 2** · 3 s\nthree" in panel.says


async def test_a_form_for_a_shot_of_nobodys_revision_changes_nothing(town: Town) -> None:
    panel = await three_shots(town)
    answer = await town.forger.form(f"draft:{panel.draft_id}:shot_2", by=town.mira, text="forged", seconds=["4"])
    assert CHANGED in said(answer)
    await panel.press("generate")
    assert [shot.prompt for shot in asked((await town.jobs())[0], town).shots] == ["one", "two", "three"]


async def test_what_another_copy_added_is_not_taken_away_with_what_was_named(town: Town) -> None:
    panel = await three_shots(town)
    await panel.choose("model", "v1")
    assert panel.labels["clear"] == "Remove 3 shots"
    await town.forger.form(f"draft:{panel.draft_id}:shot", by=town.mira, text="four", seconds=["3"])
    assert CHANGED in said(await panel.press("clear"))
    assert panel.labels["clear"] == "Remove 4 shots"
    await panel.press("clear")
    assert "clear" not in panel.controls


async def test_what_is_removed_is_what_the_button_named(town: Town) -> None:
    panel = await three_shots(town)
    await panel.fill("words", prompt="a fox", negative_prompt="rain", cfg_scale="0.3")
    await panel.choose("model", "v1")
    before = (await town.klapper.draft_desk.show(panel.draft_id, panel.author)).draft.request
    assert panel.labels["clear"] == "Remove 3 shots"
    await panel.press("clear")
    after = (await town.klapper.draft_desk.show(panel.draft_id, panel.author)).draft.request
    assert after == replace(before, shots=())


async def test_other_forms_count_as_they_were_sent_last(town: Town) -> None:
    panel = await worded(town)
    opened = await panel.press("words")
    await town.forger.press(f"draft:{panel.draft_id}:length", by=town.mira, values=["10"])
    await panel.send(opened, prompt="a wolf")
    assert "a wolf" in panel.says
    assert panel.chosen("length") == "Length: 10 s"


async def test_a_shot_is_added_whatever_else_was_changed(town: Town) -> None:
    panel = await three_shots(town)
    opened = await panel.press("shot")
    await remove_shot(town, panel, 1)
    await panel.send(opened, text="four")
    assert "**Shot 3** · 5 s\nfour" in panel.says
