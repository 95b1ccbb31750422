"""The one way out: whatever goes wrong, a finished clip is visible once, refunded, or kept; and its requester hears."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from klapper.errors import DeliveryError
from klapper.jobs.deliveries import CopyState
from klapper.jobs.job import DeliveryState, JobStatus
from klapper.services.delivery import AT_ONCE, HOPELESS_AFTER, HOPELESS_AFTER_MS, RETRIES_S
from klapper.services.views import MoneyState
from tests.unit.services.brought import LOOPS, finished, outcome, the_clip
from tests.unit.services.conftest import OpenWorld
from tests.unit.services.world import OTHER_GUILD, PRICE, World

S = JobStatus
DELIVERED, UNDELIVERABLE = DeliveryState.DELIVERED, DeliveryState.UNDELIVERABLE
MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86400


@pytest.fixture
async def world(open_world: OpenWorld) -> World:
    return await open_world(
        credits={"default_allowance": 1_000_000, "bot_budget_per_day": 0}, limits={"waiting_per_member": 0}
    )


# The ladder

Errors = dict[str, list[str]]
LADDER: list[tuple[str, Errors, tuple[DeliveryState, str], bool]] = [  # the last: whether it is the clip as it came
    ("nothing in the way", {}, (DELIVERED, "attached"), True),
    ("too large", {"edit_card": ["too_large"]}, (DELIVERED, "attached"), False),
    ("too large twice", {"edit_card": ["too_large"] * 2}, (DELIVERED, "attached"), False),
    ("too large each time", {"edit_card": ["too_large"] * 3}, (DELIVERED, "linked"), False),
    ("too old", {"edit_card": ["too_old"]}, (DELIVERED, "replied"), True),
    ("too large, then too old", {"edit_card": ["too_large", "too_old"]}, (DELIVERED, "replied"), False),
    ("too old, too large", {"edit_card": ["too_old"], "reply_with_clip": ["too_large"]}, (DELIVERED, "replied"), False),
    ("too old, card deleted", {"edit_card": ["too_old"], "reply_with_clip": ["card_deleted"]}, (DELIVERED, "dm"), True),
    ("too old, forbidden", {"edit_card": ["too_old"], "reply_with_clip": ["forbidden"]}, (DELIVERED, "dm"), True),
    ("too old, channel gone", {"edit_card": ["too_old"], "reply_with_clip": ["channel_gone"]}, (DELIVERED, "dm"), True),
    ("card deleted", {"edit_card": ["card_deleted"]}, (DELIVERED, "dm"), True),
    ("channel gone", {"edit_card": ["channel_gone"]}, (DELIVERED, "dm"), True),
    ("forbidden", {"edit_card": ["forbidden"]}, (DELIVERED, "dm"), True),
    ("too large for the DM", {"edit_card": ["forbidden"], "send_clip": ["too_large"]}, (DELIVERED, "dm"), False),
    ("DM closed", {"edit_card": ["forbidden"], "send_clip": ["dm_closed"]}, (UNDELIVERABLE, "unreachable"), False),
    ("DM forbidden", {"edit_card": ["forbidden"], "send_clip": ["forbidden"]}, (UNDELIVERABLE, "unreachable"), False),
    ("file vanished", {"edit_card": ["card_deleted"], "send_clip": ["media_gone"]}, (DELIVERED, "dm"), True),
    ("forbidden for a moment", {"edit_card": ["forbidden"], "send_clip": ["try_later"]}, (DELIVERED, "attached"), True),
    ("thread archived", {"edit_card": ["archived"]}, (DELIVERED, "replied"), True),
    ("later", {"edit_card": ["try_later"] * 2}, (DELIVERED, "attached"), True),
    ("too old, later", {"edit_card": ["too_old"], "reply_with_clip": ["try_later"] * 2}, (DELIVERED, "replied"), True),
    ("deleted, later", {"edit_card": ["card_deleted"], "send_clip": ["try_later"] * 2}, (DELIVERED, "dm"), True),
    ("limit unknown for now", {"upload_limit_bytes": ["try_later"]}, (DELIVERED, "attached"), True),
    ("not in the guild any more", {"upload_limit_bytes": ["forbidden"]}, (DELIVERED, "dm"), True),
]


@pytest.mark.parametrize(("errors", "expected", "as_file"), [r[1:] for r in LADDER], ids=[r[0] for r in LADDER])
async def test_each_way_that_is_closed_leads_to_the_next(
    world: World, errors: Errors, expected: tuple[DeliveryState, str], as_file: bool
) -> None:
    job = await finished(world)
    for method, reasons in errors.items():
        world.messenger.errors[method].extend((reason, "before") for reason in reasons)
    await world.start("delivery")
    await world.advance(100)
    assert await outcome(world, job) == expected
    clips = world.messenger.clips(job.job_id)
    assert len(clips) == (1 if expected[0] is DELIVERED else 0)
    assert all((clip.clip == world.provider.clip) == as_file for clip in clips)
    assert {method for method, left in world.messenger.errors.items() if left} == set()
    assert (await world.view(job.job_id)).money.state is MoneyState.CHARGED
    assert (await world.delivery(job.job_id)).told_at_ms is not None


# No clip


async def test_a_job_without_a_clip_is_refunded_and_its_requester_told(world: World) -> None:
    job = await world.move(await world.sent(), S.SUCCEEDED)
    before = (await world.balance()).available
    await world.start(*LOOPS)
    await world.advance(10)
    assert await outcome(world, job) == (UNDELIVERABLE, "no_media")
    assert (await world.balance()).available == before + PRICE
    [ping] = world.messenger.pings(job.job_id)
    assert ping.view.money.state is MoneyState.REFUNDED


@pytest.mark.parametrize("reason", ["media_gone", "media_broken"])
async def test_a_clip_that_stays_gone_or_broken_is_refunded_after_some_tries(world: World, reason: str) -> None:
    job = await finished(world)
    world.provider.next_downloads.extend([DeliveryError(reason)] * 100)
    await world.start(*LOOPS)
    await world.advance(HOPELESS_AFTER_MS / 1000 - 1)
    assert world.provider.count("download") > HOPELESS_AFTER
    assert (await world.delivery(job.job_id)).state is DeliveryState.PENDING
    assert (await world.view(job.job_id)).money.state is MoneyState.CHARGED
    await world.advance(RETRIES_S[-1])
    assert await outcome(world, job) == (UNDELIVERABLE, "no_media")
    assert (await world.view(job.job_id)).money.state is MoneyState.REFUNDED


async def test_a_clip_that_is_broken_once_after_an_outage_is_loaded_again(world: World) -> None:
    job = await finished(world)
    world.provider.next_downloads.extend([*[DeliveryError("try_later")] * 5, DeliveryError("media_broken")])
    await world.start("delivery")
    await world.advance(2 * HOUR_S)
    assert await outcome(world, job) == (DELIVERED, "attached")


async def test_a_clip_that_never_loads_is_given_up_when_segmind_has_deleted_it(world: World) -> None:
    job = await finished(world)
    world.provider.next_downloads.extend([DeliveryError("media_host")] * 1000)
    await world.start("delivery")
    for _ in range(7):
        await world.clock.jump(DAY_S)
        await world.advance(1)
    assert (await world.delivery(job.job_id)).state is DeliveryState.PENDING
    await world.clock.jump(DAY_S + 1)
    await world.advance(1)
    assert await outcome(world, job) == (UNDELIVERABLE, "no_media")


async def test_a_late_clip_that_is_lost_is_not_refunded_because_nobody_paid(world: World) -> None:
    job = await world.move(await world.sent(), S.ABANDONED)
    await world.move(job, S.SUCCEEDED)
    await world.start(*LOOPS)
    await world.advance(10)
    assert await outcome(world, job) == (UNDELIVERABLE, "no_media")
    assert (await world.view(job.job_id)).money.state is MoneyState.RELEASED
    assert (await world.balance()).available == 1_000_000


# Trying again


async def test_a_download_is_tried_again_with_longer_rests_and_for_ever(world: World) -> None:
    job = await finished(world)
    world.provider.next_downloads.extend([DeliveryError("try_later")] * 8)
    times: list[float] = []
    world.provider.disturb = lambda kind, about: times.append(world.clock.monotonic_s()) if kind == "download" else None
    await world.start("delivery")
    await world.advance(3 * HOUR_S)
    assert [later - earlier for earlier, later in pairwise(times)] == [*RETRIES_S, RETRIES_S[-1], RETRIES_S[-1]]
    assert await outcome(world, job) == (DELIVERED, "attached")


async def test_a_crash_while_delivering_is_tried_again(world: World) -> None:
    job = await finished(world)

    def strike(kind: str, about: str) -> None:
        world.provider.disturb = None
        raise ZeroDivisionError

    world.provider.disturb = strike
    await world.start("delivery")
    assert (await world.delivery(job.job_id)).reason == "internal_error"
    await world.advance(6)
    assert await outcome(world, job) == (DELIVERED, "attached")
    assert {crash.split(":")[0] for crash in world.crashes.seen} == {"delivery crashed"}
    world.crashes.seen.clear()


async def test_a_clip_on_disk_is_not_loaded_again(world: World) -> None:
    job = await finished(world)
    world.messenger.errors["edit_card"].append(("try_later", "before"))
    await world.start("delivery")
    await world.kill()
    await world.start("delivery")
    await world.advance(10)
    assert await outcome(world, job) == (DELIVERED, "attached")
    assert world.provider.count("download") == 1


async def test_a_clip_that_vanished_from_the_disk_is_loaded_again(world: World) -> None:
    job = await finished(world)
    world.messenger.errors["edit_card"].append(("try_later", "before"))
    await world.start("delivery")
    await world.kill()
    (world.settings.media.directory / "outputs" / f"{job.job_id}.mp4").unlink()
    await world.start("delivery")
    await world.advance(10)
    assert await outcome(world, job) == (DELIVERED, "attached")
    assert world.provider.count("download") == 2


async def test_a_clip_too_large_to_load_is_given_as_a_link(world: World) -> None:
    job = await finished(world)
    world.provider.next_downloads.append(DeliveryError("too_large"))
    await world.start("delivery")
    await world.advance(10)
    assert await outcome(world, job) == (DELIVERED, "linked")
    view = the_clip(world, job).view
    assert view.link == view.job.media_url
    assert view.link_until_ms is not None


async def test_some_clips_are_brought_at_a_time_and_one_that_hangs_blocks_no_other(world: World) -> None:
    world.provider.held["download"] = asyncio.Event()
    jobs = [await finished(world, f"{n}") for n in range(AT_ONCE + 2)]
    await world.start("delivery")
    world.klapper.delivering.wake()
    await world.settle()
    assert world.provider.count("download") == AT_ONCE
    world.provider.held["download"].set()
    await world.settle()
    assert {await outcome(world, job) for job in jobs} == {(DELIVERED, "attached")}


# Upload limits


async def test_a_refused_size_is_not_tried_again_in_that_guild(world: World) -> None:
    world.messenger.real_limit_bytes = len(world.provider.clip) - 1
    await world.start("delivery")
    first = await finished(world, "first")
    await world.advance(5)
    again = await finished(world, "again")
    elsewhere = await finished(world, "elsewhere", guild_id=OTHER_GUILD)
    await world.advance(5)
    assert [await outcome(world, job) for job in (first, again, elsewhere)] == [(DELIVERED, "attached")] * 3
    for job in (first, again, elsewhere):
        assert (await world.delivery(job.job_id)).copy is CopyState.SMALLER
    tries = {job.job_id: world.messenger.count("edit_card", job.job_id) for job in (first, again, elsewhere)}
    assert list(tries.values()) == [2, 1, 2]


async def test_a_smaller_clip_is_still_a_file_where_a_larger_one_was_refused(world: World) -> None:
    small, world.provider.clip = world.provider.clip, padded(world.provider.clip)
    world.messenger.real_limit_bytes = len(small)
    await world.start("delivery")
    large_job = await finished(world, "large")
    await world.advance(5)
    world.provider.clip = small
    small_job = await finished(world, "small")
    await world.advance(5)
    assert (await world.delivery(large_job.job_id)).copy is CopyState.SMALLER
    assert await outcome(world, small_job) == (DELIVERED, "attached")
    assert the_clip(world, small_job).clip == small


async def test_what_a_dm_refuses_says_nothing_about_the_guild(world: World) -> None:
    await world.start("delivery")
    world.messenger.errors["edit_card"].append(("too_large", "before"))
    in_dm = await finished(world, "in the DM", deliver_to="dm")
    await world.advance(5)
    in_guild = await finished(world, "in the guild")
    await world.advance(5)
    assert (await world.delivery(in_dm.job_id)).copy is CopyState.SMALLER
    assert (await world.delivery(in_guild.job_id)).copy is CopyState.NONE


async def test_what_discord_says_it_does_not_take_is_not_tried(world: World) -> None:
    world.messenger.said_limit_bytes = 10
    job = await finished(world)
    await world.start("delivery")
    await world.advance(5)
    assert await outcome(world, job) == (DELIVERED, "linked")
    assert world.messenger.count("edit_card") == 1


def padded(clip: bytes) -> bytes:
    """The same MP4 with a box that players skip."""
    return clip + (1000).to_bytes(4, "big") + b"free" + bytes(992)


async def test_why_a_clip_was_given_up_stays_on_record_while_its_requester_is_told(world: World) -> None:
    job = await world.finished()
    world.provider.jobs.clear()  # and with it the clip
    world.messenger.errors["tell"].extend([("try_later", "before")] * 3)
    await world.start()
    for _ in range(10):
        await world.clock.jump(3_600)
        await world.advance(60)
    assert await outcome(world, job) == (UNDELIVERABLE, "no_media")
    assert len(world.messenger.pings(job.job_id)) == 1
