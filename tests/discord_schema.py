"""Discord's own description of its API, where the developers' reference folder lies beside the repository."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

CHECKER = Path(__file__).parents[2] / "shared" / "reference" / "discord_schema_check.py"
ABSENT = "Discord's API description is not beside the repository (../shared/reference): no body is compared with it"


@lru_cache(maxsize=1)
def schema_checker() -> ModuleType | None:
    """The checker (`validate`, `validate_response`), None where it is not at hand."""
    if not CHECKER.is_file():
        return None
    spec = importlib.util.spec_from_file_location("discord_schema_check", CHECKER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def complaints(
    checker: ModuleType, method: str, path: str, body: Any, *, files: Iterable[str] | None = None
) -> list[str]:
    """What Discord's description has against a request.

    Equal requests of one route are compared once: nearly every test registers the same commands.
    """
    parts = None if files is None else tuple(files)
    key = (method, checker.resolve(path) or path, json.dumps(body, sort_keys=True), parts)
    if key not in _SEEN:
        _SEEN[key] = checker.validate(method, path, body, files=parts)
    return _SEEN[key]


_SEEN: dict[tuple[str, str, str, tuple[str, ...] | None], list[str]] = {}


def needed_schema_checker() -> ModuleType:
    """The checker; a test that is about nothing else skips without it."""
    checker = schema_checker()
    if checker is None:
        pytest.skip(ABSENT)
    return checker
