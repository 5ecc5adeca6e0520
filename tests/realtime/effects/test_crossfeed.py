"""Crossfeed is bs2b's filter, without its steps when a setting changes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from realtime.contract import SAMPLE_RATE, check_plugin, noise, prepared, run
from realtime.effects.crossfeed import Crossfeed
from tests.realtime.effects.sounds import largest_step, sine


def bs2b(sound: np.ndarray, cutoff_hz: float, feed_db: float) -> np.ndarray:
    """bs2b 3.1 as it is written there: high-boost and low-pass, each a first-order recursion."""
    low_db, high_db = -feed_db * 5 / 6 - 3, feed_db / 6 - 3
    low_gain, high_gain = 10 ** (low_db / 20), 1 - 10 ** (high_db / 20)
    high_hz = cutoff_hz * 2 ** ((low_db - 20 * math.log10(high_gain)) / 12)
    low_pole, high_pole = (math.exp(-2 * math.pi * hz / SAMPLE_RATE) for hz in (cutoff_hz, high_hz))
    low, high, before = np.zeros(2), np.zeros(2), np.zeros(2)
    out = np.empty(sound.shape)
    for i, x in enumerate(sound.T.astype(np.float64)):
        low = low_gain * (1 - low_pole) * x + low_pole * low
        high = (1 - high_gain * (1 - high_pole)) * x - high_pole * before + high_pole * high
        before = x
        out[:, i] = (high + low[::-1]) / (1 - high_gain + low_gain)
    return out


def test_it_keeps_the_contract() -> None:
    check_plugin(Crossfeed)


@pytest.mark.parametrize(("cutoff_hz", "feed_db"), [(700.0, 4.5), (650.0, 9.5), (2000.0, 1.0)])
def test_it_is_bs2b(cutoff_hz: float, feed_db: float) -> None:
    plugin = Crossfeed()
    plugin.set("cutoff_hz", cutoff_hz)
    plugin.set("feed_db", feed_db)
    given = run(prepared(lambda: plugin, 512), noise(4000), 512)
    np.testing.assert_allclose(given, bs2b(noise(4000), cutoff_hz, feed_db), atol=1e-6)


def test_the_far_ear_hears_the_lows_by_the_feed_below_the_near_ear() -> None:
    sound = np.zeros((2, SAMPLE_RATE), np.float32)
    sound[0] = 0.5
    left, right = run(prepared(Crossfeed, 512), sound, 512)[:, -1]
    assert 20 * math.log10(left / right) == pytest.approx(4.5, abs=0.01)


def test_a_change_glides() -> None:
    plugin = prepared(Crossfeed, 64)
    tone = sine(440.0)
    run(plugin, tone[:, :4800], 64)
    plugin.set("cutoff_hz", 2000.0)
    plugin.set("feed_db", 15.0)
    # In both channels the filter's gain is near 1; the glide itself adds what 1 % allows for.
    assert largest_step(run(plugin, tone[:, 4800:], 64)) < 1.01 * largest_step(tone)
