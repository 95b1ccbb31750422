"""Every named query is used, every used name exists, and each says in a line what it is for."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.meta.tree import ROOT, files, parsed

QUERY_FILES = sorted(ROOT.glob("klapper/**/queries.sql"))
PACKAGES = [pytest.param(file, id=file.parent.name) for file in QUERY_FILES]


def test_there_are_queries_to_look_at() -> None:
    assert QUERY_FILES


@pytest.mark.parametrize("file", PACKAGES)
def test_no_query_is_an_orphan(file: Path) -> None:
    mentioned = {
        node.value
        for path in _modules(file)
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert _names(file) - mentioned == set()


@pytest.mark.parametrize("file", PACKAGES)
def test_no_query_is_missing(file: Path) -> None:
    used = {name for path in _modules(file) for name in _used_names(parsed(path))}
    assert used - _names(file) == set()


@pytest.mark.parametrize("file", PACKAGES)
def test_every_query_says_what_it_is_for(file: Path) -> None:
    queries = re.split(r"^-- name: ", file.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    silent = [query.splitlines()[0] for query in queries if not re.match(r"[a-z0-9_]+\n(?:-- .+\n)*-- .+\.\n", query)]
    assert silent == []


@pytest.mark.parametrize("file", PACKAGES)
def test_every_query_ends_as_a_statement(file: Path) -> None:
    queries = re.split(r"^-- name: ", file.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    open_ended = [query.splitlines()[0] for query in queries if not query.rstrip().endswith(";")]
    assert open_ended == []


def _names(file: Path) -> set[str]:
    return set(re.findall(r"^-- name: ([a-z0-9_]+)$", file.read_text(encoding="utf-8"), flags=re.MULTILINE))


def _modules(file: Path) -> list[Path]:
    return [path for path in files("klapper/*.py") if path.is_relative_to(file.parent)]


def _used_names(tree: ast.AST) -> set[str]:
    """What stands in `sql["..."]` and `self._sql["..."]`."""
    return {
        node.slice.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript)
        and re.search(r"sql$|queries$", ast.unparse(node.value))
        and isinstance(node.slice, ast.Constant)
        and isinstance(node.slice.value, str)
    }
