"""Delay gives echoes where they were asked for, duller each time, and moves them without a click."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.contract import SAMPLE_RATE, check_plugin, prepared, run
from realtime.effects.delay import Delay
from tests.realtime.effects.sounds import largest_step, sine


def delay(**settings: float) -> Delay:
    plugin = Delay()
    for name, value in settings.items():
        plugin.set(name, value)
    return plugin


def click(seconds: float, channel: int) -> np.ndarray:
    sound = np.zeros((2, round(seconds * SAMPLE_RATE)), np.float32)
    sound[channel, 0] = 1.0
    return sound


def test_it_keeps_the_contract() -> None:
    check_plugin(Delay, onset_tolerance=round(0.2 * SAMPLE_RATE))


@pytest.mark.parametrize("time_ms", [1.0, 123.4, 2000.0])
def test_the_first_echo_is_the_sound_itself_at_the_time_that_is_set(time_ms: float) -> None:
    plugin = prepared(lambda: delay(time_ms=time_ms, feedback=0.0), 480)
    out = run(plugin, click(2.1, 1), 480)
    at = round(time_ms * SAMPLE_RATE / 1000)
    assert out[1, at] == 1.0
    out[1, at] = 0.0
    assert not out.any()


def test_each_echo_is_as_strong_as_the_feedback_says_and_duller_than_the_last() -> None:
    out = run(prepared(lambda: delay(time_ms=100.0, feedback=0.5, damping_hz=1000.0), 512), click(0.5, 0), 512)[0]
    echoes = out[4800 : 4800 * 5].reshape(4, 4800)
    np.testing.assert_allclose(echoes.sum(axis=1), 0.5 ** np.arange(4), rtol=1e-4)
    spectra = np.abs(np.fft.rfft(echoes))
    at_1_khz = spectra[1:, 100] / spectra[:-1, 100]
    # A one-pole low-pass has lost 3 dB at its cutoff.
    np.testing.assert_allclose(at_1_khz, 0.5 / np.sqrt(2), rtol=0.02)


def test_ping_pong_goes_from_side_to_side() -> None:
    plugin = prepared(lambda: delay(time_ms=100.0, feedback=0.5, damping_hz=20_000.0, ping_pong=1.0), 512)
    out = run(plugin, click(0.5, 1), 512)
    echoes = out[:, 4800 : 4800 * 5].reshape(2, 4, 4800).sum(axis=2)
    np.testing.assert_allclose(echoes[0], [0.5, 0.0, 0.125, 0.0], atol=1e-3)
    np.testing.assert_allclose(echoes[1], [0.0, 0.25, 0.0, 0.0625], atol=1e-3)


def after_a_change(plugin: Delay, name: str, value: float, tone: np.ndarray) -> np.ndarray:
    """What comes from a second before the change on."""
    prepared(lambda: plugin, 64)
    before = run(plugin, tone[:, : 2 * SAMPLE_RATE], 64)[:, SAMPLE_RATE:]
    plugin.set(name, value)
    return np.concatenate([before, run(plugin, tone[:, 2 * SAMPLE_RATE :], 64)], axis=1)


# The tone fits into none of the times, so that its phase differs between the places on the line.
@pytest.mark.parametrize("time_ms", [1.0, 80.0, 190.0, 2000.0])
def test_another_time_does_not_click(time_ms: float) -> None:
    tone = sine(437.0, 3.0)
    out = after_a_change(delay(feedback=0.0), "time_ms", time_ms, tone)
    assert largest_step(out) < 1.01 * largest_step(tone)


@pytest.mark.parametrize(("name", "value"), [("feedback", 0.0), ("damping_hz", 200.0), ("ping_pong", 1.0)])
def test_another_feedback_does_not_click(name: str, value: float) -> None:
    tone = sine(437.0, 3.0)
    out = after_a_change(delay(feedback=0.5), name, value, tone)
    # All echoes in phase at most: the sum of the powers of the feedback.
    assert largest_step(out) < 1.01 * largest_step(tone) / (1 - 0.5)
    assert np.abs(out[:, -4800:] - out[:, 24_000:28_800]).max() > 0.01, "nothing changed"


def test_a_changed_time_arrives() -> None:
    plugin = prepared(lambda: delay(feedback=0.0), 64)
    run(plugin, np.zeros((2, 480), np.float32), 64)
    plugin.set("time_ms", 10.0)
    run(plugin, np.zeros((2, 4800), np.float32), 64)
    assert np.flatnonzero(run(plugin, click(0.1, 0), 64)[0]).tolist() == [480]


def test_what_is_no_number_is_not_repeated() -> None:
    plugin = prepared(Delay, 512)
    run(plugin, np.full((2, 480), np.nan, np.float32), 512)
    assert not run(plugin, np.zeros((2, 12_000), np.float32), 512).any()


def test_echoes_die_out_to_zero() -> None:
    plugin = prepared(lambda: delay(time_ms=1.0, feedback=0.95, damping_hz=200.0), 512)
    run(plugin, click(3.0, 0), 512)
    assert not run(plugin, np.zeros((2, 480), np.float32), 512).any()
