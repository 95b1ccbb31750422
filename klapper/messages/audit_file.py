"""Entries of the audit as a file for spreadsheets: comma-separated, with a header. Pure.

A cell that a spreadsheet would take for a formula begins with an apostrophe (OWASP: CSV Injection), and every cell is
in quotes, so that no other separator can cut a formula out of it.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO

from klapper.clock import SECOND_MS
from klapper.ledger.records import KLAPPER
from klapper.messages import text
from klapper.services.audit_desk import AuditExport
from klapper.services.audit_lines import AuditLine

FILE_NAME = "klapper-audit.csv"
MOST_BYTES = 4 * 1024 * 1024  # every guild takes files of 10 MiB
HEADER = ("entry", "time", "action", "who", "whom", "job", "rule", "detail", "rules", "decision", "words")
BYTE_ORDER_MARK = "\ufeff"  # or a spreadsheet may not read it as UTF-8

_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # the last four: the same, full width
_CUTS = ("\t", "\r", "\n")


@dataclass(frozen=True, slots=True)
class AuditFile:
    """text: the file's. entries: how many are in it; left_out: how many older ones are not."""

    text: str
    entries: int
    left_out: int


def build_file(export: AuditExport) -> AuditFile:
    """The newest entries, as many as MOST_BYTES take."""
    rows, size = [BYTE_ORDER_MARK + _row(HEADER)], 0
    for line in export.lines:
        row = _row(_cells(line))
        size += len(row.encode())
        if size > MOST_BYTES:
            break
        rows.append(row)
    entries = len(rows) - 1
    return AuditFile("".join(rows), entries, export.left_out + len(export.lines) - entries)


def _cells(line: AuditLine) -> tuple[str, ...]:
    logged, entry = line.logged, line.logged.entry
    at = datetime.fromtimestamp(entry.at_ms / SECOND_MS, UTC)
    return (
        str(logged.entry_id),
        f"{at:%Y-%m-%dT%H:%M:%SZ}",
        entry.action.value,
        _person(line.actor_id, "Klapper" if entry.actor == KLAPPER else entry.actor),
        _person(line.member_id, "" if entry.member_ref is None else f"member:{entry.member_ref}"),
        entry.job_id or "",
        entry.rule,
        entry.detail,
        "" if logged.rules_version is None else str(logged.rules_version),
        "" if entry.decision_id is None else str(entry.decision_id),
        entry.words,
    )


def _person(user_id: int | None, otherwise: str) -> str:
    """As Discord shows it where it is pasted there, which also keeps all digits of the id."""
    return otherwise if user_id is None else text.mention(user_id)


def _row(cells: tuple[str, ...]) -> str:
    written = StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL).writerow([_harmless(text.visible(cell)) for cell in cells])
    return written.getvalue()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_CUTS) or cell.lstrip().startswith(_FORMULA) else cell
