"""A Segmind for development: the documented v2 API on loopback, faults included.

It knows nothing of `klapper`: it is written from Segmind's pages alone, so that a misreading on one side shows.
"""

from sandbox.segmind.control import (
    ControlError,
    EventView,
    FaultView,
    JobView,
    RequestView,
    SegmindControl,
    SettingsView,
    UploadView,
)
from sandbox.segmind.faults import Fault, Kind, Stage
from sandbox.segmind.server import SandboxSegmind

__all__ = [
    "ControlError",
    "EventView",
    "Fault",
    "FaultView",
    "JobView",
    "Kind",
    "RequestView",
    "SandboxSegmind",
    "SegmindControl",
    "SettingsView",
    "Stage",
    "UploadView",
]
