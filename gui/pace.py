"""The position that is drawn: it moves at the sound's own pace even when the sound arrives in large pieces."""

from __future__ import annotations

HASTE = 1.005
"""Drawn slightly faster than real time, so that a slow clock here never falls behind; the newest sound stops it."""

LARGEST_LAG_S = 0.5
"""Further behind than this (a window that was held still, a new stream) it jumps to the newest sound."""


class Pace:
    """Follows a stream's newest position smoothly.

    Parameters
    ----------
    sample_rate
        Of the positions, Hz.
    """

    def __init__(self, sample_rate: int) -> None:
        self._sample_rate = sample_rate
        self._position = 0.0
        self._time_s: float | None = None

    def follow(self, newest: int, now_s: float) -> float:
        """Position to draw at `now_s` (any monotonic clock, seconds): never past `newest`, never back in a stream."""
        if self._time_s is None:
            self._position = float(newest)
        else:
            step = (now_s - self._time_s) * self._sample_rate * HASTE
            self._position = min(self._position + step, float(newest))
        if newest - self._position > LARGEST_LAG_S * self._sample_rate:
            self._position = float(newest)
        self._time_s = now_s
        return self._position
