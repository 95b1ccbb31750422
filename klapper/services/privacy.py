"""What members can have of their data: all of it in a file, or all of it deleted."""

from __future__ import annotations

import asyncio
import gzip
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from klapper.clock import Clock
from klapper.database.database import Database, Reader, Writer
from klapper.ledger.ledger import Ledger
from klapper.ledger.records import Balance, allowance_account, member_actor
from klapper.moderation.audit import Action, AuditLog, Entry
from klapper.moderation.rules import NOWHERE, Place
from klapper.moderation.standing import REMEMBERED_MS
from klapper.moderation.standings import StandingStore
from klapper.privacy.forgettings import ForgettingStore
from klapper.privacy.own_rows import Amount, OwnRows
from klapper.privacy.scrubbing import Scrubbing
from klapper.services import refusals
from klapper.services.own_data import OwnData

EXPORTS_AT_ONCE = 2
IN_MEMORY_BYTES = 4 * 1024 * 1024  # what is longer is written to the disk meanwhile


@dataclass(frozen=True, slots=True)
class KnownAgain:
    """Until when who returns is known again: while any of these holds.

    period_ends_ms: of the allowance, None when there is none; strikes_until_ms: until the last strike weighs nothing.
    """

    period_ends_ms: int | None = None
    is_blocked: bool = False
    paused_until_ms: int | None = None
    strikes_until_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """What there is of a member's, as a question before it is deleted has to say.

    reported: clips that moderators have before them. credits: that the member gives up. is_forgotten: it was deleted
    before and nothing has come since.
    """

    jobs: int
    reported: int
    credits: int
    known_again: KnownAgain
    is_forgotten: bool = False


@dataclass(frozen=True, slots=True)
class Export:
    """The file. content: None when it is larger than may be sent, packed as well."""

    content: bytes | None
    is_packed: bool = False


class PrivacyDesk:
    """Keeps:

    - a deletion is one transaction; what is outside of the database goes after it, restarts included;
    - nothing is deleted while a job of the member is open or its clip on its way;
    - the books stay, of somebody whom nobody can name.

    balance: of a member's credits. forgotten: called after a deletion.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        ledger: Ledger,
        standings: StandingStore,
        audit: AuditLog,
        rows: OwnRows,
        scrubbing: Scrubbing,
        forgettings: ForgettingStore,
        own_data: OwnData,
        balance: Callable[[int, int, Place], Awaitable[Balance]],
        forgotten: Callable[[], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._ledger = ledger
        self._standings = standings
        self._audit = audit
        self._rows = rows
        self._scrubbing = scrubbing
        self._forgettings = forgettings
        self._own_data = own_data
        self._balance = balance
        self._forgotten = forgotten
        self._exports = asyncio.Semaphore(EXPORTS_AT_ONCE)

    async def export(self, guild_id: int, user_id: int, place: Place, *, limit_bytes: int) -> Export:
        """Everything as JSON, packed with gzip where it is larger than that. place: with the roles of who asks."""
        async with self._exports:
            with SpooledTemporaryFile(IN_MEMORY_BYTES) as spooled:
                file = cast("BinaryIO", spooled)
                await self._own_data.write(guild_id, user_id, place, file)
                return await asyncio.to_thread(_fitting, file, limit_bytes)

    async def kept(self, guild_id: int, user_id: int) -> Kept:
        """What a deletion would be about. Raises RequestRefused (`nothing_kept`, `unfinished_jobs`)."""
        balance = await self._balance(guild_id, user_id, NOWHERE)
        async with self._database.read() as tx:
            member_ref = await self._ledger.find_member(tx, guild_id, user_id)
            if member_ref is None:
                if not await self._has_requests(tx, guild_id, user_id):
                    raise refusals.nothing_kept()
                return Kept(0, 0, 0, KnownAgain())
            await self._refuse_unfinished(tx, member_ref)
            amount = await self._rows.amount(tx, member_ref, allowance_account(member_ref))
            known_again = await self._known_again(tx, member_ref, amount, self._clock.now_ms())
            is_forgotten = await self._ledger.user_of(tx, member_ref) is None and not await self._has_requests(
                tx, guild_id, user_id
            )
        return Kept(amount.jobs, amount.reported, balance.bonus, known_again, is_forgotten)

    async def delete(self, guild_id: int, user_id: int, *, dm_channel_id: int | None) -> KnownAgain:
        """Delete everything but the books; once more, nothing happens. Raises RequestRefused (`unfinished_jobs`).

        dm_channel_id: of the member's direct messages, where they could be opened.
        """
        async with self._database.write() as tx:
            now_ms = self._clock.now_ms()
            await self._scrubbing.forget_requests(tx, guild_id, user_id)
            member_ref = await self._ledger.find_member(tx, guild_id, user_id)
            if member_ref is None:
                return KnownAgain()
            await self._refuse_unfinished(tx, member_ref)
            amount = await self._rows.amount(tx, member_ref, allowance_account(member_ref))
            known_again = await self._known_again(tx, member_ref, amount, now_ms)
            if await self._ledger.user_of(tx, member_ref) is not None:
                actor = member_actor(member_ref)
                await self._scrubbing.forget_jobs(tx, member_ref, now_ms)
                await self._scrubbing.forget_words(tx, guild_id, member_ref, actor=actor)
                await self._ledger.forget(tx, guild_id, user_id)
                await self._forgettings.begin(tx, member_ref, now_ms, dm_channel_id=dm_channel_id)
                await self._write_down(tx, guild_id, member_ref, now_ms)
            if known_again == KnownAgain():
                await self._forgettings.drop_mark(tx, member_ref)
        self._forgotten()
        return known_again

    async def _refuse_unfinished(self, tx: Reader, member_ref: int) -> None:
        if found := await self._rows.unfinished(tx, member_ref):
            raise refusals.unfinished_jobs(found)

    async def _has_requests(self, tx: Reader, guild_id: int, user_id: int) -> bool:
        if await self._rows.drafts(tx, guild_id, user_id):
            return True
        return bool(await self._rows.refused_requests(tx, guild_id, user_id))

    async def _known_again(self, tx: Reader, member_ref: int, amount: Amount, now_ms: int) -> KnownAgain:
        """By the same rule as `ForgettingStore.drop_marks`."""
        pause = await self._standings.pause_of(tx, member_ref, now_ms)
        strikes = await self._standings.strikes_of_member(tx, member_ref, now_ms)
        return KnownAgain(
            period_ends_ms=amount.period_ends_ms if amount.period_ends_ms > now_ms else None,
            is_blocked=await self._standings.block_of(tx, member_ref) is not None,
            paused_until_ms=None if pause is None else pause.until_ms,
            strikes_until_ms=strikes[0].at_ms + REMEMBERED_MS if strikes else None,
        )

    async def _write_down(self, tx: Writer, guild_id: int, member_ref: int, now_ms: int) -> None:
        await self._audit.add(
            tx,
            Entry(
                guild_id=guild_id,
                at_ms=now_ms,
                actor=member_actor(member_ref),
                action=Action.MEMBER_FORGOTTEN,
                member_ref=member_ref,
            ),
        )


def _fitting(file: BinaryIO, limit_bytes: int) -> Export:
    size = file.seek(0, 2)
    file.seek(0)
    if size <= limit_bytes:
        return Export(file.read())
    packed = BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as out:
        shutil.copyfileobj(file, out)
    return Export(packed.getvalue() if packed.tell() <= limit_bytes else None, is_packed=True)
