"""Trim changes the level by what it says, gliding, and turns the sound over."""

from __future__ import annotations

import numpy as np

from realtime.contract import check_plugin, noise, prepared, run
from realtime.effects.trim import Trim


def test_it_keeps_the_contract() -> None:
    check_plugin(Trim)


def test_gain_and_polarity_are_exact() -> None:
    trim = Trim()
    trim.set("gain_db", -6.0)
    trim.set("invert", 1.0)
    plugin = prepared(lambda: trim, 512)
    np.testing.assert_allclose(run(plugin, noise(2000), 512), -noise(2000) * 10 ** (-6 / 20), rtol=1e-6)


def test_a_change_glides() -> None:
    trim = prepared(Trim, 64)
    ones = np.ones((2, 48_000), np.float32)
    run(trim, ones[:, :64], 64)
    trim.set("gain_db", -20.0)
    out = run(trim, ones, 64)[0]
    assert np.abs(np.diff(out)).max() < 0.0025  # 20 dB in one step would be 0.9
    assert abs(out[-1] - 0.1) < 1e-6
