"""The bot of a test's town, as the page kills it and starts it."""

from __future__ import annotations

from sandbox.demo.bot_door import LOG_LINES, BotState, CannotBeDone
from tests.acceptance.town import Town


class TownBot:
    """Implements `bot_door.BotProcess` over a town, which is given once it stands."""

    def __init__(self) -> None:
        self.town: Town | None = None
        self.starts = 1  # the test opened the town

    async def state(self) -> BotState:
        bot = self._town.bot
        if not bot.is_running:
            return BotState("stopped", None, self.starts, self._log())
        connected = (await self._town.driver.bot())["connected"]
        return BotState("running" if connected else "starting", bot.pid, self.starts, self._log())

    async def kill(self) -> None:
        self._must_run()
        await self._town.bot.kill()

    async def stop(self) -> None:
        self._must_run()
        await self._town.bot.stop()

    async def start(self) -> None:
        if self._town.bot.is_running:
            raise CannotBeDone("The bot runs already.")
        self.starts += 1
        await self._town.bot.start()

    @property
    def _town(self) -> Town:
        assert self.town is not None
        return self.town

    def _must_run(self) -> None:
        if not self._town.bot.is_running:
            raise CannotBeDone("The bot does not run.")

    def _log(self) -> list[str]:
        return self._town.bot.log.read_text().splitlines()[-LOG_LINES:]
