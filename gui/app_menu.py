"""The menu of what belongs to the program itself: settings, keys, about."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QMenu, QPushButton

from gui.about_dialog import AboutDialog
from gui.help_dialog import HelpDialog
from gui.memory import Memory
from gui.settings_dialog import SettingsDialog


class AppMenu(QPushButton):
    """Opens one dialog at a time; the sound goes on behind it.

    Parameters
    ----------
    memory
        What the settings show and change.
    keys
        Gives all keys and what they do.
    """

    theme_chosen = Signal(str)
    """One of `gui.theme.WISHES`."""
    forgotten = Signal()
    """Nothing is remembered any more."""

    def __init__(self, memory: Memory, keys: Callable[[], list[tuple[str, str]]]) -> None:
        super().__init__("☰")
        self._memory = memory
        self._keys = keys
        self.setAccessibleName(self.tr("Menu"))
        self.setToolTip(self.tr("Settings, keys, about Earsight"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        menu = QMenu(self)
        self.actions_by_key = (
            menu.addAction(self.tr("Settings…"), "Ctrl+,", self.show_settings),
            menu.addAction(self.tr("Keys"), "F1", self.show_keys),
        )
        """For the window, so that their keys work everywhere."""
        menu.addAction(self.tr("About Earsight"), self.show_about)
        self.setMenu(menu)

    def show_settings(self) -> SettingsDialog:
        """Show what the window remembers, to be changed."""
        dialog = SettingsDialog(self._memory, self.window())
        dialog.theme_chosen.connect(self.theme_chosen)
        dialog.forgotten.connect(self.forgotten)
        _opened(dialog)
        return dialog

    def show_keys(self) -> HelpDialog:
        """Show every key."""
        dialog = HelpDialog(self._keys(), self.window())
        _opened(dialog)
        return dialog

    def show_about(self) -> AboutDialog:
        """Show version and licences."""
        dialog = AboutDialog(self.window())
        _opened(dialog)
        return dialog


def _opened(dialog: QDialog) -> None:
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
