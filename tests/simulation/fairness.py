"""The fairness bound, judged by rules of its own: nobody starts two jobs while somebody else could start one.

While a guild has an eligible job, no other guild starts two; while a member has one, no other member of that guild
starts two; of a member the oldest eligible job goes first.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator
from dataclasses import dataclass

from klapper.clock import HOUR_MS
from klapper.jobs.images import URL_TRUSTED_MS
from klapper.jobs.pauses import ALL
from tests.simulation.observer import Observer


@dataclass(frozen=True, slots=True)
class Waiting:
    """A job that could be sent now."""

    job_id: str
    guild_id: int
    member_ref: int
    age: tuple[int, int]


class Turns:
    """Who was passed by whom: each key that could have gone remembers who went instead."""

    def __init__(self) -> None:
        self._passed: defaultdict[Hashable, set[Hashable]] = defaultdict(set)

    def goes(self, goer: Hashable, could: set[Hashable], among: set[Hashable] | None = None) -> list[Hashable]:
        """Somebody goes; those who could have gone and see them go for the second time."""
        twice = sorted((key for key in could - {goer} if goer in self._passed[key]), key=str)
        for key in list(self._passed):
            if key == goer or (key not in could and (among is None or key in among)):
                del self._passed[key]
        for key in could - {goer}:
            self._passed[key].add(goer)
        return twice


class Fairness:
    """Follows every start. max_running: jobs at Segmind. per_member, per_guild: running jobs, 0 unlimited."""

    def __init__(
        self, observer: Observer, *, max_running: int, per_member: int, per_guild: int, stalled_ms: int
    ) -> None:
        self._observer = observer
        self._max_running = max_running
        self._per_member = per_member
        self._per_guild = per_guild
        self._stalled_ms = stalled_ms
        self._guilds = Turns()
        self._members: defaultdict[int, Turns] = defaultdict(Turns)

    def claims(self, job_id: str, now_ms: int) -> Iterator[str]:
        """The job is about to be committed as `sending`; sentences for those who were passed over."""
        eligible = list(self._eligible(job_id, now_ms))
        job = next((waiting for waiting in eligible if waiting.job_id == job_id), None)
        if job is None:
            yield "it starts although it may not"
            return
        for guild in self._guilds.goes(job.guild_id, {waiting.guild_id for waiting in eligible}):
            yield f"guild {job.guild_id} starts a second job while guild {guild} could start one"
        beside = [waiting for waiting in eligible if waiting.guild_id == job.guild_id]
        for member in self._members[job.guild_id].goes(job.member_ref, {waiting.member_ref for waiting in beside}):
            yield f"member {job.member_ref} starts a second job while member {member} could start one"
        older = [w for w in beside if w.member_ref == job.member_ref and w.age < job.age]
        if older:
            yield f"the older job {older[0].job_id} of the same member could start"

    def _eligible(self, claimed: str, now_ms: int) -> Iterator[Waiting]:
        """What could have started in its place, itself included."""
        look = self._observer.rows
        running = look(
            "SELECT member_ref, guild_id, slug, body_hash, status, posted_at_ms FROM jobs"
            " WHERE status IN ('sending', 'queued', 'processing', 'unknown') AND job_id <> :claimed",
            claimed=claimed,
        )
        counted = [row for row in running if row["posted_at_ms"] > now_ms - self._stalled_ms]
        if len(counted) >= self._max_running:
            return
        members = Counter(row["member_ref"] for row in counted)
        guilds = Counter(row["guild_id"] for row in counted)
        unclear = {(row["slug"], row["body_hash"]) for row in running if row["status"] in ("sending", "unknown")}
        scopes = {row["scope"] for row in look("SELECT scope FROM provider_pauses")}
        if ALL in scopes:
            return
        paused = {row["guild_id"] for row in look("SELECT guild_id FROM guild_pauses")}
        bare = {
            row["job_id"]
            for row in look(
                "SELECT job_id FROM job_images JOIN images USING (sha256)"
                " WHERE images.url IS NULL OR images.uploaded_at_ms <= :trusted_since_ms",
                trusted_since_ms=now_ms - URL_TRUSTED_MS,
            )
        }
        for row in look("SELECT * FROM jobs WHERE status = 'waiting' OR job_id = :claimed", claimed=claimed):
            if row["not_before_ms"] > now_ms and row["not_before_ms"] <= now_ms + HOUR_MS:
                continue
            if row["slug"] in scopes or row["guild_id"] in paused or row["job_id"] in bare:
                continue
            if (row["slug"], row["body_hash"]) in unclear:
                continue
            if self._per_member and members[row["member_ref"]] >= self._per_member:
                continue
            if self._per_guild and guilds[row["guild_id"]] >= self._per_guild:
                continue
            yield Waiting(row["job_id"], row["guild_id"], row["member_ref"], (row["created_at_ms"], row["decision_id"]))
