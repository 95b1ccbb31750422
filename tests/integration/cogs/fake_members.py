"""The members' desk in memory: blocks and pauses, and who has left."""

from __future__ import annotations

from klapper.clock import HOUR_MS
from klapper.moderation.standings import Block, Pause
from klapper.services.member_desk import Blocked, Pardoned, Paused
from klapper.services.member_record import MemberRecord
from tests.integration.cogs.house import NOW_MS


class FakeMembers:
    """Knows nobody's jobs."""

    def __init__(self) -> None:
        self.blocked: set[int] = set()
        self.paused: dict[int, int] = {}
        self.watched: set[int] = set()
        self.gone: list[int] = []

    async def record(self, guild_id: int, user_id: int) -> MemberRecord:
        until_ms = self.paused.get(user_id)
        return MemberRecord(
            user_id,
            is_watched=user_id in self.watched,
            block=Block("why", "member:1", NOW_MS) if user_id in self.blocked else None,
            pause=None if until_ms is None else Pause("why", "member:1", NOW_MS, until_ms),
        )

    async def block(self, guild_id: int, user_id: int, *, by: int, words: str) -> Blocked:
        is_new = user_id not in self.blocked
        self.blocked.add(user_id)
        return Blocked(is_new, cancelled=0, credits=0, running=0)

    async def unblock(self, guild_id: int, user_id: int, *, by: int) -> bool:
        was_blocked = user_id in self.blocked
        self.blocked.discard(user_id)
        return was_blocked

    async def pause(self, guild_id: int, user_id: int, *, by: int, hours: int, words: str) -> Paused:
        before_ms = self.paused.get(user_id)
        self.paused[user_id] = NOW_MS + hours * HOUR_MS
        return Paused(self.paused[user_id], before_ms)

    async def unpause(self, guild_id: int, user_id: int, *, by: int, words: str = "") -> bool:
        return self.paused.pop(user_id, None) is not None

    async def pardon(self, guild_id: int, user_id: int, *, by: int, words: str) -> Pardoned:
        return Pardoned(strikes=0, is_unpaused=False)

    async def left(self, guild_id: int, user_id: int) -> int:
        self.gone.append(user_id)
        return 0
