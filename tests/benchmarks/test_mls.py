"""The delay of a way is found to a small part of a sample, in noise, reversed in polarity and with an offset."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.mls import LEAST_CLARITY_DB, LEVEL, SequencePlayer, delay
from realtime.engine import Engine

SEQUENCE = SequencePlayer().sequence


def delayed(samples: float) -> np.ndarray:
    """The repeated sequence, later by a part of a sample too."""
    shift = np.exp(-2j * np.pi * np.fft.rfftfreq(len(SEQUENCE)) * samples)
    return np.fft.irfft(np.fft.rfft(SEQUENCE) * shift, len(SEQUENCE))


@pytest.mark.parametrize("samples", [0.0, 1.0, 176.0, 176.3, 2096.77, len(SEQUENCE) - 0.5])
def test_the_delay_is_found(samples: float) -> None:
    found = delay(delayed(samples), SEQUENCE)
    assert found.clear
    assert found.samples == pytest.approx(samples, abs=0.001)


def test_noise_polarity_and_offset_do_not_matter() -> None:
    noise = 0.03 * np.random.default_rng(0).standard_normal(len(SEQUENCE))
    found = delay(0.1 - 0.3 * delayed(560.25) + noise, SEQUENCE)
    assert found.clear
    # A noise as loud as what came back, over 16,383 samples: a few hundredths of a sample.
    assert found.samples == pytest.approx(560.25, abs=0.05)


def test_nothing_is_not_taken_for_something() -> None:
    rng = np.random.default_rng(1)
    assert not any(delay(rng.standard_normal(len(SEQUENCE)), SEQUENCE).clear for _ in range(20))
    assert delay(np.zeros(len(SEQUENCE)), SEQUENCE).clarity_db < LEAST_CLARITY_DB


def test_the_callback_plays_the_sequence_over_and_over() -> None:
    player = SequencePlayer(order=7)
    engine = Engine(48_000, 100)
    engine.set_kernel(player)
    out = np.zeros((300, 2), np.float32)
    engine.process(None, out)
    assert np.array_equal(out[:, 0], np.resize(player.sequence, 300))
    assert np.array_equal(out[:, 1], out[:, 0])
    assert set(np.abs(player.sequence)) == {np.float32(LEVEL)}
