"""Pictures of the window for the documents: python -m gui.screenshot CLIP OUT.png [WIDTH HEIGHT]

Plays the clip without an audio device and takes the picture when the spectrograms are full.
"""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from gui.client import Sources
from gui.theme import apply_theme
from gui.window import MainWindow
from realtime.host import Host
from realtime.settings import Settings

FULL_AFTER_MS = 9_500


def take(clip: Path, out: Path, width: int = 1440, height: int = 900) -> None:
    """Show the window playing a clip and save what it looks like."""
    application = QApplication.instance() or QApplication(["earsight"])
    assert isinstance(application, QApplication)
    apply_theme(application)
    settings = Settings(clip=clip, driver="null", loop=True)
    window = MainWindow(settings, Host, lambda: Sources(inputs=(), outputs=(), cameras=()))
    window.resize(width, height)
    window.show()
    window.start()

    def save() -> None:
        window.grab().save(str(out))
        window.close()

    QTimer.singleShot(FULL_AFTER_MS, save)
    application.exec()


if __name__ == "__main__":
    clip_path, out_path, *size = sys.argv[1:]
    take(Path(clip_path), Path(out_path), *(int(side) for side in size))
