"""Choices as data. What nobody chose has the default written here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Notify = Literal["ping", "silent", "dm"]


@dataclass(frozen=True, slots=True)
class MemberChoices:
    """notify: how a member hears of the end of a job. model (a family key), aspect_ratio, mode: used when a request
    names none; None: Klapper's default.
    """

    notify: Notify = "ping"
    model: str | None = None
    aspect_ratio: str | None = None
    mode: str | None = None


@dataclass(frozen=True, slots=True)
class GuildChoices:
    """sharing: members may animate each other's images."""

    sharing: bool = False
