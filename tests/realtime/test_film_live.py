"""A film of a whole host: clip or camera in, one file out, also when the camera is pulled or the program is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from realtime.drivers.null import NullDriver
from realtime.engine import Engine
from realtime.errors import SettingsError
from realtime.host import Host
from realtime.settings import Settings
from tests.clips import impulse, level_image, make_clip, tone
from tests.mjpeg import MjpegCamera
from tests.models.side_model import make_side_model
from tests.realtime.films import click_s, ffprobe, flash_s, read_levels, read_sound

RATE = 48_000
Wait = Callable[..., bool]


class ClickingDriver(NullDriver):
    """Real pace, no device, but a microphone that clicks once on demand."""

    newest: ClickingDriver

    def __init__(self, engine: Engine, sample_rate: int, block_size: int) -> None:
        super().__init__(engine, sample_rate, block_size)
        engine.set_channels(1, 2)
        self.click = threading.Event()
        ClickingDriver.newest = self

    def _run(self) -> None:
        out = np.empty((self.block_size, 2), dtype=np.float32)
        due_s = time.monotonic()
        while not self._stopping.is_set():
            block = np.zeros((self.block_size, 1), np.float32)
            if self.click.is_set():
                self.click.clear()
                block[0] = 0.9
            self._engine.process(block, out)
            due_s += self.block_size / self.sample_rate
            self._stopping.wait(max(0.0, due_s - time.monotonic()))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_side_model(tmp_path_factory.mktemp("model") / "side.onnx")


@pytest.mark.parametrize("mode", ["filter", "overlap"])
def test_click_and_flash_of_a_clip_meet_in_its_film(model: Path, tmp_path: Path, wait_for: Wait, mode: str) -> None:
    images = [level_image(250 if index >= 25 else 5) for index in range(50)]
    clip = make_clip(tmp_path / "clip.mkv", impulse(2.0, 1.0, sample_rate=RATE), images, sample_rate=RATE)
    film = tmp_path / "film.mkv"
    host = Host(Settings(driver="null", clip=clip, model=model, mode=mode, record=film))
    host.start()
    try:
        latency = host.snapshot().latency.plugins
        assert wait_for(lambda: host.snapshot().finished, 30)
    finally:
        host.stop()
    assert host.snapshot().notices == ()
    assert [stream["codec_type"] for stream in ffprobe(film)] == ["video", "audio", "audio"]
    binaural_s, mono_s = click_s(film, 0), click_s(film, 1)
    # Once around AAC moves the loudest sample of the clip by a few; the film's two tracks agree to the filter's reach.
    assert mono_s == pytest.approx(1.0 + latency / RATE, abs=0.001)
    assert binaural_s == pytest.approx(mono_s, abs=0.001)
    # The clip's picture has its place by the clip's own time, to a block and Matroska's millisecond.
    assert flash_s(film) == pytest.approx(mono_s, abs=0.005)


def test_the_camera_is_in_the_film_with_its_own_times_and_may_be_pulled(
    model: Path, tmp_path: Path, wait_for: Wait, mjpeg: MjpegCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("realtime.drivers.opening.NullDriver", ClickingDriver)
    film = tmp_path / "film.mp4"
    host = Host(Settings(driver="null", camera=mjpeg.url, model=model, record=film))
    host.start()
    try:
        assert wait_for(lambda: host.snapshot().images > 10)
        mjpeg.set_image(np.full((240, 320, 3), 255, np.uint8))
        ClickingDriver.newest.click.set()
        images = host.snapshot().images
        assert wait_for(lambda: host.snapshot().images > images + 10)
        mjpeg.cut()
        assert wait_for(lambda: any("lost" in notice for notice in host.snapshot().notices))
        pulled_s = host.snapshot().duration_s
        assert wait_for(lambda: host.snapshot().duration_s > pulled_s + 1.5)
    finally:
        host.stop()
    snapshot = host.snapshot()
    assert snapshot.recording == str(film)
    assert [notice for notice in snapshot.notices if "lost" not in notice] == []
    sound, _ = read_sound(film, 0)
    assert sound.shape[1] / RATE == pytest.approx(snapshot.duration_s, abs=0.05)
    times, levels = read_levels(film)
    assert times[0] == 0 and levels[0] < 5
    assert times[-1] > snapshot.duration_s - 1.0 and levels[-1] > 250
    assert click_s(film, 0) == pytest.approx(click_s(film, 1), abs=0.002)
    # The image after the click is sent within a thirtieth of a second and decoded; a busy machine takes its time.
    assert flash_s(film) == pytest.approx(click_s(film, 1), abs=0.15)


def test_a_film_without_a_camera_holds_the_sound(model: Path, tmp_path: Path, wait_for: Wait) -> None:
    film = tmp_path / "film.mkv"
    host = Host(Settings(driver="null", camera=str(tmp_path / "none.mp4"), model=model, record=film))
    host.start()
    try:
        assert wait_for(lambda: host.snapshot().duration_s > 0.5)
    finally:
        host.stop()
    (notice,) = host.snapshot().notices
    assert "goes on without a picture" in notice
    assert [stream["codec_type"] for stream in ffprobe(film)] == ["audio", "audio"]


def test_the_picture_s_lag_belongs_to_what_has_a_picture(tmp_path: Path) -> None:
    assert Settings(record=tmp_path / "a.MKV", picture_lag_ms=80.0).picture_lag_ms == 80.0
    for record in (None, tmp_path / "a.wav"):
        with pytest.raises(SettingsError, match="the picture lag is of a recorded picture"):
            Settings(record=record, picture_lag_ms=80.0)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
def test_the_program_killed_while_it_films_leaves_all_but_the_last_second(
    model: Path, tmp_path: Path, wait_for: Wait
) -> None:
    images = [level_image(20 + 4 * index) for index in range(50)]
    clip = make_clip(tmp_path / "clip.mkv", tone(2.0, sample_rate=RATE), images, sample_rate=RATE)
    command = [sys.executable, "-m", "realtime.cli", "play", str(clip), "--loop", "--driver", "null"]
    log, part = tmp_path / "log.txt", tmp_path / "film.part.mkv"
    with log.open("wb") as file:
        program = subprocess.Popen(
            [*command, "--model", str(model), "--record", str(tmp_path / "film.mkv")],
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
            cwd=tmp_path,
            stderr=file,
        )
    try:
        assert wait_for(lambda: "null" in log.read_text(), 60)
        began_s = time.monotonic()
        assert wait_for(lambda: time.monotonic() - began_s > 3.0), "three seconds of sound at the device's pace"
        recorded_s = time.monotonic() - began_s
    finally:
        program.kill()
        program.wait()
    assert not (tmp_path / "film.mkv").exists()
    assert [stream["codec_type"] for stream in ffprobe(part)] == ["video", "audio", "audio"]
    for track in (0, 1):
        assert read_sound(part, track)[0].shape[1] / RATE > recorded_s - 1.0
    assert read_levels(part)[0][-1] > recorded_s - 1.0
