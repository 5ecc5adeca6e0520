"""A whole host with a clip, at real pace without a device: held, sought, looped, heard side by side, and its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from realtime.errors import SettingsError
from realtime.host import Host
from realtime.settings import Settings
from tests.clips import make_clip, tone
from tests.models.side_model import make_side_model, side_image

Wait = Callable[..., bool]
RATE = 48_000
LENGTH_S = 4.0


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_side_model(tmp_path_factory.mktemp("model") / "side.onnx")


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two channels of AAC, and what the network sees is bright on the left."""
    image = np.kron(side_image(250, 5), np.ones((8, 8, 1), np.uint8))
    path = tmp_path_factory.mktemp("clip") / "left.mp4"
    return make_clip(path, tone(LENGTH_S, 2, RATE), [image] * round(25 * LENGTH_S), sample_rate=RATE)


@pytest.fixture
def run(model: Path) -> Iterator[Callable[..., Host]]:
    hosts: list[Host] = []

    def start(**choices: object) -> Host:
        hosts.append(Host(Settings(driver="null", model=model, **choices)))  # pyright: ignore[reportArgumentType] - mixed
        hosts[-1].start()
        return hosts[-1]

    yield start
    for host in hosts:
        host.stop()


def position_s(host: Host) -> float:
    state = host.playback
    assert state is not None
    return state.position_s


def ended(host: Host) -> bool:
    state = host.playback
    return state is not None and state.ended


def test_a_clip_is_held_sought_looped_and_left_at_its_end(run: Callable[..., Host], clip: Path, wait_for: Wait) -> None:
    host = run(clip=clip)
    state = host.playback
    assert state is not None
    assert state.playing
    assert state.duration_s == pytest.approx(LENGTH_S, abs=0.03)
    assert wait_for(lambda: position_s(host) > 0.1)
    host.pause()
    assert wait_for(lambda: not np.abs(host.scope(2000)[1][0]).any())
    held_s, blocks = position_s(host), host.snapshot().blocks
    assert wait_for(lambda: host.snapshot().blocks > blocks + 50)
    assert position_s(host) == held_s
    host.seek(1.5)
    assert wait_for(lambda: position_s(host) == 1.5)
    host.loop((2.0, 2.2))
    host.seek(2.0)
    host.play()
    blocks = host.snapshot().blocks
    assert wait_for(lambda: host.snapshot().blocks > blocks + RATE // 128)
    assert 1.9 < position_s(host) <= 2.2
    host.loop(None)
    host.seek(3.8)
    assert wait_for(lambda: host.snapshot().finished)
    state = host.playback
    assert state is not None
    assert (state.playing, state.ended, state.region) == (False, True, None)
    assert state.position_s == pytest.approx(LENGTH_S, abs=0.03)
    assert host.snapshot().running
    host.play()
    assert wait_for(lambda: not ended(host) and 0.0 < position_s(host) < 1.0)
    assert not host.snapshot().finished
    assert host.snapshot().notices == ()


def test_what_goes_to_the_device_is_chosen_and_what_is_recorded_is_not(
    run: Callable[..., Host], clip: Path, wait_for: Wait, tmp_path: Path
) -> None:
    host = run(clip=clip, record=tmp_path / "out.wav")
    assert host.can_listen_to == ("binaural", "mono", "recorded")
    assert host.listening == "binaural"
    for what in ("recorded", "mono"):
        host.listen_to(what)
        assert host.listening == what
    with pytest.raises(SettingsError, match="accepted: binaural, mono, recorded"):
        host.listen_to("stereo")
    assert wait_for(lambda: position_s(host) > 1.5)
    host.stop()
    left, right = soundfile.read(tmp_path / "out.wav")[0][RATE // 2 : RATE].T
    assert np.abs(left).mean() > 5 * np.abs(right).mean()


def test_live_there_is_no_playback_but_mono_to_listen_to(run: Callable[..., Host]) -> None:
    host = run()
    assert host.playback is None
    assert host.can_listen_to == ("binaural", "mono")
    host.listen_to("mono")
    assert host.listening == "mono"
    for command in (host.play, host.pause, lambda: host.seek(1.0), lambda: host.loop((1.0, 2.0))):
        command()
    assert host.snapshot().running


def test_a_mono_clip_has_no_recorded_side(run: Callable[..., Host], tmp_path: Path) -> None:
    soundfile.write(tmp_path / "mono.wav", tone(0.5, 1, RATE).T, RATE)
    assert run(clip=tmp_path / "mono.wav").can_listen_to == ("binaural", "mono")
