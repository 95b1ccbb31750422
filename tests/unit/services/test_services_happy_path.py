"""From a request to a clip, with nothing in the way."""

from __future__ import annotations

from klapper.jobs.job import DeliveryState, JobStatus
from tests.unit.services.world import PRICE, World

S = JobStatus


async def test_a_request_becomes_a_clip_on_one_card_paid_for_once(world: World) -> None:
    await world.start()
    job = await world.submit("a fox")
    await world.advance(120)

    assert await world.path(job.job_id) == [S.WAITING, S.SENDING, S.QUEUED, S.PROCESSING, S.SUCCEEDED]
    assert len(world.provider.posts) == 1
    assert (await world.delivery(job.job_id)).state is DeliveryState.DELIVERED
    [card] = world.messenger.cards(job.job_id)
    assert world.messenger.clips(job.job_id) == [card]
    assert card.clip == world.provider.clip
    assert len(world.messenger.pings(job.job_id)) == 1
    balance = await world.balance()
    assert (balance.available, balance.held) == (500 - PRICE, 0)
