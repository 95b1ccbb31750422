"""A database full of unfinished jobs, made by the real services; their cards are in Discord, their jobs at Segmind."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from benchmarks.clones import clone_jobs
from benchmarks.house import CHANNEL, Bot, Segmind, Town
from klapper.assembly import Assembly
from klapper.clock import SystemClock
from klapper.database.migrate import migrate
from klapper.database.sqlite import SqliteDatabase
from klapper.jobs.job import Job, JobStatus
from klapper.jobs.store import Changes
from klapper.kling.payload import payload
from klapper.kling.request import VideoRequest
from klapper.kling.resolution import ResolvedRequest
from klapper.ops.metrics import Metrics
from klapper.segmind.budget import RequestBudget
from klapper.segmind.client import Endpoints, SegmindClient
from klapper.services.submission import Ask, Submitted
from klapper.settings import Settings
from sandbox.discord.messages import COMPONENTS_V2, Content, Message, Origin
from tests.fake_attachments import FakeAttachments
from tests.fake_cases import FakeCaseMessenger
from tests.fakes import FakeMessenger

AT_ONCE = 50
MODELS = 200  # one per member

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Mix:
    """How many jobs are in each state."""

    waiting: int
    queued: int
    processing: int

    @property
    def total(self) -> int:
        return self.waiting + self.queued + self.processing


class Crowd:
    """Fills the database of a bot that is not running."""

    def __init__(self, bot: Bot, place: Town, segmind: Segmind, *, models: int = MODELS) -> None:
        self._models = models
        self._bot = bot
        self._town = place
        self._segmind = segmind
        world = place.server.world
        [guild] = world.guilds.values()
        self._guild_id = guild.id
        self._channel = next(one for one in guild.channels.values() if one.name == CHANNEL)
        self._users = [user.id for user in world.users.values() if user.global_name in set(place.members)]

    async def fill(self, mix: Mix) -> None:
        """Jobs in these states, each with its card. `models` of the waiting ones are real, the others their copies."""
        migrate(self._bot.database)
        clock = SystemClock()
        settings = Settings.model_validate(self._sections())
        models = min(self._models, mix.waiting)
        async with SqliteDatabase.open(self._bot.database) as database, self._client(clock) as provider:
            klapper = Assembly(
                settings,
                database=database,
                clock=clock,
                provider=provider,
                case_messenger=FakeCaseMessenger(),
                messenger=FakeMessenger(clock),  # the cards are put into Discord here
                attachments=FakeAttachments(),
                metrics=Metrics(),
            )
            count = models + mix.queued + mix.processing
            jobs = await _at_once(range(count), lambda number: self._submit(klapper, number))
            running = [(job, JobStatus.QUEUED) for job in jobs[models : models + mix.queued]]
            running += [(job, JobStatus.PROCESSING) for job in jobs[models + mix.queued :]]
            await _at_once(running, lambda one: self._run(klapper, provider, *one))
            await _at_once(jobs, lambda job: self._show(klapper, job))
        waiting = [job.job_id for job in jobs[:models]]
        clone_jobs(self._bot.database, waiting, mix.waiting - models, self._post)

    async def _submit(self, klapper: Assembly, number: int) -> Job:
        outcome = await klapper.submission.submit(
            Ask(
                interaction_id=number + 1,
                guild_id=self._guild_id,
                channel_id=self._channel.id,
                user_id=self._users[number % len(self._users)],
                request=VideoRequest(prompt=f"a paper boat on a river, take {number}"),
            )
        )
        assert isinstance(outcome, Submitted), outcome
        return outcome.job

    async def _run(self, klapper: Assembly, provider: SegmindClient, job: Job, to: JobStatus) -> None:
        sent = Changes(sent=True, posted_at_ms=klapper.clock.now_ms())
        job = await klapper.transitions.move(job, JobStatus.SENDING, reason="turn", changes=sent)
        resolved = ResolvedRequest.from_json(job.request, klapper.catalogue)
        taken = await provider.submit(job.slug, payload(resolved, {}))
        changes = Changes(request_id=taken.request_id)
        job = await klapper.transitions.move(job, JobStatus.QUEUED, reason="taken", changes=changes)
        if to is JobStatus.PROCESSING:
            await klapper.transitions.move(job, to, reason="reported")

    async def _show(self, klapper: Assembly, job: Job) -> None:
        async with klapper.database.write() as tx:
            await klapper.cards.place(
                tx,
                job.job_id,
                channel_id=self._channel.id,
                message_id=self._post(),
                shown="",  # so every card is edited after the start, as if its place had changed
                state="",
                now_ms=klapper.clock.now_ms(),
            )

    def _post(self) -> int:
        """A message of the bot's that is there already; its id."""
        world = self._town.server.world
        message = Message(
            world.snowflakes.next(),
            self._channel,
            Origin(world.application.bot),
            Content(components=[{"type": 10, "id": 1, "content": "a card"}], flags=COMPONENTS_V2),
            world.clock.now_ms(),
        )
        world.messages_in(self._channel)[message.id] = message
        return message.id

    def _client(self, clock: SystemClock) -> SegmindClient:
        return SegmindClient(
            api_key=self._segmind.key,
            endpoints=Endpoints(self._segmind.url, self._segmind.url, self._segmind.url),
            download_hosts=("127.0.0.1",),
            budget=RequestBudget(1_000_000, clock),
            clock=clock,
            observe=Metrics().provider_request,
        )

    def _sections(self) -> dict[str, dict[str, str]]:
        """The bot's own settings, by section."""
        sections: dict[str, dict[str, str]] = {}
        for name, value in self._bot.settings.items():
            section, _, key = name.lower().partition("__")
            sections.setdefault(section, {})[key] = value
        sections["segmind"].pop("download_hosts")  # a list, which only the environment spells as words
        return sections


async def _at_once(items: Iterable[Item], work: Callable[[Item], Awaitable[Job | None]]) -> list[Job]:
    """Work on a few at a time; what came of each, in their order."""
    found: dict[int, Job] = {}
    numbered = iter(enumerate(items))

    async def go_on() -> None:
        for number, item in numbered:
            job = await work(item)
            if job is not None:
                found[number] = job

    await asyncio.gather(*itertools.starmap(go_on, [()] * AT_ONCE))
    return [found[number] for number in sorted(found)]
