"""What guilds set about what may be made, wired: above `Outbound`, beside what moves jobs in `Assembly`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property

from klapper.moderation.policy import Policy
from klapper.outbound import Outbound
from klapper.services.filter_desk import FilterDesk
from klapper.services.judging import Judging
from klapper.services.recalling import Recalling
from klapper.services.rule_desk import RuleDesk
from klapper.services.transitions import Transitions


class Moderating(Outbound, ABC):
    """The policy, and the desks that change what it is told."""

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
            judging=self._judging(),
            policy=self.policy,
        )

    @cached_property
    def recalling(self) -> Recalling:
        return Recalling(
            clock=self.clock,
            catalogue=self.catalogue,
            jobs=self.jobs,
            decisions=self.decisions,
            judging=self._judging(),
            transitions=self._transitions(),
        )

    @abstractmethod
    def _judging(self) -> Judging:
        """Where every verdict comes from."""

    @abstractmethod
    def _transitions(self) -> Transitions:
        """Where every change of a job goes through."""
