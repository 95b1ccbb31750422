"""Rows of a comma-separated file for spreadsheets. Pure.

A cell of text that a spreadsheet would take for a formula begins with an apostrophe (OWASP: CSV Injection), and every
cell is in quotes, so that no other separator can cut a formula out of it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from io import StringIO

from klapper.messages import text

BYTE_ORDER_MARK = "\ufeff"  # or a spreadsheet may not read it as UTF-8

_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # the last four: the same, full width
_PLAIN = re.compile(r"[0-9A-Za-z][ -~]*")  # what most cells are: nothing of it is hidden, nor a formula
_CUTS = ("\t", "\r", "\n")


def rows(lines: Iterable[Iterable[str | int]]) -> str:
    """Lines with their ends. A whole number is one, whatever its sign."""
    written = StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL).writerows([_cell(cell) for cell in cells] for cells in lines)
    return written.getvalue()


def row(cells: Iterable[str | int]) -> str:
    """One line."""
    return rows([cells])


def _cell(cell: str | int) -> str:
    if isinstance(cell, int):
        return str(cell)
    return cell if not cell or _PLAIN.fullmatch(cell) else _harmless(text.visible(cell))


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_CUTS) or cell.lstrip().startswith(_FORMULA) else cell
