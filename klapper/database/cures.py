"""What an operator can do about SQLite's errors; SQLite itself only names them."""

from __future__ import annotations

# By words of the message: not every error that Python's sqlite3 raises has one of SQLite's codes.
_CURES = {
    "is locked": "another program holds it; end that one, or try again later",
    "not a database": "set another path in database.url, or restore a backup",
    "malformed": "the file is damaged; stop the bot and restore a backup",
    "readonly": "give this user the file and its folder, or set another path in database.url",
    "unable to open": "check who may read and write the file and its folder, or set another path in database.url",
    "is full": "make room on the disk",
}


def cure(error: Exception) -> str:
    """What to do next, as the end of a sentence."""
    return next((cure for words, cure in _CURES.items() if words in str(error)), "check the disk and other programs")
