"""Tells a device that calls no more from a machine that slept."""

from __future__ import annotations

import time


class Standstill:
    """How long a position has stood still, as far as somebody looked: while the machine slept, nobody did.

    Parameters
    ----------
    position
        Where it is now, samples.
    sample_rate
        Hz, at which it moves.
    poll_s
        How often somebody looks.

    Attributes
    ----------
    lasts_s
        Seconds since it was seen to move.
    """

    def __init__(self, position: int, sample_rate: int, poll_s: float) -> None:
        self.lasts_s = 0.0
        self._rate = sample_rate
        self._longest_s = 2 * poll_s
        self._position = position
        self._looked_s = time.monotonic()
        self._moving = self._looked_s, position

    @property
    def since_s(self) -> float:
        """When the first sample was due that did not come, `time.monotonic`."""
        looked_s, position = self._moving
        return max(looked_s + (self._position - position) / self._rate, self._looked_s - self.lasts_s - self._longest_s)

    def look(self, position: int) -> None:
        """Where it is now."""
        now_s = time.monotonic()
        if position == self._position:
            self.lasts_s += min(now_s - self._looked_s, self._longest_s)
        else:
            self.lasts_s = 0.0
            self._moving = self._looked_s, self._position
        self._looked_s, self._position = now_s, position
