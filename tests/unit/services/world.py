"""One Klapper on a real database, with time, Segmind and Discord in the hands of the test."""

from __future__ import annotations

import asyncio
import io
import itertools
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

import av
from av.video.stream import VideoStream

from klapper.assembly import Assembly
from klapper.database.sqlite import SqliteDatabase
from klapper.errors import RequestRefused
from klapper.jobs.deliveries import Delivery
from klapper.jobs.job import DeliverTo, Job, JobEvent, JobStatus
from klapper.jobs.store import Changes
from klapper.kling.picture import InputImage
from klapper.kling.request import VideoRequest
from klapper.ledger.audit import audit
from klapper.ledger.records import Balance
from klapper.ops.metrics import Metrics
from klapper.services.budgeting import Budgeting
from klapper.services.content_check import RemoteJudge
from klapper.services.submission import Ask, Submitted
from klapper.services.supervisor import supervise
from klapper.services.views import JobView
from klapper.settings import Settings
from tests.databases import FleetingDatabase, new_database
from tests.fake_attachments import FakeAttachments, picture
from tests.fake_cases import FakeCaseMessenger
from tests.fake_copies import FakeCopies
from tests.fakes import Activity, FakeMessenger, FakeProvider, ManualClock, NoThread, NoThreads, WatchedDatabase
from tests.pictures import normalise_here

GUILD, OTHER_GUILD = 42, 43
CHANNEL = 7
ANN, BOB, CYD = 1001, 1002, 1003
PRICE = 84  # credits of the default request: 5 s, silent, the default model


_FIELDS = ("guild_id", "channel_id", "user_id", "deliver_to", "spoiler", "parent_job_id", "draft_id", "job_id")


@cache
def tiny_clip(codec: str = "libx264") -> bytes:
    """A playable MP4 of some thousand bytes."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream(codec, rate=5)
        assert isinstance(stream, VideoStream)
        stream.width = stream.height = 16
        stream.pix_fmt = "yuv420p"
        for _ in range(2):
            container.mux(stream.encode(_grey_frame()))
        container.mux(stream.encode(None))
    return file.getvalue()


def _grey_frame() -> av.VideoFrame:
    """A new frame is whatever was in memory, and so would be the size of its clip."""
    frame = av.VideoFrame(16, 16, "yuv420p")
    for plane in frame.planes:
        plane.update(bytes([128]) * plane.buffer_size)
    return frame


class Crashes(logging.Handler):
    """Every traceback that Klapper logged: a test that expects none sees them at its end."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info:
            self.seen.append(f"{record.getMessage()}: {record.exc_info[1]!r}")


class AwaitCount:
    """Counts the awaits of every task that is made while this is the task factory; acts at the n-th."""

    def __init__(self, n: int, act: Callable[[], None]) -> None:
        self._n = n
        self._act = act
        self.seen = 0

    def task(self, loop: asyncio.AbstractEventLoop, work: Any, **more: Any) -> asyncio.Task[Any]:
        return asyncio.Task(Counted(work, self._count), loop=loop, **more)

    def _count(self) -> None:
        self.seen += 1
        if self.seen == self._n:
            self._act()


class Counted(Coroutine[Any, Any, Any]):
    """The same work, which says so at each of its awaits."""

    def __init__(self, work: Coroutine[Any, Any, Any], say: Callable[[], None]) -> None:
        self._work = work
        self._say = say

    def send(self, value: Any) -> Any:
        awaited = self._work.send(value)
        self._say()
        return awaited

    def throw(self, *error: Any) -> Any:
        awaited = self._work.throw(*error)
        self._say()
        return awaited

    def close(self) -> None:
        self._work.close()

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._work.__await__()


class World:
    """Everything that the program composes, and the means to live through time, kill it and look at it."""

    def __init__(
        self,
        settings: Settings,
        database: SqliteDatabase,
        activity: Activity,
        crashes: Crashes,
        repeat_s: float,
        judge: RemoteJudge | None,
    ) -> None:
        self.settings = settings
        self.activity = activity
        self.crashes = crashes
        self.clock = ManualClock(activity)
        self.database = WatchedDatabase(database, activity)
        self.provider = FakeProvider(self.clock, tiny_clip())
        self.messenger = FakeMessenger(self.clock)
        self.case_messenger = FakeCaseMessenger()
        self.attachments = FakeAttachments()
        self.copies = FakeCopies(self.clock)
        self.repeat_s = repeat_s
        self.judge = judge
        self.klapper = self._assembled()
        self._outside = asyncio.all_tasks()
        self._driver: asyncio.Task[Any] | None = None  # the test's own
        self._interactions = itertools.count(1)

    @classmethod
    @asynccontextmanager
    async def open(
        cls, folder: Path, *, repeat_s: float = 0, judge: RemoteJudge | None = None, **sections: Any
    ) -> AsyncIterator[World]:
        """A world in this folder, in which nobody is asked before a job is made.

        repeat_s: ask who repeats a request so soon. judge: the check outside. sections: settings other than the
        defaults, by section.
        """
        file = folder / "klapper.db"
        new_database(file)
        sections |= {"credits": {"confirm_above": 0} | sections.get("credits", {})}
        sections |= {"media": {"directory": folder / "media"} | sections.get("media", {})}
        settings = Settings(database={"url": f"sqlite:///{file}"}, **sections)  # type: ignore[arg-type]
        activity, crashes = Activity(), Crashes()
        asyncio.get_running_loop().set_default_executor(NoThreads())
        logging.getLogger("klapper").addHandler(crashes)
        try:
            # Every statement is an await, at which a process can be killed.
            async with FleetingDatabase.open(file, quick_steps=0, thread=NoThread) as database:
                world = cls(settings, database, activity, crashes, repeat_s, judge)
                yield world
                await world.kill()
        finally:
            logging.getLogger("klapper").removeHandler(crashes)

    # Life and death

    async def start(self, *loops: str) -> None:
        """Run these loops, all of them when none is named."""
        known = {**self.klapper.provider_loops(), **self.klapper.discord_loops()}
        self._driver = asyncio.current_task()
        for name in loops or [name for name in known if name != "gauges"]:
            asyncio.create_task(self._supervised(name, known[name]), name=name)  # noqa: RUF006  (kept by `kill`)
        await self.settle()

    async def kill(self) -> None:
        """End every task where it stands. What comes back is a new process on the same database."""
        self._driver = asyncio.current_task()
        self.kill_now()
        tasks = self.tasks()
        if tasks:
            await asyncio.wait(tasks)
        self.klapper = self._assembled()

    def kill_now(self) -> None:
        """The killing alone; usable from inside of one of the tasks."""
        for task in self.tasks():
            task.cancel()

    def tasks(self) -> set[asyncio.Task[Any]]:
        """Everything that runs because of Klapper."""
        return {task for task in asyncio.all_tasks() - self._outside if task is not self._driver}

    async def killed_at(self, n: int, seconds: float, *loops: str) -> bool:
        """Start these loops, live for some seconds and be killed at the n-th await of all tasks together.

        False when there were fewer awaits: then it was killed at the end.
        """
        count = AwaitCount(n, self.kill_now)
        event_loop = asyncio.get_running_loop()
        event_loop.set_task_factory(count.task)
        try:
            await self.start(*loops)
            await self.advance(seconds)
        finally:
            event_loop.set_task_factory(None)
            await self.kill()
        return count.seen >= n

    async def settle(self) -> None:
        await self.activity.settle()

    async def advance(self, seconds: float) -> None:
        await self.clock.advance(seconds)

    async def advance_hours(self, hours: float) -> None:
        """Live through these hours quickly: whatever is due in a minute happens at its end."""
        for _ in range(round(hours * 60)):
            await self.clock.jump(60)

    async def until(self, holds: Callable[[], Awaitable[bool]], *, step_s: float = 1.0, at_most_s: float = 600) -> None:
        """Live until something holds."""
        for _ in range(round(at_most_s / step_s)):
            if await holds():
                return
            await self.advance(step_s)
        raise AssertionError(f"not within {at_most_s} s")

    # What members do

    def asking(self, prompt: str = "a fox", **more: Any) -> Ask:
        """An `Ask` of Ann's in a channel; any field and any option of the request may be another."""
        fields: dict[str, Any] = {name: more.pop(name) for name in _FIELDS if name in more}
        interaction_id = more.pop("interaction_id", None) or next(self._interactions)
        where: dict[str, Any] = {"guild_id": GUILD, "channel_id": CHANNEL, "user_id": ANN} | fields
        return Ask(interaction_id=interaction_id, request=VideoRequest(prompt=prompt, **more), **where)

    async def submit(self, prompt: str = "a fox", **more: Any) -> Job:
        return (await self.submitted(self.asking(prompt, **more))).job

    async def submitted(self, ask: Ask) -> Submitted:
        """The job that an ask becomes; a question fails the test."""
        outcome = await self.klapper.submission.submit(ask)
        assert isinstance(outcome, Submitted)
        return outcome

    async def image(self, **more: Any) -> InputImage:
        """An image that a member has attached: on disk, in the books of images."""
        image = await self.klapper.intake.take(self.attachments.attach(picture(**more)), ANN)
        await self.settle()
        return image

    async def refused(self, ask: Ask) -> RequestRefused:
        """The refusal that this meets."""
        try:
            await self.klapper.submission.submit(ask)
        except RequestRefused as error:
            return error
        raise AssertionError("not refused")

    # Jobs that are already somewhere, without the loops

    async def move(self, job: Job, *path: JobStatus, reason: str = "test", changes: Changes | None = None) -> Job:
        for status in path:
            job = await self.klapper.transitions.move(job, status, reason=reason, changes=changes)
        return job

    async def sent(self, prompt: str = "a fox", *, status: JobStatus = JobStatus.QUEUED, **more: Any) -> Job:
        """A job that Segmind has, as if it had been sent now."""
        job = await self.submit(prompt, **more)
        provided = await self.provider.submit(job.slug, {"prompt": prompt})
        sent = Changes(sent=True, posted_at_ms=self.clock.now_ms())
        job = await self.move(job, JobStatus.SENDING, reason="turn", changes=sent)
        job = await self.move(job, JobStatus.QUEUED, changes=Changes(request_id=provided.request_id))
        return job if status is JobStatus.QUEUED else await self.move(job, status)

    async def finished(self, prompt: str = "a fox", *, deliver_to: DeliverTo = "here", **more: Any) -> Job:
        """A job that succeeded, its delivery pending."""
        job = await self.sent(prompt, deliver_to=deliver_to, **more)
        assert job.request_id is not None
        url = self.provider.jobs[job.request_id].url
        return await self.move(job, JobStatus.SUCCEEDED, reason="completed", changes=Changes(media_url=url))

    # What there is

    async def job(self, job_id: str) -> Job:
        async with self.database.read() as tx:
            job = await self.klapper.jobs.get(tx, job_id)
        assert job is not None
        return job

    async def status(self, job_id: str) -> JobStatus:
        return (await self.job(job_id)).status

    async def view(self, job_id: str) -> JobView:
        view = await self.klapper.views.get(job_id)
        assert view is not None
        return view

    async def delivery(self, job_id: str) -> Delivery:
        delivery = (await self.view(job_id)).delivery
        assert delivery is not None
        return delivery

    async def events(self, job_id: str) -> list[JobEvent]:
        async with self.database.read() as tx:
            return await self.klapper.jobs.events(tx, job_id)

    async def path(self, job_id: str) -> list[JobStatus]:
        """Every status that the job has had."""
        return [event.to_status for event in await self.events(job_id)]

    def budgeting(self) -> Budgeting:
        """What `bot.py budget` does, beside the bot."""
        return Budgeting(
            database=self.database,
            clock=self.clock,
            quotas=self.klapper.quotas,
            store=self.klapper.quota_store,
            ledger=self.klapper.ledger,
            audit=self.klapper.audit,
        )

    async def balance(self, user_id: int = ANN, guild_id: int = GUILD) -> Balance:
        return (await self.klapper.credits.balance(guild_id, user_id)).balance

    async def rows(self, sql: str, **params: object) -> list[tuple[Any, ...]]:
        async with self.database.read() as tx:
            return [tuple(row[name] for name in row.keys()) for row in await tx.all(sql, **params)]  # noqa: SIM118

    async def execute(self, sql: str, **params: object) -> int:
        """What another process (the command line) does."""
        async with self.database.write() as tx:
            return await tx.execute(sql, **params)

    async def broken_books(self) -> list[str]:
        """Every rule of the books that does not hold."""
        async with self.database.read() as tx:
            return [f"{found.rule} {found.where}: {found.sentence}" for found in (await audit(tx)).violations]

    async def _supervised(self, name: str, loop: Callable[[], Awaitable[None]]) -> None:
        await supervise(name, loop, clock=self.clock, crashed=lambda _: None)

    def _assembled(self) -> Assembly:
        return Assembly(
            self.settings,
            database=self.database,
            clock=self.clock,
            provider=self.provider,
            messenger=self.messenger,
            case_messenger=self.case_messenger,
            attachments=self.attachments,
            metrics=Metrics(),
            repeat_s=self.repeat_s,
            normalise=normalise_here,
            copy_clip=self.copies.copy,
            judge=self.judge,
        )


__all__ = ["ANN", "BOB", "CHANNEL", "CYD", "GUILD", "OTHER_GUILD", "PRICE", "Submitted", "World", "tiny_clip"]
