"""Pauses that Segmind's answers caused: which end by themselves, and how often that is asked."""

from __future__ import annotations

import pytest

from klapper.jobs.job import JobStatus
from klapper.segmind.answers import Credits, Unreadable
from tests.unit.services.conftest import OpenWorld
from tests.unit.services.world import ANN, World

S = JobStatus
HOUR_S = 3600
DAY_S = 24 * HOUR_S
NO_NEWS = Unreadable("network")


RICH, POOR, EMPTY = Credits(50_000_000, 0), Credits(839_999, 0), Credits(0, 0)
PROBES = [
    ("bad_key", RICH, True),
    ("bad_key", EMPTY, True),
    ("bad_key", Unreadable("bad_key"), False),
    ("bad_key", Unreadable("network"), False),
    ("no_credits", RICH, True),
    ("no_credits", Credits(840_000, 0), True),
    ("no_credits", POOR, False),
    ("no_credits", EMPTY, False),
    ("no_credits", Unreadable("http_500"), False),
    ("low_balance", RICH, True),
    ("low_balance", Credits(840_000, 0), True),
    ("low_balance", POOR, False),
    ("low_balance", Unreadable("shape"), False),
    ("team_limit", RICH, False),
    ("forbidden", RICH, False),
    ("retired", RICH, False),
]


@pytest.mark.parametrize(("reason", "answer", "lifted"), PROBES)
async def test_only_a_key_and_a_balance_that_are_good_again_end_their_pause(
    world: World, reason: str, answer: Credits | Unreadable, lifted: bool
) -> None:
    await world.submit(user_id=ANN)  # costs 840000 micro-USD
    scope = "all" if reason not in ("forbidden", "retired") else "kling-o3-text2video"
    await world.execute("INSERT INTO provider_pauses VALUES (:scope, :reason, 0)", scope=scope, reason=reason)
    world.provider.next_answers["credits"].append(answer)
    await world.klapper.provider_pauses.probe()
    assert (await world.rows("SELECT * FROM provider_pauses") == []) is lifted


@pytest.mark.parametrize("reason", ["no_credits", "low_balance"])
async def test_what_is_being_made_has_to_be_paid_too_before_a_pause_for_want_of_money_ends(
    world: World, reason: str
) -> None:
    await world.sent(user_id=ANN)
    await world.submit(user_id=ANN)
    await world.execute("INSERT INTO provider_pauses VALUES ('all', :reason, 0)", reason=reason)
    for spendable, lifted in ((2 * 840_000 - 1, False), (2 * 840_000, True)):
        world.provider.next_answers["credits"].append(Credits(spendable, 0))
        await world.klapper.provider_pauses.probe()
        assert (await world.rows("SELECT * FROM provider_pauses") == []) is lifted
        await world.clock.jump(60)


async def test_without_anything_waiting_any_balance_ends_the_pause_for_want_of_it(world: World) -> None:
    await world.execute("INSERT INTO provider_pauses VALUES ('all', 'no_credits', 0)")
    world.provider.next_answers["credits"].append(EMPTY)
    await world.klapper.provider_pauses.probe()
    await world.clock.jump(60)
    assert len(await world.rows("SELECT * FROM provider_pauses")) == 1
    world.provider.next_answers["credits"].append(Credits(1, 0))
    await world.klapper.provider_pauses.probe()
    assert await world.rows("SELECT * FROM provider_pauses") == []


@pytest.mark.parametrize(("reason", "questions"), [("bad_key", 6), ("team_limit", 0)])
async def test_the_balance_is_asked_for_once_a_minute_while_it_can_tell(
    world: World, reason: str, questions: int
) -> None:
    await world.execute("INSERT INTO provider_pauses VALUES ('all', :reason, 0)", reason=reason)
    world.provider.next_answers["credits"].extend([NO_NEWS] * 100)
    await world.start("tracker")
    await world.advance(5 * 60 + 1)
    assert abs(world.provider.count("credits") - questions) <= 1
    assert (world.provider.count("credits") > 0) == (questions > 0)


async def test_a_pause_survives_a_restart_and_ends_by_itself(open_world: OpenWorld) -> None:
    world = await open_world(limits={"undo_s": 0})
    await world.execute("INSERT INTO provider_pauses VALUES ('all', 'no_credits', 0)")
    job = await world.submit()
    await world.kill()
    world.provider.spendable_micro_usd = 0
    await world.start()
    await world.advance(30)
    assert world.provider.posts == []
    world.provider.spendable_micro_usd = 10_000_000
    await world.advance(60)
    assert len(world.provider.posts) == 1
    assert await world.status(job.job_id) in (S.QUEUED, S.PROCESSING)
