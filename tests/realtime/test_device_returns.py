"""Real audio servers lose their device and get it back while a host plays: it goes on by itself, soon, and says so."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import soundfile

from benchmarks.jack import missing_programs as missing_jack
from tests.models.side_model import make_side_model
from tests.realtime.jack_death import serve
from tests.realtime.pulse import SINK, missing_programs, pactl, pulse_server

ROOT = Path(__file__).parents[2]
RATE = 48_000
AUDIBLE = 0.01
SOON_S = 1.0
"""Sound is to come so soon after its device."""


class Ear:
    """Hears what a PulseAudio sink writes into a pipe, as often as that comes and goes: when there was sound."""

    def __init__(self, pipe: Path) -> None:
        self.sink = f"module-pipe-sink file={pipe} sink_name={SINK} format=float32le rate={RATE} channels=2"
        # A null sink takes its first sound 2 s after it was loaded, whoever plays; this one by the clock.
        self.sink += " use_system_clock_for_timing=yes"
        self.times_s = [0.0]
        self._pipe = pipe
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while self._pipe.parent.is_dir():
            with suppress(FileNotFoundError), self._pipe.open("rb", buffering=0) as file:
                while block := file.read(4096):
                    if np.abs(np.frombuffer(block[: len(block) // 4 * 4], np.float32)).max(initial=0) > AUDIBLE:
                        self.times_s.append(time.monotonic())
            time.sleep(0.005)


@pytest.mark.timeout(120)
def test_jack_is_killed_changed_and_frozen_and_the_machine_sleeps(tmp_path: Path) -> None:
    if missing := missing_jack():
        pytest.skip(f"JACK: {missing}")
    environment = {**os.environ, "JACK_DEFAULT_SERVER": f"earsight-returns-{os.getpid()}", "JACK_NO_START_SERVER": "1"}
    command = [sys.executable, "-m", "tests.realtime.jack_returns", str(tmp_path)]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    killed, changed, frozen, asleep = (facts[step] for step in ("killed", "at_another_rate", "frozen", "asleep"))
    assert killed["noticed_s"] < 0.6
    assert killed["heard_s"] < SOON_S
    assert killed["reconnects"] == 1
    assert changed["told"]
    assert changed["back_s"] < SOON_S
    assert changed["latency"] == 256
    assert frozen["noticed"]
    assert frozen["back_s"] < SOON_S
    assert frozen["opened_anew"] == 0
    assert asleep == {"sounds_s": pytest.approx(0.5, abs=0.5), "notices": 0}
    # The clock of positions went on throughout: a recording is as long as it took.
    assert facts["recorded_s"] == pytest.approx(facts["played_s"], abs=0.4)
    said = [sum(words in notice for notice in facts["notices"]) for words in ("went away", "is back")]
    assert said == [3, 3]
    assert all("\n" not in line for line in facts["notices"])


@pytest.fixture
def play(tmp_path: Path) -> list[str]:
    """The command that plays noise for ever; statistics go to stats.json."""
    soundfile.write(tmp_path / "noise.wav", 0.2 * np.random.default_rng(0).standard_normal((RATE, 1)), RATE)
    model = make_side_model(tmp_path / "side.onnx")
    play = [*(sys.executable, "-m", "realtime.cli", "play", str(tmp_path / "noise.wav"), "--loop")]
    return [*play, "--block-size", "512", "--stats", str(tmp_path / "stats.json"), "--model", str(model)]


@pytest.mark.timeout(120)
def test_a_pulse_sink_is_unloaded_and_loaded_again(
    tmp_path: Path, play: list[str], wait_for: Callable[..., bool]
) -> None:
    if missing := missing_programs():
        pytest.skip(f"PulseAudio: {missing}")
    log, ear = tmp_path / "log.txt", Ear(tmp_path / "pipe")
    with (
        pulse_server(tmp_path, (ear.sink,)) as environment,
        log.open("wb") as lines,
        subprocess.Popen([*play, "--output", "pulse"], env=environment, cwd=ROOT, stderr=lines) as player,
    ):
        try:
            started = wait_for(lambda: player.poll() is not None or len(ear.times_s) > 1, 60)
            if "no output device matches" in log.read_text():
                pytest.skip("PortAudio has no device 'pulse' (Debian: apt install libportaudio2 libasound2-plugins)")
            assert started and player.poll() is None, log.read_text()
            begin_s = time.monotonic()
            assert wait_for(lambda: ear.times_s[-1] > begin_s + 1.5)
            assert pactl(environment, "unload-module module-pipe-sink").returncode == 0
            assert wait_for(lambda: "went away" in log.read_text())
            assert wait_for(lambda: time.monotonic() > ear.times_s[-1] + 1.0)
            assert pactl(environment, f"load-module {ear.sink}").returncode == 0
            back_s = time.monotonic()
            assert wait_for(lambda: ear.times_s[-1] > back_s)
            heard_s = next(time_s for time_s in ear.times_s if time_s > back_s) - back_s
            assert wait_for(lambda: "is back" in log.read_text())
            player.send_signal(signal.SIGINT)
            assert player.wait(20) == 130
        finally:
            player.kill()
    assert heard_s < SOON_S
    figures = json.loads((tmp_path / "stats.json").read_text())["audio"]
    assert figures["reconnects"] == 1
    gap_s = float(np.diff([time_s for time_s in ear.times_s if time_s > begin_s]).max())
    assert figures["longest_gap_s"] == pytest.approx(gap_s, abs=0.3)


@pytest.mark.timeout(120)
def test_pulse_plays_while_jack_is_away(
    tmp_path: Path, play: list[str], wait_for: Callable[..., bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    if missing := missing_programs() or missing_jack():
        pytest.skip(missing)
    monkeypatch.setenv("JACK_DEFAULT_SERVER", f"earsight-falls-{os.getpid()}")
    monkeypatch.setenv("JACK_NO_START_SERVER", "1")
    log, ear = tmp_path / "log.txt", Ear(tmp_path / "pipe")
    play += ["--output", "loopback", "--fallback-output", "pulse"]
    server = serve(RATE, 512)
    try:
        with (
            pulse_server(tmp_path, (ear.sink,)) as environment,
            log.open("wb") as lines,
            subprocess.Popen(play, env=environment, cwd=ROOT, stderr=lines) as player,
        ):
            try:
                assert wait_for(lambda: "-> loopback" in log.read_text(), 60), log.read_text()
                server.kill()
                gone_s = time.monotonic()
                server.wait()
                assert wait_for(lambda: ear.times_s[-1] > gone_s), log.read_text()
                heard_s = ear.times_s[1] - gone_s
                assert wait_for(lambda: "goes on through 'pulse'" in log.read_text())
                assert wait_for(lambda: ear.times_s[-1] > gone_s + heard_s + 1.0)
                server = serve(RATE, 512)
                assert wait_for(lambda: "'loopback' is back at" in log.read_text()), log.read_text()
                player.send_signal(signal.SIGINT)
                assert player.wait(20) == 130
            finally:
                player.kill()
    finally:
        server.terminate()
        server.wait()
    figures = json.loads((tmp_path / "stats.json").read_text())["audio"]
    assert figures["reconnects"] == 1
    assert figures["longest_gap_s"] == pytest.approx(heard_s, abs=0.4)
    assert heard_s < 2.0
