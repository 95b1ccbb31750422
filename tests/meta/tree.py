"""The files of the repository, as git knows them."""

from __future__ import annotations

import ast
import subprocess
from functools import cache, lru_cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@cache
def files(*patterns: str) -> tuple[Path, ...]:
    """Every file that is or could be committed and matches a pattern like `*.py`; none means all."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--"]
    try:
        listed = subprocess.run([*command, *patterns], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("needs git and a clone: an unpacked archive does not say which files are the repository's")
    return tuple(path for name in listed.split("\0") if name and (path := ROOT / name).is_file())


@lru_cache(
    maxsize=64
)  # the trees of all files together are so many objects that collecting garbage takes half a minute
def parsed(path: Path) -> ast.Module:
    """The syntax tree of a Python file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def shown(path: Path) -> str:
    """The path as a reader of the repository knows it."""
    return path.relative_to(ROOT).as_posix()
