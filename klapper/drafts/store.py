"""Drafts in the database. Every method works inside a transaction that a service opened."""

from __future__ import annotations

from dataclasses import fields

from klapper.database.database import Reader, Row, Writer
from klapper.database.queries import load_queries
from klapper.drafts.draft import Draft, DraftKind, DraftState, Why
from klapper.kling.request import VideoRequest


class DraftStore:
    """Keeps: a draft that was used or discarded never changes again."""

    def __init__(self) -> None:
        self._sql = load_queries("klapper.drafts")

    async def add(self, tx: Writer, draft: Draft) -> None:
        """A new draft."""
        values = {field.name: getattr(draft, field.name) for field in fields(Draft)}
        await tx.execute(self._sql["add_draft"], **values | _plain(draft) | {"state": draft.state.value})

    async def get(self, tx: Reader, draft_id: str) -> Draft | None:
        """One draft, None when there is none of that id (any more)."""
        row = await tx.one(self._sql["draft"], draft_id=draft_id)
        return None if row is None else _draft(row)

    async def of_interaction(self, tx: Reader, interaction_id: int) -> Draft | None:
        """The question that an interaction was answered with."""
        row = await tx.one(self._sql["question_of_interaction"], interaction_id=interaction_id)
        return None if row is None else _draft(row)

    async def save(self, tx: Writer, draft: Draft) -> Draft:
        """Write a change down: the draft as it is then, at its next revision. What is over stays as it is."""
        await tx.execute(
            self._sql["save_draft"],
            **_plain(draft),
            draft_id=draft.draft_id,
            deliver_to=draft.deliver_to,
            replaces=draft.replaces,
            repeat_of=draft.repeat_of,
            price_credits=draft.price_credits,
            price_version=draft.price_version,
            expires_at_ms=draft.expires_at_ms,
        )
        saved = await self.get(tx, draft.draft_id)
        assert saved is not None
        return saved

    async def close(self, tx: Writer, draft_id: str, state: DraftState) -> bool:
        """It became a job, or nothing; False when that was so before."""
        return bool(await tx.execute(self._sql["close_draft"], draft_id=draft_id, state=state.value))

    async def purge(self, tx: Writer, *, expired_before_ms: int) -> int:
        """Forget drafts that expired before; how many went."""
        return await tx.execute(self._sql["purge_drafts"], expired_before_ms=expired_before_ms)


def _plain(draft: Draft) -> dict[str, str | int]:
    return {
        "kind": draft.kind.value,
        "request": draft.request.to_json(),
        "spoiler": int(draft.spoiler),
        "why": draft.why.value,
    }


def _draft(row: Row) -> Draft:
    values = {field.name: row[field.name] for field in fields(Draft)}
    typed = {
        "kind": DraftKind(row["kind"]),
        "state": DraftState(row["state"]),
        "request": VideoRequest.from_json(row["request"]),
        "spoiler": bool(row["spoiler"]),
        "why": Why(row["why"]),
    }
    return Draft(**values | typed)
