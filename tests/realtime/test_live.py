"""A run in a terminal: what is said when, and that the host is stopped and the figures are kept however it ends."""

from __future__ import annotations

import io
import json
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from realtime import live
from realtime.commands.listen import recording
from realtime.errors import DeviceError
from realtime.live import StatusPrinter, ending_line, run_live, starting_line, status_line
from realtime.settings import Settings
from realtime.stats import Latency, Snapshot

SNAPSHOT = Snapshot(
    running=True,
    model="streaming 1",
    provider="cpu",
    input="system",
    output="headphones",
    latency=Latency(device_input=128, device_output=128, plugins=48, algorithmic=48),
)


class ScriptedHost:
    """A host whose snapshots follow a script: the snapshot number n is `script(n)`."""

    pace = "a window of 630 ms ending now"

    def __init__(self, script: Callable[[int], Snapshot]) -> None:
        self._script = script
        self.calls: list[str] = []
        self._asked = 0

    def start(self) -> None:
        self.calls.append("start")

    def stop(self) -> None:
        self.calls.append("stop")

    def snapshot(self) -> Snapshot:
        self._asked += 1
        return self._script(self._asked)


def run(
    monkeypatch: pytest.MonkeyPatch, host: ScriptedHost, duration_s: float | None, stats: Path | None = None
) -> int:
    monkeypatch.setattr(live, "Host", lambda settings: host)
    monkeypatch.setattr(live, "POLL_INTERVAL_S", 0.001)
    return run_live(Settings(), duration_s, stats)


def test_the_clip_s_end_ends_the_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    host = ScriptedHost(lambda asked: replace(SNAPSHOT, finished=asked > 5, duration_s=2.0))
    assert run(monkeypatch, host, None, tmp_path / "figures.json") == 0
    assert host.calls == ["start", "stop"]
    assert json.loads((tmp_path / "figures.json").read_text())["duration_s"] == 2.0


def test_the_duration_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    host = ScriptedHost(lambda asked: SNAPSHOT)
    assert run(monkeypatch, host, 0.01) == 0
    assert host.calls == ["start", "stop"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_run_and_the_handlers_come_back(
    number: signal.Signals, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = signal.getsignal(number)

    def script(asked: int) -> Snapshot:
        if asked == 3:
            os.kill(os.getpid(), number)
        return SNAPSHOT

    host = ScriptedHost(script)
    assert run(monkeypatch, host, None, tmp_path / "figures.json") == 128 + number
    assert host.calls == ["start", "stop"]
    assert (tmp_path / "figures.json").is_file()
    assert signal.getsignal(number) is before


def test_a_broken_run_still_stops_the_host_and_keeps_the_figures(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def script(asked: int) -> Snapshot:
        if asked == 3:
            raise DeviceError("gone")
        return SNAPSHOT

    host = ScriptedHost(script)
    with pytest.raises(DeviceError, match="gone"):
        run(monkeypatch, host, None, tmp_path / "figures.json")
    assert host.calls == ["start", "stop"]
    assert (tmp_path / "figures.json").is_file()


def test_each_notice_is_said_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    host = ScriptedHost(lambda asked: replace(SNAPSHOT, notices=("camera lost",) * (asked > 2), finished=asked > 9))
    run(monkeypatch, host, None)
    captured = capsys.readouterr()
    assert "mode filter; a window of 630 ms ending now; microphone on, " in captured.err
    assert captured.err.count("earsight: camera lost\n") == 1
    assert not captured.out


def test_the_starting_line_states_the_latency_by_its_parts() -> None:
    line = starting_line(SNAPSHOT)
    for part in ("system -> headphones", "48000 Hz", "blocks of 128", "304 samples, 6.3 ms", "input 128", "output 128"):
        assert part in line
    assert "plugins 48" in line
    assert "streaming 1 on cpu" in line


def test_the_starting_line_states_the_network_s_pace() -> None:
    assert starting_line(SNAPSHOT, "a mask every 10 ms").endswith("mode filter; a mask every 10 ms")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (Settings(camera="0"), "; microphone and camera on, nothing of it leaves this machine\n"),
        (Settings(), "; microphone on, nothing of it leaves this machine\n"),
        (Settings(camera="0", driver="null"), "; camera on, nothing of it leaves this machine\n"),
        (Settings(driver="null"), "a window of 630 ms ending now\n"),
        (Settings(camera="0", clip=Path("a.mp4")), "a window of 630 ms ending now\n"),
    ],
)
def test_a_run_says_first_of_all_what_it_hears_and_sees(
    settings: Settings, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(live, "Host", lambda settings: ScriptedHost(lambda asked: SNAPSHOT))
    run_live(settings, duration_s=0.0)
    first, *_ = capsys.readouterr().err.splitlines(keepends=True)
    assert first.endswith(said)


def test_the_status_line_is_drawn_on_a_terminal_only() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal, pipe = Terminal(), io.StringIO()
    for stream in (terminal, pipe):
        StatusPrinter(stream).status(status_line(SNAPSHOT))
    assert "mask age" in terminal.getvalue()
    assert "\n" not in terminal.getvalue()
    assert pipe.getvalue() == ""


def test_the_ending_line_names_the_recording() -> None:
    assert ending_line(replace(SNAPSHOT, recording="take.wav")).endswith("recorded to take.wav")
    assert "recorded" not in ending_line(SNAPSHOT)


def test_a_folder_exists_ends_in_a_slash_or_has_no_suffix(tmp_path: Path) -> None:
    (tmp_path / "room.2").mkdir()
    folders = [str(tmp_path / "room.2"), f"{tmp_path}/take.wav/", "takes"]
    assert [recording(name) for name in folders] == [(None, Path(name)) for name in folders]
    assert [recording(name) for name in ("a.wav", "room.3")] == [(Path("a.wav"), None), (Path("room.3"), None)]
    assert recording(None) == (None, None)
