"""Partitions: one level of a partitioned convolution, with parts of an impulse response that are all of one size.

Overlap-save with a frequency-domain delay line (Wefers, "Partitioned convolution algorithms for real-time
auralization", RWTH Aachen 2015, section 5): a block's spectrum is computed once and multiplied by each part when its
time has come. Two channels, each with a response of its own, share one complex transform. The three stages of a block,
`analyse`, `accumulate` and `synthesise`, may be called at different times, so that a level of large parts can do its
work while the next block comes in. All compiled functions here are real-time safe.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from realtime.atomics import channels, compiled
from realtime.fft_kernel import fft, twiddles
from realtime.plugin import CHANNELS

ROWS = 2 * CHANNELS
"""Of a spectrum: real and imaginary parts of left, then of right."""
LEVEL = np.dtype(
    [
        ("size", "i8"),
        ("parts", "i8"),
        ("newest", "i8"),
        ("history", "i8"),
        ("responses", "i8"),
        ("spectra", "i8"),
        ("sums", "i8"),
        ("work", "i8"),
        ("turns", "i8"),
    ],
    align=True,
)
SILENCE = 1e-15
"""A response's spectrum below this (-300 dB) becomes zero, so that no product is a denormal number."""


@compiled
def history(level: Any) -> NDArray[np.float32]:
    """What came in, (2, 2 * size): the last whole block, then the one that is being filled."""
    return channels(level.history, 2, 2 * level.size)


@compiled
def move_on(level: Any) -> None:
    """When a block is full: make place for the next."""
    past = history(level)
    for i in range(level.size):
        past[0, i], past[1, i] = past[0, level.size + i], past[1, level.size + i]


@compiled
def analyse(level: Any) -> None:
    """When a block is full, and before `move_on`: compute its spectrum."""
    size = level.size
    length, bins = 2 * size, size + 1
    past, work, turns = history(level), channels(level.work, 4, length), channels(level.turns, 2, length)
    re, im = work[0], work[1]
    for i in range(length):
        re[i], im[i] = past[0, i], past[1, i]
    fft(re, im, work[2], work[3], turns[0], turns[1])
    level.newest = (level.newest + 1) % level.parts
    spectrum = channels(level.spectra + 4 * ROWS * bins * level.newest, ROWS, bins)
    sums = channels(level.sums, ROWS, bins)
    # Of a real signal the spectrum is the mirror image's conjugate: so the two are told apart.
    half = np.float32(0.5)
    for k in range(bins):
        mirror = (length - k) & (length - 1)
        spectrum[0, k] = half * (re[k] + re[mirror])
        spectrum[1, k] = half * (im[k] - im[mirror])
        spectrum[2, k] = half * (im[k] + im[mirror])
        spectrum[3, k] = half * (re[mirror] - re[k])
        sums[0, k] = sums[1, k] = sums[2, k] = sums[3, k] = np.float32(0.0)


@compiled
def accumulate(level: Any, part: int) -> None:
    """Add what one part of the response makes of the block that it is for."""
    bins = level.size + 1
    sums = channels(level.sums, ROWS, bins)
    spectra = channels(level.spectra, ROWS * level.parts, bins)
    responses = channels(level.responses, ROWS * level.parts, bins)
    block = (level.newest - part) % level.parts
    for row in range(0, ROWS, 2):
        x, h = ROWS * block + row, ROWS * part + row
        _multiply_add(sums[row], sums[row + 1], spectra[x], spectra[x + 1], responses[h], responses[h + 1])


@compiled
def _multiply_add(sum_re: Any, sum_im: Any, x_re: Any, x_im: Any, h_re: Any, h_im: Any) -> None:
    for k in range(len(sum_re)):
        sum_re[k] += x_re[k] * h_re[k] - x_im[k] * h_im[k]
        sum_im[k] += x_re[k] * h_im[k] + x_im[k] * h_re[k]


@compiled
def synthesise(level: Any, out: NDArray[np.float32]) -> None:
    """When all parts are added up: write what they make as sound, (2, size)."""
    size = level.size
    length = 2 * size
    work, turns = channels(level.work, 4, length), channels(level.turns, 2, length)
    re, im, sums = work[0], work[1], channels(level.sums, ROWS, size + 1)
    for k in range(size + 1):
        mirror = (length - k) & (length - 1)
        re[mirror], im[mirror] = sums[0, k] + sums[3, k], sums[2, k] - sums[1, k]
        re[k], im[k] = sums[0, k] - sums[3, k], sums[1, k] + sums[2, k]
    fft(im, re, work[3], work[2], turns[0], turns[1])
    # The first half is what wraps around.
    for i in range(size):
        out[0, i], out[1, i] = re[size + i], im[size + i]


class Partitions:
    """A level's memory. Main thread, except where the compiled functions use it.

    Parameters
    ----------
    response
        What this level is to convolve with, float64 (2, taps), beginning where its first part does.
    size
        Of a part and of a block, a power of two.

    Attributes
    ----------
    parts
        How many there are; without any, only `history` and `move_on` may be called.
    """

    def __init__(self, response: NDArray[np.float64], size: int) -> None:
        self.parts = -(-response.shape[1] // size)
        bins = size + 1
        padded = np.zeros((CHANNELS, self.parts * size))
        padded[:, : response.shape[1]] = response
        # Divided by the length of the transform, which the way back is not.
        spectra = np.fft.rfft(padded.reshape(CHANNELS, self.parts, size), 2 * size) / (2 * size)
        spectra[np.abs(spectra) < SILENCE] = 0.0
        parted = np.stack([spectra.real, spectra.imag], axis=1)  # (channel, re/im, part, bin)
        self._responses = np.ascontiguousarray(parted.transpose(2, 0, 1, 3).reshape(-1, bins), np.float32)
        self._spectra = np.zeros_like(self._responses)
        self._history = np.zeros((CHANNELS, 2 * size), np.float32)
        self._sums = np.zeros((ROWS, bins), np.float32)
        self._work = np.zeros((4, 2 * size), np.float32)
        self._turns = twiddles(2 * size)
        self._level: NDArray[np.void] = np.zeros(1, LEVEL)
        self._level["size"], self._level["parts"] = size, self.parts
        for name in ("history", "responses", "spectra", "sums", "work", "turns"):
            self._level[name] = getattr(self, f"_{name}").ctypes.data

    @property
    def address(self) -> int:
        """Of the `LEVEL` record."""
        return self._level.ctypes.data

    def reset(self) -> None:
        """Forget what came in. Not while sound runs."""
        for memory in (self._history, self._spectra, self._sums):
            memory[:] = 0.0
