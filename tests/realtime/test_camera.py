"""A camera keeps the newest image, survives losing its source, and never holds up who uses it."""

from __future__ import annotations

import socket
import threading
import time

import numpy as np
import pytest

from realtime.camera import STALE_S, Camera, list_cameras
from realtime.errors import CameraError
from tests.clips import IMAGES_PER_S, level_image, make_clip
from tests.mjpeg import MjpegCamera


@pytest.fixture
def camera(mjpeg: MjpegCamera):
    camera = Camera(mjpeg.url)
    camera.start()
    yield camera
    camera.stop()


def level(camera: Camera) -> float:
    newest = camera.newest(peek=True)
    assert newest is not None
    return float(newest[2].mean())


def test_start_returns_with_an_image(mjpeg) -> None:
    mjpeg.set_image(np.dstack([np.full((240, 320), value, np.uint8) for value in (200, 100, 20)]))
    camera = Camera(mjpeg.url)
    assert camera.newest() is None
    camera.start()
    newest = camera.newest()
    camera.stop()
    assert newest is not None
    sequence, captured_ns, image = newest
    assert sequence >= 1
    assert 0 < captured_ns <= time.perf_counter_ns()
    assert image.shape == (240, 320, 3)
    # JPEG moves a plain colour by a step or two.
    assert np.allclose(image.reshape(-1, 3).mean(axis=0), (200, 100, 20), atol=3)


def test_only_the_newest_is_kept(mjpeg, camera, wait_for) -> None:
    camera.newest()
    mjpeg.set_image(np.full((240, 320, 3), 180, np.uint8))
    assert wait_for(lambda: level(camera) > 170)
    assert wait_for(lambda: camera.dropped >= 3)
    assert camera.dropped < camera.images


def test_taken_images_are_not_dropped(mjpeg) -> None:
    enough = threading.Event()

    def take(image: np.ndarray) -> None:
        newest = camera.newest()
        assert newest is not None and newest[2] is image
        if newest[0] >= 10:
            enough.set()

    camera = Camera(mjpeg.url, on_image=take)
    camera.start()
    assert enough.wait(10)
    camera.stop()
    assert camera.dropped == 0


def test_a_cut_camera_keeps_its_image_and_comes_back(mjpeg, camera, wait_for) -> None:
    mjpeg.set_image(np.full((240, 320, 3), 90, np.uint8))
    assert wait_for(lambda: level(camera) > 80)
    assert camera.notice == ""
    mjpeg.cut()
    assert wait_for(lambda: "is lost" in camera.notice)
    assert not camera.opened
    assert level(camera) > 80
    mjpeg.set_image(np.full((240, 320, 3), 200, np.uint8))
    mjpeg.restart()
    assert wait_for(lambda: camera.reconnects == 1 and level(camera) > 190)
    assert camera.notice == ""
    assert camera.opened


def test_a_stalled_camera_is_told_and_comes_back(mjpeg, camera, wait_for) -> None:
    mjpeg.stall()
    assert wait_for(lambda: "camera" in camera.notice, STALE_S + 5)
    mjpeg.resume()
    assert wait_for(lambda: camera.notice == "" and camera.opened)


def test_stop_is_quick_while_the_source_stalls(mjpeg, camera) -> None:
    mjpeg.stall()
    started = time.monotonic()
    camera.stop()
    camera.stop()
    assert time.monotonic() - started < 6.0


def test_a_camera_can_be_started_again(mjpeg, camera, wait_for) -> None:
    camera.stop()
    seen = camera.images
    camera.start()
    assert wait_for(lambda: camera.images > seen + 2)


def test_a_silent_server_does_not_hold_up_the_start() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        camera = Camera(f"http://127.0.0.1:{server.getsockname()[1]}/")
        started = time.monotonic()
        with pytest.raises(CameraError, match="check the address"):
            camera.start()
        assert time.monotonic() - started < 8.0


@pytest.mark.parametrize(
    ("source", "cure"),
    [
        ("9", "earsight devices"),
        ("/dev/video9", "earsight devices"),
        ("http://127.0.0.1:1/", "check the address"),
        ("missing.mp4", "earsight devices"),
    ],
)
def test_a_source_that_is_not_there_is_told_in_one_line(source: str, cure: str) -> None:
    with pytest.raises(CameraError, match=cure) as caught:
        Camera(source).start()
    assert source in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_video_is_told(tmp_path) -> None:
    path = tmp_path / "notes.mp4"
    path.write_text("not a video")
    with pytest.raises(CameraError, match="check that it is a video"):
        Camera(str(path)).start()


def test_a_file_plays_at_its_own_pace_and_again(tmp_path) -> None:
    path = make_clip(tmp_path / "a.mp4", None, [level_image(20 * index) for index in range(10)])
    levels: list[float] = []
    enough = threading.Event()

    def note(image: np.ndarray) -> None:
        levels.append(float(image.mean()))
        if len(levels) == 25:
            enough.set()

    camera = Camera(str(path), on_image=note)
    started = time.monotonic()
    camera.start()
    assert enough.wait(20)
    elapsed_s = time.monotonic() - started
    camera.stop()
    # Never faster than its own pace; how much slower is up to the machine.
    assert elapsed_s >= 23 / IMAGES_PER_S
    assert np.allclose(levels[:10], levels[10:20], atol=3)
    assert levels[9] > levels[0] + 100
    assert camera.reconnects == 0


@pytest.mark.parametrize(
    ("shape", "sane"),
    [((480, 640, 3), True), ((0, 640, 3), False), ((480, 0, 3), False), ((480, 8193, 3), False), ((480, 640), False)],
)
def test_absurd_images_are_skipped(monkeypatch, shape: tuple[int, ...], sane: bool) -> None:
    monkeypatch.setattr("realtime.camera.FIRST_IMAGE_TIMEOUT_S", 0.5)
    monkeypatch.setattr("realtime.camera._open_capture", lambda source: Capture(np.zeros(shape, np.uint8)))
    camera = Camera("0")
    if sane:
        camera.start()
    else:
        with pytest.raises(CameraError, match="gives no image"):
            camera.start()
    camera.stop()
    assert (camera.images > 0) == sane


def test_stop_is_quick_while_a_device_hangs(monkeypatch) -> None:
    released = threading.Event()
    monkeypatch.setattr("realtime.camera.FIRST_IMAGE_TIMEOUT_S", 0.1)
    monkeypatch.setattr("realtime.camera._open_capture", lambda source: Capture(None, released))
    started = time.monotonic()
    with pytest.raises(CameraError, match="gives no image"):
        Camera("0").start()
    assert time.monotonic() - started < 6.0
    released.set()


class Capture:
    """A device that gives one image over and over, or blocks in its driver."""

    def __init__(self, image: np.ndarray | None, released: threading.Event | None = None) -> None:
        self.image, self.released = image, released

    def isOpened(self) -> bool:
        return True

    def read(self) -> tuple[bool, np.ndarray | None]:
        if self.released is not None:
            self.released.wait()
        return self.image is not None, self.image

    def release(self) -> None:
        pass


def test_cameras_are_listed_by_name(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    for node, name, index in (("video2", "USB camera", "0"), ("video3", "USB camera", "1"), ("video0", "Lid", "0")):
        folder = tmp_path / node
        folder.mkdir()
        (folder / "name").write_text(f"{name}\n")
        (folder / "index").write_text(f"{index}\n")
    assert [(camera.index, camera.name) for camera in list_cameras(tmp_path)] == [(0, "Lid"), (2, "USB camera")]
    assert list_cameras(tmp_path / "missing") == []


def test_listing_is_silent(capfd) -> None:
    list_cameras()
    captured = capfd.readouterr()
    assert captured.out == captured.err == ""
