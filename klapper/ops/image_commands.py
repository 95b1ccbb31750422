"""`python bot.py images ...`: the block lists of images. Beside a running bot, which reads them at every request."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console

from klapper.clock import Clock
from klapper.database.sqlite import SqliteDatabase
from klapper.errors import KlapperError
from klapper.images.process import ImageProcesses
from klapper.jobs.images import ImageStore
from klapper.kling.picture import InputImage
from klapper.ledger.ledger import Ledger
from klapper.ledger.records import operator_actor
from klapper.moderation.audit import AuditLog
from klapper.moderation.blocked_images import BlockedImageStore, ImageBlock
from klapper.moderation.image_block import EVERYWHERE
from klapper.ops.command_line import Config, Json, login, sentences
from klapper.ops.job_report import say
from klapper.ops.reports import print_line
from klapper.services.image_blocks import BlockedNow, ImageBlocks
from klapper.settings import Settings

Load = Callable[[typer.Context, Path | None], Settings]
Files = Annotated[
    list[Path],
    typer.Argument(metavar="FILE...", help="JPEG, PNG or WebP.", exists=True, dir_okay=False, readable=True),
]
BlockId = Annotated[int, typer.Argument(metavar="ID", help="The number that `images list` shows.")]
Reason = Annotated[str, typer.Option("--reason", metavar="CODE", help="Why, in a word of your own.")]
Note = Annotated[str, typer.Option("--note", metavar="TEXT", help="What you want to read in the list later.")]


def image_commands(*, load: Load, clock: Clock) -> typer.Typer:
    """The commands. load: reads the settings."""
    app = typer.Typer(invoke_without_command=True)

    @app.callback()
    def images(context: typer.Context, config: Config = None) -> None:
        """Block images in every guild; see what is blocked."""
        if config is not None:
            context.find_root().obj = config
        if context.invoked_subcommand is None:
            show(context)

    @app.command(name="list")
    def show(context: typer.Context, as_json: Json = False, config: Config = None) -> None:
        """List the blocked images of every guild, and those blocked in all of them."""
        with sentences():
            lines = asyncio.run(_read(load(context, config).database.path))
        _print(lines, as_json=as_json)

    @app.command()
    def block(
        context: typer.Context,
        files: Files,
        reason: Reason = "unspecified",
        note: Note = "",
        config: Config = None,
    ) -> None:
        """Block images in every guild: requests with one of them, or a copy, are refused."""

        async def run(settings: Settings) -> BlockedNow:
            pictures = await _pictures(files)
            async with _blocks(settings, clock) as blocks:
                return await blocks.block_everywhere(pictures, by=operator_actor(login()), reason=reason, note=note)

        with sentences():
            now = asyncio.run(run(load(context, config)))
        print_line(f"Blocked in every guild: {now.added}. There already: {now.known}.")
        if now.plain:
            print_line(f"Not blocked, with too little in it to be told from others: {now.plain}.")
            raise typer.Exit(1)

    @app.command()
    def unblock(context: typer.Context, block_id: BlockId, config: Config = None) -> None:
        """Take an image off its list, a guild's as well."""

        async def run(settings: Settings) -> None:
            async with _blocks(settings, clock) as blocks:
                if not await blocks.unblock_anywhere(block_id):
                    raise KlapperError(f"No image is blocked as {block_id}: `python bot.py images list` lists them.")

        with sentences():
            asyncio.run(run(load(context, config)))
        print_line(f"Unblocked: {block_id}.")

    return app


async def _read(path: Path) -> list[ImageBlock]:
    async with SqliteDatabase.open(path, read_only=True) as database, database.read() as tx:
        return await BlockedImageStore().lines(tx)


async def _pictures(files: Sequence[Path]) -> list[InputImage]:
    """Each as a member's attachment is read. Raises RequestRefused for the first that cannot be used."""
    processes = ImageProcesses()
    with TemporaryDirectory() as folder:
        return [await processes.normalise(file, Path(folder), file.name, file.name) for file in files]


@asynccontextmanager
async def _blocks(settings: Settings, clock: Clock) -> AsyncIterator[ImageBlocks]:
    async with SqliteDatabase.open(settings.database.path) as database:
        yield ImageBlocks(
            database=database,
            clock=clock,
            images=ImageStore(),
            blocked=BlockedImageStore(),
            ledger=Ledger(),
            audit=AuditLog(),
        )


def _print(lines: Sequence[ImageBlock], *, as_json: bool) -> None:
    console = Console()
    if as_json:
        plain = [{**_plain(line), "likeness": str(line.likeness)} for line in lines]
        console.print_json(json.dumps(plain))
        return
    for line in lines:
        where = "in every guild" if line.guild_id == EVERYWHERE else f"in guild {line.guild_id}"
        when = datetime.fromtimestamp(line.at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")
        note = f": {line.note}" if line.note else ""
        say(console, f"{line.block_id}  {where}, by {line.blocked_by}, {when} UTC ({line.reason}){note}")
    if not lines:
        say(console, "No image is blocked.")


def _plain(line: ImageBlock) -> dict[str, object]:
    return {name: getattr(line, name) for name in ("block_id", "guild_id", "reason", "note", "blocked_by", "at_ms")}
