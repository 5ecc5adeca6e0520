"""A list to choose one thing from."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QSizePolicy

from gui.client import Choice

HEIGHT_PX = 28


class Selector(QComboBox):
    """A list under a caption. It takes the focus by Tab only, so that Space stays Start after a choice by mouse.

    Parameters
    ----------
    caption
        What is chosen.
    word
        How to call a value that no entry of the list has.
    """

    def __init__(self, caption: str, word: Callable[[str], str] = str) -> None:
        super().__init__()
        self.caption = caption
        self._word = word
        self.setAccessibleName(caption)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMinimumHeight(HEIGHT_PX)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def offer(self, choices: Iterable[Choice], value: str | None) -> None:
        """Replace the list and show `value`, which is added when the list lacks it; "" stands for None."""
        self.clear()
        for choice in choices:
            self.addItem(choice.label, choice.value)
        self.show_value(value)

    def show_value(self, value: str | None) -> None:
        wanted = value or ""
        index = self.findData(wanted)
        if index < 0:
            self.addItem(self._word(wanted), wanted)
            index = self.count() - 1
        self.setCurrentIndex(index)
        self.setToolTip(self.currentText())

    @property
    def value(self) -> str | None:
        return str(self.currentData()) or None

    def wheelEvent(self, event: QWheelEvent) -> None:
        """A turn of the wheel over the list must not restart the sound."""
        event.ignore()
