"""`python -m benchmarks`: every script, one after the other, each in a process of its own; then RESULTS.md."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.report import say

SCRIPTS = ("answer", "credits", "reserve", "polling", "life", "restart")  # in the order of the report
LONGEST_S = 600.0  # of one script
HERE = Path(__file__).parent
RESULTS = HERE / "RESULTS.md"


def present(names: Sequence[str] = SCRIPTS, folder: Path = HERE) -> list[str]:
    """The scripts that there are."""
    return [name for name in names if (folder / f"{name}.py").is_file()]


def run_script(name: str) -> str:
    """What the script printed. Raises subprocess.SubprocessError when it failed or took too long."""
    say(f"== {name}")
    command = [sys.executable, "-m", f"benchmarks.{name}"]
    done = subprocess.run(command, cwd=HERE.parent, stdout=subprocess.PIPE, check=True, text=True, timeout=LONGEST_S)
    return done.stdout.strip()


def report(sections: Sequence[str], *, cores: int, python: str) -> str:
    """The whole file."""
    head = (
        "# What Klapper costs\n\n"
        "Written by `make bench`; CONTRIBUTING.md says how. Ratios come first, because they compare machines; the\n"
        f"absolute numbers are those of one machine with {cores} cores and Python {python}, everything on loopback."
    )
    return "\n\n".join([head, *sections]) + "\n"


def main() -> int:
    """Write the results if every script ran; 1 otherwise."""
    began_s = time.monotonic()
    try:
        sections = [run_script(name) for name in present()]
    except subprocess.SubprocessError as error:
        say(f"{error} RESULTS.md is as it was.")
        return 1
    text = report(sections, cores=os.cpu_count() or 1, python=platform.python_version())
    RESULTS.write_text(text, encoding="utf-8")
    say(f"{RESULTS.name} is written, after {time.monotonic() - began_s:.0f} s.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
