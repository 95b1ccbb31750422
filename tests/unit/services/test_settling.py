"""What an operator settles by hand: guarded, on record, and never a second POST."""

from __future__ import annotations

import pytest

from klapper.errors import KlapperError
from klapper.jobs.job import Job, JobStatus
from klapper.jobs.store import Changes
from klapper.ledger.records import operator_actor
from klapper.services.settling import Settling
from klapper.services.transitions import Transitions
from klapper.services.views import MoneyState
from tests.unit.services.world import World

S = JobStatus
ME = operator_actor("ada")


def settling(world: World) -> Settling:
    """As the command line builds it, in a process of its own: the bot hears nothing of it."""
    klapper = world.klapper
    transitions = Transitions(
        database=world.database,
        clock=world.clock,
        jobs=klapper.jobs,
        deliveries=klapper.deliveries,
        ledger=klapper.ledger,
        reviewing=klapper.reviewing,
        protecting=klapper.protecting,
        announce=lambda _: None,
    )
    return Settling(database=world.database, clock=world.clock, jobs=klapper.jobs, transitions=transitions)


async def unclear(world: World, prompt: str = "a fox") -> Job:
    sent = Changes(sent=True, sent_body="{}", posted_at_ms=world.clock.now_ms())
    job = await world.move(await world.submit(prompt), S.SENDING, changes=sent)
    return await world.move(job, S.UNKNOWN)


async def test_a_release_gives_the_credits_back_and_says_who_did_it(world: World) -> None:
    job = await unclear(world)
    await settling(world).release(job.job_id, actor=ME)
    view = await world.view(job.job_id)
    assert (view.job.status, view.money.state) == (S.ABANDONED, MoneyState.RELEASED)
    assert (await world.events(job.job_id))[-1].actor == "operator:ada"
    assert set(await world.rows("SELECT actor FROM transfers WHERE kind = 'release'")) == {("operator:ada",)}


async def test_an_adopted_job_is_asked_about_and_charged_once(world: World) -> None:
    job = await unclear(world)
    taken = await world.provider.submit(job.slug, {"prompt": "a fox"})
    await settling(world).adopt(job.job_id, taken.request_id, actor=ME)
    await world.start()
    await world.advance(120)
    view = await world.view(job.job_id)
    assert (view.job.status, view.money.state) == (S.SUCCEEDED, MoneyState.CHARGED)
    assert len(world.messenger.clips(job.job_id)) == 1


async def test_an_adopted_job_whose_hold_has_ended_is_delivered_free(world: World) -> None:
    job = await unclear(world)
    taken = await world.provider.submit(job.slug, {"prompt": "a fox"})
    await settling(world).release(job.job_id, actor=ME)
    await settling(world).adopt(job.job_id, taken.request_id, actor=ME)
    await world.start()
    for _ in range(2):
        await world.clock.jump(86_400)
        await world.advance(60)
    view = await world.view(job.job_id)
    assert (view.job.status, view.money.state) == (S.SUCCEEDED, MoneyState.RELEASED)
    assert [event.reason for event in await world.events(job.job_id)][-2:] == ["adopted", "late"]


async def test_a_request_is_adopted_once(world: World) -> None:
    first, second = await unclear(world, "one"), await unclear(world, "two")
    await settling(world).adopt(first.job_id, "request-9999", actor=ME)
    with pytest.raises(KlapperError, match=f"is job {first.job_id} already"):
        await settling(world).adopt(second.job_id, "request-9999", actor=ME)
    with pytest.raises(KlapperError, match="has the request id request-9999 already"):
        await settling(world).adopt(first.job_id, "request-8888", actor=ME)


@pytest.mark.parametrize("shown", ["request9999", "REQUEST-9999"])
async def test_a_request_is_adopted_once_in_whichever_form_its_id_is_shown(world: World, shown: str) -> None:
    first, second = await unclear(world, "one"), await unclear(world, "two")
    await settling(world).adopt(first.job_id, "request-9999", actor=ME)
    with pytest.raises(KlapperError, match=f"is job {first.job_id} already"):
        await settling(world).adopt(second.job_id, shown, actor=ME)
    released = await settling(world).release(second.job_id, actor=ME)
    async with world.database.write() as tx:
        assert not await world.klapper.jobs.claim(tx, released, shown)


@pytest.mark.parametrize("path", [(), (S.CANCELLED,), (S.EXPIRED,)])
async def test_only_a_job_without_an_outcome_can_be_released(world: World, path: tuple[JobStatus, ...]) -> None:
    job = await world.move(await world.submit(), *path)
    with pytest.raises(KlapperError, match=f"is {job.status}: only"):
        await settling(world).release(job.job_id, actor=ME)


async def test_of_a_job_that_is_being_sent_nothing_is_settled(world: World) -> None:
    job = await world.move(await world.submit(), S.SENDING)
    with pytest.raises(KlapperError, match="is being sent: if the bot is not running, start it"):
        await settling(world).release(job.job_id, actor=ME)
    with pytest.raises(KlapperError, match="is being sent: if the bot is not running, start it"):
        await settling(world).adopt(job.job_id, "request-1", actor=ME)


async def test_a_job_that_does_not_exist_is_named(world: World) -> None:
    with pytest.raises(KlapperError, match="There is no job abcdefgh"):
        await settling(world).release("abcdefgh", actor=ME)
    with pytest.raises(KlapperError, match="There is no job abcdefgh"):
        await settling(world).adopt("abcdefgh", "request-1", actor=ME)


async def test_a_running_bot_shows_what_was_settled_beside_it(world: World) -> None:
    world.provider.run_s = None
    await world.start()
    job = await world.submit()
    await world.advance(30)
    await settling(world).release(job.job_id, actor=ME)
    await world.advance(10)
    assert world.messenger.cards(job.job_id)[0].view.job.status is S.ABANDONED
    assert len(world.messenger.pings(job.job_id)) == 1
