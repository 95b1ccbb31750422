"""The way to Discord and back, for one life of Klapper: calls that arrive or do not, answers that get lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from random import Random
from typing import TypeVar

from klapper.errors import DeliveryError
from tests.simulation.discord_model import DiscordModel
from tests.simulation.loop import SimulatedLoop

LONGEST_LATENCY_S = 0.8
DEADLINE_S = 30.0
NO_EFFECT = {"discord_5xx": 0.0, "discord_deadline": DEADLINE_S}
NO_ANSWER = {"discord_lost": 0.0, "discord_deadline_lost": DEADLINE_S}

T = TypeVar("T")


class Wire:
    """Carries what a port of Discord's does to the model."""

    def __init__(self, loop: SimulatedLoop, discord: DiscordModel, chance: Random) -> None:
        self._loop = loop
        self._discord = discord
        self._chance = chance

    async def _call(self, act: Callable[[], T], *, about: str | None = None) -> T:
        """about: the job of which it changes a message."""
        faults = self._discord.faults
        if self._discord.is_out:
            await asyncio.sleep(self._chance.choice((0.05, DEADLINE_S)))
            raise DeliveryError("try_later", "Discord cannot be reached.")
        for kind, wait_s in NO_EFFECT.items():
            if faults.strikes(kind):
                await asyncio.sleep(wait_s + self._latency())
                raise DeliveryError("try_later", f"Discord did not do it ({kind}).")
        result = await self._travel(act, about)
        for kind, wait_s in NO_ANSWER.items():
            if faults.strikes(kind):
                self._is_unheard(about)
                await asyncio.sleep(wait_s)
                raise DeliveryError("try_later", f"Discord did not answer ({kind}).")
        return result

    async def _travel(self, act: Callable[[], T], about: str | None = None) -> T:
        up_s, down_s, lands = self._latency(), self._latency(), self._chance.random() < 0.5
        back: asyncio.Future[T] = self._loop.create_future()

        def arrived() -> None:
            if self._loop.dead and not lands:
                return
            try:
                result = act()
            except DeliveryError as error:
                known = error
                self._discord.time.after(down_s, lambda: self._fail(back, known))
            else:
                self._discord.time.after(down_s, lambda: self._return(back, result, about))

        self._discord.time.after(up_s, arrived)
        return await back

    def _return(self, back: asyncio.Future[T], result: T, about: str | None) -> None:
        if self._loop.dead or back.done():
            self._is_unheard(about)
        else:
            back.set_result(result)

    def _is_unheard(self, about: str | None) -> None:
        if about is not None:
            self._discord.unanswered.add(about)

    def _fail(self, back: asyncio.Future[T], error: DeliveryError) -> None:
        if not self._loop.dead and not back.done():
            back.set_exception(error)

    def _latency(self) -> float:
        return self._chance.uniform(0.05, LONGEST_LATENCY_S) ** 2
