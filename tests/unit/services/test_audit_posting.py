"""Every entry becomes a line in its guild's audit channel: once, in order, whatever goes wrong."""

from __future__ import annotations

import logging

import pytest

from klapper.clock import DAY_MS, SECOND_MS
from klapper.moderation.audit import Action
from klapper.services.audit_posting import GATHER_S, GIVE_UP_MS, LOOK_S, RETRY_S, SHUT_RETRY_S, nonce
from klapper.services.rule_desk import Reviewers
from tests.fake_discord import AUDIT_LINES
from tests.unit.services.audits import (
    AUDIT_CHANNEL,
    OTHER_AUDIT_CHANNEL,
    member,
    set_channel,
    with_channels,
    write,
)
from tests.unit.services.world import ANN, BOB, GUILD, OTHER_GUILD, World

NOT_POSTED = "SELECT detail FROM audit WHERE posted_at_ms IS NULL ORDER BY entry_id"
SHUT = ["forbidden", "channel_gone"]


def shown(world: World, channel_id: int = AUDIT_CHANNEL) -> list[list[str]]:
    """The details of the lines of each message in a channel."""
    messages = [message for message in world.messenger.audits if message.ref.channel_id == channel_id]
    return [[line.logged.entry.detail for line in message.lines] for message in messages]


async def unposted(world: World) -> list[str]:
    return [row[0] for row in await world.rows(NOT_POSTED)]


@pytest.fixture
async def read(world: World) -> World:
    """A world in which both guilds have an audit channel."""
    await with_channels(world)
    return world


async def test_entries_become_lines_of_their_guild_in_their_order(read: World) -> None:
    await write(read, "1", "2")
    await write(read, "other", guild_id=OTHER_GUILD)
    await write(read, "3")
    await read.start("audit")
    assert shown(read) == [["1", "2", "3"]]
    assert shown(read, OTHER_AUDIT_CHANNEL) == [["other"]]
    assert await unposted(read) == []


async def test_more_lines_than_one_message_takes_become_several(read: World) -> None:
    await write(read, *"1234567")
    await read.start("audit")
    assert AUDIT_LINES == 3
    assert shown(read) == [["1", "2", "3"], ["4", "5", "6"], ["7"]]


async def test_what_is_written_later_is_gathered_for_a_moment(read: World) -> None:
    await read.start("audit")
    await write(read, "1")
    await write(read, "2")
    assert shown(read) == []
    await read.advance(GATHER_S)
    assert shown(read) == [["1", "2"]]


async def test_an_entry_that_was_committed_late_is_found(read: World) -> None:
    await read.start("audit")
    await read.execute(
        "INSERT INTO audit (guild_id, at_ms, actor, action, detail)"
        " VALUES (:guild_id, :at_ms, 'klapper', :action, 'late')",
        guild_id=GUILD,
        at_ms=read.clock.now_ms(),
        action=Action.TERM_ADDED.value,
    )  # nobody is told
    await read.advance(LOOK_S)
    assert shown(read) == [["late"]]


async def test_every_decision_is_a_line_with_who_it_is_about(read: World) -> None:
    await read.submit("a fox")
    await read.start("audit")
    [message] = read.messenger.audits
    [line] = message.lines
    assert (line.logged.entry.action, line.actor_id, line.member_id) == (Action.REQUEST_ALLOWED, None, ANN)
    assert line.logged.rules_version == 1


async def test_a_line_names_the_moderator(read: World) -> None:
    ann, bob = await member(read, ANN), await member(read, BOB)
    await write(read, "", actor=f"member:{bob}", member_ref=ann, action=Action.MEMBER_BLOCKED)
    await read.start("audit")
    [message] = read.messenger.audits
    assert [(line.actor_id, line.member_id) for line in message.lines] == [(BOB, ANN)]


async def test_a_channel_that_is_named_again_gets_what_waits_at_once(read: World) -> None:
    read.messenger.errors["post_audit"].append(("forbidden", "before"))
    await write(read, "1")
    await read.start("audit")
    await read.advance(LOOK_S)
    assert shown(read) == []
    await read.klapper.rule_desk.set_reviewers(GUILD, ANN, Reviewers(audit_channel_id=AUDIT_CHANNEL))
    await read.advance(GATHER_S)
    assert shown(read) == [["1"]]


# Guilds that do not want to read it


async def test_a_guild_without_a_channel_is_left_alone(world: World) -> None:
    await write(world, "1")
    await world.start("audit")
    await set_channel(world, AUDIT_CHANNEL)
    await write(world, "2")
    await world.advance(LOOK_S)
    assert shown(world) == [["2"]]


async def test_a_channel_that_is_not_wanted_any_more_gets_nothing(read: World) -> None:
    await write(read, "1")
    await set_channel(read, None)
    await read.start("audit")
    await set_channel(read, AUDIT_CHANNEL)
    await read.advance(LOOK_S)
    assert shown(read) == []
    assert await unposted(read) == []


# Trouble


@pytest.mark.parametrize("reason", SHUT)
async def test_a_shut_channel_loses_no_line_and_is_told_of_once(
    read: World, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    shut = read.messenger.forbidden if reason == "forbidden" else read.messenger.gone
    shut.add(AUDIT_CHANNEL)
    await write(read, "1")
    await read.start("audit")
    for number in range(2, 8):
        await write(read, f"{number}")
        await read.advance(SHUT_RETRY_S / 2)
    assert [record.getMessage() for record in caplog.records] == ["audit channel is shut"]
    assert read.messenger.count("post_audit") <= 4
    shut.clear()
    await read.advance(SHUT_RETRY_S)
    assert shown(read) == [["1"], ["2", "3", "4"], ["5", "6", "7"]]


async def test_a_channel_that_is_shut_again_is_told_of_again(read: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    await read.start("audit")
    for _ in range(2):
        read.messenger.forbidden.add(AUDIT_CHANNEL)
        await write(read, "1")
        await read.advance(SHUT_RETRY_S)
        read.messenger.forbidden.clear()
        await read.advance(SHUT_RETRY_S)
    assert [record.getMessage() for record in caplog.records] == ["audit channel is shut"] * 2


async def test_a_shut_channel_keeps_no_other_guild_waiting(read: World) -> None:
    read.messenger.forbidden.add(AUDIT_CHANNEL)
    await write(read, "1")
    await write(read, "other", guild_id=OTHER_GUILD)
    await read.start("audit")
    assert shown(read, OTHER_AUDIT_CHANNEL) == [["other"]]
    assert await unposted(read) == ["1"]


async def test_another_channel_is_tried_at_once(read: World) -> None:
    read.messenger.gone.add(AUDIT_CHANNEL)
    await write(read, "1")
    await read.start("audit")
    await set_channel(read, 73)
    await write(read, "2")
    await read.advance(GATHER_S)
    assert shown(read, 73) == [["1"], ["2"]]


async def test_lines_of_a_channel_that_stays_shut_are_given_up_after_a_week(read: World) -> None:
    read.messenger.forbidden.add(AUDIT_CHANNEL)
    await write(read, "old")
    await read.start("audit")
    await read.clock.jump(GIVE_UP_MS / SECOND_MS - DAY_MS / SECOND_MS)
    await write(read, "young")
    await read.clock.jump(DAY_MS / SECOND_MS + 1)
    await read.advance(SHUT_RETRY_S)
    assert await unposted(read) == ["young"]
    read.messenger.forbidden.clear()
    await read.advance(SHUT_RETRY_S)
    assert shown(read) == [["young"]]
    assert len(await read.rows("SELECT 1 FROM audit")) == 2


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_server_error_is_tried_again_as_the_same_message(read: World, moment: str) -> None:
    read.messenger.errors["post_audit"].append(("try_later", moment))  # type: ignore[arg-type]
    await write(read, "1")
    await read.start("audit")
    await write(read, "2")
    await read.advance(RETRY_S)
    assert shown(read) == [["1"], ["2"]]
    assert await unposted(read) == []


async def test_a_defect_with_one_guild_keeps_no_other_waiting(read: World) -> None:
    def break_down(method: str, moment: str) -> None:
        if method == "post_audit" and moment == "before" and not read.messenger.audits:
            raise ZeroDivisionError("a defect")

    read.messenger.disturb = break_down
    await write(read, "1")
    await read.start("audit")
    assert [crash.split(":")[0] for crash in read.crashes.seen] == ["audit crashed"]
    read.crashes.seen.clear()
    read.messenger.disturb = None
    await write(read, "other", guild_id=OTHER_GUILD)
    await read.advance(GATHER_S)
    assert (shown(read), shown(read, OTHER_AUDIT_CHANNEL)) == ([], [["other"]])
    await read.advance(SHUT_RETRY_S)
    assert shown(read) == [["1"]]


async def test_wherever_the_process_dies_each_line_is_there_once(read: World) -> None:
    n, was_killed = 0, True
    while was_killed:
        n += 1
        read.messenger.audits.clear()
        await write(read, "1", "2", "3", "4")
        was_killed = await read.killed_at(n, GATHER_S, "audit")
        await write(read, "5")  # before the next process looks: what was begun does not grow
        await read.start("audit")
        await read.kill()
        lines = [line for message in shown(read) for line in message]
        assert lines == ["1", "2", "3", "4", "5"], n
        assert await unposted(read) == [], n
    assert n > 10


def test_a_nonce_is_of_its_entries_and_its_channel() -> None:
    nonces = {nonce(AUDIT_CHANNEL, 1, 2), nonce(AUDIT_CHANNEL, 1, 3), nonce(OTHER_AUDIT_CHANNEL, 1, 2)}
    assert len(nonces) == 3
    assert {len(one) for one in nonces} == {24}  # Discord docs: Create Message; at most 25
