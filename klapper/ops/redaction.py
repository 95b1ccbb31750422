"""Taking secrets out of text, whoever wrote it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from urllib.parse import quote

REDACTED = "<redacted>"  # no character of it ends a match, so that redacting twice changes nothing
SHORTEST_SECRET = 6  # characters; a shorter configured value is no key, and replacing it would garble every line

# A quotation mark as it looks in text, in repr() and in JSON inside JSON.
_QUOTE = r"""\\*["']"""

_KEY = r"(?:authorization|x-api-key|api[_-]?key|(?<![a-z])token)"
_SCHEME = r"(?:(?:bot|bearer|basic)\s+)?"

# Each group 1 stays, the rest of the match goes. Quantifiers are bounded where a long run of base64 could make
# the search quadratic.
_PATTERNS = (
    # data:image/png;base64,... (Segmind docs: image upload takes data URLs)
    re.compile(r"""(data:[\w.+-]{1,40}/[\w.+-]{1,60}[^,\s"'\\]{0,100},)[^\s"'\\<>)]+"""),
    # Segmind key
    re.compile(r"()SG_[A-Za-z0-9]{8,}"),
    # Discord bot token: base64 of a decimal id (so it begins with M, N or O), a time, a signature
    re.compile(r"()[MNO][A-Za-z0-9_-]{16,40}\.[A-Za-z0-9_-]{5,7}\.[A-Za-z0-9_-]{25,}"),
    # Discord interaction token: base64 of "interaction:..."
    re.compile(r"()aW50ZXJhY3Rpb2[A-Za-z0-9_+/=-]+"),
    # /interactions/<id>/<token>/callback, /webhooks/<id>/<token>/messages/@original
    re.compile(r"""(/(?:interactions|webhooks)/\d+/)[^/?\s"'\\<>)]+"""),
    # 'Authorization': 'Bot x', "token": "x", (b'x-api-key', b'x'). Only quoted values: JSON must stay JSON.
    re.compile(rf"""({_KEY}{_QUOTE}\s*[:,]\s*b?{_QUOTE}{_SCHEME})[^"'\\]+""", re.IGNORECASE),
    # Authorization: Bot x, token=x, token='x'
    re.compile(rf"""({_KEY}\s*[:=]\s*(?:b?{_QUOTE})?{_SCHEME})[^\s"'\\,;&)}}\]]+""", re.IGNORECASE),
    # Signed links: Discord's CDN (ex, is, hm) and object stores
    re.compile(r"((?<![a-z])(?:ex|is|hm)=)[0-9a-f]+", re.IGNORECASE),
    re.compile(r"((?<![a-z])(?:signature|x-amz-[a-z-]{1,30})=)[\w%.~+/-]+", re.IGNORECASE),
)


class Redactor:
    """Replaces keys, tokens, signatures and data URLs by `<redacted>`.

    secrets: configured values that are replaced wherever they stand, also as JSON, repr() and URLs write them. All
    other secrets are known by their shape or by what stands before them.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        spellings = {
            spelling for secret in secrets if len(secret) >= SHORTEST_SECRET for spelling in _spellings(secret)
        }
        longest_first = sorted(spellings, key=len, reverse=True)
        self._configured = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def text(self, text: str) -> str:
        """The text without its secrets. JSON stays JSON."""
        if self._configured:
            text = self._configured.sub(REDACTED, text)
        for pattern in _PATTERNS:
            text = pattern.sub(rf"\1{REDACTED}", text)
        return text


def _spellings(secret: str) -> set[str]:
    return {secret, json.dumps(secret)[1:-1], repr(secret)[1:-1], quote(secret, safe="")}
