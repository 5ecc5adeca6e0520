"""One host takes the place of another: the old one plays until the new one is ready, and an open camera goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from realtime.errors import DeviceError, ModelError
from realtime.host import Host
from realtime.settings import Settings
from tests.mjpeg import MjpegCamera
from tests.models.side_model import make_side_model

Wait = Callable[..., bool]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_side_model(tmp_path_factory.mktemp("model") / "side.onnx")


@pytest.fixture
def old(model: Path, mjpeg: MjpegCamera, wait_for: Wait) -> Iterator[Host]:
    host = Host(Settings(driver="null", camera=mjpeg.url, model=model))
    host.start()
    assert wait_for(lambda: host.picture() is not None and host.snapshot().blocks > 10)
    yield host
    host.stop()


def test_the_old_one_plays_while_the_new_one_loads_and_is_silent_once_it_plays(old: Host, wait_for: Wait) -> None:
    new = Host(replace(old.settings, mode="overlap"))
    new.prepare()
    before = old.snapshot().blocks
    assert wait_for(lambda: old.snapshot().blocks > before)
    try:
        new.start(old)
        silent = old.snapshot()
        assert not silent.running
        assert silent.notices == ()
        assert wait_for(lambda: new.snapshot().blocks > 20)
        assert old.snapshot().blocks == silent.blocks
    finally:
        old.stop()
        new.stop()


def test_an_open_camera_goes_on_without_being_opened_again(old: Host, mjpeg: MjpegCamera, wait_for: Wait) -> None:
    new = Host(replace(old.settings, block_size=256))
    new.prepare()
    mjpeg.stall()  # whoever opened it now would get no image
    try:
        new.start(old)
        assert new.picture() is not None
        old.stop()
        mjpeg.resume()
        seen = new.snapshot().images
        assert wait_for(lambda: new.snapshot().images > seen + 3)
        assert new.snapshot().camera_opened
    finally:
        new.stop()


def test_another_camera_is_opened_beside_the_sound(old: Host, wait_for: Wait) -> None:
    other = MjpegCamera()
    other.stall()
    new = Host(replace(old.settings, camera=other.url))
    try:
        new.start(old)
        old.stop()
        assert wait_for(lambda: new.snapshot().blocks > 20)
        assert new.picture() is None
        other.resume()
        assert wait_for(lambda: new.picture() is not None)
        assert new.snapshot().notices == ()
    finally:
        new.stop()
        other.close()


def test_one_that_cannot_load_leaves_the_other_alone(old: Host, tmp_path: Path, wait_for: Wait) -> None:
    (tmp_path / "broken.onnx").write_bytes(b"no network")
    new = Host(replace(old.settings, model=tmp_path / "broken.onnx"))
    with pytest.raises(ModelError):
        new.prepare()
    before = old.snapshot().blocks
    assert wait_for(lambda: old.snapshot().blocks > before + 10)
    assert old.snapshot().camera_opened


def test_one_that_cannot_start_has_silenced_the_other(old: Host, tmp_path: Path) -> None:
    new = Host(replace(old.settings, record_folder=tmp_path / "set"))
    with pytest.raises(DeviceError, match="input channels"):
        new.start(old)
    assert not old.snapshot().running
    old.stop()
    assert not new.snapshot().running
