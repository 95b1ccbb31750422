"""Charts as PNGs: the door of the plotting library. Loaded by the worker alone, for it takes a while and much memory.

A ground of its own, dark and solid, because no colour of text can be read on both of Discord's. Wide enough for large
screens, with letters that are still read where Discord shows it at half its width. The colours are Okabe and Ito's,
which are told apart with any colour vision; what is told by colour has a pattern as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from typing import Any, assert_never

import matplotlib
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.ticker import FuncFormatter, MaxNLocator
from matplotlib.transforms import Affine2D

from klapper.charts import lettering
from klapper.charts.chart import BurnDown, Chart, DailyBars, Ranges, RankedBars

WIDTH_IN, DPI = 6.4, 200  # 1,280 pixels
GROUND, INK, MUTED, LINES = "#2b2d31", "#f2f3f5", "#b5bac1", "#4a4d55"
COLOURS = ("#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#f0e442", "#d55e00")
HATCHES = (None, "///", "...", "\\\\\\", "xx", "--")
HATCHED_DAYS = 31  # thinner bars have no room for a pattern; their order is that of the legend
NAMED_TOTALS = 10
_STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "text.parse_math": False,  # a dollar sign is one
    "text.color": INK,
    "axes.facecolor": GROUND,
    "axes.edgecolor": LINES,
    "axes.labelcolor": MUTED,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "grid.color": LINES,
    "grid.linewidth": 0.8,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "xtick.major.pad": 6,
    "hatch.linewidth": 0.9,
    "legend.frameon": False,
}
_HEAD_IN, _UNIT_IN, _FOOT_IN, _LEGEND_IN, _ROW_IN = 0.72, 0.2, 0.36, 0.23, 0.36
_PLOT_IN = 2.3
_SIDE_IN, _RIGHT_IN = 0.2, 0.3
_GAP_PX = 12  # between a bar and what stands at its end


def draw(chart: Chart) -> bytes:
    """A PNG."""
    with matplotlib.rc_context(_STYLE):
        match chart:
            case DailyBars():
                figure = _daily(chart)
            case RankedBars():
                figure = _ranked(chart)
            case Ranges():
                figure = _ranges(chart)
            case BurnDown():
                figure = _burn_down(chart)
            case _:
                assert_never(chart)
        picture = BytesIO()
        figure.savefig(picture, format="png")
    return picture.getvalue()


def _daily(chart: DailyBars) -> Figure:
    several, days = len(chart.series) > 1, len(chart.dates)
    legend_in = _LEGEND_IN * len(chart.series) + 0.1 if several else 0
    figure, axes = _sheet(chart.title, chart.subtitle, _PLOT_IN, foot_in=_FOOT_IN + legend_in, unit=chart.unit)
    below = [0] * days
    for number, series in enumerate(chart.series):
        look = _look(number, hatched=days <= HATCHED_DAYS)
        axes.add_patch(_bars(below, series.values, width=0.82, label=lettering.drawable(series.label), **look))
        below = [low + value for low, value in zip(below, series.values, strict=True)]
    _value_axis(axes, max(below))
    axes.set_xlim(-0.6, days - 0.4)
    ticks = _date_ticks(days)
    axes.set_xticks(ticks, [_short_date(chart.dates[tick]) for tick in ticks])
    _totals(axes, below)
    if several:
        handles, labels = axes.get_legend_handles_labels()
        _legend(figure, handles[::-1], labels[::-1], columns=1)
    return figure


def _ranked(chart: RankedBars) -> Figure:
    figure, axes = _sheet(chart.title, chart.subtitle, _ROW_IN * len(chart.bars), foot_in=0.15)
    values = [bar.value for bar in chart.bars]
    axes.barh(range(len(values)), values, height=0.62, color=COLOURS[0])
    _rows(axes, [bar.label for bar in chart.bars])
    _notes(axes, values, [bar.note for bar in chart.bars])
    return figure


def _ranges(chart: Ranges) -> Figure:
    figure, axes = _sheet(chart.title, chart.subtitle, _ROW_IN * len(chart.rows), foot_in=0.15)
    half, most = [row.half for row in chart.rows], [row.most for row in chart.rows]
    axes.barh(range(len(most)), most, height=0.18, color=MUTED)
    axes.barh(range(len(half)), half, height=0.56, color=COLOURS[0])
    _rows(axes, [row.label for row in chart.rows])
    _notes(axes, most, [row.note for row in chart.rows])
    return figure


def _burn_down(chart: BurnDown) -> Figure:
    foot_in = _FOOT_IN + _LEGEND_IN + 0.1
    figure, axes = _sheet(chart.title, chart.subtitle, _PLOT_IN, foot_in=foot_in, unit=chart.unit)
    parts, over = len(chart.ticks), len(chart.left) - 2
    times = [*range(over + 1), over + chart.reached]
    above = [left + held for left, held in zip(chart.left, chart.held, strict=True)]
    axes.plot(times, chart.left, color=COLOURS[0], lw=2.6, label="left", solid_joinstyle="round", zorder=3)
    axes.fill_between(
        times, chart.left, above, facecolor="none", edgecolor=COLOURS[3], hatch="////", lw=0, label="held", zorder=2
    )
    axes.add_patch(_bars([0] * len(chart.spent), chart.spent, width=0.7, shift=0.5, label="charged", **_look(1)))
    axes.plot([0, parts], [chart.granted, 0], color=MUTED, linestyle=(0, (4, 3)), lw=1.6, label="even pace")
    axes.plot(times[-1:], chart.left[-1:], "o", color=COLOURS[0], ms=7, zorder=3)
    at_right = times[-1] > parts * 0.7
    axes.annotate(
        f"{chart.left[-1]:,} left",
        (times[-1], above[-1]),
        xytext=(6 if at_right else 8, 16 if at_right else 9),
        textcoords="offset points",
        ha="right" if at_right else "left",
        weight="bold",
        bbox={"facecolor": GROUND, "edgecolor": "none", "pad": 1},
    )
    _value_axis(axes, max(chart.granted, *above))
    axes.set_xlim(0, parts)
    shown = range(0, parts, max(1, -(-parts // 7)))
    axes.set_xticks([part + 0.5 for part in shown], [chart.ticks[part] for part in shown])
    handles, labels = axes.get_legend_handles_labels()
    by_label = dict(zip(labels, handles, strict=True))
    order = [name for name in ("left", "held", "charged", "even pace") if name != "held" or any(chart.held)]
    _legend(figure, [by_label[name] for name in order], order, columns=len(order))
    return figure


def _sheet(title: str, subtitle: str, plot_in: float, *, foot_in: float, unit: str = "") -> tuple[Figure, Axes]:
    """A figure of the right height with its headings, and the axes below them."""
    head_in = _HEAD_IN + (_UNIT_IN if unit else 0)
    height = head_in + plot_in + foot_in
    figure = Figure(figsize=(WIDTH_IN, height), dpi=DPI, facecolor=GROUND)
    axes = figure.add_axes((0.1, foot_in / height, 0.8, plot_in / height))
    left = _SIDE_IN / WIDTH_IN
    figure.text(left, 1 - 0.2 / height, lettering.drawable(title), size=12.5, weight="bold", va="top")
    figure.text(left, 1 - 0.45 / height, lettering.drawable(subtitle), color=MUTED, va="top")
    if unit:
        figure.text(left, 1 - (head_in - 0.08) / height, lettering.drawable(unit), color=MUTED, size=9)
    return figure, axes


def _look(number: int, *, hatched: bool = True) -> dict[str, Any]:
    """Colour and pattern of a series."""
    place = number % len(COLOURS)
    hatch = HATCHES[place] if hatched else None
    return {"facecolor": COLOURS[place], "hatch": hatch, "hatchcolor": f"{GROUND}b0", "lw": 0}


def _bars(below: Sequence[int], values: Sequence[int], *, width: float, shift: float = 0, **look: Any) -> PathPatch:
    """Bars as one shape: a pattern over each of hundreds of its own takes seconds."""
    boxes = [
        Path.unit_rectangle().transformed(Affine2D().scale(width, value).translate(place + shift - width / 2, low))
        for place, (low, value) in enumerate(zip(below, values, strict=True))
        if value
    ]
    return PathPatch(Path.make_compound_path(*boxes), **look)


def _value_axis(axes: Axes, largest: int) -> None:
    """Whole numbers from nothing up."""
    axes.set_ylim(0, max(largest, 1) * 1.12)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(_whole))
    axes.grid(axis="y")
    _fit_left(axes)


def _whole(value: float, _: int | None) -> str:
    return f"{value:,.0f}"


def _rows(axes: Axes, labels: Sequence[str]) -> None:
    """Names at the left, the first on top, and no scale: each bar has its number."""
    axes.set_yticks(range(len(labels)), [lettering.line(label) for label in labels], color=INK)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    _fit_left(axes)


def _notes(axes: Axes, values: Sequence[float], notes: Sequence[str]) -> None:
    """What stands at the ends of bars, which are so long that all of it fits."""
    texts = [
        axes.annotate(note, (value, place), xytext=(_GAP_PX, 0), textcoords="offset pixels", va="center")
        for place, (value, note) in enumerate(zip(values, notes, strict=True))
    ]
    renderer = _renderer(axes)
    width = axes.get_window_extent(renderer).width
    rooms = [width - text.get_window_extent(renderer).width - _GAP_PX for text in texts]
    scales = [value / max(room, 1) for value, room in zip(values, rooms, strict=True)]
    axes.set_xlim(0, max([*scales, 1e-9]) * width)


def _fit_left(axes: Axes) -> None:
    """Room for what stands left of the axes, and no more."""
    renderer = _renderer(axes)
    widest = max((label.get_window_extent(renderer).width for label in axes.get_yticklabels()), default=0)
    left = (widest / DPI + _SIDE_IN + 0.08) / WIDTH_IN
    box = axes.get_position()
    axes.set_position((left, box.y0, 1 - left - _RIGHT_IN / WIDTH_IN, box.height))


def _renderer(axes: Axes) -> Any:
    """What measures texts."""
    canvas: Any = FigureCanvasAgg(axes.get_figure(root=True))
    return canvas.get_renderer()


def _totals(axes: Axes, totals: Sequence[int]) -> None:
    """Each total while there are few, else the largest."""
    shown = range(len(totals)) if len(totals) <= NAMED_TOTALS else [totals.index(max(totals))]
    for place in shown:
        if totals[place]:
            at, near_the_axis = (place, totals[place]), place < len(totals) / 20
            side = "left" if near_the_axis else "center"  # where the axis has its numbers
            axes.annotate(f"{totals[place]:,}", at, xytext=(0, 3), textcoords="offset points", ha=side)


def _date_ticks(days: int) -> list[int]:
    """Which days are named: the last one always."""
    every = max(1, round(days / 6)) if days > NAMED_TOTALS else 1
    return list(range(days - 1, -1, -every))[::-1]


def _short_date(iso: str) -> str:
    day = date.fromisoformat(iso)
    return f"{day.day} {day:%b}"


def _legend(figure: Figure, handles: Sequence[Artist], labels: Sequence[str], *, columns: int) -> None:
    """Below the plot."""
    figure.legend(
        handles,
        labels,
        loc="lower left",
        bbox_to_anchor=(0.1 / WIDTH_IN, 0.01),
        ncols=columns,
        labelspacing=0.35,
        handlelength=1.4,
        handleheight=1.0,
        columnspacing=1.6,
        borderaxespad=0.3,
    )
