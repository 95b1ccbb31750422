"""/manage rules: a panel that shows what counts, and a form for each thing that can be changed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from dataclasses import replace as changed_in
from typing import Any

import discord

from cogs import manage_texts, quota_answers, rule_texts
from cogs.credit_ports import QuotaDesk
from cogs.forms import FormAnswers, read_choice, read_form
from cogs.guild_only import check_served
from cogs.managing import manages
from cogs.ports import Credits, Guilds, Interaction
from cogs.replies import acknowledge, acknowledge_press, replace, reply
from cogs.request_rules import RequestRules
from cogs.ruling import Ruling
from klapper.errors import RequestRefused
from klapper.kling.model import Catalogue
from klapper.messages import quota_controls as controls
from klapper.messages.quota_controls import Chosen
from klapper.messages.quota_forms import INPUTS, build_form
from klapper.messages.quota_panel import build_quota_panel
from klapper.messages.quota_warnings import quota_warnings
from klapper.moderation.rules import NOWHERE
from klapper.services.quota_desk import QuotaRules


@dataclass(frozen=True, slots=True)
class Sent:
    """A form as a manager sent it. about: the role, member or channel; the guild where it is about none of them."""

    guild_id: int
    user_id: int
    about: int
    seen: int | None
    answers: FormAnswers


_OF_ONE = frozenset({controls.ROLE, controls.MEMBER, controls.CHANNEL})
Setter = Callable[[Sent], Awaitable[QuotaRules]]


class QuotaPanel:
    """Keeps: what counts is read anew for each panel and form. Discord asks who may use the command; who chooses
    something in its answer, or sends a form, is asked here. Private.
    """

    def __init__(
        self,
        *,
        desk: QuotaDesk,
        credits: Credits,
        guilds: Guilds,
        ruling: Ruling,
        requests: RequestRules,
        catalogue: Catalogue,
    ) -> None:
        self._desk = desk
        self._credits = credits
        self._guilds = guilds
        self._ruling = ruling
        self._requests = requests
        self._catalogue = catalogue
        self._setters: Mapping[str, Setter] = {
            controls.EVERYBODY: self._set_role,
            controls.ROLE: self._set_role,
            controls.MEMBER: self._set_member,
            controls.CHANNEL: self._set_channel,
            controls.PERIODS: self._set_rhythm,
            controls.LIMITS: self._set_limits,
            controls.NEWCOMERS: self._set_newcomers,
            controls.GIVING: self._set_giving,
        }

    async def show(self, interaction: Interaction) -> None:
        """Everything that is set, and how to change it."""
        guild_id = check_served(interaction, self._guilds)
        await acknowledge(interaction)
        await reply(interaction, view=await self._panel(interaction, await self._desk.of(guild_id)))

    async def choose(self, interaction: Interaction, form: str) -> None:
        """Open the form about what was chosen. Raises RequestRefused (`not_a_manager`, `bot_member`)."""
        guild_id = self._check(interaction)
        if form == controls.REQUESTS:
            assert interaction.guild is not None
            await interaction.response.send_modal(await self._requests.form(interaction.guild))
            return
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
        if chosen.form == controls.REQUESTS:
            done = await self._requests.set(interaction, chosen.version or 0)
            rules = changed_in(await self._desk.of(guild_id), changed=done.changed)
            await replace(interaction, await self._panel(interaction, rules, is_answer=True, after=done.after))
            return
        setter = self._setters.get(chosen.form)
        if setter is None or (chosen.form in _OF_ONE and not chosen.target):
            raise RequestRefused("no_such_choice", manage_texts.NO_SUCH_CHOICE)
        answers, about = read_form(interaction, INPUTS), chosen.target or guild_id
        rules = await setter(Sent(guild_id, interaction.user.id, about, chosen.version or 0, answers))
        await replace(interaction, await self._panel(interaction, rules, is_answer=True))

    async def _panel(
        self, interaction: Interaction, rules: QuotaRules, *, is_answer: bool = False, after: str = ""
    ) -> discord.ui.LayoutView:
        assert interaction.guild is not None
        requests = await self._ruling.overview(interaction.guild)
        notices = [rule_texts.PAUSED] if await self._guilds.is_paused(interaction.guild.id) else []
        prices = await self._credits.prices(interaction.guild.id, NOWHERE)
        notices += quota_warnings(rules, self._catalogue, min((line.credits for line in prices), default=None))
        if is_answer and not rules.changed:
            notices.append(manage_texts.NOTHING_CHANGED)
        return build_quota_panel(rules, self._catalogue, requests, notice="\n".join(notices), after=after)

    async def _set_role(self, sent: Sent) -> QuotaRules:
        quota = quota_answers.role(sent.answers, self._catalogue)
        return await self._desk.set_role(sent.guild_id, sent.user_id, sent.about, quota, seen=sent.seen)

    async def _set_member(self, sent: Sent) -> QuotaRules:
        credits = quota_answers.credits(sent.answers)
        return await self._desk.set_member(sent.guild_id, sent.user_id, sent.about, credits, seen=sent.seen)

    async def _set_channel(self, sent: Sent) -> QuotaRules:
        percent = quota_answers.percent(sent.answers)
        return await self._desk.set_channel(sent.guild_id, sent.user_id, sent.about, percent, seen=sent.seen)

    async def _set_rhythm(self, sent: Sent) -> QuotaRules:
        rhythm = quota_answers.rhythm(sent.answers, (await self._desk.of(sent.guild_id)).operator.rhythm)
        return await self._desk.set_rhythm(sent.guild_id, sent.user_id, rhythm, seen=sent.seen)

    async def _set_limits(self, sent: Sent) -> QuotaRules:
        limits = quota_answers.limits(sent.answers)
        return await self._desk.set_limits(sent.guild_id, sent.user_id, limits, seen=sent.seen)

    async def _set_newcomers(self, sent: Sent) -> QuotaRules:
        newcomers = quota_answers.newcomers(sent.answers)
        return await self._desk.set_newcomers(sent.guild_id, sent.user_id, newcomers, seen=sent.seen)

    async def _set_giving(self, sent: Sent) -> QuotaRules:
        giving = quota_answers.giving(sent.answers)
        return await self._desk.set_giving(sent.guild_id, sent.user_id, giving, seen=sent.seen)

    def _chosen(self, form: str, value: str) -> Chosen | None:
        """What somebody chose in a select; None for what there is not."""
        if form == controls.CHOOSE:
            return Chosen(value) if value in self._setters.keys() - _OF_ONE else None
        return Chosen(form, int(value)) if form in _OF_ONE and value.isdecimal() else None

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
