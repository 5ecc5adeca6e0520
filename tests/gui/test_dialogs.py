"""Settings, keys, about and the greeting do what they say."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from gui.about_dialog import AboutDialog, used_packages
from gui.help_dialog import HelpDialog
from gui.memory import RESTORE, Memory
from gui.settings_dialog import SettingsDialog
from gui.theme import DARK, GROUND, LIGHT, TEXT, apply_theme, colour, label
from gui.welcome import Welcome
from realtime.demo import demo_clip
from realtime.settings import Settings
from tests.gui.keyboard import activate
from tests.gui.test_window import pick

pytestmark = pytest.mark.usefixtures("themed")


@pytest.fixture(autouse=True)
def _dark_again(qapp):
    yield
    apply_theme(qapp, "dark")


def test_looks_are_changed_and_remembered_at_once(qtbot, tmp_path, qapp):
    memory = Memory(tmp_path)
    dialog = SettingsDialog(memory)
    qtbot.addWidget(dialog)
    dialog.theme_chosen.connect(lambda wish: apply_theme(qapp, wish))
    text = label("words")
    qtbot.addWidget(text)
    for wish, scheme in (("light", LIGHT), ("dark", DARK)):
        pick(dialog.theme, wish)
        assert colour(GROUND).name() == scheme[GROUND]
        assert qapp.palette().window().color().name() == scheme[GROUND]
        assert text.palette().color(text.foregroundRole()).name() == scheme[TEXT]
        assert Memory(tmp_path).preferences.theme == wish


def test_the_system_is_followed_while_it_runs(qapp, monkeypatch):
    hints = qapp.styleHints()
    now = [Qt.ColorScheme.Light]
    monkeypatch.setattr(type(hints), "colorScheme", lambda self: now[0])
    apply_theme(qapp, "system")
    assert colour(GROUND).name() == LIGHT[GROUND]
    now[0] = Qt.ColorScheme.Dark
    hints.colorSchemeChanged.emit(now[0])
    assert colour(GROUND).name() == DARK[GROUND]
    apply_theme(qapp, "light")
    hints.colorSchemeChanged.emit(now[0])
    assert colour(GROUND).name() == LIGHT[GROUND]


def test_what_comes_back_is_chosen_and_everything_forgotten(qtbot, tmp_path):
    memory = Memory(tmp_path)
    dialog = SettingsDialog(memory)
    qtbot.addWidget(dialog)
    pick(dialog.restore, RESTORE[2])
    assert Memory(tmp_path).preferences.restore == RESTORE[2]
    dialog.reset.click()
    assert Memory(tmp_path).preferences.restore == RESTORE[0]
    assert dialog.restore.value == RESTORE[0]
    assert any("Forgotten" in text.text() for text in dialog.findChildren(QLabel))


def test_what_is_forgotten_is_not_offered_any_more(stage, tmp_path, monkeypatch):
    monkeypatch.setattr("realtime.chain.session.config_folder", lambda: tmp_path)
    s = stage(clip=tmp_path / "room.mp4")
    s.wait(s.window.clips.isVisible)
    s.window.menu._memory = s.window._memory = memory = Memory(tmp_path)
    memory.keep(Settings(model=Path("/models/room.onnx")))
    s.window.controls.show_models(memory.preferences.models)
    s.window.clips.playlist.add([tmp_path / "other.mp4"])
    s.window.sessions.save(tmp_path / "evening.toml")
    s.window.sessions.list_recent()
    models = s.window.controls.model
    assert models.findText("room.onnx") > 0
    assert s.window.sessions.recent.actions()
    s.window.menu.show_settings().reset.click()
    s.window.sessions.list_recent()
    assert models.findText("room.onnx") < 0
    assert not s.window.sessions.recent.actions()
    assert [entry.path for entry in s.window.clips.playlist.entries] == [tmp_path / "room.mp4"]


def modal() -> QWidget:
    """The dialog that is open."""
    dialog = QApplication.activeModalWidget()
    assert dialog is not None
    return dialog


def test_the_menu_opens_its_dialogs_by_key(stage, qtbot):
    s = stage()
    s.activate()
    qtbot.keyClick(s.window, Qt.Key.Key_F1)
    s.wait(lambda: isinstance(QApplication.activeModalWidget(), HelpDialog))
    dialog = modal()
    texts = [text.text() for text in dialog.findChildren(QLabel)]
    for key, does in s.window.key_table():
        assert key in texts
        assert does.replace("…", "") in texts
    dialog.close()
    s.activate()
    qtbot.keyClick(s.window, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
    s.wait(lambda: isinstance(QApplication.activeModalWidget(), SettingsDialog))
    modal().close()


def test_about_names_every_package_with_its_licence(qtbot):
    dialog = AboutDialog()
    qtbot.addWidget(dialog)
    packages = dict(used_packages())
    assert any(name.startswith("numpy ") for name in packages)
    assert any(name.lower().startswith("pyside6") for name in packages)
    assert sum(bool(licence) for licence in packages.values()) > 0.7 * len(packages)


CHECKS: list[dict[str, object]] = [
    {"name": "python", "ok": True, "found": "3.11", "cure": ""},
    {"name": "camera", "ok": None, "found": "none <b>", "cure": "plug one in"},
    {"name": "provider cuda", "ok": None, "found": "no card", "cure": "buy one"},
]


def test_the_greeting_says_what_is_missing(qtbot):
    welcome = Welcome()
    qtbot.addWidget(welcome)
    welcome.show()
    welcome.show_checks(CHECKS)
    assert welcome.findings.isVisible()
    assert "plug one in" in welcome.findings.text()
    assert "&lt;b&gt;" in welcome.findings.text()
    assert "python" not in welcome.findings.text()
    assert "cuda" not in welcome.findings.text()
    welcome.show_checks(CHECKS[:1])
    assert not welcome.findings.isVisible()


def test_the_greeting_plays_the_demo(stage):
    s = stage()
    assert not s.window.welcome.isVisible()
    s.window.welcome.show()
    s.window.welcome.demo.click()
    s.settle()
    assert s.host.settings.clip == demo_clip()
    assert not s.window.welcome.isVisible()


@pytest.mark.parametrize("end", ["start", "close"])
def test_the_greeting_goes_with_its_look_when_sound_starts_or_the_window_closes(stage, end):
    s = stage()
    s.window.welcome.greet()
    process = s.window.welcome._process
    assert process is not None
    getattr(s.window, end)()
    assert process.state() == process.ProcessState.NotRunning
    assert not s.window.welcome.isVisible()
    s.settle()


def test_a_greeting_that_is_closed_leaves_nothing_running(qtbot):
    welcome = Welcome()
    qtbot.addWidget(welcome)
    welcome.greet()
    process = welcome._process
    assert process is not None
    welcome.dismiss.click()
    assert process.state() == process.ProcessState.NotRunning
    assert not welcome.isVisible()


def test_the_keyboard_begins_with_what_is_shown_and_comes_to_close_last(qtbot, tmp_path):
    dialog = SettingsDialog(Memory(tmp_path))
    qtbot.addWidget(dialog)
    dialog.show()
    activate(qtbot, dialog)
    stops = []
    for _ in range(4):
        stops.append(dialog.focusWidget())
        qtbot.keyClick(stops[-1], Qt.Key.Key_Tab)
    assert stops == [dialog.theme, dialog.restore, dialog.reset, dialog.close_button]
