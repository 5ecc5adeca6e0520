"""The camera's picture, with where the network believes the sound is as a translucent glow and as two pointers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from gui.attention import GLOW_RGB, centre, glow
from gui.theme import FIELD, QUIET, colour

MARK_PX = 9
"""Height of the triangles that point at the sound."""


class Picture(QWidget):
    """Shows the newest image whole, as large as fits."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image: NDArray[np.uint8] | None = None
        self._glow: NDArray[np.uint8] | None = None
        self._attention: NDArray[np.float32] | None = None
        self._glows = True
        self.centre: tuple[float, float] | None = None
        """Of what stands out of the attention, as shares across and down the picture; None where nothing does."""
        self.setAccessibleName(self.tr("Camera picture with the attention of the network"))
        self.setMinimumSize(160, 60)

    def sizeHint(self) -> QSize:
        return QSize(480, 270)

    def show_image(self, image: NDArray[np.uint8] | None, attention: NDArray[np.float32] | None) -> None:
        """Take the newest image, (H, W, 3) RGB, and attention, (h, w); either may be missing."""
        if image is self._image and attention is self._attention:
            return
        self._image = None if image is None else np.ascontiguousarray(image)
        self._attention = attention
        self._glow = self.centre = None
        if image is not None and attention is not None and attention.size > 0:
            self._glow, self.centre = glow(attention), centre(attention)
        self.update()

    def set_glow(self, on: bool) -> None:
        """Show the attention or leave it out."""
        self._glows = on
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        if self._image is None:
            path = QPainterPath()
            path.addRoundedRect(QRectF(self.rect()), 6, 6)
            painter.fillPath(path, colour(FIELD))
            painter.setPen(colour(QUIET))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.tr("No picture"))
        else:
            height, width = self._image.shape[:2]
            area = fitted(width, height, QRectF(self.rect()))
            painter.drawImage(area, QImage(self._image.data, width, height, 3 * width, QImage.Format.Format_RGB888))
            if self._glow is not None and self._glows:
                rows, columns = self._glow.shape[:2]
                cells = QImage(self._glow.data, columns, rows, 4 * columns, QImage.Format.Format_RGBA8888)
                painter.drawImage(area, cells)
                self._paint_pointers(painter, area)
        painter.end()

    def _paint_pointers(self, painter: QPainter, area: QRectF) -> None:
        """A triangle at the upper and at the lower edge, both over the centre of the attention."""
        if self.centre is None:
            return
        across = area.left() + self.centre[0] * area.width()
        painter.setPen(QPen(QColor(0, 0, 0, 160), 1))
        painter.setBrush(QColor(*GLOW_RGB))
        for edge, tip in ((area.top(), area.top() + MARK_PX), (area.bottom(), area.bottom() - MARK_PX)):
            corners = (across - 0.7 * MARK_PX, edge), (across + 0.7 * MARK_PX, edge), (across, tip)
            painter.drawPolygon(QPolygonF([QPointF(*corner) for corner in corners]))


def fitted(width: int, height: int, room: QRectF) -> QRectF:
    """The largest rectangle of the proportions width : height centred in `room`."""
    scale = min(room.width() / width, room.height() / height)
    area = QRectF(0, 0, width * scale, height * scale)
    area.moveCenter(room.center())
    return area
