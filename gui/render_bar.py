"""Renders the clip to a file and shows how far it is."""

from __future__ import annotations

import time
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QProgressBar, QSizePolicy, QWidget

from gui.buttons import small_button
from gui.theme import GAP, QUIET, label
from gui.times import clock
from realtime.errors import EarsightError
from realtime.render_process import RenderJob, RenderProcess
from realtime.settings import Settings

SOUND, FILM = "wav", "mp4"
SUFFIXES = (SOUND, "flac", FILM, "mkv")
STEPS = 1000


class RenderBar(QFrame):
    """One rendering at a time, whatever plays meanwhile; hidden before the first, and when its result was dismissed."""

    changed = Signal()
    """One began or ended."""
    failed = Signal(str)
    """One line: why a clip was not rendered."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._process: RenderProcess | None = None
        self._began: tuple[float, float] | None = None
        self.text = label("", 12)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.left = label("", 12, QUIET)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, STEPS)
        self.bar.setAccessibleName(self.tr("Part that is rendered"))
        self.cancel = small_button(self.tr("Cancel"), self.tr("Give up rendering; no file is left"))
        self.dismiss = small_button(self.tr("Dismiss"), self.tr("Hide this line"))
        row = QHBoxLayout(self)
        row.setContentsMargins(GAP, GAP // 2, GAP, GAP // 2)
        row.setSpacing(GAP // 2)
        row.addWidget(self.text, 2)
        row.addWidget(self.bar, 3)
        for part in (self.left, self.cancel, self.dismiss):
            row.addWidget(part)
        self.cancel.clicked.connect(self._cancel)
        self.dismiss.clicked.connect(self.hide)
        self.hide()

    @property
    def running(self) -> bool:
        """Whether a clip is being rendered."""
        return self._process is not None

    def ask(self, settings: Settings) -> None:
        """Let the user say where to, and begin; whether a file is replaced is the dialog's question."""
        if self.running or settings.clip is None:
            return
        target = ask_for_target(self.window(), settings.clip)
        if target is not None:
            self.start(settings, target)

    def start(self, settings: Settings, target: Path) -> None:
        """Render the clip of these settings to a file; what stands there is replaced when it is whole."""
        try:
            self._process = RenderProcess(RenderJob.of(settings, target))
        except EarsightError as error:
            self.failed.emit(str(error))
            return
        except OSError as error:
            line = self.tr("a rendering cannot be begun ({0}); close other programs and try again")
            self.failed.emit(line.format(error.strerror))
            return
        self._began = None
        self._say(self.tr("Rendering {0}").format(target.name), str(target))
        self.left.clear()
        self.bar.setRange(0, 0)  # moves until the first part is done
        self._show_controls(running=True)
        self.show()
        self.changed.emit()

    def poll(self) -> None:
        """Take what the process has said."""
        process = self._process
        if process is None:
            return
        process.poll()
        if process.progress is not None and not process.cancelled:
            self._show_progress(process.progress)
        if not process.running:
            self._process = None
            self._end(process)
            self.changed.emit()

    def close_process(self) -> None:
        """Give up whatever is being rendered and wait until it is gone."""
        if self._process is not None:
            self._process.close()
            self._process = None

    def _cancel(self) -> None:
        if self._process is not None:
            self._process.cancel()
            self._say(self.tr("Giving up…"))
            self.cancel.setEnabled(False)

    def _show_progress(self, part: float) -> None:
        now_s = time.monotonic()
        self._began = self._began or (now_s, part)
        began_s, from_part = self._began
        self.bar.setRange(0, STEPS)
        self.bar.setValue(round(part * STEPS))
        # The first second says little about the rest.
        if part > from_part and now_s - began_s >= 1.0:
            left_s = (now_s - began_s) * (1.0 - part) / (part - from_part)
            self.left.setText(self.tr("{0} left").format(clock(left_s + 1.0)))

    def _end(self, process: RenderProcess) -> None:
        out = process.job.out
        if process.done is None:
            self.hide()
            if process.trouble:
                self.failed.emit(process.trouble)
            return
        figures = process.done
        speed = figures.duration_s / figures.elapsed_s if figures.elapsed_s > 0 else 0.0
        self._say(
            self.tr("Rendered to {0} ({1} times real time)").format(out.name, f"{speed:.{0 if speed >= 10 else 1}f}"),
            str(out),
        )
        self._show_controls(running=False)
        for notice in figures.notices:
            self.failed.emit(notice)

    def _show_controls(self, running: bool) -> None:
        for part in (self.bar, self.left, self.cancel):
            part.setVisible(running)
        self.cancel.setEnabled(running)
        self.dismiss.setVisible(not running)

    def _say(self, text: str, tip: str = "") -> None:
        self.text.setText(text)
        self.text.setToolTip(tip)


def ask_for_target(parent: QWidget, clip: Path) -> Path | None:
    """Let the user say where a clip is rendered to; None when they change their mind."""
    dialog = QFileDialog(parent, parent.tr("Render to file"))
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setFileMode(QFileDialog.FileMode.AnyFile)
    sound, film = parent.tr("Sound (*.wav *.flac)"), parent.tr("Sound and picture (*.mp4 *.mkv)")
    dialog.setNameFilters([parent.tr("All kinds ({0})").format(" ".join(f"*.{s}" for s in SUFFIXES)), sound, film])
    # Before the name is checked, so that the question whether to replace a file is about the right one.
    dialog.setDefaultSuffix(SOUND)
    dialog.filterSelected.connect(lambda kind: dialog.setDefaultSuffix(FILM if kind == film else SOUND))
    dialog.setDirectory(str(clip.parent))
    dialog.selectFile(f"{clip.stem}-binaural.wav")
    if not dialog.exec() or not dialog.selectedFiles():
        return None
    return Path(dialog.selectedFiles()[0])
