"""Entries of the audit with the people in them: the books know members by a reference, Discord by an id."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from klapper.database.database import Reader
from klapper.ledger.ledger import Ledger
from klapper.ledger.records import member_of_actor
from klapper.moderation.audit import Logged


@dataclass(frozen=True, slots=True)
class AuditLine:
    """actor_id, member_id: who did it and whom it is about, in Discord; None for nobody and for who is forgotten."""

    logged: Logged
    actor_id: int | None = None
    member_id: int | None = None


async def with_people(tx: Reader, ledger: Ledger, logged: Sequence[Logged]) -> list[AuditLine]:
    """The same entries in the same order, with who is meant."""
    pairs = [(member_of_actor(one.entry.actor), one.entry.member_ref) for one in logged]
    users = await ledger.users(tx, _known(ref for pair in pairs for ref in pair))
    return [
        AuditLine(one, None if actor is None else users.get(actor), None if member is None else users.get(member))
        for one, (actor, member) in zip(logged, pairs, strict=True)
    ]


def _known(refs: Iterable[int | None]) -> set[int]:
    return {ref for ref in refs if ref is not None}
