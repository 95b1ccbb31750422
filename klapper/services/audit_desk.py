"""What moderators can ask about what was decided and done in their guild."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from klapper.clock import DAY_MS, Clock
from klapper.database.database import Database, Reader
from klapper.ledger.ledger import Ledger
from klapper.ledger.records import KLAPPER, member_actor
from klapper.moderation.audit import Action, AuditLog, Wanted
from klapper.moderation.rule_store import RuleStore
from klapper.services.audit_lines import AuditLine, with_people

MOST_EXPORTED = 5_000  # entries in one file


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditSearch:
    """What a moderator looks for; everything unless told.

    member_id: whom it is about, moderator_id: who did it, as Discord knows them. by_klapper: what no person did.
    words: each is somewhere in the entry. days: how far back.
    """

    member_id: int | None = None
    moderator_id: int | None = None
    by_klapper: bool = False
    action: Action | None = None
    words: str = ""
    days: int | None = None


@dataclass(frozen=True, slots=True)
class AuditExport:
    """Entries for a file, newest first. left_out: how many older ones there are besides."""

    lines: Sequence[AuditLine]
    left_out: int


class AuditDesk:
    """Keeps: nobody is shown an entry of another guild."""

    def __init__(
        self, *, database: Database, clock: Clock, audit: AuditLog, ledger: Ledger, guild_rules: RuleStore
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._ledger = ledger
        self._guild_rules = guild_rules

    async def find(self, guild_id: int, search: AuditSearch, *, skip: int = 0, rows: int = 10) -> Sequence[AuditLine]:
        """What is found, newest first."""
        async with self._database.read() as tx:
            wanted = await self._wanted(tx, guild_id, search)
            found = [] if wanted is None else await self._audit.search(tx, wanted, skip=skip, rows=rows)
            return await with_people(tx, self._ledger, found)

    async def export(self, guild_id: int, search: AuditSearch) -> AuditExport:
        """All that is found, as far as one file takes it."""
        async with self._database.read() as tx:
            wanted = await self._wanted(tx, guild_id, search)
            if wanted is None:
                return AuditExport((), 0)
            found = await self._audit.search(tx, wanted, rows=MOST_EXPORTED)
            every = len(found) if len(found) < MOST_EXPORTED else await self._audit.count(tx, wanted)
            return AuditExport(await with_people(tx, self._ledger, found), every - len(found))

    async def is_reviewer(self, guild_id: int, role_ids: frozenset[int]) -> bool:
        """Whether one of these roles decides cases in the guild."""
        async with self._database.read() as tx:
            rules = await self._guild_rules.of(tx, guild_id)
        return bool(rules.reviewer_roles() & role_ids)

    async def _wanted(self, tx: Reader, guild_id: int, search: AuditSearch) -> Wanted | None:
        """None when somebody is looked for whom Klapper has never seen, so that there is nothing to find."""
        member_ref = await self._ref(tx, guild_id, search.member_id)
        moderator_ref = await self._ref(tx, guild_id, search.moderator_id)
        if (member_ref is None) != (search.member_id is None) or (moderator_ref is None) != (
            search.moderator_id is None
        ):
            return None
        return Wanted(
            guild_id=guild_id,
            member_ref=member_ref,
            actor=_actor(moderator_ref, by_klapper=search.by_klapper),
            action=search.action,
            words=tuple(search.words.split()),
            since_ms=0 if search.days is None else self._clock.now_ms() - search.days * DAY_MS,
        )

    async def _ref(self, tx: Reader, guild_id: int, user_id: int | None) -> int | None:
        return None if user_id is None else await self._ledger.find_member(tx, guild_id, user_id)


def _actor(moderator_ref: int | None, *, by_klapper: bool) -> str | None:
    if by_klapper:
        return KLAPPER
    return None if moderator_ref is None else member_actor(moderator_ref)
