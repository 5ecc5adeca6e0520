"""The program as a listener starts it: microphone and camera in, headphones out, on a real audio server.

One process plays noise into JACK's loopback device; the one under test hears it there as its microphone, sees a network
camera, and plays to the system's output.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from realtime.clip import Clip
from tests.mjpeg import MjpegCamera
from tests.models.side_model import make_side_model, side_image

EARSIGHT = [sys.executable, "-W", "error::SyntaxWarning", "-m", "realtime.cli"]
ROOT = Path(__file__).parents[2]


def big(image: np.ndarray) -> np.ndarray:
    return np.kron(image, np.ones((16, 16, 1), np.uint8))


@pytest.mark.timeout(180)
@pytest.mark.parametrize("mode", ["filter", "overlap"])
def test_live_makes_the_microphone_binaural_by_what_the_camera_sees(
    jack: Callable[[int], dict[str, str]],
    mjpeg: MjpegCamera,
    tmp_path: Path,
    wait_for: Callable[..., bool],
    mode: str,
) -> None:
    environment = jack(256)
    model = make_side_model(tmp_path / "side.onnx")
    noise = (0.1 * np.random.default_rng(0).standard_normal((48_000, 2))).astype(np.float32)
    soundfile.write(tmp_path / "noise.wav", noise, 48_000)
    mjpeg.set_image(big(side_image(250, 5)))
    devices = ["--block-size", "256", "--model", str(model)]
    record, stats = tmp_path / "out.wav", tmp_path / "stats.json"
    talk, listen = tmp_path / "talk.txt", tmp_path / "listen.txt"

    def start(log: Path, *arguments: str) -> subprocess.Popen[bytes]:
        with log.open("wb") as file:
            return subprocess.Popen([*EARSIGHT, *arguments, *devices], env=environment, cwd=ROOT, stderr=file)

    talker = start(talk, "play", str(tmp_path / "noise.wav"), "--loop", "--output", "loopback")
    try:
        assert wait_for(lambda: "-> loopback" in talk.read_text(), 60)
        listener = start(
            listen,
            *("live", "--input", "loopback", "--output", "system", "--camera", mjpeg.url, "--mode", mode),
            *("--duration", "12", "--record", str(record), "--stats", str(stats)),
        )
        assert wait_for(lambda: mjpeg.sent > 60, 60)
        mjpeg.cut()
        assert wait_for(lambda: "lost" in listen.read_text(), 10)
        mjpeg.restart()
        assert listener.wait(60) == 0
    finally:
        talker.terminate()
        talker.wait(20)
    latency = "latency 560 samples" if mode == "filter" else "input 256 + output 256"
    assert latency in listen.read_text()
    figures = json.loads(stats.read_text())
    assert figures["mode"] == mode
    assert figures["camera"]["images"] > 60
    assert figures["camera"]["reconnects"] == 1
    assert figures["camera"]["opened"]
    assert figures["masks_per_s"] > 20
    assert figures["latency_samples"]["device_input"] + figures["latency_samples"]["device_output"] == 512
    sound, rate = soundfile.read(record)
    assert rate == 48_000
    left, right = np.abs(sound[rate : 5 * rate]).mean(0)
    assert left > 0.05
    assert left > 5 * right
    # The camera was away for a while in here, and nothing of that is heard.
    loudness = np.abs(sound[rate : 7 * rate, 0]).reshape(-1, rate // 100).mean(1)
    # A machine that stumbles may lose a block; the camera was away for more than a tenth of a second.
    assert np.percentile(loudness, 2) > 0.3 * loudness.mean()


COUNTER = """
import time
import numpy as np
import sounddevice as sd

counted = np.arange(2**17) / 2**18
sound = np.stack([counted, -counted / 2], axis=1).astype(np.float32)
sd.play(sound, 48_000, device="loopback", loop=True, blocksize=256)
print("playing", flush=True)
time.sleep(300)
"""
"""Plays for ever two different signals, each sample of which says where it belongs."""


@pytest.mark.timeout(180)
def test_a_folder_holds_both_microphones_as_they_came(
    jack: Callable[[int], dict[str, str]],
    mjpeg: MjpegCamera,
    tmp_path: Path,
    wait_for: Callable[..., bool],
) -> None:
    environment = jack(256)
    model = make_side_model(tmp_path / "side.onnx")
    folder, listen = tmp_path / "takes", tmp_path / "listen.txt"
    with subprocess.Popen([sys.executable, "-c", COUNTER], env=environment, stdout=subprocess.PIPE) as talker:
        try:
            assert talker.stdout is not None
            assert talker.stdout.readline() == b"playing\n"
            with listen.open("wb") as file:
                listener = subprocess.Popen(
                    [
                        *(*EARSIGHT, "live", "--input", "loopback", "--output", "system", "--camera", mjpeg.url),
                        *("--block-size", "256", "--model", str(model), "--record", f"{folder}/", "--clip-length", "2"),
                    ],
                    env=environment,
                    cwd=ROOT,
                    stderr=file,
                )
            assert wait_for(lambda: (folder / "binaural_audios" / "000003.wav").exists(), 60), listen.read_text()
            listener.send_signal(signal.SIGINT)
            assert listener.wait(60) == 130
        finally:
            talker.kill()
    assert f"recorded to {folder} (" in listen.read_text()
    names = [path.stem for path in sorted((folder / "binaural_audios").iterdir())]
    sound = np.concatenate([soundfile.read(folder / "binaural_audios" / f"{name}.wav")[0] for name in names])
    counted = np.rint(sound[:, 0] * 2**18)
    # Half a step of 24 bits for rounding and half for the two full scales, 2^23 - 1 and 2^23.
    assert np.abs(sound - np.stack([counted, -counted / 2], axis=1) / 2**18).max() <= 1.01 * 2**-23
    # A machine that stumbles may lose single blocks of 256, so of two borders between clips one counts.
    steps = np.diff(counted) % 2**17
    assert np.mean(steps == 1) > 0.98
    assert 1 in steps[[2 * 48_000 - 1, 4 * 48_000 - 1]]
    for name in names[:2]:
        audio, video = folder / "binaural_audios" / f"{name}.wav", folder / "videos" / f"{name}.mp4"
        clip = Clip.from_parts(audio, video)
        times = [time_s for time_s, _ in clip.images()]
        assert (clip.duration_s, clip.sample_rate, clip.channels) == (2.0, 48_000, 2)
        assert times[0] == 0
        assert times[-1] == pytest.approx(2.0, abs=0.2)
    listed = [(folder / "splits" / "split1" / f"{part}.txt").read_text().split() for part in ("train", "val", "test")]
    assert [Path(entry).stem for part in listed for entry in part] == names


@pytest.mark.timeout(120)
def test_no_server_is_one_line(tmp_path: Path) -> None:
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "JACK_NO_START_SERVER": "1"}
    model = make_side_model(tmp_path / "side.onnx")
    done = subprocess.run(
        [*EARSIGHT, "live", "--camera", "none", "--model", str(model), "--input", "no such microphone"],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("earsight: ")
    assert "earsight devices" in line or "doctor" in line
