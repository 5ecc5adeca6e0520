"""Every key that the window knows."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QGridLayout, QWidget

from gui.dialog import Dialog
from gui.theme import GAP, QUIET, label

COLUMNS = 2


def shortcuts(actions: Iterable[QAction]) -> list[tuple[str, str]]:
    """Keys and what they do, of all actions that have keys, in their order."""
    return [(key_names(*action.shortcuts()), action.text()) for action in actions if action.shortcuts()]


def key_names(*keys: QKeySequence | Qt.Key) -> str:
    """What keys are called in this language and on this system."""
    return ", ".join(QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText) for key in keys)


class HelpDialog(Dialog):
    """A table of keys.

    Parameters
    ----------
    keys
        What `shortcuts` gives, and what else there is.
    """

    def __init__(self, keys: list[tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Keys"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(GAP)
        grid.setVerticalSpacing(GAP // 2)
        grid.setColumnMinimumWidth(2, 2 * GAP)
        rows = -(-len(keys) // COLUMNS)
        for number, (key, text) in enumerate(keys):
            column, row = divmod(number, rows)
            grid.addWidget(label(key, 13, bold=True), row, 3 * column, Qt.AlignmentFlag.AlignRight)
            grid.addWidget(label(text.replace("…", ""), 13, QUIET), row, 3 * column + 1)
        self.column.addLayout(grid)
