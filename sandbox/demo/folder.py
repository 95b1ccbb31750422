"""What a demo leaves on disk: settings, database, logs and clips in one folder."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

Value = str | int | list[str]

_HEADER = "# Written by the demo, for as long as it runs: its Discord and its Segmind are on this machine.\n"


@dataclass(frozen=True, slots=True)
class DemoFolder:
    """One folder per demo, numbered; nothing in it is deleted."""

    path: Path

    @classmethod
    def make(cls, base: Path) -> DemoFolder:
        """A new folder in `base`. Raises OSError."""
        base.mkdir(parents=True, exist_ok=True)
        number = max((int(one.name) for one in base.iterdir() if one.name.isdecimal()), default=0)
        while True:
            number += 1
            try:
                (base / str(number)).mkdir()
            except FileExistsError:  # another demo was quicker
                continue
            (base / str(number) / "clips").mkdir()
            return cls(base / str(number))

    @property
    def config(self) -> Path:
        return self.path / "config.toml"

    @property
    def clips(self) -> Path:
        return self.path / "clips"

    def log(self, name: str) -> Path:
        """The log of one process."""
        return self.path / f"{name}.log"

    def write_config(self, tables: Mapping[str, Mapping[str, Value]]) -> None:
        """The bot's settings. Paths are absolute, so that its commands work from everywhere."""
        here = self.path.absolute()
        own = {"database": {"url": f"sqlite:///{here / 'klapper.db'}"}, "media": {"directory": str(here / "media")}}
        lines = [_HEADER]
        for table, values in {**tables, **own}.items():
            lines.append(f"[{table}]")
            # A JSON string, number or list of strings is one in TOML, too.
            lines += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]
            lines.append("")
        self.config.write_text("\n".join(lines), encoding="utf-8")


def shown_path(path: Path | str) -> str:
    """A path as somebody in this working directory would type it."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith(os.pardir) else relative
