"""The machine of a job's states: what it allows, what it refuses, and what each change writes beside the status."""

from __future__ import annotations

import itertools

import pytest

from klapper.errors import JobConflict
from klapper.jobs.job import CANCELLABLE, OPEN, TERMINAL, TRANSITIONS, DeliveryState, Job, JobStatus, new_job_id
from klapper.jobs.store import Changes
from klapper.services.views import MoneyState
from tests.unit.services.conftest import OpenWorld
from tests.unit.services.world import PRICE, World

S = JobStatus

# As the design draws it, edge by edge.
DRAWN = """
in_review -> waiting | rejected | cancelled | expired | failed
waiting -> sending | in_review | cancelled | expired | failed
sending -> queued | waiting | failed | unknown
queued -> processing | succeeded | failed | refused | abandoned
processing -> queued | succeeded | failed | refused | abandoned
unknown -> queued | processing | succeeded | failed | refused | abandoned
abandoned -> succeeded
"""
EDGES = [
    (JobStatus(line.split(" -> ")[0]), JobStatus(to))
    for line in DRAWN.strip().splitlines()
    for to in line.split(" -> ")[1].split(" | ")
]
ENDS = {S.SUCCEEDED, S.FAILED, S.REFUSED, S.REJECTED, S.CANCELLED, S.EXPIRED, S.ABANDONED}


def way_to(status: JobStatus) -> list[JobStatus]:
    """The shortest way from `waiting`, where a job begins."""
    ways = {S.WAITING: [S.WAITING]}
    while status not in ways:
        for from_, to in EDGES:
            if from_ in ways and to not in ways:
                ways[to] = [*ways[from_], to]
    return ways[status][1:]


async def job_in(world: World, status: JobStatus) -> Job:
    job = await world.submit(f"on its way to {status} {len(await world.rows('SELECT job_id FROM jobs'))}")
    for step in way_to(status):
        sent = Changes(sent=True, posted_at_ms=world.clock.now_ms()) if step is S.SENDING else None
        changes = Changes(request_id=f"request-{job.job_id}") if step is S.QUEUED else sent
        job = await world.move(job, step, changes=changes)
    return job


@pytest.fixture
async def rich(open_world: OpenWorld) -> World:
    """A world in which nothing follows from what one job became for the next."""
    return await open_world(
        credits={"default_allowance": 100_000, "bot_budget_per_day": 0},
        limits={"waiting_per_member": 0},
        moderation={"refusals_to_review": 0, "refusals_to_pause": 0, "guild_refusals_to_pause": 0},
    )


def test_the_machine_is_the_drawn_one() -> None:
    assert {(from_, to) for from_, tos in TRANSITIONS.items() for to in tos} == set(EDGES)
    assert set(TRANSITIONS) == set(JobStatus)


def test_a_job_is_open_or_has_ended() -> None:
    assert TERMINAL == ENDS
    assert set(JobStatus) - ENDS == OPEN
    assert {S.IN_REVIEW, S.WAITING} == CANCELLABLE


def test_only_a_late_clip_follows_an_end() -> None:
    assert [(from_, to) for from_, to in EDGES if from_ in TERMINAL] == [(S.ABANDONED, S.SUCCEEDED)]


async def test_every_other_move_is_refused_and_changes_nothing(rich: World) -> None:
    for from_ in JobStatus:
        job = await job_in(rich, from_)
        before = await rich.events(job.job_id)
        for to in set(JobStatus) - TRANSITIONS[from_]:
            with pytest.raises(ValueError, match="TRANSITIONS"):
                await rich.klapper.transitions.move(job, to, reason="test")
        assert await rich.job(job.job_id) == job
        assert await rich.events(job.job_id) == before


async def test_every_edge_is_guarded_by_the_status_that_was_seen(rich: World) -> None:
    for from_, to in EDGES:
        seen = await job_in(rich, from_)
        elsewhere = next(iter(TRANSITIONS[from_]))
        changes = Changes(request_id="request-guard-" + seen.job_id) if seen.request_id is None else None
        moved = await rich.move(seen, elsewhere, changes=changes)
        with pytest.raises(JobConflict):
            await rich.klapper.transitions.move(seen, to, reason="test")
        assert await rich.job(seen.job_id) == moved


async def test_every_edge_appends_one_event_with_its_reason_actor_and_time(rich: World) -> None:
    for from_, to in EDGES:
        job = await job_in(rich, from_)
        before = await rich.events(job.job_id)
        await rich.advance(1)
        changes = Changes(request_id="request-event-" + job.job_id) if job.request_id is None else None
        await rich.klapper.transitions.move(job, to, reason="because", actor="operator", changes=changes)
        *earlier, last = await rich.events(job.job_id)
        assert earlier == before
        assert (last.from_status, last.to_status, last.reason, last.actor, last.at_ms) == (
            from_,
            to,
            "because",
            "operator",
            rich.clock.now_ms(),
        )


async def test_every_edge_leaves_the_money_and_the_delivery_that_its_end_demands(rich: World) -> None:
    for from_, to in EDGES:
        job = await job_in(rich, from_)
        changes = Changes(request_id="request-money-" + job.job_id) if job.request_id is None else None
        await rich.move(job, to, changes=changes)
        view = await rich.view(job.job_id)
        late = from_ is S.ABANDONED
        expected: tuple[MoneyState, DeliveryState | None]
        if to not in TERMINAL:
            expected = (MoneyState.HELD, None)
        elif to is S.SUCCEEDED:
            expected = (MoneyState.RELEASED if late else MoneyState.CHARGED, DeliveryState.PENDING)
        else:
            expected = (MoneyState.RELEASED, DeliveryState.NONE)
        assert (view.money.state, view.delivery and view.delivery.state) == expected, (from_, to)
        assert view.money.credits == PRICE
        assert (view.job.finished_at_ms is not None) == (to in TERMINAL)


async def test_nobody_hears_of_a_change_that_was_not_committed(world: World) -> None:
    job = await world.submit()
    heard: list[str] = []
    transitions = type(world.klapper.transitions)(
        database=world.database,
        clock=world.clock,
        jobs=world.klapper.jobs,
        deliveries=world.klapper.deliveries,
        ledger=world.klapper.ledger,
        reviewing=world.klapper.reviewing,
        protecting=world.klapper.protecting,
        announce=lambda moved: heard.append(moved.status.value),
    )
    await transitions.move(job, S.SENDING, reason="turn")
    with pytest.raises(JobConflict):
        await transitions.move(job, S.CANCELLED, reason="too late")
    assert heard == ["sending"]


def test_ids_of_jobs_can_be_read_aloud_and_do_not_repeat() -> None:
    ids = [new_job_id() for _ in range(1000)]
    assert len(set(ids)) == 1000
    assert set(itertools.chain(*ids)).isdisjoint("il1o0")
    assert {len(id_) for id_ in ids} == {8}
