"""What the cards of waiting jobs hear: their place, their undo time, and pauses from wherever they come."""

from __future__ import annotations

import pytest

from klapper.clock import DAY_MS
from klapper.jobs.job import JobStatus
from klapper.segmind.answers import Unreadable
from klapper.services.tracker import Timers, Tracker
from tests.unit.services.conftest import OpenWorld
from tests.unit.services.world import BOB, GUILD, World

S = JobStatus
HOUR_S = 3600
DAY_S = 24 * HOUR_S
NO_NEWS = Unreadable("network")


async def test_cards_hear_when_their_place_in_the_queue_changes_and_not_otherwise(open_world: OpenWorld) -> None:
    world = await open_world(limits={"undo_s": 0})
    heard: list[str] = []
    klapper = world.klapper
    tracker = Tracker(
        database=world.database,
        clock=world.clock,
        jobs=klapper.jobs,
        pauses=klapper.pauses,
        transitions=klapper.transitions,
        provider_pauses=klapper.provider_pauses,
        looks=klapper.looks,
        usual_times=klapper.usual_times,
        line=klapper.line,
        timers=Timers(hold_ms=DAY_MS, waiting_ms=DAY_MS, review_ms=DAY_MS),
        changed=heard.append,
        moved=lambda _: None,
        ticked=lambda: None,
    )
    first, second = await world.submit("first"), await world.submit("second")
    await tracker.tick()
    assert sorted(heard) == sorted([first.job_id, second.job_id])
    heard.clear()
    await tracker.tick()
    assert heard == []
    await world.move(first, S.CANCELLED)
    await tracker.tick()
    assert heard == [second.job_id]


@pytest.mark.parametrize(
    ("pause", "resume"),
    [("INSERT INTO provider_pauses VALUES ('all', 'team_limit', 0)", "DELETE FROM provider_pauses")],
)
async def test_a_card_shows_a_pause_that_begins_or_ends_in_another_process(
    world: World, pause: str, resume: str
) -> None:
    world.provider.most_running = 0
    job = await world.submit()
    await world.start()
    await world.advance(10)
    [card] = world.messenger.cards(job.job_id)
    assert card.view.waiting_for == "turn"
    await world.execute(pause)
    await world.advance(10)
    assert (card.view.waiting_for, card.view.pause_reason) == ("provider_paused", "team_limit")
    await world.execute(resume)
    await world.advance(10)
    assert card.view.waiting_for == "turn"


async def test_a_card_shows_the_end_of_the_undo_time(world: World) -> None:
    world.provider.most_running = 0
    job = await world.submit()
    await world.start()
    [card] = world.messenger.cards(job.job_id)
    assert card.view.waiting_for == "undo"
    await world.advance(6)
    assert card.view.waiting_for == "turn"


async def test_a_card_says_when_it_waits_for_its_requesters_own_jobs(open_world: OpenWorld) -> None:
    world = await open_world(limits={"undo_s": 0, "running_per_member": 1})
    first, second = await world.submit("first"), await world.submit("second")
    await world.start()
    await world.advance(10)
    another = await world.submit("another's", user_id=BOB)
    await world.advance(10)
    [card] = world.messenger.cards(second.job_id)
    assert card.view.waiting_for == "own_jobs"
    assert await world.status(another.job_id) in {S.QUEUED, S.PROCESSING}
    await world.advance(120)
    assert await world.status(first.job_id) is S.SUCCEEDED
    await world.advance(120)
    assert await world.status(second.job_id) is S.SUCCEEDED


async def test_a_servers_own_limit_of_running_jobs_counts_on_the_cards(open_world: OpenWorld) -> None:
    world = await open_world(limits={"undo_s": 0, "running_per_member": 2})
    await world.execute(
        "INSERT INTO guild_quotas (guild_id, version, running_per_member) VALUES (:guild_id, 1, 1)", guild_id=GUILD
    )
    await world.submit("first")
    second = await world.submit("second")
    await world.start()
    await world.advance(10)
    [card] = world.messenger.cards(second.job_id)
    assert card.view.waiting_for == "own_jobs"
