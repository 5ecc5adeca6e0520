"""Noise gate: what stays below a threshold is turned down, so that a room's noise is not heard between words."""

from __future__ import annotations

import math
from typing import Any

from numba import carray  # pyright: ignore[reportPrivateImportUsage]  # carray is public

from realtime.atomics import as_address, compiled_kernel, floats
from realtime.effects.dynamics import Dynamics
from realtime.effects.effect import glide, layout, still
from realtime.effects.level import gain_of, heard
from realtime.plugin import Parameter

THRESHOLD, HYSTERESIS, ATTACK, HOLD, RELEASE, RANGE = range(6)
GATE = layout(6, ("is_open", "i8"), ("quiet", "i8"), ("opening", "f8"), ("reduction", "f8"))


@compiled_kernel
def _run(state: Any, in_channels: Any, out_channels: Any, n: int) -> None:
    record = carray(state, 1, GATE)[0]
    left, right = floats(as_address(in_channels[0]), n), floats(as_address(in_channels[1]), n)
    out_left, out_right = floats(as_address(out_channels[0]), n), floats(as_address(out_channels[1]), n)
    per_ms = record.sample_rate / 1000.0
    opens = gain_of(record.target[THRESHOLD])
    closes = gain_of(record.target[THRESHOLD] - record.target[HYSTERESIS])
    rise = 1.0 / max(1.0, record.target[ATTACK] * per_ms)
    fall = 1.0 / max(1.0, record.target[RELEASE] * per_ms)
    hold = record.target[HOLD] * per_ms
    gain = 1.0
    at_rest = still(record)
    closed = gain_of(record.value[RANGE])
    for i in range(n):
        one, two = heard(left[i]), heard(right[i])
        peak = max(abs(one), abs(two))
        if peak >= opens:
            record.is_open = 1
        record.quiet = 0 if peak >= closes else record.quiet + 1
        if record.quiet > hold:
            record.is_open = 0
        way = record.opening + rise if record.is_open else record.opening - fall
        record.opening = min(max(way, 0.0), 1.0)
        # A cubic with level ends, so that neither the gain nor its slope jumps where a fade begins or ends.
        open_share = record.opening * record.opening * (3.0 - 2.0 * record.opening)
        if not at_rest:
            closed = gain_of(glide(record, RANGE))
        gain = open_share + (1.0 - open_share) * closed
        out_left[i] = one * gain
        out_right[i] = two * gain
    record.reduction = -20.0 * math.log10(gain)


class Gate(Dynamics):
    """Opens for both channels when either reaches the threshold, closes when neither has for the time of `hold_ms`.

    `attack_ms` and `release_ms` are the whole way from closed to open and back. Only the range is heard by itself, so
    only it glides; the other parameters move nothing but when and how fast the gain moves.
    """

    name = "Noise gate"
    parameters = (
        Parameter("threshold_db", "Threshold", -90.0, 0.0, -50.0, "dB"),
        Parameter("hysteresis_db", "Closes lower by", 0.0, 24.0, 6.0, "dB"),
        Parameter("attack_ms", "Attack", 0.5, 100.0, 1.0, "ms", "log"),
        # Less than half a period of 50 Hz would close between two peaks of one sound.
        Parameter("hold_ms", "Hold", 10.0, 2000.0, 50.0, "ms", "log"),
        Parameter("release_ms", "Release", 5.0, 2000.0, 100.0, "ms", "log"),
        Parameter("range_db", "Range", -90.0, 0.0, -60.0, "dB"),
    )
    record_type = GATE
    kernel = _run

    def reset(self, position: int = 0) -> None:
        """As `Plugin` says; closed."""
        super().reset(position)
        for field in ("is_open", "quiet", "opening"):
            self._record[field] = 0
        self._record["reduction"] = -self.get("range_db")
