"""A slider along a parameter's scale."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QSlider, QStyle

from gui.scales import STEPS, step_of, value_at
from realtime.plugin import Parameter

HANDLE_PX = 12
RESET_KEYS = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)


class Fader(QSlider):
    """Shows a value; says so when the user gives another by mouse, wheel or keys.

    Parameters
    ----------
    parameter
        Whose value.
    """

    given = Signal(float)

    def __init__(self, parameter: Parameter) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._parameter = parameter
        self.setAccessibleName(parameter.label)
        self.setToolTip(self.tr("Drag; or click, then wheel or arrow keys. Double-click or Delete: the default."))
        self.setRange(0, STEPS)
        self.setSingleStep(STEPS // 100)
        self.setPageStep(STEPS // 10)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumWidth(60)
        self.show_value(parameter.default)
        self.valueChanged.connect(lambda step: self.given.emit(value_at(parameter, step)))

    def show_value(self, value: float) -> None:
        """Show it; nothing is emitted."""
        step = step_of(self._parameter, value)
        if step != self.value():
            blocked = self.blockSignals(True)
            self.setValue(step)
            self.blockSignals(blocked)

    def reset(self) -> None:
        """Back to the default, which may lie between two steps."""
        self.show_value(self._parameter.default)
        self.given.emit(self._parameter.default)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to where the mouse is, then follow it."""
        if event.button() == Qt.MouseButton.LeftButton:
            at = round(event.position().x()) - HANDLE_PX // 2
            self.setValue(QStyle.sliderValueFromPosition(0, STEPS, at, self.width() - HANDLE_PX))
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.reset()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in RESET_KEYS:
            self.reset()
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel turns what has the focus, and else scrolls the list that this is in."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()
