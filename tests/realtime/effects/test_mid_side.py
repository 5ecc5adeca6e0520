"""Mid/side is the sum and difference of the channels, and undoes itself."""

from __future__ import annotations

import numpy as np

from realtime.contract import check_plugin, noise, prepared, run
from realtime.effects.mid_side import MidSide


def decoder() -> MidSide:
    plugin = MidSide()
    plugin.set("direction", 1.0)
    return plugin


def test_it_keeps_the_contract() -> None:
    check_plugin(MidSide)


def test_encoding_gives_the_middle_and_the_sides() -> None:
    sound = noise(2000)
    mid, side = run(prepared(MidSide, 512), sound, 512)
    np.testing.assert_allclose(mid, (sound[0] + sound[1]) / 2, atol=1e-7)
    np.testing.assert_allclose(side, (sound[0] - sound[1]) / 2, atol=1e-7)


def test_decoding_undoes_encoding() -> None:
    sound = noise(2000)
    back = run(prepared(decoder, 512), run(prepared(MidSide, 512), sound, 512), 512)
    # Two roundings of numbers up to 0.9 * 2, each within half a unit of the last place.
    np.testing.assert_allclose(back, sound, atol=2.4e-7)


def test_a_change_of_direction_glides() -> None:
    plugin = prepared(MidSide, 64)
    plugin.set("direction", 1.0)
    out = run(plugin, np.full((2, 48_000), 0.5, np.float32), 64)[0]
    assert np.abs(np.diff(out, prepend=0.5)).max() < 0.001  # at once it would be 0.5
    assert abs(out[-1] - 1.0) < 1e-6
