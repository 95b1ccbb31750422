"""A file is at one version or at another, never between, and there is a copy of the old one."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from importlib import resources
from pathlib import Path

import pytest

from klapper.database.database import DatabaseError
from klapper.database.migrate import Migrated, Migration, migrate, migrations, version

FIRST = Migration(1, "first", "CREATE TABLE a (x INTEGER); INSERT INTO a VALUES (1);")
SECOND = Migration(2, "second", "ALTER TABLE a ADD COLUMN y INTEGER; -- a comment without an end of line")
THIRD = Migration(3, "third", "CREATE TABLE b (z INTEGER); UPDATE a SET y = 3;")
BROKEN = Migration(3, "broken", "DELETE FROM a; CREATE TABLE b (z INTEGER); INSERT INTO nowhere VALUES (1);")


def dump(path: Path) -> tuple[int, list[str]]:
    """The version and everything in the file, as SQL."""
    with closing(sqlite3.connect(path)) as connection:
        return version(connection), list(connection.iterdump())


def schema(connection: sqlite3.Connection) -> dict[tuple[str, str], str | None]:
    """Every object by type and name, with its SQL in one line, without comments and without space before , and )."""
    rows = connection.execute("SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")
    return {(kind, name): sql and _in_one_line(sql) for kind, name, sql in rows}


def _in_one_line(sql: str) -> str:
    return re.sub(r" (?=[,)])", "", " ".join(re.sub(r"--.*", "", sql).split()))


def test_a_fresh_database_is_schema_sql(tmp_path: Path) -> None:
    migrate(tmp_path / "klapper.db")
    written = resources.files("klapper.database").joinpath("schema.sql").read_text(encoding="utf-8")
    with (
        closing(sqlite3.connect(tmp_path / "klapper.db")) as fresh,
        closing(sqlite3.connect(":memory:")) as from_schema,
    ):
        from_schema.executescript(written)
        assert schema(fresh) == schema(from_schema)
        assert list(fresh.execute("SELECT * FROM accounts")) == list(from_schema.execute("SELECT * FROM accounts"))


def test_migrations_are_numbered_without_gaps() -> None:
    assert [migration.number for migration in migrations()] == list(range(1, len(migrations()) + 1))


def test_a_new_file_gets_every_migration_and_no_copy(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "folder" / "klapper.db"
    assert migrate(path, [FIRST, SECOND]) == Migrated(before=0, after=2, copy=None)
    assert list(path.parent.iterdir()) == [path]


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "klapper.db"
    migrate(path, [FIRST, SECOND])
    before = path.read_bytes()
    assert migrate(path, [FIRST, SECOND]) == Migrated(before=2, after=2, copy=None)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_an_old_file_is_copied_and_gets_what_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "klapper.db"
    migrate(path, [FIRST])
    before = dump(path)
    copy = tmp_path / "klapper.db.before-0002"
    assert migrate(path, [FIRST, SECOND, THIRD]) == Migrated(before=1, after=3, copy=copy)
    assert dump(copy) == before
    with closing(sqlite3.connect(path)) as connection:
        assert list(connection.execute("SELECT x, y FROM a")) == [(1, 3)]


def test_what_is_still_in_the_write_ahead_log_is_in_the_copy(tmp_path: Path) -> None:
    path = tmp_path / "klapper.db"
    migrate(path, [FIRST])
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("INSERT INTO a VALUES (7)")
        other.commit()
        copy = migrate(path, [FIRST, SECOND]).copy
    assert copy is not None
    with closing(sqlite3.connect(copy)) as connection:
        assert list(connection.execute("SELECT x FROM a")) == [(1,), (7,)]


def test_a_migration_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "klapper.db"
    migrate(path, [FIRST])
    before = dump(path)
    with pytest.raises(DatabaseError, match=r"cannot be migrated .*nowhere.*; it is as it was"):
        migrate(path, [FIRST, SECOND, BROKEN])
    assert dump(path) == before
    assert migrate(path, [FIRST, SECOND, THIRD]).after == 3


def test_a_new_file_whose_migration_fails_can_be_made_later(tmp_path: Path) -> None:
    path = tmp_path / "klapper.db"
    with pytest.raises(DatabaseError):
        migrate(path, [FIRST, SECOND, BROKEN])
    assert migrate(path, [FIRST, SECOND, THIRD]) == Migrated(before=0, after=3, copy=None)


def test_a_newer_database_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "klapper.db"
    migrate(path, [FIRST, SECOND, THIRD])
    before = path.read_bytes()
    with pytest.raises(DatabaseError, match=r"has version 3 and this Klapper knows 2: use a newer Klapper\."):
        migrate(path, [FIRST, SECOND])
    assert path.read_bytes() == before


def test_a_file_of_another_kind_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database at all\n" * 100, encoding="utf-8")
    with pytest.raises(DatabaseError, match="file is not a database"):
        migrate(path)
    assert path.read_text(encoding="utf-8").startswith("not a database")


def test_a_place_that_cannot_hold_a_database_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(DatabaseError, match="cannot be opened"):
        migrate(tmp_path / "file" / "klapper.db")
    with pytest.raises(DatabaseError, match="cannot be opened"):
        migrate(tmp_path)


# What a migration does to lines that nobody may change

LINES = """INSERT INTO transfers
    (transfer_id, ledger, kind, debit_account, credit_account, amount, actor, reason, job_id, at_ms)
VALUES ('a', 'credit', 'grant', 'issuer', 'spent', 5, 'klapper', 'x', NULL, 7),
    ('b', 'credit', 'settle', 'spent', 'issuer', 6, 'member:1', 'y', 'j1', 8),
    ('c', 'credit', 'grant', 'issuer', 'spent', 7, 'klapper', 'x', NULL, 9)"""


@pytest.mark.parametrize("lost", ["", "DROP TRIGGER transfers_are_kept; DELETE FROM transfers WHERE seq = 3;"])
def test_the_lines_of_the_books_keep_their_numbers_and_stay_append_only(tmp_path: Path, lost: str) -> None:
    """lost: the last line is gone, which the audit must go on to say."""
    path, known = tmp_path / "klapper.db", migrations()
    [moving] = [migration.number for migration in known if migration.name == "movements"]
    migrate(path, known[: moving - 1])
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(f"{LINES}; {lost}")
        before = list(connection.execute("SELECT * FROM transfers ORDER BY seq"))
    migrate(path)
    with closing(sqlite3.connect(path)) as connection:
        assert list(connection.execute("SELECT * FROM transfers ORDER BY seq")) == before
        assert list(connection.execute("SELECT seq FROM sqlite_sequence WHERE name LIKE 'transfers%'")) == [(3,)]
        for sql in ("UPDATE transfers SET amount = 1", "DELETE FROM transfers"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                connection.execute(sql)
        with pytest.raises(sqlite3.IntegrityError, match=r"transfers\.transfer_id"):
            connection.execute(LINES)
        connection.execute(LINES.replace("'a'", "'d'").replace("'b'", "'e'").replace("'c'", "'f'"))
        assert list(connection.execute("SELECT MAX(seq) FROM transfers")) == [(6,)]
