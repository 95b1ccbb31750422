"""How many jobs may be at Segmind at a time, as the statements about waiting jobs ask for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SendLimits:
    """Who may start: 0 means unlimited. Jobs posted before `stalled_before_ms` no longer occupy a slot.

    of_guilds: of guilds with limits of their own: per member, per guild.
    """

    running_per_member: int
    running_per_guild: int
    stalled_before_ms: int
    of_guilds: Mapping[int, tuple[int, int]] = field(default_factory=dict)

    def of_members(self) -> dict[str, int | str]:
        """The parameters of a statement that counts the running jobs of members."""
        return {
            "running_per_member": self.running_per_member,
            "stalled_before_ms": self.stalled_before_ms,
            "limits_of_guilds": json.dumps([[guild_id, *own] for guild_id, own in self.of_guilds.items()]),
        }
