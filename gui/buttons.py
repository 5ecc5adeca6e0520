"""Buttons as every row of the window has them."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton


def button(text: str, tip: str, name: str = "") -> QPushButton:
    """A button that takes the focus by Tab only, so that Space stays Start after a click.

    Parameters
    ----------
    name
        For people who hear it instead of seeing it; the text where that says it already.
    """
    made = QPushButton(text)
    made.setAccessibleName(name or text)
    made.setToolTip(tip)
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return made


def small_button(text: str, tip: str, name: str = "") -> QPushButton:
    """The same for a crowded row."""
    made = button(text, tip, name)
    made.setObjectName("small")
    return made


def switch(text: str, tip: str, name: str = "") -> QPushButton:
    """The same, that stays down."""
    made = button(text, tip, name)
    made.setCheckable(True)
    return made
