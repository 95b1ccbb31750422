"""What people do: each act is one interaction with whatever life of Klapper there is."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from klapper.assembly import Assembly
from klapper.errors import DeliveryError, KlapperError, RequestRefused
from klapper.jobs.job import Job, JobStatus
from klapper.kling.picture import InputImage
from klapper.kling.request import VideoRequest, with_images
from klapper.ledger.records import operator_actor
from klapper.services.asking import Appeal
from klapper.services.desk import Viewer
from klapper.services.drafts import Author
from klapper.services.recovery import Recovered
from klapper.services.settling import Settling
from klapper.services.submission import Ask, Question, Submitted
from tests.fake_attachments import FakeAttachments
from tests.simulation.messenger import SimulatedMessenger
from tests.simulation.story import Story
from tests.simulation.time import snowflake

PATIENCE_S = 2.0  # of whoever answers interactions, before the answer is put off
RECOVERED_BYTES = 10_000  # that an answer may carry


class Life(Protocol):
    """A living Klapper, as far as interactions reach it."""

    @property
    def klapper(self) -> Assembly: ...

    @property
    def messenger(self) -> SimulatedMessenger: ...

    @property
    def attachments(self) -> FakeAttachments: ...

    def spawn(self, who: str, work: Coroutine[Any, Any, None]) -> None:
        """Let it answer an interaction."""
        ...

    def now_s(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in a guild. channel_id: where they ask."""

    guild_id: int
    channel_id: int
    user_id: int

    @property
    def name(self) -> str:
        return f"u{self.user_id}"


@dataclass(frozen=True, slots=True)
class Wish:
    """A request. number: of the interaction; key: the id that its job will have."""

    number: int
    key: str
    prompt: str
    options: Mapping[str, Any] = field(default_factory=dict)
    images: tuple[str, ...] = ()
    deliver_to: str = "here"
    spoiler: bool = False


@dataclass(slots=True)
class Members:
    """All people. jobs: the ids of the jobs each of them knows of. handed_over: whose clip was recovered.

    evidence: jobs whose clip was on disk when it was reported.
    """

    story: Story
    life: Callable[[], Life | None]
    jobs: dict[int, list[str]] = field(default_factory=dict)
    owners: dict[str, Person] = field(default_factory=dict)
    left: set[int] = field(default_factory=set)  # guilds that removed Klapper
    handed_over: set[str] = field(default_factory=set)
    evidence: set[str] = field(default_factory=set)
    _interactions: dict[int, int] = field(default_factory=dict)  # by their numbers; an event may come twice

    def ask(self, person: Person, wish: Wish, *, presses_twice: bool = False) -> None:
        """`/video`; the gateway may bring it twice."""
        self.act(person, f"asks for “{wish.prompt}”", lambda life: self._ask(life, person, wish), wish.key)
        if presses_twice:
            again = replace(wish, key=wish.key[::-1])
            self.act(person, "asks, as the gateway says again", lambda life: self._ask(life, person, again), wish.key)

    def cancel(self, person: Person, job_id: str) -> None:
        async def act(life: Life) -> None:
            await life.klapper.desk.cancel(job_id, _viewer(person))

        self.act(person, "cancels", act, job_id)

    def delete(self, person: Person, job_id: str) -> None:
        async def act(life: Life) -> None:
            await life.klapper.desk.delete(job_id, _viewer(person))

        self.act(person, "deletes", act, job_id)

    def again(self, person: Person, job_id: str, number: int, key: str) -> None:
        """“Run again” below a card."""

        async def act(life: Life) -> None:
            ask = await life.klapper.desk.again(
                job_id, _viewer(person), interaction_id=self.interaction(number), channel_id=person.channel_id
            )
            await self._make(life, person, replace(ask, job_id=key))

        self.act(person, f"runs it again as {key}", act, job_id)

    def edit(self, person: Person, job_id: str, numbers: tuple[int, int], keys: tuple[str, str]) -> None:
        """“Edit and run”, whose Generate is pressed twice."""

        async def act(life: Life) -> None:
            view = await life.klapper.draft_desk.edit(job_id, _viewer(person), person.channel_id)
            for number, key in zip(numbers, keys, strict=True):
                await self._let_go(life, person, view.draft.draft_id, number, key)

        self.act(person, f"edits and runs it as {keys[0]}", act, job_id)

    def choose(self, person: Person, notify: str) -> None:
        async def act(life: Life) -> None:
            await life.klapper.preferences.notify(person.guild_id, person.user_id, notify)  # type: ignore[arg-type]

        self.act(person, f"wants to hear of ends: {notify}", act)

    def pause(self, manager: Person) -> None:
        async def act(life: Life) -> None:
            await life.klapper.guilds.pause(manager.guild_id, manager.user_id)

        self.act(manager, f"pauses guild {manager.guild_id}", act)

    def resume(self, manager: Person) -> None:
        async def act(life: Life) -> None:
            await life.klapper.guilds.resume(manager.guild_id, manager.user_id)

        self.act(manager, f"resumes guild {manager.guild_id}", act)

    def leave(self, guild_id: int) -> None:
        self.left.add(guild_id)

        async def act(life: Life) -> None:
            await life.klapper.guilds.left(guild_id)

        self.act(Person(guild_id, 0, 0), f"guild {guild_id} removes Klapper", act)

    def operator_resumes(self) -> None:
        """`bot.py resume`: another process, which needs no life."""

        async def act(life: Life) -> None:
            async with life.klapper.database.write() as tx:
                for pause in await life.klapper.pauses.provider(tx):
                    if pause.reason != "retired":
                        await life.klapper.pauses.resume_provider(tx, pause.scope)

        self.act(Person(0, 0, 0), "the operator resumes", act)

    def recover(self, person: Person, job_id: str) -> None:
        """`/jobs recover`: somebody wants their clip once more."""

        async def act(life: Life) -> None:
            found = await life.klapper.recovery.recover(job_id, _viewer(person), limit_bytes=RECOVERED_BYTES)
            if isinstance(found, Recovered):
                await life.klapper.recovery.handed_over(job_id, _viewer(person))
                self.handed_over.add(job_id)
                self.story.tell(person.name, "has the clip now", job_id)

        self.act(person, "wants to recover its clip", act, job_id)

    def report(self, person: Person, job_id: str) -> None:
        """“Report” on a clip."""

        async def act(life: Life) -> None:
            await life.klapper.reporting.report(job_id, _viewer(person), "Look at this.")
            if life.klapper.shelf.size_bytes(job_id) is not None:
                self.evidence.add(job_id)

        self.act(person, "reports its clip", act, job_id)

    def appeal(self, person: Person, decision_id: int, number: int, key: str) -> None:
        """The button under a refusal, and its form."""

        async def act(life: Life) -> None:
            desk, author = life.klapper.appeal_desk, Author(person.guild_id, person.channel_id, person.user_id)
            price = (await desk.show(decision_id, author)).price_credits
            appeal = Appeal(decision_id, "It is harmless.", price)
            ask = await desk.ask(appeal, author, self.interaction(number))
            await self._make(life, person, replace(ask, job_id=key))

        self.act(person, f"appeals refusal {decision_id}", act, key)

    def operator_releases(self, job_id: str) -> None:
        """`bot.py jobs release`."""

        async def act(life: Life) -> None:
            await _settling(life).release(job_id, actor=operator_actor("olga"))

        self.act(Person(0, 0, 0), "the operator releases it", act, job_id)

    def operator_adopts(self, job_id: str, request_id: str) -> None:
        """`bot.py jobs adopt`, with what the operator saw at Segmind."""

        async def act(life: Life) -> None:
            await _settling(life).adopt(job_id, request_id, actor=operator_actor("olga"))

        self.act(Person(0, 0, 0), f"the operator adopts {request_id[:8]} for it", act, job_id)

    # One interaction

    def act(self, person: Person, what: str, act: Callable[[Life], Awaitable[None]], about: str = "") -> None:
        """Somebody does something, if there is a life that hears it."""
        life = self.life()
        self.story.tell(person.name, what if life else f"{what}, and nobody answers", about)
        if life is not None:
            life.spawn(person.name, self._heard(life, person, act, about))

    async def _heard(self, life: Life, person: Person, act: Callable[[Life], Awaitable[None]], about: str) -> None:
        try:
            await act(life)
        except RequestRefused as refusal:
            self.story.tell(person.name, f"reads: {refusal.code}", about)
        except KlapperError as error:
            self.story.tell(person.name, f"reads an apology: {type(error).__name__}", about)

    async def _ask(self, life: Life, person: Person, wish: Wish) -> None:
        ask = _asking(person, wish, self.interaction(wish.number))
        asked_s = life.now_s()
        with life.klapper.board.answering(ask.job_id):
            if wish.images:
                ask = await self._with_images(life, ask, wish)
            outcome = await life.klapper.submission.submit(ask)
            if isinstance(outcome, Question):
                draft = outcome.draft
                await self._let_go(life, person, draft.draft_id, wish.number + 500_000, wish.key[1:] + wish.key[0])
                return
            self._remember(person, outcome)
            if not outcome.is_new:
                return
            may_be_shown = outcome.job.status is JobStatus.WAITING and not wish.images
            is_open = may_be_shown and wish.deliver_to == "here" and life.now_s() - asked_s < PATIENCE_S
            if is_open:
                await self._answer_with_card(life, outcome.job)
                return
            await self._placed(life, outcome.job)

    async def _answer_with_card(self, life: Life, job: Job) -> None:
        view = await life.klapper.board.view(job.job_id)
        assert view is not None
        message = await life.messenger.respond(view)
        if message is not None:
            await life.klapper.board.place(view, message)

    async def _make(self, life: Life, person: Person, ask: Ask) -> None:
        with life.klapper.board.answering(ask.job_id):
            outcome = await life.klapper.submission.submit(ask)
            if isinstance(outcome, Submitted):
                self._remember(person, outcome)
                if outcome.is_new:
                    await self._placed(life, outcome.job)

    async def _let_go(self, life: Life, person: Person, draft_id: str, number: int, key: str) -> None:
        """Generate is pressed on a draft as it is now."""
        author = Author(person.guild_id, person.channel_id, person.user_id)
        draft = (await life.klapper.draft_desk.show(draft_id, author)).draft
        ask = Ask(
            interaction_id=self.interaction(number),
            guild_id=person.guild_id,
            channel_id=person.channel_id,
            user_id=person.user_id,
            request=draft.request,
            deliver_to=draft.deliver_to,
            spoiler=draft.spoiler,
            parent_job_id=draft.parent_job_id,
            draft_id=draft_id,
            draft_revision=draft.revision,
            job_id=key,
        )
        await self._make(life, person, ask)

    async def _placed(self, life: Life, job: Job) -> None:
        try:
            await life.klapper.board.ensure_placed(job.job_id)
        except DeliveryError as error:
            self.story.tell("Klapper", f"the card is not posted yet: {error.reason}", job.job_id)

    async def _with_images(self, life: Life, ask: Ask, wish: Wish) -> Ask:
        attached = [life.attachments.attach(name.encode(), name=name) for name in wish.images]
        ask = replace(ask, request=with_images(ask.request, {file.name: file.key for file in attached}))
        await life.klapper.submission.preview(ask)
        taken = await life.klapper.intake.take_all(attached, ask.user_id)
        return replace(ask, request=with_images(ask.request, {key: image.sha256 for key, image in taken.items()}))

    def interaction(self, number: int) -> int:
        """The id of an event; the same number is the same event."""
        return self._interactions.setdefault(number, snowflake(self.story.time.now_s, number))

    def _remember(self, person: Person, outcome: Submitted) -> None:
        job_id = outcome.job.job_id
        if outcome.is_new:
            self.jobs.setdefault(person.user_id, []).append(job_id)
            self.owners[job_id] = person
            self.story.tell("Klapper", f"accepts it for {outcome.job.price.credits} credits", job_id)


def _asking(person: Person, wish: Wish, interaction_id: int) -> Ask:
    options = dict(wish.options)
    if wish.images:
        options["start_image"] = wish.images[0]
    return Ask(
        interaction_id=interaction_id,
        guild_id=person.guild_id,
        channel_id=person.channel_id,
        user_id=person.user_id,
        request=VideoRequest(prompt=wish.prompt, **options),
        deliver_to="dm" if wish.deliver_to == "dm" else "here",
        spoiler=wish.spoiler,
        job_id=wish.key,
    )


def _settling(life: Life) -> Settling:
    klapper = life.klapper
    return Settling(database=klapper.database, clock=klapper.clock, jobs=klapper.jobs, transitions=klapper.transitions)


def _viewer(person: Person) -> Viewer:
    return Viewer(person.guild_id, person.user_id)


async def normalised(source: Path, directory: Path, name: str, file_name: str = "") -> InputImage:
    """An image is its own words here."""
    content = source.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    (directory / sha256).write_bytes(content)
    return InputImage(sha256, "image/png", 400, 320, len(content))
