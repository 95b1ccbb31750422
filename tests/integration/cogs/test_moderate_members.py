"""/moderate record, block, unblock and pause, with everything that the program is composed of."""

from __future__ import annotations

import discord
import pytest
import simcord

from cogs import member_texts
from klapper.jobs.job import JobStatus
from klapper.jobs.store import Changes
from tests.integration.cogs.house_bot import words
from tests.integration.cogs.real_house import Town, open_town

town = pytest.fixture(open_town)

PRICE = 84


@pytest.fixture
def max_(town: Town) -> simcord.MemberActor:
    """A moderator."""
    role = town.guild.create_role("Moderators", permissions=discord.Permissions(moderate_members=True))
    return town.guild.add_member(town.env.create_user("Max"), roles=[role])


async def said(town: Town, moderator: simcord.MemberActor, command: str, **options: object) -> str:
    """The private answer to a command."""
    result = await moderator.slash(town.channel, f"moderate {command}", **options)
    assert result.ephemeral
    return words(result.response)


async def refusal(town: Town) -> str:
    """What Mira reads who asks for a video."""
    result = await town.video("one more")
    assert result.ephemeral
    return words(result.response)


async def test_a_block_says_what_became_of_the_members_jobs(town: Town, max_: simcord.MemberActor) -> None:
    for prompt in ("a fox", "a cat", "a dog"):
        await town.video(prompt)
    [fox, *_] = await town.jobs()
    moved = await town.klapper.transitions.move(fox, JobStatus.SENDING, reason="turn", changes=Changes(sent=True))
    await town.klapper.transitions.move(moved, JobStatus.QUEUED, reason="test", changes=Changes(request_id="r" * 8))
    mira = town.mira.id
    assert await said(town, max_, "block", member=town.mira, reason="spam") == (
        f"<@{mira}> can make nothing here any more; `/moderate unblock` ends it.\n"
        f"2 jobs were cancelled and {2 * PRICE} credits given back.\n"
        "1 job is being made and cannot be cancelled: its clip is not posted; `/jobs recover` gives moderators what "
        "was made."
    )
    assert [job.status for job in await town.jobs()] == [JobStatus.QUEUED, JobStatus.CANCELLED, JobStatus.CANCELLED]
    assert "have blocked you" in await refusal(town)
    again = await said(town, max_, "block", member=town.mira, reason="spam")
    assert again.startswith(f"<@{mira}> was blocked already; `/moderate unblock` ends it.")


async def test_an_unblocked_member_makes_clips_again(town: Town, max_: simcord.MemberActor) -> None:
    await said(town, max_, "block", member=town.mira, reason="spam")
    assert await said(town, max_, "unblock", member=town.mira) == f"<@{town.mira.id}> can make clips here again."
    assert "was not blocked" in await said(town, max_, "unblock", member=town.mira)
    await town.video()
    assert len(await town.jobs()) == 1


async def test_a_pause_is_set_changed_and_ended(town: Town, max_: simcord.MemberActor) -> None:
    answer = await said(town, max_, "pause", member=town.mira, hours=2, reason="calm down")
    assert f"<@{town.mira.id}> can ask for nothing until <t:" in answer
    assert "You can make clips here again <t:" in await refusal(town)
    assert "was paused already" in await said(town, max_, "pause", member=town.mira, hours=1, reason="enough")
    assert await said(town, max_, "pause", member=town.mira, hours=1) == member_texts.NO_REASON
    assert "has ended" in await said(town, max_, "pause", member=town.mira, hours=0)
    assert "was not paused" in await said(town, max_, "pause", member=town.mira, hours=0, reason="fine")
    await town.video()
    assert len(await town.jobs()) == 1


async def test_a_record_shows_how_a_member_stands(town: Town, max_: simcord.MemberActor) -> None:
    await town.video()
    await said(town, max_, "pause", member=town.mira, hours=2, reason="calm **down** @everyone")
    await refusal(town)
    shown = await said(town, max_, "record", member=town.mira)
    assert shown.startswith(f"**Record of <@{town.mira.id}>**, known since <t:")
    assert r"calm \*\*down\*\* \@everyone" in shown
    assert "Refused: 0 by rules, 0 by Segmind's content check." in shown
    assert "Now: 1 job waiting, 0 being made." in shown
    assert shown.endswith(":R> asked while paused")


async def test_a_pardon_says_what_it_lifted(town: Town, max_: simcord.MemberActor) -> None:
    assert "nothing to lift" in await said(town, max_, "pardon", member=town.mira, reason="fine")
    await town.video()
    [job] = await town.jobs()
    async with town.klapper.database.write() as tx:
        await town.klapper.protecting.strike(tx, job, by="member:1", now_ms=town.klapper.clock.now_ms())
    answer = await said(town, max_, "pardon", member=town.mira, reason="fine")
    assert answer.startswith(f"1 strike of <@{town.mira.id}> is lifted.")
    assert "No strikes that still count." in await said(town, max_, "record", member=town.mira)


async def test_somebody_who_never_asked_has_a_record_of_nothing(town: Town, max_: simcord.MemberActor) -> None:
    assert await said(town, max_, "record", member=town.tom) == f"<@{town.tom.id}> has never asked for anything here."


@pytest.mark.parametrize("command", ["block", "pause", "unblock"])
async def test_a_moderator_decides_nothing_about_themselves_or_a_bot(
    town: Town, max_: simcord.MemberActor, command: str
) -> None:
    options: dict[str, dict[str, object]] = {
        "block": {"reason": "x"},
        "pause": {"reason": "x", "hours": 1},
        "unblock": {},
    }
    more = options[command]
    robot = town.guild.add_member(town.env.create_user("Robot", bot=True))
    assert await said(town, max_, command, member=max_, **more) == member_texts.NOT_ONESELF
    assert await said(town, max_, command, member=robot, **more) == member_texts.NO_BOT


@pytest.mark.parametrize(("command", "more"), [("block", {}), ("pause", {"hours": 1})])
async def test_who_manages_the_server_is_blocked_by_no_moderator_and_frees_themselves(
    town: Town, max_: simcord.MemberActor, command: str, more: dict[str, object]
) -> None:
    assert await said(town, max_, command, member=town.olga, reason="x", **more) == member_texts.IS_MANAGER
    role = town.guild.create_role("Admins", permissions=discord.Permissions(administrator=True))
    nora, ada = (town.guild.add_member(town.env.create_user(name), roles=[role]) for name in ("Nora", "Ada"))
    assert await said(town, max_, command, member=nora, reason="x", **more) == member_texts.IS_MANAGER
    assert str(nora.id) in await said(town, ada, command, member=nora, reason="x", **more)
    ending: dict[str, dict[str, object]] = {"block": {}, "pause": {"hours": 0, "reason": "x"}}
    end = "unblock" if command == "block" else "pause"
    assert await said(town, nora, end, member=nora, **ending[command]) != member_texts.NOT_ONESELF
    assert await said(town, nora, command, member=nora, reason="x", **more) == member_texts.NOT_ONESELF


async def test_who_has_left_can_still_be_blocked(town: Town, max_: simcord.MemberActor) -> None:
    await town.video()
    await town.lose_mira()
    assert "1 job was cancelled" in await said(town, max_, "block", member=town.mira.user, reason="spam")


async def test_only_moderators_see_moderate(town: Town) -> None:
    assert not [name for name in town.mira.available_commands(town.channel) if name.startswith("moderate")]
    with pytest.raises(simcord.SetupError):
        await town.mira.slash(town.channel, "moderate record", member=town.tom)


async def test_a_press_in_direct_messages_by_who_has_left_takes_their_jobs_back(town: Town) -> None:
    await town.video("a fox", deliver="dm")
    posted = town.mira.user.dm_channel.last_message
    assert posted is not None
    card = await town.ended(posted, by=town.mira.user)
    await town.clock.jump(30)
    await town.video("a cat")
    await town.lose_mira()
    await town.press_card(card, "again", by=town.mira.user)
    assert [(job.status, job.reason) for job in await town.jobs()] == [
        (JobStatus.CANCELLED, "cancelled"),
        (JobStatus.CANCELLED, "member_left"),
    ]
