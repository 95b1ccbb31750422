"""The rules of guilds in the database. Every change of them gives the guild's rules another version."""

from __future__ import annotations

from dataclasses import dataclass, replace

from klapper.database.database import Reader, Row, Writer
from klapper.database.queries import load_queries
from klapper.moderation.rules import ChannelRule, GuildRules, Level, Mode, RoleRule, Unsure
from klapper.moderation.terms import Term
from klapper.moderation.text import normalise


@dataclass(frozen=True, slots=True)
class FilterTerm:
    """A term of a guild. action: block | review | allow. added_by: the actor. wrongs: refusals called wrong."""

    text: str
    action: str
    category: str
    inflected: bool
    note: str
    added_by: str
    at_ms: int
    wrongs: int


class RuleStore:
    """Keeps: rules of one version are the same wherever they are read."""

    def __init__(self) -> None:
        self._sql = load_queries("klapper.moderation")

    async def version(self, tx: Reader, guild_id: int) -> int:
        """Of the guild's rules; 0 while nobody has set any."""
        row = await tx.one(self._sql["rules_version"], guild_id=guild_id)
        return 0 if row is None else int(row["version"])

    async def of(self, tx: Reader, guild_id: int) -> GuildRules:
        """All of them; the defaults where nobody has set any."""
        row = await tx.one(self._sql["guild_rules"], guild_id=guild_id)
        if row is None:
            return GuildRules()
        places = await tx.all(self._sql["place_rules"], guild_id=guild_id)
        terms = await self.terms(tx, guild_id)
        return GuildRules(
            version=row["version"],
            mode=Mode(row["mode"]),
            unsure=row["unsure"],
            review_channel_id=row["review_channel_id"],
            audit_channel_id=row["audit_channel_id"],
            channels={place["target_id"]: _channel(place) for place in places if place["kind"] == "channel"},
            roles={place["target_id"]: _role(place) for place in places if place["kind"] == "role"},
            terms=tuple(_term(term) for term in terms if term.action != "allow"),
            allowed=tuple(term.text for term in terms if term.action == "allow"),
        )

    async def set_mode(self, tx: Writer, guild_id: int, mode: Mode) -> None:
        """What counts where no channel or role says otherwise."""
        await self._save(tx, guild_id, replace(await self.of(tx, guild_id), mode=mode))

    async def set_unsure(self, tx: Writer, guild_id: int, unsure: Unsure) -> None:
        """What a check that cannot answer leads to."""
        await self._save(tx, guild_id, replace(await self.of(tx, guild_id), unsure=unsure))

    async def set_channels(self, tx: Writer, guild_id: int, *, review: int | None, audit: int | None) -> None:
        """Where cases are shown and where every decision is told; None: nowhere."""
        rules = replace(await self.of(tx, guild_id), review_channel_id=review, audit_channel_id=audit)
        await self._save(tx, guild_id, rules)

    async def set_channel(self, tx: Writer, guild_id: int, channel_id: int, rule: ChannelRule) -> None:
        """A channel's or a category's rule; one that says nothing goes."""
        await self._touch(tx, guild_id)
        place = {"guild_id": guild_id, "kind": "channel", "target_id": channel_id}
        if rule == ChannelRule():
            await tx.execute(self._sql["drop_place_rule"], **place)
            return
        await tx.execute(
            self._sql["set_place_rule"],
            **place,
            mode=rule.mode,
            level=rule.level.value,
            spoiler=int(rule.spoiler),
            trusted=0,
            reviews=0,
        )

    async def set_role(self, tx: Writer, guild_id: int, role_id: int, rule: RoleRule) -> None:
        """A role's rule; one that says nothing goes."""
        await self._touch(tx, guild_id)
        place = {"guild_id": guild_id, "kind": "role", "target_id": role_id}
        if rule == RoleRule():
            await tx.execute(self._sql["drop_place_rule"], **place)
            return
        await tx.execute(
            self._sql["set_place_rule"],
            **place,
            mode=rule.mode,
            level=Level.GENERAL.value,
            spoiler=int(rule.spoiler),
            trusted=int(rule.is_trusted),
            reviews=int(rule.reviews),
        )

    # The filter

    async def terms(self, tx: Reader, guild_id: int) -> list[FilterTerm]:
        """The guild's own terms, by the alphabet."""
        return [_filter_term(row) for row in await tx.all(self._sql["filter_terms"], guild_id=guild_id)]

    async def term(self, tx: Reader, guild_id: int, text: str) -> FilterTerm | None:
        """One of the guild's own terms."""
        row = await tx.one(self._sql["filter_term"], guild_id=guild_id, term=normalise(text))
        return None if row is None else _filter_term(row)

    async def add_term(self, tx: Writer, guild_id: int, term: FilterTerm) -> bool:
        """Add a term, or say something else about one that is there; False when it was there."""
        await self._touch(tx, guild_id)
        known = await self.term(tx, guild_id, term.text)
        await tx.execute(
            self._sql["add_filter_term"],
            guild_id=guild_id,
            term=normalise(term.text),
            action=term.action,
            category=term.category,
            inflected=int(term.inflected),
            note=term.note,
            added_by=term.added_by,
            now_ms=term.at_ms,
        )
        return known is None

    async def remove_term(self, tx: Writer, guild_id: int, text: str) -> bool:
        """Take a term away; False when it was not there."""
        removed = await tx.execute(self._sql["remove_filter_term"], guild_id=guild_id, term=normalise(text))
        if removed:
            await self._touch(tx, guild_id)
        return bool(removed)

    async def call_wrong(self, tx: Writer, guild_id: int, text: str) -> None:
        """A moderator found that a refusal by this term was wrong."""
        await tx.execute(self._sql["call_term_wrong"], guild_id=guild_id, term=normalise(text))

    async def _touch(self, tx: Writer, guild_id: int) -> None:
        await tx.execute(self._sql["touch_rules"], guild_id=guild_id)

    async def _save(self, tx: Writer, guild_id: int, rules: GuildRules) -> None:
        await self._touch(tx, guild_id)
        await tx.execute(
            self._sql["set_guild_rules"],
            guild_id=guild_id,
            mode=rules.mode.value,
            unsure=rules.unsure,
            review_channel_id=rules.review_channel_id,
            audit_channel_id=rules.audit_channel_id,
        )


def _mode(row: Row) -> Mode | None:
    return None if row["mode"] is None else Mode(row["mode"])


def _channel(row: Row) -> ChannelRule:
    return ChannelRule(_mode(row), Level(row["level"]), bool(row["spoiler"]))


def _role(row: Row) -> RoleRule:
    return RoleRule(_mode(row), bool(row["trusted"]), bool(row["reviews"]), bool(row["spoiler"]))


def _filter_term(row: Row) -> FilterTerm:
    return FilterTerm(
        row["term"],
        row["action"],
        row["category"],
        bool(row["inflected"]),
        row["note"],
        row["added_by"],
        row["at_ms"],
        row["wrongs"],
    )


def _term(term: FilterTerm) -> Term:
    action = "review" if term.action == "review" else "block"
    return Term(term.text, action, term.category, term.inflected, term.note)  # type: ignore[arg-type]
