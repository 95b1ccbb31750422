"""`bot.py budget`: what an operator gives guilds and the whole bot, and sees of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from klapper.ops.budget_commands import budget_commands
from klapper.settings import Settings
from tests.databases import new_database
from tests.fakes import Activity, ManualClock

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """One command on an empty database."""
    file = new_database(tmp_path / "klapper.db")
    settings = Settings(database={"url": f"sqlite:///{file}"})  # type: ignore[arg-type]
    app = typer.Typer()
    app.add_typer(budget_commands(load=lambda *_: settings, clock=ManualClock(Activity())), name="budget")
    return lambda *arguments: CliRunner().invoke(app, ["budget", *map(str, arguments)], terminal_width=200)


def test_a_budget_is_set_shown_and_given_back_to_the_configuration(run: Run) -> None:
    assert run().output.startswith(
        "The whole bot: 5,000 units ($50.00) a day, as configured; 5,000 units ($50.00) left"
    )
    done = run("set", 42, 3400)
    assert done.exit_code == 0
    assert done.output.startswith(
        "Guild 42 (nobody was seen there so far: is the id right?): 3,400 units ($34.00) a week, set by operator:"
    )
    assert "is the id right?): 3,400 units" in run().output
    assert run("set", "Bot", 0).output.startswith("The whole bot: no limit, set by operator:")
    bot, guild = json.loads(run("--json").output)
    assert (bot["whose"], bot["limited"]) == ("bot", False)
    assert (guild["whose"], guild["units"], guild["left"], guild["held"]) == ("42", 3_400, 3_400, 0)
    assert run("reset", 42).output.endswith("no limit, as configured.\n")
    assert run("reset", "bot").output.startswith("The whole bot: 5,000 units ($50.00) a day, as configured;")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("set", "lounge", 5), 1, "'lounge' is no guild: say its id"),
        (("set", 0, 5), 1, "'0' is no guild"),
        (("set", 2**63, 5), 1, "is no guild"),
        (("set", 42, "many"), 2, "integer"),
        (("set", 42, 10**12), 2, "less than or equal to"),
    ],
)
def test_what_is_no_budget_is_said(run: Run, arguments: tuple[object, ...], code: int, said: str) -> None:
    done = run(*arguments)
    assert done.exit_code == code
    assert said in " ".join(done.output.split())
    assert run("--json").output.count("whose") == 1
