"""What looks after the account at Segmind, wired: its balance, its pauses, its bill, and the numbers of all that."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property

from klapper.crediting import Crediting
from klapper.foundation import price_list_of
from klapper.jobs.bills import BillStore
from klapper.ops.gauges import Gauges
from klapper.services.billing import DailyBill
from klapper.services.comparison import PriceList
from klapper.services.funds import MICRO, Funds
from klapper.services.provider_pauses import ProviderPauses
from klapper.services.turns import Turns


class Paying(Crediting, ABC):
    """The part of the assembly between what decides and keeps, and what sends."""

    @cached_property
    def bills(self) -> BillStore:
        return BillStore()

    @cached_property
    def price_list(self) -> PriceList:
        return price_list_of(self.settings)

    @cached_property
    def funds(self) -> Funds:
        return Funds(
            database=self.database,
            clock=self.clock,
            bills=self.bills,
            provider=self.provider,
            warn_below_micro_usd=round(self.settings.segmind.warn_below_usd * MICRO),
            told=self.metrics.provider_balance,
        )

    @cached_property
    def turns(self) -> Turns:
        return Turns(
            clock=self.clock,
            jobs=self.jobs,
            bills=self.bills,
            pauses=self.pauses,
            slots=self.slots,
            provider=self.provider,
            max_running=self.settings.segmind.max_running_jobs,
        )

    @cached_property
    def provider_pauses(self) -> ProviderPauses:
        return ProviderPauses(
            database=self.database,
            clock=self.clock,
            pauses=self.pauses,
            funds=self.funds,
            turns=self.turns,
            changed=self._wake,
        )

    @cached_property
    def daily_bill(self) -> DailyBill:
        return DailyBill(
            database=self.database,
            clock=self.clock,
            jobs=self.jobs,
            bills=self.bills,
            price_list=self.price_list,
            provider=self.provider,
        )

    @cached_property
    def gauges(self) -> Gauges:
        return Gauges(
            database=self.database,
            clock=self.clock,
            jobs=self.jobs,
            bills=self.bills,
            pauses=self.pauses,
            ledger=self.ledger,
            metrics=self.metrics,
        )

    @abstractmethod
    def _wake(self) -> None:
        """Something that keeps jobs from being sent is gone."""
