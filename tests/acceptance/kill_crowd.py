"""The members of a kill test: each asks until they got an answer, as people do."""

from __future__ import annotations

import asyncio
import contextlib

from sandbox.driver import File, NotPossible
from sandbox.driver.result import NoResponse
from tests.acceptance.bot_process import START_S
from tests.acceptance.kill_plan import Plan, Wish
from tests.acceptance.panel import LINK
from tests.acceptance.town import Town
from tests.pictures import phone_photo

ANSWER_S = 8.0  # then a member asks again
MOST_TRIES = 40
AT_ONCE = 4  # wishes ahead of the kills, so that something is always under way


class Crowd:
    """Asks for every wish, a share of them with each kill."""

    def __init__(self, town: Town, plan: Plan) -> None:
        self._town = town
        self._plan = plan
        self._kills = 0
        self._killed = asyncio.Condition()

    async def kill_counted(self) -> None:
        """One more kill is over: more wishes are due."""
        async with self._killed:
            self._kills += 1
            self._killed.notify_all()

    async def ask_for_all(self) -> None:
        """Return when every wish was accepted."""
        async with asyncio.TaskGroup() as tasks:
            for wish in self._plan.wishes:
                tasks.create_task(self._insist(wish))

    async def _insist(self, wish: Wish) -> None:
        due = wish.number * len(self._plan.moments) // len(self._plan.wishes) - AT_ONCE
        async with self._killed:
            await self._killed.wait_for(lambda: self._kills >= due)
        for fault in wish.faults:
            await self._town.control.add_fault(fault)
        for number in range(MOST_TRIES):
            with contextlib.suppress(NoResponse, TimeoutError, NotPossible):
                await self._ask(wish, f"{wish.text}, try {number}: a fox crosses a frozen river")
                return
        raise AssertionError(f"{wish.text} was never answered")

    async def _ask(self, wish: Wish, prompt: str) -> None:
        """Return when it was accepted. No answer is no no: the job may be there, and is looked at in the end."""
        driver, options = self._town.driver, dict(wish.options)
        await driver.wait_for_ready_bot(timeout=START_S, commands=["video"])
        image = File("photo.jpg", phone_photo()) if wish.with_image else None
        asked = await driver.slash(wish.member, wish.channel, "video", prompt=prompt, image=image, **options)
        await asked.wait_response(ANSWER_S)
        await asked.wait_message(lambda shown: not shown.ephemeral or bool(LINK.search(shown.text)), ANSWER_S)
