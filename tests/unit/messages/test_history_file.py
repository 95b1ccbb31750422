"""Histories as files for spreadsheets."""

from __future__ import annotations

import csv
import gzip
import io
import random

from klapper.ledger.records import Kind, Line
from klapper.messages.history_file import GUILD_HEADER, MEMBER_HEADER, SAFETY_BYTES, HistoryFile, HistoryWriter
from klapper.messages.history_texts import REASONS
from klapper.services.history import MemberLines

AT_MS = 1_767_225_600_000
LIMIT = 10 * 1024 * 1024
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def line(seq: int = 1, change: int = -84, **other: object) -> Line:
    values: dict[str, object] = {
        "kind": Kind.RESERVE,
        "account": "allowance",
        "held": 84,
        "reason": "job",
        "job_id": "k7m2p9xd",
        "at_ms": AT_MS,
    }
    return Line(seq, change=change, **{**values, **other})  # type: ignore[arg-type]


def written(
    *pages: MemberLines, of_guild: bool = False, most_bytes: int = LIMIT, plain_bytes: int = LIMIT
) -> HistoryFile:
    writer = HistoryWriter(of_guild=of_guild, most_bytes=most_bytes, plain_bytes=plain_bytes)
    for page in pages:
        writer.add(page)
    return writer.finish()


def rows(file: HistoryFile) -> list[list[str]]:
    content = gzip.decompress(file.content) if file.name.endswith(".gz") else file.content
    text = content.decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:])))


def test_a_members_file_has_a_line_for_each_transfer() -> None:
    released = line(2, 84, kind=Kind.RELEASE, held=-84, account="bonus", reason="retired")
    file = written(MemberLines(1, 7, [released, line()], {2: "sorry, Ann"}))
    assert rows(file) == [
        list(MEMBER_HEADER),
        [
            "2026-01-01T00:00:00Z",
            "release",
            "84",
            "-84",
            "bonus",
            "the model is no longer offered",
            "sorry, Ann",
            "k7m2p9xd",
        ],
        ["2026-01-01T00:00:00Z", "reserve", "-84", "84", "allowance", "", "", "k7m2p9xd"],
    ]
    assert (file.name, file.lines, file.is_whole) == ("klapper-credits.csv", 2, True)


def test_a_guilds_file_says_whose_and_names_nobody_who_is_forgotten() -> None:
    file = written(MemberLines(1, 7, [line()]), MemberLines(2, None, [line(job_id=None)]), of_guild=True)
    assert rows(file)[0] == list(GUILD_HEADER)
    assert [(row[0], row[1], row[-1]) for row in rows(file)[1:]] == [
        ("member:1", "7", "k7m2p9xd"),
        ("member:2", "", ""),
    ]


def test_no_cell_is_a_formula() -> None:
    evil = '=HYPERLINK("x")'
    file = written(
        MemberLines(1, 7, [line(reason=evil, job_id=evil, account=evil), line(reason=f"\t{evil}")], {1: evil})
    )
    for cell in [cell for row in rows(file) for cell in row]:
        assert not cell.startswith(("=", "+", "@", "\t", "\r")), cell
        assert not cell.startswith("-") or cell[1:].isdecimal(), cell
    assert not any(words.startswith(("=", "+", "-", "@")) for words in REASONS.values())


def noise(count: int) -> list[Line]:
    """Lines that do not pack well."""
    luck = random.Random(1)
    return [
        line(luck.getrandbits(62), luck.getrandbits(62), job_id="".join(luck.choices(LETTERS, k=8)))
        for _ in range(count)
    ]


def test_a_long_file_is_packed() -> None:
    pages = [MemberLines(1, 7, noise(100))] * 20
    file = written(*pages, plain_bytes=10_000)
    assert file.name == "klapper-credits.csv.gz"
    assert (len(rows(file)), file.lines, file.is_whole) == (2_001, 2_000, True)


def test_a_file_never_gets_larger_than_the_place_takes_and_says_so() -> None:
    limit = SAFETY_BYTES + 40_000
    lines = noise(6_000)
    pages = [MemberLines(1, 7, lines[start : start + 100]) for start in range(0, len(lines), 100)]
    file = written(*pages, most_bytes=limit, plain_bytes=10_000)
    assert len(file.content) <= limit
    assert len(file.content) > limit / 4
    assert not file.is_whole
    assert len(rows(file)) == file.lines + 1 < 6_000


def test_a_file_that_takes_no_page_has_no_line() -> None:
    file = written(MemberLines(1, 7, noise(3_000)), most_bytes=SAFETY_BYTES + 1_000)
    assert (file.lines, file.is_whole) == (0, False)
