"""The column beside every page: what the camera sees, where the sound is and how loud, how late, and how that went."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from gui.attention import azimuth_deg
from gui.client import HostClient
from gui.dial import Dial
from gui.figures import Figures
from gui.history import History
from gui.meters import Meters
from gui.panel import panel
from gui.picture import Picture
from gui.theme import GAP
from gui.true_peak import TruePeak
from realtime.stats import Snapshot

SILENCE = 1e-6
HISTORY_FROM_HEIGHT = 680
"""Pixels of the column below which the picture needs the room that the history would take."""


class Instruments(QWidget):
    """Picture, dial, meters, figures, and the history where there is room for it."""

    def __init__(self) -> None:
        super().__init__()
        self.picture = Picture()
        self.dial = Dial()
        self.meters = Meters()
        self.figures = Figures()
        self.history = History()
        self._peaks = TruePeak()
        self._history_panel = panel(self.history)
        self._history_panel.hide()
        heard = QWidget()
        row = QHBoxLayout(heard)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        row.addWidget(self.dial)
        row.addWidget(self.meters, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(panel(self.picture), 1)
        column.addWidget(panel(heard))
        column.addWidget(panel(self.figures))
        column.addWidget(self._history_panel)

    def prepare(self, sample_rate: int) -> None:
        """Another host runs, at this sample rate; what belonged to the one before is forgotten."""
        self._peaks.reset()
        self.dial.prepare(sample_rate)
        self.history.clear()

    def follow(self, host: HostClient, snapshot: Snapshot, end: int, sound: NDArray[np.float32], now_s: float) -> None:
        """Show what moves, thirty times a second.

        Parameters
        ----------
        end
            Stream position just after the last sample.
        sound
            (3, samples), mono, left, right: at least what is new since the last call and 0.1 s.
        now_s
            Any monotonic clock, seconds.
        """
        self.picture.show_image(host.picture(), host.attention())
        seen = self.picture.centre
        self.dial.feed(sound[1:], None if seen is None else azimuth_deg(seen[0]), now_s)
        mono, left, right = (20 * math.log10(max(float(peak), SILENCE)) for peak in self._peaks.push(end, sound))
        self.meters.follow(snapshot.levels_db, (mono, left, right), now_s)

    def show_figures(self, host: HostClient, snapshot: Snapshot, slots: tuple[tuple[str, int], ...]) -> None:
        """Show what is read, a few times a second; `slots` are the chain's names and samples of latency."""
        self.figures.show_snapshot(snapshot, slots)
        self.history.add(
            snapshot.elapsed_s, {quantity.name: host.histogram(quantity.name) for quantity in self.history.quantities}
        )

    def rest(self) -> None:
        """Nothing runs."""
        self.meters.rest()
        self.dial.rest()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show the history where there is room for it."""
        super().resizeEvent(event)
        self._history_panel.setVisible(self.height() >= HISTORY_FROM_HEIGHT)
