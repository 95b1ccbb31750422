"""What a guild's managers set: who may make what where, who decides cases, what channels may show."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from klapper.clock import Clock
from klapper.database.database import Database, Writer
from klapper.errors import RequestRefused
from klapper.ledger.ledger import Ledger
from klapper.ledger.records import KLAPPER, member_actor
from klapper.moderation.audit import Action, AuditLog, Entry
from klapper.moderation.cases import CaseKind, CaseStore
from klapper.moderation.rule_store import RuleStore
from klapper.moderation.rules import ChannelRule, GuildRules, Level, Mode, RoleRule, Unsure
from klapper.services.recalling import Ground, Places, Recalling

_EVERYONE = "@everyone is no role to choose here: {advice}."
_RULES_CHANGED = (
    "The rules were changed since this form was opened, so nothing was set: open it again, and it shows them as they "
    "are now."
)
_NOT_RESTRICTED = (
    "<#{channel_id}> is not age-restricted, so its clips stay as everywhere: turn Age-Restricted Channel on in the "
    "channel's settings, then set the level again."
)


@dataclass(frozen=True, slots=True)
class Ruled:
    """rules: what counts now; is_new: it is not what counted before.

    recalled: how many waiting requests went back to review because of the change. waiting: how many cases are open now.
    """

    rules: GuildRules
    recalled: int = 0
    is_new: bool = True
    waiting: Mapping[CaseKind, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reviewers:
    """Where cases are shown, where decisions are told, and a role that decides cases. None: as it is.

    remove: take away what is named instead of setting it.
    """

    channel_id: int | None = None
    audit_channel_id: int | None = None
    role_id: int | None = None
    remove: bool = False


@dataclass(frozen=True, slots=True)
class Requests:
    """How a guild's requests are decided. None: no such channel. reviewers, trusted: every role that decides or skips
    review.
    """

    mode: Mode
    review_channel_id: int | None = None
    audit_channel_id: int | None = None
    reviewers: frozenset[int] = frozenset()
    trusted: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class _Change:
    """What the audit says of a change, and how it is made; `make` writes nothing when there is nothing to change."""

    action: Action
    detail: str
    make: Callable[[Writer, GuildRules], Awaitable[None]]
    places: Places | None = None  # None: nothing that waits can be concerned


class RuleDesk:
    """Keeps: a change is one transaction with its line of the audit, and with the recall of what may not wait now.

    user_id: who changes it, a manager. places: the guild's channels as Discord has them now. chosen: told where a guild
    wants its cases and its audit, also when it says so once more.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        store: RuleStore,
        audit: AuditLog,
        ledger: Ledger,
        cases: CaseStore,
        recalling: Recalling,
        chosen: Callable[[int, Reviewers], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._store = store
        self._audit = audit
        self._ledger = ledger
        self._cases = cases
        self._recalling = recalling
        self._chosen = chosen
        self._seen: set[int] = set()

    async def of(self, guild_id: int) -> GuildRules:
        """What counts in a guild."""
        async with self._database.read() as tx:
            return await self._store.of(tx, guild_id)

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
        """How requests are made: in a channel or category, by a role, else in the guild. None: the default again.

        Raises RequestRefused (`two_targets`, `everyone_role`).
        """
        change = self._mode(guild_id, mode, places, channel_id=channel_id, role_id=role_id)
        return await self._apply(guild_id, user_id, change)

    async def set_unsure(self, guild_id: int, user_id: int, unsure: Unsure) -> Ruled:
        """What a check that cannot answer leads to."""

        async def make(tx: Writer, rules: GuildRules) -> None:
            if rules.unsure != unsure:
                await self._store.set_unsure(tx, guild_id, unsure)

        return await self._apply(guild_id, user_id, _Change(Action.MODE_CHANGED, f"unsure {unsure}", make))

    async def set_reviewers(self, guild_id: int, user_id: int, reviewers: Reviewers) -> Ruled:
        """Who decides cases, and where. Raises RequestRefused (`everyone_role`, `not_set`)."""
        ruled = await self._apply(guild_id, user_id, self._reviewers(guild_id, reviewers))
        if not reviewers.remove:
            self._chosen(guild_id, reviewers)
        return ruled

    async def trust(self, guild_id: int, user_id: int, role_id: int, *, is_trusted: bool) -> Ruled:
        """Whether a role skips review. Raises RequestRefused (`everyone_role`)."""
        return await self._apply(guild_id, user_id, self._trust(guild_id, role_id, is_trusted=is_trusted))

    async def set_requests(self, guild_id: int, user_id: int, wanted: Requests, *, places: Places, seen: int) -> Ruled:
        """All of it, each difference with a line of the audit. seen: the version of the rules that were to be changed.

        Raises RequestRefused (`everyone_role`; `rules_changed`, so that nobody undoes in silence what was set since).
        """
        if guild_id in wanted.reviewers | wanted.trusted:
            _refuse_everyone(guild_id, guild_id, "nothing was set, so open the form again and leave it out")
        before = await self.of(guild_id)
        # Channels first: a new one for the audit tells of the rest, too.
        changes = [self._reviewers(guild_id, one) for one in _reviewers_between(before, wanted)]
        changes += [] if wanted.mode is before.mode else [self._mode(guild_id, wanted.mode, places)]
        trusted = before.trusted_roles()
        changes += [
            self._trust(guild_id, role_id, is_trusted=role_id in wanted.trusted)
            for role_id in sorted(trusted ^ wanted.trusted)
        ]
        ruled = await self._apply(guild_id, user_id, *changes, seen=seen)
        self._chosen(guild_id, Reviewers(wanted.review_channel_id, wanted.audit_channel_id))
        return ruled

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
        """What a channel's clips may show, and whether they are always spoilers. None: as it is.

        Raises RequestRefused (`not_age_restricted`).
        """
        place = places.get(channel_id)
        if level is Level.ADULT and not (place and place.is_age_restricted):
            raise RequestRefused("not_age_restricted", _NOT_RESTRICTED.format(channel_id=channel_id))

        async def make(tx: Writer, rules: GuildRules) -> None:
            old = rules.channels.get(channel_id, ChannelRule())
            new = replace(old, level=level or old.level, spoiler=old.spoiler if spoiler is None else spoiler)
            await self._set_channel(tx, guild_id, channel_id, rules, new)

        detail = f"{_target(channel_id, None)} {_shown(level, spoiler)}"
        return await self._apply(guild_id, user_id, _Change(Action.LEVELS_CHANGED, detail, make, places))

    async def hide_role(self, guild_id: int, user_id: int, role_id: int, *, spoiler: bool) -> Ruled:
        """Whether the clips of members with a role are always spoilers. Raises RequestRefused (`everyone_role`)."""
        _refuse_everyone(guild_id, role_id, "choose a channel or a category whose clips are spoilers")

        async def make(tx: Writer, rules: GuildRules) -> None:
            role = rules.roles.get(role_id, RoleRule())
            await self._set_role(tx, guild_id, role_id, rules, replace(role, spoiler=spoiler))

        detail = f"{_target(None, role_id)} {_shown(None, spoiler)}"
        return await self._apply(guild_id, user_id, _Change(Action.LEVELS_CHANGED, detail, make))

    # What Discord's side changes

    async def channels_changed(self, guild_id: int, before: Places, after: Places) -> int:
        """Recall what may not wait any more since channels lost their age restriction or moved; how many that were.

        Also called with the same places twice, when a guild's channels become known: what was lost meanwhile counts.
        """
        async with self._database.write() as tx:
            rules = await self._store.of(tx, guild_id)
            recalled = await self._recalling.recall(
                tx, guild_id, Ground(rules, before), Ground(rules, after), by=KLAPPER
            )
        self._seen.add(guild_id)
        self._recalling.announce(recalled)
        return len(recalled)

    def knows_channels(self, guild_id: int) -> bool:
        """Whether what waits was compared with the guild's channels since the program started."""
        return guild_id in self._seen

    # Below: one step

    async def _apply(self, guild_id: int, user_id: int, *changes: _Change, seen: int | None = None) -> Ruled:
        now_ms = self._clock.now_ms()
        async with self._database.write() as tx:
            before = after = await self._store.of(tx, guild_id)
            if seen is not None and seen != before.version:
                raise RequestRefused("rules_changed", _RULES_CHANGED)
            actor = ""
            for change in changes:
                was = after
                await change.make(tx, was)
                after = await self._store.of(tx, guild_id)
                if after == was:
                    continue
                actor = member_actor(await self._ledger.member(tx, guild_id, user_id, now_ms))
                entry = Entry(guild_id=guild_id, at_ms=now_ms, actor=actor, action=change.action, detail=change.detail)
                await self._audit.add(tx, entry)
            recalled = []
            places = next((change.places for change in changes if change.places is not None), None)
            if after != before and places is not None:
                old, new = Ground(before, places), Ground(after, places)
                recalled = await self._recalling.recall(tx, guild_id, old, new, by=actor)
            waiting = await self._cases.open_by_kind(tx, guild_id)
        self._recalling.announce(recalled)
        return Ruled(after, len(recalled), is_new=after != before, waiting=waiting)

    def _mode(
        self,
        guild_id: int,
        mode: Mode | None,
        places: Places,
        *,
        channel_id: int | None = None,
        role_id: int | None = None,
    ) -> _Change:
        if channel_id is not None and role_id is not None:
            raise RequestRefused("two_targets", "Choose a channel or a role, one at a time.")
        _refuse_everyone(guild_id, role_id, "leave the role out, and the mode is that of the whole server")

        async def make(tx: Writer, rules: GuildRules) -> None:
            if channel_id is not None:
                channel = rules.channels.get(channel_id, ChannelRule())
                await self._set_channel(tx, guild_id, channel_id, rules, replace(channel, mode=mode))
            elif role_id is not None:
                role = rules.roles.get(role_id, RoleRule())
                await self._set_role(tx, guild_id, role_id, rules, replace(role, mode=mode))
            elif (mode or Mode.OPEN) is not rules.mode:
                await self._store.set_mode(tx, guild_id, mode or Mode.OPEN)

        detail = " ".join(filter(None, (_target(channel_id, role_id), mode or "default")))
        return _Change(Action.MODE_CHANGED, detail, make, places)

    def _reviewers(self, guild_id: int, reviewers: Reviewers) -> _Change:
        _refuse_everyone(guild_id, reviewers.role_id, "not everybody can be a reviewer")

        async def make(tx: Writer, rules: GuildRules) -> None:
            wanted = _with_channels(rules, reviewers)
            if wanted != rules:
                review, audit = wanted.review_channel_id, wanted.audit_channel_id
                await self._store.set_channels(tx, guild_id, review=review, audit=audit)
            if reviewers.role_id is not None:
                role = rules.roles.get(reviewers.role_id, RoleRule())
                if reviewers.remove and not role.reviews:
                    raise RequestRefused("not_set", f"<@&{reviewers.role_id}> does not decide: nothing was changed.")
                wanted_role = replace(role, reviews=not reviewers.remove)
                await self._set_role(tx, guild_id, reviewers.role_id, rules, wanted_role)

        return _Change(Action.REVIEWERS_CHANGED, _said(reviewers), make)

    def _trust(self, guild_id: int, role_id: int, *, is_trusted: bool) -> _Change:
        _refuse_everyone(guild_id, role_id, "`/manage mode` lets everybody's requests through")

        async def make(tx: Writer, rules: GuildRules) -> None:
            role = rules.roles.get(role_id, RoleRule())
            await self._set_role(tx, guild_id, role_id, rules, replace(role, is_trusted=is_trusted))

        detail = f"{_target(None, role_id)} {'on' if is_trusted else 'off'}"
        return _Change(Action.TRUSTED_CHANGED, detail, make)

    async def _set_channel(
        self, tx: Writer, guild_id: int, channel_id: int, rules: GuildRules, rule: ChannelRule
    ) -> None:
        if rule != rules.channels.get(channel_id, ChannelRule()):
            await self._store.set_channel(tx, guild_id, channel_id, rule)

    async def _set_role(self, tx: Writer, guild_id: int, role_id: int, rules: GuildRules, rule: RoleRule) -> None:
        if rule != rules.roles.get(role_id, RoleRule()):
            await self._store.set_role(tx, guild_id, role_id, rule)


def _refuse_everyone(guild_id: int, role_id: int | None, advice: str) -> None:
    """Discord docs, Role Object: the role @everyone has the id of its guild."""
    if role_id == guild_id:
        raise RequestRefused("everyone_role", _EVERYONE.format(advice=advice))


def _with_channels(rules: GuildRules, reviewers: Reviewers) -> GuildRules:
    """Raises RequestRefused (`not_set`) where something is to be taken away that is not there."""
    review, audit = reviewers.channel_id, reviewers.audit_channel_id
    if not reviewers.remove:
        return replace(
            rules,
            review_channel_id=review or rules.review_channel_id,
            audit_channel_id=audit or rules.audit_channel_id,
        )
    if review not in (None, rules.review_channel_id):
        raise RequestRefused("not_set", f"<#{review}> is not where cases are shown: nothing was changed.")
    if audit not in (None, rules.audit_channel_id):
        raise RequestRefused("not_set", f"<#{audit}> is not where decisions are told: nothing was changed.")
    return replace(
        rules,
        review_channel_id=None if review else rules.review_channel_id,
        audit_channel_id=None if audit else rules.audit_channel_id,
    )


def _reviewers_between(before: GuildRules, wanted: Requests) -> Iterator[Reviewers]:
    """Every difference about who decides and where, in an order that depends on nothing else."""
    old_review, review = before.review_channel_id, wanted.review_channel_id
    old_audit, audit = before.audit_channel_id, wanted.audit_channel_id
    named = Reviewers(review if review != old_review else None, audit if audit != old_audit else None)
    if named != Reviewers():
        yield named
    gone = Reviewers(old_review if review is None else None, old_audit if audit is None else None, remove=True)
    if gone != Reviewers(remove=True):
        yield gone
    for role_id in sorted(before.reviewer_roles() ^ wanted.reviewers):
        yield Reviewers(role_id=role_id, remove=role_id not in wanted.reviewers)


def _said(reviewers: Reviewers) -> str:
    named = (
        ("review", _target(reviewers.channel_id, None)),
        ("audit", _target(reviewers.audit_channel_id, None)),
        ("role", _target(None, reviewers.role_id)),
    )
    done = "remove " if reviewers.remove else ""
    return done + ", ".join(f"{what} {target}" for what, target in named if target)


def _target(channel_id: int | None, role_id: int | None) -> str:
    """A mention (Discord docs, Message Formatting), which is the name of a channel or role wherever it is read."""
    if channel_id is not None:
        return f"<#{channel_id}>"
    return "" if role_id is None else f"<@&{role_id}>"


def _shown(level: Level | None, spoiler: bool | None) -> str:
    hidden = None if spoiler is None else f"spoiler {'on' if spoiler else 'off'}"
    return ", ".join(filter(None, (level, hidden)))
