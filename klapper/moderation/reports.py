"""Reports of clips in the database: one per member and case, however many members report the clip."""

from __future__ import annotations

from dataclasses import dataclass

from klapper.database.database import Reader, Row, Writer
from klapper.database.queries import load_queries


@dataclass(frozen=True, slots=True)
class Report:
    """What one member said about a clip. words: theirs."""

    case_id: int
    member_ref: int
    at_ms: int
    words: str


class ReportStore:
    """Keeps: a member reports a clip once in a case."""

    def __init__(self) -> None:
        self._sql = load_queries("klapper.moderation")

    async def add(self, tx: Writer, report: Report) -> None:
        """Write a report down."""
        await tx.execute(
            self._sql["add_report"],
            case_id=report.case_id,
            member_ref=report.member_ref,
            now_ms=report.at_ms,
            words=report.words,
        )

    async def newest(self, tx: Reader, case_id: int, *, rows: int) -> list[Report]:
        """What was said last, newest first."""
        found = await tx.all(self._sql["newest_reports"], case_id=case_id, rows=rows)
        return [_report(row) for row in found]

    async def count(self, tx: Reader, case_id: int) -> int:
        """How many members reported the clip."""
        row = await tx.one(self._sql["count_reports"], case_id=case_id)
        assert row is not None
        return int(row["reports"])

    async def has_reported(self, tx: Reader, job_id: str, member_ref: int) -> bool:
        """Whether this member reported the job's clip, in a case that is open or was settled."""
        return await tx.one(self._sql["report_of_member"], job_id=job_id, member_ref=member_ref) is not None

    async def count_open(self, tx: Reader, member_ref: int) -> int:
        """How many reports of this member are not settled."""
        row = await tx.one(self._sql["count_open_reports"], member_ref=member_ref)
        assert row is not None
        return int(row["reports"])


def _report(row: Row) -> Report:
    return Report(row["case_id"], row["member_ref"], row["at_ms"], row["words"])
