"""What follows from refusals and from moderators' words, wired: beside what brings clips, below what moves jobs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property

from klapper.jobs.tally import TallyStore
from klapper.outbound import Outbound
from klapper.services.member_desk import MemberDesk
from klapper.services.member_record import MemberRecords
from klapper.services.protecting import Protecting
from klapper.services.transitions import Transitions


class Moderating(Outbound, ABC):
    """What jobs and commands ask about members' standing."""

    @cached_property
    def protecting(self) -> Protecting:
        return Protecting(standings=self.standings, pauses=self.pauses, audit=self.audit, bounds=self.bounds)

    @cached_property
    def members(self) -> MemberDesk:
        return MemberDesk(
            database=self.database,
            clock=self.clock,
            jobs=self.jobs,
            records=MemberRecords(
                clock=self.clock,
                tallies=TallyStore(),
                ledger=self.ledger,
                standings=self.standings,
                decisions=self.decisions,
                bounds=self.bounds,
            ),
            ledger=self.ledger,
            standings=self.standings,
            audit=self.audit,
            transitions=self.transitions,
        )

    @cached_property
    @abstractmethod
    def transitions(self) -> Transitions:
        """Every change of a job."""
