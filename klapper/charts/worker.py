"""The process that draws charts: `python -m klapper.charts.worker`, started by `process.py` and by nobody else.

Its argument is the folder in which the plotting library keeps its list of fonts. It reads one line, what `encode` in
`chart.py` makes of the charts, and prints one JSON array: each picture as base64 of a PNG.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import sys

from klapper.charts.chart import decode
from klapper.confinement import confine, end_with_parent

MEMORY_BYTES = 600 * 1024 * 1024  # four times what ten charts take
LONGEST_CPU_S = 60  # of computing, should nobody be left to end it
NO_COMPLAINT = "Matplotlib is building the font cache"  # said by the library after five seconds of it


def main(folder: str) -> None:
    """Draw within limits that the kernel keeps."""
    charts = decode(sys.stdin.buffer.readline())
    end_with_parent()
    confine(memory_bytes=MEMORY_BYTES, cpu_s=LONGEST_CPU_S)
    # Both before the library is loaded: it would write into the home directory, and take memory for each core.
    os.environ["MPLCONFIGDIR"] = folder
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    logging.getLogger("matplotlib.font_manager").addFilter(lambda said: not said.getMessage().startswith(NO_COMPLAINT))
    from klapper.charts.drawing import draw  # noqa: PLC0415

    sys.stdout.write(json.dumps([base64.b64encode(draw(chart)).decode("ascii") for chart in charts]))


if __name__ == "__main__":
    main(*sys.argv[1:])
