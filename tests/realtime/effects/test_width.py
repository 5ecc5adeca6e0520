"""Width scales the difference of the channels, gliding, and leaves their sum."""

from __future__ import annotations

import numpy as np

from realtime.contract import check_plugin, noise, prepared, run
from realtime.effects.width import Width


def test_it_keeps_the_contract() -> None:
    check_plugin(Width)


def test_at_one_it_changes_no_bit() -> None:
    assert (run(prepared(Width, 512), noise(2000), 512) == noise(2000)).all()


def test_it_scales_the_difference_and_keeps_the_sum() -> None:
    sound = noise(2000)
    for amount in (0.0, 0.4, 2.0):
        width = Width()
        width.set("width", amount)
        left, right = run(prepared(lambda width=width: width, 512), sound, 512)
        np.testing.assert_allclose(left - right, amount * (sound[0] - sound[1]), atol=1e-6)
        np.testing.assert_allclose(left + right, sound[0] + sound[1], atol=1e-6)


def test_a_change_glides() -> None:
    width = prepared(Width, 64)
    sides = np.array([[1.0], [-1.0]], np.float32) * np.ones((1, 48_000), np.float32)
    width.set("width", 2.0)
    out = run(width, sides, 64)[0]
    assert np.abs(np.diff(out, prepend=1.0)).max() < 0.0025  # twice in one step would be 1
    assert abs(out[-1] - 2.0) < 1e-6
