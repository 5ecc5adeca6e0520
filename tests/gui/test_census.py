"""The census finds what nobody drives, what has no name, and what Tab does not reach."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QSlider, QVBoxLayout, QWidget

from gui.buttons import button
from tests.gui.census import Census
from tests.gui.keyboard import activate

pytestmark = pytest.mark.usefixtures("themed")


def test_what_is_wrong_with_a_control_is_found(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    column = QVBoxLayout(window)
    good, unreached, hidden = button("Good", "Does good"), button("Unreached", "By keys"), button("Hidden", "Away")
    unreached.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    slider = QSlider()
    off = QPushButton("Off")
    off.setEnabled(False)
    for part in (good, unreached, slider, off, hidden):
        column.addWidget(part)
    hidden.hide()
    window.show()
    activate(qtbot, window)
    census = Census()
    census.look(window)
    census.walk(window)
    census.drove(good)
    assert census.missed == ["QPushButton 'Unreached' of QWidget", "QSlider '' of QWidget"]
    assert census.faults == {
        "QPushButton 'Unreached' of QWidget is not reached by Tab",
        "QSlider '' of QWidget has no accessible name",
        "QSlider '' of QWidget has no tool tip",
    }
