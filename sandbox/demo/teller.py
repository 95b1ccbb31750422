"""What the demo says in the terminal."""

from __future__ import annotations

import os
import shlex
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from textwrap import indent

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from sandbox.demo.discord_text import Reader
from sandbox.demo.folder import shown_path
from sandbox.demo.form_panel import form_panel
from sandbox.demo.house import House
from sandbox.demo.message_panel import message_panel
from sandbox.demo.picture import preview
from sandbox.driver import FormView, MessageView

OPENING = "the real bot, with stand-ins for Discord and Segmind."
SUGGESTIONS = (
    "Type / in #videos: /video makes a clip, /storyboard builds one shot by shot.",
    "Be somebody else: Nia is new, Max moderates, Ada manages with /manage.",
    "Let Segmind fail, or kill the bot in the middle of a job and start it again.",
)
STORY = "Mira makes a video, one from a picture, one shot by shot, and runs out of credits: about 40 seconds."
WIDEST = 92  # columns: longer lines are hard to read


class Output(Console):
    """Standard output. When nobody reads it any more, BrokenPipeError is raised, once."""

    def on_broken_pipe(self) -> None:
        """Rich would exit on the spot and leave the children to the keeper."""
        self.quiet = True
        # Python flushes standard output once more at its end (Python docs: note on SIGPIPE).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise BrokenPipeError


class Teller:
    """Prints the story. Without a terminal it prints plain text and nothing that moves."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._names: Mapping[str, str] = {}

    @property
    def is_watched(self) -> bool:
        """Whether somebody reads along."""
        return self._console.is_terminal

    def meet(self, names: Mapping[str, str]) -> None:
        """Learn names of people and channels by their ids, besides those that are known."""
        self._names = {**self._names, **names}

    def opening(self, house: House, *, story: bool) -> None:
        """The page's address, before anything else."""
        url = house.discord_url
        self._console.print(Text.assemble("Open ", (url, "bold cyan"), f" in a browser: {OPENING}"), soft_wrap=True)
        if story:
            self.say(STORY)

    def suggestions(self, house: House, *, stay: bool) -> None:
        """What to do on the page, and where everything is."""
        self._console.print()
        for suggestion in SUGGESTIONS:
            self.say(suggestion)
        self._console.print()
        self.fact("files", shown_path(house.folder.path))
        self.fact("log", shown_path(house.folder.log("klapper")))
        if stay:
            self.say("Everything goes on until you press Ctrl-C.")

    def addresses(self, house: House) -> None:
        """Where everything is."""
        self.fact("Discord", house.discord_url)
        self.fact("Segmind", house.segmind_url)
        self.fact("files", shown_path(house.folder.path))

    def ending(self, house: House) -> None:
        """How to go on."""
        self.chapter("Over to you")
        self.say("Everything goes on until you press Ctrl-C. Meanwhile, in another terminal:")
        for command in ("jobs", "ledger"):
            self._shell(house.command_line(command))
        self._shell(f"tail -f {shlex.quote(shown_path(house.folder.log('klapper')))}")
        self.say(f'Driver("{house.discord_url}") from sandbox.driver acts as any member.')
        self.say("The real thing: copy config.example.toml to config.toml and follow README.md.")

    def chapter(self, text: str) -> None:
        """The head of a part of the story."""
        self._console.print()
        self._console.rule(Text(text, style="bold"), align="left", style="green")

    def say(self, text: str, style: str = "") -> None:
        """A sentence; lines are broken between words."""
        self._console.print(Text(text, style=style), width=self._width)

    def fact(self, name: str, value: str) -> None:
        """A name and a value that is never broken, so that it can be copied."""
        self._console.print(Text.assemble((f"  {name:<10}", "dim"), value), soft_wrap=True)

    def typed(self, who: str, command: str, options: Mapping[str, object]) -> None:
        """A command as somebody types it."""
        shown = {name: value.name if isinstance(value, Path) else value for name, value in options.items()}
        parts = [Text.assemble((f"{name}:", "cyan"), f" {value}") for name, value in shown.items()]
        row = Table.grid(padding=(0, 2, 0, 0))
        # The first option may be long: the others have a line of their own.
        row.add_row(Text(f"{who} types", style="dim"), Text("  ").join([Text(f"/{command}", "bold cyan"), *parts[:1]]))
        if parts[1:]:
            row.add_row("", Text("  ").join(parts[1:]))
        self._console.print()
        self._console.print(row, width=self._width)

    def pressed(self, who: str, label: str) -> None:
        """A button being pressed."""
        self._console.print()
        self._console.print(Text.assemble((f"{who} presses  ", "dim"), (f"[{label}]", "bold cyan")))

    def form(self, who: str, form: FormView, values: Mapping[str, object]) -> None:
        """A form being filled in."""
        self._console.print(form_panel(form, values, width=self._width, subtitle=f"{who} fills in and sends"))

    def picture(self, path: Path, description: str) -> None:
        """A picture on disk; without colours only its description."""
        if self._console.color_system is not None:
            self._console.print(preview(path))
        self.fact(path.name, description)

    def message(self, view: MessageView, *, subtitle: str = "", before: MessageView | None = None) -> None:
        """A message as members see it now."""
        reader = Reader(self._names, time.time())
        self._console.print(message_panel(view, reader, width=self._width, subtitle=subtitle, before=before))

    def file(self, name: str, content: str) -> None:
        """A text file's content."""
        self._console.print(
            Panel(Text(content.strip()), title=name, title_align="left", width=self._width, style="dim")
        )

    def command(self, line: str, output: str) -> None:
        """A command of the operator and what it prints."""
        self._console.print()
        self._shell(line)
        self._console.print(Text(indent(output.strip(), "  ")), soft_wrap=True)

    def failed(self, sentence: str, lines: Sequence[str] = (), log: str = "") -> None:
        """Why the demo ends, with the end of a log."""
        self._console.print()
        self._console.print(Text(sentence, style="bold red"), soft_wrap=True)
        if lines:
            self._console.print(Text(f"The end of {log}:", style="dim"), soft_wrap=True)
            self._console.print(Text("\n".join(f"  {line}" for line in lines)), soft_wrap=True)

    @contextmanager
    def waiting(self, text: str) -> Iterator[None]:
        """Something that moves while nothing happens, on a terminal only."""
        with self._console.status(Text(text)):
            yield

    def _shell(self, line: str) -> None:
        self._console.print(Text.assemble(("$ ", "dim"), (line, "bold")), soft_wrap=True)

    @property
    def _width(self) -> int:
        return min(self._console.width, WIDEST)
