"""What members can ask about jobs: their own, here, and cancelling only before anything was sent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from klapper.errors import RequestRefused
from klapper.jobs.job import CANCELLABLE, JobStatus
from klapper.jobs.store import Changes
from klapper.ledger.records import Kind
from klapper.services.desk import JobDesk, Viewer
from klapper.services.views import MoneyState
from tests.unit.services.conftest import OpenWorld
from tests.unit.services.world import ANN, BOB, CYD, GUILD, OTHER_GUILD, PRICE, World

S = JobStatus

VIEWERS = [
    (Viewer(GUILD, ANN), True),
    (Viewer(GUILD, ANN, is_moderator=True), True),
    (Viewer(GUILD, BOB), False),
    (Viewer(GUILD, BOB, is_moderator=True), True),
    (Viewer(OTHER_GUILD, ANN), False),
    (Viewer(OTHER_GUILD, BOB, is_moderator=True), False),
]
DOORS: list[Callable[[JobDesk, str, Viewer], Awaitable[Any]]] = [JobDesk.show, JobDesk.receipt, JobDesk.cancel]


async def refusal(asked: Awaitable[Any]) -> RequestRefused:
    with pytest.raises(RequestRefused) as refused:
        await asked
    return refused.value


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("viewer", "finds"), VIEWERS)
async def test_a_job_is_there_for_its_requester_and_the_moderators_of_its_guild(
    world: World, door: Callable[[JobDesk, str, Viewer], Awaitable[Any]], viewer: Viewer, finds: bool
) -> None:
    job = await world.submit()
    if finds:
        await door(world.klapper.desk, job.job_id, viewer)
    else:
        code = "not_your_job" if viewer.guild_id == GUILD else "no_such_job"
        assert (await refusal(door(world.klapper.desk, job.job_id, viewer))).code == code
        assert await world.status(job.job_id) is S.WAITING


@pytest.mark.parametrize("door", DOORS)
async def test_an_id_that_is_none_is_answered_like_a_job_in_somebody_elses_direct_messages(
    world: World, door: Callable[[JobDesk, str, Viewer], Awaitable[Any]]
) -> None:
    job = await world.submit(deliver_to="dm")
    missing = await refusal(door(world.klapper.desk, "aaaaaaaa", Viewer(GUILD, ANN)))
    others = await refusal(door(world.klapper.desk, job.job_id, Viewer(GUILD, BOB)))
    assert (missing.code, missing.sentence) == (others.code, others.sentence)


async def test_the_list_has_the_viewers_own_jobs_of_this_guild_newest_first(world: World) -> None:
    mine = [await world.submit(f"{n}") for n in range(4)]
    await world.submit("somebody else's", user_id=BOB)
    await world.submit("elsewhere", guild_id=OTHER_GUILD)
    desk = world.klapper.desk
    listed = [view.job.job_id for view in await desk.list(Viewer(GUILD, ANN, is_moderator=True))]
    assert listed == [job.job_id for job in reversed(mine)]
    assert [view.job.job_id for view in await desk.list(Viewer(GUILD, ANN), skip=1, rows=2)] == listed[1:3]
    assert await desk.list(Viewer(GUILD, CYD)) == []


# Cancelling


@pytest.mark.parametrize("status", sorted(CANCELLABLE))
async def test_a_job_that_was_not_sent_can_be_cancelled_and_gives_its_credits_back(
    world: World, status: JobStatus
) -> None:
    job = await world.submit()
    if status is S.IN_REVIEW:
        await world.move(job, S.IN_REVIEW)
    view = await world.klapper.desk.cancel(job.job_id, Viewer(GUILD, ANN))
    assert (view.job.status, view.money.state) == (S.CANCELLED, MoneyState.RELEASED)
    assert (await world.balance()).held == 0


TOO_LATE = [
    ([S.SENDING], "with Segmind"),
    ([S.SENDING, S.UNKNOWN], "with Segmind"),
    ([S.SENDING, S.QUEUED], "with Segmind"),
    ([S.SENDING, S.QUEUED, S.PROCESSING], "with Segmind"),
    ([S.SENDING, S.QUEUED, S.SUCCEEDED], "made already"),
    ([S.CANCELLED], "cancelled already"),
    ([S.SENDING, S.FAILED], "failed already"),
]


@pytest.mark.parametrize(("path", "words"), TOO_LATE, ids=[path[-1] for path, _ in TOO_LATE])
async def test_a_job_that_was_sent_or_ended_cannot_be_cancelled_and_says_why(
    world: World, path: list[JobStatus], words: str
) -> None:
    job = await world.submit()
    for step in path:
        changes = Changes(request_id="request-0001") if step is S.QUEUED else None
        job = await world.move(job, step, changes=changes)
    refused = await refusal(world.klapper.desk.cancel(job.job_id, Viewer(GUILD, ANN)))
    assert refused.code == "too_late_to_cancel"
    assert words in refused.sentence
    assert job.job_id in refused.sentence
    assert await world.job(job.job_id) == job


async def test_pressing_cancel_twice_at_once_releases_once(world: World) -> None:
    job = await world.submit()
    presses = [world.klapper.desk.cancel(job.job_id, Viewer(GUILD, ANN)) for _ in range(5)]
    results = await asyncio.gather(*presses, return_exceptions=True)
    assert sum(isinstance(result, RequestRefused) for result in results) == 4
    releases = "SELECT COUNT(*) FROM transfers WHERE kind = 'release' AND ledger = 'credit'"
    assert await world.rows(releases) == [(1,)]


async def test_the_history_says_who_cancelled(world: World) -> None:
    own, others = await world.submit("own"), await world.submit("other's")
    await world.klapper.desk.cancel(own.job_id, Viewer(GUILD, ANN))
    await world.klapper.desk.cancel(others.job_id, Viewer(GUILD, BOB, is_moderator=True))  # Bob was never seen before
    by_ann, by_bob = [(await world.events(job.job_id))[-1].actor for job in (own, others)]
    assert by_ann == f"member:{own.member_ref}"
    assert by_bob not in (by_ann, "klapper")


async def test_a_cancel_that_races_the_send_either_wins_or_is_too_late(open_world: OpenWorld) -> None:
    world = await open_world(
        credits={"default_allowance": 100_000, "bot_budget_per_day": 0}, limits={"undo_s": 0, "running_per_member": 0}
    )
    outcomes = [await raced(world, f"{hops}", hops) for hops in range(30)]
    assert set(outcomes) == {S.CANCELLED, S.QUEUED}


async def raced(world: World, prompt: str, hops: int) -> JobStatus:
    """The state of a job whose Cancel is pressed after so many steps of the sending loop."""
    job = await world.submit(prompt)
    loop = asyncio.create_task(world.klapper.sending.run())
    for _ in range(hops):
        await world.rows("SELECT 1")
    cancelling = asyncio.create_task(world.klapper.desk.cancel(job.job_id, Viewer(GUILD, ANN)))
    await asyncio.wait([cancelling])
    await world.settle()
    loop.cancel()
    await asyncio.wait([loop])
    status = await world.status(job.job_id)
    if cancelling.exception() is None:
        assert (world.provider.posts_of(prompt), status) == ([], S.CANCELLED)
    else:
        assert isinstance(cancelling.exception(), RequestRefused)
        assert (len(world.provider.posts_of(prompt)), status) == (1, S.QUEUED)
        await world.move(await world.job(job.job_id), S.FAILED)
    return status


# Receipts


async def test_a_receipt_has_the_whole_request_what_happened_and_what_moved(world: World) -> None:
    job = await world.submit("a fox " * 300, model="o3", duration_s=3, mode="pro")
    await world.klapper.desk.cancel(job.job_id, Viewer(GUILD, ANN))
    receipt = await world.klapper.desk.receipt(job.job_id, Viewer(GUILD, ANN))
    body = json.loads(receipt.body_text)
    assert (body["model"], body["prompt"], body["mode"]) == ("kling-o3-text2video", "a fox " * 300, "pro")
    assert [event.to_status for event in receipt.events] == [S.WAITING, S.CANCELLED]
    credits = [(moved.kind, moved.amount) for moved in receipt.transfers if moved.ledger == "credit"]
    assert credits == [(Kind.RESERVE, job.price.credits), (Kind.RELEASE, job.price.credits)]
    assert receipt.view.job.status is S.CANCELLED


async def test_a_receipt_of_a_model_that_is_gone_still_shows_the_request(world: World) -> None:
    job = await world.submit("a fox")
    await world.execute("UPDATE jobs SET request = replace(request, 'kling-3-standard-text2video', 'kling-9')")
    receipt = await world.klapper.desk.receipt(job.job_id, Viewer(GUILD, ANN))
    assert receipt.view.request is None
    assert "a fox" in receipt.body_text
    assert receipt.view.money.credits == PRICE
