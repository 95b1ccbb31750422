"""A JSON object written piece by piece, so that its longest lists need no memory."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from textwrap import indent
from typing import Any, BinaryIO

_INDENT = 2


class JsonFile:
    """Keeps: after `end` the file is one JSON object, its keys in the order in which they came, indented.

    A list is begun, gets its items in any number of calls, and is ended; nothing else is written meanwhile.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._is_first_key = True
        self._is_first_item = True

    def value(self, key: str, value: object) -> None:
        """One key with all of its value."""
        self._key(key)
        self._write(indent(_dumped(value), " " * _INDENT).lstrip())

    def begin_list(self, key: str) -> None:
        """A key whose items follow."""
        self._key(key)
        self._write("[")
        self._is_first_item = True

    def items(self, items: Iterable[Mapping[str, Any]]) -> None:
        """More of them."""
        for item in items:
            self._write(("" if self._is_first_item else ",") + "\n" + indent(_dumped(item), " " * 2 * _INDENT))
            self._is_first_item = False

    def end_list(self) -> None:
        """No more of them."""
        self._write("]" if self._is_first_item else f"\n{' ' * _INDENT}]")

    def end(self) -> None:
        """No more keys."""
        self._write("\n}\n" if not self._is_first_key else "{}\n")

    def _key(self, key: str) -> None:
        self._write(f"{'{' if self._is_first_key else ','}\n{' ' * _INDENT}{json.dumps(key)}: ")
        self._is_first_key = False

    def _write(self, text: str) -> None:
        self._file.write(text.encode())


def _dumped(value: object) -> str:
    return json.dumps(value, indent=_INDENT, ensure_ascii=False)
