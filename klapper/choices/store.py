"""Choices in the database."""

from __future__ import annotations

from klapper.choices.choices import GuildChoices, MemberChoices
from klapper.database.database import Reader, Writer
from klapper.database.queries import load_queries


class ChoiceStore:
    """Keeps one row for each member and guild that chose something."""

    def __init__(self) -> None:
        self._sql = load_queries("klapper.choices")

    async def of_member(self, tx: Reader, member_ref: int | None) -> MemberChoices:
        """What a member chose; the defaults for who never did. member_ref None: somebody never seen."""
        row = await tx.one(self._sql["member_choices"], member_ref=member_ref)
        if row is None:
            return MemberChoices()
        return MemberChoices(row["notify"], row["model"], row["aspect_ratio"], row["mode"])

    async def choose_for_member(self, tx: Writer, member_ref: int, choices: MemberChoices) -> None:
        await tx.execute(
            self._sql["choose_for_member"],
            member_ref=member_ref,
            notify=choices.notify,
            model=choices.model,
            aspect_ratio=choices.aspect_ratio,
            mode=choices.mode,
        )

    async def of_guild(self, tx: Reader, guild_id: int) -> GuildChoices:
        """What a guild's managers chose; the defaults where they never did."""
        row = await tx.one(self._sql["guild_choices"], guild_id=guild_id)
        return GuildChoices() if row is None else GuildChoices(bool(row["sharing"]))

    async def choose_for_guild(self, tx: Writer, guild_id: int, choices: GuildChoices) -> None:
        await tx.execute(self._sql["choose_for_guild"], guild_id=guild_id, sharing=int(choices.sharing))
