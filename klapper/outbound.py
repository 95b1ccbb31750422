"""What brings cards and clips to Discord, wired: the upper half of `Foundation`, below everything that moves jobs."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from functools import cached_property
from importlib import import_module
from pathlib import Path

from klapper.clips.facts import ClipFacts
from klapper.clips.process import ClipCopies
from klapper.clock import HOUR_MS, Clock
from klapper.database.database import Database
from klapper.foundation import Foundation
from klapper.ops.metrics import Metrics
from klapper.services.audit_posting import AuditPosting
from klapper.services.cards import CardBoard
from klapper.services.case_board import CaseBoard
from klapper.services.copies import Copies, CopyClip
from klapper.services.credit_news import CreditNews
from klapper.services.delivery import Delivering
from klapper.services.fetching import Fetching, Inspect
from klapper.services.intake import AttachmentSource
from klapper.services.ladder import Ladder
from klapper.services.messenger import CaseMessenger, Messenger
from klapper.services.packing import Packing
from klapper.services.pause_news import PauseNews
from klapper.services.provider import Provider
from klapper.services.takedown_news import TakedownNews
from klapper.services.telling import Telling
from klapper.services.upload_limits import UploadLimits
from klapper.settings import Settings


class Outbound(Foundation, ABC):
    """inspect, copy_clip: how clips are looked into and copied; None: with PyAV, copies in their own process."""

    def __init__(
        self,
        settings: Settings,
        *,
        database: Database,
        clock: Clock,
        provider: Provider,
        messenger: Messenger,
        case_messenger: CaseMessenger,
        attachments: AttachmentSource,
        metrics: Metrics,
        inspect: Inspect | None,
        copy_clip: CopyClip | None,
    ) -> None:
        super().__init__(
            settings,
            database=database,
            clock=clock,
            provider=provider,
            messenger=messenger,
            attachments=attachments,
            metrics=metrics,
        )
        self.case_messenger = case_messenger
        self._inspect = inspect or _inspect_clip
        self._copy_clip = copy_clip or ClipCopies().copy

    @cached_property
    def board(self) -> CardBoard:
        return CardBoard(
            database=self.database,
            clock=self.clock,
            cards=self.cards,
            views=self.views,
            messenger=self.messenger,
            edited=self.metrics.card_edited,
        )

    @cached_property
    def case_board(self) -> CaseBoard:
        return CaseBoard(
            database=self.database,
            clock=self.clock,
            cases=self.cases,
            rules=self.guild_rules,
            audit=self.audit,
            views=self.case_views,
            messenger=self.case_messenger,
            limits=self.limits,
            remind_ms=self.settings.moderation.remind_hours * HOUR_MS,
            moved_up=self.board.changed,
        )

    @cached_property
    def takedown_news(self) -> TakedownNews:
        return TakedownNews(
            database=self.database,
            clock=self.clock,
            cases=self.cases,
            views=self.case_views,
            messenger=self.case_messenger,
            shelf=self.shelf,
        )

    @cached_property
    def credit_news(self) -> CreditNews:
        return CreditNews(
            database=self.database,
            clock=self.clock,
            ledger=self.ledger,
            orders=self.credit_orders,
            messenger=self.messenger,
        )

    @cached_property
    def pause_news(self) -> PauseNews:
        return PauseNews(
            database=self.database,
            clock=self.clock,
            pauses=self.pauses,
            standings=self.standings,
            rules=self.guild_rules,
            messenger=self.case_messenger,
        )

    @cached_property
    def delivering(self) -> Delivering:
        return Delivering(
            database=self.database,
            clock=self.clock,
            deliveries=self.deliveries,
            ledger=self.ledger,
            standings=self.standings,
            views=self.views,
            board=self.board,
            ladder=self.ladder,
            telling=self.telling,
            fetching=self.fetching,
            packing=self.packing,
            moved=lambda state: self.metrics.delivery_moved(state.value),
        )

    @cached_property
    def ladder(self) -> Ladder:
        return Ladder(
            database=self.database,
            clock=self.clock,
            deliveries=self.deliveries,
            cards=self.cards,
            board=self.board,
            messenger=self.messenger,
            shelf=self.shelf,
            packing=self.packing,
            limits=self.limits,
        )

    @cached_property
    def fetching(self) -> Fetching:
        return Fetching(
            database=self.database,
            jobs=self.jobs,
            deliveries=self.deliveries,
            views=self.views,
            provider=self.provider,
            inspect=self._inspect,
            shelf=self.shelf,
        )

    @cached_property
    def limits(self) -> UploadLimits:
        return UploadLimits(database=self.database, deliveries=self.deliveries, messenger=self.messenger)

    @cached_property
    def copies(self) -> Copies:
        return Copies(shelf=self.shelf, copy_clip=self._copy_clip)

    @cached_property
    def packing(self) -> Packing:
        return Packing(
            database=self.database,
            deliveries=self.deliveries,
            views=self.views,
            shelf=self.shelf,
            limits=self.limits,
            copies=self.copies,
            begun=self._job_changed,
        )

    @cached_property
    def telling(self) -> Telling:
        return Telling(
            database=self.database,
            clock=self.clock,
            deliveries=self.deliveries,
            cards=self.cards,
            board=self.board,
            messenger=self.messenger,
            choices=self.choices,
        )

    @cached_property
    def audit_posting(self) -> AuditPosting:
        return AuditPosting(
            database=self.database,
            clock=self.clock,
            audit=self.audit,
            ledger=self.ledger,
            messenger=self.messenger,
            news=self.audit_news,
        )

    @abstractmethod
    def _job_changed(self, job_id: str) -> None:
        """A card has something new to show, and the loops something new to do."""


async def _inspect_clip(path: Path) -> ClipFacts:
    """The codecs are loaded with the first clip, in a thread: a start, or a command, need not wait for them."""
    inspection = await asyncio.to_thread(import_module, "klapper.clips.inspection")
    facts: ClipFacts = await inspection.inspect_clip(path)
    return facts
