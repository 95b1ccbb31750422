"""The check outside: asked before anything is held and while no transaction is open, and only its yes is a yes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from klapper.errors import RequestRefused
from klapper.jobs.job import JobStatus
from klapper.kling.request import Shot
from klapper.moderation.policy import Content, Objection, Policy, Situation, Verdict
from klapper.moderation.rules import GuildRules, Mode
from klapper.services.content_check import WITHOUT_ANSWER, Checked, found_by
from klapper.services.desk import Viewer
from klapper.services.drafts import Author
from klapper.services.submission import Question
from tests.fakes import FakeJudge
from tests.unit.services.conftest import OpenWorld
from tests.unit.services.test_submission import NOTHING, written
from tests.unit.services.world import ANN, BOB, CHANNEL, GUILD, World

VIOLENCE = Objection(Verdict.REFUSED, "remote:violence", "An automatic check objects: change the text and ask again.")
REVIEW = Objection(Verdict.REVIEW, "remote:violence")
FIGHT = "a bloody fight"


@pytest.fixture
def judge() -> FakeJudge:
    return FakeJudge()


@pytest.fixture
async def world(open_world: OpenWorld, judge: FakeJudge) -> World:
    """A world whose operator has set up a check, and blocked a word."""
    return await open_world(judge=judge, moderation={"blocked_terms": ["peg"]})


async def decisions(world: World) -> list[tuple[Any, ...]]:
    return await world.rows("SELECT verdict, rule FROM decisions ORDER BY decision_id")


async def test_a_request_that_passes_is_a_job(world: World, judge: FakeJudge) -> None:
    job = await world.submit("a fox", negative_prompt="rain")
    assert job.status is JobStatus.WAITING
    assert judge.shown == [(("a fox", "rain"), ())]
    assert await decisions(world) == [("allowed", "no_objection")]


async def test_every_text_and_every_image_is_shown(world: World, judge: FakeJudge) -> None:
    first, last = await world.image(), await world.image(colour="red")
    await world.submit("it moves", start_image=first.sha256, end_image=last.sha256)
    await world.submit("", shots=(Shot("a", 3), Shot("b", 3)))
    assert judge.shown == [(("it moves",), (first.sha256, last.sha256)), (("a", "b", "a b"), ())]


async def test_what_it_objects_to_is_refused_before_anything_is_held(world: World, judge: FakeJudge) -> None:
    judge.objections[FIGHT] = VIOLENCE
    refusal = await world.refused(world.asking(FIGHT))
    assert (refusal.code, refusal.sentence) == (VIOLENCE.rule, VIOLENCE.sentence)
    assert await written(world) == NOTHING | {"decisions": 1}
    assert await decisions(world) == [("refused", "remote:violence")]
    assert (await world.balance()).held == 0


async def test_an_image_that_it_objects_to_is_refused(world: World, judge: FakeJudge) -> None:
    image = await world.image()
    judge.objections[image.sha256] = VIOLENCE
    assert (await world.refused(world.asking(start_image=image.sha256))).code == "remote:violence"


async def test_a_category_for_review_holds_the_job_for_moderators(world: World, judge: FakeJudge) -> None:
    judge.objections[FIGHT] = REVIEW
    assert (await world.submit(FIGHT)).status is JobStatus.IN_REVIEW
    assert await decisions(world) == [("review", "remote:violence")]


async def test_no_answer_is_a_no_that_says_to_ask_again(world: World, judge: FakeJudge) -> None:
    judge.unavailable = "timeout"
    refusal = await world.refused(world.asking("a fox"))
    assert refusal.code == "check_unavailable"
    assert "ask again in a moment" in refusal.sentence
    assert await written(world) == NOTHING | {"decisions": 1}
    judge.unavailable = None
    await world.submit("a fox")


async def test_it_is_asked_while_no_transaction_is_open(world: World, judge: FakeJudge) -> None:
    async def meanwhile() -> None:
        async with world.database.write():  # which would wait forever for one that is open
            pass

    judge.meanwhile = meanwhile
    await world.submit("a fox")
    assert judge.shown


async def test_what_is_refused_here_does_not_leave_the_house(world: World, judge: FakeJudge) -> None:
    assert (await world.refused(world.asking("a peg"))).code == "blocked_term"
    assert (await world.refused(world.asking(start_image="0" * 64))).code == "image_gone"
    assert (await world.refused(world.asking(user_id=BOB, duration_s=99))).code == "duration_not_a_choice"
    await world.klapper.guilds.pause(GUILD, BOB)
    assert (await world.refused(world.asking("a fox"))).code == "guild_paused"
    assert judge.shown == []
    assert await decisions(world) == [("refused", "blocked_term")]


async def test_who_cannot_pay_does_not_ask_it(open_world: OpenWorld, judge: FakeJudge) -> None:
    world = await open_world(judge=judge, credits={"default_allowance": 10})
    assert (await world.refused(world.asking("a fox"))).code == "not_enough_credits"
    assert judge.shown == []


async def test_a_preview_does_not_ask_it(world: World, judge: FakeJudge) -> None:
    await world.klapper.submission.preview(world.asking("a fox"))
    await world.klapper.submission.may_begin(GUILD, ANN)
    assert judge.shown == []


async def test_an_event_that_comes_twice_asks_once(world: World, judge: FakeJudge) -> None:
    ask = world.asking("a fox", interaction_id=77)
    first = await world.submitted(ask)
    judge.unavailable = "timeout"
    assert (await world.submitted(ask)).job == first.job
    assert len(judge.shown) == 1


async def test_a_request_that_is_asked_about_first_is_checked_before(open_world: OpenWorld, judge: FakeJudge) -> None:
    world = await open_world(judge=judge, credits={"confirm_above": 1})
    judge.objections[FIGHT] = VIOLENCE
    assert (await world.refused(world.asking(FIGHT))).code == "remote:violence"
    assert isinstance(await world.klapper.submission.submit(world.asking("a fox")), Question)
    assert (await written(world))["jobs"] == 0


# Between the check and the transaction


async def test_a_pause_that_comes_meanwhile_counts(world: World, judge: FakeJudge) -> None:
    judge.meanwhile = lambda: world.klapper.guilds.pause(GUILD, BOB)
    assert (await world.refused(world.asking("a fox"))).code == "guild_paused"
    assert (await written(world))["jobs"] == 0


async def test_a_draft_that_is_changed_meanwhile_is_not_let_through(world: World, judge: FakeJudge) -> None:
    author = Author(GUILD, CHANNEL, ANN)
    desk = world.klapper.draft_desk
    job = await world.submit("a fox")
    draft = (await desk.edit(job.job_id, Viewer(GUILD, ANN), CHANNEL)).draft
    ask = await desk.ask(draft.draft_id, author, 900, revision=draft.revision)

    async def changes_the_draft() -> None:
        fight = replace(draft.request, prompt=FIGHT)
        await desk.change(draft.draft_id, author, lambda draft: replace(draft, request=fight))

    judge.meanwhile = changes_the_draft
    with pytest.raises(RequestRefused) as refused:
        await world.klapper.submission.submit(ask)
    assert refused.value.code == "draft_changed"
    assert (await written(world))["jobs"] == 1


def test_a_yes_to_something_else_is_no_yes() -> None:
    content, other = Content(("a fox",)), Content(("a fox",))
    assert found_by(content, Checked(other.hash(), None)) == ()
    for changed in (Content(("a fox ",)), Content(("a fox",), ("0" * 64,))):
        assert found_by(changed, Checked(other.hash(), None)) == (WITHOUT_ANSWER,)
    assert found_by(content, None) == (WITHOUT_ANSWER,)


REVIEWED = GuildRules(mode=Mode.REVIEW)
UNSURE = GuildRules(unsure="review")


@pytest.mark.parametrize(
    ("rules", "objection", "verdict", "reasons"),
    [
        (GuildRules(), None, Verdict.ALLOWED, ()),
        (GuildRules(), REVIEW, Verdict.REVIEW, ("remote:violence",)),
        (GuildRules(), VIOLENCE, Verdict.REFUSED, ("remote:violence",)),
        (REVIEWED, None, Verdict.REVIEW, ("review_mode",)),
        (REVIEWED, REVIEW, Verdict.REVIEW, ("remote:violence", "review_mode")),
        (REVIEWED, VIOLENCE, Verdict.REFUSED, ("remote:violence",)),
        (GuildRules(), WITHOUT_ANSWER, Verdict.REFUSED, ("check_unavailable",)),
        (UNSURE, WITHOUT_ANSWER, Verdict.REVIEW, ("check_unavailable",)),
        (UNSURE, VIOLENCE, Verdict.REFUSED, ("remote:violence",)),
    ],
)
def test_the_stricter_of_check_and_rules_counts(
    rules: GuildRules, objection: Objection | None, verdict: Verdict, reasons: tuple[str, ...]
) -> None:
    found = () if objection is None else (objection,)
    decision = Policy([]).decide(Content(("a fox",)), Situation(rules=rules, found=found))
    assert (decision.verdict, tuple(reason.rule for reason in decision.reasons)) == (verdict, reasons)
