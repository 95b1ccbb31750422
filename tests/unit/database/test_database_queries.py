"""Named queries are found by name, and every statement of every store fits the schema."""

from __future__ import annotations

import re
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest

from klapper.database.migrate import migrate
from klapper.database.queries import Queries, load_queries

STORES = ["klapper.ledger", "klapper.jobs", "klapper.moderation"]


@pytest.fixture
def package(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The name of a package whose queries.sql is the test's parameter."""
    name = f"store_{uuid4().hex}"  # what was read is kept by this name
    folder = tmp_path / name
    folder.mkdir()
    (folder / "__init__.py").write_text("", encoding="utf-8")
    (folder / "queries.sql").write_text(request.param, encoding="utf-8")
    sys.path.insert(0, str(tmp_path))
    yield name
    sys.path.remove(str(tmp_path))
    sys.modules.pop(name, None)


TWO = """
-- name: a
-- One.
SELECT 1;

-- name: b
-- Two.
SELECT 2;
"""


@pytest.mark.parametrize("package", [TWO], indirect=True)
def test_queries_have_the_names_that_stand_above_them(package: str) -> None:
    queries = load_queries(package)
    assert queries.names() == {"a", "b"}
    assert queries["b"] == "-- Two.\nSELECT 2;"


@pytest.mark.parametrize("package", [TWO.replace("name: b", "name: a")], indirect=True)
def test_a_name_that_is_used_twice_is_an_error(package: str) -> None:
    with pytest.raises(ValueError, match="used twice"):
        load_queries(package)


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(KeyError):
        Queries({})["nothing"]


@pytest.mark.parametrize("store", STORES)
def test_every_query_of_a_store_fits_the_schema(store: str, tmp_path: Path) -> None:
    migrate(tmp_path / "klapper.db")
    queries = load_queries(store)
    with closing(sqlite3.connect(tmp_path / "klapper.db")) as connection:
        for name in sorted(queries.names()):
            sql = queries[name]
            parameters = dict.fromkeys(re.findall(r":([a-z0-9_]+)", sql))
            connection.execute(f"EXPLAIN {sql}", parameters)
