"""A folder that cannot take files is found before anything is paid for."""

from __future__ import annotations

from pathlib import Path

import pytest

from klapper.errors import SettingsError
from klapper.ops.folders import make_media_folder, media_obstacle, obstacle
from klapper.settings import MediaSettings, Settings


def media_in(folder: Path) -> Settings:
    return Settings(media=MediaSettings(directory=folder))


def test_a_folder_that_can_be_made_has_no_obstacle_and_is_not_made(tmp_path: Path) -> None:
    assert obstacle(tmp_path / "deep" / "folder") is None
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_path_is_an_obstacle(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert obstacle(tmp_path / "file") == "Not a directory"
    assert obstacle(tmp_path / "file" / "folder") == "Not a directory"


def test_a_link_to_nowhere_is_an_obstacle(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "gone")
    assert obstacle(tmp_path / "link" / "folder") is not None


def test_the_media_folder_is_made_and_left_empty(tmp_path: Path) -> None:
    make_media_folder(media_in(tmp_path / "media"))
    assert {path.name for path in (tmp_path / "media").rglob("*")} == {"outputs", "inputs"}


@pytest.mark.parametrize("place", ["media", "media/outputs", "media/inputs"])
def test_a_media_folder_that_cannot_be_written_is_named_with_its_key(tmp_path: Path, place: str) -> None:
    (tmp_path / place).parent.mkdir(exist_ok=True)
    (tmp_path / place).touch()
    settings = media_in(tmp_path / "media")
    with pytest.raises(SettingsError, match=r"^media\.directory: .* cannot be written \(.*\): .*set another one\.$"):
        make_media_folder(settings)
    assert media_obstacle(settings) is not None
