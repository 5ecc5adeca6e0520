"""The noise gate opens and closes where and when it says, and without a click."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.contract import SAMPLE_RATE, check_plugin, prepared, run
from realtime.effects.gate import Gate
from tests.realtime.effects.levels import level, square, swing
from tests.realtime.effects.sounds import largest_step, sine

MS = SAMPLE_RATE // 1000


def gate(**values: float) -> Gate:
    made = Gate()
    for name, value in values.items():
        made.set(name, value)
    prepared(lambda: made, 512)
    return made


def test_it_keeps_the_contract() -> None:
    check_plugin(Gate)


def test_closed_it_turns_down_by_the_range_and_open_it_changes_nothing() -> None:
    quiet, loud = square(level(-55), 4800), square(level(-45), 4800)
    plugin = gate(threshold_db=-50.0, range_db=-30.0)
    np.testing.assert_allclose(run(plugin, quiet, 64), quiet * level(-30), rtol=1e-6)
    assert plugin.reduction_db == pytest.approx(30.0)
    out = run(plugin, loud, 64)
    np.testing.assert_array_equal(out[:, 2 * MS :], loud[:, 2 * MS :])
    assert plugin.reduction_db == 0.0


def test_between_the_two_thresholds_it_stays_as_it_is() -> None:
    between, loud = square(level(-53), 48_000), square(level(-45), 4800)
    plugin = gate(threshold_db=-50.0, hysteresis_db=6.0)
    assert np.abs(run(plugin, between, 64)).max() < level(-100)
    run(plugin, loud, 64)
    np.testing.assert_array_equal(run(plugin, between, 64), between)


@pytest.mark.parametrize("attack_ms, hold_ms, release_ms", [(1.0, 50.0, 100.0), (10.0, 10.0, 30.0)])
def test_it_takes_the_times_that_it_states(attack_ms: float, hold_ms: float, release_ms: float) -> None:
    plugin = gate(attack_ms=attack_ms, hold_ms=hold_ms, release_ms=release_ms, range_db=-60.0)
    sound = np.concatenate([square(level(-20), 4800), square(level(-60), 24_000)], axis=1)
    gain = run(plugin, sound, 64)[0] / sound[0]
    opened = np.flatnonzero(gain > 1 - 1e-6)
    closed = np.flatnonzero((gain < level(-60) * 1.0001) & (np.arange(len(gain)) > 4800))
    assert opened[0] == pytest.approx(attack_ms * MS, abs=2)
    assert opened[-1] == pytest.approx(4800 + hold_ms * MS, abs=2)
    assert closed[0] == pytest.approx(4800 + (hold_ms + release_ms) * MS, rel=0.002)


def test_either_channel_opens_both() -> None:
    sound = square(level(-70), 4800)
    sound[1] = square(level(-20), 4800)[1]
    out = run(gate(), sound, 64)
    np.testing.assert_array_equal(out[:, 2 * MS :], sound[:, 2 * MS :])


@pytest.mark.parametrize("attack_ms", [0.5, 1.0, 10.0])
def test_opening_and_closing_do_not_click(attack_ms: float) -> None:
    """The gain's own steepest rise, 1.5 / attack per sample at the level of that moment, is all that is added."""
    fade = (1 - np.cos(2 * np.pi * np.arange(48_000) / 48_000)) / 2
    sound = (sine(400.0) * fade).astype(np.float32)
    out = run(gate(threshold_db=-12.0, attack_ms=attack_ms, range_db=-90.0), sound, 64)
    assert np.abs(out).max() > 0.49 and np.abs(out[:, :4000]).max() < 1e-4
    assert largest_step(out) <= largest_step(sound) + 1.5 / (attack_ms * MS) * level(-12.0) * 1.1
    # Above 6 kHz a gate that switches leaves -88 dB of the sine, and one whose fades are straight lines -113 dB.
    spectrum = np.abs(np.fft.rfft(out[0] * np.hanning(48_000)))
    assert spectrum[6000:].max() < level(-118.0) * spectrum.max()


def test_the_range_glides() -> None:
    sound = sine(1000.0)
    out = swing(gate(threshold_db=0.0), "range_db", sound)
    assert 0.45 < np.abs(out).max() < 0.5 and np.abs(out[:, -100:]).max() < 1e-4
    assert largest_step(out) <= 1.01 * largest_step(sound)


@pytest.mark.parametrize("name", ["threshold_db", "hysteresis_db", "attack_ms", "hold_ms", "release_ms"])
def test_the_others_move_nothing_faster_than_the_gate_moves(name: str) -> None:
    sound = sine(1000.0)
    out = swing(gate(attack_ms=10.0), name, sound)
    assert largest_step(out) <= 1.01 * largest_step(sound)
