"""The needle points where a measured head would put the sound, and nowhere in silence."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor

from gui.dial import Dial
from gui.direction import AZIMUTHS_DEG, Locator, side
from realtime.head import Head
from tests.gui.test_widgets import drawn

RATE = 48_000


def pink(samples: int) -> np.ndarray:
    """Noise with as much power in each octave."""
    spectrum = np.fft.rfft(np.random.default_rng(5).standard_normal(samples))
    noise = np.fft.irfft(spectrum / np.sqrt(np.maximum(np.fft.rfftfreq(samples, 1 / RATE), 20.0)))
    return 0.1 * noise / noise.std()


def heard(azimuth_deg: float) -> np.ndarray:
    """(2, samples) of noise as KEMAR hears it."""
    noise = pink(RATE)
    return np.stack([np.convolve(noise, ear)[:RATE] for ear in Head(RATE).hrir(azimuth_deg, 0.0)]).astype(np.float32)


@pytest.mark.parametrize("side_sign", [1, -1])
@pytest.mark.parametrize("azimuth_deg", AZIMUTHS_DEG)
def test_both_cues_find_a_measured_direction(azimuth_deg, side_sign):
    locator, ears = Locator(RATE), heard(side_sign * azimuth_deg)
    found = None
    for look in range(10):
        at = look * RATE // 30
        found = locator.follow(ears[:, at : at + locator.samples], look / 30)
    assert found is not None
    # Beyond 60 degrees the level difference of this head falls again, and says little.
    assert side_sign * found.time_deg == pytest.approx(azimuth_deg, abs=4)
    assert side_sign * found.azimuth_deg == pytest.approx(azimuth_deg, abs=4 if azimuth_deg <= 60 else 16)
    if azimuth_deg <= 60:
        assert side_sign * found.level_deg == pytest.approx(azimuth_deg, abs=4)
        assert found.spread_deg < 5


def test_ears_that_hear_different_things_spread_the_needle():
    locator = Locator(RATE)
    noise = 0.1 * np.random.default_rng(0).standard_normal((2, RATE)).astype(np.float32)
    found = None
    for look in range(10):
        found = locator.follow(noise[:, look * 1600 : look * 1600 + locator.samples], look / 30)
    assert found is not None
    assert found.spread_deg > 8


def test_there_is_no_direction_in_silence_or_in_what_is_no_sound():
    locator = Locator(RATE)
    assert locator.follow(np.zeros((2, locator.samples), np.float32), 0.0) is None
    assert locator.follow(np.full((2, locator.samples), np.nan, np.float32), 0.1) is None


def test_a_fault_in_the_sound_is_soon_forgotten():
    locator = Locator(RATE)
    noise = 0.1 * np.random.default_rng(0).standard_normal((1, locator.samples)).astype(np.float32)
    ears = np.concatenate([noise, noise])
    for value in (1e30, np.inf):
        broken = ears.copy()
        broken[:, 100] = value
        locator.follow(broken, 0.0)
        found = locator.follow(ears, 10.0)
        assert found is not None
        assert found.azimuth_deg == pytest.approx(0, abs=0.5)


def test_a_direction_in_words():
    assert side(12.4, "left", "right", "in front") == "12° left"
    assert side(-30.0, "left", "right", "in front") == "30° right"
    assert side(0.3, "left", "right", "in front") == "in front"


@pytest.mark.usefixtures("themed")
def test_the_dial_points_there_and_falls_silent(qtbot):
    dial = Dial()
    qtbot.addWidget(dial)
    dial.resize(240, 160)
    still = drawn(dial)
    sound = heard(45.0)
    for look in range(10):
        dial.feed(sound[:, look * 1600 : look * 1600 + 8192], None, 1 + look / 30)
    assert dial.words.endswith("left")
    assert dial.accessibleDescription() == dial.words
    picture = drawn(dial)
    accent = QColor("#5cc8ff")
    blue = np.abs(picture - (accent.red(), accent.green(), accent.blue())).sum(axis=2) < 60
    assert np.argwhere(blue[:90])[:, 1].mean() < 100, "to the left of the middle"
    dial.feed(np.zeros((2, 8192), np.float32), None, 1.4)
    dial.feed(np.zeros((2, 8192), np.float32), None, 4.0)
    dial.feed(np.zeros((2, 8192), np.float32), None, 4.1)
    assert dial.words == "silent"
    above = slice(0, 100)
    np.testing.assert_array_equal(drawn(dial)[above], still[above])


@pytest.mark.usefixtures("themed")
def test_what_the_network_sees_is_marked(qtbot):
    dial = Dial()
    qtbot.addWidget(dial)
    dial.resize(240, 160)
    dial.feed(np.zeros((2, 8192), np.float32), -30.0, 1.0)
    orange = np.abs(drawn(dial) - (255, 140, 40)).sum(axis=2) < 60
    assert np.argwhere(orange)[:, 1].mean() > 140
