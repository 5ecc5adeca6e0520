"""How the age of what is heard, or the work of the callback, went over the last minute, and how it is distributed."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QVBoxLayout, QWidget

from gui.buttons import small_button
from gui.theme import ACCENT, BAD, GAP, GOOD, LINE, PANEL, QUIET, WARN, colour, label
from realtime.stats import Percentiles, RecentAge

SPAN_S = 60.0
HEIGHT = 104
MOST_BARS = 40
LOOKS_PER_DRAWING = 4
"""A minute's plot need not be drawn more often than about once a second."""
LIMITS = (("p50", GOOD), ("p95", WARN), ("p99", BAD))


@dataclass
class Quantity:
    """What is plotted: the mean of each moment, and how often each value came since the counters were reset.

    Attributes
    ----------
    name
        As `HostClient.histogram` knows it.
    title, unit
        As the user reads it; a bin of the histogram is one unit.
    least_top
        The plot reaches at least so high.
    """

    name: str
    title: str
    unit: str
    least_top: float
    recent: RecentAge = field(default_factory=RecentAge)
    values: deque[float] = field(default_factory=deque[float])
    counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))

    def add(self, counts: NDArray[np.int64]) -> None:
        """Take what the host has counted by now."""
        self.values.append(self.recent.since_last(counts))
        self.counts = counts

    def clear(self) -> None:
        """Begin anew."""
        self.recent = RecentAge()
        self.values.clear()
        self.counts = np.zeros(0, np.int64)


class History(QWidget):
    """One quantity against the time of the stream, in seconds before now, and its histogram along the same axis.

    Broken lines mark the 50th, 95th and 99th percentile since the counters were reset.
    """

    def __init__(self) -> None:
        super().__init__()
        self.quantities = (
            Quantity("mask_age_ms", self.tr("Mask age"), self.tr("ms"), 50.0),
            Quantity("callback_us", self.tr("Callback"), self.tr("µs"), 50.0),
        )
        self._times_s: deque[float] = deque()
        self.chosen = self.quantities[0]
        self._looks = 0
        self.plot, self.bars = self._plot(self.tr("History of the last minute")), self._plot(self.tr("Histogram"))
        self.plot.getViewBox().setXRange(-SPAN_S, 0, padding=0)
        self.bars.setYLink(self.plot)
        self.bars.hideAxis("left")
        self.bars.getAxis("bottom").setStyle(showValues=False)
        self.curve = self.plot.plot()
        self.limits = tuple(pg.InfiniteLine(angle=0) for _ in LIMITS)
        for limit in self.limits:
            self.plot.addItem(limit)
        self.columns = pg.BarGraphItem(x0=[], y=[], height=[], width=[])
        self.bars.addItem(self.columns)
        self.figures = tuple(label("", 12, role) for _, role in LIMITS)
        self._arrange()
        self._paint()

    def _plot(self, name: str) -> pg.PlotWidget:
        plot = pg.PlotWidget()
        plot.setFixedHeight(HEIGHT)
        plot.setMouseEnabled(False, False)
        plot.setMenuEnabled(False)
        plot.hideButtons()
        for part in (plot, plot.viewport()):
            part.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # there is nothing to do with it
        plot.setAccessibleName(name)
        return plot

    def _arrange(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(GAP // 2)
        self.choices = QButtonGroup(self)
        tips = (
            self.tr("Plot how old the room is that you hear"),
            self.tr("Plot how long the audio callback works on a block"),
        )
        for number, (quantity, tip) in enumerate(zip(self.quantities, tips, strict=True)):
            button = small_button(quantity.title, tip)
            button.setCheckable(True)
            button.setChecked(number == 0)
            self.choices.addButton(button, number)
            head.addWidget(button)
        self.choices.idClicked.connect(self.choose)
        head.addStretch()
        for figure in self.figures:
            head.addWidget(figure)
        plots = QHBoxLayout()
        plots.setSpacing(2)
        plots.addWidget(self.plot, 4)
        plots.addWidget(self.bars, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP // 2)
        layout.addLayout(head)
        layout.addLayout(plots)

    def choose(self, number: int) -> None:
        """Plot another quantity."""
        self.chosen = self.quantities[number]
        self.choices.button(number).setChecked(True)
        self._draw()

    def add(self, elapsed_s: float, counts: dict[str, NDArray[np.int64]]) -> None:
        """Take the histograms of this moment, by the names of the quantities, bins of one unit from 0."""
        self._times_s.append(elapsed_s)
        for quantity in self.quantities:
            quantity.add(counts[quantity.name])
        while not elapsed_s - SPAN_S <= self._times_s[0] <= elapsed_s:
            self._times_s.popleft()
            for quantity in self.quantities:
                quantity.values.popleft()
        self._looks += 1
        if self.isVisible() and self._looks % LOOKS_PER_DRAWING == 1:
            self._draw()

    def clear(self) -> None:
        """Begin anew, with another host."""
        self._times_s.clear()
        self._looks = 0
        for quantity in self.quantities:
            quantity.clear()

    def _draw(self) -> None:
        quantity = self.chosen
        if not quantity.values:
            return
        now_s = self._times_s[-1]
        self.curve.setData([time_s - now_s for time_s in self._times_s], list(quantity.values))
        found = Percentiles.of_histogram(quantity.counts, 1.0)
        for limit, figure, (name, _) in zip(self.limits, self.figures, LIMITS, strict=True):
            limit.setValue(getattr(found, name))
            figure.setText(f"{name} {getattr(found, name):.0f} {quantity.unit}")
        top = max(quantity.least_top, 1.2 * found.p99, *quantity.values)
        self._draw_bars(quantity.counts, top)
        self.plot.getViewBox().setYRange(0, top, padding=0.03)

    def _draw_bars(self, counts: NDArray[np.int64], top: float) -> None:
        """Shares of all values, in at most MOST_BARS bars; what lies above the plot is not drawn."""
        width = max(1, round(top / MOST_BARS))
        bars = -(-int(top) // width)
        there = np.zeros(bars * width)
        there[: len(counts)] = counts[: bars * width]
        shares = there.reshape(bars, width).sum(axis=1) / max(int(counts.sum()), 1)
        middles = (np.arange(bars) + 0.5) * width
        self.columns.setOpts(x0=np.zeros(bars), y=middles, height=np.full(bars, 0.9 * width), width=shares)
        self.bars.getViewBox().setXRange(0, max(float(shares.max()), 1e-6), padding=0.02)

    def _paint(self) -> None:
        """Take the colours of now."""
        for plot in (self.plot, self.bars):
            plot.setBackground(colour(PANEL))
            for side in ("left", "bottom"):
                axis = plot.getAxis(side)
                axis.setTextPen(colour(QUIET))
                axis.setPen(colour(LINE))
        self.curve.setPen(pg.mkPen(colour(ACCENT), width=2))
        self.columns.setOpts(pen=None, brush=colour(ACCENT))
        for limit, (_, role) in zip(self.limits, LIMITS, strict=True):
            limit.setPen(pg.mkPen(colour(role), width=1, dash=[4, 4]))

    def changeEvent(self, event: QEvent) -> None:
        """Plots have colours of their own."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "figures"):
            self._paint()
