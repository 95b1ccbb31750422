"""What decides about requests and lets moderators decide, wired: above what reaches Discord, below what moves jobs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property

from klapper.moderation.policy import Policy
from klapper.outbound import Outbound
from klapper.services.appeal_desk import AppealDesk
from klapper.services.appeals import Appeals
from klapper.services.case_desk import CaseDesk
from klapper.services.content_check import ContentCheck, RemoteJudge
from klapper.services.deletions import Deletions
from klapper.services.filter_desk import FilterDesk
from klapper.services.image_blocks import ImageBlocks
from klapper.services.judging import Judging
from klapper.services.member_desk import MemberDesk
from klapper.services.open_cases import OpenCases
from klapper.services.protecting import Protecting
from klapper.services.questions import Questions
from klapper.services.quota import Quota
from klapper.services.quota_desk import QuotaDesk
from klapper.services.recalling import Recalling
from klapper.services.replacing import Replacing
from klapper.services.report_desk import ReportDesk
from klapper.services.reporting import Reporting
from klapper.services.reviewing import Reviewing
from klapper.services.rule_desk import Reviewers, RuleDesk
from klapper.services.transitions import Transitions


class Moderating(Outbound, ABC):
    """Keeps: no request becomes a job by another way than `judging`."""

    _judge: RemoteJudge | None  # who judges texts and images besides the rules here; None: nobody
    _repeat_s: float  # who asks for the same within so many seconds is asked whether they mean it

    @cached_property
    def judging(self) -> Judging:
        return Judging(
            clock=self.clock,
            policy=self.policy,
            rules=self.guild_rules,
            standings=self.standings,
            decisions=self.decisions,
            audit=self.audit,
            bounds=self.bounds,
        )

    @cached_property
    def reviewing(self) -> Reviewing:
        return Reviewing(self.cases, self.audit)

    @cached_property
    def appeals(self) -> Appeals:
        return Appeals(
            clock=self.clock,
            refused=self.refused,
            decisions=self.decisions,
            ledger=self.ledger,
            rules=self.guild_rules,
            audit=self.audit,
            replacing=self.replacing,
        )

    @cached_property
    def replacing(self) -> Replacing:
        return Replacing(jobs=self.jobs, cases=self.cases)

    @cached_property
    def questions(self) -> Questions:
        return Questions(
            drafts=self.drafts,
            jobs=self.jobs,
            confirm_above=self.settings.credits.confirm_above,
            repeat_s=self._repeat_s,
        )

    @cached_property
    def appeal_desk(self) -> AppealDesk:
        return AppealDesk(database=self.database, quoting=self.quoting, images=self.images, appeals=self.appeals)

    @cached_property
    def content_check(self) -> ContentCheck | None:
        if self._judge is None:
            return None
        return ContentCheck(self._judge, database=self.database, images=self.images, shelf=self.input_shelf)

    @cached_property
    def open_cases(self) -> OpenCases:
        return OpenCases(cases=self.cases, jobs=self.jobs, ledger=self.ledger)

    @cached_property
    def case_desk(self) -> CaseDesk:
        return CaseDesk(
            database=self.database,
            clock=self.clock,
            cases=self.cases,
            open_cases=self.open_cases,
            ledger=self.ledger,
            judging=self.judging,
            decisions=self.decisions,
            protecting=self.protecting,
            views=self.case_views,
            appeals=self.appeals,
            transitions=self.transitions,
            members=self.members,
        )

    @cached_property
    def reporting(self) -> Reporting:
        return Reporting(
            database=self.database,
            clock=self.clock,
            jobs=self.jobs,
            cards=self.cards,
            deliveries=self.deliveries,
            cases=self.cases,
            reports=self.reports,
            ledger=self.ledger,
            audit=self.audit,
            changed=self.case_board.wake,
        )

    @cached_property
    def report_desk(self) -> ReportDesk:
        return ReportDesk(
            database=self.database,
            clock=self.clock,
            cases=self.cases,
            open_cases=self.open_cases,
            jobs=self.jobs,
            deliveries=self.deliveries,
            ledger=self.ledger,
            protecting=self.protecting,
            audit=self.audit,
            views=self.case_views,
            shelf=self.shelf,
            removed=self._removed,
            settled=self._report_settled,
        )

    @cached_property
    def image_blocks(self) -> ImageBlocks:
        return ImageBlocks(
            database=self.database,
            clock=self.clock,
            images=self.images,
            blocked=self.blocked_images,
            ledger=self.ledger,
            audit=self.audit,
        )

    @cached_property
    def protecting(self) -> Protecting:
        return Protecting(standings=self.standings, pauses=self.pauses, audit=self.audit, bounds=self.bounds)

    @cached_property
    def members(self) -> MemberDesk:
        return MemberDesk(
            database=self.database,
            clock=self.clock,
            jobs=self.jobs,
            records=self.member_records,
            ledger=self.ledger,
            standings=self.standings,
            audit=self.audit,
            transitions=self.transitions,
        )

    @cached_property
    def policy(self) -> Policy:
        return Policy(self.settings.moderation.blocked_terms)

    @cached_property
    def rule_desk(self) -> RuleDesk:
        return RuleDesk(
            database=self.database,
            clock=self.clock,
            store=self.guild_rules,
            audit=self.audit,
            ledger=self.ledger,
            cases=self.cases,
            recalling=self.recalling,
            chosen=self._channels_chosen,
        )

    @cached_property
    def quota_desk(self) -> QuotaDesk:
        return QuotaDesk(
            database=self.database,
            clock=self.clock,
            quotas=self.quotas,
            store=self.quota_store,
            ledger=self.ledger,
            audit=self.audit,
        )

    @cached_property
    def deletions(self) -> Deletions:
        return Deletions(
            database=self.database,
            clock=self.clock,
            store=self.guild_rules,
            quotas=self.quota_store,
            cases=self.cases,
            audit=self.audit,
            recalling=self.recalling,
        )

    @cached_property
    def filter_desk(self) -> FilterDesk:
        return FilterDesk(
            database=self.database,
            clock=self.clock,
            store=self.guild_rules,
            audit=self.audit,
            ledger=self.ledger,
            judging=self.judging,
            texts=self.policy.texts,
        )

    @cached_property
    def recalling(self) -> Recalling:
        return Recalling(
            clock=self.clock,
            jobs=self.jobs,
            decisions=self.decisions,
            judging=self.judging,
            transitions=self.transitions,
        )

    @cached_property
    def quota(self) -> Quota:
        return Quota(clock=self.clock, jobs=self.jobs, pauses=self.pauses, ledger=self.ledger)

    def _channels_chosen(self, guild_id: int, reviewers: Reviewers) -> None:
        if reviewers.channel_id is not None:
            self.case_board.chosen(reviewers.channel_id)
        if reviewers.audit_channel_id is not None:
            self.audit_posting.chosen(guild_id)

    def _report_settled(self) -> None:
        self.case_board.wake()
        self.takedown_news.wake()

    @abstractmethod
    def _removed(self, job_id: str) -> None:
        """A job was deleted: its messages have to go."""

    @cached_property
    @abstractmethod
    def transitions(self) -> Transitions:
        """Every change of a job's status."""
