"""Statements that no test of the services may happen to run are at least valid ones."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from klapper.database.migrate import migrate
from klapper.database.queries import load_queries

PACKAGES = ("klapper.jobs", "klapper.moderation", "klapper.ledger")
QUERIES = [(package, name) for package in PACKAGES for name in sorted(load_queries(package).names())]


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    path: Path = tmp_path_factory.mktemp("schema") / "klapper.db"
    migrate(path)
    connection = sqlite3.connect(path)
    yield connection
    connection.close()


@pytest.mark.parametrize(("package", "name"), QUERIES)
def test_every_statement_fits_the_schema(schema: sqlite3.Connection, package: str, name: str) -> None:
    sql = load_queries(package)[name]
    params = dict.fromkeys(re.findall(r":([a-z_]+)", sql), 0)
    assert schema.execute(f"EXPLAIN {sql}", params).fetchall()
