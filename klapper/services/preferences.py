"""What members set for themselves."""

from __future__ import annotations

from dataclasses import replace

from klapper.choices.choices import MemberChoices, Notify
from klapper.choices.store import ChoiceStore
from klapper.clock import Clock
from klapper.database.database import Database
from klapper.ledger.ledger import Ledger


class PreferenceDesk:
    """Reads and writes one member's choices in one guild."""

    def __init__(self, *, database: Database, clock: Clock, ledger: Ledger, choices: ChoiceStore) -> None:
        self._database = database
        self._clock = clock
        self._ledger = ledger
        self._choices = choices

    async def of(self, guild_id: int, user_id: int) -> MemberChoices:
        """What the member chose so far."""
        async with self._database.read() as tx:
            return await self._choices.of_member(tx, await self._ledger.find_member(tx, guild_id, user_id))

    async def notify(self, guild_id: int, user_id: int, notify: Notify) -> MemberChoices:
        """How the member hears of the end of a job from now on; what is chosen then."""
        return await self._change(guild_id, user_id, notify=notify)

    async def defaults(
        self, guild_id: int, user_id: int, *, model: str | None, aspect_ratio: str | None, mode: str | None
    ) -> MemberChoices:
        """What the member's requests mean where they say nothing; None: Klapper's own default again."""
        return await self._change(guild_id, user_id, model=model, aspect_ratio=aspect_ratio, mode=mode)

    async def _change(self, guild_id: int, user_id: int, **chosen: str | None) -> MemberChoices:
        async with self._database.write() as tx:
            member_ref = await self._ledger.member(tx, guild_id, user_id, self._clock.now_ms())
            choices = replace(await self._choices.of_member(tx, member_ref), **chosen)  # type: ignore[arg-type]
            await self._choices.choose_for_member(tx, member_ref, choices)
        return choices
