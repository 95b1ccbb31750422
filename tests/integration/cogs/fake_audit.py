"""The audit in memory: what the test puts into it is found by whatever is looked for."""

from __future__ import annotations

from collections.abc import Sequence

from klapper.services.audit_desk import AuditExport, AuditSearch
from klapper.services.audit_lines import AuditLine


class FakeAudit:
    """lines: newest first. searches: what was looked for, in which guild."""

    def __init__(self) -> None:
        self.lines: list[AuditLine] = []
        self.left_out = 0
        self.searches: list[tuple[int, AuditSearch]] = []
        self.reviewer_roles: frozenset[int] = frozenset()
        self.error: Exception | None = None

    async def find(self, guild_id: int, search: AuditSearch, *, skip: int = 0, rows: int = 10) -> Sequence[AuditLine]:
        self.searches.append((guild_id, search))
        if self.error is not None:
            raise self.error
        return self.lines[skip : skip + rows]

    async def export(self, guild_id: int, search: AuditSearch) -> AuditExport:
        self.searches.append((guild_id, search))
        return AuditExport(self.lines, self.left_out)

    async def is_reviewer(self, guild_id: int, role_ids: frozenset[int]) -> bool:
        return bool(self.reviewer_roles & role_ids)
