"""How long jobs usually take, as the jobs that were made say."""

from __future__ import annotations

import math

from klapper.database.database import Reader
from klapper.errors import RequestRefused
from klapper.jobs.job import Job, JobStatus
from klapper.jobs.store import JobStore
from klapper.kling.model import Catalogue
from klapper.kling.resolution import ResolvedRequest
from klapper.services.durations import Cell, RunTimes, Usual

READ_RUNS = 5_000  # the newest, at the start
REMEMBERED_JOBS = 20_000  # of which it is known what their cards say

_ROUNDED_UP = ((120.0, 10.0), (600.0, 30.0), (math.inf, 60.0))  # below so many seconds, to so many


class UsualTimes:
    """Keeps:

    - every run that was measured counts once, whether it was read at the start or seen since;
    - what was said of a job stays said while it runs: other jobs' ends edit nobody's card.

    Each process that asks has its own; all are made of the same rows.
    """

    def __init__(self, *, jobs: JobStore, catalogue: Catalogue) -> None:
        self._jobs = jobs
        self._catalogue = catalogue
        self._run_times = RunTimes({model.slug: model.average_run_s for model in catalogue.models})
        self._is_read = False
        self._known: set[str] = set()  # what the first reading found, or came while it went on
        self._said: dict[str, Usual] = {}

    async def read(self, tx: Reader) -> None:
        """Learn from the jobs that were made before; only the first call does something."""
        if self._is_read:
            return
        found = await self._jobs.measured(tx, READ_RUNS)
        if not self._is_read:  # by somebody else meanwhile
            self._is_read = True
            for job in reversed(found):
                self.learn(job)
            self._known = {job.job_id for job in found}

    def learn(self, job: Job) -> None:
        """Take in a job that has been made, if it is known how long it ran."""
        if job.status is not JobStatus.SUCCEEDED or job.run_time_s is None or job.job_id in self._known:
            return
        self._run_times.learn(self.cell(job), job.run_time_s)
        if not self._is_read:
            self._known.add(job.job_id)

    def cell(self, job: Job) -> Cell:
        """What the job is like; of a model that is gone only its name."""
        try:
            request = ResolvedRequest.from_json(job.request, self._catalogue)
        except (RequestRefused, ValueError):
            return Cell(job.slug)
        return Cell(job.slug, request.mode, request.duration_s, request.audio)

    @property
    def run_times(self) -> RunTimes:
        """What was learned, by cell."""
        return self._run_times

    def usual(self, job: Job) -> Usual:
        """What eight of ten jobs like this take, rounded up as a card says it."""
        said = self._said.get(job.job_id)
        if said is None:
            usual = self._run_times.usual(self.cell(job))
            said = self._said[job.job_id] = Usual(_rounded_up(usual.under_s), usual.runs)
            if len(self._said) > REMEMBERED_JOBS:
                del self._said[next(iter(self._said))]
        return said


def _rounded_up(seconds: float) -> float:
    step = next(step for below, step in _ROUNDED_UP if seconds < below)
    return math.ceil(seconds / step) * step
