"""A guild's own terms: added, removed, tried out, and carried from guild to guild as a text file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from klapper.clock import Clock
from klapper.database.database import Database, Writer
from klapper.errors import RequestRefused
from klapper.ledger.ledger import Ledger
from klapper.ledger.records import member_actor
from klapper.moderation.audit import Action, AuditLog, Entry
from klapper.moderation.policy import Content, Decision
from klapper.moderation.rule_store import FilterTerm, RuleStore
from klapper.moderation.rules import Place
from klapper.moderation.term_lists import (
    MOST_FAULTS,
    MOST_TERMS,
    BadTerms,
    NewTerm,
    TermAction,
    doubt_of,
    fault_of,
    read_terms,
    tidy,
    write_terms,
)
from klapper.moderation.terms import Match
from klapper.moderation.text import normalise
from klapper.moderation.text_rules import TextRules
from klapper.services.judging import Judging

_TOO_MANY = f"A server may have {MOST_TERMS:,} terms, and there would be {{terms:,}}: remove some first."


@dataclass(frozen=True, slots=True)
class Added:
    """term: as it is kept. before: as it was, None when it is new.

    doubt: what may surprise, or ''.
    """

    term: NewTerm
    before: NewTerm | None
    doubt: str


@dataclass(frozen=True, slots=True)
class Imported:
    """How many terms of a file are new, how many are said something else about, and how many there are now."""

    added: int
    changed: int
    terms: int


@dataclass(frozen=True, slots=True)
class Trial:
    """What would become of a text, and every term that stands in it, whether it counts there or not."""

    decision: Decision
    matches: tuple[Match, ...]


class FilterDesk:
    """Keeps: a change is one transaction with its line of the audit; a file is taken whole or not at all.

    user_id: who changes it, a moderator.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        store: RuleStore,
        audit: AuditLog,
        ledger: Ledger,
        judging: Judging,
        texts: TextRules,
    ) -> None:
        self._database = database
        self._clock = clock
        self._store = store
        self._audit = audit
        self._ledger = ledger
        self._judging = judging
        self._texts = texts

    async def terms(self, guild_id: int) -> list[FilterTerm]:
        """The guild's own terms, by the alphabet."""
        async with self._database.read() as tx:
            return await self._store.terms(tx, guild_id)

    async def add(self, guild_id: int, user_id: int, term: NewTerm) -> Added:
        """Look for a term from now on, or do something else about it. Raises RequestRefused (`bad_term`,
        `too_many_terms`).
        """
        wanted = tidy(term)
        if (fault := fault_of(wanted)) is not None:
            raise RequestRefused("bad_term", fault)
        async with self._database.write() as tx:
            known = {one.text: _as_new(one) for one in await self._store.terms(tx, guild_id)}
            _refuse_too_many(len(known.keys() | {wanted.text}))
            if known.get(wanted.text) != wanted:
                actor = await self._actor(tx, guild_id, user_id)
                await self._store.add_term(tx, guild_id, self._row(wanted, actor))
                await self._write_down(
                    tx, guild_id, actor, Action.TERM_ADDED, f"{wanted.text} ({_said(wanted)})", wanted.note
                )
        return Added(wanted, known.get(wanted.text), doubt_of(wanted) or "")

    async def remove(self, guild_id: int, user_id: int, text: str) -> str:
        """Look for a term no longer; the term as it was kept. Raises RequestRefused (`no_such_term`)."""
        kept = normalise(text)
        async with self._database.write() as tx:
            if not await self._store.remove_term(tx, guild_id, kept):
                raise RequestRefused("no_such_term", "The filter has no such term: `/moderate filter list` shows all.")
            await self._write_down(tx, guild_id, await self._actor(tx, guild_id, user_id), Action.TERM_REMOVED, kept)
        return kept

    async def try_out(self, guild_id: int, text: str, place: Place) -> Trial:
        """What would become of a text there, asked for by a member without any role. Nothing is written."""
        await self._judging.read_ahead(self._database, guild_id, (text,))
        async with self._database.read() as tx:
            decision = await self._judging.judge(tx, Content((text,)), guild_id=guild_id, member_ref=None, place=place)
            rules = await self._judging.rules_of(tx, guild_id)
        return Trial(decision, tuple(self._texts.every(text, rules)))

    async def import_terms(self, guild_id: int, user_id: int, text: str) -> Imported:
        """Add every term of a file, beside those that are there. Raises RequestRefused (`bad_terms`,
        `too_many_terms`); then none was.
        """
        try:
            wanted = read_terms(text)
        except BadTerms as error:
            raise RequestRefused("bad_terms", _told(error)) from error
        async with self._database.write() as tx:
            known = {one.text: _as_new(one) for one in await self._store.terms(tx, guild_id)}
            terms = len(known.keys() | {term.text for term in wanted})
            _refuse_too_many(terms)
            changes = [term for term in wanted if known.get(term.text) != term]
            added = sum(term.text not in known for term in changes)
            if changes:
                actor = await self._actor(tx, guild_id, user_id)
                for term in changes:
                    await self._store.add_term(tx, guild_id, self._row(term, actor))
                detail = f"{added} new and {len(changes) - added} changed terms of a file"
                await self._write_down(tx, guild_id, actor, Action.TERM_ADDED, detail)
        return Imported(added, len(changes) - added, terms)

    async def export(self, guild_id: int) -> str:
        """A file with every term, which `import_terms` takes."""
        return write_terms(_as_new(term) for term in await self.terms(guild_id))

    def _row(self, term: NewTerm, actor: str) -> FilterTerm:
        return FilterTerm(
            text=term.text,
            action=term.action,
            category=term.category,
            inflected=term.inflected,
            note=term.note,
            added_by=actor,
            at_ms=self._clock.now_ms(),
            wrongs=0,
        )

    async def _actor(self, tx: Writer, guild_id: int, user_id: int) -> str:
        return member_actor(await self._ledger.member(tx, guild_id, user_id, self._clock.now_ms()))

    async def _write_down(
        self, tx: Writer, guild_id: int, actor: str, action: Action, detail: str, words: str = ""
    ) -> None:
        entry = Entry(
            guild_id=guild_id, at_ms=self._clock.now_ms(), actor=actor, action=action, detail=detail, words=words
        )
        await self._audit.add(tx, entry)


def _as_new(term: FilterTerm) -> NewTerm:
    return NewTerm(term.text, cast("TermAction", term.action), term.category, term.inflected, term.note)


def _said(term: NewTerm) -> str:
    return ", ".join(filter(None, (term.action, term.category, "inflected" if term.inflected else "")))


def _refuse_too_many(terms: int) -> None:
    if terms > MOST_TERMS:
        raise RequestRefused("too_many_terms", _TOO_MANY.format(terms=terms))


def _told(error: BadTerms) -> str:
    if not any(number for number, _ in error.faults):  # it is about the file and no line of it
        return " ".join(("Nothing was imported.", *(fault for _, fault in error.faults)))
    faults = error.faults[:MOST_FAULTS]
    lines = [f"- line {number}: {fault}" if number else f"- {fault}" for number, fault in faults]
    more = len(error.faults) - len(faults)
    return "\n".join(
        [
            "Nothing was imported, because not all of the file is right.",
            *lines,
            *([f"- and {more} more"] if more else []),
        ]
    )
