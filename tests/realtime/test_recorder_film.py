"""A recorder's film: mono, binaural sound and picture meet; what goes wrong costs pictures, never sound."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from realtime.recorder import MAX_WAITING, Recorder
from realtime.ring import Ring
from realtime.tracks import PictureTrack
from tests.clips import level_image
from tests.realtime.films import click_s, ffprobe, flash_s, read_levels, read_sound

RATE = 48_000
INTERVAL = RATE // 20
"""Samples between two images."""
# Half a step of 24 bits for rounding and half for the two full scales, 2^23 - 1 and 2^23.
TOLERANCE = 1.01 * 2**-23
FILMS = pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
Wait = Callable[..., bool]


def noise(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1, 1, (3, n)).astype(np.float32)


def feed(recorder: Recorder, sound: np.ndarray, wait_for: Wait, levels: Callable[[int], int] | None = None) -> None:
    """Write in blocks, never lapping the recorder; before each twentieth of a second an image is shown."""
    ring = recorder._ring
    for start in range(0, sound.shape[1], 480):
        assert wait_for(lambda: ring.written - recorder._position < INTERVAL and len(recorder._images) < 8)
        if levels is not None and start % INTERVAL == 0:
            recorder.show(level_image(levels(start)), ring.written)
        ring.write(sound[:, start : start + 480])


@FILMS
@pytest.mark.parametrize("latency", [0, 48, 4000])
def test_a_click_is_heard_on_both_tracks_when_its_flash_is_seen(
    tmp_path: Path, wait_for: Wait, suffix: str, latency: int
) -> None:
    at = RATE + 2400
    sound = np.zeros((3, 2 * RATE), np.float32)
    sound[0, at] = sound[1:, at + latency] = 0.9
    path = tmp_path / f"a{suffix}"
    recorder = Recorder(Ring(3, 4 * RATE), path, RATE, latency=lambda: latency)
    recorder.start()
    feed(recorder, sound, wait_for, lambda position: 250 if position >= at else 5)
    recorder.stop()
    assert (recorder.notices, recorder.lost, recorder.dropped) == ((), 0, 0)
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]
    wanted_s = (at + latency) / RATE
    for track in (0, 1):
        assert click_s(path, track) == pytest.approx(wanted_s, abs=1.5 / RATE)
    # Matroska counts in milliseconds.
    assert flash_s(path) == pytest.approx(wanted_s, abs=0.001)


@FILMS
def test_a_picture_that_is_known_to_lag_is_put_back_in_its_place(tmp_path: Path, wait_for: Wait, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    recorder = Recorder(Ring(3, 4 * RATE), path, RATE, picture_lag_ms=200.0)
    recorder.start()
    feed(recorder, noise(2 * RATE), wait_for, lambda position: 250 if position >= RATE else 5)
    recorder.stop()
    assert flash_s(path) == pytest.approx(0.8, abs=0.001)


def test_the_binaural_track_is_what_a_flac_holds_and_mono_comes_the_latency_later(
    tmp_path: Path, wait_for: Wait
) -> None:
    sound, before, latency = noise(RATE), noise(700, seed=1), 1000
    ring = Ring(3, 4 * RATE)
    ring.write(before)
    recorder = Recorder(ring, tmp_path / "a.mkv", RATE, latency=lambda: latency)
    recorder.start()
    feed(recorder, sound, wait_for)
    recorder.stop()
    binaural, _ = read_sound(tmp_path / "a.mkv", 0)
    mono, _ = read_sound(tmp_path / "a.mkv", 1)
    assert np.allclose(binaural, sound[1:], atol=TOLERANCE)
    # What came before the recording but is heard in it is there; before the ring's first sample there is silence.
    came = np.concatenate([np.zeros(300), before[0], sound[0, : RATE - latency]])
    assert np.allclose(mono[0], came, atol=TOLERANCE)


def test_mono_moves_without_a_jump_where_the_chain_s_latency_changes(tmp_path: Path, wait_for: Wait) -> None:
    latency = 0
    time_s = np.arange(2 * RATE) / RATE
    sound = np.tile(0.5 * np.sin(2 * np.pi * 100 * time_s), (3, 1)).astype(np.float32)
    recorder = Recorder(Ring(3, 4 * RATE), tmp_path / "a.mkv", RATE, latency=lambda: latency)
    recorder.start()
    feed(recorder, sound[:, :RATE], wait_for)
    assert wait_for(lambda: recorder._position == RATE)
    latency = 240
    feed(recorder, sound[:, RATE:], wait_for)
    recorder.stop()
    mono = read_sound(tmp_path / "a.mkv", 1)[0][0]
    assert np.allclose(mono[:RATE], sound[0, :RATE], atol=TOLERANCE)
    moved = RATE + 4800
    assert np.allclose(mono[moved:], sound[0, moved - 240 : -240], atol=TOLERANCE)
    # Half a period of the sine is crossfaded: nothing may step more than the sine's own steps and the fade's, 1 in 480.
    steepest = np.abs(np.diff(sound[0])).max()
    assert np.abs(np.diff(mono)).max() < 2 * steepest


@FILMS
def test_a_slow_encoder_costs_pictures_that_are_counted_and_no_sound(
    tmp_path: Path, wait_for: Wait, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    slow = threading.Event()
    write = PictureTrack.write
    stuck = threading.Event()

    def wait_then_write(self: PictureTrack, image: np.ndarray, time_s: float) -> None:
        if time_s > 0.5:
            stuck.set()
            slow.wait(30)
        write(self, image, time_s)

    monkeypatch.setattr(PictureTrack, "write", wait_then_write)
    path = tmp_path / f"a{suffix}"
    ring = Ring(3, 8 * RATE)
    recorder = Recorder(ring, path, RATE)
    recorder.start()
    feed(recorder, noise(RATE // 2 + INTERVAL), wait_for, lambda position: 100)
    recorder.show(level_image(100), recorder._ring.written)
    assert stuck.wait(10)
    # The encoder stands still for five seconds of sound and 100 images.
    rest = noise(5 * RATE, seed=2)
    for start in range(0, rest.shape[1], INTERVAL):
        ring.write(rest[:, start : start + INTERVAL])
        recorder.show(level_image(100), recorder._ring.written)
    assert recorder.dropped == 100 - MAX_WAITING
    slow.set()
    recorder.stop()
    assert len(recorder.notices) == 1
    assert "too slow" in recorder.notices[0] and "images are left out" in recorder.notices[0]
    assert recorder.lost == 0
    sound, _ = read_sound(path, 0)
    assert sound.shape[1] >= RATE // 2 + INTERVAL + rest.shape[1]
    if suffix == ".mkv":
        assert np.allclose(sound[:, -rest.shape[1] :], rest[1:], atol=TOLERANCE)
    assert len(read_levels(path)[0]) >= MAX_WAITING


def test_a_lapped_film_keeps_the_rest_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # It looks only once, at the end.
    monkeypatch.setattr("realtime.recorder.POLL_S", 60.0)
    recorder = Recorder(Ring(3, 4000), tmp_path / "a.mkv", RATE, latency=lambda: 500)
    recorder.start()
    sound = noise(10_000)
    for start in range(0, 10_000, 1000):
        recorder._ring.write(sound[:, start : start + 1000])
    recorder.stop()
    binaural, _ = read_sound(tmp_path / "a.mkv", 0)
    mono, _ = read_sound(tmp_path / "a.mkv", 1)
    lost = recorder.lost
    assert binaural.shape == (2, 10_000)
    assert 6000 <= lost <= 8500
    assert np.all(binaural[:, :lost] == 0) and np.all(mono[:, :lost] == 0)
    assert np.allclose(binaural[:, lost:], sound[1:, lost:], atol=TOLERANCE)
    assert np.allclose(mono[:, lost:], sound[:1, lost - 500 : -500], atol=TOLERANCE)


@FILMS
def test_a_camera_that_comes_late_is_one_line_and_the_sound_is_whole(
    tmp_path: Path, wait_for: Wait, suffix: str
) -> None:
    path = tmp_path / f"a{suffix}"
    recorder = Recorder(Ring(3, RATE), path, RATE)
    recorder.start()
    feed(recorder, noise(RATE // 2), wait_for)
    assert wait_for(lambda: recorder.duration_s == 0.5)
    for _ in range(3):
        recorder.show(level_image(100), recorder._ring.written)
    feed(recorder, noise(RATE // 2), wait_for, lambda position: 100)
    recorder.stop()
    (notice,) = recorder.notices
    assert "the camera came after the first sound" in notice and "\n" not in notice
    assert [stream["codec_type"] for stream in ffprobe(path)] == ["audio", "audio"]
    assert read_sound(path, 0)[0].shape[1] >= RATE


@FILMS
def test_a_full_disk_keeps_a_film_under_the_name_of_a_part(tiny_disk: Path, wait_for: Wait, suffix: str) -> None:
    recorder = Recorder(Ring(3, 4 * RATE), tiny_disk / f"a{suffix}", RATE)
    recorder.start()
    rng = np.random.default_rng(0)
    sound = noise(RATE // 2)
    deadline = time.monotonic() + 30
    while recorder.recording and time.monotonic() < deadline:
        recorder.show(rng.integers(0, 255, (240, 320, 3), np.uint8), recorder._ring.written)
        assert wait_for(lambda: recorder._ring.written - recorder._position < RATE or not recorder.recording)
        recorder._ring.write(sound)
    assert wait_for(lambda: not recorder.recording)
    recorder.stop()
    part = tiny_disk / f"a.part{suffix}"
    (notice,) = recorder.notices
    assert "No space left" in notice and str(part) in notice and "\n" not in notice
    assert [entry.name for entry in tiny_disk.iterdir()] == [part.name]
    # The recorder was up to a second behind, and the last quarter of a second was never whole.
    assert read_sound(part, 0)[0].shape[1] / RATE > recorder.duration_s - 1.5
