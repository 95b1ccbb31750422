"""Normalised input images on disk, one file per image, named by its hash."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp


class InputShelf:
    """Keeps: a file is the whole image with that hash or not there; what comes in lies apart until it is one.

    Both are on one file system, so that an image moves in by its name alone. An image is kept and removed inside the
    transaction that writes or drops its row: then no take and no cleaning undo each other.
    """

    def __init__(self, directory: Path) -> None:
        self._inputs = directory / "inputs"
        self._incoming = self._inputs / "incoming"

    def path(self, sha256: str) -> Path:
        """Where the image is or will be."""
        return self._inputs / sha256

    def is_there(self, sha256: str) -> bool:
        """Whether the image is on disk."""
        return self.path(sha256).is_file()

    @contextmanager
    def incoming(self) -> Iterator[Path]:
        """Where one attachment may be written, in a folder of its own that goes with all that is in it."""
        self._incoming.mkdir(parents=True, exist_ok=True)
        folder = Path(mkdtemp(dir=self._incoming))
        try:
            yield folder / "attachment"
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def keep(self, file: Path, sha256: str) -> None:
        """Move a whole image in; one that is there already is replaced by its equal."""
        file.replace(self.path(sha256))
        handle = os.open(self._inputs, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def remove(self, sha256: str) -> None:
        """The image goes, if it is there."""
        self.path(sha256).unlink(missing_ok=True)

    def older_than(self, moment_ms: int) -> list[str]:
        """Hashes of the images that came in before."""
        files = (file for file in self._inputs.glob("*") if file.is_file())
        return [file.name for file in files if round(file.stat().st_mtime * 1000) < moment_ms]

    def clear_incoming(self) -> None:
        """Away with what an earlier process left half done; for the start, before anything comes in."""
        shutil.rmtree(self._incoming, ignore_errors=True)
