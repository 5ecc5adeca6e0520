"""Devices come and go in the lists, also while sound runs."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from gui.client import Choice, Sources
from gui.devices import WatchedDevices
from tests.gui.fake_host import SOURCES


def test_a_device_that_appears_is_offered_while_sound_runs(stage):
    s = stage()
    s.start()
    new = Choice("Headset (ALSA)", "Headset")
    s.devices.now = replace(SOURCES, outputs=(*SOURCES.outputs, new))
    s.devices.look()
    assert s.window.controls.output.findData("Headset") > 0
    assert s.host.calls == ["start"]


def test_one_that_is_chosen_and_gone_is_marked_and_kept(stage):
    s = stage(input="USB interface", camera="1")
    controls = s.window.controls
    assert controls.input.currentText() == "USB interface (ALSA)"
    s.devices.now = replace(SOURCES, inputs=SOURCES.inputs[:1], cameras=())
    s.devices.look()
    assert controls.input.currentText() == "USB interface (not there)"
    assert controls.camera.currentText() == "Camera 1 (not there)"
    assert s.window.settings.input == "USB interface"
    s.devices.now = SOURCES
    s.devices.look()
    assert controls.input.currentText() == "USB interface (ALSA)"


def test_part_of_a_name_that_is_listed_is_not_gone(stage):
    s = stage(input="usb", camera="http://localhost/x.mjpg")
    assert s.window.controls.input.currentText() == "usb"
    assert s.window.controls.camera.currentText() == "http://localhost/x.mjpg"


def test_trouble_with_looking_is_said_once(stage):
    s = stage()
    for _ in range(2):
        s.devices.failed.emit("the PortAudio library is missing; install it")
    notices = s.window.notices
    assert notices.text.startswith("the PortAudio library")
    notices.dismiss.click()
    assert notices.text == ""


@pytest.mark.usefixtures("themed")
def test_sound_is_told_of_each_change_also_of_the_first_device_there_is(qtbot, monkeypatch):
    told: list[Sources] = []
    none, one = ({"inputs": found, "outputs": [], "cameras": []} for found in ([], [["Headset (ALSA)", "Headset"]]))
    lines = "\n".join(map(json.dumps, (none, none, one, one)))
    monkeypatch.setattr("gui.devices.PROGRAM", ["-c", f"print({lines!r})"])
    devices = WatchedDevices()
    monkeypatch.setattr("gui.devices.devices_changed", lambda: told.append(devices.now))
    devices.look()
    qtbot.waitUntil(lambda: bool(devices.now.inputs))
    devices.close()
    assert [sources.inputs for sources in told] == [(Choice("Headset (ALSA)", "Headset"),)]


@pytest.mark.usefixtures("themed")
def test_the_program_beside_is_asked_again_and_ends_with_the_window(qtbot):
    devices = WatchedDevices()
    with qtbot.waitSignals([devices.changed], timeout=20_000, raising=False):
        devices.look()
    with qtbot.waitSignals([devices.changed], timeout=20_000, raising=False) as told:
        devices.look()
    assert told.signal_triggered
    devices.close()
    assert devices._process.state() == devices._process.ProcessState.NotRunning


@pytest.mark.usefixtures("themed")
@pytest.mark.parametrize("program", ["import os; print('no list'); os._exit(3)", None])
def test_a_look_that_ends_by_itself_is_said_with_its_cure(qtbot, monkeypatch, program):
    if program is None:
        monkeypatch.setattr("gui.devices.sys.executable", "/no/such/python")
    else:
        monkeypatch.setattr("gui.devices.PROGRAM", ["-c", program])
    devices = WatchedDevices()
    said: list[str] = []
    devices.failed.connect(said.append)
    devices.look()
    qtbot.waitUntil(lambda: bool(said))
    assert said == ["devices are not watched any more; press Refresh devices to look for them again"]
    devices.close()
