"""From one device's clock to another's: two crystals never agree, and what one gives too much the other lacks.

A microphone and headphones on two devices run at rates that differ by up to some hundred millionths: in a minute by
hundreds of samples. The sound between them is resampled by just that much, so that it never runs dry nor piles up.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from realtime.atomics import aligned_words
from realtime.clock_bridge_kernel import BRIDGE, PHASES, TAPS, WRITER_WORDS, hand_out, take_in
from realtime.ring import Ring

PASS_BAND = 0.96875
"""Middle of the filter's edge as a part of half the rate: full up to 0.83 of it, down by 100 dB from 1.1 on."""
KAISER_BETA = 10.0
MARGIN_S = 0.001
"""Beyond a block of each device: what their threads may come late."""
RING_S = 1.0


class ClockBridge:
    """Sound from a writing device to a reading one.

    Parameters
    ----------
    channels
        Both have so many.
    rate
        Of both, Hz, by their own clocks.
    given, taken
        Samples that the writing device gives and the reading one takes at a time.

    Attributes
    ----------
    ring, writer, record
        For compiled code, see `realtime.clock_bridge_kernel`.
    """

    def __init__(self, channels: int, rate: int, given: int, taken: int) -> None:
        least = 4 * (given + taken) + 4 * TAPS
        self.ring = Ring(channels, 1 << max(least, round(RING_S * rate)).bit_length())
        self.writer = aligned_words(WRITER_WORDS)
        self._table = sinc_table()
        self.record: NDArray[np.void] = np.zeros(1, BRIDGE)
        self._wanted = given + taken + MARGIN_S * rate + TAPS // 2
        for name, value in (
            ("header", self.ring.header.ctypes.data),
            ("data", self.ring.data.ctypes.data),
            ("writer", self.writer.ctypes.data),
            ("table", self._table.ctypes.data),
            ("given", given),
            ("rate", rate),
            ("wanted", self._wanted),
        ):
            self.record[name] = value

    @property
    def latency(self) -> int:
        """Samples that lie between the two."""
        return round(self._wanted)

    @property
    def drift(self) -> float:
        """By how much the writing device is faster, as a part of the rate (1e-6: one millionth)."""
        return float(self.record["drift"][0])

    @property
    def underruns(self) -> int:
        """How often it ran dry or over, and began anew."""
        return int(self.record["underruns"][0])

    def write(self, block: NDArray[np.float32], now_ns: int) -> None:
        """What the writing device gave, (channels, n), at a time of `time.monotonic_ns`."""
        take_in(self.ring.header, self.ring.data, self.writer, np.ascontiguousarray(block), block.shape[1], now_ns)

    def read(self, n: int, now_ns: int) -> NDArray[np.float32]:
        """What the reading device gets, (channels, n)."""
        out = np.empty((self.ring.channels, n), np.float32)
        hand_out(self.record[0], out, n, now_ns)
        return out


def sinc_table() -> NDArray[np.float32]:
    """(PHASES + 1, TAPS): row p gives the sound p / PHASES of a sample after the tap TAPS / 2 - 1; rows sum to 1."""
    fractions = np.arange(PHASES + 1)[:, None] / PHASES
    distance = np.arange(TAPS)[None] - (TAPS // 2 - 1) - fractions
    window = np.i0(KAISER_BETA * np.sqrt(np.maximum(0.0, 1.0 - (distance / (TAPS / 2)) ** 2))) / np.i0(KAISER_BETA)
    table = PASS_BAND * np.sinc(PASS_BAND * distance) * window
    return (table / table.sum(axis=1, keepdims=True)).astype(np.float32)
