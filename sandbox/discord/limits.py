"""The numbers Discord enforces, in one place so that a test can make an hour out of a second."""

from __future__ import annotations

from dataclasses import dataclass, fields

MIB = 1024 * 1024


@dataclass(slots=True)
class Limits:
    """Times in seconds, sizes in bytes; defaults are those of Discord docs: Interactions, Messages, Uploading files."""

    acknowledge_s: float = 3.0
    token_s: float = 15 * 60.0
    nonce_s: float = 3 * 60.0
    old_message_s: float = 60 * 60.0
    # How many edits of messages older than an hour one channel takes per window; Discord does not publish it.
    old_edits: int = 3
    old_edits_window_s: float = 20.0
    old_edit_retry_s: float = 0.05
    dm_upload_bytes: int = 10 * MIB
    # The whole request: one file's limit where that is more (Discord docs: Create Message, 25 MiB).
    request_bytes: int = 25 * MIB
    followups: int = 100
    heartbeat_s: float = 41.25  # of connections made from now on; one that is silent twice as long is closed

    def change(self, **values: float) -> None:
        """Sets the named limits; raises ValueError for a name that does not exist."""
        known = {field.name for field in fields(self)}
        for name, value in values.items():
            if name not in known:
                raise ValueError(f"no limit is called {name!r}; there are {', '.join(sorted(known))}")
            setattr(self, name, type(getattr(self, name))(value))
