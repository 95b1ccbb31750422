"""A folder on the repository's own disk: a memory file system would make every commit free."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
_SIDE_FILES = ("-wal", "-shm")


@contextmanager
def workplace(parent: Path | None = None) -> Iterator[Path]:
    """An empty folder until the end of the block. parent: the repository's `data` where not given."""
    parent = parent or ROOT / "data"
    parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="bench-", dir=parent) as folder:
        yield Path(folder)


def copy_database(source: Path, target: Path) -> Path:
    """A closed database under another name, in place of what was there."""
    for suffix in ("", *_SIDE_FILES):
        target.with_name(target.name + suffix).unlink(missing_ok=True)
    shutil.copyfile(source, target)
    return target


__all__ = ["ROOT", "closing", "copy_database", "workplace"]
