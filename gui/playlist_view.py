"""The playlist as a list that is reordered by dragging."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QModelIndex, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeWidget, QTreeWidgetItem

from gui.clip_files import clips_among, dropped_files
from gui.playlist import Entry, Playlist
from gui.theme import ACCENT, DISABLED, TEXT, colour, font
from gui.times import clock

ROWS = 3
"""That are seen at once; more scroll."""
PATH = Qt.ItemDataRole.UserRole


class PlaylistView(QTreeWidget):
    """Shows a playlist; drag, Delete and Ctrl+Up and Ctrl+Down change it, and files dropped on it are added."""

    chosen = Signal(object)
    """Path to play now."""
    remove_wanted = Signal(object)
    """Path to take out."""

    def __init__(self, playlist: Playlist) -> None:
        super().__init__()
        self._playlist = playlist
        self.setAccessibleName(self.tr("Playlist"))
        self.setToolTip(
            self.tr("Enter plays a clip; drag it, or move it with Ctrl+Up and Ctrl+Down; drop files to add them")
        )
        self.setColumnCount(2)
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setObjectName("playlist")
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.header().setStretchLastSection(False)
        self.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.itemActivated.connect(lambda item: self.chosen.emit(item.data(0, PATH)))
        playlist.changed.connect(self.refresh)
        self.refresh()

    @property
    def order(self) -> list[Path]:
        """As it is seen."""
        return [self.row(at).data(0, PATH) for at in range(self.topLevelItemCount())]

    @property
    def selected(self) -> Path | None:
        """The row that is selected."""
        items = self.selectedItems()
        return items[0].data(0, PATH) if items else None

    def row(self, at: int) -> QTreeWidgetItem:
        """The row at a place from 0."""
        row = self.topLevelItem(at)
        assert row is not None
        return row

    def refresh(self) -> None:
        """Show what the playlist is now; rows of the same clips stay the same."""
        entries = self._playlist.entries
        if self.order != [entry.path for entry in entries]:
            selected = self.selected
            self.clear()
            for entry in entries:
                row = QTreeWidgetItem(self)
                row.setData(0, PATH, entry.path)
                row.setFlags(row.flags() & ~Qt.ItemFlag.ItemIsDropEnabled)
                if entry.path == selected:
                    self.setCurrentItem(row)
        for at, entry in enumerate(entries):
            self._show(self.row(at), entry)
        self._fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space and the keys that move through the clip are the window's."""
        moves = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home):
            event.ignore()
        elif event.key() == Qt.Key.Key_Delete:
            if self.selected is not None:
                self.remove_wanted.emit(self.selected)
        elif event.key() in moves and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._move(moves[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.source() is self or dropped_files(event.mimeData()):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        super().dragMoveEvent(event)  # marks the place, scrolls
        event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Put the dragged row, or files from elsewhere, where they are dropped."""
        order = self.order
        at = self._place(event)
        dropped = [self.selected] if event.source() is self else clips_among(dropped_files(event.mimeData()))
        paths = [path for path in dropped if path is not None]
        before = [path for path in order[:at] if path not in paths]
        after = [path for path in order[at:] if path not in paths]
        # Copied, not moved: Qt would take the dragged row away once more.
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        self._playlist.put([*before, *paths, *after])

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.refresh()

    def _fit(self) -> None:
        """As high as so many whole rows."""
        if self.topLevelItemCount():
            margins = self.contentsMargins()
            self.setFixedHeight(ROWS * self.sizeHintForRow(0) + margins.top() + margins.bottom())

    def _place(self, event: QDropEvent) -> int:
        index: QModelIndex = self.indexAt(event.position().toPoint())
        if not index.isValid():
            return self.topLevelItemCount()
        lower_half = event.position().y() > self.visualRect(index).center().y()
        return index.row() + lower_half

    def _move(self, step: int) -> None:
        order, path = self.order, self.selected
        if path is None:
            return
        at = order.index(path)
        to = min(max(at + step, 0), len(order) - 1)
        order.insert(to, order.pop(at))
        self._playlist.put(order)

    def _show(self, row: QTreeWidgetItem, entry: Entry) -> None:
        current = entry.path == self._playlist.current
        row.setText(0, entry.path.name)
        row.setText(1, clock(entry.duration_s) if entry.duration_s is not None else "")
        row.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row.setFont(0, font(12, bold=current))
        row.setForeground(0, colour(DISABLED if entry.trouble else ACCENT if current else TEXT))
        row.setForeground(1, colour(DISABLED))
        for column in (0, 1):
            row.setToolTip(column, entry.trouble or str(entry.path))
        spoken = self.tr("{0}, cannot be played: {1}").format(entry.path.name, entry.trouble)
        row.setData(0, Qt.ItemDataRole.AccessibleTextRole, spoken if entry.trouble else entry.path.name)
