"""Colours, spacing and the dark palette; every pair of text and ground here has a contrast of at least 4.5 to 1."""

from __future__ import annotations

from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication, QLabel

GROUND = "#12151a"
PANEL = "#1b2027"
FIELD = "#252c35"
FIELD_HOVER = "#2f3843"
LINE = "#36404c"
TEXT = "#e8ecf1"
QUIET = "#a7b2bf"
DISABLED = "#8d98a5"
ACCENT = "#5cc8ff"
ON_ACCENT = "#07202e"
GOOD = "#56d08a"
WARN = "#f2b950"
BAD = "#ff7b72"
WARN_GROUND = "#3a2d12"

TEXT_PAIRS = (
    (TEXT, GROUND),
    (TEXT, PANEL),
    (TEXT, FIELD),
    (TEXT, FIELD_HOVER),
    (QUIET, GROUND),
    (QUIET, PANEL),
    (DISABLED, PANEL),
    (DISABLED, FIELD),
    (ACCENT, FIELD),
    (ON_ACCENT, ACCENT),
    (TEXT, WARN_GROUND),
    (WARN, PANEL),
    (BAD, PANEL),
)
"""Every (text, ground) pair that the window uses."""

GAP = 12
"""Pixels between panels; half of it within one."""

_STYLE = f"""
QFrame#panel {{ background: {PANEL}; border-radius: 8px; }}
QFrame#notice {{ background: {WARN_GROUND}; border: 1px solid {WARN}; border-radius: 6px; }}
QPushButton {{
    background: {FIELD}; color: {TEXT}; border: 1px solid {LINE}; border-radius: 5px;
    padding: 5px 10px; min-height: 18px;
}}
QPushButton:hover {{ background: {FIELD_HOVER}; }}
QPushButton:focus {{ border: 1px solid {ACCENT}; }}
QPushButton:disabled {{ color: {DISABLED}; background: {PANEL}; }}
QPushButton#primary {{ background: {ACCENT}; color: {ON_ACCENT}; border-color: {ACCENT}; font-weight: 600; }}
QPushButton#primary:focus {{ border: 1px solid {TEXT}; }}
QPushButton#primary:disabled {{ background: {FIELD}; color: {DISABLED}; border-color: {LINE}; }}
QPushButton#cell {{ background: transparent; border: 1px solid transparent; padding: 0; text-align: left; }}
QPushButton#cell:hover {{ background: {FIELD}; }}
QPushButton#cell:focus {{ border: 1px solid {ACCENT}; }}
QPushButton:checked {{ border: 1px solid {ACCENT}; color: {ACCENT}; }}
QLabel#caption {{ color: {QUIET}; }}
QToolTip {{ background: {FIELD}; color: {TEXT}; border: 1px solid {LINE}; padding: 4px; }}
"""


def apply_theme(application: QApplication) -> None:
    """Give the application the Fusion style in the dark palette."""
    application.setStyle("Fusion")
    palette = QPalette()
    for role, colour in (
        (QPalette.ColorRole.Window, GROUND),
        (QPalette.ColorRole.WindowText, TEXT),
        (QPalette.ColorRole.Base, FIELD),
        (QPalette.ColorRole.AlternateBase, PANEL),
        (QPalette.ColorRole.Text, TEXT),
        (QPalette.ColorRole.Button, FIELD),
        (QPalette.ColorRole.ButtonText, TEXT),
        (QPalette.ColorRole.BrightText, BAD),
        (QPalette.ColorRole.ToolTipBase, FIELD),
        (QPalette.ColorRole.ToolTipText, TEXT),
        (QPalette.ColorRole.PlaceholderText, QUIET),
        (QPalette.ColorRole.Link, ACCENT),
        (QPalette.ColorRole.Accent, ACCENT),
        (QPalette.ColorRole.Highlight, ACCENT),
        (QPalette.ColorRole.HighlightedText, ON_ACCENT),
    ):
        palette.setColor(role, QColor(colour))
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(DISABLED))
    application.setPalette(palette)
    application.setStyleSheet(_STYLE)


def label(text: str = "", size_px: int = 13, colour: str = TEXT, bold: bool = False) -> QLabel:
    """A line of text in one of the window's sizes and colours."""
    made = QLabel(text)
    font = QFont(made.font())
    font.setPixelSize(size_px)
    font.setBold(bold)
    made.setFont(font)
    palette = made.palette()
    palette.setColor(QPalette.ColorRole.WindowText, QColor(colour))
    made.setPalette(palette)
    return made
