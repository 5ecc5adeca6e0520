"""Delay: echoes, of each channel or thrown from side to side, each duller than the one before.

It gives the echoes alone; the sound itself comes from the slot's mix of dry and wet. To change the time, the echo
cross-fades from one place on the line to another, so that no pitch bends.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import carray  # pyright: ignore[reportPrivateImportUsage]  # carray is public
from numpy.typing import NDArray

from realtime.atomics import as_address, channels, compiled, compiled_kernel, floats
from realtime.effects.effect import Effect, glide, layout
from realtime.effects.level import QUIET, heard
from realtime.plugin import Format, Parameter

LONGEST_MS = 2000.0
FADE_S = 0.05
"""How long a change of the time cross-fades."""
TIME, FEEDBACK, DAMPING, PING_PONG = range(4)
DELAY = layout(
    4,
    ("line", "i8"),
    ("length", "i8"),
    ("at", "i8"),
    ("late", "i8", (2,)),
    ("fade", "i8"),
    ("faded", "i8"),
    ("damping_hz", "f8"),
    ("damping", "f8"),
    ("low", "f8", (2,)),
)


@compiled
def _late(record: Any) -> int:
    """The time that is set, in whole samples."""
    return round(record.target[TIME] * record.sample_rate / 1000.0)


@compiled
def _fade_weight(record: Any) -> np.float32:
    """Part of the newer place in the echo, for this sample; begins a fade when the time was changed."""
    if record.faded >= record.fade:
        record.late[0] = record.late[1]
        late = _late(record)
        if late == record.late[1]:
            return np.float32(1.0)
        record.late[1] = late
        record.faded = 0
    record.faded += 1
    part = record.faded / record.fade
    return np.float32(part * part * (3.0 - 2.0 * part))


@compiled
def _damped(record: Any, channel: int, x: np.float32) -> float:
    low = record.low[channel] + record.damping * (x - record.low[channel])
    record.low[channel] = low if abs(low) > QUIET else 0.0
    return record.low[channel]


@compiled
def _set_damping(record: Any, cutoff_hz: float) -> None:
    if record.damping_hz != cutoff_hz:
        record.damping_hz = cutoff_hz
        record.damping = 1.0 - np.exp(-2.0 * np.pi * cutoff_hz / record.sample_rate)


@compiled_kernel
def _run(state: Any, in_channels: Any, out_channels: Any, n: int) -> None:
    record = carray(state, 1, DELAY)[0]
    left, right = floats(as_address(in_channels[0]), n), floats(as_address(in_channels[1]), n)
    out_left, out_right = floats(as_address(out_channels[0]), n), floats(as_address(out_channels[1]), n)
    line = channels(record.line, 2, record.length)
    around = record.length - 1
    for i in range(n):
        at = record.at
        weight = _fade_weight(record)
        older, newer = (at - record.late[0]) & around, (at - record.late[1]) & around
        echo_left = line[0, older] * (np.float32(1.0) - weight) + line[0, newer] * weight
        echo_right = line[1, older] * (np.float32(1.0) - weight) + line[1, newer] * weight
        _set_damping(record, glide(record, DAMPING))
        feedback, across = glide(record, FEEDBACK), glide(record, PING_PONG)
        back_left, back_right = _damped(record, 0, echo_left), _damped(record, 1, echo_right)
        # Ping-pong: both channels go in on the left, and each side's echo feeds the other's line.
        x, y = heard(left[i]), heard(right[i])
        into_left = x + across * 0.5 * (y - x) + feedback * (back_left + across * (back_right - back_left))
        into_right = y - across * y + feedback * (back_right + across * (back_left - back_right))
        line[0, at], line[1, at] = heard(into_left), heard(into_right)
        record.at = (at + 1) & around
        out_left[i], out_right[i] = echo_left, echo_right


class Delay(Effect):
    """Its delay is the effect and no latency: the host does not hold back what goes beside it."""

    name = "Delay"
    parameters = (
        Parameter("time_ms", "Time", 1.0, LONGEST_MS, 200.0, "ms", "log"),
        Parameter("feedback", "Feedback", 0.0, 0.95, 0.35),
        Parameter("damping_hz", "Damping", 200.0, 20_000.0, 6000.0, "Hz", "log"),
        Parameter("ping_pong", "Ping-pong", 0.0, 1.0, 0.0, scale="switch"),
    )
    record_type = DELAY
    kernel = _run

    def allocate(self, form: Format, record: NDArray[np.void]) -> None:
        # A power of two, so that to go around is one `and`.
        length = 2 ** int(np.ceil(np.log2(LONGEST_MS / 1000.0 * form.sample_rate + 1)))
        self._line = np.zeros((2, length), np.float32)
        record["line"], record["length"] = self._line.ctypes.data, length
        record["fade"] = round(FADE_S * form.sample_rate)

    def reset(self, position: int = 0) -> None:
        super().reset(position)
        record = self._record
        self._line[:] = 0.0
        record["at"] = 0
        record["low"] = 0.0
        record["late"] = round(float(record["target"][0, TIME] * record["sample_rate"][0]) / 1000.0)
        record["faded"] = record["fade"]
