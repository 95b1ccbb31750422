"""What a script prints: a section of Markdown, ratios before absolute numbers."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """A promise and what was measured; both in the same unit. at_least: more is better."""

    what: str
    limit: float
    measured: float
    unit: str = ""
    at_least: bool = False

    @property
    def is_met(self) -> bool:
        return self.measured >= self.limit if self.at_least else self.measured <= self.limit

    def line(self) -> str:
        """A row of the table of targets."""
        sign = "≥" if self.at_least else "≤"
        met = "met" if self.is_met else "**not met**"
        return f"| {self.what} | {sign} {_shown(self.limit)}{self.unit} | {_shown(self.measured)}{self.unit} | {met} |"


def say(text: str) -> None:
    """What is being done, for whoever waits."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201


def section(title: str, words: str, targets: Iterable[Target], *parts: str) -> None:
    """Print the section."""
    lines = [target.line() for target in targets]
    head = ["| target | limit | measured | |", "|---|---|---|---|", *lines] if lines else []
    paragraphs = [f"## {title}", words, "\n".join(head), *parts]
    print("\n\n".join(part for part in paragraphs if part))  # noqa: T201


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; numbers with three digits that count."""
    lines = [head, ["---"] * len(head), *([_cell(value) for value in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: object) -> str:
    return _shown(value) if isinstance(value, float) else str(value)


def _shown(number: float) -> str:
    if number == int(number) or abs(number) >= 1000:
        return f"{number:.0f}"
    digits = max(0, 2 - len(str(int(abs(number)))) + 1) if abs(number) >= 1 else 3
    return f"{number:.{digits}f}"
