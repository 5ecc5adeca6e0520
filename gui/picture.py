"""The camera's picture, with where the network believes the sound is as a translucent glow."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QWidget

from gui.theme import FIELD, QUIET

GLOW_RGB = (255, 140, 40)
GLOW_ALPHA = 170
PEAK_FOR_FULL_GLOW = 4.0
"""An attention whose peak is fewer times the even share than this says little, and glows less."""


def glow(attention: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Colours of an attention map.

    Parameters
    ----------
    attention
        (h, w), not negative, sums to at most 1.

    Returns
    -------
    NDArray[np.uint8]
        (h, w, 4) RGBA: transparent where a cell has no more than an even share, opaque towards the peak.
    """
    share = np.nan_to_num(attention) * attention.size
    strength = np.clip((share - 1.0) / (max(float(share.max()), PEAK_FOR_FULL_GLOW) - 1.0), 0.0, 1.0)
    colours = np.empty((*attention.shape, 4), np.uint8)
    colours[..., :3] = GLOW_RGB
    colours[..., 3] = strength * GLOW_ALPHA
    return colours


class Picture(QWidget):
    """Shows the newest image whole, as large as fits."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image: NDArray[np.uint8] | None = None
        self._glow: NDArray[np.uint8] | None = None
        self._attention: NDArray[np.float32] | None = None
        self._glows = True
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
        self._glow = None if attention is None or attention.size == 0 else glow(attention)
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
            painter.fillPath(path, QColor(FIELD))
            painter.setPen(QColor(QUIET))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.tr("No picture"))
        else:
            height, width = self._image.shape[:2]
            area = fitted(width, height, QRectF(self.rect()))
            painter.drawImage(area, QImage(self._image.data, width, height, 3 * width, QImage.Format.Format_RGB888))
            if self._glow is not None and self._glows:
                rows, columns = self._glow.shape[:2]
                cells = QImage(self._glow.data, columns, rows, 4 * columns, QImage.Format.Format_RGBA8888)
                painter.drawImage(area, cells)
        painter.end()


def fitted(width: int, height: int, room: QRectF) -> QRectF:
    """The largest rectangle of the proportions width : height centred in `room`."""
    scale = min(room.width() / width, room.height() / height)
    area = QRectF(0, 0, width * scale, height * scale)
    area.moveCenter(room.center())
    return area
