"""Mid/side: from left and right to their middle and their difference, and back.

What stands between an encoder and a decoder acts on the middle (left channel) and on the sides (right channel).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import carray  # pyright: ignore[reportPrivateImportUsage]  # carray is public

from realtime.atomics import as_address, compiled_kernel, floats
from realtime.effects.effect import Effect, glide, layout
from realtime.plugin import Parameter

DIRECTION = 0
MID_SIDE = layout(1)


@compiled_kernel
def _run(state: Any, in_channels: Any, out_channels: Any, n: int) -> None:
    record = carray(state, 1, MID_SIDE)[0]
    left, right = floats(as_address(in_channels[0]), n), floats(as_address(in_channels[1]), n)
    out_left, out_right = floats(as_address(out_channels[0]), n), floats(as_address(out_channels[1]), n)
    for i in range(n):
        # Both ways are sum and difference, halved on the way there: to change the way is to glide that half.
        gain = np.float32(0.5 + 0.5 * glide(record, DIRECTION))
        out_left[i] = gain * (left[i] + right[i])
        out_right[i] = gain * (left[i] - right[i])


class MidSide(Effect):
    """Encode: mid = (left + right) / 2, side = (left - right) / 2. Decode: left = mid + side, right = mid - side."""

    name = "Mid/side"
    parameters = (Parameter("direction", "Direction", 0.0, 1.0, 0.0, scale="choice", choices=("encode", "decode")),)
    record_type = MID_SIDE
    kernel = _run
