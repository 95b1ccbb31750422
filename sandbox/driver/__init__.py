"""Acts as members of the sandbox guild and sees what they see; for tests and the demo."""

from sandbox.driver.driver import Driver
from sandbox.driver.forms import FieldView, FormView
from sandbox.driver.link import NotPossible
from sandbox.driver.parts import AttachmentView, ButtonView, File, MediaView
from sandbox.driver.result import InteractionResult, NoResponse
from sandbox.driver.views import MessageView, RequestView

__all__ = [
    "AttachmentView",
    "ButtonView",
    "Driver",
    "FieldView",
    "File",
    "FormView",
    "InteractionResult",
    "MediaView",
    "MessageView",
    "NoResponse",
    "NotPossible",
    "RequestView",
]
