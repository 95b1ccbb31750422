"""Appeals and what judged before: the check outside is asked, and a rule that was wrong is called so."""

from __future__ import annotations

from pathlib import Path

import pytest

from klapper.jobs.job import JobStatus
from klapper.moderation.policy import Objection, Verdict
from tests.fakes import FakeJudge
from tests.unit.services.appealing import MAX, appeal, appealed, audited, block_term, case_of, refusal, wrongs
from tests.unit.services.conftest import OpenWorld
from tests.unit.services.world import World

S = JobStatus


@pytest.fixture
async def world(open_world: OpenWorld) -> World:
    """A guild that blocks the word `peg`."""
    world = await open_world()
    await block_term(world)
    return world


# The check outside


VIOLENCE = Objection(Verdict.REFUSED, "remote:violence", "A check objects.")
MINORS = Objection(Verdict.REFUSED, "remote:sexual/minors", "A check objects.")


@pytest.fixture
def judge() -> FakeJudge:
    return FakeJudge()


@pytest.fixture
async def judged(open_world: OpenWorld, judge: FakeJudge) -> World:
    """A world with a check outside, and the same blocked word."""
    world = await open_world(judge=judge)
    await block_term(world)
    return world


async def test_the_check_sees_what_moderators_will_decide_about(judged: World, judge: FakeJudge) -> None:
    ask = await appeal(judged, await refusal(judged))
    assert judge.shown == []
    judge.objections["a peg"] = VIOLENCE
    await judged.submitted(ask)
    assert await judged.rows("SELECT reasons FROM cases") == [('["appeal", ["guild_term", "peg"], "remote:violence"]',)]


async def test_what_the_check_says_of_minors_stays_a_no(judged: World, judge: FakeJudge) -> None:
    ask = await appeal(judged, await refusal(judged))
    judge.objections["a peg"] = MINORS
    assert (await judged.refused(ask)).code == MINORS.rule


async def test_the_checks_own_no_can_be_appealed_and_its_silence_cannot(judged: World, judge: FakeJudge) -> None:
    judge.objections["a fight"] = VIOLENCE
    decision_id = await refusal(judged, "a fight")
    judge.unavailable = "timeout"
    ask = await appeal(judged, decision_id)
    refused = await judged.refused(ask)
    assert (refused.code, refused.appeal) == ("check_unavailable", None)
    judge.unavailable = None
    assert (await judged.submitted(ask)).job.status is S.IN_REVIEW


# A refusal that was wrong


async def test_a_refusal_that_was_wrong_marks_the_term(world: World) -> None:
    job = (await appealed(world)).job
    await world.klapper.case_desk.approve(await case_of(world, job.job_id), MAX, refusal_was_wrong=True)
    assert await world.status(job.job_id) is S.WAITING
    assert await wrongs(world) == 1
    assert (await audited(world))[-2:] == [
        ("wrong_refusal", "guild_term", "peg", ""),
        ("review_approved", "approved", "peg", ""),
    ]


async def test_a_refusal_by_the_operators_word_marks_no_term(tmp_path: Path) -> None:
    async with World.open(tmp_path / "strict", moderation={"blocked_terms": ["peg"]}) as world:
        await block_term(world, "fox")
        job = (await appealed(world)).job
        await world.klapper.case_desk.approve(await case_of(world, job.job_id), MAX, refusal_was_wrong=True)
        assert await wrongs(world) == 0
        assert ("wrong_refusal", "blocked_term", "peg", "") in await audited(world)


async def test_a_review_that_is_no_appeal_has_no_refusal_that_could_be_wrong(world: World) -> None:
    await block_term(world, "fox", "review")
    job = await world.submit("a fox")
    await world.klapper.case_desk.approve(await case_of(world, job.job_id), MAX, refusal_was_wrong=True)
    assert await world.status(job.job_id) is S.WAITING
    assert "wrong_refusal" not in {row[0] for row in await audited(world)}
