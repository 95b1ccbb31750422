"""What waits goes back to review where its place has become stricter: in its mode, or in what its clips may show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from klapper.clock import Clock
from klapper.database.database import Writer
from klapper.jobs.job import Job, JobStatus
from klapper.jobs.store import Changes, JobStore, Permit
from klapper.moderation.decisions import DecisionStore
from klapper.moderation.policy import Decision, Verdict
from klapper.moderation.reasons import Reason
from klapper.moderation.rules import GuildRules, Level, Place
from klapper.services.judging import Judging
from klapper.services.transitions import Transitions

MODE_CHANGED = "mode_changed"
LEVEL_LOST = "level_lost"

Places = Mapping[int, Place]  # every channel of a guild that Discord shows us, as seen by a member without roles


@dataclass(frozen=True, slots=True)
class Ground:
    """A guild's rules and channels at one moment."""

    rules: GuildRules
    places: Places


@dataclass(frozen=True, slots=True)
class Recalled:
    """A job before and after it went back to review."""

    before: Job
    after: Job


class Recalling:
    """Keeps:

    - a job that rules allowed does not wait to be sent where its channel has become stricter since;
    - what a moderator allowed stays allowed, and what was sent is not called back.

    Roles are not kept with a job, so a place is compared as for a member without any: what a trusted role brought past
    review goes there, too, when the channel's own mode becomes stricter.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        jobs: JobStore,
        decisions: DecisionStore,
        judging: Judging,
        transitions: Transitions,
    ) -> None:
        self._clock = clock
        self._jobs = jobs
        self._decisions = decisions
        self._judging = judging
        self._transitions = transitions

    async def recall(self, tx: Writer, guild_id: int, before: Ground, after: Ground, *, by: str) -> list[Recalled]:
        """Move what may not wait any more; the caller calls `announce` after its commit. by: who changed it."""
        recalled = []
        for permit in await self._jobs.permits(tx, guild_id):
            reasons = tuple(_reasons(permit, before, after))
            for job in await self._jobs.waiting_by(tx, guild_id, permit) if reasons else ():
                recalled.append(await self._move(tx, job, reasons, after.rules.version, by))
        return recalled

    def announce(self, recalled: Iterable[Recalled]) -> None:
        """Tell everybody about what was committed."""
        for one in recalled:
            self._transitions.announce(one.before, one.after)

    async def _move(self, tx: Writer, job: Job, reasons: tuple[str, ...], version: int, by: str) -> Recalled:
        recorded = await self._decisions.get(tx, job.decision_id)
        assert recorded is not None  # its foreign key
        decision = Decision(
            Verdict.REVIEW,
            reasons[0],
            reasons=tuple(map(Reason, reasons)),
            rules_version=version,
            level=recorded.decision.level,
        )
        decision_id = await self._judging.write_down(
            tx, decision, recorded.content_hash, guild_id=job.guild_id, member_ref=job.member_ref, job_id=job.job_id
        )
        changes = Changes(decision_id=decision_id, waiting_since_ms=self._clock.now_ms())
        moved = await self._transitions.move_in(
            tx, job, JobStatus.IN_REVIEW, reason=reasons[0], actor=by, changes=changes
        )
        return Recalled(job, moved)


def _reasons(permit: Permit, before: Ground, after: Ground) -> Iterator[str]:
    """Why what depends on it may not wait any more; nothing when it may."""
    changed = _changed_channels(before.rules, after.rules)
    old, new = (_place(ground, permit.channel_id, changed) for ground in (before, after))
    if after.rules.mode_of(new).is_stricter_than(before.rules.mode_of(old)):
        yield MODE_CHANGED
    if permit.level == Level.ADULT and after.rules.level_of(new) is not Level.ADULT:
        yield LEVEL_LOST


def _changed_channels(before: GuildRules, after: GuildRules) -> tuple[int, ...]:
    ids = before.channels.keys() | after.channels.keys()
    return tuple(one for one in sorted(ids) if before.channels.get(one) != after.channels.get(one))


def _place(ground: Ground, channel_id: int, changed: tuple[int, ...]) -> Place:
    """A channel that Discord does not show (an archived thread, say) may be part of any that the change is about."""
    known = ground.places.get(channel_id)
    return Place((channel_id, *changed)) if known is None else known
