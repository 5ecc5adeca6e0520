"""Files that plugins of ours read: which entry of a slot's state names one, and how to ask for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QWidget

from gui.buttons import small_button
from gui.theme import GAP, QUIET, label
from realtime.chain.plan import Slot


@dataclass(frozen=True)
class SlotFile:
    """One file of a plugin.

    Attributes
    ----------
    key
        Of the slot's state.
    caption
        What it is, in the words of the program.
    patterns
        Of its name.
    """

    key: str
    caption: str
    patterns: str


FILES = {
    "convolution": SlotFile(
        "file", str(QT_TRANSLATE_NOOP("SlotFile", "Impulse response")), "*.wav *.flac *.aiff *.ogg"
    ),
    "panner": SlotFile("sofa", str(QT_TRANSLATE_NOOP("SlotFile", "Head")), "*.sofa"),
}
"""Identifier -> its file."""


class FileChooser(QWidget):
    """Shows a plugin's file, and asks for another."""

    chosen = Signal(dict)
    """The state with another file."""

    def __init__(self, file: SlotFile) -> None:
        super().__init__()
        self._file = file
        self._state: dict[str, object] = {}
        self._caption = QCoreApplication.translate("SlotFile", file.caption)
        self.name = label("", 12, QUIET)
        self.choose = small_button(
            self.tr("Choose…"), self.tr("Choose a file"), self.tr("Choose {0}").format(self._caption)
        )
        self.choose.clicked.connect(self.ask)
        row = QHBoxLayout(self)
        row.setContentsMargins(GAP, 0, GAP // 2, 0)
        row.setSpacing(GAP // 2)
        row.addWidget(self.name)
        row.addWidget(self.choose)
        row.addStretch()

    def show_slot(self, slot: Slot) -> None:
        """Show the slot's file."""
        self._state = dict(slot.state)
        path = self._state.get(self._file.key)
        name = Path(str(path)).name if path else self.tr("as it comes")
        self.name.setText(f"{self._caption}: {name}")
        self.name.setToolTip(str(path or ""))

    def ask(self) -> None:
        """Let the user pick a file."""
        kinds = f"{self._caption} ({self._file.patterns})" + ";;" + self.tr("All files (*)")
        path, _ = QFileDialog.getOpenFileName(self.window(), self._caption, "", kinds)
        if path:
            self.chosen.emit({**self._state, self._file.key: path})
