"""The menu of a slot's presets: load one, save how the plugin is set, delete one."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QInputDialog, QMenu, QMessageBox, QPushButton

from realtime.errors import EarsightError
from realtime.presets import delete_preset, preset_names


class PresetMenu(QPushButton):
    """Asks the user, and deletes; what needs the chain is done by whoever has it.

    Attributes
    ----------
    plugin
        Identifier of the slot's plugin.
    """

    load_wanted = Signal(str)
    """Name of a preset."""
    save_wanted = Signal(str)
    """Name of a preset that is to be how the plugin is set now."""
    failed = Signal(str)
    """One line: why a preset was not deleted."""

    def __init__(self) -> None:
        super().__init__("≡")
        self.plugin = ""
        self.setObjectName("small")
        self.setToolTip(self.tr("Presets: load, save or delete how this plugin is set"))
        self.setAccessibleName(self.tr("Presets"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.choices = QMenu(self)
        self.deletions = QMenu(self.tr("Delete preset"), self.choices)
        self.clicked.connect(self.open)

    def open(self) -> None:
        """Show the menu below the button."""
        self.list_presets()
        self.choices.popup(self.mapToGlobal(self.rect().bottomLeft()))

    def list_presets(self) -> None:
        """Offer those that there are now."""
        names = preset_names(self.plugin)
        self.choices.clear()
        self.deletions.clear()
        for name in names:
            # An ampersand alone would underline the letter after it.
            text = name.replace("&", "&&")
            self.choices.addAction(text).triggered.connect(lambda _=False, name=name: self.load_wanted.emit(name))
            self.deletions.addAction(text).triggered.connect(lambda _=False, name=name: self.ask_delete(name))
        if names:
            self.choices.addSeparator()
        self.choices.addAction(self.tr("Save preset…"), self.ask_save)
        self.choices.addMenu(self.deletions)
        self.deletions.setEnabled(bool(names))

    def ask_save(self) -> None:
        """Let the user give a name, and say whether another preset of that name may go."""
        name, given = QInputDialog.getText(self.window(), self.tr("Save preset"), self.tr("Name"))
        name = name.strip()
        if not given or not name:
            return
        if name in preset_names(self.plugin) and not self._agreed(
            self.tr("Save preset"), self.tr("Replace the preset {0}?").format(name)
        ):
            return
        self.save_wanted.emit(name)

    def ask_delete(self, name: str) -> None:
        """Delete it if the user confirms: a file cannot be had back by undo."""
        if self._agreed(self.tr("Delete preset"), self.tr("Delete the preset {0}?").format(name)):
            try:
                delete_preset(self.plugin, name)
            except EarsightError as error:
                self.failed.emit(str(error))

    def _agreed(self, title: str, question: str) -> bool:
        return QMessageBox.question(self.window(), title, question) == QMessageBox.StandardButton.Yes
