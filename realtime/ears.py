"""What a head does to sound from each side, as masks: a small table, made by `models/ears.py` from measured ears."""

from __future__ import annotations

from importlib import resources

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE, N_FFT, HOP, WINDOW = 16_000, 512, 160, 400
"""The masks lie on this STFT's 257 frequencies."""


class Ears:
    """KEMAR's ears at ear level, from the right (-90 degrees) over the front to the left (90)."""

    def __init__(self) -> None:
        with resources.files("realtime").joinpath("assets/kemar.npz").open("rb") as file, np.load(file) as table:
            self._azimuths: NDArray[np.float32] = table["azimuths_deg"]
            self._masks: NDArray[np.complex64] = table["masks"]

    def mask(self, azimuth_deg: float) -> NDArray[np.complex64]:
        """Difference over mono of a source, complex64 (257,): of the two nearest directions in the table, mixed.

        Parameters
        ----------
        azimuth_deg
            0 in front, positive to the left; beyond 90 it counts as 90.
        """
        azimuths = self._azimuths
        place = float(np.interp(azimuth_deg, azimuths, np.arange(len(azimuths))))
        lower = min(int(place), len(azimuths) - 2)
        weight = np.float32(place - lower)
        return self._masks[lower] * (1 - weight) + self._masks[lower + 1] * weight
