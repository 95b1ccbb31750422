"""What members and managers ask about credits and do with them, wired: below what moves jobs."""

from __future__ import annotations

from abc import ABC
from functools import cached_property

from klapper.keeping import Keeping
from klapper.services.credits import CreditDesk
from klapper.services.giving import Giving
from klapper.services.movements import Movements


class Crediting(Keeping, ABC):
    """Keeps: no person moves credits by another way than `movements` and `giving`."""

    @cached_property
    def credits(self) -> CreditDesk:
        return CreditDesk(
            database=self.database,
            clock=self.clock,
            ledger=self.ledger,
            statement=self.statement,
            quotas=self.quotas,
            catalogue=self.catalogue,
            tariff=self.tariff,
            pauses=self.pauses,
        )

    @cached_property
    def movements(self) -> Movements:
        return Movements(
            database=self.database,
            clock=self.clock,
            ledger=self.ledger,
            credits=self.credits,
            jobs=self.jobs,
            cards=self.cards,
            orders=self.credit_orders,
            audit=self.audit,
            news=self.credit_news.wake,
            changed=self.board.changed,
        )

    @cached_property
    def giving(self) -> Giving:
        return Giving(
            database=self.database,
            clock=self.clock,
            ledger=self.ledger,
            credits=self.credits,
            quota=self.quota,
            standings=self.standings,
            orders=self.credit_orders,
            audit=self.audit,
            news=self.credit_news.wake,
        )
