"""What is left to do for members who deleted their data: messages, files, addresses, and at last their mark."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from klapper.database.database import Reader, Writer
from klapper.database.queries import load_queries


@dataclass(frozen=True, slots=True)
class Forgetting:
    """A deletion that is not finished. at_ms: when it was asked for."""

    member_ref: int
    at_ms: int


class ForgettingStore:
    """Keeps: a deletion is here, written in its own transaction, until everything that can go is gone."""

    def __init__(self) -> None:
        self._sql = load_queries("klapper.privacy")

    async def begin(self, tx: Writer, member_ref: int, now_ms: int, *, dm_channel_id: int | None) -> None:
        """A member deleted their data. dm_channel_id: of their direct messages, to take ours away there."""
        await tx.execute(
            self._sql["begin_forgetting"], member_ref=member_ref, now_ms=now_ms, dm_channel_id=dm_channel_id
        )

    async def all(self, tx: Reader) -> list[Forgetting]:
        """Every deletion that is not finished, oldest first."""
        return [Forgetting(row["member_ref"], row["at_ms"]) for row in await tx.all(self._sql["forgettings"])]

    async def end(self, tx: Writer, forgetting: Forgetting) -> None:
        """It is finished, unless the member asked for another one meanwhile."""
        await tx.execute(self._sql["end_forgetting"], member_ref=forgetting.member_ref, at_ms=forgetting.at_ms)

    async def messages_left(self, tx: Reader, member_ref: int, *, rows: int) -> list[str]:
        """Ids of the member's jobs whose messages are not all gone."""
        found = await tx.all(self._sql["messages_left"], member_ref=member_ref, rows=rows)
        return [row["job_id"] for row in found]

    async def case_cards_left(self, tx: Reader, member_ref: int, *, rows: int) -> list[int]:
        """Ids of settled cases whose card still shows what was written."""
        found = await tx.all(self._sql["case_cards_left"], member_ref=member_ref, rows=rows)
        return [row["case_id"] for row in found]

    async def show_anew(self, tx: Writer, case_ids: Sequence[int]) -> None:
        """The cards of these cases are edited once more."""
        await tx.execute(self._sql["show_cases_anew"], case_ids=json.dumps(list(case_ids)))

    async def forget_addresses(self, tx: Writer, member_ref: int, *, rows: int) -> int:
        """Where messages were that are gone now; how many jobs that was about, at most `rows`."""
        found = await tx.all(self._sql["addresses_left"], member_ref=member_ref, rows=rows)
        if found:
            await tx.execute(self._sql["forget_addresses"], job_ids=json.dumps([row["job_id"] for row in found]))
        return len(found)

    async def drop_marks(self, tx: Writer, *, now_ms: int, weighs_since_ms: int, rows: int) -> int:
        """Members of whom nothing depends any more on knowing them again; how many, at most `rows`.

        Their marks go, and what moderators wrote about them. weighs_since_ms: older strikes weigh nothing.
        """
        found = await tx.all(self._sql["marks_to_drop"], now_ms=now_ms, weighs_since_ms=weighs_since_ms, rows=rows)
        await self._drop(tx, [row["member_ref"] for row in found])
        return len(found)

    async def drop_mark(self, tx: Writer, member_ref: int) -> None:
        """The same of one member, of whom nothing depends on it, within the transaction of their deletion."""
        await self._drop(tx, [member_ref])

    async def _drop(self, tx: Writer, member_refs: Sequence[int]) -> None:
        refs = json.dumps(list(member_refs))
        for query in ("drop_marks", "forget_own_allowances", "forget_pauses", "forget_pardons", "forget_entries_about"):
            await tx.execute(self._sql[query], refs=refs)
