"""What somebody filled into a form, read from the raw event: the form itself may be from before a restart.

Source: Discord docs, "Receiving and Responding", Modal Submit Data, and Component Reference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import discord

from cogs.ports import Interaction

_TEXT = discord.ComponentType.text_input.value
_FILES = discord.ComponentType.file_upload.value
_CHOICES = frozenset({discord.ComponentType.select.value, discord.ComponentType.checkbox_group.value})


@dataclass(frozen=True, slots=True)
class FormAnswers:
    """Answers by the name of their input, in the order in which they were given; where nothing was, they are empty."""

    texts: Mapping[str, str]
    choices: Mapping[str, tuple[str, ...]]
    files: Mapping[str, tuple[discord.Attachment, ...]]


def read_form(interaction: Interaction) -> FormAnswers:
    """The answers of a modal submit."""
    data: Mapping[str, Any] = dict(interaction.data or {})
    inputs = list(_inputs(data.get("components") or ()))
    uploaded = (data.get("resolved") or {}).get("attachments") or {}

    def file(number: str) -> discord.Attachment:
        return discord.Attachment(data=uploaded[number], state=interaction._state)

    return FormAnswers(
        texts={one["custom_id"]: one.get("value") or "" for one in inputs if one["type"] == _TEXT},
        choices={one["custom_id"]: tuple(one.get("values") or ()) for one in inputs if one["type"] in _CHOICES},
        files={
            one["custom_id"]: tuple(file(number) for number in one.get("values") or ())
            for one in inputs
            if one["type"] == _FILES
        },
    )


def read_choice(interaction: Interaction) -> str:
    """What was chosen in a select of a message; empty when nothing was."""
    data: Mapping[str, Any] = dict(interaction.data or {})
    return next(iter(data.get("values") or ()), "")


def read_form_id(interaction: Interaction) -> str:
    """The id of the form that was sent; empty for everything else."""
    if interaction.type is not discord.InteractionType.modal_submit:
        return ""
    data: Mapping[str, Any] = dict(interaction.data or {})
    return str(data.get("custom_id", ""))


def _inputs(components: Any) -> Iterator[Mapping[str, Any]]:
    """Everything that has a name, out of its labels and rows."""
    for component in components:
        if "component" in component:
            yield from _inputs([component["component"]])
        elif "components" in component:
            yield from _inputs(component["components"])
        elif "custom_id" in component:
            yield component
