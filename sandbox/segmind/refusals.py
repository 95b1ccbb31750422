"""What the provider says no with."""

from __future__ import annotations


class Refused(Exception):
    """The request is answered with `status` and Segmind's error envelope; no job comes of it."""

    def __init__(self, status: int, error: str, **more: object) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.more = more  # further keys of the envelope


def malformed(error: str) -> Refused:
    """The request is not of the documented shape: 400 (Segmind model pages, Common Error Codes)."""
    return Refused(400, error)


def value_refused(name: str, reason: str) -> Refused:
    """A parameter has a value that is refused before the run: 406 (Segmind docs: error codes)."""
    return Refused(406, f"Invalid value for parameter '{name}': {reason}")
