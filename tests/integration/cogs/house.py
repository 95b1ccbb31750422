"""What the fake services share: jobs, drafts, credits and choices, in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from klapper.choices.choices import MemberChoices
from klapper.drafts.draft import KEPT_MS, Draft, DraftKind, DraftState, Why, new_draft_id
from klapper.jobs.cards import Card
from klapper.jobs.job import Job, JobStatus, Price
from klapper.kling.catalogue import CATALOGUE
from klapper.kling.picture import InputImage
from klapper.kling.prices import PRICES
from klapper.kling.pricing import Tariff, quote
from klapper.kling.request import VideoRequest
from klapper.kling.resolution import resolve
from klapper.ledger.records import CREDIT, Kind, Movement, Transfer
from klapper.quotas.quota import MemberQuota
from klapper.services.drafts import Author
from klapper.services.rules import Rules
from klapper.services.submission import Ask
from klapper.services.views import JobView, Money, MoneyState, WaitingFor
from tests.quotas import OPERATOR, quota_of

NOW_MS = 1_767_225_600_000
RULES = Rules(quotas=OPERATOR, undo_s=3)


_GIVING = (Kind.GRANT, Kind.RELEASE, Kind.REFUND)


@dataclass
class House:
    """What all the fakes share: jobs, credits and pauses."""

    jobs: dict[str, JobView] = field(default_factory=dict)
    transfers: list[Transfer] = field(default_factory=list)
    granted: dict[int, int] = field(default_factory=dict)
    paused: set[int] = field(default_factory=set)
    sharing: set[int] = field(default_factory=set)
    drafts: dict[str, Draft] = field(default_factory=dict)
    images: dict[str, InputImage] = field(default_factory=dict)
    choices: dict[tuple[int, int], MemberChoices] = field(default_factory=dict)
    served: Callable[[int], bool] = lambda guild_id: True
    rules: Rules = RULES
    quota: MemberQuota = field(default_factory=quota_of)

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
            draft_id=ask.draft_id,
            parent_job_id=ask.parent_job_id,
            spoiler=ask.spoiler,
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
        if ask.draft_id is not None:
            self.drafts[ask.draft_id] = replace(self.drafts[ask.draft_id], state=DraftState.USED)
        return job

    def question(self, ask: Ask, why: Why) -> Draft:
        """A draft that asks before a job is made."""
        repeated = next(iter(self.jobs), None) if why is Why.REPEAT else None
        return self.begin(
            DraftKind.QUOTE,
            Author(ask.guild_id, ask.channel_id, ask.user_id),
            ask.request,
            deliver_to=ask.deliver_to,
            spoiler=ask.spoiler,
            parent_job_id=ask.parent_job_id,
            why=why,
            repeat_of=repeated,
        )

    def begin(self, kind: DraftKind, author: Author, request: VideoRequest, **more: Any) -> Draft:
        """A draft that is open."""
        draft = Draft(
            draft_id=new_draft_id(),
            kind=kind,
            guild_id=author.guild_id,
            channel_id=author.channel_id,
            user_id=author.user_id,
            request=request,
            created_at_ms=NOW_MS,
            expires_at_ms=NOW_MS + KEPT_MS,
            **more,
        )
        self.drafts[draft.draft_id] = draft
        return draft

    def move(self, job_id: str, status: JobStatus, money: MoneyState) -> JobView:
        """The job changes; its card follows only when somebody makes it."""
        view = self.jobs[job_id]
        ended = NOW_MS + 9_000 if status not in (JobStatus.WAITING, JobStatus.PROCESSING) else None
        job = replace(view.job, status=status, finished_at_ms=ended, attempts=1, posted_at_ms=NOW_MS + 4_000)
        self.jobs[job_id] = replace(view, job=job, money=replace(view.money, state=money), waiting_for=None)
        return self.jobs[job_id]

    def movement(self, line: Transfer) -> Movement:
        """The transfer as its member sees it."""
        change = 0 if line.kind is Kind.SETTLE else line.amount if line.kind in _GIVING else -line.amount
        return Movement(line.kind, line.amount, line.reason, line.job_id, line.at_ms, change)

    def move_credits(self, kind: Kind, amount: int, job_id: str | None) -> None:
        seq = len(self.transfers) + 1
        line = Transfer(
            f"{kind}:{seq}", CREDIT, kind, "allowance:1", "spent", amount, "klapper", "", job_id, NOW_MS, seq
        )
        self.transfers.append(line)
