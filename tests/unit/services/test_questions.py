"""What a member is asked before anything is held: each question once, about a true price."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from klapper.drafts.draft import DraftKind, DraftState, Why
from klapper.errors import RequestRefused
from klapper.jobs.job import Job
from klapper.kling.request import Shot
from klapper.services.desk import Viewer
from klapper.services.drafts import Author, DraftView
from klapper.services.submission import Ask, Question, Submitted
from tests.unit.services.conftest import OpenWorld
from tests.unit.services.world import ANN, BOB, CHANNEL, GUILD, PRICE, World

ME = Author(GUILD, CHANNEL, ANN)


async def asked(world: World, ask: Ask) -> Question:
    """The question that an ask becomes."""
    outcome = await world.klapper.submission.submit(ask)
    assert isinstance(outcome, Question)
    return outcome


async def let_go(world: World, draft_id: str, interaction_id: int) -> Submitted | Question:
    seen = (await shown(world, draft_id)).draft.revision
    ask = await world.klapper.draft_desk.ask(draft_id, ME, interaction_id, revision=seen)
    return await world.klapper.submission.submit(ask)


async def shown(world: World, draft_id: str) -> DraftView:
    return await world.klapper.draft_desk.show(draft_id, ME)


async def job_of(world: World, draft_id: str, interaction_id: int = 900) -> Job:
    outcome = await let_go(world, draft_id, interaction_id)
    assert isinstance(outcome, Submitted)
    return outcome.job


async def held(world: World) -> int:
    return (await world.balance()).held


async def test_a_price_above_the_limit_is_asked_about_and_nothing_is_held(open_world: OpenWorld) -> None:
    world = await open_world(credits={"confirm_above": PRICE - 1})
    question = await asked(world, world.asking("a fox", spoiler=True))
    draft = question.draft
    assert (draft.kind, draft.why, draft.price_credits, draft.spoiler) == (DraftKind.QUOTE, Why.PRICE, PRICE, True)
    assert await world.rows("SELECT * FROM jobs") == []
    assert await held(world) == 0
    job = await job_of(world, draft.draft_id)
    assert (job.draft_id, job.spoiler, job.price.credits) == (draft.draft_id, True, PRICE)
    assert await held(world) == PRICE


async def test_a_price_at_the_limit_is_not_asked_about(open_world: OpenWorld) -> None:
    world = await open_world(credits={"confirm_above": PRICE})
    assert isinstance(await world.klapper.submission.submit(world.asking("a fox")), Submitted)


async def test_a_question_pressed_twice_is_one_job(open_world: OpenWorld) -> None:
    world = await open_world(credits={"confirm_above": 1})
    draft = (await asked(world, world.asking("a fox"))).draft
    first, second = await asyncio.gather(let_go(world, draft.draft_id, 901), let_go(world, draft.draft_id, 902))
    assert isinstance(first, Submitted)
    assert isinstance(second, Submitted)
    assert {first.is_new, second.is_new} == {True, False}
    assert first.job.job_id == second.job.job_id
    view = await shown(world, draft.draft_id)
    assert (view.draft.state, view.is_live) == (DraftState.USED, False)
    assert view.became is not None
    assert view.became.job_id == first.job.job_id


async def test_the_same_request_within_ten_seconds_is_asked_about(open_world: OpenWorld) -> None:
    world = await open_world(repeat_s=10)
    first = await world.submit("a fox")
    question = await asked(world, world.asking("a fox"))
    assert (question.draft.why, question.draft.repeat_of) == (Why.REPEAT, first.job_id)
    second = await job_of(world, question.draft.draft_id)
    assert second.job_id != first.job_id
    assert await held(world) == 2 * PRICE


@pytest.mark.parametrize(
    "other",
    [{"prompt": "a fox!"}, {"user_id": BOB}, {"duration_s": 6}, {"model": "o3"}],
    ids=["other words", "other member", "other length", "other model"],
)
async def test_another_request_is_not_a_repetition(open_world: OpenWorld, other: dict[str, Any]) -> None:
    world = await open_world(repeat_s=10)
    await world.submit("a fox")
    await world.submit(**{"prompt": "a fox"} | other)


async def test_after_ten_seconds_nobody_asks(open_world: OpenWorld) -> None:
    world = await open_world(repeat_s=10)
    await world.submit("a fox")
    await world.advance(10)
    await world.submit("a fox")


async def test_who_took_a_request_back_may_send_it_again_at_once(open_world: OpenWorld) -> None:
    world = await open_world(repeat_s=10)
    job = await world.submit("a fox")
    await world.klapper.desk.cancel(job.job_id, Viewer(GUILD, ANN))
    await world.submit("a fox")


async def test_what_cannot_be_paid_is_refused_and_not_asked(open_world: OpenWorld) -> None:
    world = await open_world(credits={"confirm_above": 1, "default_allowance": PRICE - 1})
    assert (await world.refused(world.asking("a fox"))).code == "not_enough_credits"
    assert await world.rows("SELECT * FROM drafts") == []


async def test_what_no_budget_covers_is_refused_and_not_asked(open_world: OpenWorld) -> None:
    world = await open_world(credits={"confirm_above": 1, "guild_budget": PRICE - 1})
    assert (await world.refused(world.asking("a fox"))).code == "guild_budget_used_up"


async def test_a_price_that_changed_is_asked_about_again(open_world: OpenWorld) -> None:
    world = await open_world(credits={"confirm_above": 1})
    draft = (await asked(world, world.asking("a fox"))).draft
    await world.execute("UPDATE drafts SET price_credits = 1")  # as an older price table said
    question = await let_go(world, draft.draft_id, 901)
    assert isinstance(question, Question)
    assert (question.draft.why, question.draft.price_credits) == (Why.PRICE_CHANGED, PRICE)
    assert await held(world) == 0
    assert (await job_of(world, draft.draft_id, 902)).price.credits == PRICE


async def test_a_question_that_nobody_answered_in_time_starts_nothing(open_world: OpenWorld) -> None:
    world = await open_world(credits={"confirm_above": 1})
    draft = (await asked(world, world.asking("a fox"))).draft
    await world.advance(15 * 60)
    with pytest.raises(RequestRefused) as refused:
        await let_go(world, draft.draft_id, 901)
    assert refused.value.code == "draft_over"
    assert await world.rows("SELECT * FROM jobs") == []


async def test_a_draft_that_changed_at_the_same_moment_is_not_let_go_unseen(open_world: OpenWorld) -> None:
    world = await open_world(credits={"confirm_above": 1})
    draft = (await asked(world, world.asking("a fox"))).draft
    ask = await world.klapper.draft_desk.ask(draft.draft_id, ME, 901, revision=draft.revision)
    longer = replace(draft.request, duration_s=15)
    await world.klapper.draft_desk.change(draft.draft_id, ME, lambda one: replace(one, request=longer))
    assert (await world.refused(ask)).code == "draft_changed"
    assert (await job_of(world, draft.draft_id, 902)).price.credits == 3 * PRICE


async def test_nobody_pays_what_did_not_stand_on_the_button(open_world: OpenWorld) -> None:
    world = await open_world(credits={"confirm_above": 1})
    desk = world.klapper.draft_desk
    seen = (await asked(world, world.asking("a fox"))).draft
    await desk.change(seen.draft_id, ME, lambda one: replace(one, request=replace(one.request, duration_s=15)))
    assert (await world.refused(await desk.ask(seen.draft_id, ME, 901, revision=seen.revision))).code == "draft_changed"
    assert await held(world) == 0


async def test_a_changed_price_is_not_accepted_by_the_same_press_twice(open_world: OpenWorld) -> None:
    world = await open_world(credits={"confirm_above": 1})
    draft = (await asked(world, world.asking("a fox"))).draft
    await world.execute("UPDATE drafts SET price_credits = 1")
    first = await world.klapper.draft_desk.ask(draft.draft_id, ME, 901, revision=draft.revision)
    second = replace(first, interaction_id=902)
    await asked(world, first)
    assert (await world.refused(second)).code == "draft_changed"


async def test_how_it_is_delivered_is_part_of_what_is_let_go(open_world: OpenWorld) -> None:
    world = await open_world(credits={"confirm_above": 1})
    draft = (await asked(world, world.asking("a fox"))).draft
    ask = await world.klapper.draft_desk.ask(draft.draft_id, ME, 901, revision=draft.revision)
    await world.klapper.draft_desk.change(draft.draft_id, ME, lambda one: replace(one, spoiler=True))
    assert (await world.refused(ask)).code == "draft_changed"


async def test_a_replayed_interaction_finds_its_question_and_is_no_consent(open_world: OpenWorld) -> None:
    world = await open_world(repeat_s=10)
    await world.submit("a fox")
    ask = world.asking("a fox")
    draft = (await asked(world, ask)).draft
    await world.advance(11)
    assert (await asked(world, ask)).draft.draft_id == draft.draft_id
    job = await job_of(world, draft.draft_id)
    replayed = await world.submitted(ask)
    assert (replayed.job.job_id, replayed.is_new) == (job.job_id, False)


async def test_two_equal_questions_let_go_at_once_are_asked_about(open_world: OpenWorld) -> None:
    world = await open_world(repeat_s=10, credits={"confirm_above": 1})
    drafts = [(await asked(world, world.asking("a fox"))).draft for _ in range(2)]
    first = await job_of(world, drafts[0].draft_id, 901)
    question = await let_go(world, drafts[1].draft_id, 902)
    assert isinstance(question, Question)
    assert (question.draft.why, question.draft.repeat_of) == (Why.REPEAT, first.job_id)
    assert (await job_of(world, drafts[1].draft_id, 903)).job_id != first.job_id


async def test_what_is_sent_is_judged_shots_as_one_text_and_voices_too(open_world: OpenWorld) -> None:
    world = await open_world(moderation={"blocked_terms": ["bad thing"]})
    shots = (Shot("very bad", 3), Shot("thing here", 3))
    assert (await world.refused(world.asking("", shots=shots))).code == "blocked_term"
    voiced = world.asking("<<<voice_1>>>", voice_ids=("bad thing",), generate_audio=True)
    assert (await world.refused(voiced)).code == "blocked_term"


async def test_nothing_is_begun_where_nothing_could_be_made(world: World) -> None:
    may_begin = world.klapper.submission.may_begin
    await may_begin(GUILD, ANN)
    await world.klapper.guilds.pause(GUILD, BOB)
    with pytest.raises(RequestRefused) as paused:
        await may_begin(GUILD, ANN)
    assert paused.value.code == "guild_paused"
    await world.klapper.guilds.resume(GUILD, BOB)
    async with world.database.write() as tx:
        member_ref = await world.klapper.ledger.member(tx, GUILD, ANN, world.clock.now_ms())
        await world.klapper.standings.block(tx, member_ref, reason="x", by="y", now_ms=1)
    with pytest.raises(RequestRefused) as blocked:
        await may_begin(GUILD, ANN)
    assert blocked.value.code == "blocked_member"


async def test_a_preview_says_no_and_writes_nothing(open_world: OpenWorld) -> None:
    world = await open_world(credits={"default_allowance": PRICE - 1})
    cases = {"not_enough_credits": {}, "minors": {"prompt": "a nude child"}, "mode_not_taken": {"mode": "pro"}}
    for code, options in cases.items():
        with pytest.raises(RequestRefused) as refused:
            await world.klapper.submission.preview(world.asking(**{"prompt": "a fox"} | options))
        assert refused.value.code == code
    assert await world.rows("SELECT 1 FROM members UNION ALL SELECT 1 FROM decisions") == []


async def test_a_preview_leaves_what_can_be_appealed_to_be_kept_whole(open_world: OpenWorld) -> None:
    world = await open_world(moderation={"blocked_terms": ["peg"]})
    await world.klapper.submission.preview(world.asking("a peg"))
    assert (await world.refused(world.asking("a peg"))).appeal is not None


async def test_a_preview_takes_an_image_that_is_not_here_yet(world: World) -> None:
    await world.klapper.submission.preview(world.asking("a fox", start_image="f" * 64))
    assert (await world.refused(world.asking("a fox", start_image="f" * 64))).code == "image_gone"
