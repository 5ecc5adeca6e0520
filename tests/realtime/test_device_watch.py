"""The program that says which devices are there: at the start, when asked, and no more once nobody listens."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from realtime import device_watch
from realtime.devices import AudioDevice

ROOT = Path(__file__).parents[2]


def test_it_tells_at_the_start_and_when_asked_and_ends_with_its_listener():
    command = [sys.executable, "-m", "realtime.device_watch"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        first = json.loads(program.stdout.readline())
        assert set(first) in ({"inputs", "outputs", "cameras"}, {"error"})
        program.stdin.write("\n")
        program.stdin.flush()
        assert json.loads(program.stdout.readline()) == first
        program.stdin.close()
        assert program.wait(timeout=10) == 0


def test_a_device_of_several_systems_is_listed_once():
    def device(name: str, api: str) -> AudioDevice:
        return AudioDevice(name, api, 2, 2, 48_000, False, False, 0)

    devices = [device("USB", "ALSA"), device("USB", "JACK"), device("Speakers", "ALSA")]
    assert device_watch.choices(devices) == [["USB (ALSA, JACK)", "USB"], ["Speakers (ALSA)", "Speakers"]]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems show nothing to glance at")
def test_a_glance_changes_with_cards_cameras_and_servers_but_not_with_our_own_streams(tmp_path, monkeypatch):
    cards, cameras, memory = tmp_path / "cards", tmp_path / "video4linux", tmp_path / "shm"
    memory.mkdir()
    monkeypatch.setattr(device_watch, "CARDS", (cards,))
    monkeypatch.setattr(device_watch, "CAMERAS", cameras)
    monkeypatch.setattr(device_watch, "SHARED_MEMORY", memory)
    monkeypatch.setenv("PULSE_SERVER", f"unix:{tmp_path / 'native'}")
    seen = [device_watch.glance()]
    (memory / "jack_sem.0_default_PortAudio").touch()
    assert device_watch.glance() == seen[0]
    cards.write_text("0 [USB]")
    seen.append(device_watch.glance())
    (cameras / "video0").mkdir(parents=True)
    seen.append(device_watch.glance())
    (memory / "jack_sem.0_default_system").touch()
    seen.append(device_watch.glance())
    (tmp_path / "native").touch()
    seen.append(device_watch.glance())
    (memory / "jack_default_0_0").touch()
    seen.append(device_watch.glance())
    # A server that was killed leaves its files; the next one makes its socket anew.
    (memory / "new").touch()
    (memory / "new").replace(memory / "jack_default_0_0")
    seen.append(device_watch.glance())
    assert len(set(seen)) == 7
