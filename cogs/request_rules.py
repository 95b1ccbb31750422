"""How requests on a server are decided, all in one form: show it as it is, read it, set what differs."""

from __future__ import annotations

from dataclasses import dataclass

import discord
from discord import ui

from cogs import manage_texts, request_texts, rule_texts
from cogs.forms import FormAnswers, read_form
from cogs.places import places_of
from cogs.ports import Interaction, RuleDesk
from cogs.review_channels import existing, missing_in
from klapper.errors import RequestRefused
from klapper.messages import request_form as forms
from klapper.moderation.rules import GuildRules, Mode
from klapper.services.rule_desk import Requests, Ruled

_LARGEST_ID = 2**63 - 1
_ID_DIGITS = 19


@dataclass(frozen=True, slots=True)
class RequestsSet:
    """changed: what was set, in words; empty for nothing. after: what that did to what waits."""

    changed: str
    after: str = ""


class RequestRules:
    """Keeps: a form shows what counts now, and one that shows something else by the time it is sent sets nothing.

    Whoever calls it asks who may.
    """

    def __init__(self, *, desk: RuleDesk) -> None:
        self._desk = desk

    async def form(self, guild: discord.Guild) -> ui.Modal:
        """Filled in with what is set."""
        return forms.build_request_form(existing(guild, await self._desk.of(guild.id)))

    async def set(self, interaction: Interaction, seen: int) -> RequestsSet:
        """seen: the version of the rules that the form shows. Raises RequestRefused."""
        guild = interaction.guild
        assert guild is not None
        before = await self._desk.of(guild.id)
        wanted = _read(read_form(interaction, forms.INPUTS), before)
        ruled = await self._desk.set_requests(guild.id, interaction.user.id, wanted, places=places_of(guild), seen=seen)
        return RequestsSet(request_texts.changed(before, ruled.rules), _after(guild, before, ruled))


def _after(guild: discord.Guild, before: GuildRules, ruled: Ruled) -> str:
    """The sentences of the commands that set the same."""
    lines = [rule_texts.recalled(ruled.recalled)]
    if ruled.rules.mode is not before.mode:
        lines.append(rule_texts.still_decidable(ruled.rules.mode, ruled.waiting.get("review", 0)))
    review = ruled.rules.review_channel_id
    if review is not None and review != before.review_channel_id:
        lines.append(rule_texts.moved_in(ruled.waiting, shown=not missing_in(guild, review)))
    return "\n".join(filter(None, lines))


def _read(answers: FormAnswers, before: GuildRules) -> Requests:
    """Raises RequestRefused (`no_such_choice`). Roles that the form had no room for stay as they were."""
    modes = [mode for mode in Mode if mode in answers.choices.get(forms.MODE, ())]
    if len(modes) != 1:
        raise RequestRefused("no_such_choice", manage_texts.NO_SUCH_CHOICE)
    deciders, trusted = before.reviewer_roles(), before.trusted_roles()
    return Requests(
        mode=modes[0],
        review_channel_id=next(iter(_ids(answers, forms.REVIEW)), None),
        audit_channel_id=next(iter(_ids(answers, forms.AUDIT)), None),
        reviewers=_ids(answers, forms.DECIDERS) | (deciders - forms.roles_shown(deciders)),
        trusted=_ids(answers, forms.TRUSTED) | (trusted - forms.roles_shown(trusted)),
    )


def _ids(answers: FormAnswers, name: str) -> frozenset[int]:
    given = answers.choices.get(name, ())
    if not all(one.isdecimal() and len(one) <= _ID_DIGITS and int(one) <= _LARGEST_ID for one in given):
        raise RequestRefused("no_such_choice", manage_texts.NO_SUCH_CHOICE)
    return frozenset(map(int, given))
