"""The window on a real host: sound at a device's pace, a network camera, a clip, and back; the picture is looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from gui.devices import Devices
from gui.window import MainWindow
from realtime.demo import demo_clip
from realtime.described import Described
from realtime.host import Host
from realtime.settings import Settings
from tests.mjpeg import MjpegCamera

pytestmark = [pytest.mark.usefixtures("display"), pytest.mark.timeout(120)]


@pytest.fixture
def camera() -> Iterator[MjpegCamera]:
    image = np.zeros((240, 480, 3), np.uint8)
    image[:, :240] = (200, 40, 40)
    made = MjpegCamera(image)
    yield made
    made.close()


@pytest.fixture
def open_window(qtbot) -> Callable[[Settings], MainWindow]:
    def make(settings: Settings) -> MainWindow:
        window = MainWindow(settings, Host, Devices())
        window.resize(1440, 900)
        qtbot.addWidget(window)
        window.show()
        return window

    return make


def pixels(window: QWidget, path: Path) -> np.ndarray:
    assert window.grab().save(str(path))
    image = QImage(str(path)).convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).astype(int)


def test_from_camera_to_clip_to_another_mode_and_back(open_window, camera, qtbot, tmp_path):
    window = open_window(Settings(driver="null", camera=camera.url))
    window.start()
    qtbot.waitUntil(
        lambda: window.running and window.instruments.figures.round_trip.text().startswith("1.0"), timeout=30_000
    )
    red = (200, 40, 40)
    qtbot.waitUntil(
        lambda: (np.abs(pixels(window.instruments.picture, tmp_path / "live.png") - red).sum(-1) < 60).sum() > 5000,
        timeout=30_000,
    )
    window.open_clip(demo_clip())
    qtbot.waitUntil(lambda: not window.busy, timeout=30_000)
    qtbot.waitUntil(lambda: window.running and window.listen.spectrograms.columns.next > 100, timeout=30_000)
    shot = pixels(window.listen.spectrograms, tmp_path / "clip.png")
    # Loud is drawn in warm colours; a second of the eight that are shown has been played.
    warm = (shot[..., 0] > shot[..., 2] + 60) & (shot[..., 0] > 120)
    assert warm.mean() > 0.01
    window.choose(Settings(driver="null", clip=demo_clip(), mode="overlap"))
    qtbot.waitUntil(
        lambda: not window.busy and window.instruments.figures.round_trip.text() not in ("1.0 ms", "--"), timeout=30_000
    )
    window.back_to_live()
    qtbot.waitUntil(lambda: window.running and window.settings.clip is None, timeout=30_000)
    window.stop()
    qtbot.waitUntil(lambda: not window.running and not window.busy, timeout=30_000)


def test_a_host_that_cannot_start_is_said_in_words_and_the_last_choice_comes_back(open_window, qtbot):
    window = open_window(Settings(driver="null"))
    window.start()
    qtbot.waitUntil(lambda: window.running, timeout=30_000)
    window.open_clip(Path("/no/such/clip.mp4"))
    qtbot.waitUntil(lambda: window.running and window.settings.clip is None, timeout=30_000)
    assert "/no/such/clip.mp4" in window.notices.text
    window.stop()
    qtbot.waitUntil(lambda: not window.running and not window.busy, timeout=30_000)


def test_the_chain_is_edited_while_a_clip_plays_and_outlives_its_host(open_window, qtbot):
    window = open_window(Settings(driver="null", clip=demo_clip(), loop=True))
    window.start()
    page, figures = window.chain, window.instruments.figures
    qtbot.waitUntil(lambda: window.running and figures.round_trip.text() == "1.0 ms", timeout=30_000)
    window.controls.pages.chain.click()
    page.add_plugin(Described("limiter", "Limiter", "", "built-in", ""))
    page.add_plugin(Described("trim", "Trim", "", "built-in", ""))
    row = page.rack.slot_row("trim")
    row.fold.click()
    row.parameters.given.emit("gain_db", -60.0)
    # The limiter looks 2 ms ahead; the trim has made everything quiet.
    qtbot.waitUntil(lambda: figures.round_trip.text() == "3.0 ms", timeout=30_000)
    qtbot.waitUntil(lambda: max(level.level_db for level in window.instruments.meters.meters[1:]) < -55, timeout=30_000)
    assert page.rack.slot_row("limiter").latency.text() == "2.0 ms"
    played = window.settings.plan
    window.choose(replace(window.settings, block_size=256))
    qtbot.waitUntil(lambda: window.running and figures.round_trip.text() == "3.0 ms", timeout=30_000)
    assert window.settings.plan == played
    row.remove.click()
    qtbot.waitUntil(lambda: window.instruments.meters.meters[1].level_db > -40, timeout=30_000)
    assert not window.notices.text
    window.stop()
    qtbot.waitUntil(lambda: not window.running and not window.busy, timeout=30_000)
