"""A whole host at real pace without a device: clips, pictures, recording, notices, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from realtime.errors import ClipError, EarsightError, ModelError, ProviderError, RecordingError, SettingsError
from realtime.host import Host
from realtime.settings import Settings
from tests.clips import make_clip, tone
from tests.mjpeg import MjpegCamera
from tests.models.side_model import make_side_model, side_image

Wait = Callable[..., bool]


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


def test_what_breaks_in_a_thread_is_said_and_the_run_ends(
    model: Path, clip: Path, run: Callable[[Settings], Host], wait_for: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = run(Settings(driver="null", clip=clip, model=model, loop=True))

    def broken(*_: object) -> None:
        raise OSError("the disk went away")

    monkeypatch.setattr("realtime.clip_images.ClipImages.at", broken)
    assert wait_for(lambda: host.snapshot().finished, 20)
    assert any("the disk went away" in notice for notice in host.snapshot().notices)


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
