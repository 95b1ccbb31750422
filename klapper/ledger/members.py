"""Who is who: the books know a member of a guild by a reference, Discord by an id, and who is forgotten by a mark."""

from __future__ import annotations

import json
from collections.abc import Iterable

from klapper.database.database import Reader, Writer
from klapper.database.queries import load_queries
from klapper.ledger.marks import Marks


class Members:
    """Keeps: a person has one reference in a guild, also when they return before their mark is gone."""

    def __init__(self, marks: Marks | None = None) -> None:
        """marks: by which who is forgotten is known again; None: nobody is."""
        self._sql = load_queries("klapper.ledger")
        self._marks = marks

    async def member(self, tx: Writer, guild_id: int, user_id: int, now_ms: int) -> int:
        """The reference of a member who does something: opened at the first sight, and theirs again if they return."""
        ref = await self.meant(tx, guild_id, user_id, now_ms)
        await tx.execute(self._sql["return_member"], member_ref=ref, user_id=user_id)
        return ref

    async def meant(self, tx: Writer, guild_id: int, user_id: int, now_ms: int) -> int:
        """The reference of a member whom somebody else names: who is forgotten stays so."""
        ref = await self.find_member(tx, guild_id, user_id)
        if ref is None:
            await tx.execute(self._sql["open_member"], guild_id=guild_id, user_id=user_id, now_ms=now_ms)
            ref = await self.find_member(tx, guild_id, user_id)
        assert ref is not None
        return ref

    async def find_member(self, tx: Reader, guild_id: int, user_id: int) -> int | None:
        """The member's reference, None for somebody never seen, or forgotten for so long that it is all the same."""
        row = await tx.one(self._sql["member_by_user"], guild_id=guild_id, user_id=user_id)
        if row is None and self._marks is not None and (mark := self._marks.find(guild_id, user_id)) is not None:
            row = await tx.one(self._sql["member_by_mark"], mark=mark)
        return None if row is None else int(row["member_ref"])

    async def forget(self, tx: Writer, guild_id: int, user_id: int) -> None:
        """Nobody can say any more who this member is; they themselves are known again by their mark."""
        mark = None if self._marks is None else self._marks.make(guild_id, user_id)
        await tx.execute(self._sql["forget_member"], guild_id=guild_id, user_id=user_id, mark=mark)

    async def user_of(self, tx: Reader, member_ref: int) -> int | None:
        """The Discord id of a member, None for who is forgotten."""
        row = await tx.one(self._sql["user_of_member"], member_ref=member_ref)
        return None if row is None else row["discord_user_id"]

    async def users(self, tx: Reader, member_refs: Iterable[int]) -> dict[int, int]:
        """Reference -> Discord id, of those who are not forgotten."""
        rows = await tx.all(self._sql["users_of_members"], refs=json.dumps(list(member_refs)))
        return {row["member_ref"]: row["discord_user_id"] for row in rows if row["discord_user_id"] is not None}

    async def known_since_ms(self, tx: Reader, member_ref: int) -> int:
        """When a member was first seen."""
        row = await tx.one(self._sql["member_since"], member_ref=member_ref)
        assert row is not None
        return int(row["created_at_ms"])

    async def guilds(self, tx: Reader) -> list[int]:
        """Where anybody was seen."""
        return [int(row["guild_id"]) for row in await tx.all(self._sql["guilds_of_members"])]
