"""Two statements on a small table (`guild_pauses`), enough to see whether a transaction happened."""

from __future__ import annotations

from klapper.database.database import Database, Writer

PAUSE = "INSERT INTO guild_pauses (guild_id, paused_by, since_ms) VALUES (:guild_id, 'member:1', 0)"
PAUSED = "SELECT guild_id FROM guild_pauses ORDER BY guild_id"


async def pause(tx: Writer, guild_id: int) -> None:
    await tx.execute(PAUSE, guild_id=guild_id)


async def paused(database: Database) -> list[int]:
    async with database.read() as tx:
        return [row["guild_id"] for row in await tx.all(PAUSED)]
