"""A clip's waveform: shows where it plays and what is selected, and says where the user wants to go."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFontMetricsF,
    QImage,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from gui.deck import Region
from gui.theme import ACCENT, FIELD, GROUND, QUIET, TEXT, colour, font
from gui.times import clock
from gui.wave_image import tinted, wave_alpha
from realtime.overview import Shape

HEIGHT_PX = 60
SEEK_EVERY_MS = 80
"""While dragged: more often than this cannot be followed by ear."""
LEAST_SELECTION_S = 0.05
HEAD_PX = 5
LEAST_MOVE_PX = 0.25
"""The head is drawn anew when it has moved so far; in a long clip that takes a while."""


class Waveform(QWidget):
    """The whole clip from left to right.

    A click or drag seeks, a drag with Shift selects. What was played is drawn in another colour than what is to come.
    """

    seek_wanted = Signal(float)
    """Seconds."""
    selected = Signal(object)
    """Region: a part was selected by mouse, seconds."""

    def __init__(self) -> None:
        super().__init__()
        self._shape = Shape()
        self._duration_s = 0.0
        self._position_s = 0.0
        self._selection: Region | None = None
        self._looping = False
        self._trouble = ""
        self._painted_x = 0.0
        self._hover_x: float | None = None
        self._anchor_s: float | None = None
        self._seeking = False
        self._sought_s = 0.0
        self._since_seek = QElapsedTimer()
        self._images: tuple[QImage, QImage] | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFixedHeight(HEIGHT_PX)
        self.setAccessibleName(self.tr("Waveform of the clip"))
        self.setToolTip(
            self.tr("Click or drag to play from there, drag with Shift to loop a part; Left and Right move by 5 s")
        )

    def sizeHint(self) -> QSize:
        return QSize(600, HEIGHT_PX)

    @property
    def selection(self) -> Region | None:
        """What is selected, seconds."""
        return self._selection

    def show_shape(self, shape: Shape, duration_s: float, trouble: str = "") -> None:
        """Show as much of a clip as was read, and in words why no more of it is."""
        if shape is self._shape and duration_s == self._duration_s and trouble == self._trouble:
            return
        self._shape, self._duration_s, self._trouble = shape, duration_s, trouble
        self._redraw()

    def show_position(self, position_s: float) -> None:
        """What is heard now, seconds."""
        self._position_s = position_s
        left, right = sorted((self._painted_x, self._x(position_s)))
        if right - left >= LEAST_MOVE_PX:
            self.update(QRectF(left - HEAD_PX - 1, 0, right - left + 2 * HEAD_PX + 2, self.height()).toAlignedRect())

    def select(self, selection: Region | None) -> None:
        """Show a part as selected; nothing is emitted."""
        if selection != self._selection:
            self._selection = selection
            self.update()

    def show_looping(self, looping: bool) -> None:
        """Whether what is selected is played again and again."""
        if looping != self._looping:
            self._looping = looping
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._duration_s <= 0:
            super().mousePressEvent(event)
            return
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._anchor_s = self._seconds(event.position().x())
        else:
            self._seeking = True
            self._seek(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover_x = event.position().x()
        if self._anchor_s is not None:
            self._stretch(self._hover_x)
        elif self._seeking:
            self.show_position(self._seconds(self._hover_x))
            if self._since_seek.elapsed() >= SEEK_EVERY_MS:
                self._seek(self._hover_x)
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._anchor_s is not None:
            self._stretch(event.position().x())
            self._anchor_s = None
            if self._selection is not None:
                self.selected.emit(self._selection)
        elif self._seeking:
            self._seeking = False
            if self._seconds(event.position().x()) != self._sought_s:
                self._seek(event.position().x())

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover_x = None
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._redraw()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._redraw()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        whole = QRectF(self.rect())
        ground = QPainterPath()
        ground.addRoundedRect(whole.adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
        painter.fillPath(ground, colour(FIELD))
        painter.setClipPath(ground)
        self._paint_selection(painter, whole)
        self._paint_wave(painter, whole)
        if self._duration_s > 0:
            self._paint_head(painter)
            self._paint_hover(painter, whole)
        if self._trouble and not len(self._shape.low):
            painter.setPen(colour(QUIET))
            painter.setFont(font())
            painter.drawText(whole.adjusted(8, 0, -8, 0), Qt.AlignmentFlag.AlignCenter, self._trouble)
        if self.hasFocus():
            painter.setPen(QPen(colour(ACCENT), 1.0))
            painter.drawPath(ground)
        painter.end()

    def _paint_selection(self, painter: QPainter, whole: QRectF) -> None:
        if self._selection is None:
            return
        left, right = (self._x(end_s) for end_s in self._selection)
        fill = colour(ACCENT)
        fill.setAlphaF(0.28 if self._looping else 0.14)
        painter.fillRect(QRectF(left, 0, right - left, whole.height()), fill)
        painter.setPen(QPen(colour(ACCENT), 1.5 if self._looping else 1.0))
        for x in (left, right):
            painter.drawLine(QPointF(x, 0), QPointF(x, whole.height()))

    def _paint_wave(self, painter: QPainter, whole: QRectF) -> None:
        played, rest = self._images = self._images or self._drawn()
        self._painted_x = head_x = self._x(self._position_s)
        scale = self.devicePixelRatioF()
        for image, left, right in ((played, 0.0, head_x), (rest, head_x, whole.width())):
            area = QRectF(left, 0, right - left, whole.height())
            painter.drawImage(area, image, QRectF(left * scale, 0, (right - left) * scale, image.height()))

    def _paint_head(self, painter: QPainter) -> None:
        x = min(self._x(self._position_s), self.width() - 1.0)  # at the end it is still to be seen
        painter.setPen(QPen(colour(TEXT), 1.5))
        painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(TEXT))
        painter.drawPolygon(QPolygonF([QPointF(x - HEAD_PX, 0), QPointF(x + HEAD_PX, 0), QPointF(x, HEAD_PX + 1)]))

    def _paint_hover(self, painter: QPainter, whole: QRectF) -> None:
        if self._hover_x is None:
            return
        x = min(max(self._hover_x, 0.0), whole.width())
        painter.setPen(QPen(colour(QUIET), 1.0))
        painter.drawLine(QPointF(x, 0), QPointF(x, whole.height()))
        text = clock(self._seconds(x), 1)
        painter.setFont(font(11))
        metrics = QFontMetricsF(painter.font())
        plate = QRectF(x + 6, 4, metrics.horizontalAdvance(text) + 10, metrics.height() + 2)
        if plate.right() > whole.right():
            plate.moveRight(x - 6)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(GROUND))
        painter.drawRoundedRect(plate, 3, 3)
        painter.setPen(colour(TEXT))
        painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)

    def _drawn(self) -> tuple[QImage, QImage]:
        scale = self.devicePixelRatioF()
        width, height = max(1, round(self.width() * scale)), max(1, round(self.height() * scale))
        alpha = wave_alpha(self._shape, self._duration_s, width, height)
        return tinted(alpha, colour(ACCENT)), tinted(alpha, colour(QUIET))

    def _redraw(self) -> None:
        self._images = None
        self.update()

    def _stretch(self, x: float) -> None:
        assert self._anchor_s is not None
        start_s, end_s = sorted((self._anchor_s, self._seconds(x)))
        if end_s - start_s >= LEAST_SELECTION_S:
            self.select((start_s, end_s))

    def _seek(self, x: float) -> None:
        self._sought_s = self._seconds(x)
        self._since_seek.restart()
        self.seek_wanted.emit(self._sought_s)

    def _x(self, seconds: float) -> float:
        return self.width() * min(seconds / self._duration_s, 1.0) if self._duration_s > 0 else 0.0

    def _seconds(self, x: float) -> float:
        return self._duration_s * min(max(x / max(1, self.width()), 0.0), 1.0)
