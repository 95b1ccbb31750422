"""What follows from refusals and from moderators' words, wired: beside what brings clips, below what moves jobs."""

from __future__ import annotations

from abc import ABC
from functools import cached_property

from klapper.outbound import Outbound
from klapper.services.protecting import Protecting


class Moderating(Outbound, ABC):
    """What jobs and commands ask about members' standing."""

    @cached_property
    def protecting(self) -> Protecting:
        return Protecting(standings=self.standings, pauses=self.pauses, audit=self.audit, bounds=self.bounds)
