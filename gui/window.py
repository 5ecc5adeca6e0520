"""The window: composes the widgets, polls the host thirty times a second, and sends it the user's choices."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from gui.buttons import switch
from gui.catalogue import Catalogue
from gui.chain_page import ChainPage
from gui.client import HostClient, HostFactory, PluginLister, SourceLister, Sources
from gui.controls import Controls
from gui.figures import Figures
from gui.history import History
from gui.meters import Meters
from gui.notices import Notices
from gui.pages import LISTEN
from gui.picture import Picture
from gui.runner import Outcome, Runner
from gui.session_menu import SessionMenu
from gui.spectrogram import Spectrograms
from gui.theme import GAP, QUIET, label
from realtime.errors import EarsightError
from realtime.settings import Settings
from realtime.stats import Snapshot

POLLS_PER_S = 30
HISTORY_FROM_HEIGHT = 840
"""Pixels of the window below which the picture needs the room that the history would take."""

POLLS_PER_FIGURE = 6
"""Figures change five times a second: faster cannot be read."""

CLIP_SUFFIXES = ("mp4", "mkv", "mov", "avi", "webm", "m4v", "wav", "flac", "ogg", "mp3", "m4a")


class MainWindow(QMainWindow):
    """Earsight's window.

    Parameters
    ----------
    settings
        What to begin with.
    host_factory
        Makes a host from settings.
    list_sources
        Lists devices and cameras; may take seconds and raise EarsightError; called on the worker thread that also
        starts hosts, so that devices are never listed while one is opened.
    list_plugins
        Lists what can be added to the chain; called when the chain is shown first, on a thread of its own.
    close_at_end
        Close when a clip has been played to its end.
    """

    def __init__(
        self,
        settings: Settings,
        host_factory: HostFactory,
        list_sources: SourceLister,
        list_plugins: PluginLister = tuple,
        *,
        close_at_end: bool = False,
    ) -> None:
        super().__init__()
        self._close_at_end = close_at_end
        self._settings = settings
        self._list_sources = list_sources
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="earsight-window")
        self._runner = Runner(host_factory, settings, self._worker)
        self._listing: Future[Sources] | None = None
        self._shown_host: HostClient | None = None
        self._finished = False
        self._polls = 0
        self.errors_at_close: tuple[str, ...] = ()
        self.controls = Controls(settings)
        self.notices = Notices()
        self.catalogue = Catalogue(list_plugins)
        self.sessions = SessionMenu(lambda: self.settings)
        self.chain = ChainPage(settings.plan, self.catalogue, self.sessions)
        self.spectrograms = Spectrograms()
        self.pages = QStackedWidget()
        self.picture = Picture()
        self.meters = Meters()
        self.figures = Figures()
        self.history = History()
        self.status = label(colour=QUIET)
        self.status.setTextFormat(Qt.TextFormat.PlainText)
        self.wide = switch(self.tr("Up to 20 kHz"), self.tr("Show the spectrograms up to 20 kHz instead of 8 kHz"))
        self.glow = switch(
            self.tr("Show attention"), self.tr("Let the picture glow where the network believes the sound is")
        )
        self.setWindowTitle(self.tr("Earsight"))
        self.setAcceptDrops(True)
        self.resize(1280, 720)
        self._arrange()
        self._connect()
        self._show_state()
        self.refresh_sources()
        self._timer = QTimer(self)
        self._timer.setInterval(1000 // POLLS_PER_S)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._poll)
        self._timer.start()

    @property
    def settings(self) -> Settings:
        """What is chosen now, running or not, with the chain as it is now."""
        return replace(self._settings, plan=self.chain.plan)

    @property
    def running(self) -> bool:
        """Whether a host runs; False while one is being started or stopped."""
        return self._runner.host is not None

    @property
    def busy(self) -> bool:
        """Whether a host is being started or stopped."""
        return self._runner.busy

    def start(self) -> None:
        """Run the host with the present settings."""
        self.chain.rest()
        self._runner.start(self.settings)
        self._show_state()

    def stop(self) -> None:
        """Stop the host."""
        self.chain.rest()
        self._runner.stop()
        self._show_state()

    def toggle(self) -> None:
        """Start or stop, whichever Start says; nothing while one of them is under way."""
        if self._runner.busy:
            return
        if self._runner.wanted:
            self.stop()
        else:
            self.start()

    def choose(self, settings: Settings) -> None:
        """Take other settings; a running host is replaced by one that has them, unless only the chain is another."""
        replaced = replace(settings, plan=self._settings.plan) != self._settings
        self._settings = settings
        self.controls.show_settings(settings)
        if replaced:
            self.chain.rest()
        if settings.plan != self.chain.plan:
            self.chain.take(settings.plan)
        if replaced and self._runner.wanted:
            self.start()

    def open_clip(self, clip: Path) -> None:
        """Play a recorded clip instead of the microphone, from now on."""
        self._settings = replace(self._settings, clip=clip)
        self.controls.show_settings(self._settings)
        self.start()

    def back_to_live(self) -> None:
        """Return from a clip to microphone and camera."""
        self.choose(replace(self.settings, clip=None))

    def ask_for_clip(self) -> None:
        """Let the user pick a clip."""
        patterns = " ".join(f"*.{suffix}" for suffix in CLIP_SUFFIXES)
        kinds = self.tr("Clips ({0})").format(patterns) + ";;" + self.tr("All files (*)")
        name, _ = QFileDialog.getOpenFileName(self, self.tr("Open clip"), "", kinds)
        if name:
            self.open_clip(Path(name))

    def refresh_sources(self) -> None:
        """Look for devices again; does nothing while a host runs, because looking would disturb its devices."""
        if self._listing is None and not self._runner.wanted and not self._runner.busy:
            self._listing = self._worker.submit(self._list_sources)

    def reset_counters(self) -> None:
        """Set the host's counters to zero."""
        host = self._runner.host
        if host is not None:
            host.reset_counters()
            self.figures.show_snapshot(host.snapshot())

    def _arrange(self) -> None:
        self.glow.setChecked(True)
        for page in (self.spectrograms, self.chain):
            self.pages.addWidget(page)
        side = QVBoxLayout()
        side.setSpacing(GAP)
        side.addWidget(_panel(self.picture), 1)
        side.addWidget(_panel(self.meters))
        side.addWidget(_panel(self.figures))
        self._history_panel = _panel(self.history)
        self._history_panel.hide()
        side.addWidget(self._history_panel)
        middle = QHBoxLayout()
        middle.setSpacing(GAP)
        middle.addWidget(_panel(self.pages), 8)
        middle.addLayout(side, 5)
        foot = QHBoxLayout()
        foot.setSpacing(GAP)
        foot.addWidget(self.status, 1)
        foot.addWidget(self.wide)
        foot.addWidget(self.glow)
        content = QWidget()
        whole = QVBoxLayout(content)
        whole.setContentsMargins(GAP, GAP, GAP, GAP // 2)
        whole.setSpacing(GAP)
        whole.addWidget(self.controls)
        whole.addWidget(self.notices)
        whole.addLayout(middle, 1)
        whole.addLayout(foot)
        self.setCentralWidget(content)

    def _connect(self) -> None:
        self.controls.start_clicked.connect(self.toggle)
        self.controls.open_clicked.connect(self.ask_for_clip)
        self.controls.live_clicked.connect(self.back_to_live)
        self.controls.refresh_clicked.connect(self.refresh_sources)
        self.controls.settings_chosen.connect(lambda chosen: self.choose(replace(chosen, plan=self.chain.plan)))
        self.controls.pages.chosen.connect(self._turn_to)
        self.chain.failed.connect(self.notices.say)
        self.sessions.opened.connect(self.choose)
        self.sessions.failed.connect(self.notices.say)
        self.figures.reset_requested.connect(self.reset_counters)
        self.wide.toggled.connect(self.spectrograms.set_wide)
        self.glow.toggled.connect(self.picture.set_glow)
        for text, keys, action in (
            (self.tr("Open clip…"), QKeySequence(QKeySequence.StandardKey.Open), self.ask_for_clip),
            (self.tr("Refresh devices"), QKeySequence(Qt.Key.Key_F5), self.refresh_sources),
            (self.tr("Listen"), QKeySequence("Ctrl+1"), self.controls.pages.listen.click),
            (self.tr("Chain"), QKeySequence("Ctrl+2"), self.controls.pages.chain.click),
            (self.tr("Undo"), QKeySequence("Ctrl+Z"), self.chain.take_back),
            (self.tr("Redo"), QKeySequence("Ctrl+Shift+Z"), self.chain.do_again),
            (self.tr("Quit"), QKeySequence("Ctrl+Q"), self.close),
        ):
            shortcut = QAction(text, self)
            shortcut.setShortcut(keys)
            shortcut.triggered.connect(action)
            self.addAction(shortcut)
        self.addActions(self.sessions.actions_by_key)

    def _turn_to(self, page: int) -> None:
        self.pages.setCurrentIndex(page)
        self.wide.setVisible(page == LISTEN)

    def _poll(self) -> None:
        self._collect_sources()
        if trouble := self.catalogue.poll():
            self.notices.say(trouble)
        outcome = self._runner.poll()
        if outcome is not None:
            self._settle(outcome)
        host = self._runner.host
        if host is not None:
            self._show(host, time.monotonic())

    def _collect_sources(self) -> None:
        if self._listing is None or not self._listing.done():
            return
        listing, self._listing = self._listing, None
        try:
            self.controls.show_sources(listing.result())
        except EarsightError as error:
            self.notices.say(str(error))

    def _settle(self, outcome: Outcome) -> None:
        for error in outcome.errors:
            self.notices.say(error)
        if outcome.errors and not self._runner.busy:
            self._settings = outcome.settings
            self.controls.show_settings(outcome.settings)
        host = self._runner.host
        if host is not None and host.chain is not None:
            self.chain.attach(host.chain, outcome.settings.plan, outcome.settings.sample_rate)
        self._show_state()

    def _show(self, host: HostClient, now_s: float) -> None:
        snapshot = host.snapshot()
        if host is not self._shown_host:
            self._shown_host = host
            self._finished = False
            self._polls = 0
            self.notices.forget()
            self.spectrograms.prepare(snapshot.sample_rate)
            self.history.clear()
        end, sound = host.scope(self.spectrograms.samples_wanted(now_s))
        self.spectrograms.feed(end, sound, now_s)
        self.meters.follow(snapshot.levels_db, now_s)
        self.picture.show_image(host.picture(), host.attention())
        self.notices.say_once(snapshot.notices)
        if self._polls % POLLS_PER_FIGURE == 0 or snapshot.finished:
            self.chain.follow(snapshot.latency.plugins)
            self.figures.show_snapshot(snapshot, self.chain.latencies)
            self.history.add(snapshot)
            self._show_status(snapshot)
        self._polls += 1
        if snapshot.finished:
            self._finished = True
            if self._close_at_end:
                self.close()
            else:
                self.stop()

    def _show_state(self) -> None:
        wanted, busy = self._runner.wanted, self._runner.busy
        self.controls.show_state(wanted, busy)
        if busy:
            self.status.setText(self.tr("Starting…") if wanted else self.tr("Stopping…"))
        elif not wanted:
            self.status.setText(
                self.tr("Finished: the clip was played to its end") if self._finished else self.tr("Stopped")
            )
            self.meters.rest()

    def _show_status(self, snapshot: Snapshot) -> None:
        minutes, seconds = divmod(int(snapshot.duration_s), 60)
        parts = [self.tr("Running {0}:{1}").format(minutes, f"{seconds:02d}")]
        heard = "" if self._settings.clip else snapshot.input  # a clip's name is beside the buttons
        parts += [part for part in (heard, snapshot.output) if part]
        parts.append(self.tr("{0} samples at {1} kHz").format(snapshot.block_size, f"{snapshot.sample_rate / 1000:g}"))
        if snapshot.model:
            parts.append(snapshot.model)
        if snapshot.recording:
            parts.append(self.tr("recording to {0}").format(snapshot.recording))
        self.status.setText("  ·  ".join(parts))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space starts and stops, unless a control that is reached by Tab takes it for itself."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self.toggle()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show the history where there is room for it."""
        super().resizeEvent(event)
        self._history_panel.setVisible(self.height() >= HISTORY_FROM_HEIGHT)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _dropped_file(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        clip = _dropped_file(event)
        if clip is not None:
            event.acceptProposedAction()
            self.open_clip(clip)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop the host, then go."""
        self._timer.stop()
        self.hide()
        self.errors_at_close = self._runner.close()
        self._worker.shutdown()
        event.accept()


def _dropped_file(event: QDropEvent) -> Path | None:
    for url in event.mimeData().urls():
        if url.isLocalFile():
            return Path(url.toLocalFile())
    return None


def _panel(widget: QWidget) -> QFrame:
    panel = QFrame()
    panel.setObjectName("panel")
    layout = QVBoxLayout(panel)
    layout.setContentsMargins(GAP, GAP, GAP, GAP)
    layout.addWidget(widget)
    return panel
