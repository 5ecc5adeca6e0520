"""What Earsight plays is another program's microphone: a real sound server carries it there, and the doctor sees it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from realtime import doctor, virtual_microphone
from realtime.drivers.choice import AudioDevice
from tests.clips import level_image, make_clip
from tests.realtime.pulse import MICROPHONE, SINK, missing_programs, pactl, pulse_server

RATE = 48_000
ROOT = Path(__file__).parents[2]
CHUNK = 4800


@pytest.fixture
def pulse(tmp_path: Path) -> Iterator[dict[str, str]]:
    missing = missing_programs()
    if missing:
        pytest.skip(f"PulseAudio: {missing}")
    with pulse_server(tmp_path) as environment:
        yield environment


def device(name: str, host_api: str = "ALSA", outputs: int = 2) -> AudioDevice:
    return AudioDevice(name, host_api, 2, outputs, RATE, False, False, 0)


def errors(heard: NDArray[np.float32], played: NDArray[np.float32]) -> NDArray[np.float64]:
    """For each chunk of what was played the largest error where it is found in what was heard, per chunk."""
    found: list[float] = []
    size = 1 << (len(heard) + CHUNK - 1).bit_length()
    spectrum = np.fft.rfft(heard[:, 0], size)
    for start in range(0, len(played) - CHUNK, CHUNK):
        chunk = played[start : start + CHUNK]
        agreement = np.fft.irfft(spectrum * np.conj(np.fft.rfft(chunk[:, 0], size)), size)[: len(heard) - CHUNK]
        at = int(np.argmax(agreement))
        found.append(float(np.abs(heard[at : at + CHUNK] - chunk).max()))
    return np.array(found)


@pytest.mark.timeout(180)
def test_a_null_sink_s_monitor_gives_what_was_played(
    pulse: dict[str, str], tmp_path: Path, wait_for: Callable[..., bool]
) -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, (1, 2 * RATE)).astype(np.float32)
    clip = make_clip(tmp_path / "clip.mkv", noise, [level_image(100)] * 50, sample_rate=RATE)
    heard, record = tmp_path / "heard.raw", tmp_path / "played.wav"
    command = f"parec --device={MICROPHONE} --rate={RATE} --channels=2 --format=float32le --raw --latency-msec=20"
    with heard.open("wb") as file, subprocess.Popen(command.split(), env=pulse, stdout=file) as call:
        try:
            assert wait_for(lambda: heard.stat().st_size > 0)
            done = subprocess.run(
                [
                    *(sys.executable, "-m", "realtime.cli", "play", str(clip), "--output", "pulse"),
                    *("--block-size", "512", "--record", str(record)),
                ],
                env=pulse,
                cwd=ROOT,
                capture_output=True,
                text=True,
                timeout=120,
            )
            if "no output device matches" in done.stderr:
                pytest.skip("PortAudio has no device 'pulse' (Debian: apt install libportaudio2 libasound2-plugins)")
            assert done.returncode == 0, done.stderr
            size = heard.stat().st_size
            # The server is still behind; half a second more is more than it buffers.
            assert wait_for(lambda: heard.stat().st_size > size + RATE // 2 * 8)
        finally:
            call.terminate()
    assert "streaming.onnx" in done.stderr
    sound, rate = soundfile.read(record)
    played = np.asarray(sound, np.float32)
    assert rate == RATE
    assert len(played) >= 2 * RATE
    took = np.fromfile(heard, np.float32)
    found = errors(took[: len(took) // 2 * 2].reshape(-1, 2), played[: 2 * RATE])
    # A step of the recording's 24 bits. A busy machine may underrun, and a chunk with a hole in it is not found whole.
    assert np.mean(found < 2**-22) > 0.6, found
    left, right = np.abs(played[:RATE]).mean(0)
    assert left > 0.01 and right > 0.01


def test_the_doctor_finds_a_null_sink(pulse: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PULSE_SERVER", "PULSE_SINK"):
        monkeypatch.setenv(name, pulse[name])
    monkeypatch.setattr(virtual_microphone, "audio_devices", list)
    (check,) = doctor._virtual_microphone()
    assert (check.ok, check.found, check.cure) == (True, f"{SINK}.monitor, {MICROPHONE}", "")


def test_the_page_s_commands_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = missing_programs()
    if missing:
        pytest.skip(f"PulseAudio: {missing}")
    page = (ROOT / "docs" / "virtual-microphone.md").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in page.splitlines() if line.startswith("    pactl ")]
    commands = [command.strip().removeprefix("pactl ") for line in lines for command in line.split(";")]
    assert len(commands) == 6
    with pulse_server(tmp_path, modules=()) as environment:
        monkeypatch.setenv("PULSE_SERVER", environment["PULSE_SERVER"])
        for command in commands[:3]:
            assert pactl(environment, command).returncode == 0, command
        assert virtual_microphone.pulse_microphones() == [f"{SINK}.monitor", MICROPHONE]
        for command in commands[3:]:
            assert pactl(environment, command).returncode == 0, command
        assert virtual_microphone.pulse_microphones() == []


@pytest.mark.parametrize(
    ("devices", "found"),
    [
        ([device("BlackHole 2ch", "Core Audio"), device("MacBook Pro Speakers", "Core Audio")], "BlackHole 2ch"),
        (
            [device("CABLE Input (VB-Audio Virtual Cable)", api) for api in ("MME", "Windows WASAPI")],
            "CABLE Input (VB-Audio Virtual Cable)",
        ),
        ([device("system", "JACK Audio Connection Kit")], "JACK's ports"),
    ],
)
def test_the_doctor_finds_cables_and_jack(
    devices: list[AudioDevice], found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULSE_SERVER", "unix:/nowhere")
    monkeypatch.setattr(virtual_microphone, "audio_devices", lambda: devices)
    (check,) = doctor._virtual_microphone()
    assert (check.ok, check.found) == (True, found)


@pytest.mark.parametrize(
    ("platform", "says"), [("linux", "pactl load-module"), ("darwin", "BlackHole"), ("win32", "VB-CABLE")]
)
def test_the_doctor_says_how_to_make_one(platform: str, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULSE_SERVER", "unix:/nowhere")
    monkeypatch.setattr(virtual_microphone, "audio_devices", lambda: [device("CABLE Output", "MME", outputs=0)])
    monkeypatch.setattr(sys, "platform", platform)
    (check,) = doctor._virtual_microphone()
    assert (check.ok, check.found) == (None, "none")
    assert says in check.cure and "docs/virtual-microphone.md" in check.cure
    assert "\n" not in check.cure
