"""Discord's own description of its API, where the developers' reference folder lies beside the repository."""

from __future__ import annotations

import importlib.util
import json
import re
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

    Requests of one route that differ in nothing but words and numbers in texts are compared once, with the words as
    long as they can be for that: a comparison takes some hundredths of a second, and the tests send thousands.
    """
    parts = None if files is None else tuple(files)
    alike = _alike(body, {})
    key = (method, checker.resolve(path) or path, json.dumps(alike, sort_keys=True), parts)
    if key not in _SEEN:
        _SEEN[key] = not checker.validate(method, path, alike, files=parts)
    return [] if _SEEN[key] else list(checker.validate(method, path, body, files=parts))


def _alike(body: Any, custom_ids: dict[str, str], name: str = "") -> Any:
    """The same for bodies of which the description cannot say different things, but for lengths that are rounded up."""
    match body:
        case dict():
            return {key: _alike(value, custom_ids, key) for key, value in body.items()}
        case list():
            return [_alike(value, custom_ids, name) for value in body]
        case str() if name == "custom_id":  # those of one message have to differ
            return custom_ids.setdefault(body, f"{len(custom_ids)}".ljust(len(body), "x"))
        case str() if name in _WORDS:
            return "x" * (-(-len(body) // _ROUNDED) * _ROUNDED)
        case str():
            return _DIGIT.sub("1", body)
        case _:
            return body


_WORDS = frozenset({"content", "description", "label", "placeholder", "value"})  # of which only the length matters
_ROUNDED = 20  # what stays within every limit up to it; a body that is refused so is compared as it is
_DIGIT = re.compile(r"[0-9]")
_SEEN: dict[tuple[str, str, str, tuple[str, ...] | None], bool] = {}


def needed_schema_checker() -> ModuleType:
    """The checker; a test that is about nothing else skips without it."""
    checker = schema_checker()
    if checker is None:
        pytest.skip(ABSENT)
    return checker
