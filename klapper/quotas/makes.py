"""What somebody may ask for: which models, which modes, how long. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Makes:
    """models: keys of families, modes: as the models call them; empty: every one. longest_s: seconds, 0 for no limit.

    Each counts for itself: who may make v3 in one way and o3 in another may make both in either.
    """

    models: frozenset[str] = frozenset()
    modes: frozenset[str] = frozenset()
    longest_s: int = 0

    def __or__(self, other: Makes) -> Makes:
        """What either allows."""
        return Makes(
            self.models | other.models if self.models and other.models else frozenset(),
            self.modes | other.modes if self.modes and other.modes else frozenset(),
            max(self.longest_s, other.longest_s) if self.longest_s and other.longest_s else 0,
        )

    def forbids_model(self, key: str) -> bool:
        return bool(self.models) and key not in self.models

    def forbids_mode(self, mode: str | None) -> bool:
        """None: the model has no modes."""
        return bool(self.modes) and mode is not None and mode not in self.modes

    def forbids_length(self, seconds: int) -> bool:
        return bool(self.longest_s) and seconds > self.longest_s


EVERYTHING = Makes()
