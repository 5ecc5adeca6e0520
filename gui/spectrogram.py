"""Scrolling spectrograms of microphone, left and right, and the balance between the ears."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from gui.columns import COLUMNS_PER_S, Columns
from gui.pace import Pace
from gui.theme import FIELD, GROUND, QUIET, TEXT, colour, font

SECONDS = 8
LOW_TOP_HZ = 8_000
HIGH_TOP_HZ = 20_000
SPARE_S = 0.25
"""Asked for beyond the time since the last poll, so that a poll that comes late loses nothing."""

LONGEST_S = 4.0
"""A host keeps a few seconds of sound; a window that was held still for longer than this shows the rest as silence."""

LOUDNESS_STOPS = (
    (3, 4, 12),
    (45, 18, 92),
    (125, 32, 118),
    (200, 62, 78),
    (245, 132, 36),
    (252, 205, 80),
    (255, 252, 220),
)
BALANCE_STOPS = ((96, 190, 255), (30, 92, 150), (14, 17, 22), (150, 88, 20), (255, 176, 76))
"""Blue for the right ear, dark in the middle, orange for the left ear."""

GAP_PX = 6


class Spectrograms(QWidget):
    """Four pictures of the last eight seconds, -100 to -10 dB, moving by stream position.

    Each is an image laid over one channel of the ring, so that drawing copies nothing.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names = (
            self.tr("Microphone"),
            self.tr("Left ear"),
            self.tr("Right ear"),
            self.tr("Balance: orange left, blue right"),
        )
        self.top_hz = LOW_TOP_HZ
        self._font = font()
        metrics = QFontMetricsF(self._font)
        self._left = metrics.horizontalAdvance("00 k") + 6
        self._line = metrics.height()
        self._bottom = self._line + 2
        loudness = colour_table(LOUDNESS_STOPS)
        self._tables = np.stack([loudness, loudness, loudness, colour_table(BALANCE_STOPS)])
        self.setAccessibleName(self.tr("Spectrograms of microphone, left, right and their balance"))
        self.setMinimumSize(320, 200)
        self.prepare(48_000)

    def sizeHint(self) -> QSize:
        return QSize(760, 540)

    def prepare(self, sample_rate: int) -> None:
        """A new stream begins, at this sample rate."""
        self.columns = Columns(sample_rate, self._tables, SECONDS + 1.0, HIGH_TOP_HZ)
        self._pace = Pace(sample_rate)
        self._position = 0.0
        self._polled_s: float | None = None
        width = 2 * self.columns.capacity
        self._images = [
            QImage(channel.data, width, self.columns.rows, 4 * width, QImage.Format.Format_RGB32)
            for channel in self.columns.ring
        ]
        self.update()

    def set_wide(self, on: bool) -> None:
        """Show up to 20 kHz, or up to 8 kHz."""
        self.top_hz = HIGH_TOP_HZ if on else LOW_TOP_HZ
        self.update()

    def samples_wanted(self, now_s: float) -> int:
        """How much of the newest sound `feed` needs at `now_s` to lose nothing since it was last fed."""
        passed_s = LONGEST_S if self._polled_s is None else min(now_s - self._polled_s, LONGEST_S)
        return self.columns.n_fft + self.columns.hop + math.ceil((passed_s + SPARE_S) * self.columns.sample_rate)

    def feed(self, end: int, sound: NDArray[np.float32], now_s: float) -> None:
        """Draw the newest sound.

        Parameters
        ----------
        end
            Stream position just after the last sample.
        sound
            (3, samples), mono, left, right, full scale 1.
        now_s
            The same monotonic clock every time, seconds.
        """
        self._polled_s = now_s
        self.columns.push(end, sound)
        self._position = self._pace.follow(self.columns.next * self.columns.hop, now_s)
        first, last = self.strip(0), self.strip(len(self._names) - 1)
        self.update(first.united(last).toAlignedRect())

    def strip(self, index: int) -> QRectF:
        """Where in the widget a picture is: 0 microphone, 1 left, 2 right, 3 balance."""
        height = (self.height() - self._bottom - GAP_PX * (len(self._names) - 1)) / len(self._names)
        return QRectF(self._left, index * (height + GAP_PX), self.width() - self._left, height)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self._font)
        metrics = QFontMetricsF(self._font)
        columns = self.columns
        count = SECONDS * COLUMNS_PER_S
        rows = columns.visible_rows(self.top_hz)
        source = QRectF(columns.first(self._position / columns.hop, count), columns.rows - rows, count, rows)
        for index, (name, image) in enumerate(zip(self._names, self._images, strict=True)):
            area = self.strip(index)
            painter.fillRect(area, colour(FIELD))
            bare = area.height() * max(0.0, 1.0 - rows * columns.row_hz / self.top_hz)
            painter.drawImage(area.adjusted(0, bare, 0, 0), image, source)
            plate = QRectF(area.left(), area.top(), metrics.horizontalAdvance(name) + 12, metrics.height() + 4)
            painter.fillRect(plate, colour(GROUND))
            painter.setPen(colour(TEXT))
            painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, name)
            if event.rect().left() < self._left:
                self._paint_frequencies(painter, area)
        if event.rect().bottom() > self.height() - self._bottom:
            self._paint_times(painter)
        painter.end()

    def _paint_frequencies(self, painter: QPainter, area: QRectF) -> None:
        painter.setPen(colour(QUIET))
        step_hz = self.top_hz // (4 if area.height() >= 4 * self._line else 2)
        for hz in range(step_hz, self.top_hz, step_hz):
            centre = area.bottom() - area.height() * hz / self.top_hz
            place = QRectF(0, centre - self._bottom / 2, self._left - 6, self._bottom)
            painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{hz // 1000} k")

    def _paint_times(self, painter: QPainter) -> None:
        painter.setPen(colour(QUIET))
        area = self.strip(0)
        for past_s in range(2, SECONDS, 2):
            centre = area.right() - area.width() * past_s / SECONDS
            place = QRectF(centre - 30, self.height() - self._bottom, 60, self._bottom)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, f"-{past_s} s")


def colour_table(stops: tuple[tuple[int, int, int], ...]) -> NDArray[np.uint32]:
    """(256,) pixels 0xffRRGGBB, evenly between the stops (red, green, blue)."""
    places = np.linspace(0, 255, len(stops))
    red, green, blue = (np.interp(np.arange(256), places, part).astype(np.uint32) for part in zip(*stops, strict=True))
    return np.asarray(0xFF000000 | red << 16 | green << 8 | blue, np.uint32)
