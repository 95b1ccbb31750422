"""A job as somebody sees it: why it waits, about how long still, and what became of its credits."""

from __future__ import annotations

from typing import Any

import pytest

from klapper.clock import DAY_MS
from klapper.jobs.job import Job, JobStatus
from klapper.jobs.store import Changes
from klapper.services.durations import Usual
from klapper.services.views import MoneyState, WaitingFor
from tests.unit.services.conftest import OpenWorld
from tests.unit.services.world import ANN, BOB, GUILD, OTHER_GUILD, World

S = JobStatus
V3, O3 = "kling-3-standard-text2video", "kling-o3-text2video"


@pytest.fixture
async def world(open_world: OpenWorld) -> World:
    return await open_world(credits={"default_allowance": 100_000, "bot_budget_per_day": 0})


PAUSES = [
    ([], WaitingFor.TURN, ""),
    ([("all", "bad_key")], WaitingFor.PROVIDER_PAUSED, "bad_key"),
    ([(V3, "forbidden")], WaitingFor.PROVIDER_PAUSED, "forbidden"),
    ([(O3, "forbidden")], WaitingFor.TURN, ""),
]


@pytest.mark.parametrize(("paused", "waiting_for", "reason"), PAUSES)
async def test_a_waiting_job_says_what_it_waits_for(
    world: World, paused: list[tuple[str, str]], waiting_for: WaitingFor, reason: str
) -> None:
    job = await world.submit()
    await world.clock.jump(3)
    for scope, why in paused:
        await world.execute("INSERT INTO provider_pauses VALUES (:scope, :why, 0)", scope=scope, why=why)
    view = await world.view(job.job_id)
    assert (view.waiting_for, view.pause_reason) == (waiting_for, reason)
    assert (view.place is not None) == (waiting_for is WaitingFor.TURN)


async def test_the_pause_of_the_guild_is_said_first(world: World) -> None:
    job = await world.submit()
    await world.execute("INSERT INTO provider_pauses VALUES ('all', 'bad_key', 0)")
    await world.klapper.guilds.pause(GUILD, BOB)
    assert (await world.view(job.job_id)).waiting_for is WaitingFor.GUILD_PAUSED


async def test_the_undo_time_is_said_only_before_the_first_try(world: World) -> None:
    job = await world.submit()
    assert (await world.view(job.job_id)).waiting_for is WaitingFor.UNDO
    rested = Changes(not_before_ms=world.clock.now_ms() + 40_000)
    sent = await world.move(job, S.SENDING, changes=Changes(sent=True, posted_at_ms=world.clock.now_ms()))
    await world.move(sent, S.WAITING, reason="rate_limited", changes=rested)
    assert (await world.view(job.job_id)).waiting_for is WaitingFor.TURN


async def rest(world: World, job: Job, reason: str = "upload_failed", *, for_ms: int = 40_000) -> None:
    async with world.database.write() as tx:
        await world.klapper.jobs.rest(tx, job, reason=reason, not_before_ms=world.clock.now_ms() + for_ms)


@pytest.mark.parametrize("reason", ["upload_failed", "rate_limited", "unreachable"])
async def test_a_job_whose_images_were_not_taken_says_so_until_the_next_try(world: World, reason: str) -> None:
    job = await world.submit(start_image=(await world.image()).sha256)
    await world.clock.jump(4)
    assert (await world.view(job.job_id)).waiting_for is WaitingFor.TURN
    await rest(world, job, reason)
    assert (await world.view(job.job_id)).waiting_for is WaitingFor.UPLOAD
    await world.clock.jump(41)
    assert (await world.view(job.job_id)).waiting_for is WaitingFor.TURN


async def test_a_job_whose_images_segmind_has_does_not_wait_for_them(world: World) -> None:
    image = await world.image()
    job = await world.submit(start_image=image.sha256)
    await rest(world, job)
    await world.execute("UPDATE images SET url = 'https://s/x', uploaded_at_ms = :now_ms", now_ms=world.clock.now_ms())
    assert (await world.view(job.job_id)).waiting_for is not WaitingFor.UPLOAD


async def test_a_view_has_the_images_that_are_kept(world: World) -> None:
    first, last = await world.image(width=400), await world.image(width=500)
    job = await world.submit(start_image=first.sha256, end_image=last.sha256)
    assert (await world.view(job.job_id)).images == (first, last)
    await world.execute("DELETE FROM images WHERE sha256 = :sha256", sha256=first.sha256)
    assert (await world.view(job.job_id)).images == (last,)


async def test_places_count_everybodys_first_then_everybodys_second(world: World) -> None:
    order = [(ANN, GUILD), (ANN, GUILD), (ANN, GUILD), (BOB, GUILD), (BOB, OTHER_GUILD)]
    jobs = [await world.submit(f"{n}", user_id=user, guild_id=guild) for n, (user, guild) in enumerate(order)]
    await world.clock.jump(3)
    places = [(await world.view(job.job_id)).place for job in jobs]
    assert places == [1, 4, 5, 3, 2]


async def test_a_running_job_has_a_usual_end_and_is_overdue_after_it(world: World) -> None:
    world.provider.run_s = None
    job = await world.sent()
    view = await world.view(job.job_id)
    assert job.posted_at_ms is not None
    assert view.usual == Usual(210, 0)  # 145.3 s on average: eight of ten within 187.8 s, if the published is true
    assert view.eta_at_ms == job.posted_at_ms + 210_000
    await world.clock.jump(209)
    assert not (await world.view(job.job_id)).overdue
    await world.clock.jump(1)
    assert (await world.view(job.job_id)).overdue


async def test_a_finished_job_has_a_link_with_its_last_day(world: World) -> None:
    job = await world.finished()
    view = await world.view(job.job_id)
    assert view.link == job.media_url
    assert view.link_until_ms == world.clock.now_ms() + 7 * DAY_MS
    assert (await world.view((await world.sent("running")).job_id)).link is None


async def test_a_card_is_told_when_its_job_is_overdue(world: World) -> None:
    world.provider.run_s = None
    await world.start()
    job = await world.submit()
    await world.advance(10)
    [card] = world.messenger.cards(job.job_id)
    edits = card.edits
    await world.advance(190)
    assert (card.view.overdue, card.edits - edits) == (False, 0)
    await world.advance(300)
    assert (card.view.overdue, card.edits - edits) == (True, 1)


async def made(world: World, run_s: float, **asked: Any) -> Job:
    job = await world.sent(f"{run_s}", **asked)
    return await world.move(job, S.SUCCEEDED, changes=Changes(media_url="https://m/x.mp4", run_time_s=run_s))


async def test_the_usual_time_is_counted_from_ten_jobs_of_that_kind_on(world: World) -> None:
    for run_s in (60, 70, 80, 90, 100, 110, 112, 117, 500):
        await made(world, run_s)
        await made(world, 10 * run_s, duration_s=10)
    assert (usual := (await world.view((await world.sent("ninth")).job_id)).usual) is not None
    assert usual.runs == 0
    await made(world, 400)
    assert (await world.view((await world.sent("tenth")).job_id)).usual == Usual(120, 10)
    await world.kill()
    assert (await world.view((await world.sent("after a restart")).job_id)).usual == Usual(120, 10)


async def test_what_a_card_says_is_usual_stays_while_other_jobs_end(world: World) -> None:
    job = await world.sent("early")
    before = (await world.view(job.job_id)).usual
    for run_s in range(20, 40):
        await made(world, run_s)
    assert (await world.view(job.job_id)).usual == before
    assert (await world.view((await world.sent("late")).job_id)).usual == Usual(40, 20)


async def test_money_is_what_the_books_say(world: World) -> None:
    job = await world.submit()
    assert (await world.view(job.job_id)).money.state is MoneyState.HELD
    await world.move(job, S.CANCELLED)
    assert (await world.view(job.job_id)).money.state is MoneyState.RELEASED
    done = await world.finished("done")
    assert (await world.view(done.job_id)).money.state is MoneyState.CHARGED
    async with world.database.write() as tx:
        await world.klapper.ledger.refund(tx, done.job_id, actor="operator", reason="no_media", now_ms=0)
    assert (await world.view(done.job_id)).money.state is MoneyState.REFUNDED
