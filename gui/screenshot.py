"""Pictures of the window for the documents: python -m gui.screenshot CLIP FOLDER [WIDTH HEIGHT] [--chain SESSION]

Plays the clip without an audio device and, when the spectrograms are full, saves each page dark and light:
listen-dark.png, listen-light.png and so on. With a session its chain is played, in which `--unfold` names slots whose
parameters are to be seen.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from gui.devices import Devices
from gui.theme import apply_theme
from gui.window import MainWindow
from realtime.chain.plan import Plan
from realtime.chain.session import read_session
from realtime.host import Host
from realtime.registry import listed
from realtime.settings import Settings

FULL_AFTER_MS = 8_500
SETTLED_AFTER_MS = 700
LOOKS = ("dark", "light")


def take(clip: Path, folder: Path, width: int, height: int, chain: Path | None, unfold: Sequence[str]) -> None:
    """Show the window playing a clip and save what each page looks like."""
    application = QApplication.instance() or QApplication(["earsight"])
    assert isinstance(application, QApplication)
    apply_theme(application, LOOKS[0])
    plan = Plan() if chain is None else read_session(chain).plan
    settings = Settings(clip=clip, driver="null", loop=True, plan=plan)
    window = MainWindow(settings, Host, Devices(), listed)
    window.resize(width, height)
    window.show()
    window.start()
    folder.mkdir(parents=True, exist_ok=True)

    def show_chain() -> QWidget:
        window.controls.pages.chain.click()
        for slot in unfold:
            window.chain.rack.slot_row(slot).fold.setChecked(True)
        return window

    def show_listen() -> QWidget:
        window.controls.pages.listen.click()
        return window

    pages: dict[str, Callable[[], QWidget]] = {
        "listen": show_listen,
        "chain": show_chain,
        "settings": window.menu.show_settings,
        "keys": window.menu.show_keys,
        "about": window.menu.show_about,
    }
    shots = ((name, show, look) for name, show in pages.items() for look in LOOKS)

    def begin() -> None:
        if window.running:
            running.stop()
            QTimer.singleShot(FULL_AFTER_MS, lambda: shoot(shots))

    def shoot(left: Iterator[tuple[str, Callable[[], QWidget], str]]) -> None:
        shot = next(left, None)
        if shot is None:
            window.close()
            return
        name, show, look = shot
        apply_theme(application, look)
        shown = show()

        def save() -> None:
            shown.grab().save(str(folder / f"{name}-{look}.png"))
            if isinstance(shown, QDialog):
                shown.close()
            shoot(left)

        QTimer.singleShot(SETTLED_AFTER_MS, save)

    running = QTimer(interval=100)
    running.timeout.connect(begin)
    running.start()
    application.exec()


if __name__ == "__main__":
    parser = ArgumentParser(prog="python -m gui.screenshot")
    parser.add_argument("clip", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("size", type=int, nargs="*", default=[1440, 900], metavar="WIDTH HEIGHT")
    parser.add_argument("--chain", type=Path)
    parser.add_argument("--unfold", action="append", default=[])
    given = parser.parse_args()
    take(given.clip, given.folder, *given.size, chain=given.chain, unfold=given.unfold)
