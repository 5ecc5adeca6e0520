"""SphereHead: the responses of a rigid sphere, by formula.

Source: R. O. Duda and W. L. Martens, "Range dependence of the response of a spherical head model", Journal of the
Acoustical Society of America 104 (1998), equation 1 for a source far away.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import eval_legendre, spherical_jn, spherical_yn

RADIUS_M = 0.0875
EAR_AZIMUTH_DEG = 100.0
"""Ears sit a little behind the middle of the head."""

_SOUND_SPEED_M_S = 343.0
_LENGTH_S = 0.008
_LEAD_S = 0.001


class SphereHead:
    """A rigid sphere with two ears; like `realtime.head.Head` in use.

    Parameters
    ----------
    sample_rate
        Rate of the responses, Hz.
    """

    def __init__(self, sample_rate: int) -> None:
        self.sample_rate = sample_rate
        self.taps = round(_LENGTH_S * sample_rate)
        angles = np.radians(np.arange(181.0))
        responses = np.fft.irfft(_pressure(sample_rate, 2 * self.taps, angles), 2 * self.taps)[:, : self.taps]
        fade = max(8, self.taps // 4)
        responses[:, -fade:] *= 0.5 + 0.5 * np.cos(np.linspace(0, np.pi, fade))
        self._responses = responses
        front = self._ear(np.array([1.0, 0.0, 0.0]), 1)
        self._gain = 1 / float(np.sqrt(np.square(front).sum()))
        self._known = lru_cache(maxsize=4096)(self._hrir)

    def __getstate__(self) -> dict[str, object]:
        """Leave the cache of directions behind when a process is handed a head."""
        return {name: value for name, value in self.__dict__.items() if name != "_known"}

    def __setstate__(self, state: dict[str, object]) -> None:
        """Start with an empty cache of directions."""
        self.__dict__.update(state)
        self._known = lru_cache(maxsize=4096)(self._hrir)

    def hrir(self, azimuth_deg: float, elevation_deg: float) -> NDArray[np.float32]:
        """Return the responses of both ears for a direction, shape (2, taps), left then right, 8 ms long.

        The earliest arrival of all directions is at 1 ms; from the front each ear has unit energy. Do not write to it.
        """
        return self._known(round(float(azimuth_deg), 2), round(float(elevation_deg), 2))

    def _hrir(self, azimuth_deg: float, elevation_deg: float) -> NDArray[np.float32]:
        azimuth, elevation = np.radians(azimuth_deg), np.radians(elevation_deg)
        level = np.cos(elevation)
        direction = np.array([level * np.cos(azimuth), level * np.sin(azimuth), np.sin(elevation)])
        response = (np.stack([self._ear(direction, side) for side in (1, -1)]) * self._gain).astype(np.float32)
        response.setflags(write=False)
        return response

    def _ear(self, direction: NDArray[np.float64], side: int) -> NDArray[np.float64]:
        """Return one ear's response, between those of whole degrees of incidence: neighbours are 5 us apart at most."""
        ear = np.radians(EAR_AZIMUTH_DEG)
        cosine = float(direction @ np.array([np.cos(ear), side * np.sin(ear), 0.0]))
        angle = float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))
        below = min(int(angle), 179)
        share = angle - below
        return (1 - share) * self._responses[below] + share * self._responses[below + 1]


def _pressure(sample_rate: int, n_fft: int, angles: NDArray[np.float64]) -> NDArray[np.complex128]:
    """Return the spectra (angles, bins) on the sphere over that in the free field at its middle, 1 ms and more late."""
    frequencies = np.fft.rfftfreq(n_fft, 1 / sample_rate)
    waves = 2 * np.pi * frequencies[1:] * RADIUS_M / _SOUND_SPEED_M_S
    orders = np.arange(int(waves.max()) + 25)
    slopes = spherical_jn(orders[:, None], waves, True) - 1j * spherical_yn(orders[:, None], waves, True)
    # Numpy's inverse transform turns with +i w t: an outgoing wave is a Hankel function of the second kind, j - i y.
    terms = (2 * orders[:, None] + 1) * 1j ** (orders[:, None] % 4) / slopes / waves**2 / 1j
    heard = eval_legendre(orders[None], np.cos(angles)[:, None]) @ terms
    pressure = np.concatenate([np.ones((len(angles), 1), np.complex128), heard], axis=1)
    late_s = _LEAD_S + RADIUS_M / _SOUND_SPEED_M_S
    return np.asarray(pressure * np.exp(-2j * np.pi * frequencies * late_s), np.complex128)
