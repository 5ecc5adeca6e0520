"""Every control does what it says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QImage
from PySide6.QtWidgets import QAbstractButton, QComboBox, QFileDialog, QLabel

from gui.selector import Selector


def pixels(image: QImage) -> np.ndarray:
    """(height, width, 3) of what a widget drew."""
    image = image.convertToFormat(QImage.Format.Format_RGBX8888)
    flat = np.frombuffer(image.constBits(), np.uint8)
    return flat.reshape(image.height(), image.bytesPerLine() // 4, 4)[:, : image.width(), :3].copy()


def pick(selector: Selector, value: str) -> None:
    """What a user does: choose an entry of the list."""
    index = selector.findData(value)
    assert index >= 0
    selector.setCurrentIndex(index)
    selector.activated.emit(index)


def test_start_and_stop_by_button(stage, qtbot):
    s = stage()
    controls = s.window.controls
    assert controls.start.text() == "Start"
    qtbot.mouseClick(controls.start, Qt.MouseButton.LeftButton)
    s.wait(lambda: s.window.running)
    assert controls.start.text() == "Stop"
    s.wait(lambda: "Running" in s.window.foot.status.text())
    qtbot.mouseClick(controls.start, Qt.MouseButton.LeftButton)
    s.settle()
    assert s.host.calls == ["start", "stop"]
    assert controls.start.text() == "Start"
    assert s.window.foot.status.text() == "Stopped"


def test_space_starts_and_stops(stage, qtbot):
    s = stage()
    qtbot.keyClick(s.window, Qt.Key.Key_Space)
    s.wait(lambda: s.window.running)
    qtbot.keyClick(s.window, Qt.Key.Key_Space)
    s.settle()
    assert not s.window.running


def test_space_is_still_start_after_a_choice_by_mouse(stage, qtbot):
    s = stage()
    for button in s.window.findChildren(QAbstractButton) + s.window.findChildren(QComboBox):
        assert not button.focusPolicy() & Qt.FocusPolicy.ClickFocus & ~Qt.FocusPolicy.TabFocus


def test_window_stays_alive_while_a_host_loads(stage, qtbot):
    s = stage()
    s.slow = True
    s.window.start()
    s.wait(lambda: s.hosts)
    assert not s.window.controls.start.isEnabled()
    assert s.window.controls.start.text() == "Starting…"
    s.window.foot.wide.click()
    assert s.window.listen.spectrograms.top_hz == 20_000
    assert s.window.busy
    s.host.opens.set()
    s.settle()
    assert s.window.running


@pytest.mark.parametrize(
    ("selector", "value", "field", "expected"),
    [
        ("input", "USB interface", "input", "USB interface"),
        ("output", "Headphones", "output", "Headphones"),
        ("camera", "1", "camera", "1"),
        ("mode", "overlap", "mode", "overlap"),
        ("block_size", "512", "block_size", 512),
        ("sample_rate", "44100", "sample_rate", 44_100),
    ],
)
def test_a_choice_restarts_a_running_host(stage, selector, value, field, expected):
    s = stage()
    s.start()
    first = s.host
    pick(getattr(s.window.controls, selector), value)
    s.settle()
    assert first.calls == ["start", "silent", "stop"]
    assert len(s.hosts) == 2
    assert s.window.running
    assert getattr(s.host.settings, field) == expected
    assert getattr(s.window.settings, field) == expected


def test_a_choice_while_stopped_starts_nothing(stage):
    s = stage()
    pick(s.window.controls.mode, "overlap")
    assert not s.hosts
    assert s.window.settings.mode == "overlap"
    s.start()
    assert s.host.settings.mode == "overlap"


def test_system_default_and_no_camera_can_be_chosen_again(stage):
    s = stage(input="USB interface", camera="1")
    pick(s.window.controls.input, "")
    pick(s.window.controls.camera, "")
    assert s.window.settings.input is None
    assert s.window.settings.camera is None


def test_a_value_outside_the_lists_is_shown_and_kept(stage):
    s = stage(input="Some other", camera="http://localhost/x.mjpg", block_size=480, sample_rate=32_000)
    controls = s.window.controls
    assert controls.input.currentText() == "Some other (not there)"
    assert controls.camera.currentText() == "http://localhost/x.mjpg"
    assert controls.block_size.currentText() == "480 samples"
    assert controls.sample_rate.currentText() == "32 kHz"
    pick(controls.mode, "overlap")
    assert s.window.settings.block_size == 480
    assert s.window.settings.input == "Some other"


def test_the_newest_of_several_choices_counts(stage):
    s = stage()
    s.slow = True
    s.window.start()
    for size in ("256", "512", "1024"):
        pick(s.window.controls.block_size, size)
    s.slow = False
    s.wait(lambda: s.hosts)
    s.hosts[0].opens.set()
    s.wait(lambda: s.window.running and s.host.settings.block_size == 1024)
    assert [host.settings.block_size for host in s.hosts] == [128, 1024]
    assert s.hosts[0].calls == ["stop"], "what nobody waits for any more is not even begun"


def test_a_device_that_fails_is_said_once_and_the_last_settings_come_back(stage, qtbot):
    s = stage()
    s.start()
    pick(s.window.controls.input, "broken")
    s.settle()
    notices = s.window.notices
    assert notices.isVisible()
    assert notices.text == "no input device matches 'broken'; run: earsight devices"
    assert [host.settings.input for host in s.hosts] == [None, "broken", None]
    assert s.window.running
    assert s.window.settings.input is None
    assert s.window.controls.input.value is None
    qtbot.mouseClick(notices.dismiss, Qt.MouseButton.LeftButton)
    assert not notices.isVisible()


def test_a_first_start_that_fails_leaves_it_stopped(stage):
    s = stage(input="broken")
    s.window.start()
    s.settle()
    assert not s.window.running
    assert s.window.controls.start.text() == "Start"
    assert "broken" in s.window.notices.text
    assert s.host.calls == ["start"]


def test_open_clip_and_back_to_live(stage, qtbot, monkeypatch, tmp_path):
    s = stage()
    s.start()
    clip = tmp_path / "room.mp4"
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *args: ([str(clip)], ""))
    s.activate()
    qtbot.keyClick(s.window, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
    s.settle()
    assert s.host.settings.clip == clip
    controls = s.window.controls
    assert "room.mp4" in controls.source.text()
    assert not controls.input.isEnabled()
    assert not controls.camera.isEnabled()
    qtbot.mouseClick(controls.live, Qt.MouseButton.LeftButton)
    s.settle()
    assert s.host.settings.clip is None
    assert controls.input.isEnabled()
    assert controls.source.text() == "Live"


def test_a_cancelled_dialog_changes_nothing(stage, qtbot, monkeypatch):
    s = stage()
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *args: ([], ""))
    qtbot.mouseClick(s.window.controls.open, Qt.MouseButton.LeftButton)
    assert s.window.settings.clip is None
    assert not s.hosts


def test_a_clip_without_sound_leaves_live(stage, tmp_path):
    s = stage()
    s.start()
    s.window.open_clip(tmp_path / "notes.txt")
    s.settle()
    assert "notes.txt" in s.window.notices.text
    assert s.window.settings.clip is None
    assert s.window.running
    assert s.hosts[0].calls == ["start"], "the sound goes on as if nothing had been asked for"


def test_a_dropped_file_plays(stage, tmp_path):
    s = stage()
    clip = tmp_path / "dropped.mkv"
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(clip))])
    event = QDropEvent(
        QPointF(50, 50),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    s.window.dropEvent(event)
    s.settle()
    assert s.host.settings.clip == clip


def test_a_clip_at_its_end_stays_and_a_recording_of_it_ends(stage, tmp_path):
    s = stage(clip=tmp_path / "short.mp4")
    s.start()
    s.host.player.seek(s.host.player.duration_s)
    s.host.finished = True
    s.wait(lambda: s.window.clips.transport.position.text() == "1:00")
    assert s.window.running
    assert s.host.calls[0] == "start" and "stop" not in s.host.calls
    recorded = stage(clip=tmp_path / "short.mp4", record=tmp_path / "short.wav")
    recorded.start()
    recorded.host.finished = True
    recorded.wait(lambda: "stop" in recorded.host.calls)
    recorded.settle()
    assert recorded.window.controls.start.text() == "Start"


def test_a_host_that_replaces_another_records_under_a_name_of_its_own(stage, tmp_path):
    record = tmp_path / "room.wav"
    s = stage(record=record)
    s.start()
    (tmp_path / "room-2.wav").touch()
    pick(s.window.controls.mode, "overlap")
    s.settle()
    assert [host.settings.record for host in s.hosts] == [record, tmp_path / "room-3.wav"]
    assert s.window.settings.record == record


def test_a_click_on_a_counter_resets_all(stage, qtbot):
    s = stage()
    s.start()
    figures = s.window.instruments.figures
    s.wait(lambda: figures.xruns.value.text() == "3")
    qtbot.mouseClick(figures.late_inferences, Qt.MouseButton.LeftButton)
    assert "reset_counters" in s.host.calls
    assert [counter.value.text() for counter in figures.counters] == ["0", "0", "0"]


def test_figures(stage):
    s = stage()
    s.start()
    figures = s.window.instruments.figures
    s.wait(lambda: figures.round_trip.text() == "6.3 ms")
    assert "in 2.7" in figures.parts.text()
    assert "128" in figures.parts.toolTip()
    assert "304 samples at 48000 Hz" in figures.parts.toolTip()
    assert figures.mask_age.value.text() == "14 / 31 ms"
    assert figures.image_age.value.text() == "48 ms"
    assert figures.callback.value.text() == "1.3 %"
    assert figures.provider.value.text() == "CPU"
    assert figures.late_inferences.value.text() == "2"


def test_each_notice_of_the_host_is_shown_once(stage):
    s = stage()
    s.start()
    notices = s.window.notices
    s.host.notices = ("the camera stopped; check its cable", "the recording is full; free some space")
    s.wait(lambda: notices.text.startswith("the camera"))
    notices.dismiss.click()
    assert notices.text.startswith("the recording")
    notices.dismiss.click()
    shown = s.window.instruments.figures.rate.value.text()
    s.wait(lambda: s.window.instruments.figures.rate.value.text() != shown)
    assert not notices.isVisible()


def test_close_stops_the_host(stage):
    s = stage()
    s.start()
    s.window.close()
    assert s.host.calls == ["start", "stop"]


def test_close_while_a_host_loads_stops_it(stage):
    s = stage()
    s.slow = True
    s.window.start()
    s.wait(lambda: s.hosts and s.host.calls)
    s.host.opens.set()
    s.window.close()
    assert s.host.calls == ["start", "stop"]


def test_ctrl_q_closes(stage, qtbot):
    s = stage()
    s.activate()
    assert s.window.isVisible()
    qtbot.keyClick(s.window, Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
    s.wait(lambda: not s.window.isVisible())
    assert not s.window.isVisible()


def test_every_control_has_an_accessible_name(stage):
    s = stage()
    found = s.window.findChildren(QAbstractButton) + s.window.findChildren(QComboBox)
    assert len(found) >= 12
    for control in found:
        assert control.accessibleName(), control


@pytest.mark.parametrize(("width", "height"), [(960, 620), (1280, 720), (1440, 900), (1920, 1200)])
def test_the_window_is_drawn_at_every_size(stage, tmp_path, width, height):
    s = stage(camera="0")
    s.window.resize(width, height)
    s.start()
    s.window.notices.say("the camera stopped; check its cable")
    s.wait(
        lambda: (
            s.window.listen.spectrograms.columns.next > 20 and s.window.instruments.figures.round_trip.text() != "--"
        )
    )
    shot = tmp_path / "window.png"
    assert s.window.grab().save(str(shot))
    picture = pixels(QImage(str(shot)))
    assert picture.shape == (height, width, 3)
    for part in (
        s.window.listen.spectrograms,
        s.window.instruments.picture,
        s.window.instruments.meters,
        s.window.instruments.figures,
        s.window.controls,
    ):
        corner = part.mapTo(s.window, QPoint(0, 0))
        area = picture[corner.y() : corner.y() + part.height(), corner.x() : corner.x() + part.width()]
        assert area.shape[:2] == (part.height(), part.width()), "a part lies outside the window"
        cut = [text.text() for text in part.findChildren(QLabel) if text.height() < text.minimumSizeHint().height()]
        assert not cut
        # A blank area has a deviation of 0, one line of small text in a panel already some 5.
        assert area.std() > 4, part.accessibleName()


def test_the_clip_dialog_lists_clips(stage, monkeypatch):
    s = stage()
    asked: list[str] = []
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *args: (asked.append(args[3]), ([], ""))[1])
    s.window.ask_for_clip()
    assert "*.mp4" in asked[0]
    assert Path("a.mp4").match("*.mp4")
