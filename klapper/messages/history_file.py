"""Movements of credits as a file for spreadsheets, made page by page and packed when it is long.

The sums of its columns are what is available and what is held: a charge takes from what was held.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from klapper.clock import SECOND_MS
from klapper.ledger.records import Line, member_actor
from klapper.messages.history_texts import reason_of
from klapper.messages.spreadsheet import BYTE_ORDER_MARK, row, rows
from klapper.services.history import MemberLines

MEMBER_HEADER = ("at_utc", "kind", "credits", "held", "account", "reason", "words", "job")
GUILD_HEADER = ("member", "member_id", *MEMBER_HEADER)
PLAIN_BYTES = 1024 * 1024  # a longer file is packed
SAFETY_BYTES = 64 * 1024  # what packing may still hold back, and what Discord adds
_GZIP = zlib.MAX_WBITS | 16


@dataclass(frozen=True, slots=True)
class HistoryFile:
    """lines: how many movements are in it. is_whole: False when there were more than the place takes."""

    name: str
    content: bytes
    lines: int
    is_whole: bool


class HistoryWriter:
    """Keeps: the file never gets larger than `most_bytes`, and no more than a page over what it takes is in memory.

    of_guild: whether it says whose each line is.
    """

    def __init__(self, *, of_guild: bool, most_bytes: int, plain_bytes: int = PLAIN_BYTES) -> None:
        self._of_guild = of_guild
        self._most_bytes = most_bytes - SAFETY_BYTES
        self._plain_bytes = plain_bytes
        self._packing = zlib.compressobj(wbits=_GZIP)
        self._packed = bytearray()
        self._plain = bytearray()
        self._is_long = False
        self._lines = 0
        self._is_full = False
        self._write(BYTE_ORDER_MARK + row(GUILD_HEADER if of_guild else MEMBER_HEADER))

    @property
    def is_full(self) -> bool:
        """Nothing more is taken."""
        return self._is_full

    def add(self, page: MemberLines) -> None:
        """Write a page, or nothing of it when it is too much."""
        written = rows(self._rows(page))
        if len(self._packed) + len(written.encode()) > self._most_bytes:
            # It may fit packed: then what packing holds back is in `_packed`, and it counts.
            self._packed += self._packing.flush(zlib.Z_SYNC_FLUSH)
            if len(self._packed) + len(zlib.compress(written.encode())) > self._most_bytes:
                self._is_full = True
                return
        self._write(written)
        self._lines += len(page.lines)

    def finish(self) -> HistoryFile:
        """The whole file; nothing can be added afterwards."""
        if not self._is_long:
            return HistoryFile("klapper-credits.csv", bytes(self._plain), self._lines, not self._is_full)
        self._packed += self._packing.flush()
        return HistoryFile("klapper-credits.csv.gz", bytes(self._packed), self._lines, not self._is_full)

    def _write(self, written: str) -> None:
        data = written.encode()
        self._packed += self._packing.compress(data)
        self._is_long = self._is_long or len(self._plain) + len(data) > min(self._plain_bytes, self._most_bytes)
        if self._is_long:
            self._plain.clear()
        else:
            self._plain += data

    def _rows(self, page: MemberLines) -> Iterable[tuple[str | int, ...]]:
        whose = (member_actor(page.member_ref), "" if page.user_id is None else str(page.user_id))
        for line in page.lines:
            yield (*(whose if self._of_guild else ()), *_cells(line, page.words.get(line.seq, "")))


def _cells(line: Line, words: str) -> tuple[str | int, ...]:
    at = datetime.fromtimestamp(line.at_ms / SECOND_MS, UTC)
    reason = reason_of(line.kind, line.reason)
    moved = (line.kind.value, line.change, line.held, line.account)
    return f"{at:%Y-%m-%dT%H:%M:%SZ}", *moved, reason, words, line.job_id or ""
