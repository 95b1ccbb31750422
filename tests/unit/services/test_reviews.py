"""Requests that wait for a moderator: one verdict each, about exactly what was seen, the credits held meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from klapper.errors import RequestRefused
from klapper.jobs.job import JobStatus
from klapper.ledger.records import ReservationStatus
from klapper.moderation.cases import Outcome
from klapper.moderation.rules import Mode
from klapper.services.desk import Viewer
from klapper.services.open_cases import Moderator
from klapper.services.views import MoneyState
from tests.unit.services.world import ANN, CHANNEL, GUILD, OTHER_GUILD, World

REVIEWS = 900
MAX = Moderator(GUILD, 77)
OLGA = Moderator(GUILD, 78)
ANN_LOOKS = Viewer(GUILD, ANN)
S = JobStatus


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with World.open(tmp_path / "world") as world:
        await review_everything(world)
        yield world


async def review_everything(world: World, channel_id: int | None = REVIEWS) -> None:
    async with world.database.write() as tx:
        await world.klapper.guild_rules.set_mode(tx, GUILD, Mode.REVIEW)
        await world.klapper.guild_rules.set_channels(tx, GUILD, review=channel_id, audit=None)


async def case_of(world: World, job_id: str) -> int:
    rows = await world.rows("SELECT case_id FROM cases WHERE job_id = :job_id", job_id=job_id)
    return int(rows[-1][0])


async def state_of(world: World, job_id: str) -> tuple[JobStatus, MoneyState]:
    view = await world.klapper.views.get(job_id)
    assert view is not None
    return view.job.status, view.money.state


async def held(world: World) -> int:
    rows = await world.rows("SELECT COUNT(*) FROM reservations WHERE status = 'held'")
    return int(rows[0][0])


async def test_a_request_in_review_holds_its_credits_and_is_sent_to_nobody(world: World) -> None:
    job = await world.submit("a fox")
    await world.start()
    await world.advance(3_600)
    assert await state_of(world, job.job_id) == (S.IN_REVIEW, MoneyState.HELD)
    assert world.provider.jobs == {}
    assert await world.rows("SELECT verdict, rule, reasons FROM decisions") == [
        ("review", "review_mode", '["review_mode"]')
    ]


async def test_how_long_it_takes_is_said_when_a_moderator_has_allowed_it(world: World) -> None:
    job = await world.submit("a fox")
    assert (await world.view(job.job_id)).usual is None
    await world.klapper.case_desk.approve(await case_of(world, job.job_id), MAX)
    assert (await world.view(job.job_id)).usual is not None


async def test_an_approved_request_is_made_and_charged(world: World) -> None:
    job = await world.submit("a fox")
    await world.start()
    view = await world.klapper.case_desk.approve(await case_of(world, job.job_id), MAX)
    assert view.case.outcome is Outcome.APPROVED
    assert view.closed_by == MAX.user_id
    await world.advance(600)
    assert await state_of(world, job.job_id) == (S.SUCCEEDED, MoneyState.CHARGED)
    assert [row[:2] for row in await world.rows("SELECT verdict, rule, decided_by FROM decisions")] == [
        ("review", "review_mode"),
        ("allowed", "approved"),
    ]


async def test_the_verdict_is_about_exactly_what_the_moderator_saw(world: World) -> None:
    job = await world.submit("a fox")
    await world.klapper.case_desk.approve(await case_of(world, job.job_id), MAX)
    assert len(set(await world.rows("SELECT content_hash FROM decisions"))) == 1


async def test_a_declined_request_gives_its_credits_back_and_tells_why_in_private(world: World) -> None:
    job = await world.submit("a fox")
    await world.start()
    await world.klapper.case_desk.reject(await case_of(world, job.job_id), MAX, words="Not here, please.")
    await world.advance(60)
    assert await state_of(world, job.job_id) == (S.REJECTED, MoneyState.RELEASED)
    assert world.provider.jobs == {}
    told = [message.ref.channel_id for message in world.messenger.messages if message.kind == "ping"]
    assert told != [CHANNEL]
    assert len(told) == 1
    assert await world.broken_books() == []


async def test_a_strike_is_given_once_and_only_when_asked_for(world: World) -> None:
    kind, bad = await world.submit("kind"), await world.submit("bad")
    await world.klapper.case_desk.reject(await case_of(world, kind.job_id), MAX, words="no")
    await world.klapper.case_desk.reject(await case_of(world, bad.job_id), MAX, words="no", strike=True)
    assert await world.rows("SELECT kind, job_id FROM strikes") == [("moderator", bad.job_id)]


async def test_a_blocked_member_makes_nothing_more(world: World) -> None:
    job = await world.submit("a fox")
    await world.klapper.case_desk.block(await case_of(world, job.job_id), MAX, words="spam")
    assert await state_of(world, job.job_id) == (S.REJECTED, MoneyState.RELEASED)
    assert (await world.refused(world.asking("another"))).code == "blocked_member"
    assert await world.rows("SELECT outcome FROM cases") == [("blocked",)]


async def test_of_two_moderators_at_once_the_first_decides_and_the_second_hears_it(world: World) -> None:
    job = await world.submit("a fox")
    desk, case_id = world.klapper.case_desk, await case_of(world, job.job_id)
    answers = await asyncio.gather(
        desk.approve(case_id, MAX), desk.reject(case_id, OLGA, words="no"), return_exceptions=True
    )
    refused = [answer for answer in answers if isinstance(answer, RequestRefused)]
    assert [refusal.code for refusal in refused] == ["decided_already"]
    assert f"<@{MAX.user_id}>" in refused[0].sentence or f"<@{OLGA.user_id}>" in refused[0].sentence
    assert len(await world.rows("SELECT 1 FROM decisions WHERE decided_by <> 'klapper'")) == 1
    assert await world.broken_books() == []


async def test_nobody_decides_about_their_own_request_unless_they_manage_the_server(world: World) -> None:
    job = await world.submit("a fox")
    desk, case_id = world.klapper.case_desk, await case_of(world, job.job_id)
    with pytest.raises(RequestRefused) as refusal:
        await desk.approve(case_id, Moderator(GUILD, ANN))
    assert refusal.value.code == "own_request"
    assert (await desk.approve(case_id, Moderator(GUILD, ANN, is_manager=True))).case.outcome is Outcome.APPROVED


async def test_a_case_of_another_server_does_not_exist(world: World) -> None:
    job = await world.submit("a fox")
    case_id = await case_of(world, job.job_id)
    for act in (world.klapper.case_desk.approve, world.klapper.case_desk.show):
        with pytest.raises(RequestRefused) as refusal:
            await act(case_id, Moderator(OTHER_GUILD, MAX.user_id))
        assert refusal.value.code == "no_such_case"


async def test_a_review_that_nobody_decides_expires_and_the_card_says_so(world: World) -> None:
    job = await world.submit("a fox")
    await world.start()
    await world.clock.jump(25 * 3_600)
    assert await state_of(world, job.job_id) == (S.EXPIRED, MoneyState.RELEASED)
    assert await world.rows("SELECT outcome FROM cases") == [("expired",)]
    (card,) = world.case_messenger.messages
    assert card.view.case.outcome is Outcome.EXPIRED


async def test_who_takes_a_request_back_closes_its_case(world: World) -> None:
    job = await world.submit("a fox")
    await world.start()
    await world.klapper.desk.cancel(job.job_id, ANN_LOOKS)
    await world.settle()
    (card,) = world.case_messenger.messages
    assert card.view.case.outcome is Outcome.WITHDRAWN
    with pytest.raises(RequestRefused) as refusal:
        await world.klapper.case_desk.approve(await case_of(world, job.job_id), MAX)
    assert refusal.value.code == "decided_already"
    assert "withdrawn by its requester" in refusal.value.sentence


# Cards in the review channel


async def test_every_case_has_one_card_until_it_is_settled(world: World) -> None:
    jobs = [await world.submit(f"fox {n}") for n in range(3)]
    await world.start()
    assert [message.ref.channel_id for message in world.case_messenger.messages] == [REVIEWS] * 3
    await world.klapper.case_desk.approve(await case_of(world, jobs[1].job_id), MAX)
    await world.settle()
    assert [message.edits for message in world.case_messenger.messages] == [0, 1, 0]


async def test_who_waits_hears_of_a_better_place_however_the_one_before_ended(world: World) -> None:
    first, second, third = [await world.submit(prompt) for prompt in ("a fox", "a hen", "a cow")]
    await world.start()
    await world.klapper.desk.cancel(first.job_id, ANN_LOOKS)
    await world.advance(60)
    await world.klapper.case_desk.approve(await case_of(world, second.job_id), MAX)
    await world.advance(60)
    shown = [message.view.place for message in world.messenger.messages if message.job_id == third.job_id]
    assert shown == [1]


async def test_a_card_whose_answer_was_lost_is_found_and_not_posted_twice(world: World) -> None:
    world.case_messenger.errors["post_case"].append(("try_later", "after"))
    await world.submit("a fox")
    await world.start()
    await world.advance(120)
    assert len(world.case_messenger.messages) == 1
    assert ("find_case", REVIEWS) in world.case_messenger.calls
    assert [row[0] for row in await world.rows("SELECT message_id FROM cases")] != [None]


async def test_a_server_without_a_channel_for_it_has_the_queue(world: World) -> None:
    await review_everything(world, channel_id=None)
    job = await world.submit("a fox")
    await world.start()
    assert world.case_messenger.messages == []
    (view,) = await world.klapper.case_desk.queue(GUILD)
    await world.klapper.case_desk.approve(view.case.case_id, MAX)
    assert (await state_of(world, job.job_id))[0] is S.WAITING


async def test_a_channel_that_refuses_keeps_no_other_waiting(world: World) -> None:
    world.case_messenger.forbidden.add(REVIEWS)
    await world.submit("a fox")
    await world.start()
    await world.advance(1_000)
    tries = [call for call in world.case_messenger.calls if call[0] == "post_case"]
    assert 1 <= len(tries) <= 5
    world.case_messenger.forbidden.clear()
    await world.advance(400)
    assert len(world.case_messenger.messages) == 1


async def test_moderators_are_reminded_once_of_what_has_become_old(world: World) -> None:
    await world.submit("a fox")
    await world.submit("a hen")
    await world.start()
    await world.clock.jump(3 * 3_600)
    assert world.case_messenger.reminders == []
    await world.clock.jump(2 * 3_600)
    assert [(channel, len(cases)) for channel, cases, _ in world.case_messenger.reminders] == [(REVIEWS, 2)]
    await world.kill()
    await world.start()
    await world.clock.jump(3_600)
    assert len(world.case_messenger.reminders) == 1


async def test_after_a_restart_a_hundred_reviews_wait_as_before(tmp_path: Path) -> None:
    limits = {"waiting_per_member": 0}
    credits = {"default_allowance": 100_000, "bot_budget_per_day": 0}
    async with World.open(tmp_path / "many", limits=limits, credits=credits) as world:
        await review_everything(world)
        jobs = [await world.submit(f"fox {n}") for n in range(100)]
        await world.start()
        await world.kill()
        await world.start()
        assert len(world.case_messenger.messages) == 100
        assert await held(world) == 100
        desk = world.klapper.case_desk
        for number, job in enumerate(jobs):
            case_id = await case_of(world, job.job_id)
            if number % 3:
                await desk.approve(case_id, MAX)
            else:
                await desk.reject(case_id, MAX, words="")
        counts = dict(await world.rows("SELECT status, COUNT(*) FROM reservations GROUP BY status"))
        assert counts[ReservationStatus.RELEASED] == 34
        assert await world.klapper.case_desk.count(GUILD) == 0
        assert await world.broken_books() == []


# The audit


async def actions(world: World) -> list[str]:
    return [row[0] for row in await world.rows("SELECT action FROM audit ORDER BY entry_id")]


async def test_every_end_of_a_review_is_a_line_of_the_audit(world: World) -> None:
    jobs = [await world.submit(prompt) for prompt in ("a fox", "a hen", "a cow", "an owl")]
    desk = world.klapper.case_desk
    await desk.approve(await case_of(world, jobs[0].job_id), MAX)
    await desk.reject(await case_of(world, jobs[1].job_id), MAX, words="no", strike=True)
    await world.klapper.desk.cancel(jobs[2].job_id, ANN_LOOKS)
    await desk.block(await case_of(world, jobs[3].job_id), MAX, words="spam")
    assert (await actions(world))[4:] == [
        "review_approved",
        "review_rejected",
        "strike_given",
        "review_withdrawn",
        "review_blocked",
        "member_blocked",
    ]


async def test_the_line_of_a_verdict_says_all_of_it_and_is_the_only_one_that_is_posted(world: World) -> None:
    jobs = [await world.submit(prompt) for prompt in ("a fox", "a hen")]
    async with world.database.write() as tx:
        await world.klapper.guild_rules.set_channels(tx, GUILD, review=REVIEWS, audit=REVIEWS + 1)
        version = await world.klapper.guild_rules.version(tx, GUILD)
    await world.klapper.case_desk.reject(await case_of(world, jobs[0].job_id), MAX, words="no", strike=True)
    await world.klapper.case_desk.block(await case_of(world, jobs[1].job_id), MAX, words="spam")
    posted = await world.rows(
        "SELECT audit.action, audit.detail, rules_version FROM audit LEFT JOIN decisions USING (decision_id) "
        "WHERE posted_at_ms IS NULL ORDER BY entry_id"
    )
    assert posted == [("review_rejected", "strike", version), ("review_blocked", "", version)]
