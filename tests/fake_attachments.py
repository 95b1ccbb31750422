"""Files that members attached, without a network; and pictures to attach."""

from __future__ import annotations

import io
import itertools
from pathlib import Path

from PIL import Image

from klapper.services.intake import Attached


def picture(width: int = 640, height: int = 360, colour: str = "teal", kind: str = "PNG") -> bytes:
    """A plain picture as a file's bytes."""
    file = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(file, kind)
    return file.getvalue()


class FakeAttachments:
    """Keeps every file that was attached under its URL; `fetch` copies it."""

    def __init__(self) -> None:
        self._files: dict[str, bytes] = {}
        self._numbers = itertools.count(1)

    def attach(self, data: bytes, *, name: str = "image", file_name: str = "picture.png") -> Attached:
        """Somebody attaches these bytes."""
        url = f"https://cdn.discordapp.com/ephemeral-attachments/1/{next(self._numbers)}/{file_name}"
        self._files[url] = data
        return Attached(name, url, file_name, len(data))

    async def fetch(self, url: str, to_path: Path, *, most_bytes: int) -> None:
        data = self._files[url]
        assert len(data) <= most_bytes
        to_path.write_bytes(data)
