"""/jobs recover: what reached nobody is given, what is there is pointed at, what is deleted stays deleted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from klapper.errors import DeliveryError, RequestRefused
from klapper.jobs.deliveries import CopyState
from klapper.jobs.job import DeliveryState, Job, JobStatus
from klapper.jobs.store import Changes
from klapper.segmind.answers import HistoryRow, Unreadable
from klapper.services.desk import Viewer
from klapper.services.recovery import Recovered, StillThere
from klapper.services.views import MoneyState
from tests.fakes import dm_channel
from tests.unit.services.brought import LOOPS, finished, outcome
from tests.unit.services.conftest import OpenWorld
from tests.unit.services.world import ANN, BOB, CHANNEL, GUILD, OTHER_GUILD, World, tiny_clip

S = JobStatus
DELIVERED, UNDELIVERABLE = DeliveryState.DELIVERED, DeliveryState.UNDELIVERABLE
ME, MODERATOR, OTHER = Viewer(GUILD, ANN), Viewer(GUILD, BOB, is_moderator=True), Viewer(GUILD, BOB)
LIMIT = 10 * 1024 * 1024
DAY_S = 86400


@pytest.fixture
async def world(open_world: OpenWorld) -> World:
    return await open_world(
        credits={"default_allowance": 1_000_000, "bot_budget_per_day": 0}, limits={"waiting_per_member": 0}
    )


async def delivered(world: World, **more: Any) -> Job:
    job = await finished(world, **more)
    await world.start(*LOOPS)
    await world.advance(10)
    assert (await world.delivery(job.job_id)).state is DELIVERED
    return job


async def unreachable(world: World) -> Job:
    """Neither channel nor DM took it."""
    world.messenger.closed_dms.add(ANN)
    world.messenger.gone.add(CHANNEL)
    job = await world.finished()
    await world.start(*LOOPS)
    await world.advance(10)
    assert await outcome(world, job) == (UNDELIVERABLE, "unreachable")
    return job


async def lost(world: World) -> Job:
    """Segmind named no clip, and its history knew none."""
    job = await world.sent()
    world.provider.next_answers["history"].append(await nameless(world, job))
    await world.move(job, S.SUCCEEDED)
    await world.start(*LOOPS)
    await world.advance(10)
    assert await outcome(world, job) == (UNDELIVERABLE, "no_media")
    return job


async def nameless(world: World, job: Job) -> HistoryRow:
    row = await world.provider.history(job.request_id or "")
    assert isinstance(row, HistoryRow)
    return replace(row, media_url=None)


async def recovered(world: World, job: Job, viewer: Viewer = ME, limit: int = LIMIT) -> Recovered:
    found = await world.klapper.recovery.recover(job.job_id, viewer, limit_bytes=limit)
    assert isinstance(found, Recovered)
    return found


async def why_not(world: World, job: Job, viewer: Viewer = ME, limit: int = LIMIT) -> str:
    with pytest.raises(RequestRefused) as caught:
        await world.klapper.recovery.recover(job.job_id, viewer, limit_bytes=limit)
    return caught.value.code


def content(found: Recovered) -> bytes:
    assert found.clip is not None
    return found.clip.path.read_bytes()


async def held(world: World) -> Job:
    """Its requester was blocked while Segmind made it."""
    job = await world.sent()
    await world.klapper.members.block(GUILD, ANN, by=BOB, words="spam")
    assert job.request_id is not None
    url = world.provider.jobs[job.request_id].url
    await world.move(job, S.SUCCEEDED, changes=Changes(media_url=url))
    await world.start(*LOOPS)
    await world.advance(10)
    return job


# What is kept for moderators


async def test_a_clip_of_a_blocked_member_is_brought_to_nobody_and_stays_charged(world: World) -> None:
    job = await held(world)
    assert await outcome(world, job) == (UNDELIVERABLE, "held_for_moderators")
    view = await world.view(job.job_id)
    assert (view.money.state, view.link) == (MoneyState.CHARGED, None)
    assert world.messenger.clips(job.job_id) == []
    assert world.klapper.shelf.size_bytes(job.job_id) == len(world.provider.clip)


async def test_a_clip_of_a_blocked_member_is_given_to_moderators_alone(world: World) -> None:
    job = await held(world)
    assert await why_not(world, job) == "held_for_moderators"
    assert content(await recovered(world, job, MODERATOR)) == world.provider.clip
    await world.klapper.recovery.handed_over(job.job_id, MODERATOR)
    assert await outcome(world, job) == (UNDELIVERABLE, "held_for_moderators")


async def test_who_is_unblocked_gets_the_clip_that_was_kept(world: World) -> None:
    job = await held(world)
    await world.klapper.members.unblock(GUILD, ANN, by=BOB)
    assert content(await recovered(world, job)) == world.provider.clip
    await world.klapper.recovery.handed_over(job.job_id, ME)
    assert await outcome(world, job) == (DELIVERED, "recovered")


async def test_a_clip_is_kept_for_moderators_as_long_as_any_other(world: World) -> None:
    job = await held(world)
    for ago_s, needed in ((DAY_S, [job.job_id]), (0, [])):
        async with world.database.read() as tx:
            since_ms = world.clock.now_ms() - ago_s * 1_000
            assert await world.klapper.deliveries.needed_on_disk(tx, kept_since_ms=since_ms) == needed


async def test_a_restart_between_download_and_verdict_posts_nothing_of_a_blocked_member(world: World) -> None:
    job = await world.sent()
    await world.klapper.members.block(GUILD, ANN, by=BOB, words="spam")
    assert job.request_id is not None
    changes = Changes(media_url=world.provider.jobs[job.request_id].url)
    await world.move(job, S.SUCCEEDED, changes=changes)
    n = 1
    while await world.killed_at(n, 5, *LOOPS):
        assert world.messenger.clips(job.job_id) == []
        n += 7
    assert await outcome(world, job) == (UNDELIVERABLE, "held_for_moderators")


# What reached nobody


async def test_a_clip_that_reached_nobody_is_given_from_disk_and_counts_as_delivered(world: World) -> None:
    job = await unreachable(world)
    found = await recovered(world, job)
    assert content(found) == world.provider.clip
    assert world.provider.count("download") == 1
    assert await outcome(world, job) == (UNDELIVERABLE, "unreachable")  # the answer may still get lost
    await world.klapper.recovery.handed_over(job.job_id, ME)
    assert await outcome(world, job) == (DELIVERED, "recovered")
    assert (await world.view(job.job_id)).money.state is MoneyState.CHARGED


async def test_a_clip_that_is_not_on_disk_any_more_is_loaded_from_segmind(world: World) -> None:
    job = await unreachable(world)
    world.klapper.shelf.remove(job.job_id)
    assert content(await recovered(world, job)) == world.provider.clip
    assert world.provider.count("download") == 2


async def test_a_clip_that_moved_at_segmind_is_found_by_its_history(world: World) -> None:
    job = await unreachable(world)
    world.klapper.shelf.remove(job.job_id)
    await world.execute("UPDATE jobs SET media_url = 'https://media.example/old.mp4'")
    await world.clock.jump(600)
    assert content(await recovered(world, job)) == world.provider.clip


async def test_what_a_moderator_is_given_has_not_reached_its_requester(world: World) -> None:
    job = await unreachable(world)
    assert content(await recovered(world, job, MODERATOR)) == world.provider.clip
    await world.klapper.recovery.handed_over(job.job_id, MODERATOR)
    assert await outcome(world, job) == (UNDELIVERABLE, "unreachable")


@pytest.mark.parametrize(("viewer", "code"), [(OTHER, "not_your_job"), (Viewer(OTHER_GUILD, ANN), "no_such_job")])
async def test_others_get_nothing(world: World, viewer: Viewer, code: str) -> None:
    assert await why_not(world, await unreachable(world), viewer) == code


async def test_a_lost_clip_that_turns_up_again_is_given_free(world: World) -> None:
    job = await lost(world)
    await world.clock.jump(600)
    found = await recovered(world, job)
    assert content(found) == world.provider.clip
    assert found.view.money.state is MoneyState.REFUNDED
    await world.klapper.recovery.handed_over(job.job_id, ME)
    assert await outcome(world, job) == (DELIVERED, "recovered")
    assert (await world.view(job.job_id)).money.state is MoneyState.REFUNDED
    assert (await world.balance()).available == 1_000_000
    assert len(world.messenger.pings(job.job_id)) == 1


async def test_a_clip_that_is_nowhere_is_said_to_be_lost(world: World) -> None:
    job = await lost(world)
    world.provider.next_answers["history"].append(await nameless(world, job))
    assert await why_not(world, job) == "clip_lost"


async def test_a_history_that_does_not_answer_is_asked_again_later(world: World) -> None:
    job = await lost(world)
    world.provider.next_answers["history"].append(Unreadable("network"))
    assert await why_not(world, job) == "ask_again"


# What is there


async def test_a_clip_in_its_card_is_pointed_at(world: World) -> None:
    job = await delivered(world)
    found = await world.klapper.recovery.recover(job.job_id, ME, limit_bytes=LIMIT)
    [card] = world.messenger.cards(job.job_id)
    assert isinstance(found, StillThere)
    assert found.message == card.ref


@pytest.mark.parametrize("way", ["replied", "dm"])
async def test_a_clip_in_a_message_of_its_own_is_pointed_at(world: World, way: str) -> None:
    world.messenger.errors["edit_card"].append(("too_old" if way == "replied" else "card_deleted", "before"))
    job = await delivered(world)
    assert await outcome(world, job) == (DELIVERED, way)
    found = await world.klapper.recovery.recover(job.job_id, ME, limit_bytes=LIMIT)
    [clip] = world.messenger.clips(job.job_id)
    assert isinstance(found, StillThere)
    assert found.message == clip.ref
    assert clip.ref.channel_id == (CHANNEL if way == "replied" else dm_channel(ANN))


@pytest.mark.parametrize("how", ["card deleted by hand", "channel gone", "no access"])
async def test_a_clip_whose_message_nobody_can_use_any_more_is_given_again(world: World, how: str) -> None:
    job = await delivered(world)
    [card] = world.messenger.cards(job.job_id)
    match how:
        case "card deleted by hand":
            world.messenger.vanish(card.ref)
        case "channel gone":
            world.messenger.gone.add(CHANNEL)
        case _:
            world.messenger.forbidden.add(CHANNEL)
    assert content(await recovered(world, job)) == world.provider.clip
    await world.klapper.recovery.handed_over(job.job_id, ME)
    assert await outcome(world, job) == (DELIVERED, "attached")


async def test_a_link_that_has_ended_is_no_clip_that_is_still_there(world: World) -> None:
    world.messenger.said_limit_bytes = 10
    job = await delivered(world)
    assert await outcome(world, job) == (DELIVERED, "linked")
    there = await world.klapper.recovery.recover(job.job_id, ME, limit_bytes=LIMIT)
    assert isinstance(there, StillThere)
    await world.clock.jump(7 * DAY_S + 60)
    assert content(await recovered(world, job)) == world.provider.clip


async def test_a_discord_that_does_not_answer_does_not_make_a_second_clip(world: World) -> None:
    job = await delivered(world)
    world.messenger.errors["clip_on_card"].append(("try_later", "before"))
    assert await why_not(world, job) == "ask_again"


async def test_a_deleted_job_is_not_recovered_and_it_is_said_who_deleted_it(world: World) -> None:
    job = await delivered(world)
    await world.klapper.desk.delete(job.job_id, MODERATOR)
    with pytest.raises(RequestRefused, match="deleted by a moderator") as caught:
        await world.klapper.recovery.recover(job.job_id, ME, limit_bytes=LIMIT)
    assert caught.value.code == "deleted"


@pytest.mark.parametrize(
    ("path", "code"),
    [([], "not_finished"), ([S.CANCELLED], "no_clip"), ([S.SENDING, S.FAILED], "no_clip")],
)
async def test_a_job_without_a_clip_has_nothing_to_recover(world: World, path: list[S], code: str) -> None:
    job = await world.move(await world.submit(), *path)
    assert await why_not(world, job) == code


async def test_a_clip_that_is_on_its_way_is_left_to_the_delivery(world: World) -> None:
    assert await why_not(world, await finished(world)) == "on_its_way"


# As it fits


async def test_a_clip_above_the_answers_limit_is_given_as_a_copy(world: World) -> None:
    job = await unreachable(world)
    found = await recovered(world, job, limit=1000)
    assert found.copy is CopyState.SMALLER
    assert len(content(found)) <= 1000


async def test_a_clip_that_cannot_be_copied_is_given_as_its_link_while_that_holds(world: World) -> None:
    job = await unreachable(world)
    found = await recovered(world, job, limit=10)
    assert found.clip is None
    assert found.view.link == job.media_url
    world.klapper.shelf.path(job.job_id).touch()
    await world.clock.jump(7 * DAY_S + 60)
    assert await why_not(world, job, limit=10) == "too_large_to_give"


async def test_a_clip_that_is_neither_played_nor_converted_is_given_as_a_file(world: World) -> None:
    world.provider.clip = tiny_clip("mpeg4")
    job = await unreachable(world)
    assert (await recovered(world, job)).copy is CopyState.CONVERTED
    world.klapper.shelf.copy_path(job.job_id).unlink()
    world.copies.errors.append(DeliveryError("copy_failed"))
    found = await recovered(world, job)
    assert (found.copy, content(found)) == (CopyState.FAILED, world.provider.clip)


async def test_a_clip_whose_copy_failed_is_not_copied_at_each_press(world: World) -> None:
    world.provider.clip = tiny_clip("mpeg4")
    job = await unreachable(world)
    await world.execute("UPDATE deliveries SET copy = 'failed' WHERE job_id = :job_id", job_id=job.job_id)
    world.klapper.shelf.copy_path(job.job_id).unlink()
    made = len(world.copies.limits)
    for _ in range(3):
        found = await recovered(world, job)
        assert (found.copy, content(found)) == (CopyState.FAILED, world.provider.clip)
    assert len(world.copies.limits) == made


async def test_a_clip_too_large_to_load_is_given_as_its_link(world: World) -> None:
    job = await unreachable(world)
    world.klapper.shelf.remove(job.job_id)
    world.provider.next_downloads.append(DeliveryError("too_large"))
    assert (await recovered(world, job)).clip is None
