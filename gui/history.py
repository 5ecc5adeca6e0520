"""How the age of what is heard went over the last minute: the newest mask's and image's, and the 99th percentile."""

from __future__ import annotations

from collections import deque

import pyqtgraph as pg
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.theme import ACCENT, PANEL, QUIET, WARN, label
from realtime.stats import Snapshot

SPAN_S = 60.0
HEIGHT = 96
LEAST_TOP_MS = 50.0


class History(QWidget):
    """Two curves against the time of the stream, in seconds before now; a broken line marks p99 of the mask's age."""

    def __init__(self) -> None:
        super().__init__()
        self._times_s: deque[float] = deque()
        self._mask_ms: deque[float] = deque()
        self._image_ms: deque[float] = deque()
        self.plot = pg.PlotWidget(background=PANEL)
        self.plot.setFixedHeight(HEIGHT)
        self.plot.setMouseEnabled(False, False)
        self.plot.setMenuEnabled(False)
        self.plot.hideButtons()
        self.plot.getViewBox().setXRange(-SPAN_S, 0, padding=0)
        self.plot.setAccessibleName(self.tr("Age of mask and image over the last minute"))
        for side in ("left", "bottom"):
            axis = self.plot.getAxis(side)
            axis.setTextPen(QUIET)
            axis.setPen(QUIET)
        self.mask_curve = self.plot.plot(pen=pg.mkPen(ACCENT, width=2))
        self.image_curve = self.plot.plot(pen=pg.mkPen(WARN, width=2))
        self.limit = pg.InfiniteLine(angle=0, pen=pg.mkPen(ACCENT, width=1, dash=[4, 4]))
        self.plot.addItem(self.limit)
        title = label(colour=QUIET)
        title.setText(self.tr("Age in ms: mask (blue, broken line p99) and image (orange), last minute"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(title)
        layout.addWidget(self.plot)

    def add(self, snapshot: Snapshot) -> None:
        """Take the ages of this moment."""
        self._times_s.append(snapshot.elapsed_s)
        self._mask_ms.append(snapshot.mask_age_now_ms)
        self._image_ms.append(snapshot.image_age_now_ms)
        while self._times_s and not snapshot.elapsed_s - SPAN_S <= self._times_s[0] <= snapshot.elapsed_s:
            self._times_s.popleft()
            self._mask_ms.popleft()
            self._image_ms.popleft()
        before_s = [time_s - snapshot.elapsed_s for time_s in self._times_s]
        self.mask_curve.setData(before_s, list(self._mask_ms))
        self.image_curve.setData(before_s, list(self._image_ms))
        self.limit.setValue(snapshot.mask_age_ms.p99)
        top_ms = max(LEAST_TOP_MS, *self._mask_ms, *self._image_ms)
        self.plot.getViewBox().setYRange(0, top_ms, padding=0.05)

    def clear(self) -> None:
        """Begin anew, with another host."""
        for values in (self._times_s, self._mask_ms, self._image_ms):
            values.clear()
