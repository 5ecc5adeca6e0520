"""Level meters of microphone, left and right with a held peak."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from gui.theme import BAD, FIELD, GOOD, QUIET, TEXT, WARN

BOTTOM_DB = -60.0
FALL_DB_PER_S = 40.0
HOLD_S = 1.5
ZONES = ((-18.0, GOOD), (-6.0, WARN), (0.0, BAD))
"""Upper end of each zone in dB of full scale, and its colour."""

SCALE_DB = (-60, -48, -36, -24, -18, -12, -6, 0)
BAR_PX = 12
ROW_PX = 20


class Meter:
    """Ballistics of one meter: jumps up, falls slowly, holds its peak."""

    def __init__(self) -> None:
        self.level_db = BOTTOM_DB
        self.peak_db = BOTTOM_DB
        self._peak_time_s = 0.0
        self._time_s = 0.0

    def follow(self, level_db: float, now_s: float) -> None:
        """Take the level measured at `now_s` (any monotonic clock, seconds)."""
        fallen_db = (now_s - self._time_s) * FALL_DB_PER_S
        self._time_s = now_s
        self.level_db = max(min(level_db, 0.0), self.level_db - fallen_db, BOTTOM_DB)
        if self.level_db >= self.peak_db:
            self.peak_db, self._peak_time_s = self.level_db, now_s
        elif now_s - self._peak_time_s > HOLD_S:
            self.peak_db = max(self.level_db, self.peak_db - fallen_db)


class Meters(QWidget):
    """Three bars from -60 to 0 dB of full scale."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.meters = (Meter(), Meter(), Meter())
        self._names = (self.tr("Mic"), self.tr("Left"), self.tr("Right"))
        self._font = QFont(self.font())
        self._font.setPixelSize(12)
        self.setAccessibleName(self.tr("Level meters"))
        self.setMinimumHeight(self.sizeHint().height())

    def sizeHint(self) -> QSize:
        return QSize(300, ROW_PX * len(self.meters) + 16)

    def follow(self, levels_db: tuple[float, float, float], now_s: float) -> None:
        """Take the levels of mono, left and right, dB of full scale."""
        for meter, level_db in zip(self.meters, levels_db, strict=True):
            meter.follow(level_db, now_s)
        self.update()

    def rest(self) -> None:
        """Nothing runs: the bars go back to the bottom."""
        self.meters = (Meter(), Meter(), Meter())
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self._font)
        metrics = QFontMetricsF(self._font)
        left = max(metrics.horizontalAdvance(name) for name in self._names) + 14
        width = self.width() - left - metrics.horizontalAdvance("-00.0") - 10
        for row, (name, meter) in enumerate(zip(self._names, self.meters, strict=True)):
            top = row * ROW_PX
            painter.setPen(QColor(QUIET))
            painter.drawText(QRectF(0, top, left, ROW_PX), Qt.AlignmentFlag.AlignVCenter, name)
            self._paint_bar(painter, QRectF(left, top + (ROW_PX - BAR_PX) / 2, width, BAR_PX), meter)
            painter.setPen(QColor(BAD if meter.peak_db > -0.1 else TEXT))
            shown = f"{meter.peak_db:.1f}" if meter.peak_db > BOTTOM_DB else "--"
            painter.drawText(
                QRectF(left + width, top, self.width() - left - width, ROW_PX),
                Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight,
                shown,
            )
        painter.setPen(QColor(QUIET))
        scale_top = len(self.meters) * ROW_PX
        for mark_db in SCALE_DB:
            centre = left + width * _along(mark_db)
            painter.drawText(QRectF(centre - 20, scale_top, 40, 16), Qt.AlignmentFlag.AlignCenter, str(mark_db))
        painter.end()

    @staticmethod
    def _paint_bar(painter: QPainter, bar: QRectF, meter: Meter) -> None:
        painter.fillRect(bar, QColor(FIELD))
        low_db = BOTTOM_DB
        for high_db, colour in ZONES:
            reached_db = min(meter.level_db, high_db)
            if reached_db > low_db:
                begin, end = bar.width() * _along(low_db), bar.width() * _along(reached_db)
                painter.fillRect(QRectF(bar.left() + begin, bar.top(), end - begin, bar.height()), QColor(colour))
            low_db = high_db
        if meter.peak_db > BOTTOM_DB:
            colour = next(colour for high_db, colour in ZONES if meter.peak_db <= high_db)
            held = bar.left() + bar.width() * _along(meter.peak_db)
            painter.fillRect(QRectF(held - 2, bar.top(), 2, bar.height()), QColor(colour))


def _along(level_db: float) -> float:
    return 1.0 - level_db / BOTTOM_DB
