"""Track: the azimuth of a source over time, and its direct sound at the ears along the way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import oaconvolve

from models.scenes.rooms import AZIMUTH_STEP_DEG
from realtime.head import Ears

_SPEEDS_DEG_S = (1.5, 7.0)
_LEG_S = (1.0, 4.0)


@dataclass(frozen=True, slots=True)
class Track:
    """Azimuths in degrees at times in seconds, straight between them; one of each when nothing moves."""

    times_s: tuple[float, ...]
    azimuths_deg: tuple[float, ...]

    @property
    def moves(self) -> bool:
        """Whether the azimuth changes."""
        return len(self.times_s) > 1

    def at(self, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the azimuths at some times."""
        return np.interp(times_s, self.times_s, self.azimuths_deg)


def still(azimuth_deg: float) -> Track:
    """Stay where one is."""
    return Track((0.0,), (azimuth_deg,))


def walk(start_deg: float, low_deg: float, high_deg: float, duration_s: float, rng: np.random.Generator) -> Track:
    """Walk to and fro between two azimuths: legs of 1 to 4 s at 1.5 to 7 degrees a second, some of them pauses."""
    times, azimuths = [0.0], [start_deg]
    speed = float(rng.uniform(*_SPEEDS_DEG_S))
    while times[-1] < duration_s:
        leg_s = min(float(rng.uniform(*_LEG_S)), max(0.1, duration_s - times[-1]))
        way = speed * leg_s * float(rng.choice((-1.0, 0.0, 1.0), p=(0.4, 0.2, 0.4)))
        if not low_deg <= azimuths[-1] + way <= high_deg:
            way = -way
        times.append(round(times[-1] + leg_s, 3))
        azimuths.append(round(float(np.clip(azimuths[-1] + way, low_deg, high_deg)), 2))
    return Track(tuple(times), tuple(azimuths))


def direct(
    mono: NDArray[np.float32], track: Track, elevation_deg: float, head: Ears, lead_s: float
) -> NDArray[np.float32]:
    """Return the direct sound of a moving source at both ears, shape (2, samples).

    The sound is shared out among the azimuths of a 2.5-degree grid by straight cross-fading, neighbours being a third
    of a sample apart in time at most at 16 kHz.

    Parameters
    ----------
    mono
        Shape (samples,).
    lead_s
        How much of it comes before the track's time 0.
    """
    azimuths = track.at(np.arange(len(mono)) / head.sample_rate - lead_s) / AZIMUTH_STEP_DEG
    ears = np.zeros((2, len(mono)), np.float32)
    for step in range(int(np.floor(azimuths.min())), int(np.ceil(azimuths.max())) + 1):
        weights = np.maximum(0.0, 1 - np.abs(azimuths - step)).astype(np.float32)
        where = np.flatnonzero(weights)
        if len(where):
            first, last = int(where[0]), int(where[-1]) + 1
            response = head.hrir(step * AZIMUTH_STEP_DEG, elevation_deg)
            heard = oaconvolve((mono[first:last] * weights[first:last])[None], response, axes=-1)
            ears[:, first : first + heard.shape[1]] += heard[:, : len(mono) - first]
    return ears
