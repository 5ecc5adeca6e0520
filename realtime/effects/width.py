"""Width: how far the sound spreads to the sides, from mono over as it is to twice."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import carray  # pyright: ignore[reportPrivateImportUsage]  # carray is public

from realtime.atomics import as_address, compiled_kernel, floats
from realtime.effects.effect import Effect, glide, layout
from realtime.plugin import Parameter

SIDES = 0
WIDTH = layout(1)


@compiled_kernel
def _run(state: Any, in_channels: Any, out_channels: Any, n: int) -> None:
    record = carray(state, 1, WIDTH)[0]
    left, right = floats(as_address(in_channels[0]), n), floats(as_address(in_channels[1]), n)
    out_left, out_right = floats(as_address(out_channels[0]), n), floats(as_address(out_channels[1]), n)
    for i in range(n):
        # (left + right) / 2 plus or minus width * (left - right) / 2, ordered so that 1 changes no bit.
        width = glide(record, SIDES)
        own, other = np.float32(0.5 + 0.5 * width), np.float32(0.5 - 0.5 * width)
        out_left[i] = own * left[i] + other * right[i]
        out_right[i] = own * right[i] + other * left[i]


class Width(Effect):
    """The difference of the channels, scaled; their sum stays as it is."""

    name = "Width"
    parameters = (Parameter("width", "Width", 0.0, 2.0, 1.0),)
    record_type = WIDTH
    kernel = _run
