"""Options of a command that are known only when the program runs, because the catalogue decides about them."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from discord import AppCommandOptionType, app_commands

from cogs.ports import Interaction

Value = str | int | float
Values = dict[str, Any]


class OptionShape(app_commands.Transformer):
    """What Discord lets a member enter. The value arrives as it was entered."""

    def __init__(
        self,
        kind: AppCommandOptionType,
        *,
        least: float | None = None,
        most: float | None = None,
        choices: Mapping[str, str] | None = None,
    ) -> None:
        self._kind = kind
        self._least = least
        self._most = most
        self._choices = [app_commands.Choice[Value](name=name, value=value) for value, name in (choices or {}).items()]

    @property
    def type(self) -> AppCommandOptionType:
        return self._kind

    @property
    def min_value(self) -> float | None:
        return self._least

    @property
    def max_value(self) -> float | None:
        return self._most

    @property
    def choices(self) -> list[app_commands.Choice[Value]] | None:
        return self._choices or None

    async def transform(self, interaction: Interaction, value: Any, /) -> Any:  # type: ignore[override]
        return value


@dataclass(frozen=True, slots=True)
class Option:
    """One option: its name, its description and its shape."""

    name: str
    description: str
    shape: OptionShape
    required: bool = False

    def parameter(self) -> inspect.Parameter:
        """The option as a parameter of the command's callback."""
        default = inspect.Parameter.empty if self.required else None
        return inspect.Parameter(
            self.name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default, annotation=self.shape
        )


def command(
    name: str,
    description: str,
    options: Sequence[Option],
    do: Callable[[Interaction, Values], Awaitable[None]],
    **where: Any,
) -> app_commands.Command[Any, ..., None]:
    """A command with these options; `do` gets what was entered, None for what was left out.

    where: installs and contexts, for a command that is in no group.
    """

    async def callback(interaction: Interaction, **values: Any) -> None:
        await do(interaction, values)

    callback.__signature__ = _signature(options)  # type: ignore[attr-defined]
    app_commands.describe(**{option.name: option.description for option in options})(callback)
    return app_commands.Command(name=name, description=description, callback=callback, **where)


def _signature(options: Sequence[Option]) -> inspect.Signature:
    """What discord.py reads the options from."""
    interaction = inspect.Parameter("interaction", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return inspect.Signature([interaction, *(option.parameter() for option in options)])
