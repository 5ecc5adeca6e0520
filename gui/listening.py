"""What is listened to: the binaural sound, and for comparison what it was made from."""

from __future__ import annotations

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QWidget

from gui.buttons import switch
from gui.client import HostClient
from gui.theme import QUIET, label
from realtime.playback import LISTENING


class ListeningSwitch(QWidget):
    """One button for each; the choice outlives the host, and what a host has not is not offered."""

    def __init__(self) -> None:
        super().__init__()
        self._host: HostClient | None = None
        self._wanted = LISTENING[0]
        compared = self.tr("Same place, same loudness.")
        self.buttons: dict[str, QPushButton] = {
            "binaural": switch(self.tr("Binaural"), self.tr("Hear what Earsight makes (1)")),
            "mono": switch(
                self.tr("Mono"), self.tr("Hear what it is made from, the same in both ears (2).") + "\n" + compared
            ),
            "recorded": switch(
                self.tr("Recorded"),
                self.tr("Hear the two channels of the clip as they were recorded (3).") + "\n" + compared,
            ),
        }
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(label(self.tr("Hear"), 12, QUIET))
        row.addSpacing(4)
        group = QButtonGroup(self)
        self.actions_by_key: list[QAction] = []
        for key, (what, part) in enumerate(self.buttons.items(), 1):
            group.addButton(part)
            row.addWidget(part)
            part.clicked.connect(lambda _on=True, what=what: self.choose(what))
            action = QAction(self.tr("Hear: {0}").format(part.text()), self)
            action.setShortcut(str(key))
            action.triggered.connect(part.click)
            self.actions_by_key.append(action)
        self.buttons[self._wanted].setChecked(True)
        self.follow(None)

    def choose(self, what: str) -> None:
        """Listen to this from now on, one of `realtime.playback.LISTENING`."""
        self._wanted = what
        if self._host is not None:
            self._host.listen_to(what)

    def follow(self, host: HostClient | None) -> None:
        """Offer what this host has; None while there is none."""
        self._host = host
        offered = host.can_listen_to if host is not None else LISTENING[:2]
        for (what, part), action in zip(self.buttons.items(), self.actions_by_key, strict=True):
            part.setVisible(what in offered)
            action.setEnabled(what in offered)
        heard = self._wanted if self._wanted in offered else LISTENING[0]
        self.buttons[heard].setChecked(True)
        if host is not None and host.listening != heard:
            host.listen_to(heard)
