"""By what a forgotten member is known again: a mark that nobody can make without the key of this installation.

A Discord id has some sixty bits, of which most are a time: a plain hash of one is found by trying. So the key is a file
of its own beside the database, and a copy of the database alone names nobody (ADR 26).
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path
from tempfile import mkstemp

from klapper.errors import SettingsError

KEY_BYTES = 32


class KeyFile:
    """Keeps: the file is a whole key that only its owner reads, or not there."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._secret: bytes | None = None

    @classmethod
    def beside(cls, database: Path) -> KeyFile:
        """The one of a database file."""
        return cls(database.with_name(f"{database.name}.key"))

    def find(self) -> bytes | None:
        """The key, None when there was none yet. Raises as `need` does."""
        if self._secret is None:
            self._secret = self._read()
        return self._secret

    def need(self) -> bytes:
        """The key, a new one when there was none. Raises SettingsError for a file that is none or cannot be used."""
        secret = self.find()
        if secret is None:
            secret = self._secret = self._read(make=True)
        assert secret is not None
        return secret

    def _read(self, *, make: bool = False) -> bytes | None:
        try:
            if make:
                self._make()
            secret = self._path.read_bytes()
        except OSError as error:
            if isinstance(error, FileNotFoundError) and not make:
                return None
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
        """Under another name first, which mkstemp makes for this user alone. One bot at a time has the database."""
        handle, name = mkstemp(dir=self._path.parent, prefix=f".{self._path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(secrets.token_bytes(KEY_BYTES))
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self._path)
        finally:
            Path(name).unlink(missing_ok=True)


class Marks:
    """Makes the mark of a person in a guild, always the same with the same key."""

    def __init__(self, key: KeyFile) -> None:
        self._key = key

    def find(self, guild_id: int, user_id: int) -> str | None:
        """The mark, None while nobody has one."""
        secret = self._key.find()
        return None if secret is None else _mark(secret, guild_id, user_id)

    def make(self, guild_id: int, user_id: int) -> str:
        """The mark of somebody who is about to be forgotten. Raises SettingsError without a key."""
        return _mark(self._key.need(), guild_id, user_id)


def _mark(secret: bytes, guild_id: int, user_id: int) -> str:
    return hmac.new(secret, f"{guild_id}:{user_id}".encode(), hashlib.sha256).hexdigest()
