"""Complete services in memory, so that the cogs can be tried without a database, a provider or a board's loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from klapper.errors import DeliveryError, RequestRefused
from klapper.jobs.cards import Card
from klapper.jobs.job import CANCELLABLE, Job, JobEvent, JobStatus, Price
from klapper.kling.catalogue import CATALOGUE
from klapper.kling.prices import PRICES
from klapper.kling.pricing import Tariff, quote
from klapper.kling.resolution import resolve
from klapper.ledger.records import CREDIT, Balance, Kind, Transfer
from klapper.services.credits import PriceLine
from klapper.services.desk import Receipt, Viewer
from klapper.services.messenger import MessageRef, Messenger
from klapper.services.rules import Rules
from klapper.services.submission import Ask, Submitted
from klapper.services.views import JobView, Money, MoneyState, WaitingFor

NOW_MS = 1_767_225_600_000
RULES = Rules(
    period="week",
    time_zone="UTC",
    default_allowance=500,
    bot_budget_per_day=0,
    guild_budget=0,
    running_per_member=2,
    waiting_per_member=5,
    running_per_guild=0,
    largest_job=0,
    undo_s=3,
)


@dataclass
class House:
    """What all the fakes share: jobs, credits and pauses."""

    jobs: dict[str, JobView] = field(default_factory=dict)
    transfers: list[Transfer] = field(default_factory=list)
    granted: dict[int, int] = field(default_factory=dict)
    paused: set[int] = field(default_factory=set)
    served: Callable[[int], bool] = lambda guild_id: True
    rules: Rules = RULES

    def add(self, ask: Ask) -> Job:
        """A job in its undo time, its credits held."""
        request = resolve(ask.request, CATALOGUE)
        price = quote(request, Tariff(PRICES))
        job = Job(
            job_id=ask.job_id,
            interaction_id=ask.interaction_id,
            guild_id=ask.guild_id,
            channel_id=ask.channel_id,
            member_ref=1,
            user_id=ask.user_id,
            decision_id=1,
            request=request.to_json(),
            slug=request.slug,
            body_hash="0" * 64,
            deliver_to=ask.deliver_to,
            price=Price(price.price_credits, price.budget_units, price.provider_cost_micro_usd, price.price_version),
            status=JobStatus.WAITING,
            created_at_ms=NOW_MS,
            status_at_ms=NOW_MS,
            waiting_since_ms=NOW_MS,
            not_before_ms=NOW_MS + 3_000,
        )
        self.jobs[job.job_id] = JobView(
            job=job,
            request=request,
            model_title=request.model.title,
            money=Money(MoneyState.HELD, price.price_credits),
            card=Card(job.job_id, job.channel_id, None, "", None, ""),
            delivery=None,
            waiting_for=WaitingFor.UNDO,
        )
        self.move_credits(Kind.RESERVE, price.price_credits, job.job_id)
        return job

    def move(self, job_id: str, status: JobStatus, money: MoneyState) -> JobView:
        """The job changes; its card follows only when somebody makes it."""
        view = self.jobs[job_id]
        ended = NOW_MS + 9_000 if status not in (JobStatus.WAITING, JobStatus.PROCESSING) else None
        job = replace(view.job, status=status, finished_at_ms=ended, attempts=1, posted_at_ms=NOW_MS + 4_000)
        self.jobs[job_id] = replace(view, job=job, money=replace(view.money, state=money), waiting_for=None)
        return self.jobs[job_id]

    def move_credits(self, kind: Kind, amount: int, job_id: str | None) -> None:
        seq = len(self.transfers) + 1
        line = Transfer(
            f"{kind}:{seq}", CREDIT, kind, "allowance:1", "spent", amount, "klapper", "", job_id, NOW_MS, seq
        )
        self.transfers.append(line)


class FakeSubmission:
    """Refuses with `error`; waits for `gate` before it commits."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.asks: list[Ask] = []
        self.error: Exception | None = None
        self.gate: Callable[[], Awaitable[object]] | None = None
        self.committed = asyncio.Event()

    async def submit(self, ask: Ask) -> Submitted:
        self.asks.append(ask)
        if self.gate is not None:
            await self.gate()
        if self.error is not None:
            raise self.error
        known = [view.job for view in self._house.jobs.values() if view.job.interaction_id == ask.interaction_id]
        submitted = Submitted(known[0], is_new=False) if known else Submitted(self._house.add(ask), is_new=True)
        self.committed.set()
        return submitted


class FakeJobs:
    """Finds a job for its requester and for moderators of its guild."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.viewers: list[Viewer] = []
        self.error: Exception | None = None

    async def list(self, viewer: Viewer, *, skip: int = 0, rows: int = 10) -> Sequence[JobView]:
        self.viewers.append(viewer)
        own = [view for view in self._house.jobs.values() if self._is_own(view, viewer)]
        return own[::-1][skip : skip + rows]

    async def show(self, job_id: str, viewer: Viewer) -> JobView:
        self.viewers.append(viewer)
        if self.error is not None:
            raise self.error
        view = self._house.jobs.get(job_id)
        if view is None or not self._may_see(view, viewer):
            raise RequestRefused("no_such_job", "There is no such job of yours here.")
        return view

    async def cancel(self, job_id: str, viewer: Viewer) -> JobView:
        view = await self.show(job_id, viewer)
        if view.job.status not in CANCELLABLE:
            raise RequestRefused("too_late_to_cancel", f"Job {job_id} can no longer be cancelled.")
        self._house.move_credits(Kind.RELEASE, view.money.credits, job_id)
        return self._house.move(job_id, JobStatus.CANCELLED, MoneyState.RELEASED)

    async def receipt(self, job_id: str, viewer: Viewer) -> Receipt:
        view = await self.show(job_id, viewer)
        moved = [line for line in self._house.transfers if line.job_id == job_id]
        events = [JobEvent(None, JobStatus.WAITING, "asked", "member:1", NOW_MS)]
        return Receipt(view, events, moved, '{"prompt": "…"}')

    def _is_own(self, view: JobView, viewer: Viewer) -> bool:
        return view.job.guild_id == viewer.guild_id and view.job.user_id == viewer.user_id

    def _may_see(self, view: JobView, viewer: Viewer) -> bool:
        return view.job.guild_id == viewer.guild_id and (viewer.is_moderator or view.job.user_id == viewer.user_id)


class FakeCredits:
    """500 a week, less what is reserved or charged."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._grants: set[int] = set()
        self.error: Exception | None = None

    async def balance(self, guild_id: int, user_id: int) -> Balance:
        if self.error is not None:
            raise self.error
        held = sum(view.money.credits for view in self._house.jobs.values() if view.money.state is MoneyState.HELD)
        bonus = self._house.granted.get(user_id, 0)
        allowance = self._house.rules.default_allowance - held
        return Balance(allowance, bonus, held, self._house.rules.default_allowance, NOW_MS + 86_400_000)

    async def history(
        self, guild_id: int, user_id: int, *, before_seq: int | None = None, rows: int = 15
    ) -> Sequence[Transfer]:
        older = [line for line in self._house.transfers if before_seq is None or line.seq < before_seq]
        return older[::-1][:rows]

    def prices(self) -> Sequence[PriceLine]:
        return [
            PriceLine("Kling 3.0 Standard text to video", "5 s", 84),
            PriceLine("Kling 3.0 Standard text to video", "10 s", 168),
            PriceLine("Kling 1 text to video", "5 s, std", 28),
        ]

    async def grant(
        self, *, guild_id: int, granted_by: int, user_id: int, amount: int, interaction_id: int, reason: str = "grant"
    ) -> Balance:
        if amount < 1:
            raise RequestRefused("bad_amount", "Credits are granted in whole numbers from 1 to 1,000,000.")
        if interaction_id not in self._grants:
            self._grants.add(interaction_id)
            self._house.granted[user_id] = self._house.granted.get(user_id, 0) + amount
        return await self.balance(guild_id, user_id)


class FakeGuilds:
    def __init__(self, house: House) -> None:
        self._house = house

    async def pause(self, guild_id: int, user_id: int) -> bool:
        is_new = guild_id not in self._house.paused
        self._house.paused.add(guild_id)
        return is_new

    async def resume(self, guild_id: int) -> bool:
        was_paused = guild_id in self._house.paused
        self._house.paused.discard(guild_id)
        return was_paused

    def rules(self) -> Rules:
        return self._house.rules

    def serves(self, guild_id: int) -> bool:
        return self._house.served(guild_id)


class FakeBoard:
    """Posts with the real messenger; nothing follows by itself except the card of a failed answer."""

    def __init__(self, house: House, messenger: Messenger) -> None:
        self._house = house
        self._messenger = messenger
        self._takeovers: set[asyncio.Task[object]] = set()
        self.left_alone: set[str] = set()
        self.post_error: DeliveryError | None = None
        self.place_error: Exception | None = None  # for the next call

    async def view(self, job_id: str) -> JobView | None:
        return self._house.jobs.get(job_id)

    @contextmanager
    def answering(self, job_id: str) -> Iterator[None]:
        self.left_alone.add(job_id)
        try:
            yield
        finally:
            self.left_alone.discard(job_id)
            if job_id in self._house.jobs:
                self._take_over(job_id)

    def _take_over(self, job_id: str) -> None:
        task = asyncio.ensure_future(self.ensure_placed(job_id))
        self._takeovers.add(task)
        task.add_done_callback(self._takeovers.discard)

    async def place(self, view: JobView, message: MessageRef) -> None:
        if self.place_error is not None:
            error, self.place_error = self.place_error, None
            raise error
        job_id = view.job.job_id
        placed = Card(job_id, message.channel_id, message.message_id, self._messenger.fingerprint(view), NOW_MS, "")
        self._house.jobs[job_id] = replace(self._house.jobs[job_id], card=placed)

    async def ensure_placed(self, job_id: str) -> MessageRef | None:
        view = self._house.jobs.get(job_id)
        if view is None:  # refused: nothing came of it
            return None
        if view.card is not None and view.card.message_id is not None:
            return MessageRef(view.card.channel_id, view.card.message_id)
        if self.post_error is not None:
            raise self.post_error
        message = await self._messenger.find_card(view) or await self._messenger.post_card(view, f"{job_id}-card")
        await self.place(view, message)
        return message
