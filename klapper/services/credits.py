"""What members and managers can ask about credits."""

from __future__ import annotations

from dataclasses import dataclass, replace

from klapper.clock import Clock
from klapper.database.database import Database
from klapper.errors import RequestRefused
from klapper.jobs.pauses import PauseStore
from klapper.kling.model import Catalogue, Model, Support
from klapper.kling.price_table import Unit
from klapper.kling.pricing import Tariff, quote
from klapper.kling.request import VideoRequest
from klapper.kling.resolution import resolve
from klapper.ledger.ledger import Ledger
from klapper.ledger.records import Balance, Movement, member_actor
from klapper.moderation.audit import Action, AuditLog, Entry
from klapper.services.rules import Rules

LARGEST_GRANT = 1_000_000
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


class CreditDesk:
    """Reads balances and movements; `grant` is the only thing it writes, with its entry of the audit."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        ledger: Ledger,
        rules: Rules,
        catalogue: Catalogue,
        tariff: Tariff,
        pauses: PauseStore,
        audit: AuditLog,
    ) -> None:
        self._database = database
        self._clock = clock
        self._ledger = ledger
        self._rules = rules
        self._catalogue = catalogue
        self._tariff = tariff
        self._pauses = pauses
        self._audit = audit

    async def balance(self, guild_id: int, user_id: int) -> Balance:
        """A member's credits now; somebody never seen has the allowance."""
        now_ms = self._clock.now_ms()
        async with self._database.read() as tx:
            member_ref = await self._ledger.find_member(tx, guild_id, user_id)
            return await self._ledger.balance(tx, member_ref, self._rules.allowance(member_ref or 0, now_ms), now_ms)

    async def history(self, guild_id: int, user_id: int, *, skip: int = 0, rows: int = 15) -> list[Movement]:
        """What moved for a member, newest first, at most `rows` lines without the first `skip`."""
        async with self._database.read() as tx:
            member_ref = await self._ledger.find_member(tx, guild_id, user_id)
            return [] if member_ref is None else await self._ledger.movements(tx, member_ref, skip=skip, rows=rows)

    async def grant(
        self, *, guild_id: int, granted_by: int, user_id: int, amount: int, interaction_id: int, reason: str = "grant"
    ) -> Balance:
        """Give a member credits that do not expire, once per interaction. Raises RequestRefused for a bad amount."""
        if not 1 <= amount <= LARGEST_GRANT:
            raise RequestRefused("bad_amount", f"Credits are granted in whole numbers from 1 to {LARGEST_GRANT:,}.")
        now_ms = self._clock.now_ms()
        async with self._database.write() as tx:
            manager = await self._ledger.member(tx, guild_id, granted_by, now_ms)
            member_ref = await self._ledger.member(tx, guild_id, user_id, now_ms)
            is_new = await self._ledger.grant_bonus(
                tx,
                member_ref,
                amount,
                key=str(interaction_id),
                actor=member_actor(manager),
                reason=reason,
                now_ms=now_ms,
            )
            if is_new:
                entry = Entry(
                    guild_id=guild_id,
                    at_ms=now_ms,
                    actor=member_actor(manager),
                    action=Action.CREDITS_GRANTED,
                    member_ref=member_ref,
                    detail=str(amount),
                )
                await self._audit.add(tx, entry)
            return await self._ledger.balance(tx, member_ref, self._rules.allowance(member_ref, now_ms), now_ms)

    async def prices(self) -> list[PriceLine]:
        """Typical clips of every model that Segmind still offers, priced by the function that charges."""
        async with self._database.read() as tx:
            retired = {pause.scope for pause in await self._pauses.provider(tx) if pause.reason == "retired"}
        return [line for model in self._catalogue.models if model.slug not in retired for line in self._lines(model)]

    def _lines(self, model: Model) -> list[PriceLine]:
        return [
            self._line(model, replace(request, model=model.slug, mode=mode, duration_s=seconds))
            for mode in _choices(model, "mode")
            for request in _sounds(model)
            for seconds in _lengths(model)
        ]

    def _line(self, model: Model, request: VideoRequest) -> PriceLine:
        sound = "with a voice" if request.voice_ids else "with audio" if request.generate_audio else None
        what = ", ".join(filter(None, (f"{request.duration_s} s", request.mode, sound)))
        price = quote(resolve(request, self._catalogue), self._tariff).price_credits
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
