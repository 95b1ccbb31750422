"""What an operator decides by hand about a job whose outcome nobody knows. It works beside a running bot."""

from __future__ import annotations

from dataclasses import replace

from klapper.clock import Clock
from klapper.database.database import Database, Reader, Writer
from klapper.errors import KlapperError
from klapper.jobs.job import Job, JobStatus
from klapper.jobs.store import Changes, JobStore
from klapper.services.transitions import Transitions

RELEASABLE = frozenset({JobStatus.UNKNOWN, JobStatus.QUEUED, JobStatus.PROCESSING})


class Settling:
    """Keeps: each decision is one guarded transaction with its actor on record; nothing is ever sent by it.

    Every method raises KlapperError with what to do when the job is not one of those that it is for.
    """

    def __init__(self, *, database: Database, clock: Clock, jobs: JobStore, transitions: Transitions) -> None:
        self._database = database
        self._clock = clock
        self._jobs = jobs
        self._transitions = transitions

    async def releasable(self, job_id: str) -> Job:
        """A job whose hold can be ended by hand."""
        async with self._database.read() as tx:
            return await self._releasable(tx, job_id)

    async def adoptable(self, job_id: str) -> Job:
        """A job that has no request id and may get one."""
        async with self._database.read() as tx:
            return await self._adoptable(tx, job_id)

    async def release(self, job_id: str, *, actor: str) -> Job:
        """End the hold: the credits go back, the job is `abandoned` and watched on."""
        async with self._database.write() as tx:
            job = await self._releasable(tx, job_id)
            moved = await self._transitions.move_in(
                tx, job, JobStatus.ABANDONED, reason="released_by_operator", actor=actor
            )
        self._transitions.announce(job, moved)
        return moved

    async def adopt(self, job_id: str, request_id: str, *, actor: str) -> Job:
        """This request of Segmind's is the job: from now on it is asked about by that id."""
        async with self._database.write() as tx:
            job = await self._adoptable(tx, job_id)
            owner = await self._jobs.of_request(tx, request_id)
            if owner is not None:
                raise KlapperError(f"That request is job {owner.job_id} already: nothing was changed.")
            if job.status is JobStatus.UNKNOWN:
                changes = Changes(request_id=request_id)
                moved = await self._transitions.move_in(
                    tx, job, JobStatus.QUEUED, reason="adopted", actor=actor, changes=changes
                )
            else:
                await self._adopt_abandoned(tx, job, request_id, actor)
                moved = replace(job, request_id=request_id)
        self._transitions.announce(job, moved)
        return moved

    async def _adopt_abandoned(self, tx: Writer, job: Job, request_id: str, actor: str) -> None:
        if not await self._jobs.claim(tx, job, request_id):
            raise KlapperError(f"An equal job is being sent or is unclear: settle that one before job {job.job_id}.")
        await self._jobs.note(tx, job, reason="adopted", actor=actor, now_ms=self._clock.now_ms())

    async def _releasable(self, tx: Reader, job_id: str) -> Job:
        job = await self._job(tx, job_id)
        if job.status in RELEASABLE:
            return job
        if job.status is JobStatus.SENDING:
            raise _being_sent(job_id)
        raise KlapperError(f"Job {job_id} is {job.status}: only an unknown, queued or processing job can be released.")

    async def _adoptable(self, tx: Reader, job_id: str) -> Job:
        job = await self._job(tx, job_id)
        if job.request_id is not None:
            raise KlapperError(f"Job {job_id} has the request id {job.request_id} already: nothing was changed.")
        if job.status in (JobStatus.UNKNOWN, JobStatus.ABANDONED):
            return job
        if job.status is JobStatus.SENDING:
            raise _being_sent(job_id)
        raise KlapperError(f"Job {job_id} is {job.status}: only an unknown or abandoned job can be adopted.")

    async def _job(self, tx: Reader, job_id: str) -> Job:
        job = await self._jobs.get(tx, job_id)
        if job is None:
            raise KlapperError(f"There is no job {job_id}: `python bot.py jobs` lists them.")
        return job


def _being_sent(job_id: str) -> KlapperError:
    return KlapperError(f"Job {job_id} is being sent: if the bot is not running, start it, and it becomes unknown.")
