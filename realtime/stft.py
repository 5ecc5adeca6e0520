"""Streaming STFT and its inverse on absolute positions, at the device's rate but on the model's frequency grid.

The network wants the spectrum of a 16 kHz signal; the device brings 44.1 or 48 kHz. Resampling first would make the
network's picture of the sound older: soxr's HQ hands out its samples in chunks, 6 to 36 ms late, its LQ 1 to 20 ms.
A windowed Fourier transform needs no resampler: the same window in seconds and the same frequencies in hertz give the
same spectrum at any rate, and frequencies above the model's are simply not computed.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from realtime.atomics import compiled
from realtime.filters import fast_length

AHEAD_S = 0.001
"""By how much an ear may hear a sound before the middle of the head does, and a little more."""


@compiled
def _transform(
    cosine: NDArray[np.float32],
    sine: NDArray[np.float32],
    segment: NDArray[np.float32],
    real: NDArray[np.float32],
    imaginary: NDArray[np.float32],
) -> None:
    """Sums of the segment, folded at its middle, with each row of the kernels (half, bins).

    Without the threads of numpy's own product, which cost 15 ms on a busy machine.
    """
    middle = len(segment) // 2
    real[:] = 0
    imaginary[:] = 0
    for i in range(middle):
        even = segment[middle + i] + segment[middle - i] if i else segment[middle]
        odd = segment[middle + i] - segment[middle - i]
        for j in range(len(real)):
            real[j] += even * cosine[i, j]
            imaginary[j] += odd * sine[i, j]


class StreamingSTFT:
    """Frames of the model's STFT, taken at the device's rate.

    Frame k is centred on the position nearest to `k * hop` model samples and needs `half` samples to either side.
    At `sample_rate == model_rate` it is the centred STFT of librosa and torch, zeros before the start.

    Parameters
    ----------
    sample_rate, model_rate
        Of the device and of the model, Hz.
    n_fft, hop, window
        Of the model, in its samples; the window is a periodic Hann.
    """

    def __init__(self, sample_rate: int, model_rate: int, n_fft: int, hop: int, window: int) -> None:
        self.sample_rate = sample_rate
        self.hop_s = hop / model_rate
        self.half = round(window * sample_rate / model_rate / 2)
        self.length = 2 * self.half
        self.hann = hann(self.length)
        offset_s = np.arange(self.half) / sample_rate
        frequency = np.arange(n_fft // 2 + 1) * (model_rate / n_fft)
        # The window is even around the middle, and zero where the segment begins: half of the kernel says it all.
        kernel = np.exp(-2j * np.pi * np.outer(offset_s, frequency)) * self.hann[self.half :, None]
        kernel *= window / self.length
        kernel[:, 1::2] *= -1  # the model's transform counts phase from the start of its buffer, not from the middle
        kernel[:, frequency > sample_rate / 2] = 0
        self._cosine = kernel.real.astype(np.float32, order="C")  # (half, bins)
        self._sine = kernel.imag.astype(np.float32, order="C")
        self._parts = np.zeros((2, len(frequency)), np.float32)

    def centre(self, frame: int) -> int:
        """Position of a frame's middle."""
        return round(frame * self.hop_s * self.sample_rate)

    def frames_until(self, position: int) -> int:
        """Number of frames that are complete when everything before `position` is there."""
        frame = max(0, int((position - self.half) / (self.hop_s * self.sample_rate)) - 1)
        while self.centre(frame) + self.half <= position:
            frame += 1
        return frame

    def spectrum(self, segment: NDArray[np.float32]) -> NDArray[np.complex64]:
        """Spectrum (n_fft // 2 + 1,) of the samples (length,) around a frame's centre."""
        real, imaginary = self._parts
        _transform(self._cosine, self._sine, segment, real, imaginary)
        spectrum = np.empty(len(real), np.complex64)
        spectrum.real, spectrum.imag = real, imaginary
        return spectrum


class OverlapAdd:
    """The inverse: filters segments with a frequency response and adds them up, normalised by the squared windows.

    Parameters
    ----------
    stft
        Whose frames it is given.

    Attributes
    ----------
    fft_size
        Even length of the FFT in which a response is given, at least `stft.length`.
    reach
        Samples from one that goes in to the end of the last frame that it waits for.
    """

    def __init__(self, stft: StreamingSTFT) -> None:
        self._stft = stft
        self.fft_size = _fft_size(stft)
        self.reach = stft.length
        self._before = (self.fft_size - stft.length) // 2
        self._buffer = np.zeros(self.fft_size, np.float32)
        self._sum: NDArray[np.float32] = np.zeros(stft.length, np.float32)
        self._weight: NDArray[np.float32] = np.zeros(stft.length, np.float32)
        self._position = 0
        self._fresh_until = 0

    def restart(self, frame: int) -> int:
        """Frames before this one were skipped: forget them.

        Returns
        -------
        position
            The first sample that will be given again: the middle of that frame, from where the windows overlap enough.
        """
        self._sum[:] = 0
        self._weight[:] = 0
        self._position = self._stft.centre(frame) - self._stft.half
        self._fresh_until = self._stft.centre(frame)
        return self._fresh_until

    def add(self, frame: int, segment: NDArray[np.float32], response: NDArray[np.complex64]) -> NDArray[np.float32]:
        """Filter one frame's segment and give the samples that no later frame touches, in order without a gap.

        Parameters
        ----------
        segment
            (stft.length,) samples around the frame's centre.
        response
            (fft_size // 2 + 1,).
        """
        stft = self._stft
        self._buffer[:] = 0
        self._buffer[self._before : self._before + stft.length] = segment * stft.hann
        filtered = np.fft.irfft(np.fft.rfft(self._buffer) * response, self.fft_size)
        self._sum += filtered[self._before : self._before + stft.length] * stft.hann
        self._weight += stft.hann**2
        return self._give(stft.centre(frame + 1) - stft.half)

    def _give(self, until: int) -> NDArray[np.float32]:
        count = until - self._position
        ready = np.divide(self._sum[:count], self._weight[:count].clip(1e-3), dtype=np.float32)
        dull = min(count, max(0, self._fresh_until - self._position))
        self._sum = np.concatenate((self._sum[count:], np.zeros(count, np.float32)))
        self._weight = np.concatenate((self._weight[count:], np.zeros(count, np.float32)))
        self._position = until
        return ready[dull:]


class NewestHop:
    """The inverse for who cannot wait for a frame: filters the newest hop of each, faded to from the one before.

    Long frames to analyse, short ones to synthesise (Mauler and Martin, 2007). A response is cut to what a frame
    has around each of those samples, so that all of them are filtered alike and a steady sound stays steady. It is used
    as `OverlapAdd` is.
    """

    def __init__(self, stft: StreamingSTFT) -> None:
        self._stft = stft
        self.fft_size = _fft_size(stft)
        self._ahead = ahead = round(AHEAD_S * stft.sample_rate)
        self.reach = math.ceil(stft.hop_s * stft.sample_rate - 1e-6) + ahead
        behind = stft.length - self.reach
        # Of the impulse response: lags from 0 on, at the end those before 0.
        self._span = np.zeros(self.fft_size, np.float32)
        self._span[:behind] = hann(2 * behind)[behind:]
        self._span[-ahead:] = np.sqrt(hann(2 * ahead)[:ahead])
        self._buffer = np.zeros(self.fft_size, np.float32)
        self._response: NDArray[np.complex128] | None = None

    def restart(self, frame: int) -> int:
        """As `OverlapAdd.restart`; that frame gives nothing yet."""
        self._response = None
        return self._end(frame)

    def add(self, frame: int, segment: NDArray[np.float32], response: NDArray[np.complex64]) -> NDArray[np.float32]:
        """As `OverlapAdd.add`."""
        former, newest = self._response, np.fft.rfft(np.fft.irfft(response, self.fft_size) * self._span)
        self._response = newest
        if former is None:
            return np.zeros(0, np.float32)
        count = self._end(frame) - self._end(frame - 1)
        self._buffer[-len(segment) :] = segment
        spectrum = np.fft.rfft(self._buffer)
        hop = slice(self.fft_size - self._ahead - count, self.fft_size - self._ahead)
        weight = (np.arange(count, dtype=np.float32) + 1) / count
        fading, rising = (np.fft.irfft(spectrum * each, self.fft_size)[hop] for each in (former, newest))
        return (fading * (1 - weight) + rising * weight).astype(np.float32)

    def _end(self, frame: int) -> int:
        """Position behind the last sample that a frame gives."""
        return self._stft.centre(frame) + self._stft.half - self._ahead


def _fft_size(stft: StreamingSTFT) -> int:
    return fast_length(round(stft.length * 1.28))  # the room that the model's 400 in 512 has


def hann(length: int) -> NDArray[np.float32]:
    """Periodic Hann window (length,), its maximum at length // 2."""
    window: NDArray[np.float64] = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)
    return window.astype(np.float32)
