"""Opens the window on a real host and leaves cleanly, by its close button or by Ctrl-C."""

from __future__ import annotations

import signal
from collections.abc import Iterable
from types import FrameType

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from gui.client import Choice, HostFactory, Sources
from gui.theme import apply_theme
from gui.window import MainWindow
from realtime.devices import AudioDevice, audio_devices, cameras, rescan
from realtime.errors import EarsightError
from realtime.host import Host
from realtime.registry import listed
from realtime.settings import Settings

SIGNALS = (signal.SIGINT, signal.SIGTERM)


def main(
    settings: Settings, *, start: bool = False, host_factory: HostFactory = Host, close_at_end: bool = False
) -> int:
    """Show the window until it is closed; call it on the main thread.

    Parameters
    ----------
    settings
        What to begin with.
    start
        Start at once instead of waiting for the Start button.
    host_factory
        Makes the hosts, for a caller who wants to keep hold of them.
    close_at_end
        Close the window when a clip has been played to its end.

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
    apply_theme(application)
    window = MainWindow(settings, host_factory, list_sources, listed, close_at_end=close_at_end)
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
        application.exec()
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
    if window.errors_at_close:
        raise EarsightError("; ".join(window.errors_at_close))
    return 128 + ended_by[0] if ended_by else 0


def list_sources() -> Sources:
    """Audio devices and cameras that are plugged in now, for the lists in the window; only while nothing plays."""
    rescan()
    devices = audio_devices()
    return Sources(
        inputs=_choices(device for device in devices if device.inputs > 0),
        outputs=_choices(device for device in devices if device.outputs > 0),
        cameras=tuple(Choice(camera.name, str(camera.index)) for camera in cameras()),
    )


def _choices(devices: Iterable[AudioDevice]) -> tuple[Choice, ...]:
    """One entry per name: a device that several host APIs show is chosen by its name alone."""
    systems: dict[str, list[str]] = {}
    for device in devices:
        systems.setdefault(device.name, []).append(device.host_api)
    return tuple(Choice(f"{name} ({', '.join(apis)})", name) for name, apis in systems.items())
