"""Can files be put into a folder? Asked before the first clip is paid for, not after."""

from __future__ import annotations

import tempfile
from pathlib import Path

from klapper.errors import SettingsError
from klapper.settings import Settings


def obstacle(folder: Path) -> str | None:
    """Why no file can be put into a folder, there or still to be made; None when it can. Leaves nothing behind."""
    try:
        nearest = next(path for path in (folder, *folder.absolute().parents) if path.exists() or path.is_symlink())
        with tempfile.NamedTemporaryFile(dir=nearest, prefix=".klapper-probe-"):
            return None
    except OSError as error:
        return error.strerror or type(error).__name__


def media_obstacle(settings: Settings) -> str | None:
    """The sentence for a media folder that cannot be used, None for one that can."""
    reason = next(filter(None, map(obstacle, _folders(settings))), None)
    return None if reason is None else _sentence(settings, reason)


def make_media_folder(settings: Settings) -> None:
    """Make the folders of clips and images and try them. Raises SettingsError, for a paid clip must have a place."""
    try:
        for folder in _folders(settings):
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(_sentence(settings, error.strerror or type(error).__name__)) from error
    if sentence := media_obstacle(settings):
        raise SettingsError(sentence)


def _folders(settings: Settings) -> tuple[Path, ...]:
    return settings.media.directory / "outputs", settings.media.directory / "inputs"


def _sentence(settings: Settings, reason: str) -> str:
    return (
        f"media.directory: {settings.media.directory} cannot be written ({reason}): "
        "give this user the folder, or set another one."
    )
