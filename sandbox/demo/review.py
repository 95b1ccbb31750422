"""A request that a moderator looks at first: Ada asks for it, Max approves what he sees."""

from __future__ import annotations

from sandbox.demo.acting import ANSWER_S, CHANNEL, Actor, beat
from sandbox.demo.teller import Teller
from sandbox.driver import Driver, MessageView

MANAGER, MODERATOR, REVIEWS = "Ada", "Max", "review"
_CASE = "case:"  # how the ids of the buttons below a case begin


class Review:
    """Raises StoryFailed."""

    def __init__(self, teller: Teller, driver: Driver) -> None:
        self._teller = teller
        self._driver = driver
        self._manager = Actor(teller, driver, MANAGER)
        self._moderator = Actor(teller, driver, MODERATOR, REVIEWS)

    async def begin(self) -> None:
        """Every request in the channel waits for a moderator from now on."""
        self._teller.say(f"{MANAGER} manages the server. In #{CHANNEL} she wants a moderator to look first.")
        async with beat("The server could not be set to review"):
            await self._manager.type("manage reviewers", {"channel": REVIEWS})
            await self._manager.type("manage mode", {"mode": "review", "channel": CHANNEL})

    async def approve(self) -> None:
        """The moderator sees the request, says yes, and the case is settled."""
        async with beat("The request did not reach the moderators"):
            case = await self._driver.wait_message(_is_open_case, ANSWER_S)
        self._teller.say(f"\nOnly moderators see #{REVIEWS}: the card there shows what the public one does not.")
        self._teller.message(case)
        await self._moderator.rest()
        async with beat("The moderator could not approve it"):
            await self._moderator.read(await self._moderator.press("Approve", case))

    async def end(self) -> None:
        """Requests are made at once again."""
        async with beat("The server could not be opened again"):
            await self._manager.type("manage mode", {"mode": "default", "channel": CHANNEL})


def _is_open_case(message: MessageView) -> bool:
    return any(button.custom_id.startswith(_CASE) and button.label == "Approve" for button in message.buttons)
