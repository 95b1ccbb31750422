"""Entries of the audit, for tests of what becomes of them."""

from __future__ import annotations

from typing import Any

from klapper.ledger.records import KLAPPER
from klapper.moderation.audit import Action, Entry
from tests.unit.services.world import GUILD, OTHER_GUILD, World

AUDIT_CHANNEL, OTHER_AUDIT_CHANNEL = 71, 72


async def with_channels(world: World) -> None:
    """Both guilds want to read their audit."""
    await set_channel(world, AUDIT_CHANNEL)
    await set_channel(world, OTHER_AUDIT_CHANNEL, OTHER_GUILD)


async def set_channel(world: World, channel_id: int | None, guild_id: int = GUILD) -> None:
    async with world.database.write() as tx:
        await world.klapper.guild_rules.set_channels(tx, guild_id, review=None, audit=channel_id)


async def member(world: World, user_id: int, guild_id: int = GUILD) -> int:
    """The member's reference."""
    async with world.database.write() as tx:
        return await world.klapper.ledger.member(tx, guild_id, user_id, world.clock.now_ms())


async def write(world: World, *details: str, **more: Any) -> None:
    """An entry for each detail, in one transaction."""
    fields: dict[str, Any] = {"guild_id": GUILD, "actor": KLAPPER, "action": Action.TERM_ADDED} | more
    async with world.database.write() as tx:
        for detail in details:
            await world.klapper.audit.add(tx, Entry(at_ms=world.clock.now_ms(), detail=detail, **fields))
