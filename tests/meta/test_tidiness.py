"""House rules that no linter knows."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.meta.tree import ROOT, files, parsed, shown

LONGEST_FUNCTION = 70  # lines
LONGEST_FILE = 400  # lines

REGISTRY_HOSTS = re.compile(r"(?:pypi|pythonhosted|npmjs|debian)[.](?:org|com)", re.IGNORECASE)
MACHINE_PATHS = re.compile(r"(?<![\w.~}])/(?:root|work)/|/[.]pyenv/")
PATCHING = re.compile(r"unittest[.]mock|monkeypatch[.]set(?:attr|item)|\bmocker\b")


def test_no_file_is_so_long_that_a_noun_is_missing() -> None:
    long = {shown(path): length for path in files("*.py") if (length := _lines(path)) > LONGEST_FILE}
    assert long == {}


def test_no_function_is_longer_than_a_screen() -> None:
    long = [
        f"{shown(path)}:{function.lineno} {function.name} ({length} lines)"
        for path in files("*.py")
        for function in _functions(parsed(path))
        if (length := (function.end_lineno or function.lineno) - function.lineno + 1) > LONGEST_FUNCTION
    ]
    assert long == []


@pytest.mark.parametrize("pattern", [REGISTRY_HOSTS, MACHINE_PATHS], ids=["registry hosts", "machine paths"])
def test_no_file_names_what_is_true_on_one_machine_only(pattern: re.Pattern[str]) -> None:
    assert _found(pattern, files()) == []


def test_no_test_patches_what_it_tests() -> None:
    assert _found(PATCHING, files("tests/*.py")) == []


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_locked_package_has_a_hash_and_no_index_is_named(name: str) -> None:
    logical_lines = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    locked = [line for line in logical_lines if line and not line.startswith("#")]
    wrong = [line for line in locked if not re.match(r"[\w.-]+==[^\s]+ .*--hash=sha256:[0-9a-f]{64}", line)]
    assert locked
    assert wrong == []


def test_what_runs_the_bot_is_locked_alike_for_development() -> None:
    runtime, development = (_versions(ROOT / name) for name in ("requirements.txt", "requirements-dev.txt"))
    assert runtime.items() <= development.items()


def test_continuous_integration_runs_the_documented_commands() -> None:
    run = ROOT / ".ci" / "run"
    assert os.access(run, os.X_OK)
    assert re.search(r"^make check$", run.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert re.search(r"^make test$", run.read_text(encoding="utf-8"), flags=re.MULTILINE)


def _found(pattern: re.Pattern[str], paths: Iterable[Path]) -> list[str]:
    return [
        f"{shown(path)}:{number}: {match[0]}"
        for path in paths
        for number, line in enumerate(_text(path).splitlines(), start=1)
        if (match := pattern.search(line))
    ]


def _lines(path: Path) -> int:
    return len(_text(path).splitlines())


def _text(path: Path) -> str:
    """Empty for a file that is not text."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def _versions(path: Path) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==(\S+)", path.read_text(encoding="utf-8"), flags=re.MULTILINE))
