"""The program around the window: it ends cleanly however it is ended."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import sys
import gui.app
from realtime.settings import Settings
from tests.gui.fake_host import SOURCES, FakeHost

class Telling(FakeHost):
    def start(self):
        super().start()
        print("started", flush=True)
    def stop(self):
        super().stop()
        print("stopped", flush=True)


gui.app.list_sources = lambda: SOURCES
sys.exit(gui.app.main(Settings(), start=True, host_factory=Telling))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.usefixtures("display")
def test_a_signal_stops_the_host_and_ends_with_its_code(number):
    command = [sys.executable, "-W", "error", "-c", PROGRAM]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=root) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "started\n"
        program.send_signal(number)
        out, err = program.communicate(timeout=30)
    assert out == "stopped\n"
    assert program.returncode == 128 + number
    assert "Traceback" not in err


def test_a_device_of_several_systems_is_listed_once(monkeypatch):
    import gui.app
    from realtime.devices import AudioDevice, CameraInfo

    def device(name: str, api: str, inputs: int, outputs: int) -> AudioDevice:
        return AudioDevice(name, api, inputs, outputs, 48_000, False, False, 0)

    devices = [device("USB", "ALSA", 2, 2), device("USB", "JACK", 2, 0), device("Speakers", "ALSA", 0, 2)]
    monkeypatch.setattr(gui.app, "audio_devices", lambda: devices)
    monkeypatch.setattr(gui.app, "rescan", lambda: None)
    monkeypatch.setattr(gui.app, "cameras", lambda: [CameraInfo(0, "Front")])
    sources = gui.app.list_sources()
    assert [(choice.label, choice.value) for choice in sources.inputs] == [("USB (ALSA, JACK)", "USB")]
    assert [choice.value for choice in sources.outputs] == ["USB", "Speakers"]
    assert [(choice.label, choice.value) for choice in sources.cameras] == [("Front", "0")]
