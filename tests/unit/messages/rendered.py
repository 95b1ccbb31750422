"""Reading a rendered card."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import discord

from klapper.messages.job_card import build_card, components
from klapper.services.views import JobView

TEXT, BUTTON, GALLERY, CONTAINER = 10, 2, 12, 17


def parts(card: discord.ui.LayoutView) -> list[dict[str, Any]]:
    """Every component, inner ones included."""
    return list(_walk(components(card)))


def text_of(view: JobView, **options: Any) -> str:
    """Everything a card says."""
    return "\n".join(part["content"] for part in parts(build_card(view, **options)) if part["type"] == TEXT)


def buttons_of(view: JobView) -> dict[str, dict[str, Any]]:
    """The buttons by their label."""
    return {part["label"]: part for part in parts(build_card(view)) if part["type"] == BUTTON}


def galleries_of(view: JobView, **options: Any) -> list[dict[str, Any]]:
    """The media of a card."""
    galleries = [part for part in parts(build_card(view, **options)) if part["type"] == GALLERY]
    return [item for gallery in galleries for item in gallery["items"]]


def _walk(found: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for component in found:
        yield component
        yield from _walk(component.get("components", []))
