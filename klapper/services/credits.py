"""What members and managers can ask about credits."""

from __future__ import annotations

from dataclasses import dataclass, replace

from klapper.clock import Clock
from klapper.database.database import Database, Reader
from klapper.jobs.pauses import PauseStore
from klapper.kling.model import Catalogue, Model, Support
from klapper.kling.price_table import Unit
from klapper.kling.pricing import Tariff, quote
from klapper.kling.request import VideoRequest
from klapper.kling.resolution import resolve
from klapper.ledger.ledger import Ledger
from klapper.ledger.records import Balance, BudgetLeft
from klapper.ledger.statement import Statement
from klapper.moderation.rules import NOWHERE, Place
from klapper.quotas.quota import MemberQuota
from klapper.services.quota_book import QuotaBook, allowance_grant, budget_grants
from klapper.services.quoting import tariff_of
from klapper.services.usual_cost import USUAL_JOBS, UsualCost, usual_cost

USUAL_LENGTHS_S = (5, 10)


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One line of the price list. what: e.g. "5 s, pro, with audio".

    other_lengths: the model also takes lengths that are not listed, and they cost in proportion.
    """

    model_title: str
    what: str
    credits: int
    other_lengths: bool = False


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a member has, and what counts for them. usual: what their clips cost, where it was asked for."""

    balance: Balance
    quota: MemberQuota
    usual: UsualCost | None = None


@dataclass(frozen=True, slots=True)
class Why:
    """What decides for a member in a place, and what is left of the limited budgets that pay there."""

    holdings: Holdings
    budgets: tuple[BudgetLeft, ...]


class CreditDesk:
    """Reads balances and prices."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        ledger: Ledger,
        statement: Statement,
        quotas: QuotaBook,
        catalogue: Catalogue,
        tariff: Tariff,
        pauses: PauseStore,
    ) -> None:
        self._database = database
        self._clock = clock
        self._ledger = ledger
        self._statement = statement
        self._quotas = quotas
        self._catalogue = catalogue
        self._tariff = tariff
        self._pauses = pauses

    async def balance(self, guild_id: int, user_id: int, place: Place = NOWHERE) -> Holdings:
        """A member's credits now; somebody never seen has the allowance. place: where they ask, and as who."""
        async with self._database.read() as tx:
            member_ref = await self._ledger.find_member(tx, guild_id, user_id)
            holdings = await self.holdings_in(tx, guild_id, member_ref, place)
            if member_ref is None:
                return holdings
            charges = await self._statement.last_charges(tx, member_ref, USUAL_JOBS)
            return replace(holdings, usual=usual_cost(charges))

    async def why(self, guild_id: int, user_id: int, place: Place = NOWHERE) -> Why:
        """Which rules decide for a member there."""
        now_ms = self._clock.now_ms()
        async with self._database.read() as tx:
            member_ref = await self._ledger.find_member(tx, guild_id, user_id)
            holdings = await self.holdings_in(tx, guild_id, member_ref, place)
            grants = budget_grants(holdings.quota, now_ms)
            return Why(holdings, tuple([await self._ledger.budget_left(tx, grant, now_ms) for grant in grants]))

    async def prices(self, guild_id: int, place: Place = NOWHERE) -> list[PriceLine]:
        """Typical clips of every model that Segmind still offers, priced there by the function that charges."""
        async with self._database.read() as tx:
            tariff = tariff_of(self._tariff, await self._quotas.of(tx, guild_id, place=place))
            retired = {pause.scope for pause in await self._pauses.provider(tx) if pause.reason == "retired"}
        models = [model for model in self._catalogue.models if model.slug not in retired]
        return [line for model in models for line in self._lines(model, tariff)]

    async def holdings_in(self, tx: Reader, guild_id: int, member_ref: int | None, place: Place | None) -> Holdings:
        """The same within a transaction. member_ref: None for somebody never seen.

        place: None for somebody who is no member now: they have what they were granted before, and get nothing.
        """
        now_ms = self._clock.now_ms()
        quota = await self._quotas.of(tx, guild_id, member_ref, NOWHERE if place is None else place)
        if place is None:
            quota = replace(quota, allowance=replace(quota.allowance, amount=0))
        grant = allowance_grant(quota, member_ref, now_ms)
        return Holdings(await self._ledger.balance(tx, member_ref, grant, now_ms), quota)

    def _lines(self, model: Model, tariff: Tariff) -> list[PriceLine]:
        return [
            self._line(tariff, model, replace(request, model=model.slug, mode=mode, duration_s=seconds))
            for mode in _choices(model, "mode")
            for request in _sounds(model)
            for seconds in _lengths(model)
        ]

    def _line(self, tariff: Tariff, model: Model, request: VideoRequest) -> PriceLine:
        sound = "with a voice" if request.voice_ids else "with audio" if request.generate_audio else None
        what = ", ".join(filter(None, (f"{request.duration_s} s", request.mode, sound)))
        price = quote(resolve(request, self._catalogue), tariff).price_credits
        by_second = self._tariff.prices.models[model.slug].unit is Unit.SECOND
        return PriceLine(model.title, what, price, by_second and len(_lengths(model)) < _choice_count(model))


def _choices(model: Model, attribute: str) -> tuple[str | None, ...]:
    field = model.field(attribute)
    return tuple(str(choice) for choice in field.choices) if field else (None,)


def _sounds(model: Model) -> list[VideoRequest]:
    """Silent, with audio, and with a voice where the model takes one openly."""
    plain = VideoRequest(prompt="-", start_image="-" if model.needs_image else None)
    if model.field("generate_audio") is None:
        return [plain]
    sounds = [replace(plain, generate_audio=audio) for audio in (False, True)]
    voices = model.field("voice_ids")
    if voices is not None and voices.support is not Support.HIDDEN:
        sounds.append(replace(plain, prompt="<<<voice_1>>>", generate_audio=True, voice_ids=("-",)))
    return sounds


def _choice_count(model: Model) -> int:
    field = model.field("duration_s")
    return len(field.choices) if field else 0


def _lengths(model: Model) -> list[int]:
    field = model.field("duration_s")
    return [seconds for seconds in USUAL_LENGTHS_S if field and seconds in field.choices]
