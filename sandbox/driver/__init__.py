"""Acts as members of the sandbox guild and sees what they see; for tests and the demo."""

from sandbox.driver.driver import Driver
from sandbox.driver.link import NotPossible
from sandbox.driver.result import InteractionResult, NoResponse
from sandbox.driver.views import AttachmentView, ButtonView, File, MessageView, RequestView

__all__ = [
    "AttachmentView",
    "ButtonView",
    "Driver",
    "File",
    "InteractionResult",
    "MessageView",
    "NoResponse",
    "NotPossible",
    "RequestView",
]
