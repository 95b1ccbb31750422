"""Appeals as members and moderators see them: the button under a refusal, its form, and the card in the queue."""

from __future__ import annotations

from typing import Any

import pytest
import simcord

from klapper.moderation.rule_store import FilterTerm
from klapper.services.open_cases import Moderator
from tests.integration.cogs.house_bot import buttons, words
from tests.integration.cogs.real_house import Town, asked, open_town
from tests.integration.cogs.real_panel import Answer, controls_of, filled_in, said
from tests.integration.cogs.test_memberships import NO_MEMBER, card_in_dm
from tests.integration.cogs.test_reviews import opened, pressed, private
from tests.pictures import noise, png

town = pytest.fixture(open_town)

WHY = "It is a peg of wood."


async def block_term(town: Town, word: str = "peg") -> None:
    async with town.klapper.database.write() as tx:
        term = FilterTerm(word, "block", "", inflected=False, note="", added_by="member:1", at_ms=0, wrongs=0)
        await town.klapper.guild_rules.add_term(tx, town.guild.id, term)


async def wrongs(town: Town) -> int:
    async with town.klapper.database.read() as tx:
        return (await town.klapper.guild_rules.terms(tx, town.guild.id))[0].wrongs


async def refused(town: Town, **options: Any) -> simcord.ResponseMessage:
    """Mira's request is refused; what she sees."""
    await block_term(town)
    return private(await town.video("a peg on a wall", **options))


def appeal_id(message: simcord.ResponseMessage) -> str:
    return next(
        str(one["custom_id"]) for one in controls_of(message.components) if one["custom_id"].startswith("appeal:")
    )


async def form_of(town: Town, message: simcord.ResponseMessage) -> Answer:
    return await town.mira.click(message, custom_id=appeal_id(message))


async def appealed(town: Town, message: simcord.ResponseMessage, why: str = WHY) -> Answer:
    """Mira presses Appeal and sends the form."""
    return await town.mira.submit_modal(await form_of(town, message), {"words": why})


async def statuses(town: Town) -> list[str]:
    return [job.status.value for job in await town.jobs()]


async def test_a_refusal_can_be_appealed_in_a_form_that_says_the_price(town: Town) -> None:
    message = await refused(town)
    assert "does not allow the word “peg”" in words(message)
    assert buttons(message) == ["Appeal…"]
    form = await form_of(town, message)
    assert form.modal is not None
    assert filled_in(form.modal) == {}
    assert "84 credits" in form.modal["components"][0]["description"]
    answer = await town.mira.submit_modal(form, {"words": WHY})
    assert "waits for a moderator" in said(answer)
    assert await statuses(town) == ["in_review"]
    assert "peg" not in words(town.card())


async def test_who_may_make_nothing_hears_it_before_they_write(town: Town) -> None:
    """Blocked, they open no storyboard, no draft of an old job and no form of an appeal."""
    await town.video()
    card = await town.ended()
    message = await refused(town)
    await town.klapper.members.block(town.guild.id, town.mira.id, by=town.tom.id, words="spam")
    for answer in (
        await town.mira.slash(town.channel, "storyboard"),
        await town.press_card(card, "edit"),
        await form_of(town, message),
    ):
        assert answer.modal is None
        assert "have blocked you from making clips" in said(answer)
    assert await town.drafts() == 0


async def test_moderators_read_why_and_approve(town: Town) -> None:
    await appealed(town, await refused(town), "It is of wood.\n### Approved")
    case = await opened(town)
    shown = words(case)
    assert "> It is of wood." in shown
    assert not any(line.startswith("### Approved") for line in shown.split("\n"))
    assert "- the member appeals a refusal\n- the term “peg” is blocked by this server" in shown
    assert "is approved" in said(await pressed(town, case, "approve"))
    assert (await statuses(town), await wrongs(town)) == (["waiting"], 0)


async def test_a_refusal_that_was_wrong_marks_the_term(town: Town) -> None:
    await appealed(town, await refused(town))
    case = await opened(town)
    assert "Approve, refusal was wrong" in buttons(case)
    assert "is approved" in said(await pressed(town, case, "approve_wrong"))
    assert (await statuses(town), await wrongs(town)) == (["waiting"], 1)
    assert "approved by" in said(await pressed(town, case, "approve_wrong"))
    assert await wrongs(town) == 1


async def test_who_may_not_review_calls_no_refusal_wrong(town: Town) -> None:
    await appealed(town, await refused(town))
    assert "decide about requests and reports" in said(await town.forger.press("case:1:approve_wrong", by=town.tom))
    assert (await statuses(town), await wrongs(town)) == (["in_review"], 0)


async def test_a_refusal_is_appealed_once_and_after_a_restart(town: Town) -> None:
    message = await refused(town)
    await town.restart()
    forms = [await form_of(town, message) for _ in range(2)]
    await town.restart()
    await town.mira.submit_modal(forms[0], {"words": WHY})
    again = await town.mira.submit_modal(forms[1], {"words": "Please!"})
    assert "Moderators have this request already: job" in said(again)
    assert "Please!" in said(again)
    assert "Moderators have this request already: job" in said(await form_of(town, message))
    assert await statuses(town) == ["in_review"]


async def test_nobody_elses_refusal_can_be_appealed(town: Town) -> None:
    custom_id = appeal_id(await refused(town))
    assert "no such refusal" in said(await town.forger.press(custom_id, by=town.tom))
    form = await town.forger.form(custom_id.replace("open", "send") + ":84", by=town.tom, words=WHY)
    assert "no such refusal" in said(form)
    assert await town.jobs() == []


@pytest.mark.parametrize("tail", ["send", "what", "open:84"])
async def test_a_forged_form_or_button_makes_nothing(town: Town, tail: str) -> None:
    custom_id = appeal_id(await refused(town)).replace("open", tail)
    await town.forger.form(custom_id, by=town.mira, words=WHY)
    await town.forger.press(custom_id, by=town.mira)
    assert await town.jobs() == []


async def test_what_is_refused_all_the_same_gives_the_words_back(town: Town) -> None:
    form = await form_of(town, await refused(town))
    async with town.klapper.database.write() as tx:
        mira = await town.klapper.ledger.member(tx, town.guild.id, town.mira.id, 0)
        await town.klapper.standings.block(tx, mira, reason="", by="member:9", now_ms=0)
    answer = await town.mira.submit_modal(form, {"words": WHY})
    assert "have blocked you" in said(answer)
    assert WHY in said(answer)
    assert buttons(private(answer)) == []


async def test_what_nobody_may_overrule_has_no_button(town: Town) -> None:
    assert buttons(private(await town.video("a nude child"))) == []


async def test_a_refusal_in_a_panel_can_be_appealed(town: Town) -> None:
    await town.video("a fox")
    panel = await town.edit(await town.ended())
    await block_term(town)
    await panel.fill("words", prompt="a peg")
    answer = await panel.press("generate")
    assert "a peg" in panel.says
    await appealed(town, answer.followups[-1])
    assert await statuses(town) == ["cancelled", "in_review"]


async def test_a_refusal_of_run_again_can_be_appealed(town: Town) -> None:
    await town.video("a peg")
    card = await town.ended()
    await block_term(town)
    await appealed(town, private(await town.press_card(card, "again")))
    first, second = await town.jobs()
    assert (second.status.value, second.parent_job_id) == ("in_review", first.job_id)


async def test_a_refusal_with_images_can_be_appealed_and_keeps_them(town: Town) -> None:
    message = await refused(town, image=("fox.png", png(noise(320, 320, 1))))
    assert buttons(message) == ["Appeal…"]
    await appealed(town, message)
    (job,) = await town.jobs()
    assert (job.status.value, len(asked(job, town).images())) == ("in_review", 1)


async def test_a_refusal_in_direct_messages_is_appealed_by_a_member(town: Town) -> None:
    card = await card_in_dm(town)
    await block_term(town, "fox")
    mira = town.mira.user
    message = private(await town.press_card(card, "again", by=mira))
    form = await mira.click(message, custom_id=appeal_id(message))
    await mira.submit_modal(form, {"words": WHY})
    job = (await town.jobs())[-1]
    assert (job.status.value, job.guild_id, job.deliver_to) == ("in_review", town.guild.id, "dm")
    view = (await town.klapper.case_desk.queue(town.guild.id))[0]
    await town.klapper.case_desk.approve(view.case.case_id, Moderator(town.guild.id, town.max.id))


async def test_who_left_appeals_nothing(town: Town) -> None:
    card = await card_in_dm(town)
    await block_term(town, "fox")
    mira = town.mira.user
    message = private(await town.press_card(card, "again", by=mira))
    form = await mira.click(message, custom_id=appeal_id(message))
    await town.lose_mira()
    assert NO_MEMBER in said(await mira.submit_modal(form, {"words": WHY}))
    assert len(await town.jobs()) == 1
