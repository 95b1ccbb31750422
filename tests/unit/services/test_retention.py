"""What goes by itself: old words by the operator's setting, marks of forgotten members; never what was paid."""

from __future__ import annotations

import pytest

from klapper.clock import DAY_MS, SECOND_MS
from klapper.errors import RequestRefused
from klapper.jobs.job import JobStatus
from klapper.jobs.store import Changes
from klapper.services.desk import Viewer
from klapper.services.schedule import LATE_WATCH_MS
from tests.unit.services.conftest import OpenWorld
from tests.unit.services.forgotten import delete, ref_of
from tests.unit.services.world import ANN, GUILD, World

S = JobStatus
DAY_S = DAY_MS / SECOND_MS


async def prompts(world: World) -> list[str]:
    rows = await world.rows("SELECT job_id FROM jobs ORDER BY created_at_ms, decision_id")
    views = [await world.view(job_id) for (job_id,) in rows]
    return [view.request.asked.prompt for view in views if view.request is not None]


async def live(world: World, days: float) -> None:
    """Days go by without any loop, then the sweeps of an hour."""
    await world.advance(days * DAY_S)
    await world.start("housekeeping")
    await world.kill()


async def test_texts_of_ended_jobs_go_after_so_many_days_and_those_of_others_stay(open_world: OpenWorld) -> None:
    world = await open_world(privacy={"prompts_days": 30})
    await world.move(await world.submit("an old one"), S.CANCELLED)
    await world.submit("one that waits")
    await live(world, 29)
    await world.move(await world.submit("a young one"), S.CANCELLED)
    assert await prompts(world) == ["an old one", "one that waits", "a young one"]
    transfers = await world.rows("SELECT * FROM transfers ORDER BY seq")
    await live(world, 2)
    assert await prompts(world) == ["", "one that waits", "a young one"]
    assert await world.rows("SELECT * FROM transfers ORDER BY seq") == transfers


async def test_without_the_setting_they_stay(world: World) -> None:
    await world.move(await world.submit("an old one"), S.CANCELLED)
    await live(world, 3_000)
    assert await prompts(world) == ["an old one"]


async def test_what_may_still_turn_up_keeps_what_was_sent(open_world: OpenWorld) -> None:
    world = await open_world(privacy={"prompts_days": 1})
    sent = Changes(sent=True, posted_at_ms=world.clock.now_ms(), sent_body='{"prompt": "a bat"}')
    job = await world.move(await world.submit("a bat"), S.SENDING, changes=sent)
    await world.move(job, S.UNKNOWN, S.ABANDONED)
    await live(world, 2)
    assert (await world.job(job.job_id)).sent_body == '{"prompt": "a bat"}'
    await live(world, LATE_WATCH_MS / DAY_MS)
    assert (await world.job(job.job_id)).sent_body is None
    assert await prompts(world) == [""]


async def test_what_has_no_words_any_more_can_be_seen_and_not_be_asked_for_again(open_world: OpenWorld) -> None:
    world = await open_world(privacy={"prompts_days": 1})
    job = await world.move(await world.submit("a fox", duration_s=10), S.CANCELLED)
    await live(world, 2)
    view = await world.klapper.desk.show(job.job_id, Viewer(GUILD, ANN))
    assert view.request is not None
    assert view.request.duration_s == 10
    with pytest.raises(RequestRefused) as refused:
        await world.klapper.desk.as_made(job.job_id, Viewer(GUILD, ANN))
    assert refused.value.code == "words_forgotten"


async def test_marks_of_forgotten_members_go_by_themselves_and_what_was_written_about_them(world: World) -> None:
    await world.move(await world.submit(), S.CANCELLED)
    await world.klapper.members.pause(GUILD, ANN, by=77, hours=1, words="about Ann")
    await delete(world)
    await live(world, 0)
    assert await ref_of(world) is not None
    await live(world, 8)
    assert await ref_of(world) is None
    assert await world.rows("SELECT 1 FROM audit WHERE words <> ''") == []
    assert await world.rows("SELECT 1 FROM member_pauses") == []
