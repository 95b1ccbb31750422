"""A draft as the member sees it who works on it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sandbox.driver import Driver, FormView, InteractionResult, MessageView

LINK = re.compile(r"https://discord\.com/channels/(?:\d+|@me)/\d+/(\d+)")
ANSWER_S = 30.0  # on a busy machine


class Panel:
    """One private message with a draft in it. Every act waits until the panel shows what came of it."""

    def __init__(self, driver: Driver, shown: MessageView, member: str = "Mira") -> None:
        self._driver = driver
        self._member = member
        self.shown = shown

    @classmethod
    async def of(cls, driver: Driver, opened: InteractionResult, member: str = "Mira") -> Panel:
        """The panel that a command or a press was answered with."""
        return cls(driver, await opened.wait_message(timeout=ANSWER_S), member)

    @property
    def text(self) -> str:
        return self.shown.text

    @property
    def draft_id(self) -> str:
        return self.shown.buttons[0].custom_id.split(":")[1]

    @property
    def price(self) -> str:
        """What the button that lets it go says."""
        return next(button.label for button in self.shown.buttons if button.label.startswith("Generate"))

    @property
    def is_ready(self) -> bool:
        return not next(button for button in self.shown.buttons if button.label.startswith("Generate")).disabled

    async def choose(self, select: str, value: str) -> None:
        """By the name of the select; by value or label of the choice."""
        before = self.shown
        await self._driver.choose(self._member, self.shown, f"draft:{self.draft_id}:{select}", [value])
        await self._see(lambda shown: shown.version > before.version)

    async def open(self, label: str, *, beside: str | None = None) -> InteractionResult:
        """Press a button that opens a form. beside: words of the section it belongs to."""
        opened = await self._driver.press(self._member, self.shown, label=label, beside=beside)
        return await opened.wait_response()

    async def fill(self, label: str, values: dict[str, Any], *, beside: str | None = None) -> FormView:
        """Press a button, fill in the form that opens, by label or custom id of each field, and send it."""
        opened = await self.open(label, beside=beside)
        await self.send(opened, values)
        return opened.form

    async def fill_by_id(self, form: str, values: dict[str, Any]) -> None:
        """The same, with the button named by what it does."""
        button = f"draft:{self.draft_id}:{form}"
        opened = await (await self._driver.press(self._member, self.shown, button)).wait_response()
        await self.send(opened, values)

    async def send(self, opened: InteractionResult, values: dict[str, Any]) -> None:
        """Send a form that is open."""
        before = self.shown
        await self._driver.submit_modal_values(self._member, opened, values)
        await self._see(lambda shown: shown.version > before.version)

    async def press(self, label: str) -> None:
        """Press a button that does something at once."""
        before = self.shown
        await self._driver.press(self._member, self.shown, label=label)
        await self._see(lambda shown: shown.version > before.version)

    async def refused(self, label: str, values: dict[str, Any]) -> str:
        """Fill in and send a form that is not taken; the private word beside the panel."""
        opened = await self.open(label)
        sent = await self._driver.submit_modal_values(self._member, opened, values)
        said = await self._driver.wait_message(
            lambda message: message.interaction_id == sent.id and message.id != self.shown.id, ANSWER_S
        )
        return said.text

    async def generate(self, presses: int = 1) -> MessageView:
        """Let it go, by so many presses before the first was answered; the card of its job."""
        button = self.shown.button(self.price).custom_id
        for _ in range(presses):
            await self._driver.forge_press(self._member, self.shown, button)
        await self._see(lambda shown: LINK.search(shown.text) is not None and not shown.buttons)
        return await self._driver.message(linked(self.text))

    async def _see(self, there: Callable[[MessageView], bool]) -> None:
        self.shown = await self._driver.wait_message(there, ANSWER_S, message=self.shown)


def linked(text: str) -> str:
    """The id of the message that a text links to."""
    found = LINK.search(text)
    assert found is not None, text
    return found[1]
