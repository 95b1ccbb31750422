"""Whose turn it is, whatever happens: the bound on what others start meanwhile holds over every story."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from collections.abc import Coroutine, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from klapper.clock import HOUR_MS, MINUTE_MS
from klapper.jobs.job import LONGEST_REST_MS, JobStatus
from klapper.jobs.pauses import PauseStore
from klapper.jobs.send_limits import SendLimits
from klapper.jobs.store import Changes, JobStore
from tests.databases import FleetingDatabase, new_database

T = TypeVar("T")

GUILDS = (1, 2)
MEMBERS = {guild: (guild * 10 + 1, guild * 10 + 2, guild * 10 + 3) for guild in GUILDS}
SLUGS = ("v3", "o3")
STALLED_MS = 2 * HOUR_MS
RUNNING = ("sending", "queued", "unknown")

ASKS = st.tuples(  # guild, member, slug, body (empty: like no other), undo time and time since the one before, in ms
    st.sampled_from(GUILDS),
    st.integers(0, 2),
    st.sampled_from(SLUGS),
    st.sampled_from(["", "", "", "twin"]),
    st.sampled_from([0, 0, 3_000]),
    st.sampled_from([0, 1, 4_000]),
)
INSERT = """
INSERT INTO jobs (job_id, interaction_id, guild_id, channel_id, member_ref, decision_id, request, slug, body_hash,
    deliver_to, price_credits, budget_units, provider_cost_micro_usd, price_version, status, created_at_ms,
    status_at_ms, waiting_since_ms, not_before_ms)
VALUES (:job_id, :n, :guild, 1, :member, :n, '{}', :slug, :body, 'here', 0, 0, 0, '', 'waiting', :created_ms,
    :created_ms, :created_ms, :not_before_ms)
"""


@dataclass(slots=True)
class Known:
    """A job as the model knows it."""

    job_id: str
    guild: int
    member: int
    slug: str
    body: str
    order: tuple[int, int]
    not_before_ms: int
    status: str = "waiting"
    posted_at_ms: int = 0


class TurnsMachine(RuleBasedStateMachine):
    """Keeps count of what others started while somebody had an eligible job."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.file = Path(self.folder.name) / "klapper.db"
        new_database(self.file)
        self.runner = asyncio.Runner()
        self.store, self.pauses = JobStore(), PauseStore()
        self.now_ms = 1_700_000_000_000
        self.jobs: dict[str, Known] = {}
        self.paused_guilds: set[int] = set()
        self.paused_slugs: set[str] = set()
        self.of_guilds: dict[int, Counter[int]] = {}
        self.of_members: dict[int, Counter[int]] = {}
        self.stack = AsyncExitStack()
        self.open()

    def run(self, work: Coroutine[None, None, T]) -> T:
        return self.runner.run(work)

    def open(self) -> None:
        self.database = self.run(self.stack.enter_async_context(FleetingDatabase.open(self.file)))

    def teardown(self) -> None:
        self.run(self.stack.aclose())
        self.runner.close()
        self.folder.cleanup()

    async def write(self, *statements: tuple[str, dict[str, object]]) -> None:
        async with self.database.write() as tx:
            for sql, values in statements:
                await tx.execute(sql, **values)

    # What happens

    @initialize(per_member=st.sampled_from([0, 2, 1]), per_guild=st.sampled_from([0, 4, 2]))
    def begin(self, per_member: int, per_guild: int) -> None:
        self.per_member, self.per_guild = per_member, per_guild
        for guild, members in MEMBERS.items():
            for member in members:
                values: dict[str, object] = {"member": member, "guild": guild}
                sql = "INSERT INTO members VALUES (:member, :guild, :member, 0, NULL)"
                self.run(self.write((sql, values)))

    @rule(asks=st.lists(ASKS, min_size=3, max_size=8))
    def some_ask(self, asks: list[tuple[int, int, str, str, int, int]]) -> None:
        for guild, member, slug, body, undo_ms, later_ms in asks:
            self.now_ms += later_ms
            n = len(self.jobs) + 1
            who = MEMBERS[guild][member]
            job = Known(f"j{n}", guild, who, slug, body or f"b{n}", (self.now_ms, n), self.now_ms + undo_ms)
            self.jobs[job.job_id] = job
            decision: dict[str, object] = {"n": n, "guild": guild, "member": who}
            row: dict[str, object] = {
                "job_id": job.job_id,
                "slug": slug,
                "body": job.body,
                "created_ms": self.now_ms,
                "not_before_ms": job.not_before_ms,
                **decision,
            }
            allow = (
                "INSERT INTO decisions (decision_id, guild_id, member_ref, content_hash, verdict, rule, at_ms) "
                "VALUES (:n, :guild, :member, '', 'allowed', '', 0)"
            )
            self.run(self.write((allow, decision), (INSERT, row)))

    @rule(jobs=st.integers(3, 9))
    def more_start(self, jobs: int) -> None:
        self.some_start(jobs)

    @rule(jobs=st.integers(1, 9))
    def some_start(self, jobs: int) -> None:
        for _ in range(jobs):
            started = self.run(self._start())
            eligible = self.eligible()
            if started is None:
                assert eligible == [], eligible
                return
            job = self.jobs[started]
            assert job in eligible
            assert job.order == min(other.order for other in eligible if other.member == job.member)
            self._count(job, eligible)
            job.status, job.posted_at_ms = "sending", self.now_ms
            self.forget_who_waits_no_more()

    async def _start(self) -> str | None:
        limits = SendLimits(self.per_member, self.per_guild, self.now_ms - STALLED_MS)
        async with self.database.write() as tx:
            turn = await self.store.next_to_send(tx, limits, self.now_ms, only_ready=True)
            if turn is None:
                return None
            changes = Changes(sent=True, posted_at_ms=self.now_ms)
            to = JobStatus.SENDING
            await self.store.move(tx, turn.job, to, reason="turn", actor="k", now_ms=self.now_ms, changes=changes)
            await self.store.serve(tx, turn.job, self.now_ms)
            return turn.job.job_id

    def _count(self, job: Known, eligible: list[Known]) -> None:
        for guild in {other.guild for other in eligible} - {job.guild}:
            started = self.of_guilds.setdefault(guild, Counter())
            started[job.guild] += 1
            assert started[job.guild] < 2, f"guild {job.guild} started two while {guild} waited"
        self.of_guilds.pop(job.guild, None)
        for member in {other.member for other in eligible if other.guild == job.guild} - {job.member}:
            started = self.of_members.setdefault(member, Counter())
            started[job.member] += 1
            assert started[job.member] < 2, f"member {job.member} started two while {member} waited"
        self.of_members.pop(job.member, None)

    @rule(which=st.integers(0, 50), becomes=st.sampled_from(["queued", "unknown", "failed", "failed", "waiting"]))
    def something_becomes_of_a_job(self, which: int, becomes: str) -> None:
        """`waiting`: Segmind did not take it; it rests and keeps its place."""
        running = [job for job in self.jobs.values() if job.status in RUNNING]
        if not running:
            return
        job = running[which % len(running)]
        if job.status != "sending" and becomes in ("waiting", "unknown", "queued"):
            return
        job.status = becomes
        if becomes == "waiting":
            job.not_before_ms = self.now_ms + 5_000
        sql = "UPDATE jobs SET status = :status, not_before_ms = :rest_ms, request_id = :job_id WHERE job_id = :job_id"
        self.run(self.write((sql, {"status": becomes, "rest_ms": job.not_before_ms, "job_id": job.job_id})))

    @rule(seconds=st.sampled_from([0.001, 1, 3, 5, 60]))
    def time_passes(self, seconds: float) -> None:
        self.now_ms += round(seconds * 1000)

    @rule(
        what=st.sampled_from(["stall", "back a minute", "back 90 minutes", "guild", "model", "restart"]),
        guild=st.sampled_from(GUILDS),
        slug=st.sampled_from(SLUGS),
    )
    def the_world_changes(self, what: str, guild: int, slug: str) -> None:
        match what:
            case "stall":
                self.now_ms += STALLED_MS + MINUTE_MS
            case "back a minute":
                self.now_ms -= MINUTE_MS
            case "back 90 minutes":
                self.now_ms -= 90 * MINUTE_MS
            case "guild":
                self.a_guild_pauses_or_resumes(guild)
            case "model":
                self.a_model_is_paused_or_resumed(slug)
            case "restart":
                self.the_bot_restarts()

    def a_guild_pauses_or_resumes(self, guild: int) -> None:
        self.run(self._toggle_guild(guild))
        self.paused_guilds ^= {guild}

    async def _toggle_guild(self, guild: int) -> None:
        async with self.database.write() as tx:
            if guild in self.paused_guilds:
                await self.pauses.resume_guild(tx, guild, self.now_ms)
            else:
                await self.pauses.pause_guild(tx, guild, by="m", now_ms=self.now_ms)

    def a_model_is_paused_or_resumed(self, slug: str) -> None:
        self.run(self._toggle_slug(slug))
        self.paused_slugs ^= {slug}

    async def _toggle_slug(self, slug: str) -> None:
        async with self.database.write() as tx:
            if slug in self.paused_slugs:
                await self.pauses.resume_provider(tx, slug)
            else:
                await self.pauses.pause_provider(tx, slug, "forbidden", self.now_ms)

    def the_bot_restarts(self) -> None:
        self.run(self.stack.aclose())
        self.stack = AsyncExitStack()
        self.open()

    # What the model says

    @invariant()
    def forget_who_waits_no_more(self) -> None:
        """The bound speaks of those who have an eligible job all the time."""
        if not hasattr(self, "per_member"):
            return
        eligible = self.eligible()
        guilds, members = {job.guild for job in eligible}, {job.member for job in eligible}
        self.of_guilds = {guild: started for guild, started in self.of_guilds.items() if guild in guilds}
        self.of_members = {member: started for member, started in self.of_members.items() if member in members}

    def eligible(self) -> list[Known]:
        running = [job for job in self.jobs.values() if job.status in RUNNING]
        occupying = [job for job in running if job.posted_at_ms > self.now_ms - STALLED_MS]
        unclear = {(job.slug, job.body) for job in running if job.status in ("sending", "unknown")}
        return [job for job in self.jobs.values() if self._is_eligible(job, occupying, unclear)]

    def _is_eligible(self, job: Known, occupying: Iterable[Known], unclear: set[tuple[str, str]]) -> bool:
        of_member = sum(other.member == job.member for other in occupying)
        of_guild = sum(other.guild == job.guild for other in occupying)
        return (
            job.status == "waiting"
            and (job.not_before_ms <= self.now_ms or job.not_before_ms > self.now_ms + LONGEST_REST_MS)
            and job.guild not in self.paused_guilds
            and job.slug not in self.paused_slugs
            and (self.per_member == 0 or of_member < self.per_member)
            and (self.per_guild == 0 or of_guild < self.per_guild)
            and (job.slug, job.body) not in unclear
        )


TestTurnsMachine = TurnsMachine.TestCase
TestTurnsMachine.settings = settings(max_examples=40, stateful_step_count=40, derandomize=True, database=None)
