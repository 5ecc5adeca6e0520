"""Whole-clip STFT and its inverse in numpy, as the paper's front end makes them: 512-point, hop 160, Hann 400."""

from __future__ import annotations

from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 16_000
N_FFT = 512
HOP = 160
WINDOW = 400
STEREO_RMS = 0.1
RMS_FLOOR = 1e-4
"""The authors bring each window of binaural sound to this RMS, and divide by no less than this."""

Padding = Literal["reflect", "constant"]


@cache
def hann(n_fft: int = N_FFT) -> NDArray[np.float64]:
    """Periodic Hann window of 400 samples, centred in an even n_fft: (n_fft,)."""
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)
    return np.pad(window, (n_fft - WINDOW) // 2)


def stft(signal: NDArray[np.floating], padding: Padding = "constant") -> NDArray[np.complex128]:
    """Transform a whole signal; frame k is centred on sample k * 160.

    Parameters
    ----------
    signal
        (..., N) at 16 kHz; for "reflect" N must exceed 256.
    padding
        What lies beyond the ends: zeros ("constant", as the streaming host hears a start) or the mirrored signal
        ("reflect", as in the paper).

    Returns
    -------
    NDArray[np.complex128]
        (..., 257, 1 + N // 160).
    """
    margins = [(0, 0)] * (signal.ndim - 1) + [(N_FFT // 2, N_FFT // 2)]
    padded = np.pad(signal.astype(np.float64), margins, mode=padding)
    slices = np.lib.stride_tricks.sliding_window_view(padded, N_FFT, axis=-1)[..., ::HOP, :]
    return np.fft.rfft(slices * hann()).swapaxes(-1, -2)


def istft(spectrum: NDArray[np.complexfloating], length: int) -> NDArray[np.float64]:
    """Invert `stft` by windowed overlap-add (Griffin & Lim's least-squares estimate).

    Parameters
    ----------
    spectrum
        (..., rows, T). Of a transform of 2 * (rows - 1) points, as librosa's inverse infers it: 257 rows invert `stft`.
    length
        Samples to return; at most about 160 * T.

    Returns
    -------
    NDArray[np.float64]
        (..., length).
    """
    rows, count = spectrum.shape[-2:]
    n_fft = 2 * (rows - 1)
    window = hann(n_fft)
    pieces = np.fft.irfft(spectrum.swapaxes(-1, -2), n_fft) * window  # (..., T, n_fft)
    total = n_fft + HOP * (count - 1)
    summed = np.zeros((*spectrum.shape[:-2], max(total, length + n_fft)))
    weight = np.zeros(summed.shape[-1])
    for index in range(count):
        start = index * HOP
        summed[..., start : start + n_fft] += pieces[..., index, :]
        weight[start : start + n_fft] += window**2
    middle = slice(n_fft // 2, n_fft // 2 + length)
    return summed[..., middle] / np.maximum(weight[middle], 1e-8)
