"""Opens the window on a real host and leaves cleanly, by its close button or by Ctrl-C."""

from __future__ import annotations

import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from types import FrameType, TracebackType

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from gui.client import HostFactory, RemoteClient, Sources
from gui.devices import Devices, WatchedDevices
from gui.memory import Memory
from gui.theme import apply_theme
from gui.window import MainWindow
from realtime.errors import EarsightError
from realtime.folders import config_folder
from realtime.host import Host
from realtime.registry import listed
from realtime.settings import Settings

SIGNALS = (signal.SIGINT, signal.SIGTERM)


def main(
    settings: Settings | None = None,
    *,
    start: bool = False,
    host_factory: HostFactory = Host,
    close_at_end: bool = False,
    remote: RemoteClient | None = None,
) -> int:
    """Show the window until it is closed; call it on the main thread.

    Parameters
    ----------
    settings
        What to begin with; None for the last choice that worked, and at the very first start for what there is.
    start
        Start at once instead of waiting for the Start button.
    host_factory
        Makes the hosts, for a caller who wants to keep hold of them.
    close_at_end
        Close the window when a clip has been played to its end.
    remote
        What turns the host from outside; open, and closed by the caller.

    Returns
    -------
    int
        0, or 128 plus the number of the signal that ended it: 130 for Ctrl-C.

    Raises
    ------
    EarsightError
        When a recording could not be finished.
    """
    application = QApplication.instance() or QApplication(["earsight"])
    assert isinstance(application, QApplication)
    memory = Memory(config_folder(), keeps_choices=settings is None)
    apply_theme(application, memory.preferences.theme)
    devices = WatchedDevices()
    window = MainWindow(
        memory.restored(Settings()) if settings is None else settings,
        host_factory,
        devices,
        listed,
        close_at_end=close_at_end,
        remote=remote,
        memory=memory,
    )
    window.menu.theme_chosen.connect(lambda wish: apply_theme(application, wish))
    if settings is None and memory.is_first:
        greet(window, devices)
    ended_by: list[int] = []

    def end(number: int, _frame: FrameType | None) -> None:
        ended_by.append(number)
        # Not here: this may be in the middle of a poll, which still needs its host.
        QTimer.singleShot(0, window.close)

    # Python runs a handler between two of its own instructions; the window's poll sees to it that there are some.
    former = {number: signal.signal(number, end) for number in SIGNALS}
    try:
        window.show()
        if start:
            window.start()
        with failures_told(window):
            application.exec()
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
        devices.close()
    if window.errors_at_close:
        raise EarsightError("; ".join(window.errors_at_close))
    return 128 + ended_by[0] if ended_by else 0


@contextmanager
def failures_told(window: MainWindow) -> Generator[None]:
    """Say also in the window that it failed at something, for Qt goes on after what Python throws."""
    former = sys.excepthook

    def tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        former(kind, error, trace)
        line = window.tr("the window failed at something ({0}); the sound goes on; restart Earsight if it comes again")
        window.notices.say_once((line.format(kind.__name__),))

    sys.excepthook = tell
    try:
        yield
    finally:
        sys.excepthook = former


def greet(window: MainWindow, devices: Devices) -> None:
    """The very first start: say hello, and take the first camera as soon as it is known."""

    def choose(sources: Sources) -> None:
        devices.changed.disconnect(choose)
        if sources.cameras and window.settings.camera is None:
            window.choose(replace(window.settings, camera=sources.cameras[0].value))

    devices.changed.connect(choose)
    window.welcome.greet()
