"""What the cards of waiting jobs hear: their place, their undo time, and pauses from wherever they come."""

from __future__ import annotations

import pytest

from klapper.clock import DAY_MS
from klapper.jobs.job import JobStatus
from klapper.segmind.answers import Unreadable
from klapper.services.tracker import Timers, Tracker
from tests.unit.services.conftest import OpenWorld
from tests.unit.services.world import World

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
