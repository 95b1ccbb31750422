"""What the commands of bot.py share: their common options, one sentence instead of a traceback, and who runs them."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from klapper.errors import KlapperError, SettingsError

Config = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Settings file; without it ./config.toml, if there is one."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of text.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]


@contextmanager
def sentences() -> Iterator[None]:
    """An operator gets one line instead of a traceback; 2 for the configuration, 1 for the rest."""
    try:
        yield
    except SettingsError as error:
        typer.echo(error.sentence, err=True)
        raise typer.Exit(2) from error
    except KlapperError as error:
        typer.echo(error.sentence, err=True)
        raise typer.Exit(1) from error


def ask(question: str, *, yes: bool) -> None:
    """Go on only when the operator says so; without an answer nothing is done and the exit code is 1."""
    if not yes and not _is_wanted(question):
        typer.echo("Nothing was changed.")
        raise typer.Exit(1)


def tidy(job_id: str) -> str:
    """A job id as people copy it."""
    return job_id.strip(" `'\"").lower()


def _is_wanted(question: str) -> bool:
    try:
        return typer.confirm(question)
    except (typer.Abort, RuntimeError):  # Ctrl-C, the end of the input, or no input at all
        typer.echo()
        return False


def login() -> str:
    """The name of the account that runs the command; its number where it has no name, as in a container."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
