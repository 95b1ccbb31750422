"""A storyboard, built through the panel as a member does."""

from __future__ import annotations

from sandbox.demo.acting import ANSWER_S, MEMBER, Actor, beat
from sandbox.demo.teller import Teller
from sandbox.driver import Driver, MessageView

SHOTS = (
    ("The harbour at first light", "2 s"),
    ("A girl sets a paper boat on the water", "3 s"),
    ("The boat sails past the lighthouse", "2 s"),
)
ADD, TEXT, SECONDS = "Add shot…", "What is seen in this shot", "How long it lasts"
GENERATE = "Generate"


class Storyboard:
    """From the command to the card of its job. What would look the same again is not shown again."""

    def __init__(self, actor: Actor, teller: Teller, driver: Driver) -> None:
        self._actor = actor
        self._teller = teller
        self._driver = driver

    async def build(self) -> MessageView:
        """The card. Raises StoryFailed."""
        async with beat("The storyboard could not be built"):
            panel = await self._actor.type("storyboard", {})
            await self._actor.rest()
            panel = await self._first_shot(panel)
            await self._actor.rest()
            panel = await self._other_shots(panel)
            await self._actor.rest()
            return await self._generate(panel)

    async def _first_shot(self, panel: MessageView) -> MessageView:
        opened = await self._actor.press(ADD, panel)
        await self._actor.fill_in(opened, dict(zip((TEXT, SECONDS), SHOTS[0], strict=True)))
        return await self._changed(panel)

    async def _other_shots(self, panel: MessageView) -> MessageView:
        self._teller.say(f"\n{MEMBER} adds two more shots in the same way.")
        for text, seconds in SHOTS[1:]:
            opened = await self._driver.press(MEMBER, panel, label=ADD)
            await opened.wait_response(timeout=ANSWER_S)
            await self._driver.submit_modal_values(MEMBER, opened, {TEXT: text, SECONDS: seconds})
            panel = await self._changed(panel)
        self._teller.message(panel)
        return panel

    async def _generate(self, panel: MessageView) -> MessageView:
        price = next(button.label for button in panel.buttons if button.label.startswith(GENERATE))
        await self._actor.press(price, panel)
        said = await self._driver.wait_message(lambda shown: not shown.buttons, ANSWER_S, message=panel)
        self._teller.message(said)
        return await self._actor.linked(said)

    async def _changed(self, panel: MessageView) -> MessageView:
        return await self._driver.wait_message(lambda shown: shown.version > panel.version, ANSWER_S, message=panel)
