"""The real window on a live host, measured in a process of its own; on a virtual screen where there is none."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from benchmarks.live_host import row, settings_from
from realtime.errors import EarsightError
from realtime.host import Host
from realtime.settings import Settings
from realtime.stats import Snapshot


class WatchedHost(Host):
    """A host whose polls by the window also take its figures, and then close the window."""

    def __init__(self, settings: Settings, seconds: float, settle_s: float) -> None:
        super().__init__(settings)
        self._from_s, self._until_s = settle_s, settle_s + seconds
        self._first_s: float | None = None
        self._cpu: tuple[float, float] | None = None
        self.figures: dict[str, Any] | None = None

    def snapshot(self) -> Snapshot:
        now_s = time.monotonic()
        found = super().snapshot()
        if not found.running or self.figures is not None:
            return found
        self._first_s = self._first_s or now_s
        if self._cpu is None and now_s - self._first_s >= self._from_s:
            self.reset_counters()
            self._cpu = time.process_time(), now_s
        elif self._cpu is not None and now_s - self._first_s >= self._until_s:
            share = 100 * (time.process_time() - self._cpu[0]) / (now_s - self._cpu[1])
            self.figures = {**row(found), "cpu_percent": share}
            os.kill(os.getpid(), signal.SIGINT)  # as Ctrl-C, which closes the window
        return found


def measure(settings: dict[str, Any], seconds: float, settle_s: float) -> dict[str, Any]:
    """A row of a host's figures while the window shows it.

    Raises
    ------
    EarsightError
        When the window cannot open, or closed too soon.
    """
    from gui.app import main

    hosts: list[WatchedHost] = []

    def make(chosen: Settings) -> WatchedHost:
        hosts.append(WatchedHost(chosen, seconds, settle_s))
        return hosts[-1]

    main(settings_from(settings), start=True, host_factory=make)
    if not hosts or hosts[-1].figures is None:
        raise EarsightError("the window closed before it was measured; run: earsight doctor")
    return {"load": "window", **hosts[-1].figures}


@contextmanager
def screen() -> Generator[dict[str, str] | None]:
    """Environment in which a window appears and remembers nothing; None where there is no screen and no Xvfb."""
    with tempfile.TemporaryDirectory() as folder:
        private = {"XDG_CONFIG_HOME": folder}
        if sys.platform != "linux" or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")):
            yield private
            return
        program = shutil.which("Xvfb")
        if program is None:
            yield None
            return
        reads, writes = os.pipe()
        command = [program, "-displayfd", str(writes), "-screen", "0", "1440x900x24", "-nolisten", "tcp"]
        server = subprocess.Popen(command, pass_fds=(writes,), stderr=subprocess.DEVNULL)
        os.close(writes)
        try:
            with os.fdopen(reads) as answer:
                number = answer.readline().strip()
            yield {**private, "DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb"} if number else None
        finally:
            server.terminate()
            server.wait()
