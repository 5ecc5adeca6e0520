"""Remote control as a whole: what the user names is opened or refused, and a run in a terminal obeys it."""

from __future__ import annotations

import builtins
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from realtime import live
from realtime.errors import DeviceError, SettingsError
from realtime.live import run_live
from realtime.remote.osc import Osc
from realtime.remote.remote import Remote
from realtime.remote.wire import pack
from realtime.settings import Settings
from realtime.stats import Snapshot
from tests.realtime.remote.client import Client

TOKEN = "correct-horse-battery"


class RunningHost:
    """Runs until it is stopped."""

    pace = ""
    chain = playback = None

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.threads: set[threading.Thread] = set()

    def start(self) -> None:
        self.calls.append("start")

    def stop(self) -> None:
        self.calls.append("stop")

    def snapshot(self) -> Snapshot:
        return Snapshot(running=True)

    def reset_counters(self) -> None:
        self.calls.append("reset")
        self.threads.add(threading.current_thread())


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "midi.toml"
    monkeypatch.setattr("realtime.remote.remote.bindings_file", lambda: file)
    return file


def test_nothing_is_open_unless_asked_for(host: Any) -> None:
    remote = Remote.open()
    remote.poll(host)
    assert (remote.osc, remote.midi, remote.notices, remote.stop_wanted) == (None, None, (), False)
    remote.close()


def test_osc_listens_where_it_says() -> None:
    remote = Remote.open("0")
    assert remote.osc is not None
    assert remote.notices == (f"OSC listens at 127.0.0.1:{remote.osc.endpoint[1]}",)
    remote.close()
    remote.close()


@pytest.mark.parametrize("osc", ["nowhere", "256.1.1.1:9", "203.0.113.7:9000"])
def test_what_cannot_be_listened_at_is_one_line(osc: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        Remote.open(osc)
    assert "\n" not in str(refusal.value)


def test_without_the_packages_of_midi_one_line_names_the_extra(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    imports = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == "mido":
            raise ModuleNotFoundError("No module named 'mido'", name="mido")
        return imports(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(DeviceError, match=r"'mido' is missing\); run: pip install 'earsight\[midi\]'"):
        Remote.open(midi="nano")


def test_a_midi_input_that_is_not_there_is_one_line(home: Path) -> None:
    said = r"^(no MIDI input matches 'no such thing'; there are: |MIDI cannot be used here)"
    with pytest.raises(DeviceError, match=said) as refusal:
        Remote.open(midi="no such thing")
    assert "\n" not in str(refusal.value)


def test_damaged_bindings_are_said_before_a_device_is_opened(home: Path) -> None:
    home.write_text("midi = 1", encoding="utf-8")
    with pytest.raises(SettingsError, match="is no list of tables"):
        Remote.open(midi="nano")


def test_a_run_in_a_terminal_obeys_on_its_own_thread_and_can_be_stopped(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    host = RunningHost()
    monkeypatch.setattr(live, "Host", lambda settings: host)
    osc = Osc()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as port:
        client = Client(port, osc.endpoint)
        client.send("/counters/reset")
        client.send("/stop")
        assert run_live(Settings(), remote=Remote(osc)) == 0
    assert host.calls == ["start", "reset", "stop"]
    assert host.threads == {threading.current_thread()}
    assert osc.stop_wanted
    osc.poll(None)
    assert not osc.stop_wanted
    osc.close()


def test_a_run_says_where_it_listens(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(live, "Host", lambda settings: RunningHost())
    remote = Remote.open("0")
    assert remote.osc is not None
    run_live(Settings(), duration_s=0.15, remote=remote)
    assert capsys.readouterr().err.count(f"earsight: OSC listens at 127.0.0.1:{remote.osc.endpoint[1]}\n") == 1
    remote.close()


def test_every_address_of_this_computer_can_be_asked_for(host: Any) -> None:
    remote = Remote.open("0.0.0.0:0", token=TOKEN)
    assert remote.osc is not None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as port:
        port.bind(("127.0.0.2", 0))
        port.setblocking(False)
        port.sendto(pack("/token", TOKEN), ("127.0.0.2", remote.osc.endpoint[1]))
        remote.poll(host)
        assert port.recv(1000) == pack("/token/accepted")
        port.sendto(pack("/slot/trim/wet"), ("127.0.0.2", remote.osc.endpoint[1]))
        remote.poll(host)
        assert port.recv(1000) == pack("/slot/trim/wet", 1.0)
    remote.close()
