"""The playlist with what changes it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from gui.buttons import small_button
from gui.clip_files import ask_for_clips
from gui.playlist import Playlist
from gui.playlist_view import PlaylistView
from gui.theme import GAP


class PlaylistPanel(QWidget):
    """The list, and beside it Add and Remove."""

    chosen = Signal(object)
    """Path to play now."""
    replaced = Signal(object)
    """The present clip was taken out: path of the one that takes its place."""

    def __init__(self, playlist: Playlist) -> None:
        super().__init__()
        self._playlist = playlist
        self.list = PlaylistView(playlist)
        self.add = small_button(self.tr("Add…"), self.tr("Add clips to the playlist"), self.tr("Add clips"))
        self.remove = small_button(
            self.tr("Remove"), self.tr("Take the selected clip out of the playlist (Delete)"), self.tr("Remove clip")
        )
        edit = QVBoxLayout()
        edit.setSpacing(GAP // 3)
        edit.addWidget(self.add)
        edit.addWidget(self.remove)
        edit.addStretch()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP // 2)
        row.addWidget(self.list, 1)
        row.addLayout(edit)
        self.add.clicked.connect(self._ask)
        self.remove.clicked.connect(lambda: self._remove(self.list.selected))
        self.list.chosen.connect(self.chosen)
        self.list.remove_wanted.connect(self._remove)
        self.list.itemSelectionChanged.connect(self._allow)
        playlist.changed.connect(self._allow)
        self._allow()

    def _ask(self) -> None:
        if paths := ask_for_clips(self.window()):
            self._playlist.add(paths)

    def _remove(self, path: Path | None) -> None:
        """Take a clip out; the next takes the place of the present one."""
        if path is None or not self.remove.isEnabled():
            return
        if path == self._playlist.current:
            following = self._playlist.neighbour(1) or self._playlist.neighbour(-1)
            if following is None:
                return
            self.replaced.emit(following)
        self._playlist.remove(path)

    def _allow(self) -> None:
        self.remove.setEnabled(self.list.selected is not None and len(self._playlist.entries) > 1)
