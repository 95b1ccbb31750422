"""What changed of a guild's quota rules, in short words of ours, ids and numbers, for the audit. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from klapper.ledger.periods import Rhythm
from klapper.quotas.makes import Makes
from klapper.quotas.quota import GuildQuota, Limits, RoleQuota

NOTHING = "nothing of its own"
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def between(guild_id: int, before: GuildQuota, after: GuildQuota) -> str:
    """What is different now; empty for nothing."""
    return "; ".join(_differences(guild_id, before, after))


def of_member(allowance: int | None) -> str:
    """A member's own allowance."""
    return "as their roles give" if allowance is None else f"{allowance:,} credits of their own"


def limits(limits: Limits) -> tuple[tuple[str, int], ...]:
    """Each by its name."""
    return (
        ("running jobs of a member", limits.running_per_member),
        ("waiting jobs of a member", limits.waiting_per_member),
        ("running jobs on the server", limits.running_per_guild),
        ("credits of the largest clip", limits.largest_job),
    )


def makes(makes: Makes) -> str:
    """What may be made."""
    parts = (
        f"models {' '.join(sorted(makes.models))}" if makes.models else "",
        f"modes {' '.join(sorted(makes.modes))}" if makes.modes else "",
        f"up to {makes.longest_s} s" if makes.longest_s else "",
    )
    return ", ".join(filter(None, parts)) or "everything"


def _differences(guild_id: int, before: GuildQuota, after: GuildQuota) -> Iterator[str]:
    for role_id in sorted(before.roles.keys() | after.roles.keys()):
        if before.roles.get(role_id) != after.roles.get(role_id):
            whose = "everybody" if role_id == guild_id else f"<@&{role_id}>"
            nothing = "as the operator has it" if role_id == guild_id else NOTHING
            yield f"{whose}: {of_role(after.roles.get(role_id, RoleQuota())) or nothing}"
    if before.rhythm != after.rhythm:
        yield f"periods: {_rhythm(after.rhythm)}"
    if before.limits != after.limits:
        yield f"limits: {_limits(after.limits)}"
    if before.newcomers != after.newcomers:
        new = after.newcomers
        days = ((new.account_days, "account"), (new.member_days, "on the server"))
        yield f"newcomers: {', '.join(f'{what} {number} days' for number, what in days if number) or 'may ask at once'}"
    if before.giving != after.giving:
        capped = f", at most {after.giving.per_day:,} a day" if after.giving.per_day else ""
        yield f"giving: {f'on{capped}' if after.giving.is_on else 'off'}"
    for channel_id in sorted(before.channels.keys() | after.channels.keys()):
        percent = after.channels.get(channel_id)
        if before.channels.get(channel_id) != percent:
            yield f"<#{channel_id}>: {'the usual price' if percent is None else f'{percent} % of the price'}"


def of_role(quota: RoleQuota) -> str:
    """What a role gets and may make; empty for nothing."""
    allowance = "" if quota.allowance is None else f"{quota.allowance:,} credits"
    made = "" if quota.makes is None else makes(quota.makes)
    return ", ".join(filter(None, (allowance, made)))


def _rhythm(rhythm: Rhythm | None) -> str:
    if rhythm is None:
        return "as the operator has them, when the running period ends"
    begins = f" from {DAYS[rhythm.first_day]}" if rhythm.length == "week" else ""
    return f"{rhythm.length}{begins}, {rhythm.time_zone}, when the running period ends"


def _limits(own: Limits) -> str:
    return ", ".join(f"{name} {number:,}" for name, number in limits(own) if number) or "none of its own"
