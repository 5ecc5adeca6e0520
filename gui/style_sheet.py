"""What the window's controls look like, in the colours of a scheme."""

from __future__ import annotations

from collections.abc import Mapping
from string import Template

_SHEET = Template("""
QFrame#panel { background: $panel; border-radius: 8px; }
QFrame#notice { background: $warn_ground; border: 1px solid $warn; border-radius: 6px; }
QFrame#notice[kind="news"] { background: $panel; border-color: $line; }
QFrame#welcome { background: $panel; border: 1px solid $accent; border-radius: 8px; }
QPushButton {
    background: $field; color: $text; border: 1px solid $line; border-radius: 5px;
    padding: 5px 10px; min-height: 18px;
}
QPushButton:hover { background: $field_hover; }
QPushButton:focus { border: 1px solid $accent; }
QPushButton:disabled { color: $disabled; background: $panel; }
QPushButton#primary { background: $accent; color: $on_accent; border-color: $accent; font-weight: 600; }
QPushButton#primary:focus { border: 1px solid $text; }
QPushButton#primary:disabled { background: $field; color: $disabled; border-color: $line; }
QPushButton#cell { background: transparent; border: 1px solid transparent; padding: 0; text-align: left; }
QPushButton#cell:hover { background: $field; }
QPushButton#cell:focus { border: 1px solid $accent; }
QPushButton:checked { border: 1px solid $accent; color: $accent; }
QPushButton#small { padding: 2px 7px; min-height: 16px; }
QPushButton#light { padding: 0; min-height: 0; min-width: 0; border-radius: 4px; }
QPushButton#light[lit="true"] { background: $bad; border-color: $bad; }
QPushButton#light:focus { border: 1px solid $accent; }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QPushButton::menu-indicator { width: 0; }
QFrame#part { background: $card; border: 1px solid $line; border-radius: 6px; }
QFrame#mark { background: $accent; border-radius: 1px; }
QFrame#part[depth="1"] { margin-left: 20px; }
QFrame#part[depth="2"] { margin-left: 40px; }
QScrollBar:vertical { background: $panel; width: 10px; }
QScrollBar::handle:vertical { background: $line; border-radius: 4px; min-height: 24px; margin: 1px; }
QScrollBar::add-line, QScrollBar::sub-line { height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: none; }
QTreeWidget::item { padding: 2px 0; }
QTreeWidget#playlist { background: $field; border: 1px solid $field; border-radius: 5px; padding: 2px 4px; }
QTreeWidget#playlist:focus { border-color: $accent; }
QProgressBar { background: $field; border: none; border-radius: 4px; min-height: 8px; max-height: 8px; }
QProgressBar::chunk { background: $accent; border-radius: 4px; }
QLineEdit#value {
    background: $field; border: 1px solid $line; border-radius: 4px; padding: 1px 4px; min-height: 18px;
}
QLineEdit#value:focus { border-color: $accent; }
QCheckBox::indicator {
    width: 13px; height: 13px; background: $field; border: 1px solid $quiet; border-radius: 3px;
}
QCheckBox::indicator:checked { background: $accent; border-color: $accent; }
QCheckBox::indicator:focus { border-color: $accent; }
QSlider { min-height: 18px; }
QSlider::groove:horizontal { height: 4px; background: $line; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::handle:horizontal { width: 12px; margin: -4px 0; border-radius: 6px; background: $quiet; }
QSlider::handle:horizontal:hover, QSlider::handle:horizontal:focus { background: $text; }
QSlider:focus { border: 1px solid $accent; border-radius: 4px; }
QLabel#caption { color: $quiet; }
QToolTip { background: $field; color: $text; border: 1px solid $line; padding: 4px; }
""")


def style_sheet(colours: Mapping[str, str]) -> str:
    """The application's style sheet; labels take the colour that their property `tone` names.

    Parameters
    ----------
    colours
        Role -> #rrggbb.
    """
    tones = "".join(f'QLabel[tone="{role}"] {{ color: {colour}; }}\n' for role, colour in colours.items())
    return _SHEET.substitute(colours) + tones
