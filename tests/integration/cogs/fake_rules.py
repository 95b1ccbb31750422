"""What guilds set, in memory: enough for commands that only read it; the real desks stand behind the real house."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from klapper.moderation.policy import Decision, Verdict
from klapper.moderation.rule_store import FilterTerm
from klapper.moderation.rules import ChannelRule, GuildRules, Level, Mode, Place, RoleRule, Unsure
from klapper.moderation.term_lists import NewTerm, read_terms, tidy, write_terms
from klapper.services.deletions import Deleted
from klapper.services.filter_desk import Added, Imported, Trial
from klapper.services.recalling import Places
from klapper.services.rule_desk import Requests, Reviewers, Ruled


class FakeRuleDesk:
    """One guild's rules; nothing waits, so nothing is recalled."""

    def __init__(self) -> None:
        self.rules = GuildRules()

    async def of(self, guild_id: int) -> GuildRules:
        return self.rules

    async def set_mode(
        self,
        guild_id: int,
        user_id: int,
        mode: Mode | None,
        *,
        places: Places,
        channel_id: int | None = None,
        role_id: int | None = None,
    ) -> Ruled:
        if channel_id is not None:
            return self._channel(channel_id, replace(self._channel_rule(channel_id), mode=mode))
        if role_id is not None:
            return self._role(role_id, replace(self._role_rule(role_id), mode=mode))
        return self._save(replace(self.rules, mode=mode or Mode.OPEN))

    async def set_unsure(self, guild_id: int, user_id: int, unsure: Unsure) -> Ruled:
        return self._save(replace(self.rules, unsure=unsure))

    async def set_reviewers(self, guild_id: int, user_id: int, reviewers: Reviewers) -> Ruled:
        if reviewers.role_id is not None:
            self._role(reviewers.role_id, replace(self._role_rule(reviewers.role_id), reviews=not reviewers.remove))
        return self._save(replace(self.rules, review_channel_id=None if reviewers.remove else reviewers.channel_id))

    async def trust(self, guild_id: int, user_id: int, role_id: int, *, is_trusted: bool) -> Ruled:
        return self._role(role_id, replace(self._role_rule(role_id), is_trusted=is_trusted))

    async def set_requests(self, guild_id: int, user_id: int, wanted: Requests, *, places: Places, seen: int) -> Ruled:
        review, audit = wanted.review_channel_id, wanted.audit_channel_id
        return self._save(replace(self.rules, mode=wanted.mode, review_channel_id=review, audit_channel_id=audit))

    async def set_level(
        self,
        guild_id: int,
        user_id: int,
        channel_id: int,
        *,
        level: Level | None,
        spoiler: bool | None,
        places: Places,
    ) -> Ruled:
        old = self._channel_rule(channel_id)
        return self._channel(channel_id, replace(old, level=level or old.level, spoiler=bool(spoiler)))

    async def hide_role(self, guild_id: int, user_id: int, role_id: int, *, spoiler: bool) -> Ruled:
        return self._role(role_id, replace(self._role_rule(role_id), spoiler=spoiler))

    async def channels_changed(self, guild_id: int, before: Places, after: Places) -> int:
        return 0

    def _channel_rule(self, channel_id: int) -> ChannelRule:
        return self.rules.channels.get(channel_id, ChannelRule())

    def _role_rule(self, role_id: int) -> RoleRule:
        return self.rules.roles.get(role_id, RoleRule())

    def _channel(self, channel_id: int, rule: ChannelRule) -> Ruled:
        return self._save(replace(self.rules, channels={**self.rules.channels, channel_id: rule}))

    def _role(self, role_id: int, rule: RoleRule) -> Ruled:
        return self._save(replace(self.rules, roles={**self.rules.roles, role_id: rule}))

    def _save(self, rules: GuildRules) -> Ruled:
        self.rules = replace(rules, version=rules.version + 1)
        return Ruled(self.rules)


class FakeDeletions:
    """Nothing has to be forgotten."""

    async def named(self, guild_id: int) -> Deleted:
        return Deleted()

    async def forget(self, guild_id: int, deleted: Deleted, before: Places, after: Places) -> None:
        return None


class FakeFilterDesk:
    """One guild's terms; every text that is tried out is allowed."""

    def __init__(self) -> None:
        self.kept: dict[str, NewTerm] = {}

    async def terms(self, guild_id: int) -> Sequence[FilterTerm]:
        rows = sorted(self.kept.values(), key=lambda term: term.text)
        return [
            FilterTerm(one.text, one.action, one.category, one.inflected, one.note, "member:1", 0, 0) for one in rows
        ]

    async def add(self, guild_id: int, user_id: int, term: NewTerm) -> Added:
        wanted = tidy(term)
        before = self.kept.get(wanted.text)
        self.kept[wanted.text] = wanted
        return Added(wanted, before, "")

    async def remove(self, guild_id: int, user_id: int, text: str) -> str:
        return self.kept.pop(text).text

    async def try_out(self, guild_id: int, text: str, place: Place) -> Trial:
        return Trial(Decision(Verdict.ALLOWED, "no_objection"), ())

    async def import_terms(self, guild_id: int, user_id: int, text: str) -> Imported:
        wanted = read_terms(text)
        self.kept |= {term.text: term for term in wanted}
        return Imported(len(wanted), 0, len(self.kept))

    async def export(self, guild_id: int) -> str:
        return write_terms(self.kept.values())
