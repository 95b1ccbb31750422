"""Cases settled by moderators: from the card in the review channel, or from the queue. One verdict per case."""

from __future__ import annotations

from dataclasses import dataclass

from klapper.clock import Clock
from klapper.database.database import Database, Writer
from klapper.jobs.job import Job, JobStatus
from klapper.jobs.store import Changes
from klapper.ledger.ledger import Ledger
from klapper.ledger.records import member_actor
from klapper.moderation.appealable import OPERATORS_TERM, TERM_RULES
from klapper.moderation.cases import CaseStore
from klapper.moderation.decisions import DecisionStore
from klapper.moderation.policy import Decision, Verdict
from klapper.moderation.reasons import Reason
from klapper.moderation.rules import GuildRules
from klapper.services import refusals
from klapper.services.appeals import Appeals
from klapper.services.case_views import CaseView, CaseViews
from klapper.services.judging import Judging
from klapper.services.member_desk import MemberDesk
from klapper.services.open_cases import Moderator, OpenCases
from klapper.services.protecting import Protecting
from klapper.services.reviewing import BLOCKED
from klapper.services.transitions import Transitions

APPROVED = "approved"
REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What a moderator decided. words: of theirs; strike: whether it weighs against the member.

    calls_wrong: the refusal that led here.
    """

    to: JobStatus
    rule: str
    words: str = ""
    strike: bool = False
    blocks: bool = False
    calls_wrong: bool = False


class CaseDesk:
    """Keeps:

    - a case is settled once: the first verdict counts, and who comes second hears what it was;
    - a verdict is a decision about exactly the text and images that the moderator saw, and moves the job with it;
    - who reviews are told about no case of another guild.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        cases: CaseStore,
        open_cases: OpenCases,
        ledger: Ledger,
        judging: Judging,
        decisions: DecisionStore,
        protecting: Protecting,
        views: CaseViews,
        appeals: Appeals,
        transitions: Transitions,
        members: MemberDesk,
    ) -> None:
        self._database = database
        self._clock = clock
        self._cases = cases
        self._open_cases = open_cases
        self._ledger = ledger
        self._judging = judging
        self._decisions = decisions
        self._protecting = protecting
        self._views = views
        self._appeals = appeals
        self._transitions = transitions
        self._members = members

    async def rules(self, guild_id: int) -> GuildRules:
        """Who reviews, and where."""
        async with self._database.read() as tx:
            return await self._judging.rules_of(tx, guild_id)

    async def queue(self, guild_id: int, *, skip: int = 0, rows: int = 10) -> list[CaseView]:
        """A guild's open cases, oldest first."""
        async with self._database.read() as tx:
            cases = await self._cases.queue(tx, guild_id, skip=skip, rows=rows)
            return [await self._views.of(tx, case) for case in cases]

    async def count(self, guild_id: int) -> int:
        """How many cases of a guild are open."""
        async with self._database.read() as tx:
            return await self._cases.count_open(tx, guild_id)

    async def show(self, case_id: int, moderator: Moderator) -> CaseView:
        """One case. Raises RequestRefused (`no_such_case`)."""
        async with self._database.read() as tx:
            case = await self._cases.get(tx, case_id)
            if case is None or case.guild_id != moderator.guild_id:
                raise refusals.no_such_case()
            return await self._views.of(tx, case)

    async def check(self, case_id: int, moderator: Moderator) -> None:
        """Raises what a verdict by this moderator would raise now."""
        async with self._database.read() as tx:
            await self._open_cases.find(tx, case_id, moderator, "review")

    async def approve(self, case_id: int, moderator: Moderator, *, refusal_was_wrong: bool = False) -> CaseView:
        """The job may be sent. Raises RequestRefused (`no_such_case`, `decided_already`, `own_request`).

        refusal_was_wrong: of an appeal: the rule is to blame, and not this request an exception.
        """
        verdict = _Verdict(JobStatus.WAITING, APPROVED, calls_wrong=refusal_was_wrong)
        return await self._settle(case_id, moderator, verdict)

    async def reject(self, case_id: int, moderator: Moderator, *, words: str, strike: bool = False) -> CaseView:
        """The job is not sent and its credits come back. Raises as `approve` does."""
        verdict = _Verdict(JobStatus.REJECTED, REJECTED, words, strike=strike)
        return await self._settle(case_id, moderator, verdict)

    async def block(self, case_id: int, moderator: Moderator, *, words: str) -> CaseView:
        """Neither this nor anything else of the member is made. Raises as `approve` does."""
        verdict = _Verdict(JobStatus.REJECTED, BLOCKED, words, blocks=True)
        view = await self._settle(case_id, moderator, verdict)
        job = view.job.job
        if job.user_id is not None:  # what else of theirs was not sent goes as well
            await self._members.block(job.guild_id, job.user_id, by=moderator.user_id, words=words)
        return view

    async def _settle(self, case_id: int, moderator: Moderator, verdict: _Verdict) -> CaseView:
        async with self._database.write() as tx:
            now_ms = self._clock.now_ms()
            _, job = await self._open_cases.find(tx, case_id, moderator, "review")
            who = await self._ledger.member(tx, moderator.guild_id, moderator.user_id, now_ms)
            moved = await self._move(tx, job, verdict, member_actor(who), now_ms)
        self._transitions.announce(job, moved)
        return await self.show(case_id, moderator)

    async def _move(self, tx: Writer, job: Job, verdict: _Verdict, by: str, now_ms: int) -> Job:
        seen = await self._decisions.get(tx, job.decision_id)
        assert seen is not None
        wrong = await self._appeals.call_wrong(tx, job, seen, by=by) if verdict.calls_wrong else ()
        rules = await self._judging.rules_of(tx, job.guild_id)
        decision_id = await self._judging.write_down(
            tx,
            _decision(verdict, rules.version, wrong),
            seen.content_hash,
            guild_id=job.guild_id,
            member_ref=job.member_ref,
            by=by,
            job_id=job.job_id,
            words=verdict.words,
        )
        if verdict.strike:
            await self._protecting.strike(tx, job, by=by, now_ms=now_ms)
        if verdict.blocks:
            await self._members.block_in(tx, job.guild_id, job.member_ref, by=by, words=verdict.words, is_told=True)
        changes = Changes(decision_id=decision_id, waiting_since_ms=now_ms)
        return await self._transitions.move_in(
            tx, job, verdict.to, reason=verdict.rule, actor=by, changes=changes, note=verdict.words
        )


def _decision(verdict: _Verdict, rules_version: int, wrong: tuple[Reason, ...]) -> Decision:
    """wrong: what refused it, and should not have. Its detail names that, or a strike."""
    blamed = ", ".join(one.detail if one.rule in TERM_RULES | {OPERATORS_TERM} else one.rule for one in wrong)
    return Decision(
        Verdict.ALLOWED if verdict.to is JobStatus.WAITING else Verdict.REFUSED,
        verdict.rule,
        reasons=(Reason(verdict.rule), *wrong),
        detail=blamed or ("strike" if verdict.strike else ""),
        rules_version=rules_version,
    )
