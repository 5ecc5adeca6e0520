"""Pictures of the window for the documents: python -m gui.screenshot CLIP OUT.png [WIDTH HEIGHT] [--chain SESSION]

Plays the clip without an audio device and takes the picture when the spectrograms are full. With a session the page of
the chain is shown, on which `--unfold` names slots whose parameters are to be seen.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from gui.client import Sources
from gui.theme import apply_theme
from gui.window import MainWindow
from realtime.chain.session import read_session
from realtime.host import Host
from realtime.registry import listed
from realtime.settings import Settings

FULL_AFTER_MS = 9_500


def take(
    clip: Path,
    out: Path,
    width: int = 1440,
    height: int = 900,
    chain: Path | None = None,
    unfold: Sequence[str] = (),
) -> None:
    """Show the window playing a clip and save what it looks like."""
    application = QApplication.instance() or QApplication(["earsight"])
    assert isinstance(application, QApplication)
    apply_theme(application)
    settings = Settings(clip=clip, driver="null", loop=True)
    if chain is not None:
        settings = Settings(clip=clip, driver="null", loop=True, plan=read_session(chain).plan)
    window = MainWindow(settings, Host, lambda: Sources(inputs=(), outputs=(), cameras=()), listed)
    window.resize(width, height)
    window.show()
    window.start()
    if chain is not None:
        window.controls.pages.chain.click()

    def begin() -> None:
        if window.running:
            running.stop()
            for slot in unfold:
                window.chain.rack.slot_row(slot).fold.click()
            QTimer.singleShot(FULL_AFTER_MS, save)

    def save() -> None:
        window.grab().save(str(out))
        window.close()

    running = QTimer(interval=100)
    running.timeout.connect(begin)
    running.start()
    application.exec()


if __name__ == "__main__":
    parser = ArgumentParser(prog="python -m gui.screenshot")
    parser.add_argument("clip", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("size", type=int, nargs="*", default=[1440, 900], metavar="WIDTH HEIGHT")
    parser.add_argument("--chain", type=Path)
    parser.add_argument("--unfold", action="append", default=[])
    given = parser.parse_args()
    take(given.clip, given.out, *given.size, chain=given.chain, unfold=given.unfold)
