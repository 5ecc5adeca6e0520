"""Meter: lets the sound through as it is and measures it: sample peak, true peak and RMS of each channel."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import carray  # pyright: ignore[reportPrivateImportUsage]  # carray is public
from numpy.typing import NDArray

from realtime.atomics import as_address, compiled, compiled_kernel, floats
from realtime.effects.effect import Effect, layout
from realtime.effects.level import heard, share
from realtime.plugin import CHANNELS

FALL_DB, FALL_S = 20.0, 1.7
"""How fast a peak's reading falls: IEC 60268-18, digital peak programme meters."""
RMS_MS = 125.0
"""Time constant of the mean square: "fast" of IEC 61672-1."""
SILENCE_DB = -120.0
"""What is quieter reads as this."""
TAPS = 12
# ITU-R BS.1770-4, annex 2: 48 taps of an interpolator to four times the rate, in four phases of which the last two are
# the first two reversed.
_FIRST = (14, 90, -161, 272, -487, 1125, 7964, -838, 390, -218, 122, -68)
_SECOND = (-239, 240, -424, 730, -1364, 3810, 6388, -1641, 832, -477, 271, -155)
PHASES = np.array([_FIRST, _SECOND, _SECOND[::-1], _FIRST[::-1]]) / 8192.0
METER = layout(
    0,
    ("forget", "i8"),
    ("at", "i8"),
    ("recent", "f8", (CHANNELS, 2 * TAPS)),
    ("peak", "f8", (CHANNELS,)),
    ("true_peak", "f8", (CHANNELS,)),
    ("power", "f8", (CHANNELS,)),
    ("held_peak", "f8", (CHANNELS,)),
    ("held_true_peak", "f8", (CHANNELS,)),
)


@compiled
def highest_between(recent: NDArray[np.float64], newest: int) -> float:
    """Largest of the four values that the newest sample completes; `recent[newest + k]` is k samples old."""
    highest = 0.0
    for phase in range(len(PHASES)):
        value = 0.0
        for k in range(TAPS):
            value += PHASES[phase, k] * recent[newest + k]
        highest = max(highest, abs(value))
    return highest


@compiled
def measure(record: Any, channel: int, at: int, sample: float, fall: float, rms_share: float) -> None:
    """Take in a channel's next sample."""
    # Written twice, so that the newest TAPS always lie in one piece.
    record.recent[channel, at] = record.recent[channel, at + TAPS] = sample
    peak = abs(sample)
    true_peak = max(peak, highest_between(record.recent[channel], at))
    record.peak[channel] = max(peak, record.peak[channel] * fall)
    record.true_peak[channel] = max(true_peak, record.true_peak[channel] * fall)
    record.power[channel] += (sample * sample - record.power[channel]) * rms_share
    record.held_peak[channel] = max(peak, record.held_peak[channel])
    record.held_true_peak[channel] = max(true_peak, record.held_true_peak[channel])


@compiled_kernel
def _run(state: Any, in_channels: Any, out_channels: Any, n: int) -> None:
    record = carray(state, 1, METER)[0]
    fall = 10.0 ** (-FALL_DB / 20.0 / (FALL_S * record.sample_rate))
    rms_share = share(RMS_MS, record.sample_rate)
    if record.forget:
        record.forget = 0
        record.held_peak[:] = 0.0
        record.held_true_peak[:] = 0.0
    at = record.at
    for channel in range(CHANNELS):
        sound, out = floats(as_address(in_channels[channel]), n), floats(as_address(out_channels[channel]), n)
        at = record.at
        for i in range(n):
            at = at - 1 if at > 0 else TAPS - 1
            measure(record, channel, at, heard(sound[i]), fall, rms_share)
            out[i] = sound[i]
    record.at = at


@dataclass(frozen=True)
class Levels:
    """What a meter shows, dB relative to full scale, (left, right) each; a full-scale sine has an RMS of -3 dB.

    Attributes
    ----------
    peak_db, true_peak_db
        Largest sample, and largest value between the samples too; they fall by 20 dB in 1.7 s.
    rms_db
        Over the last 125 ms or so.
    held_peak_db, held_true_peak_db
        The largest since `Meter.forget_peaks`.
    """

    peak_db: tuple[float, float]
    true_peak_db: tuple[float, float]
    rms_db: tuple[float, float]
    held_peak_db: tuple[float, float]
    held_true_peak_db: tuple[float, float]


class Meter(Effect):
    """Shows how loud the sound is at its place in the chain."""

    name = "Meter"
    parameters = ()
    record_type = METER
    kernel = _run

    def reset(self, position: int = 0) -> None:
        """As `Plugin` says."""
        super().reset(position)
        for field in ("forget", "at", "recent", "peak", "true_peak", "power", "held_peak", "held_true_peak"):
            self._record[field] = 0

    def levels(self) -> Levels:
        """As they are now; any thread."""
        return Levels(
            self._decibels("peak", 20.0),
            self._decibels("true_peak", 20.0),
            self._decibels("power", 10.0),
            self._decibels("held_peak", 20.0),
            self._decibels("held_true_peak", 20.0),
        )

    def forget_peaks(self) -> None:
        """Begin to hold peaks anew with the next block; any thread."""
        self._record["forget"] = 1

    def _decibels(self, field: str, per_decade: float) -> tuple[float, float]:
        left, right = (float(value) for value in self._record[field][0])
        return _decibels(left, per_decade), _decibels(right, per_decade)


def _decibels(value: float, per_decade: float) -> float:
    return max(SILENCE_DB, per_decade * math.log10(value)) if value > 0.0 else SILENCE_DB
