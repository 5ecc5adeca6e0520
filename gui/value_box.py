"""A number of a parameter, to be typed, or turned by wheel and arrow keys along the parameter's scale."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QLineEdit

from gui.scales import STEPS, step_of, unit_of, value_at, written
from realtime.plugin import Parameter

KEY_STEPS = STEPS // 100
PAGE_STEPS = STEPS // 10
NUMBER = re.compile(r"[-+]?\d*[.,]?\d+")
TURNS = {
    Qt.Key.Key_Up: KEY_STEPS,
    Qt.Key.Key_Down: -KEY_STEPS,
    Qt.Key.Key_PageUp: PAGE_STEPS,
    Qt.Key.Key_PageDown: -PAGE_STEPS,
}


class ValueBox(QLineEdit):
    """Shows a value; says so when the user gives another.

    Parameters
    ----------
    parameter
        Whose value.
    caption
        Stands before the number, where there is room for it.
    """

    given = Signal(float)

    def __init__(self, parameter: Parameter, caption: str = "") -> None:
        super().__init__()
        self._parameter = parameter
        self._caption = self._prefix = f"{caption} " if caption else ""
        self._value = parameter.default
        self._entered = False
        self.setObjectName("value")
        self.setAccessibleName(parameter.label)
        self.setToolTip(self.tr("Type a number; or click, then wheel or arrow keys"))
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.editingFinished.connect(self._take)
        # Space is Start again once the number is complete.
        self.returnPressed.connect(self.clearFocus)
        self._write()

    @property
    def value(self) -> float:
        return self._value

    def show_value(self, value: float) -> None:
        """Show it; what is being typed is left alone."""
        if value != self._value:
            self._value = value
            if not self.isModified():
                self._write()

    def show_caption(self, shown: bool) -> None:
        """With the caption, or the number alone."""
        prefix = self._caption if shown else ""
        if prefix != self._prefix:
            self._prefix = prefix
            self._write()

    def turn(self, steps: int) -> None:
        """Move along the scale: an octave is as far at any pitch."""
        self._give(value_at(self._parameter, step_of(self._parameter, self._value) + steps))

    def _write(self) -> None:
        self.setText(f"{self._prefix}{written(self._parameter, self._value)}{unit_of(self._parameter)}")
        self.setCursorPosition(0)

    def _take(self) -> None:
        """What was typed, as near as the range allows; what is no number is forgotten."""
        found = NUMBER.search(self.text()) if self.isModified() else None
        if found is None:
            self._write()
        else:
            typed = float(found.group().replace(",", "."))
            self._give(min(max(typed, self._parameter.low), self._parameter.high))

    def _give(self, value: float) -> None:
        is_new = value != self._value
        self._value = value
        self._write()
        if is_new:
            self.given.emit(value)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = TURNS.get(Qt.Key(event.key()))
        if steps is not None:
            self._take()
            self.turn(steps)
        elif event.key() == Qt.Key.Key_Escape:
            self._write()
            self.clearFocus()
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel turns what has the focus, and else scrolls the list that this is in."""
        if self.hasFocus():
            self.turn(KEY_STEPS * (1 if event.angleDelta().y() > 0 else -1))
        else:
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """What is typed takes the place of all that stands there."""
        super().focusInEvent(event)
        self._entered = True
        self.selectAll()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if self._entered and not self.hasSelectedText():
            self.selectAll()
        self._entered = False
