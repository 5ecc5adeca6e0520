"""Head: head-related impulse responses read from a SOFA file, for any direction and sample rate."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
import soxr
from numpy.typing import NDArray

from realtime.sofa import read_sofa

DEFAULT_PATH = Path(__file__).parent / "assets" / "kemar.sofa"
"""Gardner and Martin, "HRTF measurements of a KEMAR dummy-head microphone", MIT Media Lab, 1994; libmysofa's file."""

_LENGTH_S = 0.008
LEAD_S = 0.001
"""The earliest arrival of all directions, at either ear."""
_EQUALISER_LIMIT_DB = 12.0
_NEIGHBOURS = 5


class Ears(Protocol):
    """What a head is used for."""

    sample_rate: int
    """Hz."""
    taps: int
    """Length of a response."""

    def hrir(self, azimuth_deg: float, elevation_deg: float) -> NDArray[np.float32]:
        """Return the responses of both ears for a direction, shape (2, taps)."""
        ...


class Head:
    """A measured head.

    The responses are made diffuse-field equal (their power, averaged over directions and ears, is flattened by one
    minimum-phase filter), since the recording headphones and the ear canal would otherwise colour every scene; level
    and time differences between the ears are untouched. Between measured directions the four nearest responses are
    averaged after removing each ear's delay, and the averaged delay is put back: plain averaging would comb. The
    weights are Franke and Little's: they fall to nothing at the fifth nearest, so that none jumps in or out.

    Parameters
    ----------
    sample_rate
        Rate of the responses, Hz.
    path
        A SOFA file of convention SimpleFreeFieldHRIR; by default KEMAR with normal pinnae.

    Raises
    ------
    DataError
        When there is no such file or it is not of that convention.
    """

    def __init__(self, sample_rate: int, path: Path | None = None) -> None:
        self.sample_rate = sample_rate
        self.path = DEFAULT_PATH if path is None else path
        positions, responses, measured_rate = read_sofa(self.path)
        self._directions = _unit(positions[:, 0], positions[:, 1])
        if measured_rate != sample_rate:
            flat = responses.reshape(-1, responses.shape[-1]).T.astype(np.float32)
            responses = soxr.resample(flat, measured_rate, sample_rate).T.reshape(*responses.shape[:2], -1)
        self.taps = round(_LENGTH_S * sample_rate)
        responses = _equalised(responses, sample_rate)
        delays = _onsets(responses)
        first = float(delays.min())
        self._delays = delays - first + LEAD_S * sample_rate
        self._n_fft = 2 ** int(np.ceil(np.log2(responses.shape[-1] + self.taps)))
        turns = np.arange(self._n_fft // 2 + 1) / self._n_fft
        advance = np.exp(2j * np.pi * turns * delays[..., None])
        self._aligned: NDArray[np.complex64] = (np.fft.rfft(responses, self._n_fft) * advance).astype(np.complex64)
        self._turns = turns
        fade = max(8, self.taps // 4)
        self._fade = np.ones(self.taps, np.float32)
        self._fade[-fade:] = 0.5 + 0.5 * np.cos(np.linspace(0, np.pi, fade))
        front = self._interpolate(_unit(np.zeros(1), np.zeros(1))[0])
        self._gain = np.float32(1 / np.sqrt((front**2).sum(axis=-1).mean()))
        self._nearest = lru_cache(maxsize=4096)(self._hrir)

    def __getstate__(self) -> dict[str, object]:
        """Leave the cache of directions behind when a process is handed a head."""
        return {name: value for name, value in self.__dict__.items() if name != "_nearest"}

    def __setstate__(self, state: dict[str, object]) -> None:
        """Start with an empty cache of directions."""
        self.__dict__.update(state)
        self._nearest = lru_cache(maxsize=4096)(self._hrir)

    def hrir(self, azimuth_deg: float, elevation_deg: float) -> NDArray[np.float32]:
        """Return the responses of both ears for a direction.

        Parameters
        ----------
        azimuth_deg
            0 in front, positive to the left (counter-clockwise), as in SOFA.
        elevation_deg
            -90 (below) .. 90 (above).

        Returns
        -------
        NDArray[np.float32]
            Shape (2, taps), left then right, 8 ms long; the earliest arrival of all directions is at 1 ms. From the
            front each ear has unit energy. Do not write to it: it is shared.
        """
        return self._nearest(round(float(azimuth_deg), 2), round(float(elevation_deg), 2))

    def _hrir(self, azimuth_deg: float, elevation_deg: float) -> NDArray[np.float32]:
        direction = _unit(np.array([azimuth_deg]), np.array([elevation_deg]))[0]
        response = self._interpolate(direction) * self._gain
        response.setflags(write=False)
        return response

    def _interpolate(self, direction: NDArray[np.float64]) -> NDArray[np.float32]:
        cosines = self._directions @ direction
        nearest = np.argpartition(cosines, -_NEIGHBOURS)[-_NEIGHBOURS:]
        angles = np.maximum(np.arccos(np.clip(cosines[nearest], -1, 1)), 1e-6)
        reach = 1.001 * angles.max()  # a little more, for directions where all five are equally far
        weights = (1 / angles - 1 / reach) ** 2
        weights /= weights.sum()
        delays = (weights[:, None] * self._delays[nearest]).sum(axis=0)
        spectrum = (weights[:, None, None] * self._aligned[nearest]).sum(axis=0)
        delayed = spectrum * np.exp(-2j * np.pi * self._turns * delays[:, None])
        return (np.fft.irfft(delayed, self._n_fft)[:, : self.taps] * self._fade).astype(np.float32)


def _unit(azimuth_deg: NDArray[np.float64], elevation_deg: NDArray[np.float64]) -> NDArray[np.float64]:
    azimuth, elevation = np.radians(azimuth_deg), np.radians(elevation_deg)
    return np.stack(
        [np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation)], axis=-1
    )


def _equalised(responses: NDArray[np.float64], sample_rate: int) -> NDArray[np.float64]:
    """Flatten the power averaged over directions and ears with one minimum-phase filter of at most 12 dB."""
    n_fft = 2 ** int(np.ceil(np.log2(4 * responses.shape[-1])))
    power = (np.abs(np.fft.rfft(responses, n_fft)) ** 2).mean(axis=(0, 1))
    frequencies = np.fft.rfftfreq(n_fft, 1 / sample_rate)
    octave_sixth = 2 ** (1 / 6)
    cumulated = np.concatenate([[0.0], np.cumsum(power)])
    low = np.searchsorted(frequencies, frequencies / octave_sixth)
    high = np.maximum(np.searchsorted(frequencies, frequencies * octave_sixth), low + 1)
    level_db = 10 * np.log10((cumulated[high] - cumulated[low]) / (high - low) + 1e-12)
    middle = (frequencies > 300) & (frequencies < 6000)
    gain_db = np.clip(level_db[middle].mean() - level_db, -_EQUALISER_LIMIT_DB, _EQUALISER_LIMIT_DB)
    cepstrum = np.fft.irfft(gain_db * (np.log(10) / 20), n_fft)
    cepstrum[1 : n_fft // 2] *= 2
    cepstrum[n_fft // 2 + 1 :] = 0
    equaliser = np.exp(np.fft.rfft(cepstrum))
    return np.fft.irfft(np.fft.rfft(responses, n_fft) * equaliser, n_fft)[..., : 2 * responses.shape[-1]]


def _onsets(responses: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each response's onset in samples: the first crossing of 15 % of its peak, between samples (M, 2)."""
    upsampled = 8
    n_fft = 2 ** int(np.ceil(np.log2(responses.shape[-1])))
    onsets = np.empty(responses.shape[:2])
    # One direction at a time: all at once are 190 MB.
    for place, pair in enumerate(responses):
        fine = np.abs(np.fft.irfft(np.fft.rfft(pair, n_fft), n_fft * upsampled))
        onsets[place] = (fine > 0.15 * fine.max(axis=-1, keepdims=True)).argmax(axis=-1) / upsampled
    return onsets
