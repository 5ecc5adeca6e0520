"""The true peak: what lies between the samples, each sample looked at once."""

from __future__ import annotations

import numpy as np
import pytest

from gui.true_peak import TruePeak


def sine(phase: float) -> np.ndarray:
    """A quarter of the sample rate: with this phase the samples miss the crests."""
    return np.sin(np.pi / 2 * np.arange(4_000) + phase)[None].astype(np.float32)


def test_a_crest_between_the_samples_counts():
    sound = sine(np.pi / 4)
    assert np.abs(sound).max() == pytest.approx(np.sqrt(0.5), abs=1e-4)
    # BS.1770-4 states that four times oversampling may read 0.6 dB low.
    assert TruePeak().push(4_000, sound)[0] == pytest.approx(1.0, rel=0.07)


@pytest.mark.parametrize("step", [1, 64, 65, 512, 3_000])
def test_pieces_that_overlap_give_what_the_whole_gives(step):
    rng = np.random.default_rng(1)
    sound = rng.standard_normal((3, 8_000)).astype(np.float32)
    meter = TruePeak()
    meter.push(4_000, sound[:, :4_000])
    found = [meter.push(end, sound[:, end - 4_000 : end]) for end in range(4_000 + step, 8_001, step)]
    end = 4_000 + step * len(found)
    whole = TruePeak()
    whole.push(4_000, sound[:, :4_000])
    expected = whole.push(end, sound[:, :end])
    # Twelve products of 32 bits are added in another order.
    np.testing.assert_allclose(np.max(found, axis=0), expected, rtol=1e-6)


def test_nothing_new_is_silence_and_what_is_no_number_too():
    meter = TruePeak()
    sound = np.full((2, 500), np.nan, np.float32)
    assert meter.push(500, sound).tolist() == [0, 0]
    assert meter.push(500, np.ones((2, 500), np.float32)).tolist() == [0, 0]


def test_a_fault_in_the_sound_is_a_finite_peak():
    assert np.isfinite(TruePeak().push(500, np.full((2, 500), np.inf, np.float32))).all()
