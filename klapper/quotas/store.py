"""Quota rules and budgets in the database."""

from __future__ import annotations

import json
from dataclasses import dataclass

from klapper.database.database import Reader, Row, Writer
from klapper.database.queries import load_queries
from klapper.ledger.periods import Rhythm
from klapper.quotas.makes import Makes
from klapper.quotas.quota import Giving, GuildQuota, Limits, Newcomers, RoleQuota

WHOLE_BOT = 0  # in the place of a guild's id


@dataclass(frozen=True, slots=True)
class Decreed:
    """Everything that decides about one member. own: their own allowance. Budgets in units: None where none is set."""

    guild: GuildQuota
    own: int | None
    guild_budget: int | None
    bot_budget: int | None


@dataclass(frozen=True, slots=True)
class SetBudget:
    """A budget that the operator set by hand. guild_id: WHOLE_BOT for the whole bot. units 0: unlimited."""

    guild_id: int
    units: int
    set_by: str
    at_ms: int


class QuotaStore:
    """Keeps: everything about one member comes in one statement, so that it is of one moment."""

    def __init__(self) -> None:
        self._sql = load_queries("klapper.quotas")

    async def of(self, tx: Reader, guild_id: int, member_ref: int | None = None) -> Decreed:
        """What the guild and the operator set. member_ref: None for somebody never seen."""
        row = await tx.one(self._sql["quota"], guild_id=guild_id, member_ref=member_ref)
        assert row is not None
        return Decreed(_guild(row), row["own"], row["guild_budget"], row["bot_budget"])

    async def set_rhythm(self, tx: Writer, guild_id: int, rhythm: Rhythm | None) -> None:
        """None: as the operator has it."""
        await self._touch(tx, guild_id)
        await tx.execute(
            self._sql["set_rhythm"],
            guild_id=guild_id,
            period=None if rhythm is None else rhythm.length,
            first_day=0 if rhythm is None else rhythm.first_day,
            time_zone=None if rhythm is None else rhythm.time_zone,
        )

    async def set_limits(self, tx: Writer, guild_id: int, limits: Limits) -> None:
        """The guild's own."""
        await self._touch(tx, guild_id)
        await tx.execute(
            self._sql["set_limits"],
            guild_id=guild_id,
            running_per_member=limits.running_per_member,
            waiting_per_member=limits.waiting_per_member,
            running_per_guild=limits.running_per_guild,
            largest_job=limits.largest_job,
        )

    async def set_newcomers(self, tx: Writer, guild_id: int, newcomers: Newcomers) -> None:
        """Who is too new to ask."""
        await self._touch(tx, guild_id)
        days = {"account_days": newcomers.account_days, "member_days": newcomers.member_days}
        await tx.execute(self._sql["set_newcomers"], guild_id=guild_id, **days)

    async def set_giving(self, tx: Writer, guild_id: int, giving: Giving) -> None:
        """Whether members give each other credits."""
        await self._touch(tx, guild_id)
        given = {"giving": int(giving.is_on), "given_per_day": giving.per_day}
        await tx.execute(self._sql["set_giving"], guild_id=guild_id, **given)

    async def set_role(self, tx: Writer, guild_id: int, role_id: int, quota: RoleQuota) -> None:
        """A role's; one that says nothing goes."""
        await self._touch(tx, guild_id)
        if quota == RoleQuota():
            await tx.execute(self._sql["drop_role_quota"], guild_id=guild_id, role_id=role_id)
            return
        makes = None if quota.makes is None else _written(quota.makes)
        role = {"guild_id": guild_id, "role_id": role_id}
        await tx.execute(self._sql["set_role_quota"], **role, allowance=quota.allowance, makes=makes)

    async def set_channel(self, tx: Writer, guild_id: int, channel_id: int, percent: int | None) -> None:
        """What a channel or category takes of the price; None: it says nothing."""
        await self._touch(tx, guild_id)
        channel = {"guild_id": guild_id, "channel_id": channel_id}
        if percent is None:
            await tx.execute(self._sql["drop_channel_price"], **channel)
        else:
            await tx.execute(self._sql["set_channel_price"], **channel, percent=percent)

    async def set_member(self, tx: Writer, guild_id: int, member_ref: int, allowance: int | None) -> None:
        """A member's own allowance; None: that of their roles."""
        await self._touch(tx, guild_id)
        if allowance is None:
            await tx.execute(self._sql["drop_member_quota"], member_ref=member_ref)
        else:
            await tx.execute(
                self._sql["set_member_quota"], guild_id=guild_id, member_ref=member_ref, allowance=allowance
            )

    async def members(self, tx: Reader, guild_id: int, *, rows: int) -> tuple[dict[int, int], int]:
        """Allowances of their own by member, at most `rows`, and how many have one."""
        found = await tx.all(self._sql["member_quotas"], guild_id=guild_id, rows=rows)
        counted = await tx.one(self._sql["count_member_quotas"], guild_id=guild_id)
        assert counted is not None
        return {row["member_ref"]: row["allowance"] for row in found}, int(counted["members"])

    async def running_limits(self, tx: Reader) -> dict[int, Limits]:
        """Guilds that have lowered how much may run at a time; 0: they say nothing."""
        rows = await tx.all(self._sql["running_limits"])
        return {
            row["guild_id"]: Limits(
                running_per_member=row["running_per_member"], running_per_guild=row["running_per_guild"]
            )
            for row in rows
        }

    # The operator's

    async def set_budget(self, tx: Writer, budget: SetBudget) -> None:
        """What a guild, or the whole bot, may cost."""
        await tx.execute(
            self._sql["set_budget"],
            guild_id=budget.guild_id,
            units=budget.units,
            set_by=budget.set_by,
            now_ms=budget.at_ms,
        )

    async def drop_budget(self, tx: Writer, guild_id: int) -> bool:
        """The configuration counts again; False when it did."""
        return bool(await tx.execute(self._sql["drop_budget"], guild_id=guild_id))

    async def budgets(self, tx: Reader) -> list[SetBudget]:
        """Those that were set by hand."""
        rows = await tx.all(self._sql["budgets"])
        return [SetBudget(row["guild_id"], row["units"], row["set_by"], row["at_ms"]) for row in rows]

    async def _touch(self, tx: Writer, guild_id: int) -> None:
        await tx.execute(self._sql["touch_quota"], guild_id=guild_id)


def _guild(row: Row) -> GuildQuota:
    if row["version"] is None:
        return GuildQuota()
    rhythm = None if row["period"] is None else Rhythm(row["period"], row["time_zone"], row["first_day"])
    return GuildQuota(
        version=row["version"],
        rhythm=rhythm,
        roles={role: RoleQuota(allowance, _makes(makes)) for role, allowance, makes in json.loads(row["roles"])},
        limits=Limits(
            row["running_per_member"], row["waiting_per_member"], row["running_per_guild"], row["largest_job"]
        ),
        newcomers=Newcomers(row["account_days"], row["member_days"]),
        giving=Giving(bool(row["giving"]), row["given_per_day"]),
        channels=dict(json.loads(row["channels"])),
    )


def _makes(text: str | None) -> Makes | None:
    if text is None:
        return None
    read = json.loads(text)
    return Makes(frozenset(read["models"]), frozenset(read["modes"]), read["longest_s"])


def _written(makes: Makes) -> str:
    return json.dumps({"models": sorted(makes.models), "modes": sorted(makes.modes), "longest_s": makes.longest_s})
