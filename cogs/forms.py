"""What somebody filled into a form, read from the raw event: the form itself may be from before a restart.

Source: Discord docs, "Receiving and Responding", Modal Submit Data, and Component Reference.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import discord

from cogs.ports import Interaction
from klapper.messages.draft_forms import Inputs

_TEXTS = frozenset({discord.ComponentType.text_input.value})
_FILES = frozenset({discord.ComponentType.file_upload.value})
_CHOICES = frozenset(
    {
        discord.ComponentType.select.value,
        discord.ComponentType.checkbox_group.value,
        discord.ComponentType.role_select.value,
        discord.ComponentType.channel_select.value,
    }
)


@dataclass(frozen=True, slots=True)
class FormAnswers:
    """Answers by the name of their input, in the order in which they were given; where nothing was, they are empty."""

    texts: Mapping[str, str]
    choices: Mapping[str, tuple[str, ...]]
    files: Mapping[str, tuple[discord.Attachment, ...]]

    def without_choices(self, name: str, values: Collection[str]) -> FormAnswers:
        """The same, with these choices of one input not made."""
        made = self.choices.get(name, ())
        return replace(self, choices={**self.choices, name: tuple(value for value in made if value not in values)})


def read_form(interaction: Interaction, known: Inputs) -> FormAnswers:
    """The answers of a modal submit to the inputs that are known; nothing else in it is looked at."""
    data: Mapping[str, Any] = dict(interaction.data or {})
    given = list(_inputs(data.get("components") or ()))
    uploaded = (data.get("resolved") or {}).get("attachments") or {}

    def answers(kinds: frozenset[int], names: frozenset[str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
        return ((one["custom_id"], one) for one in given if one.get("type") in kinds and one["custom_id"] in names)

    def files(numbers: Iterable[str]) -> tuple[discord.Attachment, ...]:
        known_files = (uploaded[number] for number in numbers if number in uploaded)
        return tuple(discord.Attachment(data=file, state=interaction._state) for file in known_files)

    return FormAnswers(
        texts={name: one.get("value") or "" for name, one in answers(_TEXTS, known.texts)},
        choices={name: tuple(one.get("values") or ()) for name, one in answers(_CHOICES, known.choices)},
        files={name: files(one.get("values") or ()) for name, one in answers(_FILES, known.files)},
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
