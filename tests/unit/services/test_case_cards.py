"""The card of an open case is where its guild looks for it now: once, whatever became of the message before it."""

from __future__ import annotations

import pytest

from klapper.moderation.rules import Mode
from klapper.services.case_board import LOOK_EVERY_S, SHUT_RETRY_S
from klapper.services.open_cases import Moderator
from klapper.services.rule_desk import Reviewers
from tests.fake_cases import CaseMessage
from tests.unit.services.ruled import OLGA, PLACES, rules, set_mode
from tests.unit.services.world import GUILD, World

OLD, NEW = 900, 901
MAX = Moderator(GUILD, 77)


async def choose(world: World, channel_id: int) -> None:
    await rules(world).set_reviewers(GUILD, OLGA, Reviewers(channel_id))


async def in_review(world: World, *prompts: str) -> None:
    """These wait, with their cards in the old channel."""
    await choose(world, OLD)
    await set_mode(world, Mode.REVIEW)
    for prompt in prompts:
        await world.submit(prompt)
    await world.start()
    await world.settle()


def cards(world: World) -> list[tuple[int, int]]:
    """Channel and case of every card that is there."""
    messages: list[CaseMessage] = world.case_messenger.messages
    return sorted((message.ref.channel_id, message.view.case.case_id) for message in messages)


async def change(world: World, case_id: int) -> None:
    """Something comes in that the card has to show."""
    async with world.database.write() as tx:
        await world.klapper.cases.changed(tx, case_id)
    await world.advance(LOOK_EVERY_S + 1)


@pytest.mark.parametrize("deleted", [False, True])
async def test_cards_move_to_the_channel_that_the_guild_chooses(world: World, deleted: bool) -> None:
    await in_review(world, "a fox", "a hen")
    assert cards(world) == [(OLD, 1), (OLD, 2)]
    if deleted:
        world.case_messenger.messages.clear()
        world.case_messenger.gone.add(OLD)
    await choose(world, NEW)
    await world.advance(1)
    assert cards(world) == [(NEW, 1), (NEW, 2)]
    (view, _) = await world.klapper.case_desk.queue(GUILD)
    assert view.case.card.channel_id == NEW
    await world.klapper.case_desk.approve(1, MAX)
    await world.settle()
    assert [message.edits for message in world.case_messenger.messages] == [1, 0]


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("method", ["remove_case", "post_case"])
async def test_a_move_whose_answer_was_lost_ends_with_one_card(world: World, method: str, moment: str) -> None:
    await in_review(world, "a fox")
    world.case_messenger.errors[method].append(("try_later", moment))  # type: ignore[arg-type]
    await choose(world, NEW)
    await world.advance(2 * LOOK_EVERY_S)
    assert cards(world) == [(NEW, 1)]


async def test_a_move_that_is_killed_at_any_await_ends_with_one_card(world: World) -> None:
    await in_review(world, "a fox")
    await world.kill()
    n, was_killed = 0, True
    while was_killed:
        n += 1
        target = (OLD, NEW)[n % 2]
        await choose(world, target)
        was_killed = await world.killed_at(n, 1, "cases")
        await world.start("cases")
        await world.advance(LOOK_EVERY_S)
        assert cards(world) == [(target, 1)], f"killed at await {n}"
        await world.kill()
    assert n > 10


async def test_a_card_that_somebody_deleted_is_posted_again_when_it_has_something_to_show(world: World) -> None:
    await in_review(world, "a fox")
    world.case_messenger.messages.clear()
    await change(world, 1)
    assert cards(world) == [(OLD, 1)]
    assert world.case_messenger.messages[0].view.case.revision == 1


async def test_a_deleted_channel_is_asked_now_and_then_and_the_queue_links_no_card(world: World) -> None:
    await in_review(world, "a fox", "a hen")
    world.case_messenger.messages.clear()
    world.case_messenger.gone.add(OLD)
    world.case_messenger.calls.clear()
    await change(world, 1)
    await world.advance(2 * SHUT_RETRY_S)
    assert len(world.case_messenger.calls) <= 5
    (view, _) = await world.klapper.case_desk.queue(GUILD)
    assert view.case.card.message_id is None


async def test_a_channel_that_is_named_again_is_tried_at_once(world: World) -> None:
    world.case_messenger.forbidden.add(OLD)
    await in_review(world, "a fox")
    world.case_messenger.forbidden.clear()
    await choose(world, OLD)
    await world.settle()
    assert cards(world) == [(OLD, 1)]


async def test_the_audit_tells_once_of_a_channel_that_takes_no_card(world: World) -> None:
    world.case_messenger.forbidden.add(OLD)
    await in_review(world, "a fox", "a hen")
    await world.advance(3 * SHUT_RETRY_S)
    told = await world.rows("SELECT actor, detail FROM audit WHERE action = 'review_channel_shut'")
    assert told == [("klapper", f"<#{OLD}>")]


async def test_a_settled_case_gets_no_card_in_another_channel(world: World) -> None:
    await in_review(world, "a fox")
    await world.klapper.case_desk.approve(1, MAX)
    await world.settle()
    await choose(world, NEW)
    await world.advance(LOOK_EVERY_S + 1)
    assert cards(world) == [(OLD, 1)]


async def test_a_manager_hears_how_much_waits(world: World) -> None:
    await in_review(world, "a fox", "a hen")
    ruled = await rules(world).set_reviewers(GUILD, OLGA, Reviewers(NEW))
    assert ruled.waiting == {"review": 2}
    ruled = await rules(world).set_mode(GUILD, OLGA, Mode.REVIEW, places=PLACES)
    assert (ruled.is_new, ruled.waiting) == (False, {"review": 2})
