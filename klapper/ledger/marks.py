"""By what a forgotten member is known again: a mark that nobody can make without the key of this installation.

A Discord id has some sixty bits, of which most are a time: a plain hash of one is found by trying. So the key is a file
of its own beside the database, and a copy of the database alone names nobody (ADR 25).
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from functools import cached_property
from pathlib import Path
from tempfile import mkstemp
from typing import Protocol

from klapper.errors import SettingsError

KEY_BYTES = 32


class Key(Protocol):
    """Where the key comes from."""

    @property
    def secret(self) -> bytes: ...


class KeyFile:
    """Keeps: the file is a whole key that only its owner reads, or not there. It is made at the first need."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def beside(cls, database: Path) -> KeyFile:
        """The one of a database file."""
        return cls(database.with_name(f"{database.name}.key"))

    @cached_property
    def secret(self) -> bytes:
        """The key, read once. Raises SettingsError for a file that is none, or cannot be read or made."""
        try:
            if not self._path.exists():
                self._make()
            secret = self._path.read_bytes()
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise SettingsError(
                f"The key {self._path} cannot be used ({why}): give this user the file and its folder."
            ) from error
        if len(secret) != KEY_BYTES:
            raise SettingsError(
                f"{self._path} is not a key of {KEY_BYTES} bytes: restore it, or delete it and a new one is made, "
                "by which nobody who is forgotten now is known again."
            )
        return secret

    def _make(self) -> None:
        """Under another name first, which mkstemp makes for this user alone; who was faster keeps theirs."""
        handle, name = mkstemp(dir=self._path.parent, prefix=f".{self._path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(secrets.token_bytes(KEY_BYTES))
                file.flush()
                os.fsync(file.fileno())
            os.link(name, self._path)
        except FileExistsError:
            pass
        finally:
            os.unlink(name)


class Marks:
    """Makes the mark of a person in a guild, always the same with the same key."""

    def __init__(self, key: Key) -> None:
        self._key = key

    def of(self, guild_id: int, user_id: int) -> str:
        return hmac.new(self._key.secret, f"{guild_id}:{user_id}".encode(), hashlib.sha256).hexdigest()
