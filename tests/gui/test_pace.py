"""The drawn position moves evenly however the sound arrives."""

from __future__ import annotations

import numpy as np
import pytest

from gui.pace import Pace

RATE = 48_000
POLL_S = 1 / 30


def follow(block: int, clock_error: float = 0.0, seconds: float = 10.0) -> tuple[np.ndarray, np.ndarray]:
    """Drawn and newest positions at each poll, for sound that arrives in blocks."""
    pace = Pace(RATE)
    times_s = np.arange(0, seconds, POLL_S)
    newest = np.floor(times_s * RATE * (1 + clock_error) / block).astype(int) * block
    return np.array([pace.follow(int(n), t) for n, t in zip(newest, times_s, strict=True)]), newest


@pytest.mark.parametrize("block", [64, 512, 2_048, 8_192])
@pytest.mark.parametrize("clock_error", [-1e-3, 0.0, 1e-3])
def test_it_is_even_and_never_ahead(block, clock_error):
    drawn, newest = follow(block, clock_error)
    assert (drawn <= newest).all()
    assert (np.diff(drawn) >= 0).all()
    steps = np.diff(drawn)[60:] / (RATE * POLL_S)
    # Large blocks are waited for now and then, by the 0.5 % that it runs ahead; small ones arrive between two polls.
    assert np.percentile(np.abs(steps - 1), 90) < 0.05 + 64 / 1_600 * (block <= 64) + 512 / 1_600 * (block == 512)
    assert (newest - drawn).max() <= block + RATE * POLL_S


def test_after_a_pause_it_jumps_to_the_newest():
    pace = Pace(RATE)
    pace.follow(0, 0.0)
    assert pace.follow(480_000, 0.1) == 480_000


def test_a_new_stream_is_followed_from_its_start():
    pace = Pace(RATE)
    pace.follow(480_000, 0.0)
    assert pace.follow(1_000, 1.0) == 1_000
