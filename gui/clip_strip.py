"""The strip of a recorded clip: its waveform, transport and playlist; there while a clip is open."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from gui.buttons import button, switch
from gui.client import HostClient
from gui.clip_files import clips_among
from gui.clip_keys import ClipKeys
from gui.deck import WHOLE, Deck, Region
from gui.playlist import Playlist
from gui.playlist_panel import PlaylistPanel
from gui.theme import GAP
from gui.transport import Transport
from gui.waveform import LEAST_SELECTION_S, Waveform
from realtime.overview import Overview


class ClipStrip(QFrame):
    """Shows the clip that plays, moves through it, and asks for another one when it is at its end.

    Parameters
    ----------
    loops
        Whether the first clip begins looped.
    """

    clip_wanted = Signal(object)
    """Path of the clip to play instead."""
    clip_replaced = Signal(object)
    """Path of the clip that takes the place of the present one, which was taken out: it plays if that did."""
    render_wanted = Signal()
    """The clip is to be written to a file."""
    failed = Signal(str)
    """One line: why something was not done."""

    def __init__(self, *, loops: bool = False) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._clip: Path | None = None
        self._overview: Overview | None = None
        self._loops = loops
        self._went_on = False
        self._rendering = False
        self._choosing = False
        """The first of several files that can be played is still looked for."""
        self.deck = Deck()
        self.playlist = Playlist()
        self.transport = Transport()
        self.waveform = Waveform()
        self.playlist_panel = PlaylistPanel(self.playlist)
        self.unfold = switch(self.tr("Playlist"), self.tr("Show the clips that are played one after the other"))
        self.render_file = button(self.tr("Render…"), "")
        self._arrange()
        self._connect()
        self.keys = ClipKeys(self)
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

    def begin(self, clip: Path | None, *, held: bool = False) -> None:
        """Show a clip from its start, also the same once more: its file may be another by now. None: live.

        Parameters
        ----------
        held
            It is not to play before the user says so.
        """
        self._clip, self._went_on = clip, False
        self.deck.clear(held=held)
        self.waveform.select(None)
        self._read(clip)
        if clip is not None:
            self.playlist.turn_to(clip)
            if self._loops:
                self._loops = False
                self.deck.loop(WHOLE)
        self.setVisible(clip is not None)
        self.keys.allow(clip is not None)

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
        for line in self.playlist.poll(now_s):
            if clip is not None:
                self.failed.emit(line)
        if self._choosing:
            self._choose_first()
        if clip is not None:
            self._show()

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

    def select_from_here(self, which: int) -> None:
        """Begin (0) or end (1) what is selected at what is heard now."""
        here_s = self.deck.position_s
        start_s, end_s = self.waveform.selection or (0.0, self.duration_s)
        if which == 0:
            start_s, end_s = here_s, end_s if end_s > here_s else self.duration_s
        else:
            start_s, end_s = start_s if start_s < here_s else 0.0, here_s
        if end_s - start_s >= LEAST_SELECTION_S:
            self.select((start_s, end_s))

    def show_rendering(self, on: bool) -> None:
        """Whether a clip is being rendered; one at a time is."""
        self._rendering = on
        self._show_playlist()

    def forget(self) -> None:
        """Keep nothing in the playlist but the clip that is open."""
        self.playlist.put([] if self._clip is None else [self._clip])

    def close_files(self) -> None:
        """Read nothing any more."""
        self._read(None)
        self.playlist.close()

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
        for part in (self.waveform, self.playlist_panel):
            whole.addWidget(part)

    def _connect(self) -> None:
        self.transport.play_clicked.connect(self.deck.toggle)
        self.transport.step_wanted.connect(self.step)
        self.transport.loop_wanted.connect(self.loop)
        self.waveform.seek_wanted.connect(self.seek)
        self.waveform.selected.connect(lambda: self.loop(True))
        self.unfold.toggled.connect(self.playlist_panel.setVisible)
        self.playlist_panel.chosen.connect(self.clip_wanted)
        self.playlist_panel.replaced.connect(self.clip_replaced)
        self.playlist.changed.connect(self._show_playlist)
        self.render_file.clicked.connect(self.render_wanted)
        self.deck.failed.connect(self.failed)

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

    def _show_playlist(self) -> None:
        count = len(self.playlist.entries)
        self.unfold.setText(self.tr("Playlist ({0})").format(count) if count > 1 else self.tr("Playlist"))
        self.transport.show_steps(self.playlist.neighbour(-1) is not None, self.playlist.neighbour(1) is not None)
        entry = self.playlist.entry(self._clip) if self._clip is not None else None
        has_picture = entry is not None and entry.has_picture
        self.render_file.setEnabled(has_picture and not self._rendering)
        self.render_file.setToolTip(
            self.tr("Write the binaural sound, alone or with the picture, to a file (Ctrl+R)")
            if has_picture
            else self.tr("A clip without a picture cannot be rendered: there is nothing to place its sound by")
        )
