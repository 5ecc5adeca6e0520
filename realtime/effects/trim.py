"""Trim: the level before everything else, and which way up the sound is."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import carray  # pyright: ignore[reportPrivateImportUsage]  # carray is public

from realtime.atomics import as_address, compiled_kernel, floats
from realtime.effects.effect import Effect, glide, layout, still
from realtime.effects.level import gain_of
from realtime.plugin import Parameter

GAIN, INVERT = range(2)
TRIM = layout(2)


@compiled_kernel
def _run(state: Any, in_channels: Any, out_channels: Any, n: int) -> None:
    record = carray(state, 1, TRIM)[0]
    left, right = floats(as_address(in_channels[0]), n), floats(as_address(in_channels[1]), n)
    out_left, out_right = floats(as_address(out_channels[0]), n), floats(as_address(out_channels[1]), n)
    at_rest = still(record)
    gain = np.float32(gain_of(record.value[GAIN]) * (1.0 - 2.0 * record.value[INVERT]))
    for i in range(n):
        if not at_rest:
            # The dB glide, so that a change of level is as smooth to the ear at any level.
            gain = np.float32(gain_of(glide(record, GAIN)) * (1.0 - 2.0 * glide(record, INVERT)))
        out_left[i] = left[i] * gain
        out_right[i] = right[i] * gain


class Trim(Effect):
    """Gain in dB, and the polarity."""

    name = "Trim"
    parameters = (
        Parameter("gain_db", "Gain", -60.0, 24.0, 0.0, "dB"),
        Parameter("invert", "Invert polarity", 0.0, 1.0, 0.0, scale="switch"),
    )
    record_type = TRIM
    kernel = _run
