"""The menu of sessions: save, open, open again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QMenu, QPushButton

from realtime.chain.session import Session, read_session, recent_sessions, write_session
from realtime.errors import EarsightError
from realtime.settings import Settings

SUFFIX = ".toml"


class SessionMenu(QPushButton):
    """Saves what is chosen now, and opens what was saved.

    Parameters
    ----------
    settings_now
        What is chosen now, with the chain.
    """

    opened = Signal(object)
    """Settings: those of now, with what the session says in place of theirs."""
    failed = Signal(str)
    """One line: why a file could not be read or written."""

    def __init__(self, settings_now: Callable[[], Settings]) -> None:
        super().__init__(self.tr("Session"))
        self._settings_now = settings_now
        self.setAccessibleName(self.tr("Session"))
        self.setToolTip(self.tr("Keep the chain and its settings in a file, or take them from one"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        menu = QMenu(self)
        self.actions_by_key = (
            menu.addAction(self.tr("Open session…"), "Ctrl+Shift+O", self.ask_open),
            menu.addAction(self.tr("Save session…"), "Ctrl+S", self.ask_save),
        )
        """For the window, so that their keys work on every page."""
        self.recent = menu.addMenu(self.tr("Recent sessions"))
        menu.aboutToShow.connect(self.list_recent)
        self.setMenu(menu)

    def list_recent(self) -> None:
        """Offer what was opened or saved last."""
        self.recent.clear()
        for path in recent_sessions():
            action = self.recent.addAction(path.name)
            action.setToolTip(str(path))
            action.triggered.connect(lambda _checked=False, path=path: self.open(path))
        self.recent.setToolTipsVisible(True)
        self.recent.setEnabled(not self.recent.isEmpty())

    def ask_open(self) -> None:
        """Let the user pick a session to open."""
        name, _ = QFileDialog.getOpenFileName(self.window(), self.tr("Open session"), "", self._kinds())
        if name:
            self.open(Path(name))

    def ask_save(self) -> None:
        """Let the user say where to save to."""
        name, _ = QFileDialog.getSaveFileName(self.window(), self.tr("Save session"), "session.toml", self._kinds())
        if name:
            path = Path(name)
            self.save(path if path.suffix else path.with_suffix(SUFFIX))

    def open(self, path: Path) -> None:
        """Take chain and settings from a file; what it says nothing of stays."""
        try:
            session = read_session(path)
            self.opened.emit(replace(self._settings_now(), plan=session.plan, **session.chosen()))
        except EarsightError as error:
            self.failed.emit(str(error))

    def save(self, path: Path) -> None:
        """Write chain and settings to a file."""
        settings = self._settings_now()
        try:
            write_session(path, Session.of(settings.plan, settings))
        except EarsightError as error:
            self.failed.emit(str(error))

    def _kinds(self) -> str:
        return self.tr("Sessions (*{0})").format(SUFFIX) + ";;" + self.tr("All files (*)")
