"""The window: composes the widgets, polls the host thirty times a second, and sends it the user's choices."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from gui.app_menu import AppMenu
from gui.catalogue import Catalogue
from gui.chain_page import ChainPage
from gui.client import HostClient, HostFactory, PluginLister, RemoteClient
from gui.clip_files import ask_for_clips, dropped_files
from gui.clip_strip import ClipStrip
from gui.controls import Controls
from gui.devices import Devices
from gui.foot import Foot
from gui.help_dialog import key_names, shortcuts
from gui.instruments import Instruments
from gui.listen_page import ListenPage
from gui.memory import Memory
from gui.notices import Notices
from gui.pages import LISTEN
from gui.panel import panel
from gui.render_bar import RenderBar
from gui.runner import Outcome, Runner
from gui.session_menu import SessionMenu
from gui.theme import GAP
from gui.welcome import Welcome
from realtime.demo import demo_clip
from realtime.settings import Settings

POLLS_PER_S = 30
POLLS_PER_FIGURE = 6
"""Figures change five times a second: faster cannot be read."""


class MainWindow(QMainWindow):
    """Earsight's window.

    Parameters
    ----------
    settings
        What to begin with.
    host_factory
        Makes a host from settings.
    devices
        What there is to hear, play and see with.
    list_plugins
        Lists what can be added to the chain; called when the chain is shown first, on a thread of its own.
    close_at_end
        Close when a clip has been played to its end.
    remote
        What turns the host from outside; open, and closed by the caller.
    memory
        Is told each choice that works; by default it forgets everything at the end.
    """

    def __init__(
        self,
        settings: Settings,
        host_factory: HostFactory,
        devices: Devices,
        list_plugins: PluginLister = tuple,
        *,
        close_at_end: bool = False,
        remote: RemoteClient | None = None,
        memory: Memory | None = None,
    ) -> None:
        super().__init__()
        loops, settings = settings.loop, replace(settings, loop=False)  # so that the strip of clips can end it
        self._close_at_end = close_at_end
        self._remote = remote
        self._remote_notices = 0
        self._settings = settings
        self._devices = devices
        self._memory = memory or Memory(None)
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="earsight-window")
        self._runner = Runner(host_factory, settings, self._worker)
        self._shown_host: HostClient | None = None
        self._playing_clip: Path | None = None
        """What the host that runs was made for."""
        self._polls = 0
        self.errors_at_close: tuple[str, ...] = ()
        self.menu = AppMenu(self._memory, self.key_table)
        self.controls = Controls(settings, self.menu)
        self.welcome = Welcome()
        self.notices = Notices()
        self.catalogue = Catalogue(list_plugins)
        self.sessions = SessionMenu(lambda: self.settings)
        self.chain = ChainPage(settings.plan, self.catalogue, self.sessions)
        self.listen = ListenPage()
        self.clips = ClipStrip(loops=loops)
        self.rendering = RenderBar()
        self.pages = QStackedWidget()
        self.instruments = Instruments()
        self.foot = Foot()
        self.setWindowTitle(self.tr("Earsight"))
        self.setAcceptDrops(True)
        self.resize(1280, 720)
        self._arrange()
        self._connect()
        self._show_state()
        self._devices.look()
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
        self.welcome.leave()  # its look at the devices may keep one of them for itself
        self.chain.rest()
        self._runner.start(self.settings)
        self._show_state()

    def stop(self) -> None:
        """Stop the host."""
        self._remember()
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
        self._put_clip(clip)
        self.start()

    def replace_clip(self, clip: Path) -> None:
        """Have another clip in place of the present one; what is paused or stopped stays so."""
        self._put_clip(clip, held=self._runner.wanted and not self.clips.deck.playing)
        if self._runner.wanted:
            self.start()

    def _put_clip(self, clip: Path, *, held: bool = False) -> None:
        self._settings = replace(self._settings, clip=clip)
        self._playing_clip = None  # so that the strip waits for the next host, also with the same clip
        self.clips.begin(clip, held=held)
        self.controls.show_settings(self._settings)

    def back_to_live(self) -> None:
        """Return from a clip to microphone and camera."""
        self.choose(replace(self.settings, clip=None))

    def ask_for_clip(self) -> None:
        """Let the user pick clips."""
        if clips := ask_for_clips(self):
            self.clips.open(clips)

    def reset_counters(self) -> None:
        """Set the host's counters to zero."""
        host = self._runner.host
        if host is not None:
            host.reset_counters()
            self.instruments.figures.show_snapshot(host.snapshot())

    def _forget(self) -> None:
        """What is not remembered any more is not offered either."""
        self.controls.show_models(())
        self.clips.forget()

    def _remember(self) -> None:
        """Keep what runs, with the chain as it was edited meanwhile."""
        if self.running and not self.busy:
            self._memory.keep(self.settings)

    def _arrange(self) -> None:
        for page in (self.listen, self.chain):
            self.pages.addWidget(page)
        left = QVBoxLayout()
        left.setSpacing(GAP)
        left.addWidget(panel(self.pages), 1)
        left.addWidget(self.clips)
        left.addWidget(self.rendering)
        middle = QHBoxLayout()
        middle.setSpacing(GAP)
        middle.addLayout(left, 8)
        middle.addWidget(self.instruments, 5)
        content = QWidget()
        whole = QVBoxLayout(content)
        whole.setContentsMargins(GAP, GAP, GAP, GAP // 2)
        whole.setSpacing(GAP)
        whole.addWidget(self.controls)
        whole.addWidget(self.welcome)
        whole.addWidget(self.notices)
        whole.addLayout(middle, 1)
        whole.addWidget(self.foot)
        self.setCentralWidget(content)

    def _connect(self) -> None:
        self.controls.start_clicked.connect(self.toggle)
        self.controls.open_clicked.connect(self.ask_for_clip)
        self.controls.live_clicked.connect(self.back_to_live)
        self.controls.refresh_clicked.connect(self._devices.look)
        self.controls.show_models(self._memory.preferences.models)
        self._devices.changed.connect(self.controls.show_sources)
        self._devices.failed.connect(self.notices.say)
        self.welcome.demo_clicked.connect(lambda: self.open_clip(demo_clip()))
        self.controls.settings_chosen.connect(lambda chosen: self.choose(replace(chosen, plan=self.chain.plan)))
        self.controls.pages.chosen.connect(self._turn_to)
        self.chain.failed.connect(self.notices.say)
        self.clips.clip_wanted.connect(self.open_clip)
        self.clips.clip_replaced.connect(self.replace_clip)
        self.clips.render_wanted.connect(lambda: self.rendering.ask(self.settings))
        self.rendering.changed.connect(lambda: self.clips.show_rendering(self.rendering.running))
        self.rendering.failed.connect(self.notices.say)
        self.menu.forgotten.connect(self._forget)
        self.clips.deck.start_wanted.connect(self.start)
        self.clips.failed.connect(self.notices.say)
        self.sessions.opened.connect(self.choose)
        self.sessions.failed.connect(self.notices.say)
        self.instruments.figures.reset_requested.connect(self.reset_counters)
        self.foot.wide.toggled.connect(self.listen.spectrograms.set_wide)
        self.foot.glow.toggled.connect(self.instruments.picture.set_glow)
        for text, keys, action in (
            (self.tr("Open clip…"), QKeySequence(QKeySequence.StandardKey.Open), self.ask_for_clip),
            (self.tr("Refresh devices"), QKeySequence(Qt.Key.Key_F5), self._devices.look),
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
        self.addActions(self.menu.actions_by_key)
        self.addActions([*self.sessions.actions_by_key, *self.clips.keys.actions, *self.foot.listening.actions_by_key])

    def _turn_to(self, page: int) -> None:
        self.pages.setCurrentIndex(page)
        self.foot.wide.setVisible(page == LISTEN)

    def key_table(self) -> list[tuple[str, str]]:
        """Every key and what it does."""
        space = (key_names(Qt.Key.Key_Space), self.tr("Start or stop; with a clip, play or pause"))
        return [space, *self.clips.keys.table(), *shortcuts(self.actions())]

    def _poll(self) -> None:
        while self._memory.troubles:
            self.notices.say(self._memory.troubles.pop(0))
        if trouble := self.catalogue.poll():
            self.notices.say(trouble)
        outcome = self._runner.poll()
        if outcome is not None:
            self._settle(outcome)
        if self._remote is not None:
            self._obey(self._remote)
        self.chain.poll()
        host, now_s = self._runner.host, time.monotonic()
        clip = self._settings.clip
        self.clips.follow(host if clip == self._playing_clip else None, clip, self._runner.wanted, now_s)
        self.rendering.poll()
        self.foot.listening.follow(host)
        if host is not None:
            self._show(host, now_s)

    def _obey(self, remote: RemoteClient) -> None:
        remote.poll(self._runner.host)
        for line in remote.notices[self._remote_notices :]:
            (self.notices.inform if line == remote.address else self.notices.say)(line)
        self._remote_notices = len(remote.notices)
        if remote.stop_wanted:
            self.stop()

    def _settle(self, outcome: Outcome) -> None:
        for error in outcome.errors:
            self.notices.say(error)
        self._playing_clip = outcome.settings.clip
        if outcome.refusal and not self._runner.busy:
            if (refused := self._settings.clip) not in (None, outcome.settings.clip):
                self.clips.playlist.refuse(refused, outcome.refusal)
            self._settings = outcome.settings
            self.controls.show_settings(outcome.settings)
        elif outcome.host is not None:
            self._memory.keep(self.settings)
            self.controls.show_models(self._memory.preferences.models)
        host = self._runner.host
        if host is not None and host.chain is not None:
            self.chain.attach(host.chain, outcome.settings.sample_rate)
        self._show_state()

    def _show(self, host: HostClient, now_s: float) -> None:
        snapshot = host.snapshot()
        if host is not self._shown_host:
            self._shown_host = host
            self._polls = 0
            self.notices.forget()
            self.listen.spectrograms.prepare(snapshot.sample_rate)
            self.instruments.prepare(snapshot.sample_rate)
        end, sound = host.scope(self.listen.spectrograms.samples_wanted(now_s))
        self.listen.spectrograms.feed(end, sound, now_s)
        self.instruments.follow(host, snapshot, end, sound, now_s)
        if self._polls % POLLS_PER_FIGURE == 0 or snapshot.finished:
            self.chain.follow(snapshot.latency.plugins)
            self.instruments.show_figures(host, snapshot, self.chain.latencies)
            self.foot.show_snapshot(snapshot, self._settings)
            if self.chain.isVisible():
                self.notices.leave_out(self.chain.troubles)
            self.notices.say_once(snapshot.notices)
        self._polls += 1
        if snapshot.finished and self._close_at_end:
            self.close()
        elif snapshot.finished and self._settings.record is not None and not self._runner.busy:
            self.stop()  # the recording is of the clip, not of the silence after it

    def _show_state(self) -> None:
        wanted, busy = self._runner.wanted, self._runner.busy
        self.controls.show_state(wanted, busy)
        self.foot.show_state(wanted, busy)
        if not (wanted or busy):
            self.instruments.rest()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space plays and pauses a clip, starts and stops live, unless a control reached by Tab takes it for itself."""
        if self.clips.keys.take(event):
            return
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self.toggle()
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_files(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        if files := dropped_files(event.mimeData()):
            event.acceptProposedAction()
            self.clips.open(files)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop the host, then go."""
        self._timer.stop()
        self.hide()
        self._remember()
        self.welcome.leave()
        self.clips.close_files()
        self.rendering.close_process()
        self.errors_at_close = self._runner.close()
        self._worker.shutdown()
        event.accept()
