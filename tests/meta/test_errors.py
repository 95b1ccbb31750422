"""Every error has a sentence for the person who will read it."""

from __future__ import annotations

import inspect
import re

import pytest

from klapper import errors
from klapper.errors import KlapperError

CLASSES = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, KlapperError)]


def test_there_are_errors_to_look_at() -> None:
    assert len(CLASSES) > 5


@pytest.mark.parametrize("kind", [kind for kind in CLASSES if kind is not KlapperError])
def test_an_error_class_says_in_a_sentence_what_happened(kind: type[KlapperError]) -> None:
    assert re.match(r"[A-Z][^\n]{10,}\.", inspect.cleandoc(kind.__doc__ or ""))


@pytest.mark.parametrize("kind", CLASSES)
def test_an_error_shows_its_sentence_as_its_text(kind: type[KlapperError]) -> None:
    arguments = {
        name: 1 if parameter.annotation == "int" else f"a {name}"
        for name, parameter in inspect.signature(kind).parameters.items()
        if parameter.default is inspect.Parameter.empty
    }
    error = kind(**arguments)  # type: ignore[arg-type]  # each class has its own parameters
    assert str(error) == error.sentence
    assert error.sentence
