"""What decides about requests and lets moderators decide, wired: above what reaches Discord, below what moves jobs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property

from klapper.moderation.policy import Policy
from klapper.outbound import Outbound
from klapper.services.case_desk import CaseDesk
from klapper.services.content_check import ContentCheck, RemoteJudge
from klapper.services.image_blocks import ImageBlocks
from klapper.services.judging import Judging
from klapper.services.open_cases import OpenCases
from klapper.services.report_desk import ReportDesk
from klapper.services.reporting import Reporting
from klapper.services.reviewing import Reviewing
from klapper.services.transitions import Transitions


class Moderating(Outbound, ABC):
    """Keeps: no request becomes a job by another way than `judging`."""

    _judge: RemoteJudge | None  # who judges texts and images besides the rules here; None: nobody

    @cached_property
    def judging(self) -> Judging:
        return Judging(
            clock=self.clock,
            policy=Policy(self.settings.moderation.blocked_terms),
            rules=self.guild_rules,
            standings=self.standings,
            decisions=self.decisions,
            audit=self.audit,
        )

    @cached_property
    def reviewing(self) -> Reviewing:
        return Reviewing(self.cases)

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
            standings=self.standings,
            views=self.case_views,
            transitions=self.transitions,
            changed=self.board.changed,
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
            standings=self.standings,
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
        )

    def _report_settled(self) -> None:
        self.case_board.wake()
        self.takedown_news.wake()

    @abstractmethod
    def _removed(self, job_id: str) -> None:
        """A job was deleted: its messages have to go."""

    @property
    @abstractmethod
    def transitions(self) -> Transitions:
        """Every change of a job's status."""
