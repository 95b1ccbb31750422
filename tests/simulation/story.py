"""What happened in a seed, line by line, and what of it must never happen."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from tests.simulation.time import Time


@dataclass(frozen=True, slots=True)
class Line:
    """about: the id of the job it concerns; empty for what concerns all of them."""

    at_s: float
    who: str
    what: str
    about: str = ""

    def __str__(self) -> str:
        days, rest = divmod(self.at_s, 86_400)
        hours, rest = divmod(rest, 3_600)
        minutes, seconds = divmod(rest, 60)
        when = f"{int(days)}d {int(hours):02}:{int(minutes):02}:{seconds:06.3f}"
        return f"{when}  {self.who:<8} {f'[{self.about}] ' if self.about else ''}{self.what}"


@dataclass(frozen=True, slots=True)
class Violation:
    """A promise that was broken. check: its short name; about: the job's id, or empty."""

    check: str
    what: str
    about: str = ""

    def __str__(self) -> str:
        return f"{self.check}: {f'[{self.about}] ' if self.about else ''}{self.what}"


@dataclass(slots=True)
class Story:
    """Everything is written down as it happens; two equal stories have equal digests."""

    time: Time
    lines: list[Line] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)

    def tell(self, who: str, what: str, about: str = "") -> None:
        self.lines.append(Line(self.time.now_s, who, what, about))

    def broken(self, check: str, what: str, about: str = "") -> None:
        """A promise was broken just now."""
        self.violations.append(Violation(check, what, about))
        self.tell("BROKEN", f"{check}: {what}", about)

    def digest(self) -> str:
        return hashlib.sha256("\n".join(map(str, self.lines)).encode()).hexdigest()

    def concerning(self, jobs: set[str]) -> list[Line]:
        """What concerns these jobs, and what concerns everybody."""
        return [line for line in self.lines if not line.about or line.about in jobs]
