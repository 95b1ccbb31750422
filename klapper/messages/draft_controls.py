"""The buttons and selects of a draft: ids and numbers and nothing else, so that they outlive every restart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import discord
from discord import ui

# Forms have the same ids as the buttons that open them. Wider than what we make: a wrong id deserves a sentence, too.
CUSTOM_ID = re.compile(r"draft:(?P<draft_id>[^:]*):(?P<action>.*)", re.DOTALL)
_ACTION = re.compile(r"(?P<name>[a-z]+)(?P<numbers>(?:_[0-9]{1,9})*)")

# Selects: the value that was chosen is the change.
MODEL = "model"
LENGTH = "length"
SHAPE = "shape"
QUALITY = "quality"
DELIVER = "deliver"
SELECTS = frozenset({MODEL, LENGTH, SHAPE, QUALITY, DELIVER})
# Buttons that open a form.
WORDS = "words"
IMAGES = "images"
ELEMENTS = "elements"
VOICES = "voices"
CAMERA = "camera"
SHOT = "shot"  # with a number: that shot; without: a new one
FORMS = frozenset({WORDS, IMAGES, ELEMENTS, VOICES, CAMERA, SHOT})
# Buttons that do something at once.
CHANGE = "change"
CLEAR = "clear"  # with the revision that its author sees
GENERATE = "generate"  # with the revision that its author sees
DISCARD = "discard"
RENEW = "renew"  # of one that has expired

OPTION_CHARS = 100  # Discord docs: String Select, Checkbox Group; labels, values, descriptions


@dataclass(frozen=True, slots=True)
class Action:
    """What a control or form does.

    number: of the shot that it is about, None for a new one. revision: of the draft as it was shown, where only that
    one is meant.
    """

    name: str
    number: int | None = None
    revision: int | None = None

    def __str__(self) -> str:
        return "_".join(str(part) for part in (self.name, self.number, self.revision) if part is not None)


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a select."""

    value: str
    label: str
    description: str = ""
    is_current: bool = False


def custom_id(draft_id: str, action: Action) -> str:
    """What Discord sends back; at most 100 characters."""
    return f"draft:{draft_id}:{action}"


def read_action(text: str) -> Action | None:
    """Reverse of `str(action)`; None for anything else."""
    match = _ACTION.fullmatch(text)
    if match is None:
        return None
    name, numbers = match["name"], [int(number) for number in match["numbers"].split("_")[1:]]
    if not numbers:
        return Action(name)
    if name in (GENERATE, CLEAR) and len(numbers) == 1:
        return Action(name, revision=numbers[0])
    return Action(SHOT, *numbers) if name == SHOT and len(numbers) <= 2 else None


class DraftControl(ui.DynamicItem[ui.Button[Any] | ui.Select[Any]], template=CUSTOM_ID):
    """Keeps: what a press may do is decided from the database, by whoever listens to the event `draft_control`.

    The event carries (interaction, draft_id, action text). The class must be known to the client
    (`add_dynamic_items`).
    """

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        assert isinstance(item, ui.Button | ui.Select)
        return cls(item)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        match = CUSTOM_ID.fullmatch(self.custom_id)
        assert match is not None
        interaction.client.dispatch("draft_control", interaction, match["draft_id"], match["action"])


def button(
    draft_id: str,
    action: Action,
    label: str,
    style: discord.ButtonStyle = discord.ButtonStyle.secondary,
    *,
    disabled: bool = False,
) -> DraftControl:
    """A button of a draft."""
    return DraftControl(
        ui.Button(label=label[:80], style=style, disabled=disabled, custom_id=custom_id(draft_id, action))
    )


def select(draft_id: str, name: str, choices: Sequence[Choice], placeholder: str) -> DraftControl:
    """A select of a draft with at most 25 choices; placeholder: shown while none is current."""
    options = select_options(choices)
    return DraftControl(
        ui.Select(custom_id=custom_id(draft_id, Action(name)), options=options, placeholder=placeholder)
    )


def select_options(choices: Sequence[Choice]) -> list[discord.SelectOption]:
    """The choices as Discord takes them, in a message or in a form."""
    return [
        discord.SelectOption(
            label=choice.label[:OPTION_CHARS],
            value=choice.value,
            description=choice.description[:OPTION_CHARS] or None,
            default=choice.is_current,
        )
        for choice in choices
    ]
