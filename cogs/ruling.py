"""How a manager's choice becomes a rule: read what was chosen, set it, and say what counts now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import discord

from cogs import rule_texts
from cogs.channel_option import RuledChannel
from cogs.guild_only import check_served
from cogs.places import places_of
from cogs.ports import Guilds, Interaction, RuleDesk
from cogs.replies import acknowledge, reply
from cogs.review_channels import existing, gone_audit_channel, gone_review_channel, missing_in, warnings
from cogs.texts import fit
from klapper.errors import RequestRefused
from klapper.moderation.rules import Level, Mode, Place, Unsure
from klapper.services.rule_desk import Reviewers, Ruled

DEFAULT = "default"


class Ruling:
    """Each change is acknowledged before it starts and answered privately."""

    def __init__(self, *, desk: RuleDesk, guilds: Guilds) -> None:
        self._desk = desk
        self._guilds = guilds

    async def mode(
        self, interaction: Interaction, mode: str, channel: RuledChannel | None, role: discord.Role | None
    ) -> None:
        """Set a mode: of the channel, the role, or else the guild."""
        guild = await self._begin(interaction)
        places, wanted = places_of(guild), None if mode == DEFAULT else Mode(mode)
        ruled = await self._desk.set_mode(
            guild.id,
            interaction.user.id,
            wanted,
            places=places,
            channel_id=id_of(channel),
            role_id=id_of(role),
        )
        if channel is not None:
            said = rule_texts.of_channel(ruled.rules, channel.id, places.get(channel.id, Place((channel.id,))))
            undo = rule_texts.mode_undone(wanted, "channel")
        elif role is not None:
            said, undo = rule_texts.of_role(ruled.rules, role.id), rule_texts.mode_undone(wanted, "role")
        else:
            said = rule_texts.of_guild(ruled.rules)
            undo = rule_texts.mode_undone(None if wanted is Mode.OPEN else wanted)
        decidable = rule_texts.still_decidable(wanted, ruled.waiting.get("review", 0))
        await self._answer(interaction, guild, ruled, said, after=(decidable, undo))

    async def reviewers(self, interaction: Interaction, change: Reviewers) -> None:
        """Set or take away channels and a role; without any, say what is set, or take away channels that are gone."""
        guild = await self._begin(interaction)
        if change.remove and _is_empty(change):
            rules = await self._desk.of(guild.id)
            change = Reviewers(gone_review_channel(guild, rules), gone_audit_channel(guild, rules), remove=True)
            if _is_empty(change):
                raise RequestRefused("nothing_to_remove", rule_texts.NOTHING_TO_REMOVE)
        ruled = await self._desk.set_reviewers(guild.id, interaction.user.id, change)
        said = rule_texts.reviewers(existing(guild, ruled.rules))
        if _is_empty(change):
            await reply(interaction, fit([said, *warnings(guild, ruled.rules)]))
            return
        await self._answer(interaction, guild, ruled, said, after=_after_choice(guild, change, ruled))

    async def trusted(self, interaction: Interaction, role: discord.Role, *, is_trusted: bool) -> None:
        """Let a role skip review, or not any more."""
        guild = await self._begin(interaction)
        ruled = await self._desk.trust(guild.id, interaction.user.id, role.id, is_trusted=is_trusted)
        await self._answer(interaction, guild, ruled, rule_texts.trusted(ruled.rules, role.id))

    async def levels(
        self,
        interaction: Interaction,
        channel: RuledChannel | None,
        role: discord.Role | None,
        level: Literal["general", "adult"] | None,
        spoiler: bool | None,
    ) -> None:
        """Set what a channel's clips may show, or that clips of a channel or a role are spoilers."""
        guild = await self._begin(interaction)
        user_id = interaction.user.id
        if (channel is None) == (role is None) or (level is None and spoiler is None):
            raise RequestRefused("no_target", rule_texts.NO_TARGET)
        if channel is not None:
            wanted = None if level is None else Level(level)
            ruled = await self._desk.set_level(
                guild.id, user_id, channel.id, level=wanted, spoiler=spoiler, places=places_of(guild)
            )
            await self._answer(interaction, guild, ruled, rule_texts.levels(ruled.rules, channel.id))
            return
        assert role is not None
        if level is not None or spoiler is None:
            raise RequestRefused("level_of_role", rule_texts.LEVEL_OF_ROLE)
        ruled = await self._desk.hide_role(guild.id, user_id, role.id, spoiler=spoiler)
        await self._answer(interaction, guild, ruled, rule_texts.hidden_role(ruled.rules, role.id))

    async def unsure(self, interaction: Interaction, unsure: Unsure) -> None:
        """Set what a check that cannot answer leads to."""
        guild = await self._begin(interaction)
        ruled = await self._desk.set_unsure(guild.id, interaction.user.id, unsure)
        await self._answer(interaction, guild, ruled, rule_texts.unsure(ruled.rules))

    async def overview(self, guild: discord.Guild) -> str:
        """Everything that is set about requests and moderators."""
        rules = await self._desk.of(guild.id)
        return rule_texts.overview(
            existing(guild, rules),
            warnings(guild, rules),
            shares_images=await self._guilds.shares_images(guild.id),
        )

    async def _begin(self, interaction: Interaction) -> discord.Guild:
        check_served(interaction, self._guilds)
        await acknowledge(interaction)
        assert interaction.guild is not None
        return interaction.guild

    async def _answer(
        self, interaction: Interaction, guild: discord.Guild, ruled: Ruled, said: str, *, after: Sequence[str] = ()
    ) -> None:
        unchanged = "" if ruled.is_new else rule_texts.NOTHING_CHANGED
        lines = (unchanged, said, rule_texts.recalled(ruled.recalled), *after, *warnings(guild, ruled.rules))
        await reply(interaction, fit([line for line in lines if line]))


def _after_choice(guild: discord.Guild, change: Reviewers, ruled: Ruled) -> list[str]:
    """What waited when something was chosen, and how to take the choice back."""
    if change.remove:
        return []
    if change.channel_id is None:
        return [rule_texts.REVIEWERS_UNDONE]
    moved = rule_texts.moved_in(ruled.waiting, shown=not missing_in(guild, change.channel_id))
    return [moved, rule_texts.REVIEWERS_UNDONE]


def _is_empty(change: Reviewers) -> bool:
    return not any((change.channel_id, change.audit_channel_id, change.role_id))


def id_of(chosen: RuledChannel | discord.Role | None) -> int | None:
    """What a rule keeps of what somebody chose."""
    return None if chosen is None else chosen.id
