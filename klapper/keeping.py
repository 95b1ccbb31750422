"""What is kept of members and clips, for how long, and what members have of it, wired."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property

from klapper.database.log_file import empty_log
from klapper.ledger.records import Balance
from klapper.moderating import Moderating
from klapper.moderation.kept_words import KeptWords
from klapper.moderation.rules import Place
from klapper.privacy.forgettings import ForgettingStore
from klapper.privacy.own_rows import OwnRows
from klapper.privacy.scrubbing import Scrubbing
from klapper.services.clearing import Clearing
from klapper.services.credits import CreditDesk
from klapper.services.forgetting import ForgottenData
from klapper.services.housekeeping import Housekeeping
from klapper.services.own_data import OwnData
from klapper.services.privacy import PrivacyDesk
from klapper.services.retention import Retention
from klapper.services.schedule import LATE_WATCH_MS


class Keeping(Moderating, ABC):
    """Keeps: the one list of what goes by itself is `housekeeping`."""

    @cached_property
    def housekeeping(self) -> Housekeeping:
        return Housekeeping(
            database=self.database,
            clock=self.clock,
            deliveries=self.deliveries,
            images=self.images,
            drafts=self.drafts,
            words=KeptWords(),
            words_days=self.settings.moderation.words_days,
            cases=self.cases,
            clips=self.shelf,
            inputs=self.input_shelf,
            more={"prompts": self.retention.prompts, "marks": self.retention.marks},
        )

    @cached_property
    def retention(self) -> Retention:
        return Retention(
            database=self.database,
            clock=self.clock,
            scrubbing=self.scrubbing,
            forgettings=self.forgettings,
            prompts_days=self.settings.privacy.prompts_days,
            watched_ms=LATE_WATCH_MS,
        )

    @cached_property
    def forgotten_data(self) -> ForgottenData:
        return ForgottenData(
            database=self.database,
            clock=self.clock,
            forgettings=self.forgettings,
            clearing=self.clearing,
            take_away=self.board.changed,
            cases_changed=self.case_board.wake,
            wipe=lambda: empty_log(self.settings.database.path),
        )

    @cached_property
    def privacy(self) -> PrivacyDesk:
        return PrivacyDesk(
            database=self.database,
            clock=self.clock,
            ledger=self.ledger,
            standings=self.standings,
            audit=self.audit,
            rows=self.own_rows,
            scrubbing=self.scrubbing,
            forgettings=self.forgettings,
            own_data=self.own_data,
            balance=self._balance_of,
            forgotten=self.forgotten_data.wake,
        )

    @cached_property
    def own_data(self) -> OwnData:
        return OwnData(
            database=self.database,
            clock=self.clock,
            ledger=self.ledger,
            choices=self.choices,
            standings=self.standings,
            rows=self.own_rows,
            balance=self._balance_of,
            clips=self.shelf,
        )

    @cached_property
    def clearing(self) -> Clearing:
        return Clearing(
            database=self.database,
            deliveries=self.deliveries,
            images=self.images,
            cases=self.cases,
            clips=self.shelf,
            inputs=self.input_shelf,
        )

    @cached_property
    def own_rows(self) -> OwnRows:
        return OwnRows()

    @cached_property
    def scrubbing(self) -> Scrubbing:
        return Scrubbing()

    @cached_property
    def forgettings(self) -> ForgettingStore:
        return ForgettingStore()

    async def _balance_of(self, guild_id: int, user_id: int, place: Place) -> Balance:
        return (await self.credits.balance(guild_id, user_id, place)).balance

    @cached_property
    @abstractmethod
    def credits(self) -> CreditDesk:
        """What members ask about credits."""
