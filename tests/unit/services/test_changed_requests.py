"""A changed request takes the place of the one in review; one that comes after the verdict says so first."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from klapper.jobs.job import JobStatus
from klapper.services.asking import Question
from klapper.services.drafts import Author, Change
from klapper.services.views import MoneyState
from tests.unit.services.test_reviews import ANN_LOOKS, MAX, case_of, held, review_everything, state_of, world
from tests.unit.services.world import ANN, CHANNEL, GUILD, PRICE, World

__all__ = ["world"]  # the fixture: a guild in which every request is reviewed

S = JobStatus


def prompting(prompt: str) -> Change:
    return lambda draft: replace(draft, request=replace(draft.request, prompt=prompt))


async def changed(world: World, job_id: str, prompt: str = "a hen") -> tuple[str, int, Author]:
    """A draft that changes a request in review: its id, its revision, its author."""
    author = Author(GUILD, CHANNEL, ANN)
    view = await world.klapper.draft_desk.edit(job_id, ANN_LOOKS, CHANNEL)
    view = await world.klapper.draft_desk.change(
        view.draft.draft_id, author, lambda draft: replace(draft, request=replace(draft.request, prompt=prompt))
    )
    return view.draft.draft_id, view.draft.revision, author


async def test_a_changed_request_takes_the_place_of_the_one_in_review(world: World) -> None:
    first, behind = await world.submit("a fox"), await world.submit("a cow")
    draft_id, revision, author = await changed(world, first.job_id)
    assert await state_of(world, first.job_id) == (S.IN_REVIEW, MoneyState.HELD)
    ask = await world.klapper.draft_desk.ask(draft_id, author, 5_001, revision=revision)
    second = (await world.submitted(ask)).job
    assert await state_of(world, first.job_id) == (S.CANCELLED, MoneyState.RELEASED)
    assert await state_of(world, second.job_id) == (S.IN_REVIEW, MoneyState.HELD)
    queue = await world.klapper.case_desk.queue(GUILD)
    assert [view.case.job_id for view in queue] == [behind.job_id, second.job_id]
    assert await world.rows("SELECT outcome FROM cases WHERE job_id = :job", job=first.job_id) == [("replaced",)]
    assert len(set(await world.rows("SELECT content_hash FROM decisions"))) == 3
    assert await world.broken_books() == []


async def decline(world: World, job_id: str) -> None:
    await world.klapper.case_desk.reject(await case_of(world, job_id), MAX, words="no")


async def approve(world: World, job_id: str) -> None:
    await world.klapper.case_desk.approve(await case_of(world, job_id), MAX)


async def take_back(world: World, job_id: str) -> None:
    await world.klapper.desk.cancel(job_id, ANN_LOOKS)


@pytest.mark.parametrize("verdict", [decline, approve, take_back])
async def test_a_change_that_comes_after_the_verdict_starts_nothing_until_its_author_was_shown_it(
    world: World, verdict: Callable[[World, str], Awaitable[None]]
) -> None:
    job = await world.submit("a fox")
    draft_id, revision, author = await changed(world, job.job_id)
    await verdict(world, job.job_id)
    before = await held(world)
    ask = await world.klapper.draft_desk.ask(draft_id, author, 5_001, revision=revision)
    outcome = await world.klapper.submission.submit(ask)
    assert isinstance(outcome, Question)
    assert await world.rows("SELECT COUNT(*) FROM jobs") == [(1,)]
    assert await held(world) == before
    view = await world.klapper.draft_desk.show(draft_id, author)
    assert (view.draft.request.prompt, view.draft.replaces) == ("a hen", None)
    assert view.reviewed is not None
    assert (view.reviewed.job.job_id, view.reviewed.is_in_review) == (job.job_id, False)
    again = await world.klapper.draft_desk.ask(draft_id, author, 5_002, revision=view.draft.revision)
    assert (await world.submitted(again)).job.status is S.IN_REVIEW
    assert await held(world) == before + 1


async def test_a_change_after_the_verdict_shows_it_and_goes_on_saying_so(world: World) -> None:
    job = await world.submit("a fox")
    draft_id, _, author = await changed(world, job.job_id)
    await approve(world, job.job_id)
    for prompt in ("a cow", "a duck"):
        view = await world.klapper.draft_desk.change(draft_id, author, prompting(prompt))
        assert view.reviewed is not None
        assert not view.reviewed.is_in_review
    ask = await world.klapper.draft_desk.ask(draft_id, author, 5_001, revision=view.draft.revision)
    assert (await world.submitted(ask)).job.parent_job_id == job.job_id


async def test_of_two_drafts_of_one_change_the_second_names_the_job_that_the_first_became(world: World) -> None:
    job = await world.submit("a fox")
    first, second = await changed(world, job.job_id), await changed(world, job.job_id, "a duck")
    made = (await world.submitted(await world.klapper.draft_desk.ask(first[0], first[2], 5_001, revision=first[1]))).job
    ask = await world.klapper.draft_desk.ask(second[0], second[2], 5_002, revision=second[1])
    assert isinstance(await world.klapper.submission.submit(ask), Question)
    view = await world.klapper.draft_desk.show(second[0], second[2])
    assert view.reviewed is not None
    assert view.reviewed.changed_to == made.job_id


async def test_a_change_that_is_refused_leaves_the_request_in_review(world: World) -> None:
    job = await world.submit("a fox")
    draft_id, revision, author = await changed(world, job.job_id, "a nude child")
    ask = await world.klapper.draft_desk.ask(draft_id, author, 5_001, revision=revision)
    assert (await world.refused(ask)).code == "minors"
    assert await state_of(world, job.job_id) == (S.IN_REVIEW, MoneyState.HELD)


async def test_a_change_needs_no_more_credits_than_what_its_request_gives_back(tmp_path: Path) -> None:
    async with World.open(tmp_path / "poor", credits={"default_allowance": PRICE}) as world:
        await review_everything(world)
        job = await world.submit("a fox")
        draft_id, revision, author = await changed(world, job.job_id)
        ask = await world.klapper.draft_desk.ask(draft_id, author, 5_001, revision=revision)
        second = (await world.submitted(ask)).job
        assert await state_of(world, second.job_id) == (S.IN_REVIEW, MoneyState.HELD)
