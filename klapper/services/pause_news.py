"""A guild that Klapper paused by itself hears of it in its moderators' channel: why, and how it ends."""

from __future__ import annotations

import hashlib
import logging

from klapper.clock import Clock
from klapper.database.database import Database
from klapper.errors import DeliveryError
from klapper.jobs.pauses import GuildPause, PauseStore
from klapper.ledger.records import KLAPPER
from klapper.moderation.rule_store import RuleStore
from klapper.moderation.standings import StandingStore
from klapper.services.messenger import CaseMessenger

_log = logging.getLogger(__name__)

LOOK_EVERY_S = 30.0
SHUT_RETRY_S = 300.0  # Discord shuts out who collects 10,000 refusals in ten minutes (Discord docs: Rate Limits)


class PauseNews:
    """Keeps:

    - each pause of Klapper's is told once in the review channel, else in the audit channel, as long as it lasts; also
      when the process that made it died, and when the guild chooses a channel only later;
    - a repeat after a lost answer is the same message as long as Discord remembers its nonce, which is some minutes.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        pauses: PauseStore,
        standings: StandingStore,
        rules: RuleStore,
        messenger: CaseMessenger,
    ) -> None:
        self._database = database
        self._clock = clock
        self._pauses = pauses
        self._standings = standings
        self._rules = rules
        self._messenger = messenger
        self._rests: dict[int, float] = {}  # channel id -> monotonic time until which nothing is tried there

    async def run(self) -> None:
        """Tell for ever."""
        while True:
            await self._tell_all()
            await self._clock.sleep(LOOK_EVERY_S)

    async def _tell_all(self) -> None:
        async with self._database.read() as tx:
            pauses = [
                pause
                for pause in await self._pauses.guilds_by(tx, KLAPPER)
                if not await self._standings.was_told_of_pause(tx, pause.guild_id, since_ms=pause.since_ms)
            ]
        for pause in pauses:
            try:
                await self._tell(pause)
            except DeliveryError as error:
                extra = {"guild_id": pause.guild_id, "reason": error.reason}
                _log.warning("moderators do not know yet of the pause of their guild", extra=extra)

    async def _tell(self, pause: GuildPause) -> None:
        async with self._database.read() as tx:
            rules = await self._rules.of(tx, pause.guild_id)
            refusals = await self._standings.provider_strikes_of_guild(tx, pause.guild_id, self._clock.now_ms())
        channel_id = rules.review_channel_id or rules.audit_channel_id
        if channel_id is None or self._rests.get(channel_id, 0.0) > self._clock.monotonic_s():
            return
        try:
            await self._messenger.tell_paused(channel_id, len(refusals), rules.reviewer_roles(), _nonce(pause))
        except DeliveryError as error:
            if error.reason in ("forbidden", "channel_gone"):
                self._rests[channel_id] = self._clock.monotonic_s() + SHUT_RETRY_S
            raise
        async with self._database.write() as tx:
            await self._standings.told_of_pause(tx, pause.guild_id, since_ms=pause.since_ms)


def _nonce(pause: GuildPause) -> str:
    """Equal for repeated messages about one pause. 25 characters at most."""
    return hashlib.sha256(f"pause:{pause.guild_id}:{pause.since_ms}".encode()).hexdigest()[:24]
