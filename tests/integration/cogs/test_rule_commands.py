"""/manage mode, reviewers, trusted, levels, unsure and rules: what managers set, with the real services behind it."""

from __future__ import annotations

from typing import Any

import discord
import pytest
import simcord
from simcord.backend.serializers import channel_payload

from klapper.jobs.job import JobStatus
from klapper.messages.pages import VIEW_CHARS
from klapper.messages.quota_panel import REQUESTS
from klapper.moderation.rules import ChannelRule, GuildRules, Level, Mode
from klapper.moderation.term_lists import NewTerm
from tests.integration.cogs.real_house import Town, open_town
from tests.integration.cogs.real_panel import said

town = pytest.fixture(open_town)

HIDDEN = discord.PermissionOverwrite(view_channel=False)
SEEN = discord.PermissionOverwrite(view_channel=True)


async def manage(town: Town, command: str, **options: object) -> str:
    """What Olga reads."""
    return said(await town.olga.slash(town.channel, f"manage {command}", **options)).strip()


async def rules(town: Town) -> GuildRules:
    return await town.klapper.rule_desk.of(town.guild.id)


async def restrict(town: Town, *, restricted: bool) -> None:
    """Somebody turns the age restriction of the channel on or off."""
    channel = town.env.backend.get_channel(town.channel.id)
    payload = {**channel_payload(town.env.backend, channel), "nsfw": restricted}
    town.env.backend.emit("CHANNEL_UPDATE", payload)
    await town.env.settle()


def cases_channel(town: Town, *roles: simcord.RoleHandle, **more: bool) -> simcord.ChannelHandle:
    """A channel for the bot, Olga and these roles alone; `more` is what the bot may there."""
    assert town.env.bot.user is not None
    own = discord.PermissionOverwrite(view_channel=True, **more)
    sees: dict[Any, discord.PermissionOverwrite] = dict.fromkeys((town.olga, *roles), SEEN)
    sees |= {town.guild.default_role: HIDDEN, town.env.bot.user: own}
    return town.guild.create_text_channel("cases", overwrites=sees)


# Modes


async def test_a_mode_of_the_server_is_told_in_words_and_counts_at_once(town: Town) -> None:
    answer = await manage(town, "mode", mode="review")
    assert answer.startswith("Requests on this server wait for a moderator.")
    assert "There is no review channel" in answer
    await town.video()
    (job,) = await town.jobs()
    assert job.status is JobStatus.IN_REVIEW
    assert await manage(town, "mode", mode="default") == "Requests on this server are made at once."


async def test_a_mode_of_a_channel_names_who_skips_it(town: Town) -> None:
    artists, helpers = (town.guild.create_role(name) for name in ("Artists", "Helpers"))
    await manage(town, "trusted", role=artists, state="on")
    await manage(town, "trusted", role=helpers, state="on")
    answer = await manage(town, "mode", mode="review", channel=town.channel)
    assert answer.startswith(
        f"Requests in <#{town.channel.id}> wait for a moderator; the roles <@&{artists.id}> and <@&{helpers.id}> "
        "skip that."
    )
    assert (await rules(town)).channels == {town.channel.id: ChannelRule(Mode.REVIEW)}
    answer = await manage(town, "mode", mode="default", channel=town.channel)
    assert answer == f"Requests in <#{town.channel.id}> are made at once, as everywhere else."


async def test_a_mode_of_a_category_counts_for_its_channels(town: Town) -> None:
    category = town.guild.create_category("Quiet")
    inside = town.guild.create_text_channel("inside", category=category)
    await manage(town, "mode", mode="closed", channel=category)
    refused = await town.mira.slash(inside, "video", prompt="a fox")
    assert "No clips are made in this channel" in said(refused)
    answer = said(await town.olga.slash(inside, "manage mode", mode="default", channel=inside)).strip()
    assert answer.splitlines() == [
        "Nothing changed, it was so already:",
        f"Requests in <#{inside.id}> are refused, as in <#{category.id}>.",
    ]
    await town.video()
    assert len(await town.jobs()) == 1


async def test_a_mode_of_a_role_counts_for_its_members(town: Town) -> None:
    newcomers = town.guild.create_role("Newcomers")
    ned = town.guild.add_member(town.env.create_user("Ned"), roles=[newcomers])
    answer = await manage(town, "mode", mode="review", role=newcomers)
    assert answer.startswith(f"Requests of <@&{newcomers.id}> wait for a moderator, in every channel that is not")
    await ned.slash(town.channel, "video", prompt="a fox")
    await town.video()
    assert [job.status for job in await town.jobs()] == [JobStatus.IN_REVIEW, JobStatus.WAITING]


async def test_a_stricter_mode_says_what_it_recalled(town: Town) -> None:
    await town.video()
    answer = await manage(town, "mode", mode="closed", channel=town.channel)
    assert "1 request that waited to be sent goes to review; credits stay reserved." in answer
    (job,) = await town.jobs()
    assert (job.status, job.reason) == (JobStatus.IN_REVIEW, "mode_changed")


async def test_what_cannot_be_set_is_said_and_nothing_changes(town: Town) -> None:
    role = town.guild.create_role("Artists")
    assert "a channel or a role" in await manage(town, "mode", mode="open", channel=town.channel, role=role)
    assert "@everyone" in await manage(town, "trusted", role=town.guild.default_role, state="on")
    assert "@everyone" in await manage(town, "levels", role=town.guild.default_role, spoiler=True)
    assert "does not decide" in await manage(town, "reviewers", role=role, remove=True)
    assert "not age-restricted" in await manage(town, "levels", channel=town.channel, level="adult")
    assert "Choose a channel or a role" in await manage(town, "levels", level="adult")
    assert "A level is of a channel" in await manage(town, "levels", role=role, level="adult")
    assert "Say what to remove" in await manage(town, "reviewers", remove=True)
    assert await rules(town) == GuildRules()


# Reviewers


async def test_a_fit_review_channel_is_taken_without_a_warning(town: Town) -> None:
    role = town.guild.create_role("Reviewers")
    cases = cases_channel(town, role)
    answer = await manage(town, "reviewers", channel=cases, audit_channel=cases, role=role)
    assert answer == (
        f"What waits for a moderator is shown in <#{cases.id}>.\n"
        f"Only <@&{role.id}> and administrators decide about requests and reports and take clips down; the rest of "
        f"`/moderate` does not need the role.\nEvery decision is told in <#{cases.id}>.\n"
        "`/manage reviewers` with the same and `remove: True` takes it away again."
    )
    found = await rules(town)
    assert (found.review_channel_id, found.audit_channel_id) == (cases.id, cases.id)
    assert found.reviewer_roles() == {role.id}


async def test_deciders_who_do_not_see_the_review_channel_are_warned_about(town: Town) -> None:
    seeing, blind = town.guild.create_role("Reviewers"), town.guild.create_role("Helpers")
    cases = cases_channel(town, seeing)
    await manage(town, "reviewers", channel=cases, role=seeing)
    answer = await manage(town, "reviewers", role=blind)
    assert f"⚠ <@&{blind.id}> does not see the review channel <#{cases.id}>: give View Channel there." in answer


async def test_a_review_channel_that_i_may_not_write_in_is_warned_about_by_name(town: Town) -> None:
    cases = cases_channel(town, attach_files=False, send_messages=False)
    answer = await manage(town, "reviewers", channel=cases)
    assert f"⚠ I lack permissions in the review channel <#{cases.id}>: **Send Messages**, **Attach Files**." in answer
    assert "Everybody can see" not in answer


async def test_a_review_channel_that_everybody_sees_is_warned_about(town: Town) -> None:
    answer = await manage(town, "reviewers", channel=town.channel)
    assert f"⚠ Everybody can see the review channel <#{town.channel.id}>" in answer


async def test_a_review_channel_that_is_gone_is_warned_about(town: Town) -> None:
    cases = cases_channel(town)
    await manage(town, "reviewers", channel=cases)
    town.env.backend.delete_channel(cases.id)
    await town.env.settle()
    assert "⚠ The review channel was deleted" in await manage(town, "mode", mode="review")


async def test_reviewers_are_taken_away_again(town: Town) -> None:
    role = town.guild.create_role("Reviewers")
    cases = cases_channel(town)
    await manage(town, "reviewers", channel=cases, role=role)
    answer = await manage(town, "reviewers", channel=cases, role=role, remove=True)
    assert answer.splitlines()[:2] == [
        "There is no review channel.",
        "Whoever may time members out on this server decides.",
    ]
    assert "is not where cases are shown" in await manage(town, "reviewers", channel=cases, remove=True)


# Levels


async def test_an_adult_channel_is_one_as_long_as_discord_restricts_it(town: Town) -> None:
    await town.klapper.filter_desk.add(town.guild.id, town.olga.id, NewTerm("nude", category="adult"))
    await restrict(town, restricted=True)
    answer = await manage(town, "levels", channel=town.channel, level="adult", spoiler=True)
    assert answer == (
        f"Words of the category `adult` are let through in <#{town.channel.id}> as long as Discord has it as "
        "age-restricted. Clips there are always spoilers. `/manage levels` with `level: general`, `spoiler: False` "
        "ends that."
    )
    await town.video("a nude by the sea")
    await town.video("a fox")
    nude, fox = await town.jobs()
    assert (nude.status, nude.spoiler) == (JobStatus.WAITING, True)
    await restrict(town, restricted=False)
    nude, fox = await town.jobs()
    assert (nude.status, nude.reason) == (JobStatus.IN_REVIEW, "level_lost")
    assert fox.status is JobStatus.WAITING
    assert "does not allow the word" in said(await town.video("a nude again"))


async def test_a_restriction_that_was_lost_while_the_bot_was_away_is_found_at_the_start(town: Town) -> None:
    await town.klapper.filter_desk.add(town.guild.id, town.olga.id, NewTerm("nude", category="adult"))
    await restrict(town, restricted=True)
    await manage(town, "levels", channel=town.channel, level="adult")
    await town.video("a nude by the sea")
    await town.restart()  # SimCord keeps no restriction, so that the channel comes back without one
    await town.env.settle()
    (job,) = await town.jobs()
    assert (job.status, job.reason) == (JobStatus.IN_REVIEW, "level_lost")
    assert town.klapper.rule_desk.knows_channels(town.guild.id)


async def test_other_changes_of_a_channel_recall_nothing(town: Town) -> None:
    await town.video()
    town.env.backend.edit_channel(town.channel.id, {"topic": "clips"})
    await town.env.settle()
    (job,) = await town.jobs()
    assert job.status is JobStatus.WAITING


async def test_a_channel_that_is_moved_into_a_closed_category_recalls_what_waits(town: Town) -> None:
    category = town.guild.create_category("Quiet")
    await manage(town, "mode", mode="closed", channel=category)
    await town.video()
    town.env.backend.edit_channel(town.channel.id, {"parent_id": category.id})
    await town.env.settle()
    (job,) = await town.jobs()
    assert (job.status, job.reason) == (JobStatus.IN_REVIEW, "mode_changed")


async def test_a_spoiler_is_forced_for_a_role(town: Town) -> None:
    role = town.guild.create_role("Newcomers")
    assert "are always spoilers" in await manage(town, "levels", role=role, spoiler=True)
    assert "is up to them" in await manage(town, "levels", role=role, spoiler=False)


# All of it


async def test_the_rules_are_shown_whole(town: Town) -> None:
    role, cases = town.guild.create_role("Artists"), cases_channel(town)
    await restrict(town, restricted=True)
    await manage(town, "mode", mode="review")
    await manage(town, "mode", mode="open", channel=town.channel)
    await manage(town, "mode", mode="closed", role=role)
    await manage(town, "levels", channel=town.channel, level="adult", spoiler=True)
    await manage(town, "unsure", state="review")
    await manage(town, "reviewers", channel=cases)
    await town.klapper.filter_desk.add(town.guild.id, town.olga.id, NewTerm("peg"))
    _, _, requests = (await manage(town, "rules")).partition(f"{REQUESTS}\n")
    assert requests.splitlines() == [
        "Requests on this server wait for a moderator.",
        f"In <#{town.channel.id}> they are made at once.",
        f"Those of <@&{role.id}> are refused.",
        f"What waits for a moderator is shown in <#{cases.id}>.",
        "Whoever may time members out on this server decides.",
        "Decisions are not told in any channel.",
        "A request that a check cannot judge waits for a moderator.",
        f"Words of the category `adult` are let through in <#{town.channel.id}>, where Discord restricts the age.",
        f"Clips are always spoilers in or of <#{town.channel.id}>.",
        "Members may animate images of their own only: `/manage sharing`.",
        "The filter has 1 term of this server: `/moderate filter list`.",
    ]


async def test_the_rules_of_a_large_server_fit_into_one_message(town: Town) -> None:
    channels = {10**18 + n: ChannelRule(list(Mode)[n % 3], Level.ADULT, spoiler=True) for n in range(300)}
    async with town.klapper.database.write() as tx:
        for channel_id, rule in channels.items():
            await town.klapper.guild_rules.set_channel(tx, town.guild.id, channel_id, rule)
    answer = await manage(town, "rules")
    assert len(answer) <= VIEW_CHARS
    assert "and 88 more" in answer
    assert "The filter has 0 terms" in answer
    after = answer[answer.index(REQUESTS) :].splitlines()
    assert after[1].startswith("⚠ There is no review channel")
