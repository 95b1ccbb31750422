"""Complete services in memory, so that the cogs can be tried without a database, a provider or a board's loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace

from klapper.drafts.draft import Why
from klapper.errors import DeliveryError, RequestRefused
from klapper.jobs.cards import Card
from klapper.jobs.deliveries import Delivery
from klapper.jobs.job import CANCELLABLE, TERMINAL, DeliveryState, JobEvent, JobStatus
from klapper.ledger.records import Balance, BudgetLeft, Kind
from klapper.moderation.rules import GuildRules, Place
from klapper.services.appeal_desk import Appealable
from klapper.services.asking import Appeal
from klapper.services.case_views import CaseView
from klapper.services.credits import Holdings, PriceLine
from klapper.services.credits import Why as CreditRules
from klapper.services.desk import Receipt, Viewer
from klapper.services.drafts import Author
from klapper.services.guilds import EndedPause
from klapper.services.messenger import MessageRef, Messenger
from klapper.services.open_cases import Moderator
from klapper.services.refusals import guild_paused, no_such_case, no_such_refusal
from klapper.services.rules import Rules
from klapper.services.submission import Ask, Question, Submitted
from klapper.services.views import JobView, MoneyState
from tests.integration.cogs.house import NOW_MS, House


class FakeSubmission:
    """Refuses with `error`, or asks for the reason in `asks_first`; waits for `gate` before it commits.

    asks_outside: whether it says that somebody outside is asked.
    """

    def __init__(self, house: House) -> None:
        self._house = house
        self.asks: list[Ask] = []
        self.error: Exception | None = None
        self.gate: Callable[[], Awaitable[object]] | None = None
        self.asks_first = Why.NOTHING
        self.previews: list[Ask] = []
        self.preview_error: Exception | None = None
        self.preview_gate: Callable[[], Awaitable[object]] | None = None
        self.committed = asyncio.Event()
        self.asks_outside = False

    async def may_begin(self, guild_id: int, user_id: int, place: Place) -> None:
        if guild_id in self._house.paused:
            raise guild_paused()

    async def preview(self, ask: Ask) -> None:
        self.previews.append(ask)
        if self.preview_gate is not None:
            await self.preview_gate()
        if self.preview_error is not None:
            raise self.preview_error

    async def submit(self, ask: Ask) -> Submitted | Question:
        self.asks.append(ask)
        if self.gate is not None:
            await self.gate()
        if self.error is not None:
            raise self.error
        known = [view.job for view in self._house.jobs.values() if view.job.interaction_id == ask.interaction_id]
        if not known and self.asks_first is not Why.NOTHING:
            return Question(self._house.question(ask, self.asks_first))
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
        if view is None or view.job.guild_id != viewer.guild_id:
            raise RequestRefused("no_such_job", "There is no such job here.")
        if not self._may_see(view, viewer):
            raise RequestRefused("not_your_job", "This is another member's request.")
        return view

    async def cancel(self, job_id: str, viewer: Viewer) -> JobView:
        view = await self.show(job_id, viewer)
        if view.job.status not in CANCELLABLE:
            raise RequestRefused("too_late_to_cancel", f"Job `{job_id}` can no longer be cancelled.")
        self._house.move_credits(Kind.RELEASE, view.money.credits, job_id)
        return self._house.move(job_id, JobStatus.CANCELLED, MoneyState.RELEASED)

    async def again(self, job_id: str, viewer: Viewer, *, interaction_id: int, channel_id: int, place: Place) -> Ask:
        view = await self.show(job_id, replace(viewer, is_moderator=False))
        assert view.request is not None
        return Ask(
            interaction_id,
            view.job.guild_id,
            channel_id,
            viewer.user_id,
            view.request.asked,
            place,
            view.job.deliver_to,
            view.job.spoiler,
            job_id,
        )

    async def delete(self, job_id: str, viewer: Viewer) -> JobView:
        view = await self.show(job_id, viewer)
        if view.job.status not in TERMINAL:
            raise RequestRefused("not_ended", f"Job {job_id} is not finished.")
        by = "requester" if view.job.user_id == viewer.user_id else "moderator"
        removed = Delivery(job_id, DeliveryState.REMOVED, by, "", None, 0, 0, None, NOW_MS)
        self._house.jobs[job_id] = replace(view, delivery=removed)
        return self._house.jobs[job_id]

    async def receipt(self, job_id: str, viewer: Viewer) -> Receipt:
        view = await self.show(job_id, viewer)
        moved = [line for line in self._house.transfers if line.job_id == job_id]
        events = [JobEvent(None, JobStatus.WAITING, "asked", "member:1", NOW_MS)]
        return Receipt(view, events, moved, '{"prompt": "…"}')

    def _is_own(self, view: JobView, viewer: Viewer) -> bool:
        return view.job.guild_id == viewer.guild_id and view.job.user_id == viewer.user_id

    def _may_see(self, view: JobView, viewer: Viewer) -> bool:
        return viewer.is_moderator or view.job.user_id == viewer.user_id


class FakeCredits:
    """500 a week, less what is reserved or charged."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.lines = [
            PriceLine("Kling 3.0 Standard text to video", "5 s", 84),
            PriceLine("Kling 3.0 Standard text to video", "10 s", 168),
            PriceLine("Kling 1 text to video", "5 s, std", 28),
        ]
        self.budgets: tuple[BudgetLeft, ...] = ()
        self.error: Exception | None = None

    async def balance(self, guild_id: int, user_id: int, place: Place) -> Holdings:
        if self.error is not None:
            raise self.error
        quota = self._house.quota
        held = sum(view.money.credits for view in self._house.jobs.values() if view.money.state is MoneyState.HELD)
        bonus = self._house.granted.get(user_id, 0)
        granted = quota.allowance.amount
        return Holdings(Balance(granted - held, bonus, held, granted, NOW_MS + 86_400_000), quota)

    async def why(self, guild_id: int, user_id: int, place: Place) -> CreditRules:
        return CreditRules(await self.balance(guild_id, user_id, place), self.budgets)

    async def prices(self, guild_id: int, place: Place) -> Sequence[PriceLine]:
        return self.lines


class FakeGuilds:
    def __init__(self, house: House) -> None:
        self._house = house

    async def pause(self, guild_id: int, user_id: int) -> bool:
        is_new = guild_id not in self._house.paused
        self._house.paused.add(guild_id)
        return is_new

    async def resume(self, guild_id: int, user_id: int) -> EndedPause | None:
        was_paused = guild_id in self._house.paused
        self._house.paused.discard(guild_id)
        return EndedPause() if was_paused else None

    async def is_paused(self, guild_id: int) -> bool:
        return guild_id in self._house.paused

    async def shares_images(self, guild_id: int) -> bool:
        return guild_id in self._house.sharing

    async def share_images(self, guild_id: int, user_id: int, *, sharing: bool) -> None:
        (self._house.sharing.add if sharing else self._house.sharing.discard)(guild_id)

    def rules(self) -> Rules:
        return self._house.rules

    def serves(self, guild_id: int) -> bool:
        return self._house.served(guild_id)


class FakeCases:
    """A guild in which nothing waits for a decision."""

    async def rules(self, guild_id: int) -> GuildRules:
        return GuildRules()

    async def queue(self, guild_id: int, *, skip: int = 0, rows: int = 10) -> list[CaseView]:
        return []

    async def count(self, guild_id: int) -> int:
        return 0

    async def check(self, case_id: int, moderator: Moderator) -> None:
        raise no_such_case()

    async def show(self, case_id: int, moderator: Moderator) -> CaseView:
        raise no_such_case()

    async def approve(self, case_id: int, moderator: Moderator, *, refusal_was_wrong: bool = False) -> CaseView:
        raise no_such_case()

    async def reject(self, case_id: int, moderator: Moderator, *, words: str, strike: bool = False) -> CaseView:
        raise no_such_case()

    async def block(self, case_id: int, moderator: Moderator, *, words: str) -> CaseView:
        raise no_such_case()


class FakeAppeals:
    """A guild in which nothing was refused that could be appealed."""

    async def show(self, decision_id: int, author: Author) -> Appealable:
        raise no_such_refusal()

    async def ask(self, appeal: Appeal, author: Author, interaction_id: int) -> Ask:
        raise no_such_refusal()


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
        async def try_once() -> None:
            with suppress(DeliveryError):
                await self.ensure_placed(job_id)

        task = asyncio.create_task(try_once())
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
