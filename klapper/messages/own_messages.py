"""Which of our own messages belongs to which job. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

import discord

from klapper.clock import MINUTE_MS
from klapper.jobs.job import Job, is_job_id
from klapper.messages import case_buttons, clip_texts
from klapper.messages.buttons import CUSTOM_ID
from klapper.services.messenger import ClipOnCard

CLOCK_SET_MS = 5 * MINUTE_MS
_NAMED = re.compile(r"`([a-z0-9]+)`")
_TIME_SHIFT = 22  # bits of an id below its time (Discord docs: Snowflakes)


def is_card(message: discord.Message, job_id: str) -> bool:
    """Whether the message has this job's buttons."""
    matches = (CUSTOM_ID.fullmatch(part.get("custom_id") or "") for part in _parts(message))
    return any(match is not None and match["job_id"] == job_id for match in matches)


def is_case(message: discord.Message, case_id: int) -> bool:
    """Whether the message has this case's buttons."""
    matches = (case_buttons.CUSTOM_ID.fullmatch(part.get("custom_id") or "") for part in _parts(message))
    return any(match is not None and int(match["case_id"]) == case_id for match in matches)


def is_reply(message: discord.Message, job_id: str) -> bool:
    """Whether the message names this job, in the form that all our texts use, without being its card."""
    return any(f"`{job_id}`" in shown for shown in _texts(message)) and not is_card(message, job_id)


def job_of_card(message: discord.Message) -> str | None:
    """The job whose buttons the message has."""
    matches = (CUSTOM_ID.fullmatch(part.get("custom_id") or "") for part in _parts(message))
    return next((match["job_id"] for match in matches if match is not None), None)


def job_named(message: discord.Message) -> str | None:
    """The first job that the message names in the form that all our texts use."""
    named = (match[1] for shown in _texts(message) for match in _NAMED.finditer(shown))
    return next(filter(is_job_id, named), None)


def earliest_id(job: Job, at_ms: int) -> int:
    """The lowest id that a message of this job's can have which was posted at a time of our clock, or later.

    By how much our clock was fast is known from the interaction that made the job: its id has Discord's time. It may
    have been set since then, by CLOCK_SET_MS at most.
    """
    fast_ms = max(0, job.created_at_ms - _time_ms(job.interaction_id))
    return max(job.interaction_id, first_id(at_ms - fast_ms - CLOCK_SET_MS))


def clip_on(message: discord.Message) -> ClipOnCard | None:
    """How the message shows a clip."""
    if attached(message):
        return "attached"
    return "linked" if any(f"[{clip_texts.OPEN}](" in shown for shown in _texts(message)) else None


def attached(message: discord.Message) -> list[discord.Attachment]:
    """The files of the message. What a component shows may be missing in its list of attachments.

    Source: Discord docs, Message Object, attachments; Unfurled Media Item, attachment_id.
    """
    listed = {file.id for file in message.attachments}
    shown = [media for media in _media(message.components) if media.attachment_id not in listed]
    listed_files = [Kept(data=file.to_dict(), state=message._state) for file in message.attachments]
    return [*listed_files, *(_attachment(message, media) for media in shown if media.attachment_id)]


class Kept(discord.Attachment):
    """A file of a message as an edit names it that keeps it (Discord docs: Editing Message Attachments)."""

    def to_dict(self) -> Any:
        return {"id": str(self.id), "filename": self.filename}


def _media(components: Iterable[Any]) -> Iterator[discord.UnfurledMediaItem]:
    for component in components:
        match component:
            case discord.MediaGalleryComponent():
                yield from (item.media for item in component.items)
            case discord.FileComponent():
                yield component.media
            case _:
                yield from _media(getattr(component, "children", ()))


def _attachment(message: discord.Message, media: discord.UnfurledMediaItem) -> discord.Attachment:
    name = urlsplit(media.url).path.rpartition("/")[2]
    known: Any = {
        "id": media.attachment_id,
        "filename": name,
        "size": 0,
        "url": media.url,
        "proxy_url": media.proxy_url,
    }
    return Kept(data=known, state=message._state)


def _time_ms(id_: int) -> int:
    return (id_ >> _TIME_SHIFT) + discord.utils.DISCORD_EPOCH


def first_id(at_ms: int) -> int:
    """The lowest id that a message of that moment can have."""
    return (at_ms - discord.utils.DISCORD_EPOCH) << _TIME_SHIFT


def _texts(message: discord.Message) -> Iterator[str]:
    yield message.content
    yield from (part.get("content") or "" for part in _parts(message))


def _parts(message: discord.Message) -> Iterator[dict[str, Any]]:
    for component in message.components:
        yield from _walk(dict(component.to_dict()))


def _walk(component: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield component
    for inner in (*(component.get("components") or ()), component.get("accessory")):
        if inner is not None:
            yield from _walk(inner)
