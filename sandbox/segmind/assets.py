"""The images that were uploaded. They are persistent: Segmind's storage has no delete (Segmind docs: storage)."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from sandbox.segmind import hosts

# What storage takes, by the media type of the data URL (Segmind SDK 1.3.0, files). Kling takes far less.
SUFFIXES: Mapping[str, str] = {
    "image/apng": "apng",
    "image/bmp": "bmp",
    "image/gif": "gif",
    "image/heic": "heic",
    "image/heif": "heif",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/svg+xml": "svg",
    "image/tiff": "tiff",
    "image/webp": "webp",
    "image/x-icon": "ico",
    "image/x-xbitmap": "xbm",
    "audio/aiff": "aiff",
    "audio/basic": "au",
    "audio/mpeg": "mp3",
    "audio/x-ms-wma": "wma",
    "video/mp4": "mp4",
    "video/mpeg": "mpeg",
    "video/quicktime": "mov",
    "video/webm": "webm",
    "video/x-flv": "flv",
    "video/x-matroska": "mkv",
    "video/x-ms-wmv": "wmv",
    "video/x-msvideo": "avi",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One uploaded file. `name` is the last part of its address."""

    name: str
    sha256: str
    media_type: str
    size_bytes: int
    uploaded_at: datetime
    path: Path


class AssetStore:
    """Uploads on disk, oldest first. The same file uploaded twice is two assets: uploads are not idempotent."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._assets: dict[str, Asset] = {}

    def add(self, content: bytes, media_type: str, uploaded_at: datetime) -> Asset:
        """Keep a file of one of the types in `SUFFIXES` under a name that nobody can guess."""
        name = f"{uuid.uuid4()}.{SUFFIXES[media_type]}"
        path = self._directory / name
        path.write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        self._assets[name] = asset = Asset(name, digest, media_type, len(content), uploaded_at, path)
        return asset

    def get(self, name: str) -> Asset | None:
        return self._assets.get(name)

    def at(self, url: str) -> Asset | None:
        """The asset at an address that this server gave out, under whichever of its names."""
        parts = urlsplit(url)
        folder, _, name = parts.path.rpartition("/")
        if parts.hostname not in hosts.ASSET_HOSTS or folder != hosts.ASSETS:
            return None
        return self.get(name)

    def all(self) -> list[Asset]:
        return list(self._assets.values())
