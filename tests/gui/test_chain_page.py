"""What is done on the page of the chain reaches the chain, and what the chain is shows on the page."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractSlider, QFileDialog

from gui.parameter_control import NumberControl, SwitchControl
from gui.rows import BranchRow
from realtime.chain.plan import Branch, Plan, Slot, Split
from realtime.errors import SettingsError
from tests.gui.chain_plans import PLAN, SPATIAL, SPLIT, ids, shown, type_into


def test_the_same_plugin_twice_is_two_slots(playing):
    s = playing(Plan())
    for _ in range(2):
        s.window.chain.add_plugin(s.window.catalogue.find("trim"))
    assert ids(s.chain.plan) == ["spatialiser", "trim", "trim-2"]


def test_bypass_wet_and_gain(playing):
    s = playing()
    row = s.row("limiter")
    row.bypass.click()
    type_into(row.wet, "25")
    type_into(row.gain, "-6.5")
    slot = s.chain.plan.slot("limiter")
    assert (slot.bypassed, slot.wet, slot.gain_db) == (True, 0.25, -6.5)
    row.bypass.click()
    assert not s.chain.plan.slot("limiter").bypassed


def test_a_slot_is_removed_but_not_the_spatialiser(playing):
    s = playing()
    s.row("trim").remove.click()
    assert ids(s.chain.plan) == ["spatialiser", "limiter"]
    assert shown(s) == ["Spatialiser", "Limiter"]
    assert not s.window.chain.rack.slot_row("spatialiser").remove.isEnabled()


def test_parameters_reach_the_plugin(playing, qtbot):
    s = playing()
    gain, invert = s.row("trim").parameters.controls
    assert isinstance(gain, NumberControl)
    assert isinstance(invert, SwitchControl)
    type_into(gain.box, "-9")
    invert.box.click()
    assert (s.chain.plugin("trim").get("gain_db"), s.chain.plugin("trim").get("invert")) == (-9.0, 1.0)
    assert s.window.settings.plan.slot("trim").values == {"gain_db": -9.0, "invert": 1.0}
    qtbot.mouseDClick(gain.fader, Qt.MouseButton.LeftButton)
    assert s.chain.plugin("trim").get("gain_db") == 0.0


def test_what_changes_elsewhere_shows(playing):
    s = playing()
    gain, _ = s.row("trim").parameters.controls
    s.chain.set("trim", "gain_db", -20.0)
    s.wait(lambda: gain.box.text() == "-20.0 dB")
    s.chain.edit(s.chain.plan.change("trim", bypassed=True))
    s.wait(lambda: s.row("trim").bypass.isChecked())


def test_undo_and_redo_by_keys(playing, qtbot):
    s = playing()
    s.activate()
    fader = s.row("trim").parameters.controls[0].fader
    for _ in range(3):
        fader.triggerAction(QAbstractSlider.SliderAction.SliderSingleStepAdd)
    s.row("limiter").remove.click()
    control = Qt.KeyboardModifier.ControlModifier
    qtbot.keyClick(s.window, Qt.Key.Key_Z, control)
    assert ids(s.chain.plan) == ids(PLAN)
    qtbot.keyClick(s.window, Qt.Key.Key_Z, control)
    assert s.chain.plugin("trim").get("gain_db") == 0.0, "the turn of a control is one step"
    assert fader.value() == pytest.approx(1000 * 60 / 84, abs=1)
    assert not s.window.chain.undo.isEnabled()
    qtbot.keyClick(s.window, Qt.Key.Key_Z, control | Qt.KeyboardModifier.ShiftModifier)
    assert s.chain.plugin("trim").get("gain_db") > 2
    s.window.chain.redo.click()
    assert ids(s.chain.plan) == ["trim", "spatialiser"]
    assert not s.window.chain.redo.isEnabled()


def test_a_split_and_its_branches(playing):
    s = playing()
    page = s.window.chain
    page.split.click()
    (split,) = (item for item in s.chain.plan.items if isinstance(item, Split))
    assert split.branches == (Branch("branch"),), "one empty branch is the sound as it comes"
    page.rack.rows["split"].add.click()
    page.add_plugin(s.window.catalogue.find("trim"), "branch-2")
    second = s.chain.plan.part("branch-2")
    assert second == Branch("branch-2", (Slot("trim-2", "trim"),), muted=True)
    rows = page.rack.rows
    assert isinstance(rows["branch-2"], BranchRow)
    assert rows["split"].x() == rows["trim-2"].x()
    rows["branch-2"].mute.click()
    type_into(rows["branch-2"].gain, "-12")
    assert (s.chain.plan.part("branch-2").muted, s.chain.plan.part("branch-2").gain_db) == (False, -12.0)
    rows["branch"].remove.click()
    assert not page.rack.rows["branch-2"].remove.isEnabled()
    rows["split"].remove.click()
    assert s.chain.plan == PLAN
    assert len(page.rack.rows) == 3


def test_a_slot_goes_into_a_branch_and_out_again(playing):
    s = playing(SPLIT)
    row = s.row("trim")
    row.down.click()
    assert ids(s.chain.plan) == ["spatialiser", "both", "dry", "wet", "trim"]
    row.up.click()
    row.up.click()
    assert s.chain.plan.part("dry").slots == (Slot("trim", "trim"),)
    assert s.window.chain.rack.slot_row("trim") is row
    assert row.property("depth") == 2


def test_an_edit_that_cannot_be_played_is_said_and_the_page_shows_what_plays(playing, monkeypatch):
    s = playing(PLAN.add(Split("both", (Branch("dry"),))))

    def refuse(plan, kind=None):
        raise SettingsError("a branch of 'both' is 99 samples late; accepted in a split: up to 9")

    monkeypatch.setattr(s.chain, "edit", refuse)
    s.row("trim").remove.click()
    s.row("limiter").bypass.click()
    mute = s.window.chain.rack.rows["dry"].mute
    mute.click()
    assert "99 samples late" in s.window.notices.text
    assert shown(s) == ["Trim", "Spatialiser", "Limiter", "Split", "Branch 1"]
    assert not mute.isChecked()
    assert not s.row("limiter").bypass.isChecked()


def test_a_plugin_that_cannot_say_its_state_is_told_of_once(playing, monkeypatch):
    s = playing()

    def fail():
        raise SettingsError("Trim fails to save its state")

    monkeypatch.setattr(s.chain.plugin("trim"), "save", fail)
    notices = s.window.notices
    s.wait(lambda: notices.text)
    notices.dismiss.click()
    looks = s.window.chain._looks
    s.wait(lambda: s.window.chain._looks > looks + 11)
    assert not notices.text
    assert s.window.settings.plan == PLAN


def test_latencies_of_slots_and_in_sum(playing):
    s = playing(PLAN)
    s.wait(lambda: s.window.chain.total.text() == "Processing 1.0 ms")
    assert [s.window.chain.rack.slot_row(name).latency.text() for name in ("trim", "spatialiser", "limiter")] == [
        "0 ms",
        "1.0 ms",
        "2.0 ms",
    ]
    s.wait(lambda: "    Limiter: 96 / 2.00 ms" in s.window.instruments.figures.parts.toolTip())
    assert "    Spatialiser: 48 / 1.00 ms" in s.window.instruments.figures.parts.toolTip()
    assert "    Trim" not in s.window.instruments.figures.parts.toolTip()
    s.window.stop()
    assert s.window.chain.rack.slot_row("limiter").latency.text() == ""


def test_what_plugins_measure_is_shown(playing, monkeypatch):
    s = playing(PLAN.add(Slot("meter", "meter")))
    rack = s.window.chain.rack
    assert rack.slot_row("limiter").reading.text() == ""
    assert rack.slot_row("meter").reading.text() == "Peak -120 / -120 dB   RMS -120 / -120 dB"
    monkeypatch.setattr(type(s.chain.plugin("limiter")), "reduction_db", 3.21)
    s.wait(lambda: rack.slot_row("limiter").reading.text() == "-3.2 dB")


def test_what_is_not_there_is_a_placeholder_and_keeps_its_settings(stage):
    lost = Slot("lost", "nobody", {"drive": 0.7, "tone": 0.1}, {"blob": "AAEC"})
    s = stage(plan=Plan().add(lost))
    s.show_chain()
    row = s.window.chain.rack.slot_row("lost")
    assert "its settings are kept (2)" in row.absent.text()
    assert row.absent.isVisible()
    s.start()
    assert row.absent.isVisible()
    assert row.trouble.text() == "there is no plugin 'nobody'; run: earsight plugins"
    assert not row.fold.isEnabled()
    row.up.click()
    assert s.chain.plan.items == (lost, SPATIAL)
    s.window.stop()
    assert s.window.settings.plan.items == (lost, SPATIAL)


def test_another_file_is_read_by_another_plugin_in_the_same_place(playing, monkeypatch, tmp_path):
    s = playing(Plan((Slot("hall", "convolution", {"gain_db": -3.0}), SPATIAL)))
    row = s.row("hall")
    assert row.file.name.text() == "Impulse response: as it comes"
    path = tmp_path / "hall.wav"
    soundfile.write(path, np.eye(1, 64)[0], 48_000)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *args: (str(path), ""))
    row.file.choose.click()
    slot, _ = s.chain.plan.items
    assert (slot.values, slot.state) == ({"gain_db": -3.0}, {"file": str(path)})
    row = s.row(slot.id)
    assert row.file.name.text() == "Impulse response: hall.wav"
    path.unlink()
    row.file.choose.click()
    assert "hall.wav" in s.row(s.chain.plan.items[0].id).trouble.text()
    s.window.chain.undo.click()
    s.window.chain.undo.click()
    assert s.chain.plan.items[0].id == "hall"
