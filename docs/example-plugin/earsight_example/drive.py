"""Drive: saturates softly, as a valve does; quiet sound keeps its level."""

import math

from numba import carray

from realtime.atomics import as_address, compiled_kernel, floats
from realtime.effects.effect import Effect, glide, layout
from realtime.plugin import Parameter

DRIVE = 0
RECORD = layout(1)


@compiled_kernel
def run(state, in_channels, out_channels, n):
    record = carray(state, 1, RECORD)[0]
    left, right = floats(as_address(in_channels[0]), n), floats(as_address(in_channels[1]), n)
    out_left, out_right = floats(as_address(out_channels[0]), n), floats(as_address(out_channels[1]), n)
    for i in range(n):
        gain = 10 ** (glide(record, DRIVE) / 20)
        out_left[i] = math.tanh(gain * left[i]) / gain
        out_right[i] = math.tanh(gain * right[i]) / gain


class Drive(Effect):
    name = "Drive"
    parameters = (Parameter("drive_db", "Drive", 0.0, 36.0, 12.0, "dB"),)
    record_type = RECORD
    kernel = run
