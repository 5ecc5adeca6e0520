"""The largest value that a sound reaches between its samples as well, as a converter will make it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gui.columns import LARGEST
from realtime.effects.meter import PHASES, TAPS


class TruePeak:
    """Looks at each sample of a stream once, however the pieces overlap: ITU-R BS.1770-4, annex 2."""

    def __init__(self) -> None:
        self._end: int | None = None

    def reset(self) -> None:
        """A new stream begins."""
        self._end = None

    def push(self, end: int, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        """Largest magnitude of each channel since the last call, float32 (channels,), full scale 1.

        Parameters
        ----------
        end
            Position just after the last sample.
        sound
            (channels, samples): the newest. What was never handed over is not looked at.
        """
        known = sound.shape[1] - (TAPS - 1)
        fresh = known if self._end is None or end < self._end else min(end - self._end, known)
        self._end = end
        if fresh <= 0:
            return np.zeros(len(sound), np.float32)
        newest = np.clip(np.nan_to_num(sound[:, -(fresh + TAPS - 1) :]), -LARGEST, LARGEST)
        windows = np.lib.stride_tricks.sliding_window_view(newest, TAPS, axis=1)
        between = np.abs(windows @ PHASES[:, ::-1].T.astype(np.float32)).max(axis=(1, 2))
        return np.maximum(between, np.abs(newest[:, TAPS - 1 :]).max(axis=1))
