"""The compressor follows its static curve, takes its time constants, and moves without a click."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.contract import SAMPLE_RATE, check_plugin, prepared, run
from realtime.effects.compressor import Compressor
from tests.realtime.effects.levels import level, square, swing
from tests.realtime.effects.sounds import largest_step, sine


def compressor(**values: float) -> Compressor:
    made = Compressor()
    for name, value in values.items():
        made.set(name, value)
    prepared(lambda: made, 512)
    return made


def test_it_keeps_the_contract() -> None:
    check_plugin(Compressor)


@pytest.mark.parametrize("knee_db", [0.0, 12.0])
@pytest.mark.parametrize("ratio", [1.0, 2.0, 20.0])
def test_the_static_curve(ratio: float, knee_db: float) -> None:
    """A square has the same level in every sample, so the detector settles on the curve itself."""
    for level_db in (-60.0, -27.0, -24.0, -20.0, -17.0, -6.0, 0.0):
        plugin = compressor(
            threshold_db=-20.0, ratio=ratio, knee_db=knee_db, attack_ms=1.0, release_ms=5.0, makeup_db=3.0
        )
        sound = square(level(level_db), 4800)
        gain_db = 20 * np.log10(np.abs(run(plugin, sound, 64)[0, -1]) / np.abs(sound[0, -1]))
        over = level_db + 20.0
        if over <= -knee_db / 2:
            wanted = 0.0
        elif over >= knee_db / 2:
            wanted = over * (1 / ratio - 1)
        else:
            wanted = (1 / ratio - 1) * (over + knee_db / 2) ** 2 / (2 * knee_db)
        assert gain_db == pytest.approx(wanted + 3.0, abs=1e-3)
        assert plugin.reduction_db == pytest.approx(-wanted, abs=1e-3)


def test_the_time_constants() -> None:
    """After its time constant the reduction has gone 1 - 1/e of the way."""
    attack_ms, release_ms = 20.0, 80.0
    plugin = compressor(threshold_db=-20.0, ratio=4.0, knee_db=0.0, attack_ms=attack_ms, release_ms=release_ms)
    sound = np.concatenate([square(1.0, 24_000), square(level(-40), 24_000)], axis=1)
    reduction_db = -20 * np.log10(np.abs(run(plugin, sound, 64)[0] / sound[0]))
    rises = np.flatnonzero(reduction_db > 15.0 * (1 - np.exp(-1)))[0]
    falls = np.flatnonzero(reduction_db[24_000:] < 15.0 * np.exp(-1))[0]
    assert reduction_db[23_999] == pytest.approx(15.0, abs=1e-3)
    assert rises / SAMPLE_RATE * 1000 == pytest.approx(attack_ms, rel=0.01)
    assert falls / SAMPLE_RATE * 1000 == pytest.approx(release_ms, rel=0.01)


def test_the_louder_channel_turns_both_down() -> None:
    plugin = compressor(attack_ms=1.0)
    sound = square(level(-60), 4800)
    sound[1] = square(1.0, 4800)[1]
    gain = np.abs(run(plugin, sound, 64) / sound)[:, -1]
    assert gain[0] == pytest.approx(gain[1], rel=1e-6)
    assert gain[0] == pytest.approx(level(-plugin.reduction_db), rel=1e-5)


def test_below_the_threshold_it_changes_nothing() -> None:
    sound = sine(1000.0, 0.1, level(-30))
    np.testing.assert_array_equal(run(compressor(), sound, 64), sound)


@pytest.mark.parametrize("parameter", Compressor.parameters, ids=lambda parameter: parameter.name)
def test_every_parameter_moves_without_a_click(parameter) -> None:
    """With a usual attack and release. A short attack may bend the wave within its period: that is what it is for."""
    sound = sine(1000.0, 1.0, level(-36.0 if parameter.name == "makeup_db" else -6.0))
    out = swing(compressor(threshold_db=-40.0 if parameter.name == "makeup_db" else -20.0), parameter.name, sound)
    largest = np.abs(out).max() / np.abs(sound).max()
    assert largest > 1.01 or np.abs(out[:, -4800:]).max() < 0.99 * np.abs(sound).max()
    assert largest_step(out) <= 1.01 * max(largest, 1.0) * largest_step(sound)
