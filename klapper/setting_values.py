"""What a single setting may be: the checks behind the sections of `klapper.settings`, each with its sentence."""

from __future__ import annotations

import ipaddress
from decimal import Decimal
from typing import Annotated, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from klapper.ledger.periods import time_zone_of
from klapper.moderation.contextual import CATEGORY

LARGEST_AMOUNT = 1_000_000_000  # credits or budget units; sums of them stay far inside SQLite's 64-bit integers
SQLITE_PREFIX = "sqlite:///"


def _a_number(value: object) -> object:
    """pydantic would take `true` for 1."""
    if isinstance(value, bool):
        raise ValueError("must be a number")  # noqa: TRY004 - pydantic collects ValueErrors only
    return value


def _secret(value: SecretStr) -> SecretStr:
    """Keys are pasted: a line break in one would surface as a traceback from the HTTP library."""
    text = value.get_secret_value().strip()
    if any(not "!" <= character <= "~" for character in text):
        raise ValueError("contains a space or a character that no key has; paste it again")
    return SecretStr(text)


def _url(text: str, *, open_scheme: str, safe_scheme: str) -> str:
    parts = _split(text)
    if parts.scheme not in (open_scheme, safe_scheme) or not parts.hostname:
        raise ValueError(f"must be a URL like {safe_scheme}://host/path")
    if parts.query or parts.fragment or parts.username is not None:
        raise ValueError("must be a URL without user name, query and fragment")
    if parts.scheme == open_scheme and not _is_private(parts.hostname):
        raise ValueError(f"must begin with {safe_scheme}:// because a key travels with it")
    return text.rstrip("/")


def _split(url: str) -> SplitResult:
    """The parts of a URL; nothing at all for one that cannot be read."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # read only now, and a word or 70000 is no port
    except ValueError:
        return SplitResult("", "", "", "", "")
    return parts


def _is_private(host: str) -> bool:
    """Loopback, a private address, or a plain name as containers have: the only places where http is taken."""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host


def _http_url(text: str) -> str:
    return _url(text, open_scheme="http", safe_scheme="https")


def _check_url(text: str) -> str:
    return _http_url(text) if text else text


def _category(text: str) -> str:
    if CATEGORY.fullmatch(text) is None:
        raise ValueError('must be a category like "violence" or "self-harm/intent"')
    return text


def _gateway_url(text: str) -> str:
    return _url(text, open_scheme="ws", safe_scheme="wss") if text else text


def _host_name(text: str) -> str:
    parts = _split(f"//{text}")
    if not parts.hostname or parts.netloc != text or parts.username is not None:
        raise ValueError("must be a host name like images.segmind.com, without https:// and path")
    return text.lower()


def _sqlite_url(text: str) -> str:
    name = text.removeprefix(SQLITE_PREFIX)
    if name == text or name in ("", "/") or "?" in name or name.startswith(":"):
        raise ValueError("must be sqlite:///relative/file.db or sqlite:////absolute/file.db")
    return text


def _term(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty: it would block every prompt")
    return text.strip()


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


Whole = Annotated[int, BeforeValidator(_a_number)]
Amount = Annotated[Whole, Field(ge=0, le=LARGEST_AMOUNT)]
Count = Annotated[Whole, Field(ge=0, le=10_000)]
Hours = Annotated[Whole, Field(ge=1, le=744)]  # 31 days, as far back as Segmind's history can be listed
Secret = Annotated[SecretStr, AfterValidator(_secret)]
HttpUrl = Annotated[str, AfterValidator(_http_url)]
CheckUrl = Annotated[str, AfterValidator(_check_url)]
GatewayUrl = Annotated[str, AfterValidator(_gateway_url)]
HostName = Annotated[str, AfterValidator(_host_name)]
SqliteUrl = Annotated[str, AfterValidator(_sqlite_url)]
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
TimeZone = Annotated[str, AfterValidator(time_zone_of)]
Term = Annotated[str, AfterValidator(_term)]
Category = Annotated[str, AfterValidator(_category)]
Score = Annotated[Decimal, BeforeValidator(_a_number), Field(ge=0, le=1)]
Upper = BeforeValidator(_upper)
Snowflake = Annotated[Whole, Field(gt=0, lt=2**63)]
Usd = Annotated[Decimal, Field(ge=0, le=1_000)]
Dollars = Annotated[Decimal, BeforeValidator(_a_number), Field(ge=0, le=1_000_000)]
