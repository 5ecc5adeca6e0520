"""What the keyboard does to the clip, on every page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction, QKeyEvent

from gui.help_dialog import key_names

if TYPE_CHECKING:
    from gui.clip_strip import ClipStrip

STEP_S = 5.0


class ClipKeys:
    """Keys that move through the clip of a strip, loop it and render it; they sleep while there is none.

    Attributes
    ----------
    actions
        Those that the window has to know so that they work everywhere.
    """

    def __init__(self, strip: ClipStrip) -> None:
        self._strip = strip
        self.actions: list[QAction] = []
        for text, keys, act in (
            (strip.tr("Previous clip"), "Ctrl+Left", lambda: strip.step(-1)),
            (strip.tr("Next clip"), "Ctrl+Right", lambda: strip.step(1)),
            (strip.tr("Begin the part to loop here"), "I", lambda: strip.select_from_here(0)),
            (strip.tr("End the part to loop here"), "O", lambda: strip.select_from_here(1)),
            (strip.tr("Loop"), "L", strip.transport.loop.click),
            (strip.tr("Render to file…"), "Ctrl+R", strip.render_file.click),
        ):
            action = QAction(text, strip)
            action.setShortcut(keys)
            action.triggered.connect(act)
            self.actions.append(action)

    def allow(self, on: bool) -> None:
        """Whether there is a clip."""
        for action in self.actions:
            action.setEnabled(on)

    def take(self, event: QKeyEvent) -> bool:
        """Do what a key means for the clip; False when it means nothing."""
        strip = self._strip
        if not self.actions[0].isEnabled() or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return False
        match event.key():
            case Qt.Key.Key_Space if not event.isAutoRepeat():
                strip.deck.toggle()
            case Qt.Key.Key_Left:
                strip.seek(strip.deck.position_s - STEP_S)
            case Qt.Key.Key_Right:
                strip.seek(strip.deck.position_s + STEP_S)
            case Qt.Key.Key_Home:
                strip.seek(0.0)
            case Qt.Key.Key_Escape if strip.waveform.selection is not None:
                strip.select(None)
            case _:
                return False
        return True

    @staticmethod
    def table() -> list[tuple[str, str]]:
        """What `take` knows beside Space, and what each does."""
        return [
            (
                key_names(Qt.Key.Key_Left, Qt.Key.Key_Right),
                QCoreApplication.translate("ClipKeys", "With a clip: go 5 s back or on"),
            ),
            (key_names(Qt.Key.Key_Home), QCoreApplication.translate("ClipKeys", "With a clip: go to its start")),
            (
                key_names(Qt.Key.Key_Escape),
                QCoreApplication.translate("ClipKeys", "With a clip: forget the selected part and do not loop"),
            ),
        ]
