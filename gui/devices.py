"""The devices that are there, looked for by a process of its own so that running sound is not disturbed."""

from __future__ import annotations

import json
import sys

from PySide6.QtCore import QObject, QProcess, Signal

from gui.client import Choice, Sources
from realtime.devices import devices_changed

PROGRAM = ["-m", "realtime.device_watch"]
END_MS = 1_000


class Devices(QObject):
    """What this machine has to hear, play and see with; these ones, unless a subclass knows more.

    Attributes
    ----------
    now
        As last known.
    """

    changed = Signal(object)
    """Sources: a look has ended, and found these."""
    failed = Signal(str)
    """One line: why it found none."""

    def __init__(self, now: Sources = Sources()) -> None:  # noqa: B008 - it never changes
        super().__init__()
        self.now = now

    def look(self) -> None:
        """Look again; `changed` tells."""
        self.changed.emit(self.now)

    def close(self) -> None:
        """Look no more."""


class WatchedDevices(Devices):
    """Those of `realtime.device_watch`, which runs beside and tells of each change."""

    def __init__(self) -> None:
        super().__init__()
        self._has_looked = False
        self._process = QProcess(self)
        self._process.setProcessChannelMode(QProcess.ProcessChannelMode.SeparateChannels)
        self._process.setStandardErrorFile(QProcess.nullDevice())
        self._process.readyReadStandardOutput.connect(self._read)
        self._process.stateChanged.connect(self._tell_end)

    def look(self) -> None:
        if self._process.state() == QProcess.ProcessState.NotRunning:
            self._process.start(sys.executable, PROGRAM)
        else:
            self._process.write(b"\n")

    def close(self) -> None:
        self._process.stateChanged.disconnect(self._tell_end)
        self._process.closeWriteChannel()
        if not self._process.waitForFinished(END_MS):
            self._process.kill()
            self._process.waitForFinished(END_MS)

    def _tell_end(self, state: QProcess.ProcessState) -> None:
        """It ends by itself only when something is broken, or cannot even be started."""
        if state == QProcess.ProcessState.NotRunning:
            self.failed.emit(self.tr("devices are not watched any more; press Refresh devices to look for them again"))

    def _read(self) -> None:
        while self._process.canReadLine():
            try:
                found = json.loads(bytes(self._process.readLine().data()))
            except ValueError:  # something that a library of some sound system prints
                continue
            if "error" in found:
                self.failed.emit(found["error"])
                continue
            kinds = (found[kind] for kind in ("inputs", "outputs", "cameras"))
            before, self.now = self.now, Sources(*(tuple(Choice(*pair) for pair in kind) for kind in kinds))
            if self._has_looked and before != self.now:
                devices_changed()
            self._has_looked = True
            self.changed.emit(self.now)
