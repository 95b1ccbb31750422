"""How a member wants to hear of the end of a job, and that they hear of it once."""

from __future__ import annotations

import pytest

from klapper.choices.choices import Notify
from klapper.jobs.job import Job, JobStatus
from klapper.jobs.store import Changes
from tests.fakes import Message, dm_channel
from tests.unit.services.brought import LOOPS, finished, the_clip
from tests.unit.services.conftest import OpenWorld
from tests.unit.services.world import ANN, BOB, CHANNEL, GUILD, World

S = JobStatus
MINUTE_S, HOUR_S = 60, 3600


@pytest.fixture
async def world(open_world: OpenWorld) -> World:
    return await open_world(
        credits={"default_allowance": 1_000_000, "bot_budget_per_day": 0}, limits={"waiting_per_member": 0}
    )


async def choose(world: World, notify: Notify, user_id: int = ANN) -> None:
    await world.klapper.preferences.notify(GUILD, user_id, notify)


async def done(world: World, **more: object) -> Job:
    job = await finished(world, **more)  # type: ignore[arg-type]
    await world.start(*LOOPS)
    await world.advance(60)
    return job


def where(news: list[Message]) -> list[int]:
    return [message.ref.channel_id for message in news]


# The three ways


async def test_who_chose_nothing_is_pinged_below_the_card(world: World) -> None:
    job = await done(world)
    assert where(world.messenger.pings(job.job_id)) == [CHANNEL]
    assert world.messenger.count("tell_directly") == 0


async def test_who_wants_silence_gets_no_message_and_the_card_shows_the_end(world: World) -> None:
    await choose(world, "silent")
    job = await done(world)
    assert world.messenger.pings(job.job_id) == []
    assert the_clip(world, job).kind == "card"
    assert (await world.delivery(job.job_id)).told_at_ms is not None


async def test_who_wants_a_direct_message_gets_it_and_no_ping(world: World) -> None:
    await choose(world, "dm")
    job = await done(world)
    assert where(world.messenger.pings(job.job_id)) == [dm_channel(ANN)]
    assert world.messenger.count("tell") == 0


@pytest.mark.parametrize("path", [[S.SENDING, S.FAILED], [S.EXPIRED]], ids=lambda path: path[-1])
@pytest.mark.parametrize(("notify", "channels"), [("ping", [CHANNEL]), ("silent", []), ("dm", [dm_channel(ANN)])])
async def test_the_choice_holds_for_jobs_without_a_clip(
    world: World, notify: Notify, channels: list[int], path: list[JobStatus]
) -> None:
    await choose(world, notify)
    job = await world.submit()
    await world.start(*LOOPS)
    await world.move(job, *path)
    await world.advance(10)
    assert where(world.messenger.pings(job.job_id)) == channels
    assert world.messenger.cards(job.job_id)[0].view.job.status is path[-1]


async def test_one_members_choice_is_not_anothers(world: World) -> None:
    await choose(world, "silent", BOB)
    job = await done(world)
    others = await done(world, user_id=BOB)
    assert where(world.messenger.pings(job.job_id)) == [CHANNEL]
    assert world.messenger.pings(others.job_id) == []


async def test_a_choice_made_while_the_job_runs_counts_at_its_end(world: World) -> None:
    job = await finished(world)
    await choose(world, "dm")
    await world.start(*LOOPS)
    await world.advance(10)
    assert where(world.messenger.pings(job.job_id)) == [dm_channel(ANN)]


async def test_where_the_card_is_in_the_dm_the_news_stand_below_it(world: World) -> None:
    await choose(world, "dm")
    job = await done(world, deliver_to="dm")
    assert where(world.messenger.pings(job.job_id)) == [dm_channel(ANN)]
    assert world.messenger.count("tell") == 1


async def test_a_clip_that_came_directly_is_news_enough(world: World) -> None:
    await choose(world, "dm")
    world.messenger.errors["edit_card"].append(("forbidden", "before"))
    job = await done(world)
    assert the_clip(world, job).ref.channel_id == dm_channel(ANN)
    assert world.messenger.pings(job.job_id) == []


async def test_who_cannot_find_the_card_any_more_is_told_directly(world: World) -> None:
    await choose(world, "dm")
    job = await world.submit()
    await world.klapper.board.ensure_placed(job.job_id)
    world.messenger.vanish(world.messenger.cards(job.job_id)[0].ref)
    await world.start(*LOOPS)
    await world.move(job, S.EXPIRED)
    await world.advance(10)
    assert where(world.messenger.pings(job.job_id)) == [dm_channel(ANN)]


async def test_a_late_clip_is_told_directly_too(world: World) -> None:
    await choose(world, "dm")
    job = await world.move(await world.sent(), S.ABANDONED)
    await world.start(*LOOPS)
    await world.clock.jump(HOUR_S)
    await world.advance(10)
    assert job.request_id is not None
    found = Changes(media_url=world.provider.jobs[job.request_id].url)
    await world.move(await world.job(job.job_id), S.SUCCEEDED, reason="late", changes=found)
    await world.advance(10)
    assert where(world.messenger.pings(job.job_id)) == [dm_channel(ANN)] * 2


# What is told in private, and what nobody wants to miss

DECLINED = [S.IN_REVIEW, S.REJECTED]


@pytest.mark.parametrize("notify", ["ping", "silent", "dm"])
async def test_a_decline_is_told_in_private_also_to_who_wants_silence(world: World, notify: Notify) -> None:
    await choose(world, notify)
    job = await world.submit()
    await world.start(*LOOPS)
    await world.move(job, *DECLINED)
    await world.advance(10)
    assert where(world.messenger.pings(job.job_id)) == [dm_channel(ANN)]


@pytest.mark.parametrize(("notify", "channels"), [("ping", [CHANNEL]), ("dm", [CHANNEL]), ("silent", [])])
async def test_a_decline_that_cannot_be_told_in_private_is_told_below_the_card_but_for_who_wants_silence(
    world: World, notify: Notify, channels: list[int]
) -> None:
    await choose(world, notify)
    world.messenger.closed_dms.add(ANN)
    job = await world.submit()
    await world.start(*LOOPS)
    await world.move(job, *DECLINED)
    await world.advance(10)
    assert where(world.messenger.pings(job.job_id)) == channels


@pytest.mark.parametrize(("reason", "channels"), [("member_blocked", []), ("cancelled_by_moderator", [CHANNEL])])
async def test_no_channel_reads_what_a_block_cancelled(world: World, reason: str, channels: list[int]) -> None:
    world.messenger.closed_dms.add(ANN)
    job = await world.submit()
    await world.klapper.board.ensure_placed(job.job_id)
    await world.move(job, S.CANCELLED, reason=reason)
    await world.start(*LOOPS)
    await world.advance(10)
    assert where(world.messenger.pings(job.job_id)) == channels


@pytest.mark.parametrize("notify", ["ping", "silent"])
async def test_a_decline_of_a_card_in_the_dm_is_told_below_it(world: World, notify: Notify) -> None:
    await choose(world, notify)
    job = await world.submit(deliver_to="dm")
    await world.start(*LOOPS)
    await world.advance(10)
    await world.move(job, *DECLINED)
    await world.advance(10)
    assert where(world.messenger.pings(job.job_id)) == [dm_channel(ANN)]
    assert world.messenger.count("tell") == 1


@pytest.mark.parametrize(("end", "reason"), [(S.REFUSED, "content_refused"), (S.CANCELLED, "member_blocked")])
async def test_what_segmind_refused_or_moderators_cancelled_is_told_in_private(
    world: World, end: JobStatus, reason: str
) -> None:
    job = await (world.sent() if end is S.REFUSED else world.submit())
    await world.klapper.board.ensure_placed(job.job_id)
    await world.move(job, end, reason=reason)
    await world.start(*LOOPS)
    await world.advance(10)
    assert where(world.messenger.pings(job.job_id)) == [dm_channel(ANN)]


@pytest.mark.parametrize(
    "path", [[S.SENDING, S.FAILED], [S.EXPIRED], [S.CANCELLED], DECLINED], ids=lambda path: path[-1]
)
@pytest.mark.parametrize("known", [True, False], ids=["known", "found out by the ping"])
async def test_where_the_card_is_gone_the_end_is_told_directly_and_no_card_is_named(
    world: World, path: list[JobStatus], known: bool
) -> None:
    job = await world.submit()
    await world.klapper.board.ensure_placed(job.job_id)
    if known:
        world.messenger.vanish(world.messenger.cards(job.job_id)[0].ref)
    else:
        world.messenger.errors["tell"].append(("card_deleted", "before"))
    await world.start(*LOOPS)
    await world.move(job, *path)
    await world.advance(60)
    [news] = world.messenger.pings(job.job_id)
    assert news.ref.channel_id == dm_channel(ANN)
    assert news.view.card is not None
    if known or path is not DECLINED:  # that goes directly at once, and nobody looked for the card
        assert news.view.card.lost == "deleted"


async def test_what_was_told_below_a_card_that_is_gone_by_now_is_not_told_again(world: World) -> None:
    job = await world.submit()
    await world.klapper.board.ensure_placed(job.job_id)
    world.messenger.errors["tell"].append(("try_later", "after"))
    await world.start(*LOOPS)
    await world.move(job, S.EXPIRED)
    await world.advance(1)
    world.messenger.vanish(world.messenger.cards(job.job_id)[0].ref)
    await world.advance(300)
    assert len(world.messenger.pings(job.job_id)) == 1


async def test_where_nothing_can_be_said_in_the_channel_the_end_is_told_directly(world: World) -> None:
    job = await world.submit()
    await world.klapper.board.ensure_placed(job.job_id)
    world.messenger.errors["tell"].append(("forbidden", "before"))
    await world.start(*LOOPS)
    await world.move(job, S.EXPIRED)
    await world.advance(60)
    assert where(world.messenger.pings(job.job_id)) == [dm_channel(ANN)]


# A way that is closed


@pytest.mark.parametrize("reason", ["dm_closed", "forbidden", "channel_gone"])
async def test_who_cannot_be_told_directly_is_pinged_after_all(world: World, reason: str) -> None:
    await choose(world, "dm")
    world.messenger.errors["tell_directly"].append((reason, "before"))
    job = await done(world)
    assert where(world.messenger.pings(job.job_id)) == [CHANNEL]


async def test_who_can_be_reached_nowhere_keeps_a_job_that_is_done(world: World) -> None:
    await choose(world, "dm")
    world.messenger.errors["tell_directly"].append(("dm_closed", "before"))
    world.messenger.errors["tell"].append(("forbidden", "before"))
    job = await done(world)
    assert world.messenger.pings(job.job_id) == []
    assert (await world.delivery(job.job_id)).told_at_ms is not None


@pytest.mark.parametrize(("notify", "method"), [("ping", "tell"), ("dm", "tell_directly")])
@pytest.mark.parametrize("moment", ["before", "after"])
async def test_news_that_discord_does_not_take_for_an_hour_come_later_and_once(
    world: World, notify: Notify, method: str, moment: str
) -> None:
    await choose(world, notify)
    job = await finished(world)
    errors = world.messenger.errors[method]
    errors.append(("try_later", moment))  # type: ignore[arg-type]
    await world.start(*LOOPS)
    world.messenger.errors["find_reply"].extend([("try_later", "before")] * 1000)
    errors.extend([("try_later", "before")] * 1000)
    await world.advance(HOUR_S)
    world.messenger.errors.clear()
    await world.advance(HOUR_S)
    assert len(world.messenger.pings(job.job_id)) == 1


async def test_news_are_not_repeated_where_nobody_can_see_whether_they_got_through(world: World) -> None:
    job = await finished(world)
    world.messenger.errors["tell"].append(("try_later", "after"))
    await world.start("delivery")
    await world.kill()
    await world.clock.jump(10 * MINUTE_S)
    world.messenger.unreadable.add(CHANNEL)
    await world.start(*LOOPS)
    await world.advance(60)
    assert len(world.messenger.pings(job.job_id)) == 1
    assert (await world.delivery(job.job_id)).told_at_ms is not None


@pytest.mark.parametrize("notify", ["ping", "dm"])
async def test_a_clip_in_a_reply_is_not_taken_for_the_news_about_it(world: World, notify: Notify) -> None:
    await choose(world, notify)
    job = await finished(world)
    world.messenger.errors["edit_card"].append(("too_old", "before"))
    for method in ("tell", "tell_directly"):
        world.messenger.errors[method].append(("try_later", "before"))
    await world.start("delivery")
    await world.kill()
    await world.clock.jump(10 * MINUTE_S)
    world.messenger.errors.clear()
    await world.start(*LOOPS)
    await world.advance(60)
    assert len(world.messenger.pings(job.job_id)) == 1


# Crashes


@pytest.mark.parametrize("down_s", [0, 600], ids=["back at once", "back when nonces are forgotten"])
@pytest.mark.parametrize("way", ["ping", "dm", "dm, closed", "silent"])
async def test_a_process_killed_at_any_await_tells_once(world: World, way: str, down_s: float) -> None:
    notify, _, closed = way.partition(", ")
    await choose(world, notify)  # type: ignore[arg-type]
    if closed:
        world.messenger.closed_dms.add(ANN)
    n, was_killed = 0, True
    while was_killed:
        n += 1
        job = await world.submit(f"{n}")
        await world.klapper.board.ensure_placed(job.job_id)
        await world.move(job, S.EXPIRED)
        was_killed = await world.killed_at(n, 2, *LOOPS)
        await world.clock.jump(down_s)
        await world.start(*LOOPS)
        await world.advance(20)
        expected = {"ping": [CHANNEL], "dm": [dm_channel(ANN)], "dm, closed": [CHANNEL], "silent": []}[way]
        assert where(world.messenger.pings(job.job_id)) == expected, n
        await world.kill()
    assert n > 20
