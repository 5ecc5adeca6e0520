"""A clip is rendered to a file from the window: how far it is, the result, giving up, and what went wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
import soundfile
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QFileDialog

from gui.render_bar import RenderBar, ask_for_target
from realtime.demo import demo_clip
from realtime.render_process import RenderJob
from realtime.settings import Settings
from realtime.stats import Snapshot
from tests.clips import tone

CLIP = Path("room.mp4")


class FakeProcess:
    """What a rendering in another process says, without one."""

    def __init__(self, job: RenderJob) -> None:
        self.job = job
        self.progress: float | None = None
        self.done: Snapshot | None = None
        self.trouble = ""
        self.cancelled = self.closed = False
        self.running = True

    def poll(self) -> None:
        if self.cancelled:
            self.running = False

    def cancel(self) -> None:
        self.cancelled = True

    def close(self) -> None:
        self.closed = True


class Bar(RenderBar):
    process: FakeProcess
    """The newest."""


@pytest.fixture
def bar(qtbot, themed, monkeypatch) -> Bar:
    """A bar that renders by `FakeProcess`."""
    made = Bar()
    qtbot.addWidget(made)

    def begin(job: RenderJob) -> FakeProcess:
        made.process = FakeProcess(job)
        return made.process

    monkeypatch.setattr("gui.render_bar.RenderProcess", begin)
    return made


@pytest.fixture
def time_s(monkeypatch) -> list[float]:
    """The clock's time, to be set."""
    now = [0.0]
    monkeypatch.setattr("gui.render_bar.time.monotonic", lambda: now[0])
    return now


def test_it_shows_how_far_it_is_and_what_came_of_it(bar, time_s, tmp_path):
    settings = Settings(clip=CLIP, mode="overlap", model=Path("net.onnx"))
    bar.start(settings, tmp_path / "out.wav")
    assert bar.running and bar.isVisible() and bar.bar.maximum() == 0
    assert bar.process.job == RenderJob(CLIP, tmp_path / "out.wav", "overlap", Path("net.onnx"), "auto", settings.plan)
    for time_s[0], bar.process.progress in ((1.0, 0.1), (11.0, 0.3)):
        bar.poll()
    assert bar.bar.value() / bar.bar.maximum() == pytest.approx(0.3)
    # 0.2 in 10 s, so 0.7 in 35 s.
    assert bar.left.text() == "0:36 left"
    bar.process.done, bar.process.running = Snapshot(duration_s=120.0, elapsed_s=10.0), False
    bar.poll()
    assert not bar.running
    assert bar.text.text() == "Rendered to out.wav (12 times real time)"
    assert bar.bar.isHidden()
    bar.dismiss.click()
    assert bar.isHidden()


def test_cancel_gives_up(bar, qtbot, tmp_path):
    failures: list[str] = []
    bar.failed.connect(failures.append)
    bar.start(Settings(clip=CLIP), tmp_path / "out.wav")
    bar.cancel.click()
    assert not bar.cancel.isEnabled()
    with qtbot.waitSignal(bar.changed):
        bar.poll()
    assert not bar.running and bar.isHidden() and not failures


def test_what_went_wrong_is_said_and_nothing_else(bar, qtbot, tmp_path):
    bar.start(Settings(clip=CLIP), tmp_path / "out.wav")
    bar.process.trouble, bar.process.running = "the disk is full; free some space", False
    with qtbot.waitSignal(bar.failed) as said:
        bar.poll()
    assert said.args == ["the disk is full; free some space"]
    assert bar.isHidden()


def test_the_clip_itself_is_refused(bar, qtbot):
    with qtbot.waitSignal(bar.failed) as said:
        bar.start(Settings(clip=CLIP), CLIP)
    assert "itself" in said.args[0]
    assert not bar.running


def test_the_dialog_asks_before_it_replaces_also_a_file_whose_kind_it_adds(qtbot, themed, tmp_path, monkeypatch):
    def answer(dialog: QFileDialog) -> bool:
        assert dialog.acceptMode() == QFileDialog.AcceptMode.AcceptSave
        assert dialog.defaultSuffix() == "wav"
        assert not dialog.testOption(QFileDialog.Option.DontConfirmOverwrite)
        assert dialog.selectedFiles() == [str(tmp_path / "room-binaural.wav")]
        dialog.selectFile("mine")
        return True

    window = RenderBar()
    qtbot.addWidget(window)
    monkeypatch.setattr(QFileDialog, "exec", answer)
    assert ask_for_target(window, tmp_path / "room.mp4") == tmp_path / "mine.wav"
    monkeypatch.setattr(QFileDialog, "exec", lambda _: False)
    assert ask_for_target(window, tmp_path / "room.mp4") is None


@pytest.mark.parametrize(("kind", "suffix"), [("All kinds", "wav"), ("Sound (", "wav"), ("Sound and picture", "mp4")])
def test_a_bare_name_gets_the_suffix_of_its_kind(qtbot, themed, tmp_path, monkeypatch, kind, suffix):
    def answer(dialog: QFileDialog) -> bool:
        dialog.show()
        kinds = dialog.findChild(QComboBox, "fileTypeCombo")
        assert kinds is not None
        index = next(at for at in range(kinds.count()) if kinds.itemText(at).startswith(kind))
        kinds.setCurrentIndex(index)
        kinds.textActivated.emit(kinds.currentText())
        dialog.selectFile("mine")
        return True

    window = RenderBar()
    qtbot.addWidget(window)
    monkeypatch.setattr(QFileDialog, "exec", answer)
    assert ask_for_target(window, tmp_path / "room.mp4") == tmp_path / f"mine.{suffix}"


def test_a_rendering_goes_on_in_sight_while_live_and_can_be_given_up(stage, qtbot, monkeypatch, tmp_path):
    made: list[FakeProcess] = []
    monkeypatch.setattr("gui.render_bar.RenderProcess", lambda job: (made.append(FakeProcess(job)), made[-1])[1])
    monkeypatch.setattr("gui.render_bar.ask_for_target", lambda *_: tmp_path / "out.wav")
    s = stage(clip=demo_clip())
    s.wait(s.window.clips.render_file.isEnabled)
    s.window.clips.render_file.click()
    s.window.back_to_live()
    s.wait(lambda: not s.window.clips.isVisible())
    made[0].progress = 0.4
    s.wait(lambda: s.window.rendering.bar.value() == 400)
    assert s.window.rendering.cancel.isVisible()
    qtbot.mouseClick(s.window.rendering.cancel, Qt.MouseButton.LeftButton)
    assert made[0].cancelled
    s.wait(lambda: not s.window.rendering.isVisible())


def test_a_machine_that_cannot_begin_another_process_says_so(bar, qtbot, monkeypatch, tmp_path):
    def refuse(job):
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr("gui.render_bar.RenderProcess", refuse)
    with qtbot.waitSignal(bar.failed) as said:
        bar.start(Settings(clip=CLIP), tmp_path / "out.wav")
    assert said.args == ["a rendering cannot be begun (Cannot allocate memory); close other programs and try again"]
    assert not bar.running


def test_the_window_renders_and_gives_up_when_it_is_closed(stage, monkeypatch, tmp_path):
    made: list[FakeProcess] = []
    monkeypatch.setattr("gui.render_bar.RenderProcess", lambda job: (made.append(FakeProcess(job)), made[-1])[1])
    monkeypatch.setattr("gui.render_bar.ask_for_target", lambda *_: tmp_path / "out.mkv")
    s = stage(clip=demo_clip())
    clips = s.window.clips
    s.wait(clips.render_file.isEnabled)
    clips.render_file.click()
    assert made[0].job.out == tmp_path / "out.mkv"
    assert s.window.rendering.isVisible()
    assert not clips.render_file.isEnabled()
    made[0].done, made[0].running = Snapshot(duration_s=1.0, elapsed_s=1.0), False
    s.wait(clips.render_file.isEnabled)
    assert "out.mkv" in s.window.rendering.text.text()
    clips.render_file.click()
    s.window.close()
    assert made[1].closed


def test_a_clip_without_a_picture_is_not_rendered(stage, tmp_path):
    soundfile.write(tmp_path / "sound.wav", tone(0.2).T, 16_000)
    s = stage(clip=tmp_path / "sound.wav")
    clips = s.window.clips
    s.wait(lambda: clips.playlist.entries and clips.playlist.entries[0].looked_into)
    assert not clips.render_file.isEnabled()
    assert "without a picture" in clips.render_file.toolTip()
