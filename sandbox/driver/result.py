"""What came of an interaction."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing

from sandbox.driver.forms import FormView
from sandbox.driver.link import Link
from sandbox.driver.parts import AttachmentView, Json
from sandbox.driver.views import MessageView

DEFAULT_TIMEOUT_S = 10.0
_DEFERRED_MESSAGE = 5


class NoResponse(AssertionError):
    """The bot did not acknowledge in time: the member reads "The application did not respond"."""


class InteractionResult:
    """A handle on one interaction; its properties show the state of the last wait."""

    def __init__(self, link: Link, state: Json) -> None:
        self._link = link
        self._state = state
        self._message: MessageView | None = None

    def __repr__(self) -> str:
        return f"<InteractionResult {self.id} callback={self.callback} message={self._state['message_id']}>"

    @property
    def id(self) -> str:
        return str(self._state["id"])

    @property
    def callback(self) -> int | None:
        """The callback type of the answer (4 message, 5 deferral, 6, 7 update, 8 choices, 9 modal), None before it."""
        callback: int | None = self._state["callback"]
        return callback

    @property
    def deferred(self) -> bool:
        return self.callback == _DEFERRED_MESSAGE

    @property
    def failed(self) -> bool:
        return bool(self._state["failed"])

    @property
    def modal(self) -> Json | None:
        modal: Json | None = self._state["modal"]
        return modal

    @property
    def form(self) -> FormView:
        """The modal as the member sees it; raises AssertionError when the answer was none."""
        assert self.modal is not None, f"interaction {self.id} was not answered with a modal: {self._state}"
        return FormView.of(self.modal)

    @property
    def attachments(self) -> list[AttachmentView]:
        """The files that the member sent with the command or modal."""
        return [AttachmentView.of(raw) for raw in self._state["attachments"]]

    @property
    def choices(self) -> list[Json]:
        return list(self._state["choices"])

    @property
    def followup_ids(self) -> list[str]:
        return list(self._state["followup_ids"])

    @property
    def message(self) -> MessageView:
        """The message that answered; raises AssertionError when there is none."""
        assert self._message is not None, f"interaction {self.id} has no message: {self._state}"
        return self._message

    @property
    def ephemeral(self) -> bool:
        return self.message.ephemeral

    @property
    def text(self) -> str:
        return self.message.text

    async def wait_response(self, timeout: float = DEFAULT_TIMEOUT_S) -> InteractionResult:
        """Until the bot acknowledged; raises NoResponse after Discord's 3 s and TimeoutError after `timeout`."""
        async with aclosing(self._link.batches(["interaction"], self.id, timeout)) as batches:
            async for batch in batches:
                self._state = batch[-1]["data"] if batch else self._state
                if self.callback is not None:
                    break
                if self.failed:
                    raise NoResponse(f"interaction {self.id} was not acknowledged in time")
        if self._state["message_id"] is not None:
            await self._look_up_message(timeout)
        return self

    async def wait_message(
        self, predicate: Callable[[MessageView], bool] = lambda message: True, timeout: float = DEFAULT_TIMEOUT_S
    ) -> MessageView:
        """The answer once it is more than a "thinking…" placeholder and the predicate holds."""
        await self.wait_response(timeout)
        message_id = self.message.id
        async with aclosing(self._link.batches(["message"], message_id, timeout)) as batches:
            async for batch in batches:
                for entry in batch:
                    self._message = MessageView.of(entry["data"], entry["at_ms"])
                if not self.message.loading and predicate(self.message):
                    break
        return self.message

    async def followups(self) -> list[MessageView]:
        """The follow-up messages that still exist, oldest first."""
        self._state = await self._link.do("interaction", interaction=self.id)
        shown = (await self._link.do("messages", channel=self._state["channel_id"]))["messages"]
        return [view for view in map(MessageView.of, shown) if view.id in self.followup_ids]

    async def _look_up_message(self, timeout: float) -> None:
        batches = self._link.batches(["message"], str(self._state["message_id"]), timeout)
        async with aclosing(batches):
            entry = (await anext(batches))[-1]
        self._message = MessageView.of(entry["data"], entry["at_ms"])
