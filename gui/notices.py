"""A bar that says, one line at a time, what went wrong and what to do about it, or what is good to know."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QWidget

from gui.buttons import button
from gui.theme import GAP, QUIET, WARN, label, recolour

TROUBLE, NEWS = "trouble", "news"


class Notices(QFrame):
    """Hidden while there is nothing to say; several lines wait for one another."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self._lines: deque[tuple[str, str]] = deque()
        self._seen: set[str] = set()
        self._text = label()
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._more = label()
        self.dismiss = button(
            self.tr("Dismiss"), self.tr("Hide this line; it was read"), self.tr("Dismiss this notice")
        )
        self.dismiss.clicked.connect(self._drop_line)
        row = QHBoxLayout(self)
        row.setContentsMargins(GAP, GAP // 2, GAP // 2, GAP // 2)
        row.addWidget(self._text, 1)
        row.addWidget(self._more)
        row.addWidget(self.dismiss)
        self._refresh()

    @property
    def text(self) -> str:
        """The line on show, "" when there is none."""
        return self._lines[0][0] if self._lines else ""

    @property
    def is_trouble(self) -> bool:
        """Whether the line on show says that something went wrong."""
        return bool(self._lines) and self._lines[0][1] == TROUBLE

    def say(self, line: str) -> None:
        """Say what went wrong, now or when the lines before it are dismissed."""
        self._put(line, TROUBLE)

    def inform(self, line: str) -> None:
        """Say what is no trouble, in the same way."""
        self._put(line, NEWS)

    def say_once(self, lines: Iterable[str]) -> None:
        """Say each line that was not among those given before, since `forget`."""
        for line in lines:
            if line not in self._seen:
                self._seen.add(line)
                self.say(line)

    def leave_out(self, lines: Iterable[str]) -> None:
        """These are read elsewhere: `say_once` need not say them."""
        self._seen.update(lines)

    def forget(self) -> None:
        """A new host starts: what the last one said may be said again."""
        self._seen.clear()

    def _put(self, line: str, kind: str) -> None:
        if (line, kind) not in self._lines:
            self._lines.append((line, kind))
            self._refresh()

    def _drop_line(self) -> None:
        self._lines.popleft()
        self._refresh()

    def _refresh(self) -> None:
        kind = NEWS if self._lines and not self.is_trouble else TROUBLE
        if kind != self.property("kind"):
            self.setProperty("kind", kind)
            self.style().polish(self)
            self.setAccessibleName(self.tr("Notice") if kind == TROUBLE else self.tr("For information"))
            recolour(self._more, WARN if kind == TROUBLE else QUIET)
        self._text.setText(self.text)
        self.setAccessibleDescription(self.text)
        more = len(self._lines) - 1
        self._more.setText(self.tr("and {0} more").format(more) if more > 0 else "")
        self.setVisible(bool(self._lines))
