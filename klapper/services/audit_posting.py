"""Every entry of a guild's audit becomes a line in its audit channel, in the order in which they were written."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from klapper.clock import DAY_MS, Clock
from klapper.database.database import Database, Writer
from klapper.errors import DeliveryError
from klapper.ledger.ledger import Ledger
from klapper.moderation.audit import AuditLog
from klapper.services.alarm import Alarm
from klapper.services.audit_lines import AuditLine, with_people
from klapper.services.messenger import Messenger

_log = logging.getLogger(__name__)

GATHER_S = 2.0  # after an entry: others may come with it, and it has to be committed first
LOOK_S = 60.0  # without any news, for an entry whose transaction took longer than that
RETRY_S = 15.0
SHUT_RETRY_S = 600.0  # Discord shuts out who collects 10,000 refusals in ten minutes (Discord docs: Rate Limits)
GIVE_UP_MS = 7 * DAY_MS  # so that a guild whose channel stays shut does not pile up lines for ever
MOST_LINES = 50  # in one message; fewer where they are long

_SHUT = ("forbidden", "channel_gone")


@dataclass(frozen=True, slots=True)
class _Rest:
    """A channel that is left alone until then, by the monotonic clock."""

    channel_id: int
    until_s: float


def nonce(channel_id: int, first: int, last: int) -> str:
    """Equal for repeated posts of the same entries, so that Discord makes them one message. 24 characters."""
    return hashlib.sha256(f"audit:{channel_id}:{first}:{last}".encode()).hexdigest()[:24]


class AuditPosting:
    """Keeps:

    - no line is lost to an error or a crash, and a guild's lines are in their order. What goes into a message is
      written down before it is posted, so that a repeat is the same message as long as Discord remembers its nonce,
      which is some minutes;
    - a guild whose channel is shut keeps no other waiting; what it did not take for GIVE_UP_MS stays in the database.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        audit: AuditLog,
        ledger: Ledger,
        messenger: Messenger,
        news: Alarm,
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._ledger = ledger
        self._messenger = messenger
        self._news = news
        self._rests: dict[int, _Rest] = {}  # by guild
        self._told: dict[int, int] = {}  # guild -> its shut channel that the log knows of

    def chosen(self, guild_id: int) -> None:
        """A guild named its audit channel, perhaps once more after it had opened it to us: what waits is tried now."""
        self._rests.pop(guild_id, None)
        self._news.ring()

    async def run(self) -> None:
        """Follow the audit for ever. The first round finds what a stop left behind."""
        while True:
            self._news.clear()
            while await self._round():
                pass
            await self._news.wait(self._next_s())

    async def _round(self) -> bool:
        """One message for each guild that has lines; whether there may be more."""
        async with self._database.read() as tx:
            channels = await self._audit.guilds_to_post(tx)
        self._rests = {guild_id: rest for guild_id, rest in self._rests.items() if guild_id in channels}
        posted = [await self._turn(guild_id, channel_id) for guild_id, channel_id in channels.items()]
        return any(posted)

    def _next_s(self) -> float:
        now_s = self._clock.monotonic_s()
        return min([LOOK_S, *(max(0.0, rest.until_s - now_s) for rest in self._rests.values())])

    async def _turn(self, guild_id: int, channel_id: int | None) -> bool:
        """Whether something was posted."""
        if channel_id is None:  # nobody wants to read it there any more
            async with self._database.write() as tx:
                await self._audit.drop_unposted(tx, guild_id)
            return False
        if self._is_resting(guild_id, channel_id):
            return False
        try:
            is_posted = await self._post_next(guild_id, channel_id)
        except DeliveryError as error:
            self._rest(guild_id, channel_id, SHUT_RETRY_S if error.reason in _SHUT else RETRY_S)
            self._tell(guild_id, channel_id, error.reason)
            return False
        except Exception:
            # One guild's entries that cannot be shown must not keep those of others from being posted.
            _log.exception("audit crashed", extra={"guild_id": guild_id})
            self._rest(guild_id, channel_id, SHUT_RETRY_S)
            return False
        self._told.pop(guild_id, None)
        return is_posted

    def _is_resting(self, guild_id: int, channel_id: int) -> bool:
        rest = self._rests.get(guild_id)
        if rest is None or rest.channel_id != channel_id or rest.until_s <= self._clock.monotonic_s():
            self._rests.pop(guild_id, None)
            return False
        return True

    def _rest(self, guild_id: int, channel_id: int, seconds: float) -> None:
        self._rests[guild_id] = _Rest(channel_id, self._clock.monotonic_s() + seconds)

    def _tell(self, guild_id: int, channel_id: int, reason: str) -> None:
        """A channel that is shut is told of once, until it takes lines again."""
        extra = {"guild_id": guild_id, "channel_id": channel_id, "reason": reason}
        if reason not in _SHUT:
            _log.info("audit not posted", extra=extra)
        elif self._told.get(guild_id) != channel_id:
            self._told[guild_id] = channel_id
            _log.warning("audit channel is shut", extra=extra)

    async def _post_next(self, guild_id: int, channel_id: int) -> bool:
        async with self._database.write() as tx:
            lines = await self._begin(tx, guild_id)
        if not lines:
            return False
        first, last = lines[0].logged.entry_id, lines[-1].logged.entry_id
        await self._messenger.post_audit(channel_id, lines, nonce(channel_id, first, last))
        async with self._database.write() as tx:
            await self._audit.posted(tx, guild_id, last=last, now_ms=self._clock.now_ms())
        return True

    async def _begin(self, tx: Writer, guild_id: int) -> Sequence[AuditLine]:
        """What goes into the next message, written down; the same lines as before when it was begun already."""
        lines = await self._unposted(tx, guild_id)
        too_old_ms = self._clock.now_ms() - GIVE_UP_MS
        if lines and lines[0].logged.entry.at_ms < too_old_ms:
            dropped = await self._audit.drop_unposted(tx, guild_id, before_ms=too_old_ms)
            _log.warning("audit given up", extra={"guild_id": guild_id, "entries": dropped})
            lines = await self._unposted(tx, guild_id)
        if not lines:
            return ()
        batch = lines[0].logged.batch
        if batch is not None:
            return [line for line in lines if line.logged.entry_id <= batch]
        lines = lines[: self._messenger.audit_fit(lines)]
        await self._audit.begin_batch(tx, guild_id, last=lines[-1].logged.entry_id)
        return lines

    async def _unposted(self, tx: Writer, guild_id: int) -> Sequence[AuditLine]:
        return await with_people(tx, self._ledger, await self._audit.unposted(tx, guild_id, rows=MOST_LINES))
