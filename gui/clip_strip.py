"""The strip of a recorded clip: its waveform, transport, playlist and rendering; there while a clip is open."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from gui.buttons import button, switch
from gui.client import HostClient
from gui.clip_files import clips_among
from gui.deck import WHOLE, Deck, Region
from gui.playlist import Playlist
from gui.playlist_panel import PlaylistPanel
from gui.render_bar import RenderBar
from gui.theme import GAP
from gui.transport import Transport
from gui.waveform import LEAST_SELECTION_S, Waveform
from realtime.overview import Overview
from realtime.settings import Settings

STEP_S = 5.0


class ClipStrip(QFrame):
    """Shows the clip that plays, moves through it, and asks for another one when it is at its end.

    Parameters
    ----------
    settings_now
        What is chosen now, to render with.
    loops
        Whether the first clip begins looped.
    """

    clip_wanted = Signal(object)
    """Path of the clip to play instead."""
    failed = Signal(str)
    """One line: why something was not done."""

    def __init__(self, settings_now: Callable[[], Settings], *, loops: bool = False) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._settings_now = settings_now
        self._clip: Path | None = None
        self._overview: Overview | None = None
        self._loops = loops
        self._went_on = False
        self._choosing = False
        """The first of several files that can be played is still looked for."""
        self.deck = Deck()
        self.playlist = Playlist()
        self.transport = Transport()
        self.waveform = Waveform()
        self.playlist_panel = PlaylistPanel(self.playlist)
        self.unfold = switch(self.tr("Playlist"), self.tr("Show the clips that are played one after the other"))
        self.render_file = button(self.tr("Render…"), "")
        self.render_bar = RenderBar()
        self._arrange()
        self._connect()
        self.actions_by_key = self._actions()
        """For the window, so that their keys work on every page."""
        self.begin(None)
        self._show_playlist()

    def open(self, paths: list[Path]) -> None:
        """Begin a playlist of these files, and of the clips in these folders, and play the first that can be."""
        clips = clips_among(paths)
        if not clips:
            self.failed.emit(self.tr("there are no clips in '{0}'; choose another folder").format(paths[0]))
            return
        self.playlist.put([])
        self.playlist.put(clips)
        self.unfold.setChecked(len(clips) > 1)
        if len(clips) == 1:
            self.clip_wanted.emit(clips[0])
        else:
            self._choosing = True

    def begin(self, clip: Path | None) -> None:
        """Show a clip from its start, also the same once more: its file may be another by now. None: live."""
        self._clip, self._went_on = clip, False
        self.deck.clear()
        self.waveform.select(None)
        self._read(clip)
        if clip is not None:
            self.playlist.turn_to(clip)
            if self._loops:
                self._loops = False
                self.deck.loop(WHOLE)
        self.setVisible(clip is not None)
        for action in self.actions_by_key:
            action.setEnabled(clip is not None)

    def follow(self, host: HostClient | None, clip: Path | None, wanted: bool, now_s: float) -> None:
        """Show what is, thirty times a second.

        Parameters
        ----------
        host
            That plays the clip, or None.
        clip
            That is chosen, or None while live.
        wanted
            Whether a host runs or is about to.
        now_s
            Any monotonic clock, seconds.
        """
        if clip != self._clip:
            self.begin(clip)
        self.deck.follow(host, wanted)
        self.render_bar.poll()
        for line in self.playlist.poll(now_s):
            if clip is not None:
                self.failed.emit(line)
        if self._choosing:
            self._choose_first()
        if clip is not None:
            self._show()

    def take_key(self, event: QKeyEvent) -> bool:
        """Do what a key means for the clip; False when it means nothing."""
        if self._clip is None or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return False
        match event.key():
            case Qt.Key.Key_Space if not event.isAutoRepeat():
                self.deck.toggle()
            case Qt.Key.Key_Left:
                self.seek(self.deck.position_s - STEP_S)
            case Qt.Key.Key_Right:
                self.seek(self.deck.position_s + STEP_S)
            case Qt.Key.Key_Home:
                self.seek(0.0)
            case Qt.Key.Key_Escape if self.waveform.selection is not None:
                self.select(None)
            case _:
                return False
        return True

    def keys(self) -> list[tuple[str, str]]:
        """What `take_key` knows beside Space, and what each does."""
        return [
            ("Left, Right", self.tr("With a clip: go 5 s back or on")),
            ("Home", self.tr("With a clip: go to its start")),
            ("Esc", self.tr("With a clip: forget the selected part and do not loop")),
        ]

    @property
    def duration_s(self) -> float:
        """Of the clip, as the host says, or until then its file; 0 while nobody knows."""
        if self.deck.playback is not None:
            return self.deck.playback.duration_s
        known = self._overview.clip if self._overview else None
        return known.duration_s if known is not None else 0.0

    def seek(self, seconds: float) -> None:
        """Go on from another place of the clip."""
        self._went_on = False
        self.deck.seek(min(max(seconds, 0.0), self.duration_s))

    def step(self, step: int) -> None:
        """Play the next clip (1) or the one before (-1)."""
        clip = self.playlist.neighbour(step)
        if clip is not None:
            self.clip_wanted.emit(clip)

    def select(self, selection: Region | None) -> None:
        """Select a part; it is looped if there is a loop now. None: no part, and no loop."""
        self.waveform.select(selection)
        self.loop(self.deck.region is not None and selection is not None)

    def loop(self, on: bool) -> None:
        """Play what is selected, or else the whole clip, again and again, or not any more."""
        region = (self.waveform.selection or WHOLE) if on else None
        if region != self.deck.region:
            self.deck.loop(region)
        self._show_loop()

    def close_files(self) -> None:
        """Read and render nothing any more."""
        self._read(None)
        self.playlist.close()
        self.render_bar.close_process()

    def _arrange(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(GAP // 2)
        head.addWidget(self.transport)
        head.addStretch()
        head.addWidget(self.unfold)
        head.addWidget(self.render_file)
        self.playlist_panel.hide()
        whole = QVBoxLayout(self)
        whole.setContentsMargins(GAP, GAP // 2, GAP, GAP)
        whole.setSpacing(GAP // 2)
        whole.addLayout(head)
        for part in (self.waveform, self.playlist_panel, self.render_bar):
            whole.addWidget(part)

    def _connect(self) -> None:
        self.transport.play_clicked.connect(self.deck.toggle)
        self.transport.step_wanted.connect(self.step)
        self.transport.loop_wanted.connect(self.loop)
        self.waveform.seek_wanted.connect(self.seek)
        self.waveform.selected.connect(lambda: self.loop(True))
        self.unfold.toggled.connect(self.playlist_panel.setVisible)
        self.playlist_panel.chosen.connect(self.clip_wanted)
        self.playlist.changed.connect(self._show_playlist)
        self.render_file.clicked.connect(lambda: self.render_bar.ask(self._settings_now()))
        self.render_bar.changed.connect(self._show_playlist)
        self.render_bar.failed.connect(self.failed)
        self.deck.failed.connect(self.failed)

    def _actions(self) -> list[QAction]:
        made: list[QAction] = []
        for text, keys, act in (
            (self.tr("Previous clip"), "Ctrl+Left", lambda: self.step(-1)),
            (self.tr("Next clip"), "Ctrl+Right", lambda: self.step(1)),
            (self.tr("Begin the part to loop here"), "I", lambda: self._set_end(0)),
            (self.tr("End the part to loop here"), "O", lambda: self._set_end(1)),
            (self.tr("Loop"), "L", self.transport.loop.click),
            (self.tr("Render to file…"), "Ctrl+R", self.render_file.click),
        ):
            action = QAction(text, self)
            action.setShortcut(keys)
            action.triggered.connect(act)
            made.append(action)
        return made

    def _read(self, clip: Path | None) -> None:
        if self._overview is not None:
            self._overview.stop()
        self._overview = Overview(clip) if clip is not None else None
        if self._overview is not None:
            self._overview.start()

    def _show(self) -> None:
        deck, playback = self.deck, self.deck.playback
        self.transport.show_playing(deck.playing)
        self.transport.show_time(deck.position_s, self.duration_s)
        if self._overview is not None:
            self.waveform.show_shape(self._overview.shape, self.duration_s, self._overview.trouble)
        self.waveform.show_position(deck.position_s)
        self._show_loop()
        if playback is not None and playback.ended and not self._went_on:
            self._went_on = True
            self.step(1)

    def _show_loop(self) -> None:
        looping = self.deck.region is not None
        self.waveform.show_looping(looping)
        self.transport.loop.setChecked(looping)

    def _choose_first(self) -> None:
        """Of several files play the first that can be, as soon as that is known."""
        for entry in self.playlist.entries:
            if not entry.looked_into:
                return
            if not entry.trouble:
                self._choosing = False
                self.clip_wanted.emit(entry.path)
                return
        self._choosing = False
        self.failed.emit(self.tr("none of these {0} files can be played").format(len(self.playlist.entries)))

    def _set_end(self, which: int) -> None:
        """Begin (0) or end (1) what is selected at what is heard now."""
        here_s = self.deck.position_s
        start_s, end_s = self.waveform.selection or (0.0, self.duration_s)
        if which == 0:
            start_s, end_s = here_s, end_s if end_s > here_s else self.duration_s
        else:
            start_s, end_s = start_s if start_s < here_s else 0.0, here_s
        if end_s - start_s >= LEAST_SELECTION_S:
            self.select((start_s, end_s))

    def _show_playlist(self) -> None:
        count = len(self.playlist.entries)
        self.unfold.setText(self.tr("Playlist ({0})").format(count) if count > 1 else self.tr("Playlist"))
        self.transport.show_steps(self.playlist.neighbour(-1) is not None, self.playlist.neighbour(1) is not None)
        entry = self.playlist.entry(self._clip) if self._clip is not None else None
        has_picture = entry is not None and entry.has_picture
        self.render_file.setEnabled(has_picture and not self.render_bar.running)
        self.render_file.setToolTip(
            self.tr("Write the binaural sound, alone or with the picture, to a file (Ctrl+R)")
            if has_picture
            else self.tr("A clip without a picture cannot be rendered: there is nothing to place its sound by")
        )
