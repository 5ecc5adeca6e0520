"""The dialog of what belongs to the window and not to the sound: looks, and what is remembered."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFormLayout, QLabel, QWidget

from gui.buttons import button
from gui.client import Choice
from gui.dialog import Dialog
from gui.memory import RESTORE, Memory
from gui.selector import HEIGHT_PX, Selector
from gui.theme import GAP, QUIET, WISHES, label


class SettingsDialog(Dialog):
    """Each choice holds at once; there is nothing to confirm.

    Parameters
    ----------
    memory
        What is shown and changed.
    """

    theme_chosen = Signal(str)
    """One of `gui.theme.WISHES`."""
    forgotten = Signal()
    """Nothing is remembered any more."""

    def __init__(self, memory: Memory, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._memory = memory
        self.setWindowTitle(self.tr("Settings"))
        self.theme = Selector(self.tr("Appearance"))
        self.restore = Selector(self.tr("At the start"))
        self.reset = button(
            self.tr("Forget everything"),
            self.tr("Looks, recent networks and sessions, the playlist, and the last choice"),
        )
        self._forgotten = label("", 12, QUIET)
        self._offer()
        form = QFormLayout()
        form.setHorizontalSpacing(2 * GAP)
        form.setVerticalSpacing(GAP)
        for selector in (self.theme, self.restore):
            selector.setMinimumContentsLength(28)
            form.addRow(_caption(selector.caption), selector)
        form.addRow(_caption(self.tr("Memory")), self.reset)
        form.addRow("", self._forgotten)
        self.column.addLayout(form)
        self.column.addStretch()
        self.theme.activated.connect(self._choose_theme)
        self.restore.activated.connect(lambda: memory.prefer(restore=self.restore.value or RESTORE[0]))
        self.reset.clicked.connect(self._forget)

    def _offer(self) -> None:
        looks = (self.tr("As the system"), self.tr("Dark"), self.tr("Light"))
        whats = (
            self.tr("Last devices, mode, network and chain"),
            self.tr("Last devices, mode and network"),
            self.tr("Nothing: begin with the defaults"),
        )
        preferences = self._memory.preferences
        self.theme.offer(map(Choice, looks, WISHES), preferences.theme)
        self.restore.offer(map(Choice, whats, RESTORE), preferences.restore)

    def _choose_theme(self) -> None:
        wish = self.theme.value or WISHES[0]
        self._memory.prefer(theme=wish)
        self.theme_chosen.emit(wish)

    def _forget(self) -> None:
        self._memory.forget()
        self._offer()
        self._forgotten.setText(self.tr("Forgotten. The next start is like the first."))
        self.theme_chosen.emit(WISHES[0])
        self.forgotten.emit()


def _caption(text: str) -> QLabel:
    """As high as what stands beside it."""
    made = label(text)
    made.setMinimumHeight(HEIGHT_PX)
    return made
