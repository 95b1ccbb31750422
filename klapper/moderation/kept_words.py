"""What people wrote goes with time; what was decided stays."""

from __future__ import annotations

from klapper.database.database import Writer
from klapper.database.queries import load_queries


class KeptWords:
    """Keeps: nothing goes that somebody still has to decide about. Each method says how many rows it changed."""

    def __init__(self) -> None:
        self._sql = load_queries("klapper.moderation")

    async def forget_of_entries(self, tx: Writer, *, before_ms: int, rows: int) -> int:
        """The words of entries of the audit from before then."""
        return await tx.execute(self._sql["forget_words_of_entries"], before_ms=before_ms, rows=rows)

    async def forget_of_cases(self, tx: Writer, *, before_ms: int, rows: int) -> int:
        """The words and notes of cases that were closed before then."""
        return await tx.execute(self._sql["forget_words_of_cases"], before_ms=before_ms, rows=rows)

    async def forget_of_reports(self, tx: Writer, *, before_ms: int, rows: int) -> int:
        """What members wrote about clips, of cases that were closed before then."""
        return await tx.execute(self._sql["forget_words_of_reports"], before_ms=before_ms, rows=rows)

    async def forget_refused(self, tx: Writer, *, before_ms: int, rows: int) -> int:
        """Requests that were refused before then."""
        return await tx.execute(self._sql["forget_refused_requests"], before_ms=before_ms, rows=rows)
