"""Total reading of single JSON values: an amount, a time, an address, a text. What cannot be read is None, no guess."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

MAX_TEXT_CHARS = 300
MAX_USD = Decimal(1_000_000_000)
MAX_SECONDS = 31 * 24 * 3600
MAX_EPOCH_MS = 4_102_444_800_000  # the year 2100
MICRO_USD_PER_USD = 1_000_000
MAX_URL_CHARS = 2000

KEY_SHAPE = re.compile(r"SG_[0-9A-Za-z]+")
VISIBLE = re.compile(r"[!-~]+")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def json_object(body: bytes) -> dict[str, Any] | None:
    """The JSON object in a body, numbers exact; None for HTML, other JSON and anything broken."""
    try:
        parsed = json.loads(body, parse_float=Decimal)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None


def plain_object(value: Any) -> dict[str, Any] | None:
    """A JSON object, or the text of one, with the numbers that Python's own `json` gives; None for anything else."""
    held = json_object(value.encode("utf-8", "replace")) if isinstance(value, str) else value
    try:
        return json.loads(json.dumps(held, default=float)) if isinstance(held, dict) else None
    except (ValueError, RecursionError):
        return None


def number(value: Any) -> Decimal | None:
    """A finite number or the text of one; True and False are none."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        return None
    try:
        parsed = Decimal(value)
    except InvalidOperation:
        return None
    return parsed if parsed.is_finite() else None


def micro_usd(value: Any) -> int | None:
    """An amount in USD, not negative, as micro-USD."""
    usd = number(value)
    return round(usd * MICRO_USD_PER_USD) if usd is not None and 0 <= usd <= MAX_USD else None


def seconds(value: Any) -> float | None:
    """A length of time, not negative and under a month."""
    amount = number(value)
    return float(amount) if amount is not None and 0 <= amount <= MAX_SECONDS else None


def epoch_ms(value: Any) -> int | None:
    """A moment: ISO 8601 text (UTC when it names no zone) or a number of seconds or milliseconds since 1970."""
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
            aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            return round(aware.timestamp() * 1000)
        except (ValueError, OverflowError):
            return None
    amount = number(value)
    if amount is None or amount <= 0:
        return None
    milliseconds = round(amount if amount > MAX_EPOCH_MS // 1000 else amount * 1000)
    return milliseconds if milliseconds <= MAX_EPOCH_MS else None


def passable_url(value: Any) -> str | None:
    """An address that may be passed on in a request: https, or http where the settings take it (`HttpUrl`)."""
    if not isinstance(value, str) or len(value) > MAX_URL_CHARS or VISIBLE.fullmatch(value) is None:
        return None
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port  # a port is read only now, and a word is none
    except ValueError:
        return None
    if not host or parts.username is not None:
        return None
    return value if parts.scheme == "https" or (parts.scheme == "http" and _is_private(host)) else None


def _is_private(host: str) -> bool:
    """This computer, a private address, or a plain name as containers have."""
    try:
        return ip_address(host).is_private
    except ValueError:
        return "." not in host


def clean_text(value: Any) -> str:
    """Somebody else's words for people to read: one line, cut, without anything shaped like a key."""
    if isinstance(value, dict):
        value = next((value[key] for key in ("message", "error", "detail") if isinstance(value.get(key), str)), "")
    if not isinstance(value, str):
        return ""
    # JSON may carry half of a surrogate pair, which no database or network takes.
    value = value.encode("utf-8", "replace").decode()
    text = CONTROL.sub(" ", KEY_SHAPE.sub("[key]", value)).strip()
    return text if len(text) <= MAX_TEXT_CHARS else text[: MAX_TEXT_CHARS - 1] + "…"
