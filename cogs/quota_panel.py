"""/manage rules: a panel that shows what counts, and a form for each thing that can be changed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import discord

from cogs import manage_texts, quota_answers, rule_texts
from cogs.credit_ports import QuotaDesk
from cogs.forms import FormAnswers, read_choice, read_form
from cogs.guild_only import check_served
from cogs.managing import manages
from cogs.ports import Guilds, Interaction
from cogs.replies import acknowledge, acknowledge_press, replace, reply
from cogs.ruling import Ruling
from klapper.errors import RequestRefused
from klapper.kling.model import Catalogue
from klapper.messages import quota_controls as controls
from klapper.messages.quota_controls import Chosen
from klapper.messages.quota_forms import INPUTS, build_form
from klapper.messages.quota_panel import build_quota_panel
from klapper.services.quota_desk import QuotaRules

OfAll = Callable[[int, int, FormAnswers], Awaitable[QuotaRules]]  # guild, manager, what they filled in
OfOne = Callable[[int, int, int, FormAnswers], Awaitable[QuotaRules]]  # and the role, member or channel


class QuotaPanel:
    """Keeps: what counts is read anew for each panel and form. Discord asks who may use the command; who chooses
    something in its answer, or sends a form, is asked here. Private.
    """

    def __init__(self, *, desk: QuotaDesk, guilds: Guilds, ruling: Ruling, catalogue: Catalogue) -> None:
        self._desk = desk
        self._guilds = guilds
        self._ruling = ruling
        self._catalogue = catalogue
        read = quota_answers
        self._of_all: Mapping[str, OfAll] = {
            controls.EVERYBODY: lambda guild, by, form: desk.set_role(guild, by, guild, read.role(form, catalogue)),
            controls.PERIODS: self._set_rhythm,
            controls.LIMITS: lambda guild, by, form: desk.set_limits(guild, by, read.limits(form)),
            controls.NEWCOMERS: lambda guild, by, form: desk.set_newcomers(guild, by, read.newcomers(form)),
            controls.GIVING: lambda guild, by, form: desk.set_giving(guild, by, read.giving(form)),
        }
        self._of_one: Mapping[str, OfOne] = {
            controls.ROLE: lambda guild, by, role, form: desk.set_role(guild, by, role, read.role(form, catalogue)),
            controls.MEMBER: lambda guild, by, member, form: desk.set_member(guild, by, member, read.credits(form)),
            controls.CHANNEL: lambda guild, by, channel, form: desk.set_channel(guild, by, channel, read.percent(form)),
        }

    async def show(self, interaction: Interaction) -> None:
        """Everything that is set, and how to change it."""
        guild_id = check_served(interaction, self._guilds)
        await acknowledge(interaction)
        await reply(interaction, view=await self._panel(interaction, await self._desk.of(guild_id)))

    async def choose(self, interaction: Interaction, form: str) -> None:
        """Open the form about what was chosen. Raises RequestRefused (`not_a_manager`, `bot_member`)."""
        guild_id = self._check(interaction)
        chosen = self._chosen(form, read_choice(interaction))
        if chosen is None:
            raise RequestRefused("no_such_choice", manage_texts.NO_SUCH_CHOICE)
        if form == controls.ROLE and chosen.target == guild_id:
            chosen = Chosen(controls.EVERYBODY)
        named = _resolved(interaction, chosen.target)
        if named.get("bot"):
            raise RequestRefused("bot_member", manage_texts.BOT_GETS_NOTHING)
        own = None
        if form == controls.MEMBER:
            own = await self._desk.own_allowance(guild_id, chosen.target)
        name = str(named.get("global_name") or named.get("username") or named.get("name") or "")
        rules = await self._desk.of(guild_id)
        await interaction.response.send_modal(build_form(chosen, name, rules, self._catalogue, own=own))

    async def submit(self, interaction: Interaction, chosen: Chosen) -> None:
        """Set what was filled in, and show what counts now. Raises RequestRefused."""
        guild_id = self._check(interaction)
        await acknowledge_press(interaction)
        await self._refuse_outdated(guild_id, chosen)
        rules = await self._set(guild_id, interaction.user.id, chosen, read_form(interaction, INPUTS))
        await replace(interaction, await self._panel(interaction, rules, is_answer=True))

    async def _refuse_outdated(self, guild_id: int, chosen: Chosen) -> None:
        """Nobody undoes what somebody else set while they were writing."""
        if (await self._desk.of(guild_id)).guild.version != (chosen.version or 0):
            raise RequestRefused("rules_changed", manage_texts.RULES_CHANGED)

    async def _set(self, guild_id: int, user_id: int, chosen: Chosen, answers: FormAnswers) -> QuotaRules:
        if (of_all := self._of_all.get(chosen.form)) is not None:
            return await of_all(guild_id, user_id, answers)
        if (of_one := self._of_one.get(chosen.form)) is not None and chosen.target:
            return await of_one(guild_id, user_id, chosen.target, answers)
        raise RequestRefused("no_such_choice", manage_texts.NO_SUCH_CHOICE)

    async def _panel(
        self, interaction: Interaction, rules: QuotaRules, *, is_answer: bool = False
    ) -> discord.ui.LayoutView:
        assert interaction.guild is not None
        requests = await self._ruling.overview(interaction.guild)
        notices = [rule_texts.PAUSED] if await self._guilds.is_paused(interaction.guild.id) else []
        if is_answer and not rules.changed:
            notices.append(manage_texts.NOTHING_CHANGED)
        return build_quota_panel(rules, self._catalogue, requests, notice="\n".join(notices))

    async def _set_rhythm(self, guild_id: int, user_id: int, answers: FormAnswers) -> QuotaRules:
        rhythm = quota_answers.rhythm(answers, (await self._desk.of(guild_id)).operator.rhythm)
        return await self._desk.set_rhythm(guild_id, user_id, rhythm)

    def _chosen(self, form: str, value: str) -> Chosen | None:
        """What somebody chose in a select; None for what there is not."""
        if form == controls.CHOOSE:
            return Chosen(value) if value in self._of_all else None
        return Chosen(form, int(value)) if form in self._of_one and value.isdecimal() else None

    def _check(self, interaction: Interaction) -> int:
        guild_id = check_served(interaction, self._guilds)
        if not manages(interaction.permissions):
            raise RequestRefused("not_a_manager", manage_texts.NOT_A_MANAGER)
        return guild_id


def _resolved(interaction: Interaction, target: int) -> dict[str, Any]:
    """What Discord says of the role, member or channel that was chosen (Discord docs: Resolved Data Structure)."""
    data: dict[str, Any] = dict(interaction.data or {})
    found: dict[str, Any] = {}
    for kind in (data.get("resolved") or {}).values():
        found |= kind.get(str(target), {})
    return found
