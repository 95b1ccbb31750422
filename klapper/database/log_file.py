"""The write-ahead log keeps what pages were before: emptied, it holds nothing that was deleted."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

PATIENCE_MS = 200  # for others that read or write: they wait for no longer, and it is tried again


async def empty_log(path: Path) -> bool:
    """Move the log of a database into its file and empty it; False when others were in the way.

    SQLite docs: PRAGMA wal_checkpoint. On a connection of its own, beside the running ones.
    """
    return await asyncio.to_thread(_empty, path)


def _empty(path: Path) -> bool:
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None)) as plain:
            plain.execute(f"PRAGMA busy_timeout = {PATIENCE_MS:d}")
            is_busy, _, _ = plain.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not is_busy
    except sqlite3.OperationalError:
        return False
