"""A window on a real host, used control by control; after each the host still runs and nothing has gone wrong."""

from __future__ import annotations

import logging
from collections.abc import Callable
from types import TracebackType

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QMenu, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from gui.value_box import ValueBox
from gui.window import MainWindow
from realtime.host import Host
from tests.gui.census import Census
from tests.gui.keyboard import activate

TIMEOUT_MS = 30_000
MENU_MS, MOST_LOOKS = 50, 200
"""Between looks whether a menu is open, and how many."""
Check = Callable[[], object]
Caught = tuple[type[BaseException], BaseException, TracebackType]


class Tour:
    """Drives controls by mouse and keys and takes the census of them.

    Parameters
    ----------
    exceptions
        Where those appear that Python code called by Qt has thrown.
    records
        What was logged so far.
    """

    def __init__(
        self, window: MainWindow, qtbot: QtBot, exceptions: list[Caught], records: Callable[[], list[logging.LogRecord]]
    ) -> None:
        self.window = window
        self.census = Census()
        self._qtbot = qtbot
        self._exceptions = exceptions
        self._records = records

    @property
    def host(self) -> Host:
        """The one that runs."""
        host = self.window._runner.host  # pyright: ignore[reportPrivateUsage] - what it does is looked at from behind
        assert isinstance(host, Host)
        return host

    @property
    def dialog(self) -> QWidget:
        """The one that is open."""
        self.wait(lambda: QApplication.activeModalWidget() is not None)
        dialog = QApplication.activeModalWidget()
        assert dialog is not None
        self.census.look(dialog)
        return dialog

    def wait(self, condition: Check) -> None:
        self._qtbot.waitUntil(lambda: bool(condition()), timeout=TIMEOUT_MS)

    def walk(self, window: QWidget | None = None) -> None:
        """Go through it by Tab."""
        window = window or self.window
        activate(self._qtbot, window)
        self.census.look(window)
        self.census.walk(window)

    def click(self, control: QWidget, check: Check) -> None:
        """By the mouse, in the middle."""
        self._drive(control, lambda: self._qtbot.mouseClick(control, Qt.MouseButton.LeftButton), check)

    def press(self, control: QWidget, key: Qt.Key, check: Check) -> None:
        """A key, once Tab has come to it."""
        self._drive(control, lambda: self._keys(control, lambda: self._qtbot.keyClick(control, key)), check)

    def type_into(self, box: QLineEdit, text: str, check: Check) -> None:
        """In place of what stands there."""

        def act() -> None:
            box.selectAll()
            self._qtbot.keyClicks(box, text)
            if isinstance(box, ValueBox):
                self._qtbot.keyClick(box, Qt.Key.Key_Return)

        self._drive(box, lambda: self._keys(box, act), check)

    def pick(self, selector: QComboBox, value: str, check: Check, *, trouble: str = "") -> None:
        """An entry, by the arrow keys; `trouble` is in what is to be said then."""
        index = selector.findData(value)
        assert index >= 0, [selector.itemData(at) for at in range(selector.count())]

        def act() -> None:
            while (now := selector.currentIndex()) != index:
                self._qtbot.keyClick(selector, Qt.Key.Key_Down if now < index else Qt.Key.Key_Up)
                assert selector.currentIndex() != now

        self._drive(selector, lambda: self._keys(selector, act), check, trouble)

    def choose(self, button: QPushButton, path: tuple[str, ...], check: Check) -> None:
        """An entry of a button's menu, by keys; in a menu of that menu if there are two."""

        chosen: list[str] = []

        def look(menu: QMenu | None, owner: str, left: tuple[str, ...], looks: int = 0) -> None:
            shown = menu or QApplication.activePopupWidget()
            if not isinstance(shown, QMenu) or not shown.isVisible():
                assert looks < MOST_LOOKS, f"the menu '{owner}' does not open"
                QTimer.singleShot(MENU_MS, lambda: look(menu, owner, left, looks + 1))
                return
            self.census.look_into_menu(owner, shown)
            entries = {entry.text(): entry for entry in shown.actions()}
            if left[0] not in entries:
                shown.close()
                raise AssertionError(f"there is no '{left[0]}' in {list(entries)}")
            entry = entries[left[0]]
            while shown.activeAction() is not entry:
                self._qtbot.keyClick(shown, Qt.Key.Key_Down)
            self.census.chose(owner, left[0])
            if len(left) == 1:
                self._qtbot.keyClick(shown, Qt.Key.Key_Return)
                chosen.append(left[0])
                return
            inner = next(menu for menu in shown.findChildren(QMenu) if menu.menuAction() is entry)
            self._qtbot.keyClick(shown, Qt.Key.Key_Right)
            QTimer.singleShot(MENU_MS, lambda: look(inner, left[0], left[1:]))

        def act() -> None:
            QTimer.singleShot(MENU_MS, lambda: look(None, button.accessibleName(), path))
            self._keys(button, lambda: self._qtbot.keyClick(button, Qt.Key.Key_Space))

        self._drive(button, act, lambda: chosen and check())
        # Without a window manager the outer of two menus may stay when its entry was chosen before it was drawn.
        while (left := QApplication.activePopupWidget()) is not None:
            left.close()

    def _keys(self, control: QWidget, act: Callable[[], None]) -> None:
        control.setFocus(Qt.FocusReason.TabFocusReason)
        act()

    def _drive(self, control: QWidget, act: Callable[[], None], check: Check, trouble: str = "") -> None:
        name = f"{type(control).__name__} '{control.accessibleName()}'"
        self.wait(lambda: control.isVisible() and control.isEnabled())  # what was just made is laid out a moment later
        self.census.look(control.window())
        self.census.drove(control)
        act()
        try:
            self.wait(check)
        except Exception as error:
            said = self.window.notices.text
            raise AssertionError(f"{name} did not do what it should; {said} {self._exceptions}") from error
        self.check_health(name, trouble)

    def check_health(self, name: str, trouble: str = "") -> None:
        """The host runs if it is to run, and nobody has complained but of what is expected."""
        notices = self.window.notices
        if trouble:
            self.wait(lambda: trouble in notices.text)
            assert ";" in notices.text, f"'{notices.text}' has no cure"
        else:
            assert not notices.is_trouble, f"after {name}: {notices.text}"
        assert not self._exceptions, f"after {name}: {self._exceptions}"
        errors = [record.getMessage() for record in self._records() if record.levelno >= logging.ERROR]
        assert not errors, f"after {name}: {errors}"
        assert not self.window.chain.troubles, f"after {name}: {self.window.chain.troubles}"
        self.wait(lambda: not self.window.busy)
        if self.window._runner.wanted:  # pyright: ignore[reportPrivateUsage] - as above
            blocks = self.host.snapshot().blocks
            self.wait(lambda: self.host.snapshot().blocks > blocks)
