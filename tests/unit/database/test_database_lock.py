"""One bot per database, whatever became of the one before."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from klapper.database.database import DatabaseError
from klapper.database.lock import database_lock

HOLD = """
import sys
from pathlib import Path
from klapper.database.lock import database_lock
with database_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def other_process(database: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the lock until its input ends."""
    command = [sys.executable, "-c", HOLD, str(database)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def test_the_second_is_told_who_holds_it(tmp_path: Path) -> None:
    database = tmp_path / "klapper.db"
    with other_process(database) as holder, pytest.raises(DatabaseError) as refused, database_lock(database):
        raise AssertionError("held twice")
    assert re.fullmatch(
        rf"The database {re.escape(str(database))} is in use by process {holder.pid} on \S+: stop that one first, .*",
        refused.value.sentence,
    )


def test_the_lock_is_free_after_the_holder_was_killed(tmp_path: Path) -> None:
    database = tmp_path / "klapper.db"
    with other_process(database) as holder:
        holder.kill()
        holder.wait()
        with database_lock(database):
            owner = (tmp_path / "klapper.db.owner").read_text(encoding="utf-8")
    assert f"process {holder.pid} " not in owner


def test_the_lock_is_free_after_the_holder_ended(tmp_path: Path) -> None:
    database = tmp_path / "klapper.db"
    with other_process(database) as holder:
        holder.communicate()
        with database_lock(database):
            pass


def test_a_block_that_raises_frees_the_lock(tmp_path: Path) -> None:
    database = tmp_path / "klapper.db"
    with pytest.raises(ZeroDivisionError), database_lock(database):
        raise ZeroDivisionError
    with database_lock(database):
        pass
    assert not (tmp_path / "klapper.db.owner").exists()


def test_it_is_held_once_in_one_process_too(tmp_path: Path) -> None:
    database = tmp_path / "klapper.db"
    with database_lock(database), pytest.raises(DatabaseError, match="is in use by process"), database_lock(database):
        raise AssertionError("held twice")


def test_two_databases_in_a_folder_have_a_lock_each(tmp_path: Path) -> None:
    with database_lock(tmp_path / "a.db"), database_lock(tmp_path / "b.db"):
        pass


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(DatabaseError, match="cannot be locked"), database_lock(tmp_path / "file" / "klapper.db"):
        raise AssertionError("held")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="no file system that never takes files")
def test_a_folder_that_holds_no_files_is_not_called_in_use() -> None:
    with (
        pytest.raises(DatabaseError, match=r"cannot be locked .*database\.url"),
        database_lock(Path("/proc/klapper.db")),
    ):
        raise AssertionError("held")
