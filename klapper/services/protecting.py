"""What follows when Segmind's content check refuses a job: a strike, and pauses that protect the operator's account."""

from __future__ import annotations

import logging
from collections.abc import Callable

from klapper.clock import HOUR_MS, Clock
from klapper.database.database import Reader, Writer
from klapper.jobs.job import Job
from klapper.jobs.pauses import PauseStore
from klapper.jobs.store import JobStore
from klapper.ledger.records import KLAPPER
from klapper.moderation.audit import Action, AuditLog
from klapper.moderation.standing import Bounds, Outlook, after_refusal, is_watched
from klapper.moderation.standings import Pause, StandingStore, StrikeKind
from klapper.services.audit_entries import about_job

_log = logging.getLogger(__name__)

REFUSED_BY_SEGMIND = "content_refused"
TOO_MANY_REFUSALS = "provider_refusals"  # why Klapper pauses a member or a guild


class Protecting:
    """Keeps:

    - a refused job gives one strike, and what follows from it is committed with it;
    - a pause that lasts longer is not shortened.
    """

    def __init__(self, *, standings: StandingStore, pauses: PauseStore, audit: AuditLog, bounds: Bounds) -> None:
        self._standings = standings
        self._pauses = pauses
        self._audit = audit
        self._bounds = bounds

    async def refused(self, tx: Writer, job: Job, now_ms: int) -> None:
        """Segmind refused what the job asks for. A second time nothing follows."""
        is_new = await self._strike(tx, "provider", job, by=KLAPPER, now_ms=now_ms)
        if not is_new:
            return
        await self._write_down(tx, job, Action.PROVIDER_REFUSED, REFUSED_BY_SEGMIND, now_ms)
        consequences = after_refusal(
            await self._standings.provider_strikes_of_member(tx, job.member_ref, now_ms),
            await self._standings.provider_strikes_of_guild(tx, job.guild_id, now_ms),
            now_ms,
            self._bounds,
        )
        if consequences.member_until_ms is not None:
            await self._pause_member(tx, job, consequences.member_until_ms, now_ms)
        if consequences.pauses_guild and await self._pauses.pause_guild(tx, job.guild_id, by=KLAPPER, now_ms=now_ms):
            await self._write_down(tx, job, Action.GUILD_PAUSED, TOO_MANY_REFUSALS, now_ms)

    async def strike(self, tx: Writer, job: Job, *, by: str, now_ms: int) -> bool:
        """A moderator gives a strike for a job, which the line of their verdict tells; False when it brought one."""
        is_new = await self._strike(tx, "moderator", job, by=by, now_ms=now_ms)
        if is_new:
            await self._write_down(tx, job, Action.STRIKE_GIVEN, "", now_ms, by=by, is_told=True)
        return is_new

    async def _strike(self, tx: Writer, kind: StrikeKind, job: Job, *, by: str, now_ms: int) -> bool:
        return await self._standings.strike(
            tx, kind, guild_id=job.guild_id, member_ref=job.member_ref, job_id=job.job_id, by=by, now_ms=now_ms
        )

    async def _pause_member(self, tx: Writer, job: Job, until_ms: int, now_ms: int) -> None:
        running = await self._standings.pause_of(tx, job.member_ref, now_ms)
        if running is not None and running.until_ms >= until_ms:
            return
        await self._standings.pause(
            tx, job.member_ref, reason=TOO_MANY_REFUSALS, by=KLAPPER, now_ms=now_ms, until_ms=until_ms
        )
        hours = f"{self._bounds.pause_ms // HOUR_MS} h"
        await self._write_down(tx, job, Action.MEMBER_PAUSED, TOO_MANY_REFUSALS, now_ms, detail=hours)

    async def _write_down(
        self,
        tx: Writer,
        job: Job,
        action: Action,
        rule: str,
        now_ms: int,
        *,
        by: str = KLAPPER,
        detail: str = "",
        is_told: bool = False,
    ) -> None:
        entry = about_job(job, action, by=by, now_ms=now_ms, rule=rule, detail=detail)
        await self._audit.add(tx, entry, is_told=is_told)


def by_refusals(pause: Pause) -> bool:
    """Whether Klapper paused the member for what Segmind refused, and no moderator for a reason of theirs."""
    return pause.by == KLAPPER and pause.reason == TOO_MANY_REFUSALS


class Outlooks:
    """Reads what refusals by Segmind mean for a member from now on."""

    def __init__(self, *, clock: Clock, standings: StandingStore, bounds: Bounds) -> None:
        self._clock = clock
        self._standings = standings
        self._bounds = bounds

    async def of(self, tx: Reader, member_ref: int) -> Outlook:
        """As it is now."""
        now_ms = self._clock.now_ms()
        pause = await self._standings.pause_of(tx, member_ref, now_ms)
        refusals_ms = await self._standings.provider_strikes_of_member(tx, member_ref, now_ms)
        return Outlook(
            paused_until_ms=pause.until_ms if pause is not None and by_refusals(pause) else None,
            is_watched=is_watched(refusals_ms, now_ms, self._bounds),
            can_review=self._bounds.to_review > 0,
            can_pause=self._bounds.to_pause > 0,
        )


class RefusalAlarm:
    """Keeps: the operator hears of every guild that Klapper paused, once per life of the program while the pause lasts.

    It looks into the database, so that a pause is told although the process that made it was killed, or was a command.

    changed: called with the id of every job whose card may look different now.
    """

    def __init__(self, *, jobs: JobStore, pauses: PauseStore, changed: Callable[[str], None]) -> None:
        self._jobs = jobs
        self._pauses = pauses
        self._changed = changed
        self._told: set[tuple[int, int]] = set()  # guild, and since when

    async def look(self, tx: Reader) -> None:
        """Tell what is new."""
        pauses = await self._pauses.guilds_by(tx, KLAPPER)
        for pause in pauses:
            if (pause.guild_id, pause.since_ms) in self._told:
                continue
            extra = {"guild_id": pause.guild_id, "since_ms": pause.since_ms}
            _log.error("guild paused: Segmind refuses too much of it", extra=extra)
            for job in await self._jobs.unsent_of_guild(tx, pause.guild_id):
                self._changed(job.job_id)
        self._told = {(pause.guild_id, pause.since_ms) for pause in pauses}
