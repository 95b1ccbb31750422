"""A request as route handlers see it, and what they return."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from sandbox.discord.errors import Json, invalid
from sandbox.discord.forms import Form


@dataclass(frozen=True, slots=True)
class Call:
    """`params` come from the path, `path` is without /api/v10."""

    method: str
    path: str
    params: Mapping[str, str]
    query: Mapping[str, str]
    form: Form
    authorized: bool

    @property
    def body(self) -> Json:
        return self.form.body

    def id(self, name: str) -> int:
        """A snowflake of the path; raises 50035 when it is none."""
        return _snowflake(name, self.params[name])

    def query_id(self, name: str) -> int | None:
        return _snowflake(name, self.query[name]) if name in self.query else None


def _snowflake(name: str, text: str) -> int:
    if not text.isdecimal():
        raise invalid((name,), "NUMBER_TYPE_COERCE", f'Value "{text}" is not snowflake.')
    return int(text)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; a body of None is 204."""

    body: Any = None
    status: int = 200

    @property
    def http_status(self) -> int:
        return 204 if self.body is None else self.status


# Handlers do not wait: a request takes effect as a whole or not at all.
Handler: TypeAlias = Callable[[Call], Reply]


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint; `token_in_path` routes need no Authorization."""

    method: str
    path: str
    handler: Handler
    token_in_path: bool = False
