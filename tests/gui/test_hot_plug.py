"""A sound server that comes and goes while the window runs: its device is in the lists as long as it is there.

PortAudio sees one device of PulseAudio, through ALSA, whatever sinks the server has: so the server is what is plugged.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gui.devices import WatchedDevices
from gui.window import MainWindow
from realtime.host import Host
from realtime.settings import Settings
from tests.realtime.pulse import missing_programs, pulse_server

DEVICE = "pulse"
SINK = ("module-null-sink sink_name=earsight_hot_plug",)
TIMEOUT_MS = 20_000
NO_PLUGIN = "ALSA has no plugin for PulseAudio (Debian: apt install libasound2-plugins)"


@pytest.mark.skipif(bool(missing_programs()), reason=missing_programs())
@pytest.mark.usefixtures("themed")
def test_a_device_that_comes_is_offered_and_one_that_goes_is_not(qtbot, tmp_path: Path, monkeypatch) -> None:
    with pulse_server(tmp_path, SINK) as environment:
        listed = subprocess.run(
            [sys.executable, "-m", "realtime.cli", "devices"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    if DEVICE not in listed.stdout:
        pytest.skip(NO_PLUGIN)
    monkeypatch.setenv("PULSE_SERVER", environment["PULSE_SERVER"])
    devices = WatchedDevices()
    window = MainWindow(Settings(driver="null"), Host, devices)
    qtbot.addWidget(window)
    output = window.controls.output
    changes: list[object] = []
    devices.changed.connect(changes.append)
    window.show()
    qtbot.waitUntil(lambda: bool(changes), timeout=TIMEOUT_MS)
    assert output.findData(DEVICE) < 0
    with pulse_server(tmp_path, SINK):
        qtbot.waitUntil(lambda: output.findData(DEVICE) > 0, timeout=TIMEOUT_MS)
    qtbot.waitUntil(lambda: output.findData(DEVICE) < 0, timeout=TIMEOUT_MS)
    assert not window.notices.is_trouble
    devices.close()
