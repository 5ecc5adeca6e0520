"""The rounded ground on which the window's parts lie."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from gui.theme import GAP


def panel(widget: QWidget) -> QFrame:
    """A widget on a ground of its own."""
    made = QFrame()
    made.setObjectName("panel")
    layout = QVBoxLayout(made)
    layout.setContentsMargins(GAP, GAP, GAP, GAP)
    layout.addWidget(widget)
    return made
