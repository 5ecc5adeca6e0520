"""Buttons of a transport: their signs are drawn, because no font has them everywhere."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPalette, QPolygonF
from PySide6.QtWidgets import QPushButton

from gui.buttons import button

PLAY, PAUSE, PREVIOUS, NEXT = range(4)
SIZE_PX = 12
WIDTH_PX = 38


class GlyphButton(QPushButton):
    """A button with a sign instead of words.

    Parameters
    ----------
    glyph
        PLAY, PAUSE, PREVIOUS or NEXT.
    """

    def __init__(self, glyph: int, tip: str, name: str) -> None:
        super().__init__()
        self._glyph = glyph
        self.setFixedWidth(WIDTH_PX)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.show_glyph(glyph, tip, name)

    def sizeHint(self) -> QSize:
        return QSize(WIDTH_PX, button("X", "").sizeHint().height())

    def show_glyph(self, glyph: int, tip: str, name: str) -> None:
        """Show a sign and say what it means now."""
        self._glyph = glyph
        self.setToolTip(tip)
        self.setAccessibleName(name)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        group = QPalette.ColorGroup.Normal if self.isEnabled() else QPalette.ColorGroup.Disabled
        painter.translate(QRectF(self.rect()).center() - QPointF(SIZE_PX / 2, SIZE_PX / 2))
        painter.fillPath(_outline(self._glyph), self.palette().color(group, QPalette.ColorRole.ButtonText))
        painter.end()


def _outline(glyph: int) -> QPainterPath:
    """In a square of SIZE_PX."""
    path = QPainterPath()
    size, bar = float(SIZE_PX), SIZE_PX / 4
    if glyph == PLAY:
        path.addPolygon(QPolygonF([QPointF(1, 0), QPointF(size, size / 2), QPointF(1, size), QPointF(1, 0)]))
    elif glyph == PAUSE:
        path.addRect(QRectF(1, 0, bar, size))
        path.addRect(QRectF(size - 1 - bar, 0, bar, size))
    else:
        right = glyph == NEXT
        tip, back = (size - bar, 0.0) if right else (bar, size)
        path.addPolygon(QPolygonF([QPointF(back, 0), QPointF(tip, size / 2), QPointF(back, size), QPointF(back, 0)]))
        path.addRect(QRectF(size - bar if right else 0.0, 0, bar - 1, size))
    return path
