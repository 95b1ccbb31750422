"""A job is found by its id, its guild and who asks; everybody else gets nothing of it, whatever they try."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
import simcord

from klapper.jobs.job import JobStatus
from klapper.services.views import JobView, MoneyState
from tests.integration.cogs.house_bot import Scene, forged, forged_in, words

NOT_YOUR_JOB = "This is another member's request. (job `{job_id}`)"
NO_SUCH_JOB = "There is no such job here. (job `{job_id}`)"
UNKNOWN = "zzzz9999"
ACTIONS = ("cancel", "receipt", "again", "edit", "delete", "delete_yes")
FOR_REQUESTERS = ("again", "edit")  # a moderator may do the rest

Try = Callable[[Scene, simcord.MemberActor, str], Awaitable[simcord.InteractionResult]]


def pressed(action: str) -> Try:
    async def press(scene: Scene, member: simcord.MemberActor, job_id: str) -> simcord.InteractionResult:
        return await member.click(forged(scene, f"job:{job_id}:{action}"), label="x")

    return press


def typed(command: str) -> Try:
    async def type_in(scene: Scene, member: simcord.MemberActor, job_id: str) -> simcord.InteractionResult:
        return await member.slash(scene.channel, command, job=job_id)

    return type_in


ENTRIES = {action: pressed(action) for action in ACTIONS} | {
    command: typed(command) for command in ("jobs show", "jobs cancel")
}
every_entry = pytest.mark.parametrize("attempt", ENTRIES.values(), ids=ENTRIES)


async def job(scene: Scene) -> JobView:
    """A job of Mira's that has ended, so that nothing but the lookup stands in the way."""
    await scene.video()
    return scene.house.move(scene.job_id, JobStatus.SUCCEEDED, MoneyState.CHARGED)


def assert_nothing_came_of_it(scene: Scene, before: JobView, refusal: str = "no_such_job") -> None:
    assert scene.house.jobs == {before.job.job_id: before}
    assert not scene.house.drafts
    assert scene.refusals() == [refusal]


@every_entry
async def test_another_member_reads_that_it_is_not_theirs(scene: Scene, attempt: Try) -> None:
    before = await job(scene)
    result = await attempt(scene, scene.tom, scene.job_id)
    assert result.ephemeral
    assert words(result.response) == NOT_YOUR_JOB.format(job_id=scene.job_id)
    assert_nothing_came_of_it(scene, before, "not_your_job")


@every_entry
async def test_a_forged_id_finds_no_such_job(scene: Scene, attempt: Try) -> None:
    before = await job(scene)
    result = await attempt(scene, scene.mira, UNKNOWN)
    assert words(result.response) == NO_SUCH_JOB.format(job_id=UNKNOWN)
    assert_nothing_came_of_it(scene, before)


@pytest.mark.parametrize("action", FOR_REQUESTERS)
async def test_a_moderator_makes_nothing_of_anothers_job(scene: Scene, action: str) -> None:
    before = await job(scene)
    result = await pressed(action)(scene, scene.max, scene.job_id)
    assert words(result.response) == NOT_YOUR_JOB.format(job_id=scene.job_id)
    assert_nothing_came_of_it(scene, before, "not_your_job")


@pytest.mark.parametrize("action", ACTIONS)
async def test_on_another_server_there_is_no_such_job(scene: Scene, action: str) -> None:
    before = await job(scene)
    elsewhere = scene.env.create_guild("Elsewhere")
    channel = elsewhere.create_text_channel("videos")
    mira = elsewhere.add_member(scene.mira.user)
    result = await mira.click(forged_in(scene, channel, f"job:{scene.job_id}:{action}"), label="x")
    assert words(result.response) == NO_SUCH_JOB.format(job_id=scene.job_id)
    assert_nothing_came_of_it(scene, before)


@pytest.mark.parametrize("command", ["jobs show", "jobs cancel"])
async def test_on_another_server_no_command_finds_the_job(scene: Scene, command: str) -> None:
    before = await job(scene)
    elsewhere = scene.env.create_guild("Elsewhere")
    mira = elsewhere.add_member(scene.mira.user)
    channel = elsewhere.create_text_channel("videos")
    result = await mira.slash(channel, command, job=scene.job_id)
    assert words(result.response) == NO_SUCH_JOB.format(job_id=scene.job_id)
    assert await mira.autocomplete(channel, command, "job", "") == []
    assert_nothing_came_of_it(scene, before)


@pytest.mark.parametrize("action", ACTIONS)
async def test_in_a_dm_of_their_own_others_get_nothing(scene: Scene, action: str) -> None:
    before = await job(scene)
    message = forged_in(scene, scene.tom.user.dm_channel, f"job:{scene.job_id}:{action}")
    result = await scene.tom.user.click(message, label="x")
    assert words(result.response) == NOT_YOUR_JOB.format(job_id=scene.job_id)
    assert_nothing_came_of_it(scene, before, "not_your_job")


@pytest.mark.parametrize("action", ACTIONS)
async def test_a_moderator_has_no_rights_in_a_dm(scene: Scene, action: str) -> None:
    before = await job(scene)
    message = forged_in(scene, scene.max.user.dm_channel, f"job:{scene.job_id}:{action}")
    result = await scene.max.user.click(message, label="x")
    assert words(result.response) == NOT_YOUR_JOB.format(job_id=scene.job_id)
    assert_nothing_came_of_it(scene, before, "not_your_job")


@pytest.mark.parametrize("command", ["jobs show", "jobs cancel"])
async def test_nobody_is_offered_anothers_jobs(scene: Scene, command: str) -> None:
    await scene.video()
    for member in (scene.tom, scene.max, scene.olga):
        assert await member.autocomplete(scene.channel, command, "job", "") == []
        assert await member.autocomplete(scene.channel, command, "job", scene.job_id) == []


async def test_nobody_reads_anothers_jobs(scene: Scene) -> None:
    await scene.video()
    for member in (scene.tom, scene.max):
        assert scene.job_id not in words((await member.slash(scene.channel, "jobs list")).response)
        assert scene.job_id not in words((await member.click(forged(scene, "page:jobs:1"), label="x")).response)


async def test_whoever_asks_reads_their_own_history(scene: Scene) -> None:
    for member in (scene.mira, scene.tom):
        await member.slash(scene.channel, "credits history")
        await member.click(forged(scene, "page:credits:1"), label="x")
        assert scene.bot.history.readers[-2:] == [(scene.guild.id, member.id)] * 2
