"""Pauses that Segmind's answers cause: how they begin, and how the ones that can end by themselves do."""

from __future__ import annotations

import logging
from collections.abc import Callable

from klapper.clock import Clock
from klapper.database.database import Database, Writer
from klapper.errors import PauseScope
from klapper.jobs.pauses import ALL, PauseStore, ProviderPause
from klapper.segmind.answers import Credits
from klapper.services.funds import Funds
from klapper.services.turns import Turns

_log = logging.getLogger(__name__)

LOW_BALANCE = "low_balance"  # Segmind did not say so yet: what is being made will use it up
_OF_MONEY = frozenset({"no_credits", LOW_BALANCE})
PROBED = frozenset({"bad_key", *_OF_MONEY})  # asking for the balance tells whether they are over
PROBE_EVERY_S = 60.0


class ProviderPauses:
    """Keeps:

    - a pause is in the database with its reason, the operator is told once, and it survives a restart;
    - one for want of money ends when the balance pays for what is being made and the job whose turn it would be.

    changed: called when a pause began or ended.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        pauses: PauseStore,
        funds: Funds,
        turns: Turns,
        changed: Callable[[], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._pauses = pauses
        self._funds = funds
        self._turns = turns
        self._changed = changed
        self._probed_at_s: float | None = None

    async def begin(self, scope: PauseScope, slug: str, reason: str) -> None:
        """Stop what the answer stops; nothing for PauseScope.NONE."""
        async with self._database.write() as tx:
            begun = await self.begin_in(tx, scope, slug, reason)
        self.announce(begun)

    async def begin_in(self, tx: Writer, scope: PauseScope, slug: str, reason: str) -> ProviderPause | None:
        """Stop it in the caller's transaction; the pause if it is a new one. The caller announces it afterwards."""
        if scope is PauseScope.NONE:
            return None
        pause = ProviderPause(ALL if scope is PauseScope.ALL else slug, reason, self._clock.now_ms())
        begun = await self._pauses.pause_provider(tx, pause.scope, pause.reason, pause.since_ms)
        return pause if begun else None

    def announce(self, begun: ProviderPause | None) -> None:
        """Tell the operator and the loops about a committed pause."""
        if begun is not None:
            extra = {"scope": begun.scope, "reason": begun.reason}
            _log.error("submits paused: the operator is needed", extra=extra)
            self._changed()

    async def probe(self) -> None:
        """Ask for the balance, at most once a minute, while it can tell that a pause is over."""
        async with self._database.read() as tx:
            paused = [pause for pause in await self._pauses.provider(tx) if pause.reason in PROBED]
        now_s = self._clock.monotonic_s()
        if not paused or (self._probed_at_s is not None and now_s - self._probed_at_s < PROBE_EVERY_S):
            return
        self._probed_at_s = now_s
        if isinstance(await self._funds.ask(), Credits):
            for pause in paused:
                await self._end(pause)

    async def _end(self, pause: ProviderPause) -> None:
        async with self._database.write() as tx:
            if pause.reason in _OF_MONEY and self._funds.falls_short(await self._turns.needed_micro_usd(tx)):
                return
            ended = await self._pauses.resume_provider(tx, pause.scope, reason=pause.reason)
        if ended:
            _log.warning("submits go on", extra={"scope": pause.scope, "reason": pause.reason})
            self._changed()
