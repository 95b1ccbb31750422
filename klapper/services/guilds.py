"""What a guild's managers decide for their guild alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from klapper.choices.store import ChoiceStore
from klapper.clock import Clock
from klapper.database.database import Database, Writer
from klapper.errors import JobConflict
from klapper.jobs.job import JobStatus
from klapper.jobs.pauses import GuildPause, PauseStore
from klapper.jobs.store import JobStore
from klapper.ledger.ledger import Ledger
from klapper.ledger.records import KLAPPER, member_actor
from klapper.moderation.audit import Action, AuditLog, Entry
from klapper.moderation.cases import CaseStore, Outcome
from klapper.moderation.standings import StandingStore
from klapper.services.rules import Rules
from klapper.services.transitions import Transitions


@dataclass(frozen=True, slots=True)
class EndedPause:
    """refusals: of Segmind's, for which Klapper had paused itself; None for a pause of the managers."""

    refusals: int | None = None


class GuildDesk:
    """Pauses and resumes a guild, and keeps its choices. A pause of Segmind's is not touched by it.

    changed: called with the id of every job whose card may look different now.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        jobs: JobStore,
        pauses: PauseStore,
        choices: ChoiceStore,
        cases: CaseStore,
        ledger: Ledger,
        rules: Rules,
        standings: StandingStore,
        transitions: Transitions,
        audit: AuditLog,
        changed: Callable[[str], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._jobs = jobs
        self._pauses = pauses
        self._choices = choices
        self._cases = cases
        self._ledger = ledger
        self._rules = rules
        self._standings = standings
        self._transitions = transitions
        self._audit = audit
        self._changed = changed

    def rules(self) -> Rules:
        """What is true here: limits, allowance, period."""
        return self._rules

    def serves(self, guild_id: int) -> bool:
        """Whether the operator lets Klapper work in this guild."""
        return not self._rules.guilds or guild_id in self._rules.guilds

    async def pause(self, guild_id: int, user_id: int) -> bool:
        """Refuse new requests and send nothing that waits; running jobs finish. False when it was so already."""
        now_ms = self._clock.now_ms()
        async with self._database.write() as tx:
            manager = member_actor(await self._ledger.member(tx, guild_id, user_id, now_ms))
            paused = await self._pauses.pause_guild(tx, guild_id, by=manager, now_ms=now_ms)
            if paused:
                await self._write_down(tx, guild_id, manager, Action.GUILD_PAUSED, now_ms)
        await self._tell(guild_id)
        return paused

    async def resume(self, guild_id: int, user_id: int) -> EndedPause | None:
        """Go on; the pause does not count as waiting time. The pause that has ended, None when there was none.

        After a pause of Klapper's only what Segmind refuses from now on counts towards another.
        """
        now_ms = self._clock.now_ms()
        async with self._database.write() as tx:
            manager = member_actor(await self._ledger.member(tx, guild_id, user_id, now_ms))
            pause = await self._pauses.guild(tx, guild_id)
            if pause is not None:
                ended = await self._ended(tx, pause, now_ms)
                await self._pauses.resume_guild(tx, guild_id, now_ms)
                await self._write_down(tx, guild_id, manager, Action.GUILD_RESUMED, now_ms)
        await self._tell(guild_id)
        return None if pause is None else ended

    async def _ended(self, tx: Writer, pause: GuildPause, now_ms: int) -> EndedPause:
        if pause.paused_by != KLAPPER:
            return EndedPause()
        refusals = await self._standings.provider_strikes_of_guild(tx, pause.guild_id, now_ms)
        await self._standings.begin_anew(tx, pause.guild_id, now_ms)
        return EndedPause(refusals=len(refusals))

    async def shares_images(self, guild_id: int) -> bool:
        """Whether members may animate each other's images."""
        async with self._database.read() as tx:
            return (await self._choices.of_guild(tx, guild_id)).sharing

    async def share_images(self, guild_id: int, user_id: int, *, sharing: bool) -> None:
        """Let members animate each other's images, or only their own again. user_id: who decides it."""
        now_ms = self._clock.now_ms()
        async with self._database.write() as tx:
            before = await self._choices.of_guild(tx, guild_id)
            if before.sharing == sharing:
                return
            manager = member_actor(await self._ledger.member(tx, guild_id, user_id, now_ms))
            await self._choices.choose_for_guild(tx, guild_id, replace(before, sharing=sharing))
            detail = "on" if sharing else "off"
            await self._write_down(tx, guild_id, manager, Action.SHARING_CHANGED, now_ms, detail=detail)

    async def is_paused(self, guild_id: int) -> bool:
        """Whether new requests are refused, because its managers want it or Segmind refused too much."""
        async with self._database.read() as tx:
            return await self._pauses.guild(tx, guild_id) is not None

    async def left(self, guild_id: int) -> int:
        """The bot was removed: what was not sent is cancelled and released; how many jobs that were.

        Reports of clips have nobody to settle them any more. Running jobs are finished and brought by direct message.
        """
        async with self._database.write() as tx:
            for report in await self._cases.open_reports(tx, guild_id):
                await self._cases.close(tx, report.case_id, Outcome.MOOT, by=KLAPPER, now_ms=self._clock.now_ms())
            unsent = await self._jobs.unsent_of_guild(tx, guild_id)
        for job in unsent:
            try:
                await self._transitions.move(job, JobStatus.CANCELLED, reason="guild_gone")
            except JobConflict:
                continue  # it was sent, or cancelled, at this very moment
        return len(unsent)

    async def _write_down(
        self, tx: Writer, guild_id: int, actor: str, action: Action, now_ms: int, *, detail: str = ""
    ) -> None:
        entry = Entry(guild_id=guild_id, at_ms=now_ms, actor=actor, action=action, detail=detail)
        await self._audit.add(tx, entry)

    async def _tell(self, guild_id: int) -> None:
        async with self._database.read() as tx:
            jobs = await self._jobs.unfinished(tx)
        for job in jobs:
            if job.guild_id == guild_id:
                self._changed(job.job_id)
