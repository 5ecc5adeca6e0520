"""The chain outlives its host: stops, other devices, failures, other sessions."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from realtime.chain import session as sessions
from realtime.chain.plan import SPATIALISER, Plan, Slot
from realtime.chain.session import Session, read_session, write_session
from realtime.settings import Settings
from tests.gui.chain_plans import type_into
from tests.gui.test_window import pick

PLAN = Plan().add(Slot("trim", "trim")).add(Slot("limiter", "limiter"))
SHORTER = PLAN.remove("trim")


@pytest.fixture(autouse=True)
def own_folder(monkeypatch, tmp_path):
    monkeypatch.setattr(sessions, "config_folder", lambda: tmp_path / "config")


def turn(s, value: float) -> None:
    """What a user does: type another gain for the trim."""
    type_into(s.row("trim").parameters.controls[0].box, f"{value:g}")


def test_another_device_keeps_what_was_edited(stage):
    s = stage(plan=PLAN)
    s.start()
    s.show_chain()
    turn(s, -9.0)
    s.row("limiter").bypass.click()
    pick(s.window.controls.output, "Headphones")
    s.settle()
    assert len(s.hosts) == 2
    assert s.chain.plugin("trim").get("gain_db") == -9.0
    assert s.chain.plan.slot("limiter").bypassed
    turn(s, -10.0)
    assert s.chain.plugin("trim").get("gain_db") == -10.0, "the page edits the new host's chain"
    assert s.hosts[0].chain.plugin("trim").get("gain_db") == -9.0


def test_a_device_that_fails_keeps_what_was_edited(stage):
    s = stage(plan=PLAN)
    s.start()
    s.show_chain()
    s.row("trim").remove.click()
    pick(s.window.controls.input, "broken")
    s.settle()
    assert s.window.running
    assert s.chain.plan == SHORTER
    assert s.window.settings.input is None


def test_edits_while_stopped_are_played_by_the_next_host(stage, qtbot):
    s = stage(plan=PLAN, input="broken")
    s.show_chain()
    s.window.start()
    s.settle()
    assert not s.window.running
    turn(s, -9.0)
    s.row("limiter").remove.click()
    s.window.chain.undo.click()
    s.row("limiter").bypass.click()
    pick(s.window.controls.input, "")
    s.start()
    assert s.chain.plan == s.window.settings.plan == PLAN.set("trim", "gain_db", -9.0).change("limiter", bypassed=True)


def test_edits_while_a_host_starts_are_played_once_it_has(stage):
    s = stage(plan=PLAN)
    s.show_chain()
    s.slow = True
    s.window.start()
    s.wait(lambda: s.hosts)
    s.row("trim").remove.click()
    assert s.window.busy
    s.host.opens.set()
    s.settle()
    assert s.chain.plan == SHORTER


def test_undo_goes_back_behind_another_host_and_a_stop(stage):
    s = stage(plan=PLAN)
    s.start()
    s.show_chain()
    s.row("trim").bypass.click()
    turn(s, -9.0)
    pick(s.window.controls.output, "Headphones")
    s.settle()
    s.row("limiter").remove.click()
    s.window.stop()
    s.settle()
    s.window.chain.undo.click()
    assert s.window.settings.plan == PLAN.change("trim", bypassed=True).set("trim", "gain_db", -9.0)
    s.start()
    s.window.chain.undo.click()
    assert s.chain.plan == PLAN.change("trim", bypassed=True)
    assert s.chain.plugin("trim").get("gain_db") == 0.0
    s.window.chain.undo.click()
    assert s.chain.plan == PLAN
    assert not s.window.chain.undo.isEnabled()
    for _ in range(3):
        s.window.chain.redo.click()
    assert s.chain.plan == PLAN.change("trim", bypassed=True).set("trim", "gain_db", -9.0).remove("limiter")


def test_at_a_clip_s_end_the_chain_is_edited_as_before(stage, tmp_path):
    s = stage(plan=PLAN, clip=tmp_path / "short.mp4")
    s.start()
    s.show_chain()
    s.host.finished = True
    polls = s.window._polls
    s.wait(lambda: s.window._polls > polls + 5)
    turn(s, -9.0)
    assert s.chain.plugin("trim").get("gain_db") == -9.0
    s.window.chain.undo.click()
    assert s.window.settings.plan == PLAN


def test_a_session_is_saved_and_opened_again(stage, qtbot, monkeypatch, tmp_path):
    path = tmp_path / "evening.toml"
    s = stage(plan=PLAN, mode="overlap")
    s.start()
    s.show_chain()
    turn(s, -9.0)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args: (str(path.with_suffix("")), ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *args: (str(path), ""))
    s.activate()
    qtbot.keyClick(s.window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    saved = read_session(path)
    assert saved.plan == PLAN.set("trim", "gain_db", -9.0)
    assert saved.settings["mode"] == "overlap"
    s.row("trim").remove.click()
    keys = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(s.window, Qt.Key.Key_O, keys)
    assert s.chain.plan == saved.plan
    assert len(s.hosts) == 1, "only the chain is another, so the sound goes on"
    s.window.chain.undo.click()
    assert s.chain.plan == SHORTER


def test_a_session_with_other_settings_starts_another_host(stage, tmp_path):
    path = tmp_path / "other.toml"
    write_session(path, Session.of(SHORTER, Settings(block_size=512, output="Headphones", model=Path("own.onnx"))))
    s = stage(plan=PLAN, camera="1")
    s.start()
    s.window.sessions.list_recent()
    (recent,) = s.window.sessions.recent.actions()
    assert recent.text() == "other.toml"
    recent.trigger()
    s.settle()
    settings = s.host.settings
    assert len(s.hosts) == 2
    assert (settings.block_size, settings.output, settings.camera) == (512, "Headphones", None)
    assert settings.model == Path("own.onnx")
    assert settings.plan == s.chain.plan == s.window.settings.plan == SHORTER
    assert s.window.controls.block_size.value == "512"


def test_a_session_that_is_none_is_said(stage, tmp_path):
    path = tmp_path / "notes.toml"
    path.write_text("version = 1\nchain = 3\n")
    s = stage(plan=PLAN)
    s.window.sessions.open(path)
    assert "notes.toml" in s.window.notices.text
    s.window.notices.dismiss.click()
    s.window.sessions.save(tmp_path / "no" / "folder" / "x.toml")
    assert "x.toml" in s.window.notices.text
    assert s.window.settings.plan == PLAN


def test_a_plan_without_edits_is_the_one_that_was_given(stage):
    s = stage(plan=PLAN)
    assert s.window.settings == Settings(plan=PLAN)
    assert PLAN.slot("spatialiser").plugin == SPATIALISER
