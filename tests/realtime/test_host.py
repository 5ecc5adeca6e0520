"""A whole host at real pace without a device: clips, pictures, recording, notices, and what it refuses."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from realtime.clip import Clip
from realtime.drivers.null import NullDriver
from realtime.engine import Engine
from realtime.errors import (
    CameraError,
    ClipError,
    DeviceError,
    EarsightError,
    ModelError,
    ProviderError,
    RecordingError,
    SettingsError,
)
from realtime.host import Host
from realtime.settings import Settings
from realtime.take_folder import TakeFolder
from tests.clips import make_clip, tone
from tests.mjpeg import MjpegCamera
from tests.models.side_model import make_side_model, side_image

Wait = Callable[..., bool]
RATE = 48_000


class EarsDriver(NullDriver):
    """Real pace, no device, but two microphones: left counts samples up, right down, and on demand both click."""

    name_input = "ears"
    channels = 2
    newest: EarsDriver

    def __init__(self, engine: Engine, sample_rate: int, block_size: int) -> None:
        super().__init__(engine, sample_rate, block_size)
        engine.set_channels(self.channels, 2)
        self.click = threading.Event()
        self.clicked_at = -1
        EarsDriver.newest = self

    def _run(self) -> None:
        out = np.empty((self.block_size, 2), dtype=np.float32)
        due_s = time.monotonic()
        while not self._stopping.is_set():
            block = ears(self._engine.position, self.block_size)
            if self.click.is_set() and self.clicked_at < 0:
                self.clicked_at = self._engine.position
                block[0] = 0.9
            self._engine.process(block, out)
            due_s += self.block_size / self.sample_rate
            self._stopping.wait(max(0.0, due_s - time.monotonic()))


class OneEarDriver(EarsDriver):
    channels = 1


def ears(position: int, samples: int) -> np.ndarray:
    """float32 (samples, 2) in which each value says where it belongs, over ten seconds."""
    counted = np.arange(position, position + samples) % (10 * RATE)
    return (np.stack([counted, -counted], axis=1) / 2**20).astype(np.float32)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_side_model(tmp_path_factory.mktemp("model") / "side.onnx")


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One second; what the network sees is bright on the left."""
    image = np.kron(side_image(250, 5), np.ones((8, 8, 1), np.uint8))
    return make_clip(tmp_path_factory.mktemp("clip") / "left.mp4", tone(1.0), [image] * 25)


@pytest.fixture
def run() -> Iterator[Callable[[Settings], Host]]:
    hosts: list[Host] = []

    def start(settings: Settings) -> Host:
        hosts.append(Host(settings))
        hosts[-1].start()
        return hosts[-1]

    yield start
    for host in hosts:
        host.stop()


@pytest.mark.parametrize("mode", ["filter", "overlap"])
def test_a_clip_is_played_to_its_end_with_its_picture(
    model: Path, clip: Path, mode: str, run: Callable[[Settings], Host], wait_for: Wait, tmp_path: Path
) -> None:
    record = tmp_path / "out.wav"
    host = run(Settings(driver="null", clip=clip, model=model, mode=mode, record=record))
    assert wait_for(lambda: host.snapshot().finished, 20)
    host.stop()
    snapshot = host.snapshot()
    assert snapshot.masks > 10
    assert snapshot.images > 3
    assert snapshot.xruns == 0
    sound, rate = soundfile.read(record)
    left, right = sound[rate // 2 : rate * 4 // 5].T
    assert rate == 48_000
    assert np.abs(left).mean() > 5 * np.abs(right).mean()
    assert snapshot.recording == str(record)


@pytest.mark.parametrize("mode", ["filter", "overlap"])
def test_the_last_milliseconds_of_a_clip_are_heard(
    model: Path, mode: str, run: Callable[[Settings], Host], wait_for: Wait, tmp_path: Path
) -> None:
    sound = np.zeros((1, 24_000), np.float32)
    sound[0, -100] = 0.5
    soundfile.write(tmp_path / "click.wav", sound.T, 48_000)
    record = tmp_path / "out.wav"
    host = run(Settings(driver="null", clip=tmp_path / "click.wav", model=model, mode=mode, record=record))
    assert wait_for(lambda: host.snapshot().finished, 20)
    latency = host.snapshot().latency.plugins
    host.stop()
    recorded, _ = soundfile.read(record)
    assert int(np.argmax(np.abs(recorded[:, 0]))) == 24_000 - 100 + latency


def broken(*_: object) -> None:
    raise OSError("the disk went away")


def test_sound_that_breaks_is_said_and_the_run_ends(
    model: Path, clip: Path, run: Callable[[Settings], Host], wait_for: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = run(Settings(driver="null", clip=clip, model=model, loop=True))
    monkeypatch.setattr("realtime.clip_sound.ClipSound.read", broken)
    assert wait_for(lambda: host.snapshot().finished, 20)
    assert any("the disk went away" in notice for notice in host.snapshot().notices)


def test_a_picture_that_breaks_is_said_and_the_sound_goes_on(
    model: Path, clip: Path, run: Callable[[Settings], Host], wait_for: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = run(Settings(driver="null", clip=clip, model=model, loop=True))
    monkeypatch.setattr("realtime.clip_images.ClipImages.at", broken)
    assert wait_for(lambda: any("the disk went away" in notice for notice in host.snapshot().notices), 20)
    after_s = host.snapshot().duration_s + 2.0
    assert wait_for(lambda: host.snapshot().duration_s > after_s, 20)
    assert not host.snapshot().finished
    assert np.abs(host.scope(4800)[1][0]).max() > 0.3


def test_a_visual_network_that_fails_is_said_and_the_sound_goes_on(
    model: Path, mjpeg: MjpegCamera, run: Callable[[Settings], Host], wait_for: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = run(Settings(driver="null", camera=mjpeg.url, model=model))

    def broken(*_: object) -> None:
        raise RuntimeError("out of memory")

    monkeypatch.setattr("realtime.sessions.Network.visual", broken)
    mjpeg.set_image(np.full((240, 320, 3), 99, np.uint8))
    assert wait_for(lambda: any("out of memory" in notice for notice in host.snapshot().notices), 20)
    before = host.snapshot().blocks
    assert wait_for(lambda: host.snapshot().blocks > before + 50)


def test_a_clip_in_a_loop_goes_on(model: Path, clip: Path, run: Callable[[Settings], Host], wait_for: Wait) -> None:
    host = run(Settings(driver="null", clip=clip, model=model, loop=True))
    assert wait_for(lambda: host.snapshot().duration_s > 2.3, 20)
    assert not host.snapshot().finished
    _, scope = host.scope(4800)
    assert np.abs(scope[0]).max() > 0.3


def test_scope_and_picture_show_what_plays(
    model: Path, clip: Path, run: Callable[[Settings], Host], wait_for: Wait
) -> None:
    host = run(Settings(driver="null", clip=clip, model=model))
    assert wait_for(lambda: host.snapshot().duration_s > 0.3)
    position, scope = host.scope(1000)
    assert position > 0
    assert scope.shape == (3, 1000)
    picture = host.picture()
    assert picture is not None
    assert picture.shape == (64, 128, 3)
    attention = host.attention()
    assert attention is not None
    assert attention.shape == (1, 1)


def test_counters_start_again_when_reset(
    model: Path, clip: Path, run: Callable[[Settings], Host], wait_for: Wait
) -> None:
    host = run(Settings(driver="null", clip=clip, model=model, loop=True))
    assert wait_for(lambda: host.snapshot().masks > 50)
    host.reset_counters()
    assert host.snapshot().masks < 50
    assert wait_for(lambda: host.snapshot().blocks > 10)


def test_the_camera_is_seen_lost_and_found_while_the_sound_goes_on(
    model: Path, mjpeg: MjpegCamera, run: Callable[[Settings], Host], wait_for: Wait
) -> None:
    host = run(Settings(driver="null", camera=mjpeg.url, model=model))
    assert wait_for(lambda: host.snapshot().images > 5)
    assert host.snapshot().camera_opened
    mjpeg.cut()
    assert wait_for(lambda: any("lost" in notice for notice in host.snapshot().notices))
    before = host.snapshot()
    assert wait_for(lambda: host.snapshot().blocks > before.blocks + 100)
    assert host.picture() is not None
    mjpeg.restart()
    assert wait_for(lambda: host.snapshot().camera_reconnects == 1, 15)


def test_no_camera_is_a_notice_and_the_sound_starts(
    model: Path, run: Callable[[Settings], Host], wait_for: Wait
) -> None:
    host = run(Settings(driver="null", camera="/no/such/camera.mp4", model=model))
    assert wait_for(lambda: host.snapshot().blocks > 10)
    (notice,) = host.snapshot().notices
    assert "without a picture" in notice


def test_a_clip_without_picture_plays_with_a_notice(
    model: Path, tmp_path: Path, run: Callable[[Settings], Host], wait_for: Wait
) -> None:
    path = tmp_path / "sound.wav"
    soundfile.write(path, tone(0.3).T, 16_000)
    host = run(Settings(driver="null", clip=path, model=model))
    assert wait_for(lambda: host.snapshot().finished)
    assert "no picture" in host.snapshot().notices[0]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"clip": Path("/no/such/clip.mp4")}, ClipError),
        ({"model": Path("/no/such/model.onnx")}, ModelError),
        ({"record": Path("/no/such/folder/out.wav")}, RecordingError),
        ({"driver": "portaudio", "output": "no such device at all"}, EarsightError),
    ],
)
def test_what_cannot_be_used_is_refused_and_leaves_nothing_running(
    model: Path, change: dict[str, object], error: type[Exception]
) -> None:
    host = Host(replace(Settings(driver="null", model=model), **change))  # pyright: ignore[reportArgumentType] - mixed
    with pytest.raises(error):
        host.start()
    assert not host.snapshot().running


def test_a_device_that_is_not_there_is_told_before_anything_is_loaded(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[object] = []
    monkeypatch.setattr("realtime.host.open_network", lambda *args: loaded.append(args))
    with pytest.raises(DeviceError):
        Host(Settings(model=model, output="no such device at all")).prepare()
    assert not loaded


def test_a_folder_receives_both_ears_and_the_camera(
    model: Path,
    mjpeg: MjpegCamera,
    run: Callable[[Settings], Host],
    wait_for: Wait,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("realtime.drivers.opening.NullDriver", EarsDriver)
    folder = tmp_path / "takes"
    settings = Settings(driver="null", camera=mjpeg.url, model=model, record_folder=folder, clip_length_s=1.0)
    host = run(settings)
    assert wait_for(lambda: "(2 clips)" in host.snapshot().recording, 20)
    host.stop()
    clips = [soundfile.read(path)[0] for path in sorted((folder / "binaural_audios").iterdir())]
    assert [len(clip) for clip in clips[:2]] == [RATE, RATE]
    sound = np.concatenate(clips)
    start = round(float(sound[0, 0]) * 2**20)
    # Half a step of 24 bits for rounding and half for the two full scales, 2^23 - 1 and 2^23.
    assert np.allclose(sound, ears(start, len(sound)), atol=1.01 * 2**-23)
    for path in sorted((folder / "videos").iterdir())[:2]:
        clip = Clip.from_parts(folder / "binaural_audios" / f"{path.stem}.wav", path)
        assert (clip.width, clip.height) == (320, 240)
        # 30 images per second are sent; a busy machine may miss some.
        assert 15 <= len(list(clip.images())) <= 32
    assert host.snapshot().notices == ()


def test_a_clap_gives_the_camera_s_lag(
    model: Path,
    mjpeg: MjpegCamera,
    run: Callable[[Settings], Host],
    wait_for: Wait,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("realtime.drivers.opening.NullDriver", EarsDriver)
    host = run(Settings(driver="null", camera=mjpeg.url, model=model, record_folder=tmp_path, clap=True))
    driver = EarsDriver.newest
    assert wait_for(lambda: host.snapshot().duration_s > 1.5)
    driver.click.set()
    assert wait_for(lambda: driver.clicked_at >= 0)
    assert wait_for(lambda: host.scope(1)[0] >= driver.clicked_at + 0.25 * RATE)
    flashed_ms = 1000 * (host.scope(1)[0] - driver.clicked_at) / RATE
    mjpeg.set_image(np.full((240, 320, 3), 250, np.uint8))
    assert wait_for(lambda: any("after the sound" in notice for notice in host.snapshot().notices), 20)
    lag_ms = json.loads((tmp_path / "recording.json").read_text())["picture_lag_ms"]
    # The camera shows it up to an interval later, and the middle between two images is half of one earlier.
    assert lag_ms == pytest.approx(flashed_ms, abs=1000 / 30)


def test_a_picture_lag_by_hand_is_kept(
    model: Path,
    mjpeg: MjpegCamera,
    run: Callable[[Settings], Host],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("realtime.drivers.opening.NullDriver", EarsDriver)
    run(Settings(driver="null", camera=mjpeg.url, model=model, record_folder=tmp_path, picture_lag_ms=-12.5)).stop()
    assert TakeFolder(tmp_path).picture_lag_ms == -12.5


@pytest.mark.parametrize(
    ("driver", "camera", "error", "words"),
    [
        (NullDriver, "camera", DeviceError, "'null' has 0 input channels"),
        (OneEarDriver, "camera", DeviceError, "'ears' has 1 input channels"),
        (EarsDriver, None, CameraError, "needs a camera"),
        (EarsDriver, "/no/such/camera.mp4", CameraError, "/no/such/camera.mp4"),
    ],
)
def test_without_two_ears_and_a_camera_a_folder_is_refused(
    model: Path,
    mjpeg: MjpegCamera,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    driver: type[NullDriver],
    camera: str | None,
    error: type[EarsightError],
    words: str,
) -> None:
    monkeypatch.setattr("realtime.drivers.opening.NullDriver", driver)
    source = mjpeg.url if camera == "camera" else camera
    host = Host(Settings(driver="null", camera=source, model=model, record_folder=tmp_path / "takes"))
    with pytest.raises(error, match=words) as caught:
        host.start()
    assert "\n" not in str(caught.value)
    assert not host.snapshot().running
    assert not (tmp_path / "takes").exists()


def test_a_clip_is_not_recorded_to_a_folder(model: Path, clip: Path, tmp_path: Path) -> None:
    host = Host(Settings(driver="null", clip=clip, model=model, record_folder=tmp_path / "takes"))
    with pytest.raises(SettingsError, match="microphones and camera"):
        host.start()
    assert not (tmp_path / "takes").exists()


@pytest.mark.parametrize(
    "change",
    [
        {"clap": True},
        {"picture_lag_ms": 10.0},
        {"clip_length_s": 10.0},
        {"record": Path("takes.wav"), "clip_length_s": 5.0},
        {"record_folder": Path("takes"), "clap": True, "picture_lag_ms": 10.0},
        {"record_folder": Path("takes"), "picture_lag_ms": 5000.0},
        {"record_folder": Path("takes"), "clip_length_s": 0.2},
    ],
)
def test_settings_of_a_folder_that_do_not_fit_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(SettingsError, match=r"add --record FOLDER|leave out one|accepted: "):
        Settings(**change)  # pyright: ignore[reportArgumentType] - deliberately mixed


def test_a_window_network_says_how_long_it_listens(
    tmp_path: Path, run: Callable[[Settings], Host], model: Path
) -> None:
    assert Host(Settings()).pace == ""
    assert run(Settings(driver="null", model=model)).pace == "a mask every 10 ms"
    window = make_side_model(tmp_path / "window.onnx", "window")
    assert run(Settings(driver="null", model=window)).pace == ("a window of 630 ms ending now, its masks every 50 ms")


@pytest.mark.parametrize("change", [{"mode": "loud"}, {"provider": "quantum"}, {"sample_rate": 1}, {"block_size": 0}])
def test_settings_that_are_not_accepted_say_what_is(change: dict[str, object]) -> None:
    with pytest.raises(SettingsError, match="accepted"):
        Settings(**change)  # pyright: ignore[reportArgumentType] - deliberately mixed


def test_cuda_that_is_not_there_is_refused(model: Path) -> None:
    host = Host(Settings(driver="null", model=model, provider="tensorrt"))
    try:
        host.start()
    except ProviderError as error:
        assert "--provider auto" in str(error)
    else:
        assert host.snapshot().provider == "tensorrt"
    finally:
        host.stop()
