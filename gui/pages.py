"""The switch between the window's pages."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QWidget

from gui.buttons import switch

LISTEN, CHAIN = range(2)


class PageSwitch(QWidget):
    """One button for each page; the one that is shown stays down."""

    chosen = Signal(int)
    """LISTEN or CHAIN."""

    def __init__(self) -> None:
        super().__init__()
        self.listen = switch(self.tr("Listen"), self.tr("Show what is heard (Ctrl+1)"))
        self.chain = switch(self.tr("Chain"), self.tr("Show and edit the chain of plugins (Ctrl+2)"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        group = QButtonGroup(self)
        for page, part in enumerate((self.listen, self.chain)):
            group.addButton(part, page)
            row.addWidget(part)
        self.listen.setChecked(True)
        group.idToggled.connect(lambda page, on: self.chosen.emit(page) if on else None)
