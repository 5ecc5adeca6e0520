"""A recording holds every sample in its place, and stays playable whatever happens to the program or the disk."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from realtime.errors import RecordingError
from realtime.recorder import Recorder
from realtime.ring import Ring
from tests.realtime.films import ffprobe, read_levels, read_sound

RATE = 48_000
# Half a step of 24 bits for rounding and half for the two full scales, 2^23 - 1 and 2^23.
TOLERANCE = 1.01 * 2**-23

ENDLESS = """
import sys, time
from pathlib import Path
import numpy as np
from realtime.recorder import Recorder
from realtime.ring import Ring

ring = Ring(3, 48_000)
recorder = Recorder(ring, Path(sys.argv[1]), 48_000)
recorder.start()
ramp = np.arange(480) / 960
while True:
    if ring.written % 2400 == 0:
        recorder.show(np.full((48, 64, 3), ring.written // 2400 % 200, np.uint8), ring.written)
    ring.write(np.stack([ramp, ramp, -ramp]).astype(np.float32))
    print(ring.written, flush=True)
    time.sleep(0.005)
"""
"""Records for ever, at up to twice the real pace, with 20 images in each second of sound."""


def noise(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1, 1, (3, n)).astype(np.float32)


def feed(ring: Ring, recorder: Recorder, sound: np.ndarray, block: int, wait_for) -> None:
    """Write in blocks, never lapping the recorder."""
    for start in range(0, sound.shape[1], block):
        assert wait_for(lambda: ring.written - recorder._position < ring.capacity - block)
        ring.write(sound[:, start : start + block])


@pytest.mark.parametrize("suffix", [".wav", ".flac"])
@pytest.mark.parametrize("block", [1, 64, 65, 480, 8193])
def test_every_sample_is_in_its_place(tmp_path, wait_for, suffix: str, block: int) -> None:
    ring = Ring(3, 20_000)
    ring.write(noise(1000, seed=1))
    path = tmp_path / f"a{suffix}"
    recorder = Recorder(ring, path, RATE)
    recorder.start()
    assert recorder.recording
    sound = noise(max(2000, 5 * block))
    feed(ring, recorder, sound, block, wait_for)
    recorder.stop()
    recorder.stop()
    read, sample_rate = soundfile.read(path, dtype="float64")
    assert sample_rate == RATE
    assert read.shape == (sound.shape[1], 2)
    assert np.allclose(read.T, sound[1:], atol=TOLERANCE)
    assert (recorder.notices, recorder.lost, recorder.recording) == ((), 0, False)
    assert recorder.duration_s == sound.shape[1] / RATE
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_a_lapped_recorder_keeps_the_rest_in_place(tmp_path, monkeypatch) -> None:
    # It looks only once, at the end.
    monkeypatch.setattr("realtime.recorder.POLL_S", 60.0)
    ring = Ring(3, 4000)
    recorder = Recorder(ring, tmp_path / "a.wav", RATE)
    recorder.start()
    sound = noise(10_000)
    for start in range(0, 10_000, 1000):
        ring.write(sound[:, start : start + 1000])
    recorder.stop()
    read = soundfile.read(tmp_path / "a.wav", dtype="float64")[0].T
    assert read.shape == (2, 10_000)
    assert recorder.lost == 7000
    assert np.all(read[:, :7000] == 0)
    assert np.allclose(read[:, 7000:], sound[1:, 7000:], atol=TOLERANCE)
    assert "too slow" in recorder.notices[0]


def killed(path: Path) -> tuple[Path, int]:
    """Kill a program that records; the file that it leaves, and how many samples it had in its ring at least."""
    if not hasattr(signal, "SIGKILL"):
        pytest.skip("no SIGKILL on this system")
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(
        [sys.executable, "-c", ENDLESS, path], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            assert process.stdout is not None
            written = next(int(line) for line in process.stdout if int(line) >= 3 * RATE)
        finally:
            process.kill()
    assert not path.exists()
    return path.with_suffix(f".part{path.suffix}"), written


@pytest.mark.parametrize("suffix", [".wav", ".flac"])
def test_a_killed_program_leaves_a_playable_file(tmp_path, suffix: str) -> None:
    part, written = killed(tmp_path / f"a{suffix}")
    read, _ = soundfile.read(part, dtype="float64")
    # At most a second is missing, besides what the pipe was behind.
    assert len(read) >= written - RATE
    ramp = np.resize(np.arange(480) / 960, len(read))
    assert np.allclose(read.T, [ramp, -ramp], atol=TOLERANCE)


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
def test_a_killed_program_leaves_a_film_that_lacks_at_most_its_last_second(tmp_path, suffix: str) -> None:
    part, written = killed(tmp_path / f"a{suffix}")
    assert [stream["codec_type"] for stream in ffprobe(part)] == ["video", "audio", "audio"]
    for track, signs in ((0, [[1], [-1]]), (1, [[1]])):
        read, _ = read_sound(part, track)
        assert read.shape[1] >= written - RATE
        ramp = np.resize(np.arange(480) / 960, read.shape[1]) * signs
        if suffix == ".mkv":
            assert np.allclose(read, ramp, atol=TOLERANCE)
        else:
            assert np.corrcoef(read[0], ramp[0])[0, 1] > 0.99
    times, levels = read_levels(part)
    assert times[-1] >= written / RATE - 1
    seen = [round(time_s * 20) % 200 for time_s in times]
    assert levels == pytest.approx(seen, abs=2.4)


def test_an_interrupted_recording_is_told_of_and_not_overwritten(tmp_path) -> None:
    for name in ("a.part.wav", "a.part2.wav"):
        (tmp_path / name).write_text("precious")
    recorder = Recorder(Ring(3, 100), tmp_path / "a.wav", RATE)
    recorder.start()
    recorder.stop()
    assert (tmp_path / "a.part.wav").read_text() == (tmp_path / "a.part2.wav").read_text() == "precious"
    (notice,) = recorder.notices
    assert "a.part.wav" in notice and "a.part2.wav" in notice and "interrupted" in notice and "\n" not in notice
    assert soundfile.info(tmp_path / "a.wav").frames == 0


def test_an_existing_file_is_refused_unless_forced(tmp_path) -> None:
    path = tmp_path / "a.wav"
    path.write_text("precious")
    with pytest.raises(RecordingError, match="exists"):
        Recorder(Ring(3, 100), path, RATE).start()
    assert path.read_text() == "precious"
    recorder = Recorder(Ring(3, 100), path, RATE, force=True)
    recorder.start()
    recorder.stop()
    assert soundfile.info(path).samplerate == RATE


def test_a_file_that_appears_meanwhile_is_kept(tmp_path) -> None:
    path = tmp_path / "a.wav"
    recorder = Recorder(Ring(3, 100), path, RATE)
    recorder.start()
    path.write_text("precious")
    recorder.stop()
    assert path.read_text() == "precious"
    assert "a.part.wav" in recorder.notices[0]
    assert soundfile.info(tmp_path / "a.part.wav").samplerate == RATE


@pytest.mark.parametrize("name", ["a.mp3", "a", "missing/a.wav", "missing/a.mkv"])
def test_places_that_do_not_work_are_told(tmp_path, name: str) -> None:
    with pytest.raises(RecordingError) as caught:
        Recorder(Ring(3, 100), tmp_path / name, RATE).start()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("suffix", [".wav", ".flac"])
def test_a_full_disk_stops_the_recording_and_keeps_it(tiny_disk: Path, wait_for, suffix: str) -> None:
    ring = Ring(3, 48_000)
    path = tiny_disk / f"a{suffix}"
    recorder = Recorder(ring, path, RATE)
    recorder.start()
    sound = noise(10 * RATE)
    position = 0
    while recorder.recording and position < sound.shape[1]:
        assert wait_for(lambda: ring.written - recorder._position < 24_000 or not recorder.recording)
        ring.write(sound[:, position : position + 4800])
        position += 4800
    assert wait_for(lambda: not recorder.recording)
    (notice,) = recorder.notices
    assert "recording stopped" in notice and "No space left" in notice
    recorder.stop()
    read, _ = soundfile.read(path, dtype="float64")
    # 1 MB holds 3.6 s of such noise.
    assert len(read) > 2 * RATE
    assert np.allclose(read.T, sound[1:, : len(read)], atol=TOLERANCE)


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".mkv"])
def test_a_folder_that_vanishes_is_one_line(tmp_path, wait_for, suffix: str) -> None:
    folder = tmp_path / "stick"
    folder.mkdir()
    ring = Ring(3, 48_000)
    recorder = Recorder(ring, folder / f"a{suffix}", RATE)
    recorder.start()
    ring.write(noise(4800))
    assert wait_for(lambda: recorder.duration_s > 0)
    shutil.rmtree(folder)
    assert wait_for(lambda: not recorder.recording)
    recorder.stop()
    (notice,) = recorder.notices
    assert "has vanished" in notice and "\n" not in notice
