"""Each control gives the value that was meant by mouse, wheel, keys or typing, and shows one without giving it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from gui.parameter_control import ChoiceControl, NumberControl, SwitchControl, control_of
from realtime.plugin import Parameter
from tests.gui.keyboard import activate

pytestmark = pytest.mark.usefixtures("themed")
GAIN = Parameter("gain_db", "Gain", -60.0, 24.0, -3.0, "dB")
FREQUENCY = Parameter("low_hz", "Low", 20.0, 20_000.0, 80.0, "Hz", "log")


def turn_wheel(widget: QWidget, notches: int) -> None:
    middle = QPointF(widget.rect().center())
    event = QWheelEvent(
        middle,
        QPointF(widget.mapToGlobal(widget.rect().center())),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)


@pytest.fixture
def number(qtbot):
    def make(parameter: Parameter) -> tuple[NumberControl, list[float]]:
        control = NumberControl(parameter)
        qtbot.addWidget(control)
        control.resize(400, 30)
        control.show()
        qtbot.waitExposed(control)
        activate(qtbot, control)
        given: list[float] = []
        control.given.connect(given.append)
        return control, given

    return make


def test_it_shows_without_giving(number):
    control, given = number(GAIN)
    control.show_value(-12.04)
    assert control.box.text() == "-12.0 dB"
    assert control.fader.value() == pytest.approx(571, abs=1)
    assert not given


def test_arrow_keys(number, qtbot):
    control, given = number(GAIN)
    control.fader.setFocus()
    qtbot.keyClick(control.fader, Qt.Key.Key_Right)
    assert given == [pytest.approx(-3 + 0.84, abs=0.1)]
    control.box.setFocus()
    qtbot.keyClick(control.box, Qt.Key.Key_Down)
    assert given[-1] == pytest.approx(-3, abs=0.1)
    assert control.fader.value() == pytest.approx(1000 * 57 / 84, abs=2)


def test_a_step_is_as_far_at_any_pitch(number, qtbot):
    control, given = number(FREQUENCY)
    for start in (100.0, 8000.0):
        control.show_value(start)
        control.box.setFocus()
        qtbot.keyClick(control.box, Qt.Key.Key_Up)
        # A hundredth of the three decades, within the thousandth that a value may lie from its step.
        assert given[-1] / start == pytest.approx(1000**0.01, rel=0.008)


def test_the_wheel_turns_what_has_the_focus_only(number):
    control, given = number(GAIN)
    for part in (control.fader, control.box):
        part.clearFocus()
        turn_wheel(part, 1)
        assert not given
        part.setFocus()
        turn_wheel(part, 1)
        assert given.pop() > -3
        assert not given
        control.show_value(-3.0)


def test_a_number_is_typed(number, qtbot):
    control, given = number(GAIN)
    control.box.setFocus()
    control.box.selectAll()
    qtbot.keyClicks(control.box, "-7.25")
    assert not given, "a number that is not complete yet"
    qtbot.keyClick(control.box, Qt.Key.Key_Return)
    assert given == [-7.25]
    assert not control.box.hasFocus()
    assert control.fader.value() == pytest.approx(1000 * 52.75 / 84, abs=1)


def test_a_number_that_is_being_typed_is_left_alone(number, qtbot):
    control, _ = number(GAIN)
    control.box.setFocus()
    control.box.selectAll()
    qtbot.keyClicks(control.box, "-1")
    control.show_value(-3.0)
    assert control.box.text().startswith("-1")


@pytest.mark.parametrize(
    ("text", "value"), [("99", 24.0), ("-1e9", -1.0), (" 2,5 dB", 2.5), ("loud", -3.0), (".5", 0.5), ("", -3.0)]
)
def test_what_is_typed_is_taken_as_near_as_it_can_be(number, qtbot, text, value):
    control, _ = number(GAIN)
    control.box.setFocus()
    control.box.selectAll()
    qtbot.keyClicks(control.box, text)
    control.fader.setFocus()
    assert control.box.value == value
    assert control.box.text() == f"{value:.1f} dB"


def test_escape_forgets_what_was_typed(number, qtbot):
    control, given = number(GAIN)
    control.box.setFocus()
    qtbot.keyClicks(control.box, "-20")
    qtbot.keyClick(control.box, Qt.Key.Key_Escape)
    assert control.box.text() == "-3.0 dB"
    assert not given


def test_a_double_click_and_delete_reset_to_the_default(number, qtbot):
    control, given = number(GAIN)
    control.show_value(10.0)
    qtbot.mouseDClick(control.fader, Qt.MouseButton.LeftButton)
    assert given[-1] == -3.0
    assert control.box.text() == "-3.0 dB"
    control.show_value(10.0)
    qtbot.keyClick(control.fader, Qt.Key.Key_Delete)
    assert given[-1] == -3.0


def test_a_press_goes_to_where_the_mouse_is(number, qtbot):
    control, given = number(GAIN)
    fader = control.fader
    qtbot.mouseClick(fader, Qt.MouseButton.LeftButton, pos=QPoint(fader.width() // 2, fader.height() // 2))
    assert given[-1] == pytest.approx(-18, abs=1)
    qtbot.mouseClick(fader, Qt.MouseButton.LeftButton, pos=QPoint(fader.width() - 1, fader.height() // 2))
    assert given[-1] == 24.0


def test_a_switch_is_a_box_to_tick(qtbot):
    control = control_of(Parameter("invert", "Invert", 0.0, 1.0, 1.0, scale="switch"))
    qtbot.addWidget(control)
    assert isinstance(control, SwitchControl)
    given: list[float] = []
    control.given.connect(given.append)
    assert control.box.isChecked()
    control.show_value(0.0)
    assert not control.box.isChecked()
    assert not given
    control.box.click()
    assert given == [1.0]


def test_a_choice_is_a_list(qtbot):
    control = control_of(Parameter("kind", "Kind", 0.0, 2.0, 1.0, scale="choice", choices=("Low", "Band", "High")))
    qtbot.addWidget(control)
    assert isinstance(control, ChoiceControl)
    given: list[float] = []
    control.given.connect(given.append)
    assert control.list.currentText() == "Band"
    control.show_value(0.0)
    assert control.list.currentText() == "Low"
    assert not given
    qtbot.keyClick(control.list, Qt.Key.Key_Down)
    assert given == [1.0]
