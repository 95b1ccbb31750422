"""Everything the server's rooms share."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field

from sandbox.segmind.account import Account
from sandbox.segmind.assets import AssetStore
from sandbox.segmind.clips import ClipStore
from sandbox.segmind.clock import SandboxClock
from sandbox.segmind.faults import FaultBook
from sandbox.segmind.interference import Interference
from sandbox.segmind.jobs import Job, JobBook
from sandbox.segmind.record import EventLog, RequestRecord
from sandbox.segmind.refusals import Refused
from sandbox.segmind.worker import Worker


@dataclass(slots=True)
class RateLimit:
    """Requests in any minute of the wall's clock, polls included; None: unlimited."""

    requests_per_minute: int | None = None
    _recent: deque[float] = field(default_factory=deque)

    def spend(self) -> None:
        """Count one request. Raises `Refused` (429) when the minute is full."""
        if self.requests_per_minute is None:
            return
        now = time.monotonic()
        while self._recent and now - self._recent[0] >= 60:
            self._recent.popleft()
        if len(self._recent) >= self.requests_per_minute:
            raise Refused(429, "rate_limit_exceeded")
        self._recent.append(now)


@dataclass(slots=True, kw_only=True)
class Provider:
    """The provider's insides, without HTTP."""

    clock: SandboxClock
    account: Account
    jobs: JobBook
    assets: AssetStore
    clips: ClipStore
    worker: Worker
    faults: FaultBook
    interference: Interference
    record: RequestRecord
    events: EventLog
    rate_limit: RateLimit
    history_lag_s: float  # of the wall's clock: how long after its submission a request shows in the history
    history_hides_unfinished: bool = False  # whether a row appears only when its request has ended
    upload_limit_bytes: int | None = None  # of the body of one upload
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    def let_go(self) -> None:
        """Release every request that waits: long polls and stalled downloads."""
        self.closing.set()
        self.events.close()

    def live_job(self, job_id: str) -> Job:
        """A job whose record is still kept. Raises `Refused` (404)."""
        job = self.jobs.get(job_id)
        if job is None or job.record_expired(self.clock):
            raise Refused(404, f"Request {job_id} not found")
        return job
