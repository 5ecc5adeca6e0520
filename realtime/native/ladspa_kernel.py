"""The compiled half of a LADSPA plugin: copies the sound to where its ports are connected, calls `run`, copies it out.

Ports stay connected to memory of ours, because only of `run` does LADSPA say that it may be called in real time. What
the plugin does in there is its own affair; denormals are flushed around the call.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import carray  # pyright: ignore[reportPrivateImportUsage]  # carray is public

from realtime.atomics import as_address, channels, compiled_kernel, floats
from realtime.float_mode import flush_denormals, restore_mode
from realtime.native.calls import call_run
from realtime.plugin import CHANNELS

LADSPA = np.dtype(
    [
        ("run", "i8"),
        ("instances", "i8"),
        ("handles", "i8", (CHANNELS,)),
        ("downmix", "i8"),
        ("side_chain", "i8"),
        ("block", "i8"),
        ("sound", "i8"),
    ],
    align=True,
)
LEFT, RIGHT, LEFT_KEY, RIGHT_KEY, LEFT_OUT, RIGHT_OUT, ROWS = range(7)
"""Rows of the sound: what goes in, what the side chains hear, what comes out."""


@compiled_kernel
def ladspa_kernel(state: Any, in_channels: Any, out_channels: Any, n: int) -> None:
    """`void run(void *state, const float *const *in, float *const *out, int64_t n)`, see `realtime.plugin`."""
    record = carray(state, 1, LADSPA)[0]
    left, right = floats(as_address(in_channels[0]), n), floats(as_address(in_channels[1]), n)
    out_left, out_right = floats(as_address(out_channels[0]), n), floats(as_address(out_channels[1]), n)
    sound = channels(record.sound, ROWS, record.block)
    for i in range(n):
        sound[LEFT, i] = left[i]
        sound[RIGHT, i] = right[i]
    if record.downmix:
        for i in range(n):
            sound[LEFT, i] = np.float32(0.5) * (left[i] + right[i])
    if record.side_chain:
        for i in range(n):
            mean = np.float32(0.5) * (left[i] + right[i])
            sound[LEFT_KEY, i] = left[i] if record.instances == 2 else mean
            sound[RIGHT_KEY, i] = right[i]
    mode = flush_denormals()
    for k in range(record.instances):
        call_run(record.run, record.handles[k], n)
    restore_mode(mode)
    for i in range(n):
        out_left[i] = sound[LEFT_OUT, i]
        out_right[i] = sound[RIGHT_OUT, i]
