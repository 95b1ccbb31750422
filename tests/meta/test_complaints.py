"""Every complaint of users has its line in docs/complaints.md, and every test that is named there exists."""

from __future__ import annotations

import ast
import re
from string import ascii_lowercase

from tests.meta.tree import ROOT, parsed

PAGE = ROOT / "docs" / "complaints.md"
COMPLAINTS = [str(number) for number in range(1, 26)]
ALSO_SEEN = list(ascii_lowercase[:9])
NOT_YET = "*Not yet"

_LINE = re.compile(r"^\| (\d+|[a-z]) \| (.+) \| (.+) \| ?(.*) ?\|$", re.MULTILINE)
_TEST = re.compile(r"`([\w/]+\.py)::(test_\w+)`")


def _lines() -> list[tuple[str, str, str, str]]:
    return _LINE.findall(PAGE.read_text(encoding="utf-8"))


def test_every_complaint_has_one_line() -> None:
    assert [number for number, *_ in _lines()] == [*COMPLAINTS, *ALSO_SEEN]


def test_every_complaint_has_a_test_or_says_that_its_cure_is_not_there_yet() -> None:
    unprotected = [number for number, _, cure, tests in _lines() if not _TEST.search(tests) and NOT_YET not in cure]
    assert unprotected == []


def test_every_test_that_is_named_exists() -> None:
    named = _TEST.findall(PAGE.read_text(encoding="utf-8"))
    assert len(named) > len(COMPLAINTS)
    missing = [f"{file}::{name}" for file, name in named if name not in _tests_in(file)]
    assert missing == []


def _tests_in(file: str) -> set[str]:
    path = ROOT / "tests" / file
    if not path.exists():
        return set()
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in parsed(path).body if isinstance(node, functions)}
