"""Counters that a compiled writer only ever increases, and that a reader may set back without touching the writer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


class Counters:
    """int64 counts, shape (size,): written by one compiled thread through `address`, read and reset by others.

    A reset remembers the present counts and subtracts them from then on, so it never races with the writer.
    """

    def __init__(self, size: int) -> None:
        self._counts = np.zeros(size, dtype=np.int64)
        self._baseline = np.zeros(size, dtype=np.int64)

    @property
    def address(self) -> int:
        """Of the first count, for the compiled writer."""
        return self._counts.ctypes.data

    def values(self) -> NDArray[np.int64]:
        """Counts since the last reset: a copy, shape (size,)."""
        return self._counts - self._baseline

    def reset(self) -> None:
        """Count from zero again; safe while the writer runs."""
        self._baseline = self._counts.copy()
