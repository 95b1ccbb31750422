"""A guild's rules as a model knows them, and what they say: written once more, and differently."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Mode = Literal["open", "review", "closed"]
Says = Literal["allowed", "review", "refused"]

BANNED = "forbidden"  # by the operator
WATCHED = "dragon"  # a term of the guild that wants a moderator, while it is one


@dataclass(slots=True)
class Rulebook:
    """channels, roles: their modes, where they have one. trusted: roles that skip review. blocked: members."""

    mode: Mode = "open"
    channels: dict[int, Mode] = field(default_factory=dict)
    roles: dict[int, Mode] = field(default_factory=dict)
    trusted: set[int] = field(default_factory=set)
    blocked: set[int] = field(default_factory=set)
    watches: bool = False

    def says(
        self, user_id: int, channel_id: int, role_ids: frozenset[int], text: str, *, is_appeal: bool = False
    ) -> Says:
        """What becomes of this text, asked for there by them."""
        mode = self._mode(channel_id, role_ids)
        if user_id in self.blocked or mode == "closed" or (BANNED in text and not is_appeal):
            return "refused"
        return "review" if is_appeal or mode == "review" or (self.watches and WATCHED in text) else "allowed"

    def _mode(self, channel_id: int, role_ids: frozenset[int]) -> Mode:
        of_channel = self.channels.get(channel_id)
        if of_channel == "closed":
            return "closed"
        of_roles = [self.roles[role_id] for role_id in role_ids if role_id in self.roles]
        for mode in ("open", "review", "closed"):
            if mode in of_roles or (not of_roles and mode == (of_channel or self.mode)):
                return "open" if mode == "review" and role_ids & self.trusted else mode
        raise AssertionError("a mode is one of three")
