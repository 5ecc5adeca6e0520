"""The table of ears: sides, interaural times and levels, and both sides alike."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.ears import N_FFT, SAMPLE_RATE, Ears


def ears_of(azimuth_deg: float) -> tuple[np.ndarray, np.ndarray]:
    mask = Ears().mask(azimuth_deg)
    assert mask.shape == (N_FFT // 2 + 1,)
    return 1 + mask, 1 - mask


@pytest.mark.parametrize("azimuth_deg", [15.0, 40.0, 80.0])
def test_a_source_on_the_left_is_louder_and_earlier_on_the_left(azimuth_deg: float) -> None:
    left, right = ears_of(azimuth_deg)
    hz = np.arange(len(left)) * SAMPLE_RATE / N_FFT
    high = (hz > 2000) & (hz < 6000)
    assert 10 * np.log10((abs(left[high]) ** 2).mean() / (abs(right[high]) ** 2).mean()) > 2
    low = (hz > 200) & (hz < 600)
    delay_us = 1e6 * np.angle(left[low] * right[low].conj()) / (2 * np.pi * hz[low])
    # A rigid head of 8.75 cm, low frequencies: 3 a / c sin(azimuth); the regularisation takes some of it.
    expected_us = 3e6 * 0.0875 / 343 * np.sin(np.radians(azimuth_deg))
    assert 0.6 * expected_us < delay_us.mean() < 1.2 * expected_us


def test_the_front_is_the_middle_and_the_sides_mirror_each_other() -> None:
    ears = Ears()
    assert abs(ears.mask(0.0)).max() < 1e-6
    for azimuth_deg in (7.0, 33.3, 90.0):
        np.testing.assert_allclose(ears.mask(-azimuth_deg), -ears.mask(azimuth_deg), atol=1e-6)


def test_between_two_directions_of_the_table_lies_their_mixture_and_beyond_the_last_the_last() -> None:
    ears = Ears()
    np.testing.assert_allclose(ears.mask(11.25), (ears.mask(10.0) + ears.mask(12.5)) / 2, atol=1e-6)
    np.testing.assert_array_equal(ears.mask(120.0), ears.mask(90.0))


def test_no_frequency_is_raised_by_more_than_7_5_db() -> None:
    for azimuth_deg in range(-90, 91, 5):
        assert 20 * np.log10(max(abs(ear).max() for ear in ears_of(azimuth_deg))) < 7.5
