"""The key beside the database, and the marks made with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from klapper.errors import SettingsError
from klapper.ledger.marks import KEY_BYTES, KeyFile, Marks


def test_a_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    key = KeyFile.beside(tmp_path / "klapper.db")
    assert key.find() is None
    assert list(tmp_path.iterdir()) == []
    made = key.need()
    assert len(made) == KEY_BYTES
    [file] = tmp_path.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert KeyFile.beside(tmp_path / "klapper.db").need() == KeyFile.beside(tmp_path / "klapper.db").find() == made


def test_a_mark_is_of_one_person_in_one_guild_and_of_one_key(tmp_path: Path) -> None:
    marks, others = Marks(KeyFile(tmp_path / "one")), Marks(KeyFile(tmp_path / "other"))
    assert marks.find(1, 2) is None
    made = marks.make(1, 2)
    assert marks.find(1, 2) == made
    assert len({made, marks.make(1, 3), marks.make(2, 2), marks.make(12, 2), others.make(1, 2)}) == 5


def test_what_is_no_key_is_neither_used_nor_replaced(tmp_path: Path) -> None:
    file = tmp_path / "klapper.db.key"
    file.write_bytes(b"short")
    with pytest.raises(SettingsError, match="not a key of 32 bytes"):
        KeyFile(file).need()
    assert file.read_bytes() == b"short"
