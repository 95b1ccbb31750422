"""The provider's machine room: takes a job, runs it for as long as its plan says, charges for what it made."""

from __future__ import annotations

import asyncio
import math
import random
import uuid
from dataclasses import replace
from datetime import timedelta

from sandbox.segmind import pictures
from sandbox.segmind.account import Account
from sandbox.segmind.assets import AssetStore
from sandbox.segmind.clips import ClipStore
from sandbox.segmind.clock import SandboxClock
from sandbox.segmind.faults import FATES, FaultBook, Kind, Stage
from sandbox.segmind.jobs import Ending, Job, JobBook, JobState, Plan
from sandbox.segmind.models import Model
from sandbox.segmind.record import EventLog

SPREAD = 0.4  # standard deviation of the logarithm of a run time
QUEUE_SHARE = 0.1  # of a run time, spent waiting
MIB = 1024 * 1024
TECHNICAL_ERROR = "Internal error while generating the video. Please try again."
CONTENT_ERROR = (
    "Generation blocked: the prompt or output violates the content policy (risk control: sensitive content)."
)


class Worker:
    """Runs jobs side by side; at most one ending per job, and a charge only with a completed one."""

    def __init__(
        self,
        *,
        clock: SandboxClock,
        account: Account,
        jobs: JobBook,
        assets: AssetStore,
        clips: ClipStore,
        faults: FaultBook,
        events: EventLog,
        seed: int,
        run_time_s: float | None,
    ) -> None:
        self._clock = clock
        self._account = account
        self._jobs = jobs
        self._assets = assets
        self._clips = clips
        self._faults = faults
        self._events = events
        self._random = random.Random(seed)
        self._running: set[asyncio.Task[None]] = set()
        self.run_time_s = run_time_s  # of the wall's clock, for every job; None: drawn per model

    def accept(self, model: Model, parameters: dict[str, object], effective: dict[str, object]) -> Job:
        """A new job in the queue. It runs from now on."""
        job = Job(
            slug=model.slug,
            parameters=parameters,
            effective=effective,
            price_micro=model.price(effective),
            plan=self._plan(model, effective),
            submitted_at=self._clock.wall(),
            submitted_tick=self._clock.now(),
        )
        self._jobs.add(job)
        self._tell("submitted", job)
        self._start(job)
        return job

    async def import_job(self, job: Job, ending: Ending | None, ran_s: float) -> None:
        """A job of another day, with its ending; None: it is still running and will not end by itself."""
        self._jobs.add(job)
        await self._fetch_images(job)
        if ending is not None:
            await self._end(job, ending)
            job.started_at = job.submitted_at
            job.finished_at = min(self._clock.wall(), job.submitted_at + timedelta(seconds=ran_s))

    def decide(self, job: Job, ending: Ending) -> bool:
        """End a running job now. False when it has ended already."""
        if job.finished or job.decided.done():
            return False
        job.decided.set_result(ending)
        if not job.watched:
            self._start(job)
        return True

    async def close(self) -> None:
        """Stop every job where it is."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _start(self, job: Job) -> None:
        job.watched = True
        task = asyncio.create_task(self._run(job))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _run(self, job: Job) -> None:
        began = self._clock.now()
        await self._wait_until(job, began, job.plan.queue_s)
        job.state, job.started_at = JobState.PROCESSING, self._clock.wall()
        self._tell("processing", job)
        ending = await self._fetch_images(job)
        if ending is None:
            await self._wait_until(job, began, job.plan.total_s)
            ending = job.plan.ending
        await self._end(job, job.decided.result() if job.decided.done() else ending)

    async def _fetch_images(self, job: Job) -> Ending | None:
        """None when the job has every image that it needs; else how it ends, at once."""
        try:
            job.start_image = await pictures.fetch(self._assets, job.effective)
        except pictures.PictureRefused as refusal:
            return Ending(str(refusal))
        return None

    async def _wait_until(self, job: Job, began: float, seconds: float | None) -> None:
        """Let the time pass since the job began (None: for ever), or until the driver decides."""
        if seconds is None:
            await asyncio.wait([job.decided])
        else:
            await self._clock.sleep_until(began + seconds, unless=job.decided)

    async def _end(self, job: Job, ending: Ending) -> None:
        if not job.decided.done():
            job.decided.set_result(ending)  # from here on it is too late for the driver
        if ending.error is not None:
            job.error, job.finished_at, job.state = ending.error, self._clock.wall(), JobState.FAILED
            self._tell("failed", job, ending.error)
            return
        await self._clips.path(job)
        self._jobs.name_clip(job, f"{uuid.uuid4()}.mp4")
        job.charged_micro = job.price_micro
        job.balance_after_micro = self._account.charge(job.price_micro)
        job.finished_at, job.state = self._clock.wall(), JobState.COMPLETED
        self._tell("completed", job)

    def _tell(self, kind: str, job: Job, detail: str | None = None) -> None:
        self._events.append(self._clock.wall().isoformat(), kind, job.id, detail)

    def _plan(self, model: Model, effective: dict[str, object]) -> Plan:
        total_s = self._total_s(model, effective)
        queue_s: float | None = total_s * QUEUE_SHARE
        inference_s: float | None = total_s * (1 - QUEUE_SHARE)
        ending = Ending()
        prompt = str(effective["prompt"])
        if slow := self._faults.draw(Stage.JOB, [Kind.RUN_TIME], model.slug, prompt):
            queue_s, inference_s = 0.0, slow.seconds * self._clock.speed
        if fate := self._faults.draw(Stage.JOB, FATES, model.slug, prompt):
            match fate.kind:
                case Kind.STUCK_QUEUED:
                    queue_s = None
                case Kind.STUCK_PROCESSING:
                    inference_s = None
                case Kind.FAIL_CONTENT:
                    ending = Ending(fate.text or CONTENT_ERROR)
                case _:
                    ending = Ending(fate.text or TECHNICAL_ERROR)
        return replace(self._film(model.slug, prompt), queue_s=queue_s, inference_s=inference_s, ending=ending)

    def _film(self, slug: str, prompt: str) -> Plan:
        """What is special about the clip."""
        film = Plan(None, None, Ending())
        if big := self._faults.draw(Stage.JOB, [Kind.BIG], slug, prompt):
            film = replace(film, padding_bytes=big.mebibytes * MIB)
        if dense := self._faults.draw(Stage.JOB, [Kind.DENSE], slug, prompt):
            film = replace(film, dense_bytes=dense.mebibytes * MIB)
        if coded := self._faults.draw(Stage.JOB, [Kind.CODEC], slug, prompt):
            film = replace(film, codec=str(coded.text))
        return film

    def _total_s(self, model: Model, effective: dict[str, object]) -> float:
        """Log-normal around the published average, longer for long clips and for pro."""
        drawn = self._random.lognormvariate(math.log(model.mean_run_s) - SPREAD**2 / 2, SPREAD)
        if self.run_time_s is not None:
            return self.run_time_s * self._clock.speed
        by_mode = {"std": 0.8, "pro": 1.3}.get(str(effective.get("mode")), 1.0)
        return drawn * by_mode * (0.7 + 0.06 * int(str(effective["duration"])))
