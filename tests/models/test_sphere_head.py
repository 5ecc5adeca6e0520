"""A rigid sphere's responses: their delays, shadows and symmetry are those of the theory."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from models.scenes.sphere import RADIUS_M, SphereHead


@pytest.fixture(scope="module")
def head() -> SphereHead:
    return SphereHead(48_000)


def _level_db(ear: np.ndarray, low_hz: float, high_hz: float) -> float:
    power = np.abs(np.fft.rfft(ear, 2048)) ** 2
    frequencies = np.fft.rfftfreq(2048, 1 / 48_000)
    return float(10 * np.log10(power[(frequencies >= low_hz) & (frequencies < high_hz)].mean()))


@pytest.mark.parametrize("azimuth_deg", [10.0, 30.0, 60.0, 90.0])
def test_the_nearer_ear_leads_by_woodworths_time(head: SphereHead, azimuth_deg: float):
    left, right = head.hrir(azimuth_deg, 0.0)
    lead_s = (len(left) - 1 - int(np.correlate(left, right, "full").argmax())) / 48_000
    angle = np.radians(azimuth_deg)
    # Ears 10 degrees behind the middle and slower low frequencies: up to 80 us from the formula for rays.
    assert lead_s == pytest.approx(RADIUS_M / 343 * (angle + np.sin(angle)), abs=80e-6)


def test_mirrored_directions_swap_the_ears(head: SphereHead):
    for azimuth_deg, elevation_deg in ((20.0, 0.0), (75.0, 30.0), (130.0, -20.0)):
        np.testing.assert_allclose(
            head.hrir(azimuth_deg, elevation_deg), head.hrir(-azimuth_deg, elevation_deg)[::-1], atol=1e-6
        )


def test_high_tones_are_doubled_at_the_near_ear_and_shadowed_at_the_far_one(head: SphereHead):
    left, right = head.hrir(100.0, 0.0)
    low = _level_db(left, 50, 150)
    # Straight at an ear the pressure doubles: 6 dB. Low tones pass around the sphere.
    assert _level_db(left, 8_000, 16_000) - low == pytest.approx(6, abs=1)
    assert abs(_level_db(right, 50, 150) - low) < 2
    away, _ = head.hrir(-60.0, 0.0)
    assert _level_db(away, 8_000, 16_000) < low - 10


def test_nothing_arrives_before_a_millisecond_and_the_front_has_unit_energy(head: SphereHead):
    for azimuth_deg in range(0, 360, 20):
        ears = head.hrir(azimuth_deg, 0.0)
        assert ears.shape == (2, 384) and ears.dtype == np.float32
        # The formula ends at half the sample rate, so that an arrival rings a little before it comes.
        assert np.abs(ears[:, :38]).max() < 0.06 * np.abs(ears).max()
    np.testing.assert_allclose(np.square(head.hrir(0.0, 0.0)).sum(axis=1), 1.0, rtol=1e-5)


def test_it_may_be_sent_to_other_processes(head: SphereHead):
    other = pickle.loads(pickle.dumps(head))
    assert other.hrir(33.0, 4.0).tobytes() == head.hrir(33.0, 4.0).tobytes()
