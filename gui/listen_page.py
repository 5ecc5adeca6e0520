"""The page that shows what is heard."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.spectrogram import Spectrograms
from gui.theme import GAP


class ListenPage(QWidget):
    """The spectrograms, with room above them for what else belongs to the sound."""

    def __init__(self) -> None:
        super().__init__()
        self.spectrograms = Spectrograms()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(GAP)
        self.column.addWidget(self.spectrograms, 1)
