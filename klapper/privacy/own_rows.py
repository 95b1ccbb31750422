"""What is kept about a member, as it stands in the database, a page at a time. Other people are in some of the rows."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from klapper.database.database import Reader, Row
from klapper.database.queries import load_queries

MOST_STRIKES = 1_000


@dataclass(frozen=True, slots=True)
class LastRead:
    """The last row that was read, by its time and its id. Ids are numbers, of jobs they are words."""

    at_ms: int = -1
    id: int | str = -1


START = LastRead()


@dataclass(frozen=True, slots=True)
class Amount:
    """How much there is. reported: clips of theirs that moderators have before them. period_ends_ms: 0 for none."""

    jobs: int
    reported: int
    period_ends_ms: int


class OwnRows:
    """Reads only. Pages follow one another by what was read last, so that a member's past may be long."""

    def __init__(self) -> None:
        self._sql = load_queries("klapper.privacy")

    async def transfers(self, tx: Reader, accounts: tuple[str, str], after: LastRead, *, rows: int) -> list[Row]:
        """Lines of the books that moved something on one of these accounts, in the order of the lines."""
        allowance, bonus = accounts
        return await tx.all(self._sql["own_transfers"], allowance=allowance, bonus=bonus, after=after.id, rows=rows)

    async def jobs(self, tx: Reader, member_ref: int, after: LastRead, *, rows: int) -> list[Row]:
        """Jobs with their deliveries, oldest first."""
        return await self._after(tx, "own_jobs", after, member_ref=member_ref, rows=rows)

    async def events(self, tx: Reader, job_ids: Iterable[str]) -> list[Row]:
        """What happened to these jobs."""
        return await tx.all(self._sql["events_of_jobs"], job_ids=json.dumps(list(job_ids)))

    async def cases(self, tx: Reader, job_ids: Iterable[str]) -> list[Row]:
        """What moderators had to settle about them."""
        return await tx.all(self._sql["cases_of_jobs"], job_ids=json.dumps(list(job_ids)))

    async def images_of_jobs(self, tx: Reader, job_ids: Iterable[str]) -> list[Row]:
        """What they were made from; of an image that is not kept only its hash."""
        return await tx.all(self._sql["images_of_jobs"], job_ids=json.dumps(list(job_ids)))

    async def images(self, tx: Reader, hashes: Iterable[str]) -> list[Row]:
        """Those of these images that are kept."""
        return await tx.all(self._sql["kept_images"], hashes=json.dumps(sorted(hashes)))

    async def drafts(self, tx: Reader, guild_id: int, user_id: int) -> list[Row]:
        """What somebody has begun, of the last day."""
        return await tx.all(self._sql["own_drafts"], guild_id=guild_id, user_id=user_id)

    async def refused_requests(self, tx: Reader, guild_id: int, user_id: int) -> list[Row]:
        """What was refused to somebody, of the last day."""
        return await tx.all(self._sql["own_refused_requests"], guild_id=guild_id, user_id=user_id)

    async def decisions(self, tx: Reader, member_ref: int, after: LastRead, *, rows: int) -> list[Row]:
        """What was decided about requests."""
        return await self._after(tx, "own_decisions", after, member_ref=member_ref, rows=rows)

    async def strikes(self, tx: Reader, member_ref: int) -> list[Row]:
        """Strikes, oldest first."""
        return await tx.all(self._sql["own_strikes"], member_ref=member_ref, rows=MOST_STRIKES)

    async def own_allowance(self, tx: Reader, member_ref: int) -> int | None:
        """What managers gave the member instead of what their roles get; None for nothing."""
        row = await tx.one(self._sql["own_allowance"], member_ref=member_ref)
        return None if row is None else int(row["allowance"])

    async def reports(self, tx: Reader, member_ref: int, after: LastRead, *, rows: int) -> list[Row]:
        """Reports that the member made, in the order of their cases."""
        return await tx.all(self._sql["own_reports"], member_ref=member_ref, after=after.id, rows=rows)

    async def entries_about(self, tx: Reader, member_ref: int, after: LastRead, *, rows: int) -> list[Row]:
        """The audit about the member."""
        return await self._after(tx, "entries_about", after, member_ref=member_ref, rows=rows)

    async def entries_by(
        self, tx: Reader, guild_id: int, actor: str, member_ref: int, after: LastRead, *, rows: int
    ) -> list[Row]:
        """The audit of what the member did, but to others or to nobody."""
        who = {"guild_id": guild_id, "actor": actor, "member_ref": member_ref}
        return await self._after(tx, "entries_by", after, **who, rows=rows)

    async def unfinished(self, tx: Reader, member_ref: int) -> list[str]:
        """Ids of the jobs that are open, or whose clip is still on its way, oldest first."""
        return [row["job_id"] for row in await tx.all(self._sql["unfinished_of_member"], member_ref=member_ref)]

    async def amount(self, tx: Reader, member_ref: int, allowance: str) -> Amount:
        """How much there is. allowance: the member's account."""
        row = await tx.one(self._sql["count_own"], member_ref=member_ref, allowance=allowance)
        assert row is not None
        return Amount(row["jobs"], row["reported"], row["period_ends_ms"])

    async def _after(self, tx: Reader, query: str, after: LastRead, **params: object) -> list[Row]:
        return await tx.all(self._sql[query], after_ms=after.at_ms, after_id=after.id, **params)
