"""What a guild decided about credits and limits, and what of that counts for one member in one place. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from klapper.ledger.periods import Rhythm
from klapper.quotas.makes import EVERYTHING, Makes

WHOLE = 100  # percent of the price where a channel says nothing
MOST_PERCENT = 1_000
MOST_ALLOWANCE = 1_000_000
MOST_DAYS = 3_650


@dataclass(frozen=True, slots=True)
class Limits:
    """0: none. A guild's can only lower the operator's."""

    running_per_member: int = 0
    waiting_per_member: int = 0
    running_per_guild: int = 0
    largest_job: int = 0

    def lowered(self, own: Limits) -> Limits:
        """The lower of both, of each."""
        return Limits(
            _lower(own.running_per_member, self.running_per_member),
            _lower(own.waiting_per_member, self.waiting_per_member),
            _lower(own.running_per_guild, self.running_per_guild),
            _lower(own.largest_job, self.largest_job),
        )


@dataclass(frozen=True, slots=True)
class Budgets:
    """What may be spent, in budget units: by a guild per period, by the whole bot per day. 0: unlimited.

    Both rhythms are the operator's: who could choose when a budget begins anew could have it more often.
    """

    guild: int
    bot: int
    guild_rhythm: Rhythm
    bot_rhythm: Rhythm


@dataclass(frozen=True, slots=True)
class Operator:
    """What counts where a guild says nothing, and the limits that it cannot exceed."""

    rhythm: Rhythm
    allowance: int
    limits: Limits
    budgets: Budgets


@dataclass(frozen=True, slots=True)
class RoleQuota:
    """What a role's members get. allowance: None where the role says nothing. makes: None likewise."""

    allowance: int | None = None
    makes: Makes | None = None


@dataclass(frozen=True, slots=True)
class Newcomers:
    """How old an account has to be, and how long in the server, before it can ask. In days; 0: not at all."""

    account_days: int = 0
    member_days: int = 0


@dataclass(frozen=True, slots=True)
class Giving:
    """Whether members may give each other bonus credits, and how many a day. per_day 0: as many as they have."""

    is_on: bool = False
    per_day: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class GuildQuota:
    """Everything that a guild's managers set. version: grows with every change.

    rhythm: None for the operator's. roles: by role id; that of @everyone is the guild's (Discord docs, Role Object).
    channels: percent of the price, by the id of a channel or category.
    """

    version: int = 0
    rhythm: Rhythm | None = None
    roles: Mapping[int, RoleQuota] = field(default_factory=dict)
    limits: Limits = Limits()
    newcomers: Newcomers = Newcomers()
    giving: Giving = Giving()
    channels: Mapping[int, int] = field(default_factory=dict)


class Source(StrEnum):
    """Whose word an allowance is."""

    OPERATOR = "operator"
    EVERYONE = "everyone"
    ROLE = "role"
    MEMBER = "member"


@dataclass(frozen=True, slots=True)
class Allowance:
    """amount: credits per period. role_id: of the role that decides, where one does."""

    amount: int
    source: Source
    role_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberQuota:
    """What counts for one member in one place. Limits of 0: unlimited.

    percent: of the price there; priced_by: the channel or category that says so, None for none.
    makes: rules of what may be asked for, one of which has to allow it; made_by: the roles that say so, none for the
    whole server.
    """

    guild_id: int
    allowance: Allowance
    rhythm: Rhythm
    limits: Limits
    makes: tuple[Makes, ...]
    made_by: tuple[int, ...]
    percent: int
    priced_by: int | None
    newcomers: Newcomers
    giving: Giving
    budgets: Budgets


def member_quota(
    guild_id: int,
    guild: GuildQuota,
    operator: Operator,
    *,
    own: int | None = None,
    role_ids: Iterable[int] = (),
    channel_ids: Sequence[int] = (),
) -> MemberQuota:
    """What counts for a member with these roles. own: the allowance that was set for exactly them.

    An allowance of a role stands instead of everybody's, and the highest of several counts; one of a member stands
    instead of all. What may be made is likewise what everybody may, or whatever one of the roles allows.
    channel_ids: the channel, then what it is part of; the nearest that has a price counts.
    """
    roles = {role_id: guild.roles[role_id] for role_id in sorted(role_ids) if role_id in guild.roles}
    roles.pop(guild_id, None)
    everybody = guild.roles.get(guild_id, RoleQuota())
    makes, made_by = _makes(roles, everybody)
    percent, priced_by = _percent(guild.channels, channel_ids)
    return MemberQuota(
        guild_id=guild_id,
        allowance=_allowance(roles, everybody, own, operator.allowance),
        rhythm=guild.rhythm or operator.rhythm,
        limits=operator.limits.lowered(guild.limits),
        makes=makes,
        made_by=made_by,
        percent=percent,
        priced_by=priced_by,
        newcomers=guild.newcomers,
        giving=guild.giving,
        budgets=operator.budgets,
    )


def _lower(guild: int, operator: int) -> int:
    return min(filter(None, (guild, operator)), default=0)


def _allowance(roles: Mapping[int, RoleQuota], everybody: RoleQuota, own: int | None, default: int) -> Allowance:
    if own is not None:
        return Allowance(own, Source.MEMBER)
    amounts = {role_id: role.allowance for role_id, role in roles.items() if role.allowance is not None}
    if amounts:
        role_id = max(amounts, key=amounts.__getitem__)
        return Allowance(amounts[role_id], Source.ROLE, role_id)
    if everybody.allowance is not None:
        return Allowance(everybody.allowance, Source.EVERYONE)
    return Allowance(default, Source.OPERATOR)


def _makes(roles: Mapping[int, RoleQuota], everybody: RoleQuota) -> tuple[tuple[Makes, ...], tuple[int, ...]]:
    allowed = {role_id: role.makes for role_id, role in roles.items() if role.makes is not None}
    if not allowed:
        return (everybody.makes or EVERYTHING,), ()
    return tuple(dict.fromkeys(allowed.values())), tuple(allowed)


def _percent(channels: Mapping[int, int], channel_ids: Sequence[int]) -> tuple[int, int | None]:
    nearest = next((channel_id for channel_id in channel_ids if channel_id in channels), None)
    return (WHOLE, None) if nearest is None else (channels[nearest], nearest)
