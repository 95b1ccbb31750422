"""Discord's own description of its API, where the developers' reference folder lies beside the repository."""

from __future__ import annotations

import importlib.util
from functools import lru_cache
from pathlib import Path
from types import ModuleType

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


def needed_schema_checker() -> ModuleType:
    """The checker; a test that is about nothing else skips without it."""
    checker = schema_checker()
    if checker is None:
        pytest.skip(ABSENT)
    return checker
