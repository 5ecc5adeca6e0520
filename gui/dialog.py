"""What the dialogs of the menu have in common."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from gui.buttons import button
from gui.theme import GAP


class Dialog(QDialog):
    """Room for what is shown, and Close below it.

    Attributes
    ----------
    column
        Where a subclass puts what it shows.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.close_button = button(self.tr("Close"), self.tr("Close this dialog (Esc)"))
        self.close_button.clicked.connect(self.reject)
        self.column = QVBoxLayout()
        self.column.setSpacing(GAP)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(2 * GAP, 2 * GAP, 2 * GAP, GAP)
        whole.setSpacing(2 * GAP)
        whole.addLayout(self.column, 1)
        whole.addWidget(self.close_button, alignment=Qt.AlignmentFlag.AlignRight)

    def showEvent(self, event: QShowEvent) -> None:
        """Let Tab come to Close last, and the keyboard begin with what is shown."""
        super().showEvent(event)
        stops = [part for part in self.findChildren(QWidget) if part.focusPolicy() & Qt.FocusPolicy.TabFocus]
        others = [part for part in stops if part is not self.close_button]
        if others:
            self.setTabOrder(others[-1], self.close_button)
            others[0].setFocus(Qt.FocusReason.TabFocusReason)
