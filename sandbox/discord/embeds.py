"""Embeds: kept as sent, with Discord's limits (Discord docs: Message, Embed limits)."""

from __future__ import annotations

from typing import Any

from sandbox.discord.errors import FormErrors, Json

MOST_EMBEDS, MOST_EMBED_TEXT = 10, 6000
_TEXTS = {"title": 256, "description": 4096}


def read_embeds(raw: Any, errors: FormErrors) -> list[Json]:
    """The embeds as stored; complaints are in `errors`."""
    embeds: list[Json] = list(raw or [])
    if len(embeds) > MOST_EMBEDS:
        errors.add(("embeds",), "BASE_TYPE_MAX_LENGTH", f"Must be {MOST_EMBEDS} or fewer in length.")
    total = 0
    for index, embed in enumerate(embeds):
        total += _read_one(embed, index, errors)
    if total > MOST_EMBED_TEXT:
        text = f"Embed size exceeds maximum size of {MOST_EMBED_TEXT}"
        errors.add(("embeds",), "MAX_EMBED_SIZE_EXCEEDED", text)
    return [{"type": "rich"} | embed for embed in embeds]


def _read_one(embed: Json, index: int, errors: FormErrors) -> int:
    """Notes what is too long and returns the embed's share of the common limit."""
    total = 0
    for key, longest in _TEXTS.items():
        text = embed.get(key) or ""
        errors.length(("embeds", index, key), text, longest)
        total += len(text)
    fields = embed.get("fields") or []
    if len(fields) > 25:
        errors.add(("embeds", index, "fields"), "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
    for number, one in enumerate(fields):
        for key, longest in {"name": 256, "value": 1024}.items():
            errors.length(("embeds", index, "fields", number, key), one.get(key) or "", longest, shortest=1)
            total += len(one.get(key) or "")
    return (
        total + len((embed.get("footer") or {}).get("text") or "") + len((embed.get("author") or {}).get("name") or "")
    )
