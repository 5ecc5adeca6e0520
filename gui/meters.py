"""Level meters of microphone, left and right, with a held true peak and a light that stays on after clipping."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QPushButton, QWidget

from gui.theme import BAD, FIELD, GOOD, QUIET, TEXT, WARN, colour, font

BOTTOM_DB = -60.0
FALL_DB_PER_S = 40.0
HOLD_S = 1.5
ZONES = ((-18.0, GOOD), (-6.0, WARN), (0.0, BAD))
"""Upper end of each zone in dB of full scale, and its colour."""

SCALE_DB = (-60, -48, -36, -24, -12, 0)
BAR_SHARE = 0.55
"""Of a row's height."""
LARGEST_ROW_PX = 34
LIGHT_PX = 14


class Meter:
    """Ballistics of one meter: jumps up, falls slowly, holds its peak, and remembers that it clipped."""

    def __init__(self) -> None:
        self.level_db = BOTTOM_DB
        self.peak_db = BOTTOM_DB
        self.clipped = False
        self._peak_time_s = 0.0
        self._time_s = 0.0

    def follow(self, level_db: float, peak_db: float, now_s: float) -> None:
        """Take the level and the true peak at `now_s` (any monotonic clock, seconds), dB of full scale."""
        fallen_db = (now_s - self._time_s) * FALL_DB_PER_S
        self._time_s = now_s
        self.level_db = max(min(level_db, 0.0), self.level_db - fallen_db, BOTTOM_DB)
        self.clipped = self.clipped or peak_db > 0.0
        if peak_db >= self.peak_db:
            self.peak_db, self._peak_time_s = peak_db, now_s
        elif now_s - self._peak_time_s > HOLD_S:
            self.peak_db = max(self.level_db, self.peak_db - fallen_db)


class ClipLight(QPushButton):
    """Lit once the sound has been above full scale; a click puts it out."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName("light")
        self._name = name
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setToolTip(
            self.tr("Red: the true peak went above full scale, so converters clip. Turn it down, then click here.")
        )
        self.show_lit(False)

    def show_lit(self, lit: bool) -> None:
        if self.property("lit") != lit:
            self.setProperty("lit", lit)
            state = self.tr("has clipped; click to reset") if lit else self.tr("has not clipped")
            self.setAccessibleName(f"{self._name}: {state}")
            self.style().polish(self)


class Meters(QWidget):
    """Three bars from -60 to 0 dB of full scale; the figures are the held true peaks, dB of full scale."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.meters = (Meter(), Meter(), Meter())
        self._names = (self.tr("Mic"), self.tr("Left"), self.tr("Right"))
        self._font = font()
        self._line = QFontMetricsF(self._font).height()
        self.lights = tuple(ClipLight(name) for name in self._names)
        for index, light in enumerate(self.lights):
            light.setParent(self)
            light.clicked.connect(lambda _=False, index=index: self._put_out(index))
        self.setAccessibleName(self.tr("Level meters"))
        self.setToolTip(self.tr("Peak level, and at the right the highest true peak of the last moments, in dB"))
        self.setMinimumSize(self.sizeHint())

    def sizeHint(self) -> QSize:
        return QSize(220, math.ceil((self._line + 5) * len(self.meters) + self._line + 2))

    def follow(self, levels_db: tuple[float, float, float], peaks_db: tuple[float, float, float], now_s: float) -> None:
        """Take the levels of mono, left and right and their true peaks since the last call, dB of full scale."""
        for meter, light, level_db, peak_db in zip(self.meters, self.lights, levels_db, peaks_db, strict=True):
            meter.follow(level_db, peak_db, now_s)
            light.show_lit(meter.clipped)
        self.update()

    def rest(self) -> None:
        """Nothing runs: the bars go back to the bottom; lights stay as they are."""
        clipped = [meter.clipped for meter in self.meters]
        self.meters = (Meter(), Meter(), Meter())
        for meter, has_clipped in zip(self.meters, clipped, strict=True):
            meter.clipped = has_clipped
        self.update()

    def _put_out(self, index: int) -> None:
        self.meters[index].clipped = False
        self.lights[index].show_lit(False)

    def _row_px(self) -> float:
        return min((self.height() - self._line - 2) / len(self.meters), LARGEST_ROW_PX)

    def _top(self) -> float:
        """Where the first row begins: rows and scale are centred in what height there is."""
        return (self.height() - self._row_px() * len(self.meters) - self._line - 2) / 2

    def bar(self, row: int) -> QRectF:
        """Where the bar of a row is: 0 microphone, 1 left, 2 right."""
        metrics = QFontMetricsF(self._font)
        left = max(metrics.horizontalAdvance(name) for name in self._names) + 12
        right = self.width() - metrics.horizontalAdvance("-00.0") - LIGHT_PX - 18
        height = self._row_px()
        top = self._top() + row * height + height * (1 - BAR_SHARE) / 2
        return QRectF(left, top, right - left, height * BAR_SHARE)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for row, light in enumerate(self.lights):
            middle = round(self.bar(row).center().y())
            light.setGeometry(self.width() - LIGHT_PX, middle - LIGHT_PX // 2, LIGHT_PX, LIGHT_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self._font)
        for row, (name, meter) in enumerate(zip(self._names, self.meters, strict=True)):
            bar = self.bar(row)
            around = QRectF(0, bar.center().y() - self._line / 2, bar.left(), self._line)
            painter.setPen(colour(QUIET))
            painter.drawText(around, Qt.AlignmentFlag.AlignVCenter, name)
            self._paint_bar(painter, bar, meter)
            painter.setPen(colour(BAD if meter.peak_db > 0.0 else TEXT))
            shown = f"{meter.peak_db:.1f}" if meter.peak_db > BOTTOM_DB else "--"
            around.setLeft(bar.right())
            around.setRight(self.width() - LIGHT_PX - 8)
            painter.drawText(around, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, shown)
        painter.setPen(colour(QUIET))
        bar = self.bar(0)
        scale_top = self._top() + self._row_px() * len(self.meters) + 2
        for mark_db in SCALE_DB:
            centre = bar.left() + bar.width() * _along(mark_db)
            painter.drawText(QRectF(centre - 20, scale_top, 40, self._line), Qt.AlignmentFlag.AlignCenter, str(mark_db))
        painter.end()

    @staticmethod
    def _paint_bar(painter: QPainter, bar: QRectF, meter: Meter) -> None:
        painter.fillRect(bar, colour(FIELD))
        low_db = BOTTOM_DB
        for high_db, role in ZONES:
            reached_db = min(meter.level_db, high_db)
            if reached_db > low_db:
                begin, end = bar.width() * _along(low_db), bar.width() * _along(reached_db)
                painter.fillRect(QRectF(bar.left() + begin, bar.top(), end - begin, bar.height()), colour(role))
            low_db = high_db
        if meter.peak_db > BOTTOM_DB:
            held_db = min(meter.peak_db, 0.0)
            role = next(role for high_db, role in ZONES if held_db <= high_db)
            held = bar.left() + bar.width() * _along(held_db)
            painter.fillRect(QRectF(held - 2, bar.top(), 2, bar.height()), colour(role))


def _along(level_db: float) -> float:
    return 1.0 - level_db / BOTTOM_DB
