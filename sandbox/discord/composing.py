"""From a request body to a message's content: sizes, attachments, components, or a refusal in Discord's words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sandbox.discord.attachments import Attachment, UploadedFile
from sandbox.discord.embeds import read_embeds
from sandbox.discord.errors import ApiError, FormErrors, Json
from sandbox.discord.forms import Form
from sandbox.discord.message_components import MessageComponents
from sandbox.discord.messages import (
    COMPONENTS_V2,
    EPHEMERAL,
    LOADING,
    SUPPRESS_EMBEDS,
    SUPPRESS_NOTIFICATIONS,
    Content,
)
from sandbox.discord.people import User
from sandbox.discord.places import Channel
from sandbox.discord.world import World

_SETTABLE = SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS | COMPONENTS_V2
_LEGACY = ("content", "embeds", "poll", "sticker_ids")
MOST_CONTENT, MOST_FILES = 2000, 10


@dataclass(frozen=True, slots=True)
class Target:
    """Where the content goes; the upload limit hangs on the channel and, in an answer, on the member answered."""

    channel: Channel
    ephemeral: bool = False
    answered: User | None = None


class Composer:
    """Checks message bodies and stores their files. Nothing is stored when a body is refused."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._cdn = world.cdn

    def compose(self, form: Form, body: Json, target: Target, old: Content | None = None) -> Content:
        """The content of a new message, or of `old` after an edit; raises ApiError 40005, 50006 or 50035."""
        self._check_sizes(form, target)
        stored = self._store(form, body, target)
        try:
            return self._compose(body, stored, target, old)
        except ApiError:
            self._cdn.take_down(stored.values())
            raise

    def _compose(self, body: Json, stored: dict[int, Attachment], target: Target, old: Content | None) -> Content:
        errors = FormErrors()
        before = old or Content()
        flags = _flags(body, target, before)
        content = Content(
            text=_text(body, before, errors),
            embeds=read_embeds(body["embeds"], errors) if "embeds" in body else before.embeds,
            attachments=_attachments(body, stored, before, errors),
            flags=flags,
        )
        content.components = self._components(body, content, before, errors)
        _check_v2(body, content, errors)
        errors.raise_if_any()
        if not (content.text or content.embeds or content.components or content.attachments):
            raise ApiError.of(50006)
        return content

    def _check_sizes(self, form: Form, target: Target) -> None:
        limit = self._world.upload_bytes(target.channel, target.answered)
        sizes = [len(file.data) for file in form.files.values()]
        if any(size > limit for size in sizes) or sum(sizes) > max(limit, self._world.limits.request_bytes):
            raise ApiError.of(40005)

    def _store(self, form: Form, body: Json, target: Target) -> dict[int, Attachment]:
        described = {str(entry.get("id")): entry for entry in body.get("attachments") or []}
        stored = {}
        for index, file in form.files.items():
            entry = described.get(str(index), {})
            named = UploadedFile(entry.get("filename") or file.filename, file.content_type, file.data)
            stored[index] = self._cdn.store(
                named,
                target.channel.id,
                description=entry.get("description"),
                ephemeral=target.ephemeral,
                spoiler=bool(entry.get("is_spoiler")),
            )
        return stored

    def _components(self, body: Json, content: Content, before: Content, errors: FormErrors) -> list[Json]:
        if "components" not in body:
            return before.components
        reader = MessageComponents(errors, lambda url: self._media(url, content.attachments))
        return reader.read_all(body["components"], v2=bool(content.flags & COMPONENTS_V2))

    def _media(self, url: str, attachments: list[Attachment]) -> Json | None:
        """The unfurled media item; `filename` and `size` are for file components."""
        if not url.startswith("attachment://"):
            known = next((one for one in attachments if self._same_file(url, one)), None)
            return self._attached(known) if known else self._external(url)
        wanted = url.removeprefix("attachment://")
        found = next((one for one in attachments if one.filename == wanted), None)
        return self._attached(found) if found else None

    def _same_file(self, url: str, attachment: Attachment) -> bool:
        return url.split("?", 1)[0] == f"{self._cdn.base_url}/{attachment.path}"

    def _attached(self, attachment: Attachment) -> Json:
        url = self._cdn.url(attachment)
        return {
            "id": str(attachment.id),
            "url": url,
            "proxy_url": url,
            "width": attachment.size[0] if attachment.size else None,
            "height": attachment.size[1] if attachment.size else None,
            "content_type": attachment.file.content_type,
            "attachment_id": str(attachment.id),
            "filename": attachment.filename,
            "size": len(attachment.file.data),
        }

    def _external(self, url: str) -> Json | None:
        if not url.startswith(("http://", "https://")):
            return None
        return {"id": str(self._world.snowflakes.next()), "url": url, "proxy_url": url, "width": None, "height": None}


def _flags(body: Json, target: Target, before: Content) -> int:
    asked = int(body.get("flags") or 0)
    # V2 cannot be undone, and a message stays as visible as it was born.
    kept = before.flags & (COMPONENTS_V2 | EPHEMERAL) if "flags" in body else before.flags & ~LOADING
    return (asked & _SETTABLE) | kept | (EPHEMERAL if target.ephemeral else 0)


def _text(body: Json, before: Content, errors: FormErrors) -> str:
    if "content" not in body:
        return before.text
    text = body["content"] or ""
    if not isinstance(text, str):
        errors.add(("content",), "BASE_TYPE_STRING", "Only strings are accepted.")
        return ""
    errors.length(("content",), text, MOST_CONTENT)
    return text


def _attachments(body: Json, stored: dict[int, Attachment], before: Content, errors: FormErrors) -> list[Attachment]:
    """The attachments a message ends up with: only listed ones stay, no list keeps all."""
    if "attachments" not in body:
        return [*before.attachments, *stored.values()]
    old = {attachment.id: attachment for attachment in before.attachments}
    result: list[Attachment] = []
    for index, entry in enumerate(body["attachments"] or []):
        found = _listed(entry, old, stored)
        if found is None:
            errors.add(("attachments", index, "id"), "ATTACHMENT_NOT_FOUND", f"Attachment {entry.get('id')} not found.")
        else:
            result.append(found)
    if len(result) > MOST_FILES:
        errors.add(("attachments",), "BASE_TYPE_MAX_LENGTH", f"Must be {MOST_FILES} or fewer in length.")
    return result


def _listed(entry: Json, old: dict[int, Attachment], stored: dict[int, Attachment]) -> Attachment | None:
    try:
        number = int(entry.get("id", -1))
    except (TypeError, ValueError):
        return None
    if number in old:
        return replace(old[number], description=entry.get("description", old[number].description))
    return stored.get(number)


def _check_v2(body: Json, content: Content, errors: FormErrors) -> None:
    if not content.flags & COMPONENTS_V2:
        return
    # An old text or embed that the edit does not take away is as much in the way as a new one.
    present: dict[str, Any] = {"content": content.text, "embeds": content.embeds}
    for field in _LEGACY:
        if present.get(field) or body.get(field):
            text = f"The '{field}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
            errors.add((field,), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", text)
