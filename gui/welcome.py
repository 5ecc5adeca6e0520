"""The strip that greets who starts the program for the first time, and says what is missing."""

from __future__ import annotations

import json
import sys
from html import escape

from PySide6.QtCore import QProcess, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from gui.buttons import button
from gui.theme import GAP, QUIET, label

DOCTOR = ["-m", "realtime.cli", "doctor", "--json"]
NEEDED_ONLY_LATER = ("virtual microphone", "provider cuda", "provider tensorrt")
"""Checks whose failure is no news for a beginner."""


class Welcome(QFrame):
    """Two buttons to begin with, and below them what `earsight doctor` finds wanting, with its cure.

    The doctor runs in a process of its own: it really opens what it checks.
    """

    demo_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("welcome")
        self.setAccessibleName(self.tr("Welcome"))
        self._process: QProcess | None = None
        self.demo = button(self.tr("Play the demo"), self.tr("A short clip with two sounds, one on each side"))
        self.demo.setObjectName("primary")
        self.dismiss = button(self.tr("Close"), self.tr("Close this greeting"))
        self.findings = label("", 12)
        self.findings.setTextFormat(Qt.TextFormat.RichText)
        self.findings.setWordWrap(True)
        self.findings.hide()
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(label(self.tr("Welcome to Earsight"), 15, bold=True))
        self.hint = label(
            self.tr("Put headphones on and play the demo, or choose your devices above and press Start."), 13, QUIET
        )
        self.hint.setWordWrap(True)
        words.addWidget(self.hint)
        words.addWidget(self.findings)
        row = QHBoxLayout(self)
        row.setContentsMargins(GAP, GAP, GAP, GAP)
        row.setSpacing(GAP)
        row.addLayout(words, 1)
        row.addWidget(self.demo)
        row.addWidget(self.dismiss)
        self.demo.clicked.connect(self.demo_clicked)
        for part in (self.demo, self.dismiss):
            part.clicked.connect(self.leave)
        self.hide()

    def greet(self) -> None:
        """Show it, and begin to look for what is missing."""
        self.show()
        self._process = process = QProcess(self)
        process.setStandardErrorFile(QProcess.nullDevice())
        process.finished.connect(self._tell)
        process.start(sys.executable, DOCTOR)

    def leave(self) -> None:
        """Hide it, and look no further."""
        self.hide()
        process, self._process = self._process, None
        if process is not None:
            process.finished.disconnect(self._tell)
            process.kill()
            process.waitForFinished(1_000)

    def show_checks(self, checks: list[dict[str, object]]) -> None:
        """Show those that did not pass, each with what to do about it."""
        missing = [check for check in checks if check["ok"] is not True and check["name"] not in NEEDED_ONLY_LATER]
        lines = [
            f"<b>{escape(str(check['name']))}</b>: {escape(str(check['found']))}"
            + (f". {escape(str(check['cure']))}" if check["cure"] else "")
            for check in missing
        ]
        self.findings.setText("<br>".join(lines))
        self.findings.setVisible(bool(lines))

    def _tell(self) -> None:
        if self._process is None:
            return
        output, self._process = bytes(self._process.readAllStandardOutput().data()), None
        try:
            self.show_checks(json.loads(output)["checks"])
        except (ValueError, KeyError, TypeError):
            # A doctor that fails says nothing here; what is missing shows at the start.
            return
