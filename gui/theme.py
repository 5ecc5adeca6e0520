"""Colours, spacing and text sizes; dark or light as the system is, or as the user wishes.

Colours have roles; `colour` gives what a role looks like now. When that changes, Qt tells every widget by a palette
change, after which it is drawn anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontInfo, QPalette
from PySide6.QtWidgets import QApplication, QLabel

from gui.style_sheet import style_sheet

GROUND = "ground"
PANEL = "panel"
CARD = "card"
FIELD = "field"
FIELD_HOVER = "field_hover"
LINE = "line"
TEXT = "text"
QUIET = "quiet"
DISABLED = "disabled"
ACCENT = "accent"
ON_ACCENT = "on_accent"
GOOD = "good"
WARN = "warn"
BAD = "bad"
WARN_GROUND = "warn_ground"

DARK: Mapping[str, str] = MappingProxyType(
    {
        GROUND: "#12151a",
        PANEL: "#1b2027",
        CARD: "#20262e",
        FIELD: "#252c35",
        FIELD_HOVER: "#2f3843",
        LINE: "#36404c",
        TEXT: "#e8ecf1",
        QUIET: "#a7b2bf",
        DISABLED: "#8d98a5",
        ACCENT: "#5cc8ff",
        ON_ACCENT: "#07202e",
        GOOD: "#56d08a",
        WARN: "#f2b950",
        BAD: "#ff7b72",
        WARN_GROUND: "#3a2d12",
    }
)
LIGHT: Mapping[str, str] = MappingProxyType(
    {
        GROUND: "#e9edf2",
        PANEL: "#fbfcfe",
        CARD: "#f3f6f9",
        FIELD: "#e8edf2",
        FIELD_HOVER: "#dbe3eb",
        LINE: "#bcc7d2",
        TEXT: "#18202a",
        QUIET: "#4b5967",
        DISABLED: "#5f6c79",
        ACCENT: "#00609e",
        ON_ACCENT: "#ffffff",
        GOOD: "#137a45",
        WARN: "#855400",
        BAD: "#b3261e",
        WARN_GROUND: "#fff0cc",
    }
)

TEXT_PAIRS = (
    (TEXT, GROUND),
    (TEXT, PANEL),
    (TEXT, CARD),
    (TEXT, FIELD),
    (TEXT, FIELD_HOVER),
    (QUIET, GROUND),
    (QUIET, PANEL),
    (QUIET, CARD),
    (QUIET, FIELD),
    (DISABLED, PANEL),
    (DISABLED, CARD),
    (DISABLED, FIELD),
    (ACCENT, PANEL),
    (ACCENT, FIELD),
    (ACCENT, CARD),
    (ON_ACCENT, ACCENT),
    (TEXT, WARN_GROUND),
    (GOOD, PANEL),
    (WARN, WARN_GROUND),
    (WARN, PANEL),
    (WARN, CARD),
    (BAD, PANEL),
)
"""Every (text, ground) pair that the window uses; each has a contrast of at least 4.5 to 1."""

GAP = 12
"""Pixels between panels; half of it within one."""

WISHES = ("system", "dark", "light")
_NORMAL_PX = 12
"""Text of the system's ordinary size on an ordinary screen; what is larger there is larger here."""

_shown = DARK


def colour(role: str) -> QColor:
    """What a role looks like now."""
    return QColor(_shown[role])


def colours() -> Mapping[str, str]:
    """All roles as they look now, #rrggbb."""
    return _shown


def apply_theme(application: QApplication, wish: str = "system") -> None:
    """Give the application the Fusion style, dark or light as one of WISHES says, from now on.

    Where the system does not say which it is, it is dark.
    """
    hints = application.styleHints()
    if application.property("wish") is None:
        application.setStyle("Fusion")
        hints.colorSchemeChanged.connect(lambda _: _show(application))
    application.setProperty("wish", wish)
    _show(application)


def _show(application: QApplication) -> None:
    global _shown
    is_light = application.styleHints().colorScheme() == Qt.ColorScheme.Light
    wish = application.property("wish")
    _shown = LIGHT if wish == "light" or (wish == "system" and is_light) else DARK
    palette = QPalette()
    for role, name in (
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
        palette.setColor(role, colour(name))
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, colour(DISABLED))
    application.setPalette(palette)
    application.setStyleSheet(style_sheet(_shown))


def font(size_px: int = 12, bold: bool = False) -> QFont:
    """Text of one of the window's sizes, in pixels where the system's text has its ordinary size."""
    made = QFont(QApplication.font())
    made.setPixelSize(round(size_px * max(QFontInfo(made).pixelSize() / _NORMAL_PX, 1.0)))
    made.setBold(bold)
    return made


def label(text: str = "", size_px: int = 13, colour: str = TEXT, bold: bool = False) -> QLabel:
    """A line of text in one of the window's sizes and colours."""
    made = QLabel(text)
    made.setFont(font(size_px, bold))
    recolour(made, colour)
    return made


def recolour(text: QLabel, colour: str) -> None:
    """Give a label another of the window's colours."""
    if text.property("tone") != colour:
        text.setProperty("tone", colour)
        text.style().polish(text)
