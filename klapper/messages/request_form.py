"""The form behind the button of /manage rules: how requests on a server are decided, as it is now. Pure.

Limits and who reads the answers: as in quota_forms. Discord docs, Component Reference, Role and Channel Select: as many
default values as may be chosen, at most 25.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import discord
from discord import ui

from klapper.messages import quota_controls as controls
from klapper.messages.draft_controls import Choice, select_options
from klapper.messages.draft_forms import Inputs
from klapper.messages.quota_controls import Chosen
from klapper.moderation.rules import GuildRules, Mode

MODE, REVIEW, DECIDERS, TRUSTED, AUDIT = "mode", "review", "deciders", "trusted", "audit"
INPUTS = Inputs(choices=frozenset({MODE, REVIEW, DECIDERS, TRUSTED, AUDIT}))

DOES = {Mode.OPEN: "are made at once", Mode.REVIEW: "wait for a moderator", Mode.CLOSED: "are refused"}
MOST_ROLES = 25
_TITLE = "Requests on this server"
_CHANNELS = [discord.ChannelType.text, discord.ChannelType.news]  # as options of /manage reviewers have them


def build_request_form(rules: GuildRules) -> ui.Modal:
    """rules: without channels that are gone."""
    chosen = Chosen(controls.REQUESTS, version=rules.version)
    form = ui.Modal(title=_TITLE, custom_id=chosen.custom_id, timeout=None)
    modes = [Choice(mode, label, is_current=mode is rules.mode) for mode, label in DOES.items()]
    for text, component, description in (
        (
            "Requests",
            ui.Select[Any](custom_id=MODE, options=select_options(modes)),
            "Unless /manage mode says something else for a channel or a role",
        ),
        (
            "Review channel",
            _channel(REVIEW, rules.review_channel_id),
            "Where moderators find what waits for them: one that members do not see; empty: none",
        ),
        (
            "Roles that decide",
            _roles(DECIDERS, rules.reviewer_roles()),
            "They and administrators decide; empty: whoever may time members out",
        ),
        (
            "Trusted roles",
            _roles(TRUSTED, rules.trusted_roles()),
            "Where others wait for a moderator, their requests are made at once; empty: no role",
        ),
        (
            "Audit channel",
            _channel(AUDIT, rules.audit_channel_id),
            "Where every decision is told: one that members do not see; empty: none",
        ),
    ):
        form.add_item(ui.Label(text=text, component=component, description=description))
    form.stop()
    return form


def roles_shown(roles: Iterable[int]) -> frozenset[int]:
    """Of the roles that are set, those that a select has room for."""
    return frozenset(sorted(roles)[:MOST_ROLES])


def _channel(name: str, channel_id: int | None) -> ui.ChannelSelect[Any]:
    chosen = [] if channel_id is None else [discord.SelectDefaultValue.from_channel(discord.Object(channel_id))]
    return ui.ChannelSelect(
        custom_id=name, channel_types=_CHANNELS, required=False, min_values=0, default_values=chosen
    )


def _roles(name: str, roles: Iterable[int]) -> ui.RoleSelect[Any]:
    chosen = [discord.SelectDefaultValue.from_role(discord.Object(role_id)) for role_id in sorted(roles_shown(roles))]
    return ui.RoleSelect(custom_id=name, required=False, min_values=0, max_values=MOST_ROLES, default_values=chosen)
