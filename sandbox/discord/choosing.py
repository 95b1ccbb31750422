"""What a member may choose of a select, radio group or checkbox group."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.discord.errors import Json
from sandbox.discord.options import NotPossible


def offered_values(component: Json, picked: Iterable[str]) -> list[str]:
    """The values behind what was picked, by value or by the label that is shown; raises NotPossible."""
    options = component["options"]
    values = {option["value"] for option in options}
    by_label = {option["label"]: option["value"] for option in options}
    found = [one if one in values else by_label.get(one) for one in picked]
    if None in found:
        shown = [(option["value"], option["label"]) for option in options]
        raise NotPossible(f"{component['custom_id']} does not offer all of {list(picked)}; it has {shown}")
    return [one for one in found if one is not None]
