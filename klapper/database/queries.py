"""Named queries: a `queries.sql` per store, each statement with a name and one line that says what it is for.

-- name: member_by_user
-- The member's reference in this guild.
SELECT ...;
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

_HEAD = re.compile(r"^-- name: (?P<name>[a-z0-9_]+)$", re.MULTILINE)


class Queries:
    """Statements by name; an unknown name is a KeyError at the first call."""

    def __init__(self, statements: dict[str, str]) -> None:
        self._statements = statements

    def __getitem__(self, name: str) -> str:
        return self._statements[name]

    def names(self) -> set[str]:
        return set(self._statements)


@cache
def load_queries(package: str) -> Queries:
    """The statements of `<package>/queries.sql`, which is read once: five stores share that of the jobs."""
    text = resources.files(package).joinpath("queries.sql").read_text(encoding="utf-8")
    parts = _HEAD.split(text)[1:]
    names, bodies = parts[0::2], parts[1::2]
    if len(set(names)) != len(names):
        raise ValueError(f"{package}: a query name is used twice")
    return Queries({name: body.strip() for name, body in zip(names, bodies, strict=True)})
