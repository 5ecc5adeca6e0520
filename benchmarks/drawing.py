"""How plots look: lines and bars of rows, on matplotlib's axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.tables import Column, Row

SIZE = (8.0, 4.2)
"""Inches; of bars the height follows their number."""
MIN_HEIGHT, ROOM, BAR_HEIGHT = 1.6, 0.8, 0.28
COLOURS = ("#2a6f97", "#d1721d", "#4c956c", "#8a5a83", "#7a7a7a", "#b5485d")
STYLE: dict[Any, Any] = {
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    # The same figures give the same file.
    "svg.hashsalt": "earsight",
}


def lines(
    axes: Any, rows: Sequence[Row], x: Column, y: Column, by: Column | None = None, *, log_x: bool = True
) -> None:
    """A line for each value of `by`, of the rows that have both x and y; x is marked where it was measured.

    Parameters
    ----------
    log_x
        Whether x doubles from step to step.
    """
    there = [row for row in rows if x.value(row) is not None and y.value(row) is not None]
    names = list(dict.fromkeys(by.text(row) if by else "" for row in there))
    for name, colour in zip(names, _colours(len(names)), strict=True):
        own = [row for row in there if by is None or by.text(row) == name]
        axes.plot([x.value(row) for row in own], [y.value(row) for row in own], "o-", ms=4, color=colour, label=name)
    if log_x:
        axes.set_xscale("log", base=2)
    ticks = sorted({x.value(row) for row in there})
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.set_xlabel(x.title)
    axes.set_ylabel(y.title)
    axes.set_ylim(bottom=0)
    if len(names) > 1:
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))


def bars(axes: Any, rows: Sequence[Row], label: Column | Sequence[Column], value: Column) -> None:
    """A horizontal bar for each row that has the value, its figure beside it, first row on top."""
    columns = [label] if isinstance(label, Column) else label
    there = [row for row in rows if value.value(row) is not None][::-1]
    names = [", ".join(filter(None, (column.text(row) for column in columns))) for row in there]
    drawn = axes.barh(range(len(there)), [value.value(row) for row in there], color=COLOURS[0], height=0.7)
    axes.bar_label(drawn, [value.text(row) for row in there], padding=4)
    _name_bars(axes, names)
    axes.margins(x=0.12)
    axes.set_xlabel(value.title)


def stacked(axes: Any, rows: Sequence[Row], label: Column, parts: Sequence[Column], unit: str) -> None:
    """A horizontal bar for each row, made of its parts."""
    there = list(rows)[::-1]
    left = [0.0] * len(there)
    for part, colour in zip(parts, _colours(len(parts)), strict=True):
        widths = [float(part.value(row) or 0) for row in there]
        axes.barh(range(len(there)), widths, left=left, color=colour, height=0.7, label=part.title)
        left = [one + other for one, other in zip(left, widths, strict=True)]
    _name_bars(axes, [label.text(row) for row in there])
    axes.set_xlabel(unit)
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))


def _name_bars(axes: Any, names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), names)
    axes.grid(visible=False, axis="y")
    axes.figure.set_size_inches(SIZE[0], max(MIN_HEIGHT, ROOM + BAR_HEIGHT * len(names)))


def _colours(count: int) -> list[str]:
    return [COLOURS[number % len(COLOURS)] for number in range(count)]
