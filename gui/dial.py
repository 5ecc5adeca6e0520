"""Where it is: a head seen from above, and around it where the sound seems to come from now and a moment ago."""

from __future__ import annotations

import math
from collections import deque

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from gui.attention import GLOW_RGB
from gui.direction import Direction, Locator, side
from gui.theme import ACCENT, FIELD, GOOD, LINE, PANEL, QUIET, TEXT, colour, font

TRAIL_S = 1.5
FADE_S = 0.6
"""After which the needle has gone, once it is silent."""
LEAST_RADIUS, RADIUS = 42, 62
HEAD_SHARE = 0.17
"""Radius of the head over that of the arc."""
MARGIN = 12.0
"""Around the arc, for what points at it from outside."""
BENEATH = 14.0
"""The lower half of the head, between the arc and the words."""
TICKS_DEG = range(-90, 91, 30)


class Dial(QWidget):
    """A needle to where the sound seems to be, as wide as that is uncertain.

    Outside the arc a dot stands where the time between the ears says it is, another where their levels say so, and a
    triangle where the network sees it.
    """

    def __init__(self) -> None:
        super().__init__()
        self._locator = Locator(48_000)
        self._trail: deque[tuple[float, float]] = deque()
        self._now_s = 0.0
        self._heard_s = -FADE_S
        self._caption = font(14, bold=True)
        self._small = font(11)
        self.direction: Direction | None = None
        """What is heard now; None in silence."""
        self.seen_deg: float | None = None
        """Where the network sees it, if it sees it."""
        self._last: Direction | None = None
        self.setAccessibleName(self.tr("Where the sound is"))
        self.setToolTip(
            self.tr(
                "From above: where the sound you hear seems to be.\n"
                "Blue dot: by the time between the ears. Green dot: by their levels. Orange: where the network sees it."
            )
        )
        self.setMinimumSize(self._size(LEAST_RADIUS))

    def sizeHint(self) -> QSize:
        return self._size(RADIUS)

    def _size(self, radius: int) -> QSize:
        text_px = QFontMetricsF(self._caption).height() + QFontMetricsF(self._small).height()
        return QSize(176, math.ceil(radius + MARGIN + BENEATH + text_px))

    def prepare(self, sample_rate: int) -> None:
        """A new stream begins, at this sample rate."""
        self._locator = Locator(sample_rate)
        self.rest()

    def rest(self) -> None:
        """Nothing runs."""
        self._locator.reset()
        self._trail.clear()
        self.direction = self._last = self.seen_deg = None
        self.update()

    def feed(self, ears: NDArray[np.float32], seen_deg: float | None, now_s: float) -> None:
        """Take the newest sound.

        Parameters
        ----------
        ears
            (2, samples) left and right, full scale 1; the newest 0.1 s are looked at.
        seen_deg
            Where the network sees it, positive to the left.
        now_s
            Any monotonic clock, seconds.
        """
        self._now_s, self.seen_deg = now_s, seen_deg
        self.direction = self._locator.follow(ears[:, -self._locator.samples :], now_s)
        if self.direction is not None:
            self._last, self._heard_s = self.direction, now_s
            self._trail.append((now_s, self.direction.azimuth_deg))
        while self._trail and now_s - self._trail[0][0] > TRAIL_S:
            self._trail.popleft()
        self.setAccessibleDescription(self.words)
        self.update()

    @property
    def words(self) -> str:
        """What the needle says."""
        if self.direction is None:
            return self.tr("silent") if self._last is not None else ""
        return side(self.direction.azimuth_deg, self.tr("left"), self.tr("right"), self.tr("in front"))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        text_px = QFontMetricsF(self._caption).height() + QFontMetricsF(self._small).height()
        radius = max(min(self.width() / 2 - MARGIN, self.height() - text_px - MARGIN - BENEATH), 20.0)
        spare = max(self.height() - text_px - radius - MARGIN - BENEATH, 0.0)
        centre = QPointF(self.width() / 2, spare / 2 + MARGIN + radius)
        self._paint_scale(painter, centre, radius)
        self._paint_trail(painter, centre, radius)
        self._paint_needle(painter, centre, radius)
        self._paint_head(painter, centre, radius * HEAD_SHARE)
        self._paint_words(painter, centre.y() + BENEATH)
        painter.end()

    def _paint_scale(self, painter: QPainter, centre: QPointF, radius: float) -> None:
        circle = _square(centre, radius)
        path = QPainterPath(centre)
        path.arcTo(circle, 0, 180)
        painter.fillPath(path, colour(FIELD))
        painter.setPen(QPen(colour(LINE), 1.5))
        painter.drawArc(circle, 0, 180 * 16)
        for azimuth_deg in TICKS_DEG:
            painter.drawLine(_at(centre, 0.92 * radius, azimuth_deg), _at(centre, radius, azimuth_deg))

    def _paint_trail(self, painter: QPainter, centre: QPointF, radius: float) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        for time_s, azimuth_deg in self._trail:
            age = (self._now_s - time_s) / TRAIL_S
            painter.setBrush(_faded(colour(ACCENT), 0.45 * (1 - age)))
            painter.drawEllipse(_at(centre, 0.92 * radius * (1 - 0.5 * age), azimuth_deg), 2.2, 2.2)

    def _paint_needle(self, painter: QPainter, centre: QPointF, radius: float) -> None:
        strength = 1 - (self._now_s - self._heard_s) / FADE_S
        if self._last is not None and strength > 0:
            found = self._last
            wedge = QPainterPath(centre)
            half_deg = max(found.spread_deg, 2.0)
            wedge.arcTo(_square(centre, radius), 90 + found.azimuth_deg - half_deg, 2 * half_deg)
            painter.fillPath(wedge, _faded(colour(ACCENT), 0.28 * strength))
            painter.setPen(QPen(_faded(colour(ACCENT), strength), 3, c=Qt.PenCapStyle.RoundCap))
            painter.drawLine(centre, _at(centre, 0.96 * radius, found.azimuth_deg))
            painter.setPen(Qt.PenStyle.NoPen)
            for role, azimuth_deg in ((ACCENT, found.time_deg), (GOOD, found.level_deg)):
                painter.setBrush(_faded(colour(role), strength))
                painter.drawEllipse(_at(centre, radius + 5, azimuth_deg), 3.2, 3.2)
        if self.seen_deg is not None:
            painter.setPen(QPen(colour(PANEL), 1))
            painter.setBrush(QColor(*GLOW_RGB))
            tip = _at(centre, radius + 1, self.seen_deg)
            base = (_at(centre, radius + 10, self.seen_deg + turn) for turn in (-4.5, 4.5))
            painter.drawPolygon(QPolygonF([tip, *base]))

    @staticmethod
    def _paint_head(painter: QPainter, centre: QPointF, radius: float) -> None:
        """Circle, nose and ears; painted over the needle, which begins in its middle."""
        painter.setPen(QPen(colour(QUIET), 1.5))
        painter.setBrush(colour(PANEL))
        for ear in (-1, 1):
            painter.drawEllipse(QPointF(centre.x() + ear * radius, centre.y()), 0.22 * radius, 0.38 * radius)
        nose = (_at(centre, 1.35 * radius, 0), _at(centre, 0.95 * radius, 16), _at(centre, 0.95 * radius, -16))
        painter.drawPolygon(QPolygonF(nose))
        painter.drawEllipse(centre, radius, radius)

    def _paint_words(self, painter: QPainter, top: float) -> None:
        found = self.direction
        height = QFontMetricsF(self._caption).height()
        painter.setFont(self._caption)
        painter.setPen(colour(TEXT if found else QUIET))
        painter.drawText(QRectF(0, top, self.width(), height), Qt.AlignmentFlag.AlignCenter, self.words or "--")
        if found is None:
            return
        painter.setFont(self._small)
        metrics = QFontMetricsF(self._small)
        parts = (
            (ACCENT, self.tr("time {0}").format(self._signed(found.time_deg))),
            (GOOD, self.tr("level {0}").format(self._signed(found.level_deg))),
        )
        left = (self.width() - sum(metrics.horizontalAdvance(text) + 24 for _, text in parts)) / 2 + 4
        for role, text in parts:
            middle = top + height + metrics.height() / 2
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour(role))
            painter.drawEllipse(QPointF(left + 4, middle), 3.2, 3.2)
            painter.setPen(colour(QUIET))
            width = metrics.horizontalAdvance(text)
            place = QRectF(left + 12, middle - metrics.height() / 2, width + 2, metrics.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, text)
            left += width + 24

    def _signed(self, azimuth_deg: float) -> str:
        """To one side or the other, in few letters."""
        shown = round(abs(azimuth_deg))
        if shown == 0:
            return "0°"
        return (self.tr("{0}° L") if azimuth_deg > 0 else self.tr("{0}° R")).format(shown)


def _square(centre: QPointF, radius: float) -> QRectF:
    return QRectF(centre.x() - radius, centre.y() - radius, 2 * radius, 2 * radius)


def _at(centre: QPointF, radius: float, azimuth_deg: float) -> QPointF:
    """So far from the centre, in a direction: 0 up, positive to the left."""
    angle = math.radians(azimuth_deg)
    return QPointF(centre.x() - radius * math.sin(angle), centre.y() - radius * math.cos(angle))


def _faded(role_colour: QColor, strength: float) -> QColor:
    role_colour.setAlphaF(min(max(strength, 0.0), 1.0))
    return role_colour
