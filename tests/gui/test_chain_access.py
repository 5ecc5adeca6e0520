"""The page of the chain is reached and used by keys, is read aloud, and fits the window."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QAbstractSlider, QApplication, QComboBox, QLabel, QLineEdit

from gui.value_box import ValueBox
from realtime.chain.plan import Slot
from tests.gui.chain_plans import SPLIT, ids, shown


def test_the_page_is_turned_by_button_and_by_keys(stage, qtbot):
    s = stage()
    assert s.window.listen.spectrograms.isVisible()
    s.window.controls.pages.chain.click()
    assert s.window.chain.isVisible()
    assert not s.window.listen.spectrograms.isVisible()
    assert not s.window.foot.wide.isVisible()
    s.activate()
    qtbot.keyClick(s.window, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    assert s.window.listen.spectrograms.isVisible()
    qtbot.keyClick(s.window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert s.window.chain.isVisible()


def test_a_slot_moves_and_keeps_the_keyboard(playing, qtbot):
    s = playing()
    s.activate()
    row = s.row("trim")
    row.down.setFocus()
    qtbot.keyClick(row.down, Qt.Key.Key_Space)
    assert ids(s.chain.plan) == ["spatialiser", "trim", "limiter"]
    assert shown(s) == ["Spatialiser", "Trim", "Limiter"]
    assert row.down.hasFocus()
    qtbot.keyClick(row.down, Qt.Key.Key_Space)
    assert ids(s.chain.plan) == ["spatialiser", "limiter", "trim"]
    assert not row.down.isEnabled()
    assert row.fold.isChecked()


def test_tab_goes_through_the_rows_as_they_are_seen(playing):
    s = playing()
    row, rack = s.row("trim"), s.window.chain.rack
    row.down.click()
    stops = [s.window.chain.rack.slot_row("spatialiser").bypass]
    while stops[-1] is not rack.slot_row("limiter").fold:
        following = stops[-1].nextInFocusChain()
        while following.focusPolicy() & Qt.FocusPolicy.TabFocus == Qt.FocusPolicy.NoFocus:
            following = following.nextInFocusChain()
        stops.append(following)
        assert len(stops) < 40
    gain, invert = row.parameters.controls
    wanted = [
        row.fold,
        row.bypass,
        row.wet,
        row.gain,
        row.presets,
        row.up,
        row.down,
        row.remove,
        *gain.stops,
        *invert.stops,
    ]
    assert [stop for stop in stops if row.isAncestorOf(stop)] == wanted


def test_every_control_has_a_name_and_takes_no_space_from_start(playing, qtbot):
    s = playing(SPLIT)
    s.row("trim")
    page = s.window.chain
    kinds = (QAbstractButton, QComboBox, QLineEdit, QAbstractSlider)
    found = [control for kind in kinds for control in page.findChildren(kind) if control.isVisible()]
    assert len(found) > 25
    for control in found:
        assert control.accessibleName() or control.objectName().startswith("qt_") or not control.focusPolicy(), control
    assert s.row("trim").wet.accessibleName() == "Dry/wet of Trim"
    assert page.rack.rows["wet"].mute.accessibleName() == "Mute Branch 2"
    for control in page.findChildren(QAbstractButton) + page.findChildren(QComboBox):
        assert not control.focusPolicy() & Qt.FocusPolicy.ClickFocus & ~Qt.FocusPolicy.TabFocus
    fader = s.row("trim").parameters.controls[0].fader
    fader.setFocus()
    qtbot.keyClick(fader, Qt.Key.Key_Space)
    s.wait(lambda: not s.window.running)


@pytest.mark.parametrize(("width", "height"), [(960, 620), (1280, 720), (1440, 900)])
def test_the_page_is_drawn_at_every_size(playing, width, height):
    s = playing(SPLIT.add(Slot("limiter", "limiter")))
    s.window.resize(width, height)
    s.row("trim")
    s.row("limiter")
    QApplication.processEvents()
    assert s.window.width() == width
    page, rack = s.window.chain, s.window.chain.rack
    for row in rack.rows.values():
        left, right = row.mapTo(page, QPoint(0, 0)).x(), row.mapTo(page, QPoint(row.width(), 0)).x()
        assert 0 <= left < right <= page.width()
        stops = [stop for stop in row.stops if stop.isVisible()]
        assert all(stop.geometry().right() < stop.parentWidget().width() for stop in stops)
        assert row.title.width() >= 60
        boxes = [box for box in row.findChildren(ValueBox) if box.isVisible()]
        assert not [box.text() for box in boxes if box.fontMetrics().horizontalAdvance(box.text()) > box.width() - 8]
        texts = [text for text in row.findChildren(QLabel) if text.isVisible()]
        s.wait(lambda texts=texts: all(text.height() >= text.minimumSizeHint().height() for text in texts))
    assert rack.viewport().width() >= rack.widget().width()
