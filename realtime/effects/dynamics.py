"""Dynamics: an effect that turns the sound down as its level asks, and says by how much."""

from __future__ import annotations

from realtime.effects.effect import Effect


class Dynamics(Effect):
    """Its record has a field `reduction`, in dB, which the kernel writes."""

    @property
    def reduction_db(self) -> float:
        """By how much the newest sample was turned down, dB, never negative; any thread."""
        return float(self._record["reduction"][0])
