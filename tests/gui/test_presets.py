"""Presets from the menu of a slot: saved, loaded in one step of undo, deleted; what is wrong is said."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile
from PySide6.QtWidgets import QInputDialog, QMessageBox

from realtime import presets
from realtime.chain.plan import Plan, Slot
from realtime.presets import Preset, preset_names, read_preset, write_preset
from tests.gui.chain_plans import PLAN, type_into


@pytest.fixture(autouse=True)
def own_folder(monkeypatch, tmp_path):
    monkeypatch.setattr(presets, "data_folder", lambda: tmp_path)


@pytest.fixture
def answers(monkeypatch):
    """What the user types, and whether they agree."""
    given = {"name": "Warm", "typed": True, "agrees": True}
    yes, no = QMessageBox.StandardButton.Yes, QMessageBox.StandardButton.No
    monkeypatch.setattr(QInputDialog, "getText", lambda *args: (given["name"], given["typed"]))
    monkeypatch.setattr(QMessageBox, "question", lambda *args: yes if given["agrees"] else no)
    return given


def offered(row) -> list[str]:
    """Texts of the menu as it opens."""
    row.presets.click()
    row.presets.choices.hide()
    return [action.text() for action in row.presets.choices.actions() if not action.isSeparator()]


def choose(row, text: str) -> None:
    offered(row)
    next(action for action in row.presets.choices.actions() if action.text() == text).trigger()


def test_saved_loaded_and_taken_back(playing, answers):
    s = playing()
    row = s.row("trim")
    type_into(row.parameters.controls[0].box, "-9")
    choose(row, "Save preset…")
    assert read_preset("trim", "Warm") == Preset("trim", {"gain_db": -9.0, "invert": 0.0})
    type_into(row.parameters.controls[0].box, "3")
    row.parameters.controls[1].box.click()
    plugin = s.chain.plugin("trim")
    choose(row, "Warm")
    assert (plugin.get("gain_db"), plugin.get("invert")) == (-9.0, 0.0)
    assert s.chain.plugin("trim") is plugin, "it glides there"
    assert row.parameters.controls[0].box.value == -9.0
    s.window.chain.undo.click()
    assert (plugin.get("gain_db"), plugin.get("invert")) == (3.0, 1.0)


def test_the_menu_offers_the_plugin_s_own(playing, answers):
    write_preset("Loud & clear", Preset("limiter", {"ceiling_db": -1.0}))
    s = playing()
    assert offered(s.row("limiter")) == ["Loud && clear", "Save preset…", "Delete preset"]
    assert offered(s.row("trim")) == ["Save preset…", "Delete preset"]
    assert not s.window.chain.rack.slot_row("spatialiser").presets.isEnabled()
    s.row("limiter").presets.deletions.actions()[0].trigger()
    assert preset_names("limiter") == []
    assert not s.window.notices.text


def test_a_file_is_part_of_a_preset(playing, answers, tmp_path):
    state = {"file": str(tmp_path / "hall.wav")}
    soundfile.write(state["file"], np.eye(1, 64)[0], 48_000)
    s = playing(Plan().add(Slot("hall", "convolution", state=state)))
    choose(s.row("hall"), "Save preset…")
    assert read_preset("convolution", "Warm").state == state


def test_nothing_is_written_over_or_deleted_unless_the_user_agrees(playing, answers):
    write_preset("Warm", Preset("trim", {"gain_db": 1.0}))
    s = playing()
    answers["agrees"] = False
    choose(s.row("trim"), "Save preset…")
    s.row("trim").presets.deletions.actions()[0].trigger()
    assert read_preset("trim", "Warm").values == {"gain_db": 1.0}
    answers["typed"] = False
    answers["name"] = "Other"
    choose(s.row("trim"), "Save preset…")
    assert preset_names("trim") == ["Warm"]


def test_without_a_host_they_work_as_well(stage, answers):
    write_preset("Quiet", Preset("trim", {"gain_db": -30.0}))
    s = stage(plan=PLAN)
    s.show_chain()
    choose(s.row("trim"), "Quiet")
    assert s.window.settings.plan.slot("trim").values == {"gain_db": -30.0}
    choose(s.row("limiter"), "Save preset…")
    assert set(read_preset("limiter", "Warm").values) == {"ceiling_db", "release_ms"}


def test_what_is_wrong_is_said_and_changes_nothing_else(playing, answers):
    write_preset("Old", Preset("trim", {"gain_db": -5.0, "colour": 2.0}))
    write_preset("Mad", Preset("trim", {"gain_db": 500.0}))
    s = playing()
    choose(s.row("trim"), "Mad")
    assert "gain_db 500 is out of range" in s.window.notices.text
    s.window.notices.dismiss.click()
    assert s.chain.plan == PLAN
    choose(s.row("trim"), "Old")
    assert s.window.notices.text == "Trim has no colour; the rest of the preset Old was loaded"
    assert s.chain.plan.slot("trim").values == {"gain_db": -5.0}
    s.window.notices.dismiss.click()
    answers["name"] = "x" * 70
    choose(s.row("trim"), "Save preset…")
    assert "is no name for a preset" in s.window.notices.text
