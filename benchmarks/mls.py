"""A maximum length sequence through a device and back: the delay of the way, to a fraction of a sample.

The sequence's autocorrelation is one sharp peak, so that the cross-correlation of what came back with what was sent is
the impulse response of the way (Schroeder, "Integrated-impulse method measuring sound decay without using impulses",
1979), with all the energy of the sequence's whole length in it: noise of the room matters little.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import max_len_seq

from realtime.atomics import as_address, compiled_kernel, floats, words

ORDER = 14
LEVEL = 0.1
"""-20 dB of full scale: heard well by a microphone, no danger to ears or loudspeakers."""
FINENESS = 16
"""Points between two samples, by sinc interpolation; a parabola goes through the three best of them."""
LEAST_CLARITY_DB = 16.0
"""Of the peak over the RMS of all else, below which nothing came back: noise alone has 12 or 13 dB."""


@compiled_kernel
def _sequence_kernel(state: Any, in_channels: Any, out_channels: Any, n: int) -> None:
    fields = words(as_address(state), 3)
    sequence = floats(fields[2], fields[1])
    left = floats(as_address(out_channels[0]), n)
    right = floats(as_address(out_channels[1]), n)
    for i in range(n):
        value = sequence[(fields[0] + i) % fields[1]]
        left[i] = value
        right[i] = value
    fields[0] += n


class SequencePlayer:
    """Kernel plugin: ignores its input and plays a sequence again and again.

    Attributes
    ----------
    sequence
        float32 (2**order - 1,), at `LEVEL`.
    """

    name = "maximum length sequence"
    latency = 0

    def __init__(self, order: int = ORDER) -> None:
        self.sequence = (LEVEL * (2.0 * max_len_seq(order)[0] - 1)).astype(np.float32)
        self._state = np.array([0, len(self.sequence), self.sequence.ctypes.data], np.int64)

    @property
    def kernel_address(self) -> int:
        return _sequence_kernel.address

    @property
    def state_address(self) -> int:
        return self._state.ctypes.data

    def reset(self, position: int = 0) -> None:
        """Count from `position`."""
        self._state[0] = position


@dataclass(frozen=True)
class Delay:
    """What one period of the sequence says.

    Attributes
    ----------
    samples
        Later by so many; never negative, and ambiguous by whole periods.
    clarity_db
        The peak over the RMS of the rest of the impulse response.
    """

    samples: float
    clarity_db: float

    @property
    def clear(self) -> bool:
        return self.clarity_db >= LEAST_CLARITY_DB


def delay(heard: NDArray[np.floating], sequence: NDArray[np.floating]) -> Delay:
    """By how much a period that was heard lags behind the one that was played, both (N,).

    The polarity of the way does not matter.
    """
    length = len(sequence)
    spectrum = np.fft.rfft(heard) * np.conj(np.fft.rfft(sequence))
    spectrum[0] = 0  # an offset of the input says nothing of the delay
    response = np.abs(np.fft.irfft(spectrum, length))
    largest = float(response.max())
    rest = np.delete(response, int(response.argmax()))
    if largest == 0:
        return Delay(0.0, -np.inf)
    clarity_db = float(20 * np.log10(largest / max(float(np.sqrt(np.square(rest).mean())), 1e-12 * largest)))
    # Zeros behind the spectrum of an odd length: the same response, FINENESS times as dense.
    dense = np.abs(np.fft.irfft(spectrum, FINENESS * length))
    peak = int(dense.argmax())
    before, here, after = dense[[peak - 1, peak, (peak + 1) % len(dense)]]
    bend = before - 2 * here + after
    offset = 0.5 * (before - after) / bend if bend else 0.0
    return Delay(float(((peak + offset) / FINENESS) % length), clarity_db)
