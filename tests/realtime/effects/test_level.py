"""Decibels and gains by polynomials are those of the definition, to what their docstrings say."""

from __future__ import annotations

import numpy as np

from realtime.effects.level import decibels_of, gain_of


def test_gains() -> None:
    levels_db = np.concatenate((np.linspace(-200.0, 60.0, 40_001), [-6000.0, 6000.0]))
    gains = np.array([gain_of(level) for level in levels_db])
    np.testing.assert_allclose(gains, 10.0 ** (levels_db / 20.0), rtol=6e-9)
    assert gain_of(0.0) == 1.0


def test_decibels() -> None:
    amplitudes = 10.0 ** np.linspace(-9.0, 6.0, 40_001)
    levels_db = np.array([decibels_of(amplitude) for amplitude in amplitudes])
    np.testing.assert_allclose(levels_db, 20.0 * np.log10(amplitudes), rtol=0.0, atol=1.1e-6)
    assert decibels_of(1.0) == 0.0
