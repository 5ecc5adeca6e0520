"""Controls for parameters of any plugin, made from what the plugin declares of them."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QSizePolicy, QWidget

from gui.fader import Fader
from gui.selector import Selector
from gui.theme import GAP, QUIET, label
from gui.value_box import ValueBox
from realtime.plugin import Parameter

LABEL_PX = 124
VALUE_PX = 74


class ParameterControl(QWidget):
    """Shows a parameter; says so when the user gives it another value.

    Parameters
    ----------
    parameter
        What the plugin declares.
    """

    given = Signal(float)

    def __init__(self, parameter: Parameter) -> None:
        super().__init__()
        self.parameter = parameter
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(GAP // 2)

    @property
    def stops(self) -> tuple[QWidget, ...]:
        """What Tab reaches."""
        raise NotImplementedError

    def show_value(self, value: float) -> None:
        """Show it; nothing is emitted."""
        raise NotImplementedError

    def _add_label(self) -> None:
        name = label("", 12, QUIET)
        name.setTextFormat(Qt.TextFormat.PlainText)
        name.setToolTip(self.parameter.label)
        name.setFixedWidth(LABEL_PX)
        name.setText(name.fontMetrics().elidedText(self.parameter.label, Qt.TextElideMode.ElideRight, LABEL_PX))
        self._row.addWidget(name)


class NumberControl(ParameterControl):
    """A slider and the number beside it."""

    def __init__(self, parameter: Parameter) -> None:
        super().__init__(parameter)
        self.fader = Fader(parameter)
        self.box = ValueBox(parameter)
        self.box.setFixedWidth(VALUE_PX)
        self._add_label()
        self._row.addWidget(self.fader, 1)
        self._row.addWidget(self.box)
        for part in (self.fader, self.box):
            part.given.connect(self._give)

    @property
    def stops(self) -> tuple[QWidget, ...]:
        return self.fader, self.box

    def show_value(self, value: float) -> None:
        if not self.fader.isSliderDown():
            self.fader.show_value(value)
        self.box.show_value(value)

    def _give(self, value: float) -> None:
        self.show_value(value)
        self.given.emit(value)


class SwitchControl(ParameterControl):
    """A box to tick."""

    def __init__(self, parameter: Parameter) -> None:
        super().__init__(parameter)
        self.box = QCheckBox(parameter.label)
        self.box.setAccessibleName(parameter.label)
        self.box.setToolTip(self.tr("Click, or press Space: on or off"))
        self.box.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._row.addWidget(self.box, 1)
        self.show_value(parameter.default)
        self.box.clicked.connect(lambda checked: self.given.emit(float(checked)))

    @property
    def stops(self) -> tuple[QWidget, ...]:
        return (self.box,)

    def show_value(self, value: float) -> None:
        self.box.setChecked(value >= 0.5)


class ChoiceControl(ParameterControl):
    """A list to choose from."""

    def __init__(self, parameter: Parameter) -> None:
        super().__init__(parameter)
        self.list = Selector(parameter.label)
        self.list.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.list.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.list.setToolTip(self.tr("Click, or use the arrow keys: choose another"))
        self.list.addItems(parameter.choices)
        self._add_label()
        self._row.addWidget(self.list, 1)
        self.show_value(parameter.default)
        self.list.activated.connect(lambda index: self.given.emit(float(index)))

    @property
    def stops(self) -> tuple[QWidget, ...]:
        return (self.list,)

    def show_value(self, value: float) -> None:
        self.list.setCurrentIndex(round(value))


def control_of(parameter: Parameter) -> ParameterControl:
    """The control that its scale asks for."""
    if parameter.scale == "switch":
        return SwitchControl(parameter)
    if parameter.scale == "choice" and parameter.choices:
        return ChoiceControl(parameter)
    return NumberControl(parameter)
