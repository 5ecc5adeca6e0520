"""The device row: what is heard, played and seen, how, Start, and which page is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from gui.buttons import button
from gui.client import Choice, Sources
from gui.pages import PageSwitch
from gui.theme import GAP, QUIET, label
from realtime.settings import Settings

BLOCK_SIZES = (32, 64, 128, 256, 512, 1024, 2048)
HEIGHT_PX = 28
SAMPLE_RATES = (16_000, 44_100, 48_000, 88_200, 96_000)


class Selector(QComboBox):
    """A list under a caption. It takes the focus by Tab only, so that Space stays Start after a choice by mouse.

    Parameters
    ----------
    caption
        What is chosen.
    word
        How to call a value that no entry of the list has.
    """

    def __init__(self, caption: str, word: Callable[[str], str] = str) -> None:
        super().__init__()
        self.caption = caption
        self._word = word
        self.setAccessibleName(caption)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMinimumHeight(HEIGHT_PX)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def offer(self, choices: Iterable[Choice], value: str | None) -> None:
        """Replace the list and show `value`, which is added when the list lacks it; "" stands for None."""
        self.clear()
        for choice in choices:
            self.addItem(choice.label, choice.value)
        self.show_value(value)

    def show_value(self, value: str | None) -> None:
        wanted = value or ""
        index = self.findData(wanted)
        if index < 0:
            self.addItem(self._word(wanted), wanted)
            index = self.count() - 1
        self.setCurrentIndex(index)
        self.setToolTip(self.currentText())

    @property
    def value(self) -> str | None:
        return str(self.currentData()) or None

    def wheelEvent(self, event: QWheelEvent) -> None:
        """A turn of the wheel over the list must not restart the sound."""
        event.ignore()


class Controls(QFrame):
    """Shows settings and says when the user wants others; it never runs anything."""

    settings_chosen = Signal(object)
    """Settings: what the user chose."""
    start_clicked = Signal()
    open_clicked = Signal()
    live_clicked = Signal()
    refresh_clicked = Signal()

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self._settings = settings
        self.start = button(self.tr("Start"), self.tr("Start or stop (Space)"))
        self.start.setObjectName("primary")
        self.start.setMinimumWidth(110)
        self.open = button(self.tr("Open clip…"), self.tr("Play a recorded clip instead of the microphone (Ctrl+O)"))
        self.live = button(self.tr("Back to live"), self.tr("Return to microphone and camera"))
        self.refresh = button(self.tr("Refresh devices"), self.tr("Look for new devices; only while stopped (F5)"))
        self.pages = PageSwitch()
        self.source = label(colour=QUIET)
        self.source.setTextFormat(Qt.TextFormat.PlainText)
        self.input = Selector(self.tr("Input"))
        self.output = Selector(self.tr("Output"))
        self.camera = Selector(self.tr("Camera"))
        self.mode = Selector(self.tr("Mode"))
        self.block_size = Selector(self.tr("Block size"), _samples)
        self.sample_rate = Selector(self.tr("Sample rate"), _kilohertz)
        self.selectors = (self.input, self.output, self.camera, self.mode, self.block_size, self.sample_rate)
        self._arrange()
        self.mode.offer(
            (Choice(self.tr("Filter (fastest)"), "filter"), Choice(self.tr("Overlap (finest)"), "overlap")),
            settings.mode,
        )
        self.block_size.offer((Choice(_samples(str(n)), str(n)) for n in BLOCK_SIZES), str(settings.block_size))
        self.sample_rate.offer((Choice(_kilohertz(str(n)), str(n)) for n in SAMPLE_RATES), str(settings.sample_rate))
        self.show_sources(Sources())
        self.show_state(running=False, busy=False)
        self._connect()

    def _arrange(self) -> None:
        first = QHBoxLayout()
        first.setSpacing(GAP // 2)
        for part in (self.start, self.open, self.live):
            first.addWidget(part)
        first.addSpacing(GAP // 2)
        first.addWidget(self.source, 1)
        first.addWidget(self.pages)
        first.addSpacing(GAP // 2)
        first.addWidget(self.refresh)
        second = QHBoxLayout()
        second.setSpacing(GAP)
        for selector, stretch in zip(self.selectors, (5, 5, 4, 4, 3, 2), strict=True):
            column = QVBoxLayout()
            column.setSpacing(2)
            column.addWidget(label(selector.caption, 11, QUIET))
            column.addWidget(selector)
            second.addLayout(column, stretch)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(GAP, GAP, GAP, GAP)
        whole.setSpacing(GAP // 2)
        whole.addLayout(first)
        whole.addLayout(second)

    def _connect(self) -> None:
        self.start.clicked.connect(self.start_clicked)
        self.open.clicked.connect(self.open_clicked)
        self.live.clicked.connect(self.live_clicked)
        self.refresh.clicked.connect(self.refresh_clicked)
        for selector in self.selectors:
            selector.activated.connect(self._choose)

    def _choose(self) -> None:
        chosen = replace(
            self._settings,
            input=self.input.value,
            output=self.output.value,
            camera=self.camera.value,
            mode=self.mode.value or self._settings.mode,
            block_size=int(self.block_size.value or self._settings.block_size),
            sample_rate=int(self.sample_rate.value or self._settings.sample_rate),
        )
        if chosen != self._settings:
            self.settings_chosen.emit(chosen)

    def show_settings(self, settings: Settings) -> None:
        """Show these settings; nothing is emitted."""
        self._settings = settings
        self.input.show_value(settings.input)
        self.output.show_value(settings.output)
        self.camera.show_value(settings.camera)
        self.mode.show_value(settings.mode)
        self.block_size.show_value(str(settings.block_size))
        self.sample_rate.show_value(str(settings.sample_rate))
        live = settings.clip is None
        self.source.setText(
            self.tr("Live") if settings.clip is None else self.tr("Clip: {0}").format(settings.clip.name)
        )
        self.live.setEnabled(not live)
        self.input.setEnabled(live)
        self.camera.setEnabled(live)

    def show_sources(self, sources: Sources) -> None:
        """Offer these devices; the present choice stays, even when it is not among them."""
        system = Choice(self.tr("System default"), "")
        self.input.offer((system, *sources.inputs), self._settings.input)
        self.output.offer((system, *sources.outputs), self._settings.output)
        self.camera.offer((Choice(self.tr("No camera"), ""), *sources.cameras), self._settings.camera)
        self.show_settings(self._settings)

    def show_state(self, running: bool, busy: bool) -> None:
        """Name the Start button after what it would do, and disable what cannot be done now."""
        if busy:
            self.start.setText(self.tr("Starting…") if running else self.tr("Stopping…"))
        else:
            self.start.setText(self.tr("Stop") if running else self.tr("Start"))
        self.start.setAccessibleName(self.start.text())
        self.start.setEnabled(not busy)
        self.refresh.setEnabled(not (busy or running))


def _samples(count: str) -> str:
    return QCoreApplication.translate("Controls", "{0} samples").format(count)


def _kilohertz(rate_hz: str) -> str:
    return f"{int(rate_hz) / 1000:g} kHz"
