"""The meter shows what is there and changes nothing."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.contract import SAMPLE_RATE, check_plugin, noise, prepared, run
from realtime.effects.meter import PHASES, Meter
from tests.realtime.effects.levels import square
from tests.realtime.effects.sounds import sine


def meter() -> Meter:
    made = Meter()
    prepared(lambda: made, 512)
    return made


def test_it_keeps_the_contract() -> None:
    check_plugin(Meter)


def test_the_sound_passes_bit_for_bit() -> None:
    sound = noise(4800)
    sound[0, 100:104] = np.nan, np.inf, -np.inf, 1e-40
    np.testing.assert_array_equal(run(meter(), sound, 64).view(np.int32), sound.view(np.int32))


def test_each_channel_reads_its_own_level() -> None:
    plugin = meter()
    sound = sine(997.0)
    sound[1] *= 0.1
    run(plugin, sound, 64)
    levels = plugin.levels()
    for shown, wanted in (
        (levels.peak_db, -6.02),
        (levels.true_peak_db, -6.02),
        (levels.rms_db, -9.03),
        (levels.held_peak_db, -6.02),
        (levels.held_true_peak_db, -6.02),
    ):
        # The mean square ripples by half of 1 / (2 * 2 pi 997 * .125): .003 dB; the interpolator's own error is larger.
        assert shown == pytest.approx((wanted, wanted - 20.0), abs=0.05)


def test_silence_reads_as_such() -> None:
    assert meter().levels().rms_db == meter().levels().held_true_peak_db == (-120.0, -120.0)


@pytest.mark.parametrize("part, phase", [(4, 0.0), (4, 45.0), (6, 60.0), (8, 67.5)])
def test_the_true_peak_between_the_samples(part: int, phase: float) -> None:
    """EBU Tech 3341, cases 15 to 18: the samples of a sine miss its peak; +.2 and -.4 dB are allowed."""
    times = np.arange(4800)
    wave = 0.5 * np.sin(2 * np.pi * times / part + np.radians(phase)) * np.minimum(1.0, times / 500)
    plugin = meter()
    run(plugin, np.stack([wave, wave]).astype(np.float32), 64)
    (shown, _), (sample_peak, _) = plugin.levels().held_true_peak_db, plugin.levels().held_peak_db
    assert -6.02 - 0.4 <= shown <= -6.02 + 0.2
    assert shown >= sample_peak


def test_the_interpolator_is_the_recommendations() -> None:
    """Its phases mirror each other, and each lets a steady level through."""
    np.testing.assert_array_equal(PHASES[0], PHASES[3][::-1])
    np.testing.assert_array_equal(PHASES[1], PHASES[2][::-1])
    np.testing.assert_allclose(PHASES.sum(1), 1.0, atol=0.03)


def test_readings_fall_as_stated_and_held_ones_do_not() -> None:
    plugin = meter()
    run(plugin, square(0.5, 48_000), 480)
    run(plugin, np.zeros((2, round(1.7 * SAMPLE_RATE)), np.float32), 480)
    levels = plugin.levels()
    assert levels.peak_db == pytest.approx((-26.02, -26.02), abs=0.05)
    assert levels.held_peak_db == pytest.approx((-6.02, -6.02), abs=0.05)
    # 4.343 dB for each time constant of 125 ms.
    assert levels.rms_db == pytest.approx((-6.02 - 59.1, -6.02 - 59.1), abs=0.2)


def test_peaks_are_forgotten() -> None:
    plugin = meter()
    run(plugin, square(0.5, 4800), 64)
    plugin.forget_peaks()
    run(plugin, square(0.05, 4800), 64)
    assert plugin.levels().held_peak_db == pytest.approx((-26.02, -26.02), abs=0.05)


def test_what_is_no_number_is_not_measured() -> None:
    plugin = meter()
    sound = square(0.5, 4800)
    sound[:, 100] = np.nan
    sound[:, 200] = np.inf
    run(plugin, sound, 64)
    assert plugin.levels().held_peak_db == pytest.approx((-6.02, -6.02), abs=0.05)
    assert np.isfinite(plugin.levels().rms_db).all()
