"""A calm light with words beside it, for as long as the microphone or the camera is open."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from gui.theme import GAP, GOOD, QUIET, colour, label

LIGHT_PX = 8


class OpenDevices(QWidget):
    """Says which of the two are open, and that what they give stays here; not there at all while neither is."""

    def __init__(self) -> None:
        super().__init__()
        self.words = label(colour=QUIET)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, GAP // 2, 0)
        row.setSpacing(GAP // 2)
        row.addWidget(_Light())
        row.addWidget(self.words)
        self.tell(microphone=False, camera=False)

    def tell(self, *, microphone: bool, camera: bool) -> None:
        """Show what is open now."""
        if microphone and camera:
            text = self.tr("Microphone and camera on")
        elif microphone:
            text = self.tr("Microphone on")
        else:
            text = self.tr("Camera on")
        self.words.setText(text)
        self.words.setAccessibleName(text)
        self.setAccessibleName(text)
        self.setToolTip(text + "\n" + self.tr("Sound and picture stay on this machine; Stop closes both"))
        self.setVisible(microphone or camera)


class _Light(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(LIGHT_PX, LIGHT_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(GOOD))
        painter.drawEllipse(QRectF(self.rect()))
        painter.end()
