"""Planted defects: Klappers that break one of their promises each. A simulator that misses one of them is no judge.

Each is assembled as the real one, with a part of it made wrong. `make simulate-defects` finds the seeds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, TypeVar

from klapper.assembly import Assembly
from klapper.database.database import Reader, Writer
from klapper.errors import DeliveryError, NotTaken, OutcomeUnknown
from klapper.jobs.deliveries import DeliveryStore
from klapper.jobs.job import DeliveryState, Job, JobStatus
from klapper.jobs.store import Changes, JobStore
from klapper.ledger.ledger import Ledger
from klapper.ledger.records import Funding, Reservation
from klapper.segmind.answers import Failed, Gone, Metrics, ResultAnswer, Status, Submitted
from klapper.services.messenger import MessageRef, Messenger
from klapper.services.provider import Provider
from klapper.services.transitions import Transitions
from klapper.services.views import JobView, MoneyState
from tests.simulation.case_defects import ApprovesWithoutDecision, ClosesCasesApart, RefundsTakedownsApart

KLAPPER = "none"
RETRIES = 2

Verified = TypeVar("Verified")


class Passing:
    """A port whose every method is another one's; a defect overrides what it gets wrong."""

    def __init__(self, to: Any) -> None:
        self._to = to

    def __getattr__(self, name: str) -> Any:
        return getattr(self._to, name)


# Segmind


class PostsAgain(Passing):
    async def submit(self, slug: str, body: Mapping[str, Any]) -> Submitted:
        for _ in range(RETRIES):
            try:
                return await self._submit(slug, body)
            except OutcomeUnknown:
                continue
        return await self._submit(slug, body)

    async def _submit(self, slug: str, body: Mapping[str, Any]) -> Submitted:
        submitted: Submitted = await self._to.submit(slug, body)
        return submitted


class PostsOnTimeout(Assembly):
    """A submit that times out is sent again, as HTTP clients like to do."""

    def __init__(self, *args: Any, provider: Provider, **more: Any) -> None:
        super().__init__(*args, provider=PostsAgain(provider), **more)


class TakesUnknownAsNo(Passing):
    async def submit(self, slug: str, body: Mapping[str, Any]) -> Submitted:
        try:
            submitted: Submitted = await self._to.submit(slug, body)
        except OutcomeUnknown as error:
            raise NotTaken("unreachable", "It was not taken, surely.") from error
        return submitted


class TreatsUnknownAsNotTaken(Assembly):
    """An unclear answer leads back to waiting."""

    def __init__(self, *args: Any, provider: Provider, **more: Any) -> None:
        super().__init__(*args, provider=TakesUnknownAsNo(provider), **more)


class TakesGoneAsFailed(Passing):
    async def status(self, request_id: str) -> Status:
        return _failed_if_gone(await self._to.status(request_id))

    async def result(self, request_id: str) -> ResultAnswer:
        answer: ResultAnswer = await self._to.result(request_id)
        return Failed("", refused=False, metrics=Metrics()) if isinstance(answer, Gone) else answer


class TakesMissingRecordAsFailure(Assembly):
    """A record that expired after an hour counts as a failed job."""

    def __init__(self, *args: Any, provider: Provider, **more: Any) -> None:
        super().__init__(*args, provider=TakesGoneAsFailed(provider), **more)


def _failed_if_gone(answer: Status) -> Status:
    return Failed("", refused=False, metrics=Metrics()) if isinstance(answer, Gone) else answer


# Money


class RefundingLedger(Ledger):
    async def refund(self, tx: Writer, job_id: str, *, actor: str, reason: str, now_ms: int) -> bool:
        first = await super().refund(tx, job_id, actor=actor, reason=reason, now_ms=now_ms)
        for leg in await self._legs(tx, job_id) if first else []:
            await tx.execute(
                "INSERT INTO transfers (transfer_id, ledger, kind, debit_account, credit_account, amount, actor,"
                " reason, job_id, at_ms) VALUES (:id, 'credit', 'refund', 'spent', :account, :amount, :actor, :reason,"
                " :job_id, :now_ms)",
                id=f"again:{job_id}:{leg[0]}",
                account=leg[0],
                amount=leg[1],
                actor=actor,
                reason=reason,
                job_id=job_id,
                now_ms=now_ms,
            )
            await tx.execute(
                "UPDATE accounts SET credits_posted = credits_posted + :amount WHERE account_id = :account",
                account=leg[0],
                amount=leg[1],
            )
            await tx.execute(
                "UPDATE accounts SET debits_posted = debits_posted + :amount WHERE account_id = 'spent'", amount=leg[1]
            )
        return first

    async def _legs(self, tx: Reader, job_id: str) -> list[tuple[str, int]]:
        reservation = await self.reservation(tx, job_id)
        assert reservation is not None
        return [(leg.account_id, leg.amount) for leg in reservation.legs if leg.ledger == "credit"]


class RefundsTwice(Assembly):
    """A lost clip is refunded twice, the accounts' totals included."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.ledger = RefundingLedger()


class HalfReserving(Ledger):
    def __init__(self, assembly: Assembly) -> None:
        super().__init__()
        self._assembly = assembly

    async def reserve(
        self, tx: Writer, job_id: str, funding: Funding, *, credits: int, budget_units: int, now_ms: int
    ) -> Reservation:
        await tx.execute("COMMIT")
        await tx.execute("BEGIN IMMEDIATE")
        reservation = await super().reserve(
            tx, job_id, funding, credits=credits, budget_units=budget_units, now_ms=now_ms
        )
        await tx.execute("COMMIT")
        await self._assembly.clock.sleep(0.02)
        await tx.execute("BEGIN IMMEDIATE")
        return reservation


class ReservesApart(Assembly):
    """The credits are held in one transaction and the job is written in the next."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.ledger = HalfReserving(self)


class EarlyNews(Transitions):
    messenger: Messenger
    assembly: Assembly

    async def move(
        self, job: Job, to: JobStatus, *, reason: str, actor: str = "klapper", changes: Changes | None = None
    ) -> Job:
        if to is JobStatus.SUCCEEDED:
            view = await self.assembly.views.get(job.job_id)
            assert view is not None
            charged = replace(view, money=replace(view.money, state=MoneyState.CHARGED))
            await self._say(charged)
        return await super().move(job, to, reason=reason, actor=actor, changes=changes)

    async def _say(self, view: JobView) -> None:
        if view.card is None or view.card.message_id is None:
            return
        try:
            await self.messenger.edit_card(view, MessageRef(view.card.channel_id, view.card.message_id))
        except DeliveryError:
            return


class SaysChargedBeforeCommit(Assembly):
    """The card says “charged” before the books do."""

    @cached_property
    def transitions(self) -> Transitions:
        early = EarlyNews(
            database=self.database,
            clock=self.clock,
            jobs=self.jobs,
            deliveries=self.deliveries,
            ledger=self.ledger,
            reviewing=self.reviewing,
            protecting=self.protecting,
            announce=self._announce,
        )
        early.messenger, early.assembly = self.messenger, self
        return early


# Delivery


class ForgetfulDeliveries(DeliveryStore):
    async def add(self, tx: Writer, job_id: str, state: DeliveryState, *, tell: bool, now_ms: int) -> None:
        if state is not DeliveryState.PENDING:
            await super().add(tx, job_id, state, tell=tell, now_ms=now_ms)


class LosesDeliveryRow(Assembly):
    """A finished clip gets no row of its delivery."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.deliveries = ForgetfulDeliveries()


class FindsNothing(Passing):
    """It sends no nonces either: each try is another message."""

    async def post_card(self, view: JobView, nonce: str) -> MessageRef:
        self._posts = getattr(self, "_posts", 0) + 1
        message: MessageRef = await self._to.post_card(view, f"{nonce}{self._posts}")
        return message

    async def find_card(self, view: JobView) -> MessageRef | None:
        return None


class PostsWithoutLooking(Assembly):
    """Every try of a card is another message."""

    def __init__(self, *args: Any, messenger: Messenger, **more: Any) -> None:
        super().__init__(*args, messenger=FindsNothing(messenger), **more)


class SaysDeliveredFirst(Passing):
    async def edit_card(self, view: JobView, message: MessageRef, clip: Any = None) -> None:
        try:
            await self._to.edit_card(view, message, clip)
        except DeliveryError as error:
            if clip is None or error.reason != "try_later":
                raise


class DeliversBeforePosting(Assembly):
    """A clip counts as delivered whatever Discord said to it."""

    def __init__(self, *args: Any, messenger: Messenger, **more: Any) -> None:
        super().__init__(*args, messenger=SaysDeliveredFirst(messenger), **more)


class TellsTwice(Passing):
    async def tell(self, view: JobView, message: MessageRef, nonce: str) -> MessageRef:
        try:
            told: MessageRef = await self._to.tell(view, message, nonce)
        except DeliveryError:
            told = await self._to.tell(view, message, nonce[::-1])
        return told


class PingsTwice(Assembly):
    """A ping that was not answered is repeated as another message."""

    def __init__(self, *args: Any, messenger: Messenger, **more: Any) -> None:
        super().__init__(*args, messenger=TellsTwice(messenger), **more)


# Turns


class UnfairJobs(JobStore):
    async def serve(self, tx: Writer, job: Job, now_ms: int) -> None:
        """Nobody remembers."""


class ForgetsTurns(Assembly):
    """Whoever was served goes first again."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.jobs = UnfairJobs()


DEFECTS: Mapping[str, type[Assembly]] = {
    "posts-on-timeout": PostsOnTimeout,
    "unknown-is-not-taken": TreatsUnknownAsNotTaken,
    "missing-record-is-failure": TakesMissingRecordAsFailure,
    "refunds-twice": RefundsTwice,
    "reserves-apart": ReservesApart,
    "news-before-commit": SaysChargedBeforeCommit,
    "loses-delivery-row": LosesDeliveryRow,
    "posts-without-looking": PostsWithoutLooking,
    "delivered-before-posted": DeliversBeforePosting,
    "pings-twice": PingsTwice,
    "forgets-turns": ForgetsTurns,
    "approval-without-decision": ApprovesWithoutDecision,
    "case-closed-apart": ClosesCasesApart,
    "takedown-refunded-apart": RefundsTakedownsApart,
}


def assembled(defect: str) -> Callable[..., Assembly]:
    """How a Klapper with this defect is put together."""
    return Assembly if defect == KLAPPER else DEFECTS[defect]
