"""The parameters of one plugin, side by side where there is room."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from gui.parameter_control import ParameterControl, control_of
from gui.theme import GAP
from realtime.plugin import Parameter

COLUMN_PX = 310
MOST_COLUMNS = 3


class Parameters(QWidget):
    """A control for each parameter."""

    given = Signal(str, float)
    """Name and value that the user gave."""

    def __init__(self) -> None:
        super().__init__()
        self._declared: tuple[Parameter, ...] = ()
        self._columns = 0
        self.controls: tuple[ParameterControl, ...] = ()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(2 * GAP)
        self._grid.setVerticalSpacing(GAP // 3)

    def show_values(self, declared: Sequence[Parameter], value_of: Callable[[str], float]) -> None:
        """Show these parameters; the controls stay as long as the same are declared."""
        if tuple(declared) != self._declared:
            self._declared = tuple(declared)
            self._make()
        for control in self.controls:
            control.show_value(value_of(control.parameter.name))

    def _make(self) -> None:
        for control in self.controls:
            control.setParent(None)
            control.deleteLater()
        self.controls = tuple(control_of(parameter) for parameter in self._declared)
        for control in self.controls:
            name = control.parameter.name
            control.given.connect(lambda value, name=name: self.given.emit(name, value))
        self._columns = 0
        self._arrange()

    def _arrange(self) -> None:
        columns = max(1, min(MOST_COLUMNS, self.width() // COLUMN_PX))
        if columns == self._columns:
            return
        self._columns = columns
        rows = -(-len(self.controls) // columns)
        for number, control in enumerate(self.controls):
            self._grid.addWidget(control, number % rows, number // rows)
        for column in range(MOST_COLUMNS):
            self._grid.setColumnStretch(column, int(column < columns))

    def minimumSizeHint(self) -> QSize:
        """One column fits where several did before."""
        hint = super().minimumSizeHint()
        return QSize(min(hint.width(), COLUMN_PX), hint.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()
