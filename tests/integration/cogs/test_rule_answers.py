"""What managers read about their rules: what is in force, what waits, how to end it, and what has to be mended."""

from __future__ import annotations

import discord
import pytest
import simcord

from klapper.moderation.rules import GuildRules, RoleRule
from tests.integration.cogs.real_house import Town, open_town
from tests.integration.cogs.real_panel import said

town = pytest.fixture(open_town)

HIDDEN = discord.PermissionOverwrite(view_channel=False)
SEEN = discord.PermissionOverwrite(view_channel=True)
ROLE_RULE = RoleRule(reviews=True)


async def manage(town: Town, command: str, **options: object) -> str:
    """What Olga reads."""
    return said(await town.olga.slash(town.channel, f"manage {command}", **options)).strip()


async def rules(town: Town) -> GuildRules:
    return await town.klapper.rule_desk.of(town.guild.id)


def moderators_channel(town: Town, name: str, **more: bool) -> simcord.ChannelHandle:
    """For the bot and Olga alone; `more` is what the bot may there."""
    assert town.env.bot.user is not None
    own = discord.PermissionOverwrite(view_channel=True, **more)
    return town.guild.create_text_channel(
        name, overwrites={town.guild.default_role: HIDDEN, town.env.bot.user: own, town.olga: SEEN}
    )


async def delete(town: Town, *channels: simcord.ChannelHandle) -> None:
    for channel in channels:
        town.env.backend.delete_channel(channel.id)
    await town.env.settle()


async def queue(town: Town) -> str:
    """What Max reads."""
    return said(await town.max.slash(town.channel, "moderate queue"))


# What is deleted


async def test_a_deleted_channel_has_no_rule_any_more(town: Town) -> None:
    lounge = town.guild.create_text_channel("lounge")
    await manage(town, "mode", mode="closed", channel=lounge)
    await manage(town, "levels", channel=lounge, spoiler=True)
    await delete(town, lounge)
    assert (await rules(town)).channels == {}
    assert str(lounge.id) not in await manage(town, "rules")


async def test_a_deleted_channel_is_found_at_the_start(town: Town) -> None:
    lounge, hidden = town.guild.create_text_channel("lounge"), moderators_channel(town, "hidden")
    await manage(town, "mode", mode="closed", channel=lounge)
    await manage(town, "mode", mode="closed", channel=hidden)
    gone = 10**18
    async with town.klapper.database.write() as tx:
        await town.klapper.guild_rules.set_channel(tx, town.guild.id, gone, (await rules(town)).channels[lounge.id])
        await town.klapper.guild_rules.set_role(tx, town.guild.id, gone + 1, ROLE_RULE)
    await town.restart()
    await town.env.settle()
    assert set((await rules(town)).channels) == {lounge.id, hidden.id}
    assert (await rules(town)).roles == {}


async def test_who_may_time_members_out_decides_once_the_only_reviewers_are_deleted(town: Town) -> None:
    role = town.guild.create_role("Reviewers")
    await manage(town, "reviewers", role=role)
    refused = await queue(town)
    assert refused == (
        f"Only members with the role <@&{role.id}>, and administrators, decide about requests and reports: ask one of "
        "them."
    )
    assert "decide about requests" in said(await town.max.slash(town.channel, "moderate takedown", job="x", reason="y"))
    town.env.backend.delete_role(town.guild.id, role.id)
    await town.env.settle()
    assert "Nothing waits" in await queue(town)
    assert (await rules(town)).reviewer_roles() == frozenset()


async def test_chosen_channels_that_are_gone_are_told_and_taken_away_without_being_picked(town: Town) -> None:
    cases, audit = moderators_channel(town, "cases"), moderators_channel(town, "audit")
    await manage(town, "reviewers", channel=cases, audit_channel=audit)
    assert "No channel that is set was deleted" in await manage(town, "reviewers", remove=True)
    await delete(town, cases, audit)
    shown = await manage(town, "rules")
    assert "There is no review channel." in shown
    assert "⚠ The review channel was deleted: `/manage reviewers channel` names another one" in shown
    assert "⚠ The audit channel was deleted: `/manage reviewers audit_channel` names another one" in shown
    await manage(town, "reviewers", remove=True)
    assert "deleted" not in await manage(town, "rules")
    assert await manage(town, "reviewers") == "\n".join(
        (
            "There is no review channel.",
            "Whoever may time members out on this server decides.",
            "Decisions are not told in any channel.",
        )
    )


# What waits


async def test_a_new_review_channel_says_what_waits_already(town: Town) -> None:
    await manage(town, "mode", mode="review")
    await town.video("a fox")
    cases = moderators_channel(town, "cases")
    assert "1 request waits already: the card is posted there." in await manage(town, "reviewers", channel=cases)
    await town.video("a hen")
    shut = moderators_channel(town, "shut", send_messages=False)
    answer = await manage(town, "reviewers", channel=shut)
    assert "2 requests wait already." in answer
    assert "posted there" not in answer
    assert f"⚠ I lack permissions in the review channel <#{shut.id}>: **Send Messages**" in await queue(town)


async def test_a_closed_server_says_what_can_still_be_approved(town: Town) -> None:
    await manage(town, "mode", mode="review")
    await town.video("a fox")
    assert (await manage(town, "mode", mode="closed")).splitlines()[:3] == [
        "Requests on this server are refused.",
        "1 request in review can still be approved.",
        "`/manage mode` with `default` ends that.",
    ]


# What is in force


async def test_a_trusted_role_is_named_with_what_is_in_force_and_how_to_end_it(town: Town) -> None:
    role = town.guild.create_role("Artists")
    on = (
        f"Requests of <@&{role.id}> skip review: where others wait for a moderator, they are made at once. "
        "`/manage trusted` with `off` ends that."
    )
    assert await manage(town, "trusted", role=role, state="on") == on
    assert await manage(town, "trusted", role=role, state="on") == f"Nothing changed, it was so already:\n{on}"
    assert f"Where requests wait for a moderator, the role <@&{role.id}> skips that." in await manage(town, "rules")
    assert "do not skip review" in await manage(town, "trusted", role=role, state="off")


async def test_a_closed_role_says_when_it_is_not(town: Town) -> None:
    role = town.guild.create_role("Artists")
    answer = await manage(town, "mode", mode="closed", role=role)
    assert answer.startswith(f"Requests of <@&{role.id}> are refused, unless another of their roles is more open.")


async def test_the_rules_begin_with_a_pause_and_tell_whose_images_may_be_animated(town: Town) -> None:
    await manage(town, "pause")
    await manage(town, "sharing", state="on")
    shown = await manage(town, "rules")
    assert shown.startswith("Klapper is paused on this server: `/manage resume` goes on.")
    assert "Members may animate images of others, too: `/manage sharing`." in shown


async def test_an_audit_channel_that_everybody_sees_is_warned_about_for_what_it_tells(town: Town) -> None:
    assert (
        f"⚠ Everybody can see the audit channel <#{town.channel.id}>, and so who reported what and what moderators "
        "wrote: in its permissions, take View Channel from @everyone, and give it to who decides and to Klapper."
    ) in await manage(town, "reviewers", audit_channel=town.channel)
