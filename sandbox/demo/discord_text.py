"""Discord's Markdown as a reader sees it, for the terminal (Discord docs: Message Formatting). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.text import Text

CODE, LINK, MENTION, TIME, SMALL = "cyan", "underline", "bold blue", "magenta", "dim"

_INLINE = re.compile(
    r"\\(?P<escaped>[^\w\s])"
    r"|`(?P<code>[^`]+)`"
    r"|\*\*(?P<bold>.+?)\*\*"
    r"|<t:(?P<time>-?\d+)(?::(?P<style>[tTdDfFR]))?>"
    r"|<@!?(?P<user>\d+)>"
    r"|<#(?P<channel>\d+)>"
    r"|\[(?P<label>[^\]]+)\]\((?P<url>[^)\s]+)\)"
)
_STYLES = {"t": "%H:%M", "T": "%H:%M:%S", "d": "%d/%m/%Y", "D": "%d %B %Y", "F": "%A, %d %B %Y %H:%M"}
_USUAL_STYLE = "%d %B %Y %H:%M"
_UNITS = ((365 * 86_400, "year"), (30 * 86_400, "month"), (86_400, "day"), (3_600, "hour"), (60, "minute"))


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: names of people and channels by id, and when (seconds since 1970)."""

    names: Mapping[str, str]
    now_s: float

    def line(self, markdown: str) -> Text:
        """One line of a message."""
        for mark, before, style in (("### ", "", "bold"), ("-# ", "", SMALL), ("> ", "│ ", ""), ("- ", "• ", "")):
            if markdown.startswith(mark):
                return Text.assemble(before, *self._parts(markdown.removeprefix(mark)), style=style)
        return Text.assemble(*self._parts(markdown))

    def _parts(self, markdown: str) -> Iterator[str | tuple[str, str] | Text]:
        end = 0
        for match in _INLINE.finditer(markdown):
            yield markdown[end : match.start()]
            yield self._part(match)
            end = match.end()
        yield markdown[end:]

    def _part(self, match: re.Match[str]) -> str | tuple[str, str] | Text:
        kind = match.lastgroup
        match kind:
            case "escaped":
                return match["escaped"]
            case "code":
                return match["code"], CODE
            case "bold":
                return Text.assemble(*self._parts(match["bold"]), style="bold")
            case "user" | "channel":
                return f"{'@' if kind == 'user' else '#'}{self.names.get(match[kind], match[kind])}", MENTION
            case "url":
                return f"{match['label']} ({match['url']})", LINK
            case _:
                return self._time(int(match["time"]), match["style"]), TIME

    def _time(self, at_s: int, style: str | None) -> str:
        if style == "R":
            return relative(at_s - self.now_s)
        return datetime.fromtimestamp(at_s, UTC).astimezone().strftime(_STYLES.get(style or "f", _USUAL_STYLE))


def relative(seconds: float) -> str:
    """`in 2 minutes`, `3 seconds ago`."""
    size = abs(round(seconds))
    unit_s, unit = next(((unit_s, unit) for unit_s, unit in _UNITS if size >= unit_s), (1, "second"))
    number = round(size / unit_s)
    words = f"{number} {unit}{'' if number == 1 else 's'}"
    return f"in {words}" if seconds > 0 else f"{words} ago"
