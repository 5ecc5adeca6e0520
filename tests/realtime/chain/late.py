"""A kernel plugin that only delays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import carray  # pyright: ignore[reportPrivateImportUsage]  # carray is public

from realtime.atomics import as_address, channels, compiled_kernel, floats

LATE = np.dtype([("line", "i8"), ("length", "i8"), ("at", "i8"), ("count", "i8"), ("bad_after", "i8")])


@compiled_kernel
def _run(state: Any, in_channels: Any, out_channels: Any, n: int) -> None:
    record = carray(state, 1, LATE)[0]
    line = channels(record.line, 2, record.length)
    at = record.at
    for c in range(2):
        heard, given = floats(as_address(in_channels[c]), n), floats(as_address(out_channels[c]), n)
        at = record.at
        for i in range(n):
            line[c, at] = heard[i]
            at = at + 1 if at + 1 < record.length else 0
            given[i] = line[c, at]
            if record.bad_after >= 0 and record.count + i >= record.bad_after:
                given[i] = np.nan
    record.at = at
    record.count += n


class Late:
    """Delays by `latency`; gives NaN after so many samples, if any."""

    name = "late"

    def __init__(self, latency: int, bad_after: int = -1) -> None:
        self.latency = latency
        self._line = np.zeros((2, latency + 1), np.float32)
        self._state = np.zeros(1, LATE)
        self._state["line"], self._state["length"] = self._line.ctypes.data, latency + 1
        self._state["bad_after"] = bad_after

    @property
    def kernel_address(self) -> int:
        return _run.address

    @property
    def state_address(self) -> int:
        return self._state.ctypes.data

    def reset(self, position: int = 0) -> None:
        del position
        self._line[:] = 0.0
        self._state["at"] = self._state["count"] = 0
