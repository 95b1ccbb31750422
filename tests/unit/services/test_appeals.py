"""A refusal is appealed once, by whom it met, about exactly what was refused; everything else counts as ever."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from klapper.clock import DAY_MS, SECOND_MS
from klapper.errors import RequestRefused
from klapper.jobs.job import JobStatus
from klapper.kling.likeness import Likeness
from klapper.kling.request import VideoRequest
from klapper.ledger.records import member_actor
from klapper.moderation.image_block import EVERYWHERE
from klapper.moderation.rules import ChannelRule, Mode, Place
from klapper.services.asking import Submitted
from klapper.services.desk import Viewer
from klapper.services.drafts import Author
from klapper.services.views import MoneyState
from tests.pictures import landscape, png
from tests.unit.services.appealing import (
    ANN_IN_CHANNEL,
    MAX,
    WORDS,
    appeal,
    appealed,
    audited,
    block_term,
    case_of,
    refusal,
    shown_as,
    wrongs,
)
from tests.unit.services.conftest import OpenWorld
from tests.unit.services.test_submission import written
from tests.unit.services.turns import kept_image
from tests.unit.services.world import ANN, BOB, CHANNEL, GUILD, OTHER_GUILD, PRICE, World

NO_JOB = ("reservations", "jobs", "cards", "job_events")
S = JobStatus


@pytest.fixture
async def world(open_world: OpenWorld) -> World:
    """A guild that blocks the word `peg`."""
    world = await open_world()
    await block_term(world)
    return world


# The way of an appeal


async def test_an_appeal_is_a_request_in_review_with_its_words(world: World) -> None:
    job = (await appealed(world, negative_prompt="rain", spoiler=True, deliver_to="dm")).job
    assert (job.status, job.spoiler, job.deliver_to) == (S.IN_REVIEW, True, "dm")
    assert (await world.view(job.job_id)).money.state is MoneyState.HELD
    assert await world.rows("SELECT reasons, words, opened_by FROM cases") == [
        ('["appeal", ["guild_term", "peg"]]', WORDS, member_actor(job.member_ref))
    ]
    assert await world.rows("SELECT verdict, rule, detail FROM decisions") == [
        ("refused", "guild_term", "peg"),
        ("review", "appeal", "peg"),
    ]
    assert await audited(world) == [
        ("request_refused", "guild_term", "peg", ""),
        ("request_review", "appeal", "peg", ""),
        ("appealed", "guild_term", "peg", WORDS),
    ]
    assert len(set(await world.rows("SELECT content_hash FROM decisions"))) == 1


async def test_an_approved_appeal_is_made(world: World) -> None:
    job = (await appealed(world)).job
    await world.start()
    await world.klapper.case_desk.approve(await case_of(world, job.job_id), MAX)
    await world.advance(600)
    view = await world.view(job.job_id)
    assert (view.job.status, view.money.state) == (S.SUCCEEDED, MoneyState.CHARGED)
    assert await wrongs(world) == 0


async def test_a_declined_appeal_gives_its_credits_back(world: World) -> None:
    job = (await appealed(world)).job
    await world.klapper.case_desk.reject(await case_of(world, job.job_id), MAX, words="No.")
    assert (await world.view(job.job_id)).money.state is MoneyState.RELEASED


async def test_a_refusal_can_be_appealed_after_a_restart(world: World) -> None:
    decision_id = await refusal(world)
    await world.kill()
    assert (await world.submitted(await appeal(world, decision_id))).job.status is S.IN_REVIEW


async def test_a_refusal_of_another_way_of_asking_can_be_appealed_as_well(world: World) -> None:
    view = await world.klapper.draft_desk.storyboard(ANN_IN_CHANNEL)
    asking = VideoRequest(prompt="a peg")
    view = await world.klapper.draft_desk.change(
        view.draft.draft_id, ANN_IN_CHANNEL, lambda draft: replace(draft, request=asking)
    )
    draft = view.draft
    ask = await world.klapper.draft_desk.ask(draft.draft_id, ANN_IN_CHANNEL, 5_001, revision=draft.revision)
    refused = await world.refused(ask)
    assert refused.appeal is not None
    assert (await world.submitted(await appeal(world, refused.appeal))).job.status is S.IN_REVIEW


async def test_an_appeal_is_made_from_the_same_job_as_what_was_refused(world: World) -> None:
    before = await world.submit("a fox")
    assert (await appealed(world, parent_job_id=before.job_id)).job.parent_job_id == before.job_id


async def test_an_appeal_asks_no_second_time_about_its_price(open_world: OpenWorld) -> None:
    world = await open_world(credits={"confirm_above": PRICE - 1})
    await block_term(world)
    assert (await appealed(world)).job.status is S.IN_REVIEW


async def test_an_image_on_a_block_list_can_be_appealed(world: World) -> None:
    image = await world.klapper.intake.take(world.attachments.attach(png(landscape(1))), ANN)
    await world.settle()
    assert image.likeness is not None
    async with world.database.write() as tx:
        await world.klapper.blocked_images.block(tx, EVERYWHERE, Likeness.from_text(image.likeness), by="o", now_ms=0)
    job = (await appealed(world, prompt="it moves", start_image=image.sha256)).job
    assert await world.rows("SELECT reasons FROM cases") == [('["appeal", ["blocked_image", "image"]]',)]
    await world.klapper.case_desk.approve(await case_of(world, job.job_id), MAX, refusal_was_wrong=True)
    assert ("wrong_refusal", "blocked_image", "image", "") in await audited(world)


# Once, by its member, in time


async def test_a_refusal_is_appealed_once(world: World) -> None:
    decision_id = await refusal(world)
    ask = await appeal(world, decision_id)
    again = replace(ask, interaction_id=9_001, job_id="another")
    outcomes = await asyncio.gather(
        *(world.klapper.submission.submit(one) for one in (ask, again)), return_exceptions=True
    )
    refused = [outcome for outcome in outcomes if isinstance(outcome, RequestRefused)]
    assert [one.code for one in refused] == ["already_appealed"]
    assert await shown_as(world, decision_id) == "already_appealed"
    assert len(await world.rows("SELECT 1 FROM jobs")) == 1


async def test_a_form_that_arrives_twice_is_one_job(world: World) -> None:
    ask = await appeal(world, await refusal(world))
    first, again = await world.submitted(ask), await world.submitted(ask)
    assert (again.job.job_id, again.is_new) == (first.job.job_id, False)


@pytest.mark.parametrize(
    "author",
    [Author(GUILD, CHANNEL, BOB), Author(0, CHANNEL, BOB), Author(OTHER_GUILD, CHANNEL, ANN)],
    ids=["somebody else", "in a direct message", "in another server"],
)
async def test_a_refusal_is_nobody_elses(world: World, author: Author) -> None:
    decision_id = await refusal(world)
    assert await shown_as(world, decision_id, author) == "no_such_refusal"
    ask = await appeal(world, decision_id)
    stolen = replace(ask, user_id=author.user_id, guild_id=author.guild_id or GUILD)
    assert (await world.refused(stolen)).code == "no_such_refusal"
    assert await world.rows("SELECT 1 FROM jobs") == []


async def test_a_refusal_is_found_in_direct_messages(world: World) -> None:
    ask = await appeal(world, await refusal(world), Author(0, 999, ANN))
    assert (ask.guild_id, ask.channel_id) == (GUILD, CHANNEL)
    assert (await world.submitted(ask)).job.status is S.IN_REVIEW


@pytest.mark.parametrize("loops", [(), ("housekeeping",)], ids=["before the sweep", "after the sweep"])
async def test_a_refusal_can_be_appealed_for_a_day(world: World, loops: tuple[str, ...]) -> None:
    decision_id = await refusal(world)
    ask = await appeal(world, decision_id)
    if loops:
        await world.start(*loops)
    await world.advance(DAY_MS / SECOND_MS - 1)
    await world.klapper.appeal_desk.show(decision_id, ANN_IN_CHANNEL)
    await world.advance(3_602)
    assert (await world.rows("SELECT 1 FROM refused_requests") == []) == bool(loops)
    assert await shown_as(world, decision_id) == "too_late_to_appeal"
    assert await shown_as(world, decision_id, Author(GUILD, CHANNEL, BOB)) == "no_such_refusal"
    assert (await world.refused(ask)).code == "too_late_to_appeal"


async def test_a_decision_that_is_no_refusal_cannot_be_appealed(world: World) -> None:
    job = await world.submit("a fox")
    assert await shown_as(world, job.decision_id) == "no_such_refusal"
    assert await shown_as(world, 999) == "no_such_refusal"


# Not the same twice


async def test_what_moderators_have_before_them_is_not_brought_before_them_again(world: World) -> None:
    first, second = await refusal(world), await refusal(world)
    asks = [await appeal(world, decision_id) for decision_id in (first, second)]
    outcomes = await asyncio.gather(*map(world.klapper.submission.submit, asks), return_exceptions=True)
    (job,) = [outcome.job for outcome in outcomes if isinstance(outcome, Submitted)]
    (refused,) = [outcome for outcome in outcomes if isinstance(outcome, RequestRefused)]
    assert refused.code == "already_appealed"
    assert job.job_id in refused.sentence
    assert [await shown_as(world, one) for one in (first, second)] == ["already_appealed"] * 2
    assert len(await world.rows("SELECT 1 FROM jobs")) == 1


async def test_what_moderators_declined_is_not_brought_before_them_again_for_a_day(world: World) -> None:
    job = (await appealed(world)).job
    await world.klapper.case_desk.reject(await case_of(world, job.job_id), MAX, words="No.")
    assert await shown_as(world, await refusal(world)) == "already_declined"
    assert (await appealed(world, prompt="a peg of wood")).job.status is S.IN_REVIEW
    await world.advance(DAY_MS / SECOND_MS)
    assert (await appealed(world)).job.status is S.IN_REVIEW


async def test_what_moderators_approved_or_never_decided_can_be_appealed_again(world: World) -> None:
    approved = (await appealed(world)).job
    await world.klapper.case_desk.approve(await case_of(world, approved.job_id), MAX)
    withdrawn = (await appealed(world)).job
    await world.klapper.desk.cancel(withdrawn.job_id, Viewer(GUILD, ANN))
    assert (await appealed(world)).job.status is S.IN_REVIEW


# Of a change of what is in review


async def changed(world: World, job_id: str, interaction_id: int = 5_001) -> int:
    """Ann changes her request in review to what is refused; the number under which she can appeal."""
    view = await world.klapper.draft_desk.edit(job_id, Viewer(GUILD, ANN), CHANNEL)
    longer = VideoRequest(prompt=f"a peg and a fox {interaction_id}")
    view = await world.klapper.draft_desk.change(
        view.draft.draft_id, ANN_IN_CHANNEL, lambda draft: replace(draft, request=longer)
    )
    draft = view.draft
    ask = await world.klapper.draft_desk.ask(draft.draft_id, ANN_IN_CHANNEL, interaction_id, revision=draft.revision)
    refused = await world.refused(ask)
    assert refused.appeal is not None
    return refused.appeal


async def test_the_appeal_of_a_change_takes_the_place_of_what_is_changed(open_world: OpenWorld) -> None:
    world = await open_world(credits={"default_allowance": PRICE}, limits={"waiting_per_member": 1})
    await block_term(world)
    first = (await appealed(world)).job
    decision_id = await changed(world, first.job_id)
    assert (await world.view(first.job_id)).job.status is S.IN_REVIEW
    assert (await world.klapper.appeal_desk.show(decision_id, ANN_IN_CHANNEL)).refused.replaces == first.job_id
    second = (await world.submitted(await appeal(world, decision_id))).job
    assert (second.status, (await world.view(second.job_id)).money.state) == (S.IN_REVIEW, MoneyState.HELD)
    assert (await world.view(first.job_id)).job.status is S.CANCELLED
    assert (await world.view(first.job_id)).money.state is MoneyState.RELEASED
    outcomes = "SELECT job_id, outcome FROM cases ORDER BY case_id"
    assert await world.rows(outcomes) == [(first.job_id, "replaced"), (second.job_id, "")]


async def test_a_change_of_other_options_than_texts_can_be_appealed_in_the_place_of_what_is_changed(
    world: World,
) -> None:
    first = (await appealed(world)).job
    view = await world.klapper.draft_desk.edit(first.job_id, Viewer(GUILD, ANN), CHANNEL)
    draft = view.draft
    ask = await world.klapper.draft_desk.ask(draft.draft_id, ANN_IN_CHANNEL, 5_001, revision=draft.revision)
    refused = await world.refused(ask)
    assert refused.appeal is not None
    assert (await world.submitted(await appeal(world, refused.appeal))).replaced is not None


async def test_the_appeal_of_a_change_starts_nothing_when_the_verdict_came_first(world: World) -> None:
    first = (await appealed(world)).job
    decision_id = await changed(world, first.job_id)
    ask = await appeal(world, decision_id)
    await world.klapper.case_desk.approve(await case_of(world, first.job_id), MAX)
    refused = await world.refused(ask)
    assert refused.code == "review_over"
    assert "approved" in refused.sentence
    assert await shown_as(world, decision_id) == "review_over"
    assert len(await world.rows("SELECT 1 FROM jobs")) == 1


async def test_of_two_appeals_of_changes_the_second_names_the_first(world: World) -> None:
    first = (await appealed(world)).job
    one, other = await changed(world, first.job_id), await changed(world, first.job_id, 5_002)
    asks = [await appeal(world, decision_id) for decision_id in (one, other)]
    second = (await world.submitted(asks[0])).job
    refused = await world.refused(asks[1])
    assert refused.code == "review_over"
    assert second.job_id in refused.sentence


# What nobody may overrule, and everything else that counts


async def test_what_nobody_may_overrule_is_not_kept(world: World) -> None:
    assert (await world.refused(world.asking("a nude child"))).appeal is None
    await set_mode(world, Mode.CLOSED)
    ask = replace(world.asking("a peg"), place=Place((CHANNEL,)))
    assert (await world.refused(ask)).appeal is None
    assert await world.rows("SELECT 1 FROM refused_requests") == []
    decision_id = (await world.rows("SELECT MIN(decision_id) FROM decisions"))[0][0]
    assert await shown_as(world, decision_id) == "no_such_refusal"


async def set_mode(world: World, mode: Mode) -> None:
    async with world.database.write() as tx:
        await world.klapper.guild_rules.set_channel(tx, GUILD, CHANNEL, ChannelRule(mode))


async def block_ann(world: World) -> None:
    async with world.database.write() as tx:
        ann = await world.klapper.ledger.member(tx, GUILD, ANN, 0)
        await world.klapper.standings.block(tx, ann, reason="spam", by="member:9", now_ms=0)


async def pause_guild(world: World) -> None:
    await world.klapper.guilds.pause(GUILD, BOB)


async def close_channel(world: World) -> None:
    await set_mode(world, Mode.CLOSED)


async def spend_everything(world: World) -> None:
    for n in range(5):
        await world.move(await world.submit(f"fox {n}"), S.SENDING, S.UNKNOWN)


async def fill_the_queue(world: World) -> None:
    for n in range(2):
        await world.submit(f"fox {n}")


@pytest.mark.parametrize(
    ("meanwhile", "code", "settings"),
    [
        (block_ann, "blocked_member", {}),
        (pause_guild, "guild_paused", {}),
        (close_channel, "channel_closed", {}),
        (spend_everything, "not_enough_credits", {}),
        (fill_the_queue, "too_many_waiting", {"limits": {"waiting_per_member": 2}}),
    ],
)
async def test_what_speaks_against_any_request_speaks_against_an_appeal_and_leaves_it_for_later(
    open_world: OpenWorld, meanwhile: Any, code: str, settings: dict[str, Any]
) -> None:
    world = await open_world(**settings)
    await block_term(world)
    ask = await appeal(world, await refusal(world), place=Place((CHANNEL,)))
    await meanwhile(world)
    before = await written(world)
    refused = await world.refused(ask)
    assert (refused.code, refused.appeal) == (code, None)
    after = await written(world)
    assert [after[table] for table in NO_JOB] == [before[table] for table in NO_JOB]
    assert await world.rows("SELECT appealed_at_ms FROM refused_requests") == [(None,)]


async def test_other_texts_than_those_that_were_refused_are_no_appeal(world: World) -> None:
    ask = await appeal(world, await refusal(world))
    other = replace(ask, request=replace(ask.request, prompt="a peg and a gun"))
    assert (await world.refused(other)).code == "appeal_differs"


async def test_an_appeal_says_why(world: World) -> None:
    ask = await appeal(world, await refusal(world))
    assert ask.appeal is not None
    assert (await world.refused(replace(ask, appeal=replace(ask.appeal, words=" \n")))).code == "appeal_without_words"


async def test_nobody_has_another_price_held_than_they_saw(world: World) -> None:
    ask = await appeal(world, await refusal(world))
    assert ask.appeal is not None
    refused = await world.refused(replace(ask, appeal=replace(ask.appeal, price_credits=PRICE - 1)))
    assert refused.code == "appeal_price_changed"
    assert "84 credits" in refused.sentence


async def test_an_image_that_is_not_kept_any_more_has_to_be_attached_again(world: World) -> None:
    image = await kept_image(world)
    decision_id = await refusal(world, start_image=image.sha256)
    ask = await appeal(world, decision_id)
    await world.execute("DELETE FROM images")
    assert await shown_as(world, decision_id) == "image_gone"
    assert (await world.refused(ask)).code == "image_gone"


async def test_what_nobody_objects_to_any_more_is_simply_made(world: World) -> None:
    decision_id = await refusal(world)
    async with world.database.write() as tx:
        await world.klapper.guild_rules.remove_term(tx, GUILD, "peg")
    job = (await world.submitted(await appeal(world, decision_id))).job
    assert job.status is S.WAITING
    assert await world.rows("SELECT 1 FROM cases") == []
    assert await shown_as(world, decision_id) == "already_appealed"
