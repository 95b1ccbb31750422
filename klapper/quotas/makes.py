"""What somebody may ask for: which models, which modes, how long. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Asked:
    """model: key of its family. mode: None for a model without modes."""

    model: str
    mode: str | None
    seconds: int


@dataclass(frozen=True, slots=True)
class Makes:
    """One rule. models: keys of families; modes: as the models have them; empty: all. longest_s: 0 for no limit."""

    models: frozenset[str] = frozenset()
    modes: frozenset[str] = frozenset()
    longest_s: int = 0

    def allows(self, asked: Asked) -> bool:
        """Whether it is within the rule in every way."""
        too_long = bool(self.longest_s) and asked.seconds > self.longest_s
        return not (too_long or self.forbids_model(asked.model) or self.forbids_mode(asked.mode))

    def forbids_model(self, key: str) -> bool:
        return bool(self.models) and key not in self.models

    def forbids_mode(self, mode: str | None) -> bool:
        """None: the model has no modes."""
        return bool(self.modes) and mode is not None and mode not in self.modes


EVERYTHING = Makes()
