"""What the commands about statistics and their files say. The numbers are with `klapper.messages.statistics_texts`."""

from __future__ import annotations

from klapper.messages import text
from klapper.messages.history_file import HistoryFile

CHART = "What you spent on each day, by model, with a picture"
STATISTICS = "What this server spent, how its jobs went and what is left of its budget, with pictures"
EXPORT = "Every movement of this server's members' credits, as a file for spreadsheets"
DAYS_OPTION = {"days": "How many days back, today included"}
HISTORY_OPTION = {"export": "True: everything that ever moved, as a file for spreadsheets"}
NOTHING_FITS = "The file would be larger than this server takes: use fewer days."


def nothing_moved(days: int) -> str:
    """No line for the file."""
    return f"No credits moved on this server in the last {days:,} days."


def exported(file: HistoryFile) -> str:
    """How much is in the file, and whether that is all."""
    lines = text.counted(file.lines, "movement")
    packed = " It is packed with gzip." if file.name.endswith(".gz") else ""
    if file.is_whole:
        return f"Here is everything: {lines}.{packed}"
    return f"Here are {lines}. **The rest did not fit in** what this server takes: use fewer days.{packed}"
