"""From the network's mask to an ear filter: the difference filter m with left = x + m * x and right = x - m * x.

The mask knows the sound up to half the model's rate. Below that it is laid onto the device rate's frequency grid.
Above, the level difference of the top octave goes on as a real constant: at those wavelengths the ear goes by level.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FADE_START = 0.9
"""Where the cross-fade from the mask to the constant begins, as a part of half the model's rate."""
SILENCE = 1e-15
"""Taps below this (-300 dB) become exact zeros, so that no product in the filter is a denormal number."""
TINY_POWER = 1e-12


def default_taps(sample_rate: int) -> int:
    """Length of a filter in samples: 10.7 ms, a multiple of 8."""
    return max(64, round(512 * sample_rate / 48_000 / 8) * 8)


def default_pre_delay(sample_rate: int) -> int:
    """Samples that a filter may look ahead: 1 ms, more than any interaural delay."""
    return round(0.001 * sample_rate)


def fast_length(at_least: int) -> int:
    """Smallest even 2^a 3^b 5^c that is not below `at_least`: a length that an FFT likes."""
    length = at_least + at_least % 2
    while True:
        rest = length
        for prime in (2, 3, 5):
            while rest % prime == 0:
                rest //= prime
        if rest == 1:
            return length
        length += 2


@dataclass(frozen=True)
class _Grid:
    """Where each bin of a device-rate FFT lies among the mask's bins, and how much of the mask is left there."""

    lower: NDArray[np.intp]
    upper: NDArray[np.intp]
    upper_weight: NDArray[np.float32]
    mask_weight: NDArray[np.float32]

    @classmethod
    def of(cls, length: int, sample_rate: int, model_rate: int, n_fft: int) -> _Grid:
        frequency = np.arange(length // 2 + 1) * (sample_rate / length)
        place = np.minimum(frequency * (n_fft / model_rate), n_fft // 2)
        lower = np.floor(place + 1e-9).astype(np.intp)
        nyquist = model_rate / 2
        if sample_rate > model_rate:
            fade = np.clip((frequency / nyquist - FADE_START) / (1 - FADE_START), 0, 1)
        else:
            fade = np.zeros_like(frequency)
        return cls(
            lower,
            np.minimum(lower + 1, n_fft // 2),
            np.maximum(place - lower, 0).astype(np.float32),
            (0.5 + 0.5 * np.cos(np.pi * fade)).astype(np.float32),
        )


class FilterDesign:
    """Designs filters at the device's rate from masks at the model's rate. One thread at a time.

    Parameters
    ----------
    sample_rate, model_rate
        Of the device and of the model, Hz.
    n_fft
        Of the model's STFT: a mask has n_fft // 2 + 1 bins, or n_fft // 2 when the highest is left out.
    taps
        Length of a filter, samples at the device's rate.
    pre_delay
        Samples by which a filter delays, so that what should come earlier than the input can.

    Attributes
    ----------
    fft_size
        Length of the FFT at the device's rate: at least `taps`, and in time the model's n_fft. At a multiple of the
        model's rate the bins coincide.
    """

    def __init__(self, sample_rate: int, model_rate: int, n_fft: int, taps: int, pre_delay: int) -> None:
        if not 0 <= pre_delay < taps:
            raise ValueError(f"a pre-delay of {pre_delay} samples does not lie within {taps} taps")
        self.sample_rate = sample_rate
        self.model_rate = model_rate
        self.n_fft = n_fft
        self.taps = taps
        self.pre_delay = pre_delay
        self.fft_size = fast_length(max(round(n_fft * sample_rate / model_rate), taps))
        self._grids: dict[int, _Grid] = {}
        self._mask = np.zeros(n_fft // 2 + 1, dtype=np.complex64)
        self._window = _window(taps, pre_delay)

    def design(self, mask: NDArray[np.complex64]) -> NDArray[np.float32]:
        """Filter (taps,) for a mask (n_fft // 2 + 1,) or (n_fft // 2,); a zero mask gives exact zeros."""
        impulse = np.fft.irfft(self.response(mask), self.fft_size)
        taps = np.empty(self.taps, dtype=np.float32)
        taps[: self.pre_delay] = impulse[self.fft_size - self.pre_delay :]
        taps[self.pre_delay :] = impulse[: self.taps - self.pre_delay]
        taps *= self._window
        taps[np.abs(taps) < SILENCE] = 0.0
        return taps

    def response(self, mask: NDArray[np.complex64], fft_size: int | None = None) -> NDArray[np.complex64]:
        """The mask extended to half the device's rate, complex64 (fft_size // 2 + 1,).

        Parameters
        ----------
        mask
            As for `design`.
        fft_size
            Even length of an FFT at the device's rate; None for the attribute `fft_size`.
        """
        size = fft_size or self.fft_size
        grid = self._grids.get(size)
        if grid is None:
            grid = self._grids[size] = _Grid.of(size, self.sample_rate, self.model_rate, self.n_fft)
        self._mask[: len(mask)] = mask
        self._mask[len(mask) :] = mask[-1]
        low = self._mask[grid.lower]
        spread = self._mask[grid.upper]
        spread -= low
        spread *= grid.upper_weight
        low += spread
        high = np.float32(top_level(self._mask))
        low -= high
        low *= grid.mask_weight
        low += high
        return low


def top_level(masks: NDArray[np.complex64]) -> NDArray[np.float64]:
    """The level difference that masks make in their top octave, as a real mask: (..., bins) -> (...), -1..1.

    (g - 1) / (g + 1), where g is the ratio of the left to the right amplitude. Of an odd number of bins, the highest
    lies on half the sample rate and does not count.
    """
    half = masks.shape[-1] // 2
    top = masks[..., half : 2 * half]
    power = half + (top.real**2 + top.imag**2).sum(axis=-1, dtype=np.float64)
    tilt = 2 * top.real.sum(axis=-1, dtype=np.float64)
    left, right = (np.sqrt(np.maximum(power + sign * tilt, TINY_POWER)) for sign in (1, -1))
    return (left - right) / (left + right)


def _window(taps: int, pre_delay: int) -> NDArray[np.float32]:
    """Raised-cosine edges: in over the first half of the pre-delay, out over the last eighth of the taps."""
    window = np.ones(taps, dtype=np.float32)
    rise, fall = pre_delay // 2, taps // 8
    window[:rise] = 0.5 - 0.5 * np.cos(np.pi * (np.arange(rise) + 0.5) / rise) if rise else 1.0
    window[taps - fall :] = 0.5 + 0.5 * np.cos(np.pi * (np.arange(fall) + 0.5) / fall)
    return window
