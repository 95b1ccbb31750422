"""The lists in tests/data/moderation: terms, false friends and evasions, in a half for tuning and one held out."""

from __future__ import annotations

import hashlib
import re
from enum import IntEnum
from pathlib import Path

from klapper.moderation.terms import Term, TextFilter

_LISTS = Path(__file__).parents[2] / "data" / "moderation"
_ESCAPE = re.compile(r"\\(?:u([0-9a-f]{4})|U([0-9a-f]{8}))")


class Half(IntEnum):
    """Which lines a list is tuned with, and which only measure it: by their hash, so that a new line moves no other."""

    TUNING = 0
    HELD_OUT = 1


def the_filter() -> TextFilter:
    """All terms of the list, with what it allows."""
    rows = [line.split("\t") for line in _lines("terms.txt")]
    terms = [
        Term(text, "block", category, bool(inflected)) for category, text, *inflected in rows if category != "allowed"
    ]
    return TextFilter(terms, [text for category, text, *_ in rows if category == "allowed"])


def false_friends(half: Half) -> list[str]:
    """Ordinary prompts."""
    return [_unescaped(line) for line in _lines("false_friends.txt") if _half(line) is half]


def evasions(half: Half) -> list[tuple[str, str]]:
    """A term and a text that hides it."""
    rows = (line.split("\t") for line in _lines("evasions.txt") if _half(line) is half)
    return [(term, _unescaped(text)) for term, text in rows]


def _lines(name: str) -> list[str]:
    lines = (_LISTS / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def _half(line: str) -> Half:
    return Half(hashlib.sha256(line.encode()).digest()[0] & 1)


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda match: chr(int(match[1] or match[2], 16)), text)
