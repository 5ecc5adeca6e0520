"""Which controls there were to see, which of them were driven, and whether each has a name and is reached by Tab."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QHeaderView,
    QLineEdit,
    QMenu,
    QScrollBar,
    QTextEdit,
    QWidget,
)

KINDS = (QAbstractButton, QAbstractItemView, QAbstractSlider, QAbstractSpinBox, QComboBox, QLineEdit, QTextEdit)
PARTS = (QHeaderView, QScrollBar)
"""Of other controls."""
MOST_STOPS = 300


def controls_in(window: QWidget) -> Iterator[QWidget]:
    """Whatever is seen in a window and can be used now: what takes the focus, and what a mouse can press."""
    for widget in window.findChildren(QWidget):
        is_part = isinstance(widget, PARTS) or isinstance(widget.parent(), (QComboBox, QLineEdit))
        acts = isinstance(widget, KINDS) or widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        if acts and not is_part and widget.window() is window and widget.isVisible() and widget.isEnabled():
            yield widget


class Census:
    """Of all windows that it has looked at, each control once; another of the same name and place is the same."""

    def __init__(self) -> None:
        self._seen: dict[int, tuple[QWidget, str]] = {}
        self._driven: set[int] = set()
        self._entries: set[tuple[str, str]] = set()
        self._chosen: set[tuple[str, str]] = set()
        self.faults: set[str] = set()
        """Controls without a name, a tool tip or a way to them by Tab."""

    def look(self, window: QWidget) -> None:
        """Note every control that is there now."""
        for control in controls_in(window):
            name = f"{type(control).__name__} '{control.accessibleName()}' of {_place(control)}"
            self._seen.setdefault(id(control), (control, name))
            if not control.accessibleName():
                self.faults.add(f"{name} has no accessible name")
            if not control.toolTip():
                self.faults.add(f"{name} has no tool tip")

    def look_into_menu(self, owner: str, menu: QMenu) -> None:
        """Note every entry of a menu that can be chosen now."""
        self._entries |= {(owner, entry.text()) for entry in menu.actions() if entry.isEnabled() and entry.text()}

    def walk(self, window: QWidget) -> None:
        """Press Tab until it comes round, and note which controls it passes by."""
        stops: set[int] = set()
        for _ in range(MOST_STOPS):
            at = QApplication.focusWidget() or window
            QTest.keyClick(at, Qt.Key.Key_Tab)
            stop = QApplication.focusWidget()
            if stop is None or id(stop) in stops:
                break
            stops.add(id(stop))
        for control in controls_in(window):
            # Of buttons of which one is always down, Tab reaches that one and the arrow keys the others.
            group = control.group() if isinstance(control, QAbstractButton) else None
            if id(control) not in stops and not (group is not None and group.exclusive()):
                self.faults.add(f"{self._seen[id(control)][1]} is not reached by Tab")

    def drove(self, control: QWidget) -> None:
        """It was used, and did what it should."""
        self._driven.add(id(control))

    def chose(self, owner: str, entry: str) -> None:
        """The same of a menu's entry."""
        self._chosen.add((owner, entry))

    @property
    def missed(self) -> list[str]:
        """Those that nobody has driven."""
        names = {key: name for key, (_, name) in self._seen.items()}
        left = set(names.values()) - {name for key, name in names.items() if key in self._driven}
        return sorted(left | {f"'{text}' in the menu '{owner}'" for owner, text in self._entries - self._chosen})

    def __len__(self) -> int:
        return len({name for _, name in self._seen.values()}) + len(self._entries)


def _place(control: QWidget) -> str:
    """The class of ours that it is in."""
    parent = control.parentWidget()
    while parent is not None and type(parent).__module__.startswith("PySide6"):
        parent = parent.parentWidget()
    return "QWidget" if parent is None else type(parent).__name__
