"""Colours, spacing and the dark palette; every pair of text and ground here has a contrast of at least 4.5 to 1."""

from __future__ import annotations

from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication, QLabel

GROUND = "#12151a"
PANEL = "#1b2027"
CARD = "#20262e"
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
    (TEXT, CARD),
    (TEXT, FIELD),
    (TEXT, FIELD_HOVER),
    (QUIET, GROUND),
    (QUIET, PANEL),
    (QUIET, CARD),
    (DISABLED, PANEL),
    (DISABLED, CARD),
    (DISABLED, FIELD),
    (ACCENT, FIELD),
    (ACCENT, CARD),
    (ON_ACCENT, ACCENT),
    (TEXT, WARN_GROUND),
    (WARN, PANEL),
    (WARN, CARD),
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
QPushButton#small {{ padding: 2px 7px; min-height: 16px; }}
QFrame#part {{ background: {CARD}; border: 1px solid {LINE}; border-radius: 6px; }}
QFrame#part[depth="1"] {{ margin-left: 20px; }}
QFrame#part[depth="2"] {{ margin-left: 40px; }}
QScrollBar:vertical {{ background: {PANEL}; width: 10px; }}
QScrollBar::handle:vertical {{ background: {LINE}; border-radius: 4px; min-height: 24px; margin: 1px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: none; }}
QTreeWidget::item {{ padding: 2px 0; }}
QLineEdit#value {{
    background: {FIELD}; border: 1px solid {LINE}; border-radius: 4px; padding: 1px 4px; min-height: 18px;
}}
QLineEdit#value:focus {{ border-color: {ACCENT}; }}
QCheckBox::indicator {{
    width: 13px; height: 13px; background: {FIELD}; border: 1px solid {QUIET}; border-radius: 3px;
}}
QCheckBox::indicator:checked {{ background: {ACCENT}; border-color: {ACCENT}; }}
QCheckBox::indicator:focus {{ border-color: {ACCENT}; }}
QSlider {{ min-height: 18px; }}
QSlider::groove:horizontal {{ height: 4px; background: {LINE}; border-radius: 2px; }}
QSlider::sub-page:horizontal {{ background: {ACCENT}; border-radius: 2px; }}
QSlider::handle:horizontal {{ width: 12px; margin: -4px 0; border-radius: 6px; background: {QUIET}; }}
QSlider::handle:horizontal:hover, QSlider::handle:horizontal:focus {{ background: {TEXT}; }}
QSlider:focus {{ border: 1px solid {ACCENT}; border-radius: 4px; }}
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
    recolour(made, colour)
    return made


def recolour(text: QLabel, colour: str) -> None:
    """Give a label another of the window's colours."""
    palette = text.palette()
    if palette.color(QPalette.ColorRole.WindowText) != QColor(colour):
        palette.setColor(QPalette.ColorRole.WindowText, QColor(colour))
        text.setPalette(palette)
