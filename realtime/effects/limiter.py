"""Limiter: no sample comes out above the ceiling. It looks ahead, so that the gain is down before the peak arrives.

For each sample there is a gain that takes it to the ceiling. The smallest of them within the look-ahead, released
slowly, is smoothed by two moving averages that together are as long as the look-ahead: when a sample comes out, every
value that they average was small enough for it, so the average is. Sliding minimum: D. Lemire, "Streaming
maximum-minimum filter using no more than three comparisons per element", Nordic J. Computing 13(4), 2006; the scheme:
P. Hämäläinen, "Smoothing of the control signal without clipped output in digital peak limiters", Proc. DAFx, 2002.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import carray  # pyright: ignore[reportPrivateImportUsage]  # carray is public
from numpy.typing import NDArray

from realtime.atomics import as_address, channels, compiled, compiled_kernel, floats, words
from realtime.effects.dynamics import Dynamics
from realtime.effects.effect import glide, layout, still
from realtime.effects.level import gain_of, heard, share
from realtime.plugin import CHANNELS, Format, Parameter

LOOK_AHEAD_S = 0.002
CEILING, RELEASE = range(2)
LIMITER = layout(
    2,
    ("latency", "i8"),
    ("first_length", "i8"),
    ("second_length", "i8"),
    ("capacity", "i8"),
    ("sound", "i8"),
    ("gains", "i8"),
    ("position", "i8"),
    ("oldest", "i8"),
    ("newest", "i8"),
    ("released", "f8"),
    ("first_sum", "i8"),
    ("second_sum", "i8"),
    ("reduction", "f8"),
)
MINIMA, TIMES, RELEASED, AVERAGES, ROWS = range(5)
ONE = 1 << 40
"""Gain 1 as a whole number: sums of whole numbers do not drift, however long the sound is."""


@compiled
def smallest(record: Any, minima: NDArray[np.int64], times: NDArray[np.int64], gain: int) -> int:
    """The smallest gain of the newest `latency + 1`, with this one; candidates rise from the oldest to the newest."""
    mask = record.capacity - 1
    if record.newest > record.oldest and times[record.oldest & mask] < record.position - record.latency:
        record.oldest += 1
    while record.newest > record.oldest and minima[(record.newest - 1) & mask] >= gain:
        record.newest -= 1
    minima[record.newest & mask] = gain
    times[record.newest & mask] = record.position
    record.newest += 1
    return int(minima[record.oldest & mask])


@compiled
def smooth(record: Any, released: NDArray[np.int64], averages: NDArray[np.int64], gain: int) -> float:
    """The moving average of the moving average of the gains, as a factor."""
    mask = record.capacity - 1
    record.first_sum += gain - released[(record.position - record.first_length) & mask]
    released[record.position & mask] = gain
    record.second_sum += record.first_sum - averages[(record.position - record.second_length) & mask]
    averages[record.position & mask] = record.first_sum
    return record.second_sum / (record.first_length * record.second_length * float(ONE))


@compiled_kernel
def _run(state: Any, in_channels: Any, out_channels: Any, n: int) -> None:
    record = carray(state, 1, LIMITER)[0]
    left, right = floats(as_address(in_channels[0]), n), floats(as_address(in_channels[1]), n)
    out_left, out_right = floats(as_address(out_channels[0]), n), floats(as_address(out_channels[1]), n)
    sound = channels(record.sound, CHANNELS, record.capacity)
    gains = words(record.gains, ROWS * record.capacity).reshape(ROWS, record.capacity)
    release = share(record.target[RELEASE], record.sample_rate)
    gain = 1.0
    at_rest = still(record)
    ceiling = gain_of(record.value[CEILING])
    for i in range(n):
        newest = record.position & (record.capacity - 1)
        sound[0, newest], sound[1, newest] = heard(left[i]), heard(right[i])
        peak = max(abs(sound[0, newest]), abs(sound[1, newest]))
        if not at_rest:
            ceiling = gain_of(glide(record, CEILING))
        allowed = int(ONE * ceiling / peak) if peak > ceiling else ONE
        lowest = smallest(record, gains[MINIMA], gains[TIMES], allowed) / float(ONE)
        # One part more than the exponential, so that it arrives.
        record.released = min(lowest, record.released + (1.0 - record.released) * release + 1.0 / ONE)
        gain = smooth(record, gains[RELEASED], gains[AVERAGES], int(ONE * record.released))
        delayed = (record.position - record.latency) & (record.capacity - 1)
        out_left[i] = sound[0, delayed] * gain
        out_right[i] = sound[1, delayed] * gain
        record.position += 1
    record.reduction = -20.0 * math.log10(gain)


class Limiter(Dynamics):
    """Holds samples under the ceiling; what lies between the samples (true peaks) may be a little above it.

    The look-ahead is its latency. A ceiling that moves is kept as it was when the sample came in.
    """

    name = "Limiter"
    parameters = (
        Parameter("ceiling_db", "Ceiling", -24.0, 0.0, -1.0, "dB"),
        Parameter("release_ms", "Release", 5.0, 1000.0, 100.0, "ms", "log"),
    )
    record_type = LIMITER
    kernel = _run

    def allocate(self, form: Format, record: NDArray[np.void]) -> None:
        """As `Effect` says."""
        self.latency = round(LOOK_AHEAD_S * form.sample_rate)
        capacity = 1 << self.latency.bit_length()
        self._sound = np.zeros((CHANNELS, capacity), np.float32)
        self._gains = np.zeros((ROWS, capacity), np.int64)
        record["latency"] = self.latency
        record["first_length"] = self.latency // 2 + 1
        record["second_length"] = self.latency + 1 - self.latency // 2
        record["capacity"] = capacity
        record["sound"] = self._sound.ctypes.data
        record["gains"] = self._gains.ctypes.data

    def reset(self, position: int = 0) -> None:
        """As `Plugin` says."""
        super().reset(position)
        record = self._record
        for field in ("position", "oldest", "newest"):
            record[field] = 0
        record["released"] = 1.0
        record["reduction"] = 0.0
        record["first_sum"] = ONE * record["first_length"]
        record["second_sum"] = record["first_sum"] * record["second_length"]
        self._sound[:] = 0.0
        self._gains[RELEASED] = ONE
        self._gains[AVERAGES] = record["first_sum"]
