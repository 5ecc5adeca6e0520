"""The device row: what is heard, played and seen, how, Start, and which page is shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from gui.buttons import button
from gui.client import Choice, Sources
from gui.pages import PageSwitch
from gui.selector import Selector
from gui.theme import GAP, QUIET, label
from realtime.settings import FOLLOW, Settings

BLOCK_SIZES = (32, 64, 128, 256, 512, 1024, 2048)
SAMPLE_RATES = (16_000, 44_100, 48_000, 88_200, 96_000)
PROVIDER_NAMES = {"cpu": "CPU", "cuda": "CUDA", "tensorrt": "TensorRT"}
ANOTHER = "another"
"""Stands in the list of networks for the dialog that picks a file."""


class Controls(QFrame):
    """Shows settings and says when the user wants others; it never runs anything."""

    settings_chosen = Signal(object)
    """Settings: what the user chose."""
    start_clicked = Signal()
    open_clicked = Signal()
    live_clicked = Signal()
    refresh_clicked = Signal()

    def __init__(self, settings: Settings, menu: QWidget) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._settings = settings
        self._sources: Sources | None = None
        self.start = button(self.tr("Start"), self.tr("Start or stop (Space)"))
        self.start.setObjectName("primary")
        self.start.setMinimumWidth(110)
        self.open = button(self.tr("Open clip…"), self.tr("Play a recorded clip instead of the microphone (Ctrl+O)"))
        self.live = button(self.tr("Back to live"), self.tr("Return to microphone and camera"))
        self.refresh = button(
            self.tr("Refresh devices"), self.tr("Look for devices again (F5); new ones also appear by themselves")
        )
        self.pages = PageSwitch()
        self.source = label(colour=QUIET)
        self.source.setTextFormat(Qt.TextFormat.PlainText)
        self.input = Selector(self.tr("Input"), lambda name: self._device(name, self._known().inputs))
        self.output = Selector(self.tr("Output"), lambda name: self._device(name, self._known().outputs))
        self.camera = Selector(self.tr("Camera"), self._camera)
        self.mode = Selector(self.tr("Mode"))
        self.model = Selector(self.tr("Network"), lambda path: Path(path).name)
        self.provider = Selector(self.tr("Runs on"))
        self.block_size = Selector(self.tr("Block size"), _samples)
        self.sample_rate = Selector(self.tr("Sample rate"), _kilohertz)
        self.selectors = (
            *(self.input, self.output, self.camera, self.mode),
            *(self.model, self.provider, self.block_size, self.sample_rate),
        )
        self._arrange(menu)
        self.mode.offer(
            (Choice(self.tr("Filter (fastest)"), "filter"), Choice(self.tr("Overlap (finest)"), "overlap")),
            settings.mode,
        )
        self.block_size.offer((Choice(_samples(str(n)), str(n)) for n in BLOCK_SIZES), str(settings.block_size))
        self.sample_rate.offer((Choice(_kilohertz(str(n)), str(n)) for n in SAMPLE_RATES), str(settings.sample_rate))
        self.provider.offer(
            (Choice(self.tr("Best there is"), "auto"), *(Choice(name, key) for key, name in PROVIDER_NAMES.items())),
            settings.provider,
        )
        self._offer_devices(Sources())
        self.show_models(())
        self.show_settings(settings)
        self.show_state(running=False, busy=False)
        self._connect()

    def _arrange(self, menu: QWidget) -> None:
        first = QHBoxLayout()
        first.setSpacing(GAP // 2)
        for part in (self.start, self.open, self.live):
            first.addWidget(part)
        first.addSpacing(GAP // 2)
        first.addWidget(self.source, 1)
        first.addWidget(self.pages)
        first.addSpacing(GAP // 2)
        first.addWidget(self.refresh)
        first.addWidget(menu)
        second = QHBoxLayout()
        second.setSpacing(GAP)
        for selector, stretch in zip(self.selectors, (5, 5, 4, 4, 4, 3, 3, 2), strict=True):
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

    def pick_model(self) -> None:
        """Let the user pick a network's file."""
        kinds = self.tr("Networks (*.onnx)") + ";;" + self.tr("All files (*)")
        name, _ = QFileDialog.getOpenFileName(self.window(), self.tr("Choose a network"), "", kinds)
        if name:
            self.settings_chosen.emit(replace(self._settings, model=Path(name)))

    def _choose(self) -> None:
        if self.model.value == ANOTHER:
            self.model.show_value(_path(self._settings.model))
            self.pick_model()
            return
        model = self.model.value
        chosen = replace(
            self._settings,
            input=self.input.value,
            output=self.output.value,
            camera=self.camera.value,
            mode=self.mode.value or self._settings.mode,
            model=None if model is None else Path(model),
            provider=self.provider.value or self._settings.provider,
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
        self.model.show_value(_path(settings.model))
        self.provider.show_value(settings.provider)
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
        """Offer these devices; the present choice stays, and is marked when it is not among them."""
        if sources != self._sources:
            self._sources = sources
            self._offer_devices(sources)

    def show_models(self, models: tuple[str, ...]) -> None:
        """Offer these files beside the network that ships and the tracker."""
        self.model.offer(
            (
                Choice(self.tr("Shipped network"), ""),
                Choice(self.tr("Follow (no network)"), str(FOLLOW)),
                *(Choice(Path(path).name, path) for path in models),
                Choice(self.tr("Another file…"), ANOTHER),
            ),
            _path(self._settings.model),
        )

    def _offer_devices(self, sources: Sources) -> None:
        system = Choice(self.tr("System default"), "")
        self.input.offer((system, *sources.inputs), self._settings.input)
        self.output.offer((system, *sources.outputs), self._settings.output)
        self.camera.offer((Choice(self.tr("No camera"), ""), *sources.cameras), self._settings.camera)

    def _known(self) -> Sources:
        return self._sources or Sources()

    def _device(self, name: str, listed: Iterable[Choice]) -> str:
        """What is chosen may be part of a name."""
        there = self._sources is None or any(name.casefold() in choice.value.casefold() for choice in listed)
        return name if there else self._gone(name)

    def _camera(self, source: str) -> str:
        if not source.isdigit():
            return source
        name = self.tr("Camera {0}").format(source)
        return name if self._sources is None else self._gone(name)

    def _gone(self, name: str) -> str:
        return self.tr("{0} (not there)").format(name)

    def show_state(self, running: bool, busy: bool) -> None:
        """Name the Start button after what it would do, and disable what cannot be done now."""
        if busy:
            self.start.setText(self.tr("Starting…") if running else self.tr("Stopping…"))
        else:
            self.start.setText(self.tr("Stop") if running else self.tr("Start"))
        self.start.setAccessibleName(self.start.text())
        self.start.setEnabled(not busy)


def _samples(count: str) -> str:
    return QCoreApplication.translate("Controls", "{0} samples").format(count)


def _kilohertz(rate_hz: str) -> str:
    return f"{int(rate_hz) / 1000:g} kHz"


def _path(model: Path | None) -> str | None:
    return None if model is None else str(model)
