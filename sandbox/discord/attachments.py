"""Files on the sandbox's CDN and their signed-looking addresses (Discord docs: Signed attachment CDN URLs)."""

from __future__ import annotations

import hashlib
import hmac
import mimetypes
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace

from sandbox.discord.clock import SandboxClock
from sandbox.discord.errors import Json
from sandbox.discord.pictures import picture_size
from sandbox.discord.snowflakes import Snowflakes

_VALID_FOR_S = 24 * 3600
# Not every machine's table of types has these.
_NEW_PICTURES = {".webp": "image/webp", ".heic": "image/heic", ".avif": "image/avif"}
_SPOILER, _IS_SPOILER = "SPOILER_", 1 << 3
_NOT_KEPT = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """One file part of a request, or a file a member picked."""

    filename: str
    content_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Attachment:
    """A stored file; `owner_id` is the channel it was sent or picked in, `size` is a picture's in pixels."""

    id: int
    owner_id: int
    file: UploadedFile
    description: str | None = None
    ephemeral: bool = False
    spoiler: bool = False
    size: tuple[int, int] | None = None

    @property
    def filename(self) -> str:
        return self.file.filename

    @property
    def path(self) -> str:
        folder = "ephemeral-attachments" if self.ephemeral else "attachments"
        return f"{folder}/{self.owner_id}/{self.id}/{self.filename}"


class Cdn:
    """Keeps files until they are taken down; a wrong or outdated signature finds nothing."""

    def __init__(self, clock: SandboxClock, snowflakes: Snowflakes) -> None:
        self._clock = clock
        self._snowflakes = snowflakes
        self._key = secrets.token_bytes(16)
        self._stored: dict[str, Attachment] = {}
        self.base_url = ""

    def store(
        self,
        file: UploadedFile,
        owner_id: int,
        *,
        description: str | None = None,
        ephemeral: bool = False,
        spoiler: bool = False,
    ) -> Attachment:
        named = replace(file, filename=safe_filename(file.filename))
        attachment = Attachment(
            id=self._snowflakes.next(),
            owner_id=owner_id,
            file=named,
            description=description,
            ephemeral=ephemeral,
            spoiler=spoiler or named.filename.startswith(_SPOILER),
            size=picture_size(file.data),
        )
        self._stored[attachment.path] = attachment
        return attachment

    def take_down(self, attachments: Iterable[Attachment]) -> None:
        for attachment in attachments:
            self._stored.pop(attachment.path, None)

    def take_down_url(self, url: str) -> None:
        """Removes the file behind one of our addresses; raises KeyError when there is none (any more)."""
        del self._stored[url.split("?", 1)[0].removeprefix(f"{self.base_url}/")]

    def find(self, path: str, query: dict[str, str]) -> Attachment | None:
        """The file behind an address, if its signature is ours and not outdated."""
        until = query.get("ex", "")
        valid = hmac.compare_digest(self._signature(path, until), query.get("hm", ""))
        if not valid or int(until, 16) * 1000 < self._clock.now_ms():
            return None
        return self._stored.get(path)

    def url(self, attachment: Attachment) -> str:
        now_s = self._clock.now_ms() // 1000
        until = f"{now_s + _VALID_FOR_S:x}"
        signature = self._signature(attachment.path, until)
        return f"{self.base_url}/{attachment.path}?ex={until}&is={now_s:x}&hm={signature}&"

    def payload(self, attachment: Attachment) -> Json:
        """The attachment object of messages and of `resolved.attachments`."""
        url = self.url(attachment)
        body: Json = {
            "id": str(attachment.id),
            "filename": attachment.filename,
            "size": len(attachment.file.data),
            "url": url,
            "proxy_url": url,
            "content_type": attachment.file.content_type,
        }
        if attachment.size is not None:
            body["width"], body["height"] = attachment.size
        if attachment.description is not None:
            body["description"] = attachment.description
        body |= {"flags": _IS_SPOILER} if attachment.spoiler else {}
        return body | ({"ephemeral": True} if attachment.ephemeral else {})

    def _signature(self, path: str, until: str) -> str:
        return hmac.new(self._key, f"{path}|{until}".encode(), hashlib.sha256).hexdigest()


def safe_filename(name: str) -> str:
    """Discord keeps ASCII letters, digits, `_`, `-` and `.`; the rest becomes `_`."""
    return _NOT_KEPT.sub("_", name.rsplit("/", 1)[-1].rsplit("\\", 1)[-1]) or "unknown"


def guess_type(filename: str) -> str:
    """The content type by the end of the name, as clients send it: nobody looks into the file."""
    ending = filename[filename.rfind(".") :].lower()
    return _NEW_PICTURES.get(ending) or mimetypes.guess_type(filename)[0] or "application/octet-stream"
