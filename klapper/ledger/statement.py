"""What moved on a member's accounts, as the books have it. Reads only."""

from __future__ import annotations

from dataclasses import replace

from klapper.database.database import Reader, Row
from klapper.database.queries import load_queries
from klapper.ledger.records import Kind, Line, Movement, allowance_account, bonus_account

_MOST_LEGS = 2  # of one movement on a member's accounts
_ABOVE_ALL = 2**62  # no transfer has such a number


class Statement:
    """Keeps: what a line says was left is what its earlier lines add up to, however many there are."""

    def __init__(self) -> None:
        self._sql = load_queries("klapper.ledger")

    async def movements(self, tx: Reader, member_ref: int, *, skip: int, rows: int) -> list[Movement]:
        """What moved for a member, newest first, at most `rows` without the first `skip`."""
        found = await tx.all(
            self._sql["member_movements"],
            **_accounts(member_ref),
            reach=_MOST_LEGS * (skip + rows),
            skip=skip,
            rows=rows,
        )
        if not found:
            return []
        left = await self._available_after(tx, member_ref, found[0]["last_seq"])
        moved = []
        for movement in map(_movement, found):
            moved.append(replace(movement, left=left))
            left -= movement.change
        return moved

    async def lines(
        self, tx: Reader, member_ref: int, *, rows: int, before_seq: int = _ABOVE_ALL, since_ms: int = 0
    ) -> list[Line]:
        """A member's transfers since a time and before one of them, newest first."""
        found = await tx.all(
            self._sql["member_lines"], **_accounts(member_ref), before_seq=before_seq, since_ms=since_ms, rows=rows
        )
        return [_line(row) for row in found]

    async def last_charges(self, tx: Reader, member_ref: int, jobs: int) -> list[int]:
        """What each of the member's last charged jobs cost in credits, newest first."""
        rows = await tx.all(self._sql["last_charges"], **_accounts(member_ref), jobs=jobs)
        return [int(row["credits"]) for row in rows]

    async def members(self, tx: Reader, guild_id: int) -> dict[int, int | None]:
        """Everybody of a guild: reference -> Discord id, None for who is forgotten."""
        rows = await tx.all(self._sql["members_of_guild"], guild_id=guild_id)
        return {row["member_ref"]: row["discord_user_id"] for row in rows}

    async def _available_after(self, tx: Reader, member_ref: int, seq: int) -> int:
        """What a member had available when this transfer was written."""
        available = 0
        for account_id in _accounts(member_ref).values():
            row = await tx.one(self._sql["account"], account_id=account_id)
            if row is not None:
                available += int(row["credits_posted"] - row["debits_posted"] - row["debits_pending"])
        row = await tx.one(self._sql["member_change_since"], **_accounts(member_ref), seq=seq)
        assert row is not None
        return available - int(row["change"])


def _accounts(member_ref: int) -> dict[str, str]:
    return {"allowance": allowance_account(member_ref), "bonus": bonus_account(member_ref)}


def _movement(row: Row) -> Movement:
    return Movement(Kind(row["kind"]), row["amount"], row["reason"], row["job_id"], row["at_ms"], row["change"])


def _line(row: Row) -> Line:
    account, _, _ = row["account_id"].partition(":")
    return Line(
        row["seq"], Kind(row["kind"]), account, row["change"], row["held"], row["reason"], row["job_id"], row["at_ms"]
    )
