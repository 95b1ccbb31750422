"""`bot.py images`: what an operator blocks, sees and takes back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from klapper.ops.image_commands import image_commands
from klapper.settings import Settings
from tests.databases import new_database
from tests.fakes import Activity, ManualClock
from tests.pictures import jpeg, landscape, png, quarters

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """One command on an empty database."""
    file = new_database(tmp_path / "klapper.db")
    settings = Settings(database={"url": f"sqlite:///{file}"})  # type: ignore[arg-type]
    app = typer.Typer()
    app.add_typer(image_commands(load=lambda *_: settings, clock=ManualClock(Activity())), name="images")
    return lambda *arguments: CliRunner().invoke(app, ["images", *map(str, arguments)], terminal_width=200)


@pytest.fixture
def fox(tmp_path: Path) -> Path:
    file = tmp_path / "fox.jpg"
    file.write_bytes(jpeg(landscape(1)))
    return file


def test_a_blocked_image_is_listed_until_it_is_taken_off(run: Run, fox: Path) -> None:
    assert "No image is blocked." in run("list").output
    done = run("block", fox, "--reason", "gore", "--note", "reported twice")
    assert (done.exit_code, done.output) == (0, "Blocked in every guild: 1. There already: 0.\n")
    for command in ((), ("list",)):
        shown = run(*command).output
        assert shown.startswith("1  in every guild, by operator:")
        assert shown.endswith("(gore): reported twice\n")
    [line] = json.loads(run("list", "--json").output)
    assert (line["block_id"], line["guild_id"], line["reason"]) == (1, 0, "gore")
    assert run("unblock", 1).output == "Unblocked: 1.\n"
    assert "No image is blocked." in run().output


def test_blocking_again_says_so(run: Run, fox: Path) -> None:
    run("block", fox)
    assert "Blocked in every guild: 0. There already: 1." in run("block", fox).output


def test_of_several_files_none_is_blocked_when_one_cannot_be_read(run: Run, fox: Path, tmp_path: Path) -> None:
    words = tmp_path / "notes.txt"
    words.write_text("just a few words")
    refused = run("block", fox, words)
    assert refused.exit_code == 1
    assert "notes.txt is a file of an unknown kind" in refused.output
    assert "No image is blocked." in run("list").output


def test_what_cannot_be_blocked_fails_the_command(run: Run, tmp_path: Path) -> None:
    plain = tmp_path / "plain.png"
    plain.write_bytes(png(quarters(1, 1).resize((400, 400))))
    refused = run("block", plain)
    assert refused.exit_code == 1
    assert "too little in it" in refused.output


def test_a_number_that_is_none_is_refused(run: Run) -> None:
    refused = run("unblock", 7)
    assert refused.exit_code == 1
    assert "No image is blocked as 7" in refused.output


def test_a_file_that_is_not_there_is_refused(run: Run, tmp_path: Path) -> None:
    assert run("block", tmp_path / "nowhere.png").exit_code == 2
