"""What the cogs ask of the program: the services as a command sees them, and the shape of an interaction."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import discord
from discord.ext import commands

from klapper.kling.model import Catalogue
from klapper.ledger.records import Balance, Transfer
from klapper.services.credits import PriceLine
from klapper.services.desk import Receipt, Viewer
from klapper.services.messenger import MessageRef
from klapper.services.rules import Rules
from klapper.services.submission import Ask, Submitted
from klapper.services.views import JobView

Interaction: TypeAlias = "discord.Interaction[commands.Bot]"


class Submission(Protocol):
    """The one way in."""

    async def submit(self, ask: Ask) -> Submitted: ...


class Jobs(Protocol):
    """What a member can ask about jobs."""

    async def list(self, viewer: Viewer, *, skip: int = 0, rows: int = 10) -> Sequence[JobView]: ...

    async def show(self, job_id: str, viewer: Viewer) -> JobView: ...

    async def cancel(self, job_id: str, viewer: Viewer) -> JobView: ...

    async def receipt(self, job_id: str, viewer: Viewer) -> Receipt: ...


class Credits(Protocol):
    """What members and managers can ask about credits."""

    async def balance(self, guild_id: int, user_id: int) -> Balance: ...

    async def history(
        self, guild_id: int, user_id: int, *, before_seq: int | None = None, rows: int = 15
    ) -> Sequence[Transfer]: ...

    def prices(self) -> Sequence[PriceLine]: ...

    async def grant(
        self, *, guild_id: int, granted_by: int, user_id: int, amount: int, interaction_id: int, reason: str = "grant"
    ) -> Balance: ...


class Guilds(Protocol):
    """What a guild's managers decide."""

    async def pause(self, guild_id: int, user_id: int) -> bool: ...

    async def resume(self, guild_id: int) -> bool: ...

    def rules(self) -> Rules: ...

    def serves(self, guild_id: int) -> bool: ...


class Board(Protocol):
    """The one message of each job."""

    async def view(self, job_id: str) -> JobView | None: ...

    def answering(self, job_id: str) -> AbstractContextManager[None]: ...

    async def place(self, view: JobView, message: MessageRef) -> None: ...

    async def ensure_placed(self, job_id: str) -> MessageRef | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CogServices:
    """Everything the cogs are built from."""

    submission: Submission
    jobs: Jobs
    credits: Credits
    guilds: Guilds
    board: Board
    catalogue: Catalogue
