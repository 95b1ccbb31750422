"""The audit as a file that a spreadsheet opens without acting on what is in it."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from klapper.messages.audit_file import HEADER, MOST_BYTES, build_file
from klapper.moderation.audit import Action
from klapper.services.audit_desk import AuditExport
from klapper.services.audit_lines import AuditLine
from tests.unit.messages.audit_lines import ANN, MAX, line_of


def rows(*lines: AuditLine) -> list[list[str]]:
    text = build_file(AuditExport(lines, 0)).text
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_the_file_has_a_header_and_a_row_for_each_entry() -> None:
    decided: dict[str, Any] = {"job_id": "k7m2p9xd", "decision_id": 9, "rules_version": 3, "rule": "guild_term"}
    refused = line_of(member_id=ANN, member_ref=5, detail="knife", **decided)
    blocked = line_of(
        Action.MEMBER_BLOCKED, entry_id=2, actor="member:7", actor_id=MAX, member_ref=6, words="Enough,\n“really”"
    )
    assert rows(blocked, refused) == [
        list(HEADER),
        ["2", "2026-01-01T00:00:00Z", "member_blocked", "member:7", "1002", "member:6", *[""] * 6, "Enough,\n“really”"],
        [
            *("1", "2026-01-01T00:00:00Z", "request_refused", "Klapper", "", "member:5", "1001"),
            *("k7m2p9xd", "guild_term", "knife", "3", "9", ""),
        ],
    ]


def test_a_spreadsheet_reads_it_as_utf_8() -> None:
    assert build_file(AuditExport((), 0)).text.encode().startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", " =", "\t", "\n+", "＝", "＠", "\u200b=", "\u00a0="])
def test_nothing_that_people_wrote_is_a_formula(start: str) -> None:
    evil = f'{start}HYPERLINK("https://x.y";"a")'
    [_, row] = rows(line_of(detail=evil, words=evil))
    for cell in (row[9], row[12]):
        assert cell.startswith("'")
        assert cell.endswith('HYPERLINK("https://x.y";"a")')


def test_every_cell_is_in_quotes_so_that_no_other_separator_cuts_it() -> None:
    text = build_file(AuditExport((line_of(words='a;=1+1;"b\n=2'),), 0)).text
    assert '"a;=1+1;""b\n=2"' in text
    assert all(row.count('"') % 2 == 0 for row in text.split("\r\n"))


def test_a_file_takes_as_many_entries_as_discord_does() -> None:
    lines = [line_of(entry_id=number, words="ж" * 2_000) for number in range(2_000)]
    file = build_file(AuditExport(lines, 7))
    assert MOST_BYTES - 5_000 < len(file.text.encode()) < MOST_BYTES + 5_000
    assert 0 < file.entries < 2_000
    assert file.left_out == 7 + 2_000 - file.entries
