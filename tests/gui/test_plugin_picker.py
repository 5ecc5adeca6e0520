"""Plugins are looked for beside the window, found by typing, and picked by keys."""

from __future__ import annotations

from PySide6.QtCore import Qt

from realtime.chain.plan import Plan
from tests.gui.chain_plans import PLAN, ids, shown


def test_a_plugin_is_found_by_typing_and_added_at_the_end(playing, qtbot):
    s = playing(Plan())
    picker = s.window.chain.pick("")
    qtbot.waitExposed(picker)
    qtbot.keyClicks(picker.search, "ear lim")
    assert [line.text(0) for line in picker.plugins if not line.isHidden()] == ["Limiter"]
    qtbot.keyClick(picker.search, Qt.Key.Key_Return)
    assert ids(s.chain.plan) == ["spatialiser", "limiter"]
    assert s.chain.plugin("limiter") is not None
    assert shown(s) == ["Spatialiser", "Limiter"]


def test_the_arrows_mark_another_plugin_while_typing(playing, qtbot):
    s = playing(Plan())
    picker = s.window.chain.pick("")
    qtbot.keyClick(picker.search, Qt.Key.Key_Down)
    picker.add.click()
    assert ids(s.chain.plan) == ["spatialiser", "limiter"]


def test_a_plugin_that_cannot_be_used_is_listed_with_the_reason_and_not_added(playing, qtbot):
    s = playing(Plan())
    picker = s.window.chain.pick("")
    qtbot.keyClicks(picker.search, "reverb")
    (line,) = (line for line in picker.plugins if not line.isHidden())
    assert line.isDisabled()
    assert line.toolTip(0) == "it crashed"
    assert not picker.add.isEnabled()
    qtbot.keyClick(picker.search, Qt.Key.Key_Return)
    assert ids(s.chain.plan) == ["spatialiser"]


def test_the_window_lives_while_plugins_are_looked_for(stage, qtbot):
    s = stage(plan=PLAN)
    s.may_list.clear()
    s.start()
    s.window.controls.pages.chain.click()
    picker = s.window.chain.pick("")
    assert picker.state.text() == "Looking for plugins…"
    assert not picker.again.isEnabled()
    polls = s.window._polls
    s.wait(lambda: s.window._polls > polls + 3)
    assert s.window.catalogue.looking
    s.may_list.set()
    s.wait(lambda: picker.state.text() == "4 plugins")
    picker.reject()


def test_a_look_that_fails_is_said(stage, monkeypatch):
    s = stage()

    def fail():
        raise OSError("the folder is on fire\nand so on")

    monkeypatch.setattr(s.window.catalogue, "_list", fail)
    s.window.controls.pages.chain.click()
    said = "plugins could not be looked for (the folder is on fire); press + Plugin, then Look again"
    s.wait(lambda: s.window.notices.text == said)
    s.window.catalogue.look()
    assert s.window.catalogue.looking
