"""Text that is safe and readable in a Discord message, whoever wrote it. Pure.

Source of the rules: Discord docs, "Message Formatting" and its help article on Markdown; a backslash before any
character that is no letter, digit or space shows that character as it is.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal
from urllib.parse import quote

from klapper.clock import SECOND_MS
from klapper.kling.visible import JOINERS, leaves_nothing

PROMPT_CHARS = 800
MOST_LINES = 12
MOST_MARKS = 4  # combining marks on one character: more is a tower that covers other lines
LONGEST_URL = 1_000

TimestampStyle = Literal["R", "f", "d", "D", "t"]

_PLAIN = re.compile(r"[ -~\n]*")  # what most people write, and Klapper itself: nothing to take away
_LINE_ENDS = re.compile("\r\n|[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]")
_KEPT = frozenset(f"\n\t{JOINERS}")  # joiners between two letters or emoji belong to the writing
_LONE_JOINER = re.compile(rf"(?<![^\x00-\x7f{JOINERS}])[{JOINERS}]|[{JOINERS}](?![^\x00-\x7f\s{JOINERS}])")
# Wherever they stand: emphasis, code, headings, spoilers, links, mentions, emoji, times; `:` and `/` break up URLs.
_SPECIAL = re.compile(r"[\\*_~`|<>@#:/\[\]()]")
# Only at the start of a line: subtext and bullets; and numbered lists by their dot.
_LINE_START = re.compile(r"^(\s*)([+-])", re.MULTILINE)
_LIST_NUMBER = re.compile(r"^(\s*\d+)\.(?=\s)", re.MULTILINE)
# What must not be torn apart: an escaped character, a character with its marks, an emoji joined from several.
_MARK = "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f\U0001f3fb-\U0001f3ff]"
_PIECE = re.compile(rf"(?:\\.|.){_MARK}*(?:[{JOINERS}].{_MARK}*)*", re.DOTALL)
ELLIPSIS = "…"


def shown(text: str, limit: int = PROMPT_CHARS) -> str:
    """Somebody's text as they wrote it, with nothing in it that Discord would act on; at most `limit` characters.

    Markdown is escaped, mentions, custom emoji, timestamps and URLs stay plain text, invisible and direction-changing
    characters are gone, lines are limited, and a cut falls between whole characters.
    """
    return cut(escape(_tidy_lines(visible(text))), limit)


def shown_line(text: str, limit: int) -> str:
    """Like `shown`, on one line."""
    return cut(escape(" ".join(visible(text).split())), limit)


def plain_line(text: str, limit: int) -> str:
    """Visible characters on one line, not escaped: for places without Markdown, as autocomplete and alt text."""
    return cut(" ".join(visible(text).split()), limit)


def visible(text: str) -> str:
    """Only what can be seen: no control, format, private or blank characters; line ends become newlines."""
    if _PLAIN.fullmatch(text):
        return text
    kept = "".join(filter(_is_visible, _LINE_ENDS.sub("\n", text)))
    return _without_towers(_LONE_JOINER.sub("", kept))


def escape(text: str) -> str:
    """Text whose every character Discord shows as it stands."""
    return _LIST_NUMBER.sub(r"\1\\.", _LINE_START.sub(r"\1\\\2", _SPECIAL.sub(r"\\\g<0>", text)))


def cut(text: str, limit: int) -> str:
    """At most `limit` characters, an ellipsis where something is missing; never half a character or half an escape."""
    if len(text) <= limit:
        return text
    kept: list[str] = []
    left = limit - len(ELLIPSIS)
    for piece in _PIECE.findall(text):
        left -= len(piece)
        if left < 0:
            break
        kept.append(piece)
    return "".join(kept).rstrip() + ELLIPSIS


def credits(amount: int) -> str:
    """`84 credits`, `1 credit`."""
    return f"{amount:,} credit" if amount == 1 else f"{amount:,} credits"


def counted(amount: int, one: str, many: str | None = None) -> str:
    """`2 voices`, `1 voice`."""
    return f"{amount:,} {one}" if amount == 1 else f"{amount:,} {many or one + 's'}"


def duration(seconds: float) -> str:
    """`42 s`, `3 min 20 s`, `3 min`, `1 h 5 min`."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def timestamp(at_ms: int, style: TimestampStyle = "R") -> str:
    """A time that every reader sees in their own zone (Discord docs: Timestamp Styles)."""
    return f"<t:{at_ms // SECOND_MS}:{style}>"


def mention(user_id: int) -> str:
    """A member's name; whether it pings is up to allowed_mentions."""
    return f"<@{user_id}>"


def message_link(guild_id: int | None, channel_id: int, message_id: int) -> str:
    """The address of a message; guild_id None for direct messages."""
    return f"https://discord.com/channels/{guild_id or '@me'}/{channel_id}/{message_id}"


def link(label: str, url: str) -> str | None:
    """A link with a label of ours; None for an address that is no http(s) one or too long to show."""
    if not url.startswith(("https://", "http://")):
        return None
    safe = quote(url, safe="%:/?#@!$&'*+,;=~-._")
    return f"[{label}]({safe})" if len(safe) <= LONGEST_URL else None


def ordinal(number: int) -> str:
    """`1st`, `2nd`, `3rd`, `11th`."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _is_visible(character: str) -> bool:
    return character in _KEPT or not leaves_nothing(character)


def _without_towers(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.category(character) in {"Mn", "Me"} else 0
        if marks <= MOST_MARKS:
            kept.append(character)
    return "".join(kept)


def _tidy_lines(text: str) -> str:
    lines = [stripped for line in text.split("\n") if (stripped := " ".join(line.split()))]
    return "\n".join([*lines[: MOST_LINES - 1], " ".join(lines[MOST_LINES - 1 :])]).rstrip("\n")
