"""Segmind as the port `Provider` shows it."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from klapper.clock import DAY_MS, HOUR_MS, SECOND_MS, Clock
from klapper.errors import DeliveryError, NotTaken, ProviderError, ProviderRejected
from klapper.segmind.answers import (
    Completed,
    Credits,
    CreditsAnswer,
    Failed,
    Gone,
    HistoryAnswer,
    HistoryPage,
    HistoryPageAnswer,
    HistoryRow,
    Metrics,
    Processing,
    Queued,
    Result,
    ResultAnswer,
    RowState,
    Status,
    Submitted,
)

Verified = TypeVar("Verified")


@dataclass(slots=True)
class SegmindJob:
    """A job that Segmind took. failed: its words; run_s: seconds until it ends, None never."""

    request_id: str
    slug: str
    body: Mapping[str, Any]
    taken_at_ms: int
    run_s: float | None
    failed: str = ""
    refused: bool = False
    kept_s: float = HOUR_MS / SECOND_MS

    @property
    def url(self) -> str:
        return f"https://media.example/{self.request_id}.mp4"


@dataclass(frozen=True, slots=True)
class Post:
    """One POST that arrived. request_id: None when it was not taken."""

    slug: str
    body: Mapping[str, Any]
    at_ms: int
    request_id: str | None


@dataclass(frozen=True, slots=True)
class Upload:
    """One image that arrived."""

    sha256: str
    media_type: str
    at_ms: int

    @property
    def url(self) -> str:
        return f"https://images.example/{self.sha256}"


class FakeProvider:
    """Segmind as the port shows it: takes images and jobs, runs them, forgets their records after an hour, keeps the
    history.

    Everything can be made to fail: `next_submits` (an error, and whether the job was taken all the same),
    `next_uploads`, `next_answers[kind]` and `next_downloads` are used up first; `disturb` is asked before every call
    and may raise.
    """

    def __init__(self, clock: Clock, clip: bytes) -> None:
        self._clock = clock
        self._ids = itertools.count(1)
        self.clip = clip
        self.requests_per_minute: float = 50.0
        self.most_running: int | None = None
        self._began_ms, self._began_s = clock.now_ms(), clock.monotonic_s()
        self.run_s: float | None = 60.0
        self.history_lag_s = 0.0
        self.rows_per_page = 100
        self.shown: Callable[[HistoryRow], HistoryRow] = lambda row: row  # how the history shows a row
        self.spendable_micro_usd = 100_000_000
        self.jobs: dict[str, SegmindJob] = {}
        self.posts: list[Post] = []
        self.uploads: list[Upload] = []
        self.calls: list[tuple[str, str]] = []
        self.next_submits: deque[tuple[ProviderError, bool]] = deque()
        self.next_uploads: deque[ProviderError | None] = deque()
        self.next_answers: defaultdict[str, deque[Any]] = defaultdict(deque)
        self.next_downloads: deque[DeliveryError] = deque()
        self.gate = asyncio.Event()  # closed: nobody gets a token for a submit
        self.gate.set()
        self.answering = asyncio.Event()  # closed: a submit was sent and waits for its answer
        self.answering.set()
        self.held: dict[str, asyncio.Event] = {}  # kinds of calls that wait for their event
        self.at_submit: Callable[[str, Mapping[str, Any]], Awaitable[None]] | None = None
        self.disturb: Callable[[str, str], None] | None = None

    def may_submit(self, running_jobs: int) -> bool:
        return self.most_running is None or running_jobs < self.most_running

    async def admit_submit(self) -> None:
        self.calls.append(("admit", ""))
        await self.gate.wait()

    async def submit(self, slug: str, body: Mapping[str, Any]) -> Submitted:
        if self.at_submit is not None:
            await self.at_submit(slug, body)
        error, taken = self.next_submits.popleft() if self.next_submits else (None, True)
        if isinstance(error, NotTaken | ProviderRejected):
            taken = False
        job = self._take(slug, body) if taken else None
        self.posts.append(Post(slug, body, self._now_ms(), job.request_id if job else None))
        await self._call("submit", slug)
        await self.answering.wait()
        if error is not None:
            raise error
        assert job is not None
        return Submitted(job.request_id)

    async def upload(self, path: Path, media_type: str) -> str:
        upload = Upload(hashlib.sha256(path.read_bytes()).hexdigest(), media_type, self._now_ms())
        self.uploads.append(upload)
        error = self.next_uploads.popleft() if self.next_uploads else None
        await self._call("upload", upload.sha256)
        if error is not None:
            raise error
        return upload.url

    async def status(self, request_id: str) -> Status:
        await self._call("status", request_id)
        if (said := self._said("status")) is not None:
            return said  # type: ignore[no-any-return]
        job = self._record(request_id)
        match None if job is None else self.state(job):
            case None:
                return Gone()
            case "QUEUED":
                return Queued()
            case "PROCESSING":
                return Processing()
            case "COMPLETED":
                return Completed(Metrics())
            case "FAILED":
                assert job is not None
                return Failed(job.failed, job.refused, Metrics())

    async def result(self, request_id: str) -> ResultAnswer:
        await self._call("result", request_id)
        if (said := self._said("result")) is not None:
            return said  # type: ignore[no-any-return]
        job = self._record(request_id)
        match None if job is None else self.state(job):
            case None:
                return Gone()
            case "COMPLETED":
                assert job is not None
                return Result(job.url, Metrics(total_time_s=job.run_s))
            case "FAILED":
                assert job is not None
                return Failed(job.failed, job.refused, Metrics())
            case _:
                return Processing()

    async def history(self, request_id: str) -> HistoryAnswer:
        await self._call("history", request_id)
        if (said := self._said("history")) is not None:
            return said  # type: ignore[no-any-return]
        job = self.jobs.get(request_id)
        return Gone() if job is None else self._row(job)

    async def history_page(self, slug: str | None, *, from_ms: int, to_ms: int, page: int) -> HistoryPageAnswer:
        await self._call("history_page", slug or "")
        if (said := self._said("history_page")) is not None:
            return said  # type: ignore[no-any-return]
        first_ms, end_ms = from_ms // DAY_MS * DAY_MS, (to_ms // DAY_MS + 1) * DAY_MS
        now_ms = self._now_ms()
        found = [
            self._row(job)
            for job in reversed(self.jobs.values())
            if slug in (None, job.slug) and first_ms <= job.taken_at_ms < end_ms
            if now_ms - job.taken_at_ms >= self.history_lag_s * SECOND_MS
        ]
        start = (page - 1) * self.rows_per_page
        rows = found[start : start + self.rows_per_page]
        return HistoryPage(tuple(rows), is_last=len(rows) < self.rows_per_page)

    async def credits(self) -> CreditsAnswer:
        await self._call("credits", "")
        if (said := self._said("credits")) is not None:
            return said  # type: ignore[no-any-return]
        return Credits(self.spendable_micro_usd, 0)

    async def download(self, url: str, to_path: Path, verify: Callable[[Path], Awaitable[Verified]]) -> Verified:
        await self._call("download", url)
        if self.next_downloads:
            raise self.next_downloads.popleft()
        if not any(job.url == url for job in self.jobs.values()):
            raise DeliveryError("media_gone")
        part = to_path.with_suffix(".part")
        part.write_bytes(self.clip)
        verified = await verify(part)
        part.replace(to_path)
        return verified

    # What the test asks

    def state(self, job: SegmindJob) -> Literal["QUEUED", "PROCESSING", "COMPLETED", "FAILED"]:
        """Where the job is now: queued for a tenth of its time."""
        age_s = (self._now_ms() - job.taken_at_ms) / SECOND_MS
        if job.run_s is None or age_s < job.run_s / 10:
            return "QUEUED"
        if age_s < job.run_s:
            return "PROCESSING"
        return "FAILED" if job.failed else "COMPLETED"

    def posts_of(self, prompt: str) -> list[Post]:
        return [post for post in self.posts if post.body["prompt"] == prompt]

    def count(self, kind: str) -> int:
        return sum(called == kind for called, _ in self.calls)

    def _now_ms(self) -> int:
        """By Segmind's own clock, which nobody sets."""
        return self._began_ms + round((self._clock.monotonic_s() - self._began_s) * SECOND_MS)

    def _take(self, slug: str, body: Mapping[str, Any]) -> SegmindJob:
        id_ = f"request-{next(self._ids):04d}"
        self.jobs[id_] = SegmindJob(id_, slug, body, self._now_ms(), self.run_s)
        return self.jobs[id_]

    def _said(self, kind: str) -> Any:
        return self.next_answers[kind].popleft() if self.next_answers[kind] else None

    def _record(self, request_id: str) -> SegmindJob | None:
        job = self.jobs.get(request_id)
        if job is None or self._now_ms() - job.taken_at_ms > job.kept_s * SECOND_MS:
            return None
        return job

    def _row(self, job: SegmindJob) -> HistoryRow:
        states = {"COMPLETED": RowState.COMPLETED, "FAILED": RowState.FAILED}
        state = states.get(self.state(job), RowState.PENDING)
        url = job.url if state is RowState.COMPLETED else None
        row = HistoryRow(
            job.request_id, job.slug, state, url, None, job.run_s, job.failed, job.refused, job.body, job.taken_at_ms
        )
        return self.shown(row)

    async def _call(self, kind: str, about: str) -> None:
        self.calls.append((kind, about))
        await (self.held[kind].wait() if kind in self.held else asyncio.sleep(0))
        if self.disturb is not None:
            self.disturb(kind, about)
