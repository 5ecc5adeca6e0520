"""The program around the window: it ends cleanly however it is ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer

from gui.app import failures_told

PROGRAM = """
import sys
import gui.app
from gui.devices import Devices
from realtime.settings import Settings
from tests.gui.fake_host import SOURCES, FakeHost

class Telling(FakeHost):
    def start(self, before=None):
        super().start(before)
        print("started", flush=True)
    def stop(self):
        super().stop()
        print("stopped", flush=True)


gui.app.WatchedDevices = lambda: Devices(SOURCES)
sys.exit(gui.app.main(Settings(), start=True, host_factory=Telling))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.usefixtures("display")
def test_a_signal_stops_the_host_and_ends_with_its_code(number, tmp_path):
    command = [sys.executable, "-W", "error", "-c", PROGRAM]
    root = Path(__file__).parents[2]
    environment = os.environ | {"XDG_CONFIG_HOME": str(tmp_path)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=root, env=environment
    ) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "started\n"
        program.send_signal(number)
        out, err = program.communicate(timeout=30)
    assert out == "stopped\n"
    assert program.returncode == 128 + number
    assert "Traceback" not in err


def test_what_nobody_expected_is_said_once_and_the_window_goes_on(stage, monkeypatch):
    printed: list[type[BaseException]] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, *_: printed.append(kind))
    s = stage()
    s.start()

    def fail() -> None:
        raise ZeroDivisionError

    with failures_told(s.window):
        for _ in range(2):
            QTimer.singleShot(0, fail)
        s.wait(lambda: len(printed) == 2)
    assert "ZeroDivisionError" in s.window.notices.text
    s.window.notices.dismiss.click()
    assert not s.window.notices.text
    assert s.window.running
