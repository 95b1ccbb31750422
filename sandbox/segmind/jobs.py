"""A job as the provider keeps it."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sandbox.segmind.clock import SandboxClock
from sandbox.segmind.pictures import Picture

RECORD_LIFE_S = 3600.0  # Segmind docs: results are stored for 1 hour after submission
MEDIA_LIFE_S = 7 * 24 * 3600.0  # outputs are deleted after 7 days


class JobState(StrEnum):
    """Segmind's four words (Segmind docs: async inference)."""

    QUEUED = "QUEUED"
    PROCESSING = "PROCESSING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Ending:
    """How a job ends: completed, or failed with the provider's words."""

    error: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What will happen to a job if nobody interferes. Provider seconds; None: it stays there for ever."""

    queue_s: float | None
    inference_s: float | None
    ending: Ending
    padding_bytes: int = 0
    dense_bytes: int = 0
    codec: str = "h264"

    @property
    def total_s(self) -> float | None:
        """From submission to end."""
        return None if self.queue_s is None or self.inference_s is None else self.queue_s + self.inference_s


@dataclass(slots=True, kw_only=True)
class Job:
    """One accepted request. Times are the wall's; money is micro-dollars."""

    slug: str
    parameters: Mapping[str, Any]
    effective: Mapping[str, Any]
    price_micro: int
    plan: Plan
    submitted_at: datetime
    submitted_tick: float
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    state: JobState = JobState.QUEUED
    started_at: datetime | None = None
    finished_at: datetime | None = None
    error: str | None = None
    charged_micro: int | None = None
    balance_after_micro: int | None = None
    clip: str | None = None
    start_image: Picture | None = None  # once it was fetched
    polls: int = 0
    results: int = 0
    downloads: int = 0
    forgotten: bool = False
    watched: bool = False
    decided: asyncio.Future[Ending] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    @property
    def prompt(self) -> str:
        return str(self.parameters.get("prompt", ""))

    @property
    def finished(self) -> bool:
        return self.state in {JobState.COMPLETED, JobState.FAILED}

    def record_expired(self, clock: SandboxClock) -> bool:
        """Whether /v2/requests no longer knows it."""
        return self.forgotten or clock.now() - self.submitted_tick > RECORD_LIFE_S

    def media_deleted(self, clock: SandboxClock) -> bool:
        """Whether the output is gone from the media host."""
        return clock.now() - self.submitted_tick > MEDIA_LIFE_S

    def backdate(self, seconds: float) -> None:
        """As if it had been submitted that much earlier."""
        shift = timedelta(seconds=seconds)
        self.submitted_tick -= seconds
        self.submitted_at -= shift
        self.started_at = self.started_at and self.started_at - shift
        self.finished_at = self.finished_at and self.finished_at - shift


class JobBook:
    """Every job of the account, oldest first."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._clips: dict[str, Job] = {}

    def add(self, job: Job) -> None:
        self._jobs[job.id] = job

    def get(self, job_id: str) -> Job | None:
        return self._jobs.get(job_id)

    def all(self) -> list[Job]:
        return list(self._jobs.values())

    def of_clip(self, name: str) -> Job | None:
        """The job whose output has this file name."""
        return self._clips.get(name)

    def name_clip(self, job: Job, name: str) -> None:
        job.clip = name
        self._clips[name] = job
