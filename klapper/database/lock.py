"""One bot per database: an operating system lock on a file beside it, freed by the kernel even after `kill -9`."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from klapper.database.database import DatabaseError


@contextmanager
def database_lock(database: Path) -> Iterator[None]:
    """Hold the database for this process. Raises DatabaseError that says who holds it."""
    owner = database.with_name(f"{database.name}.owner")
    lock = FileLock(database.with_name(f"{database.name}.lock"), timeout=0)
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
        owner.write_text(f"process {os.getpid()} on {socket.gethostname()}\n", encoding="utf-8")
    except Timeout as error:
        if not Path(lock.lock_file).exists():  # the library goes on trying where the file cannot even be made
            raise DatabaseError(_unusable(database, "no file can be made beside it")) from error
        raise DatabaseError(
            f"The database {database} is in use by {_read(owner)}: stop that one first, or use another database."
        ) from error
    except OSError as error:
        lock.release()
        raise DatabaseError(_unusable(database, str(error))) from error
    try:
        yield
    finally:
        with suppress(OSError):  # it is only what the next one is told; the lock counts
            owner.unlink(missing_ok=True)
        lock.release()


def _unusable(database: Path, reason: str) -> str:
    return (
        f"The database {database} cannot be locked ({reason}): "
        "check the folder's owner and the free space, or set another database.url."
    )


def _read(owner: Path) -> str:
    try:
        return owner.read_text(encoding="utf-8").strip()
    except OSError:
        return "another process"
