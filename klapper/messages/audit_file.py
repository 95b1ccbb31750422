"""Entries of the audit as a file for spreadsheets: comma-separated, with a header. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from klapper.clock import SECOND_MS
from klapper.ledger.records import KLAPPER, member_actor
from klapper.messages.spreadsheet import BYTE_ORDER_MARK, row
from klapper.services.audit_desk import AuditExport
from klapper.services.audit_lines import AuditLine

FILE_NAME = "klapper-audit.csv"
MOST_BYTES = 4 * 1024 * 1024  # every guild takes files of 10 MiB
HEADER = (  # who, whom: as the books know them; their ids: in Discord, none for who is forgotten and for no person
    *("entry", "time", "action", "who", "who_id", "whom", "whom_id", "job"),
    *("rule", "detail", "rules_version", "decision_id", "words"),
)


@dataclass(frozen=True, slots=True)
class AuditFile:
    """text: the file's. entries: how many are in it; left_out: how many older ones are not."""

    text: str
    entries: int
    left_out: int


def build_file(export: AuditExport) -> AuditFile:
    """The newest entries, as many as MOST_BYTES take."""
    rows, size = [BYTE_ORDER_MARK + row(HEADER)], 0
    for line in export.lines:
        written = row(_cells(line))
        size += len(written.encode())
        if size > MOST_BYTES:
            break
        rows.append(written)
    entries = len(rows) - 1
    return AuditFile("".join(rows), entries, export.left_out + len(export.lines) - entries)


def _cells(line: AuditLine) -> tuple[str, ...]:
    logged, entry = line.logged, line.logged.entry
    at = datetime.fromtimestamp(entry.at_ms / SECOND_MS, UTC)
    return (
        str(logged.entry_id),
        f"{at:%Y-%m-%dT%H:%M:%SZ}",
        entry.action.value,
        "Klapper" if entry.actor == KLAPPER else entry.actor,
        _id(line.actor_id),
        "" if entry.member_ref is None else member_actor(entry.member_ref),
        _id(line.member_id),
        entry.job_id or "",
        entry.rule,
        entry.detail,
        _id(logged.rules_version),
        _id(entry.decision_id),
        entry.words,
    )


def _id(number: int | None) -> str:
    return "" if number is None else str(number)
