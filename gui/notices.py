"""A bar that says, one line at a time, what went wrong and what to do about it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from gui.theme import GAP, WARN, label


class Notices(QFrame):
    """Hidden while there is nothing to say; several lines wait for one another."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self.setAccessibleName(self.tr("Notice"))
        self._lines: deque[str] = deque()
        self._seen: set[str] = set()
        self._text = label()
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._more = label(colour=WARN)
        self.dismiss = QPushButton(self.tr("Dismiss"))
        self.dismiss.setAccessibleName(self.tr("Dismiss this notice"))
        self.dismiss.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.dismiss.clicked.connect(self._drop_line)
        row = QHBoxLayout(self)
        row.setContentsMargins(GAP, GAP // 2, GAP // 2, GAP // 2)
        row.addWidget(self._text, 1)
        row.addWidget(self._more)
        row.addWidget(self.dismiss)
        self.hide()

    @property
    def text(self) -> str:
        """The line on show, "" when there is none."""
        return self._lines[0] if self._lines else ""

    def say(self, line: str) -> None:
        """Show a line, or keep it until the ones before it are dismissed."""
        if line not in self._lines:
            self._lines.append(line)
            self._refresh()

    def say_once(self, lines: Iterable[str]) -> None:
        """Show each line that was not among those given before, since `forget`."""
        for line in lines:
            if line not in self._seen:
                self._seen.add(line)
                self.say(line)

    def forget(self) -> None:
        """A new host starts: what the last one said may be said again."""
        self._seen.clear()

    def _drop_line(self) -> None:
        self._lines.popleft()
        self._refresh()

    def _refresh(self) -> None:
        self._text.setText(self.text)
        more = len(self._lines) - 1
        self._more.setText(self.tr("and {0} more").format(more) if more > 0 else "")
        self.setVisible(bool(self._lines))
