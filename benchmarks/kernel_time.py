"""The time of a plugin's kernel, block by block, from compiled code: nothing of Python's is in it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from realtime.atomics import call_kernel, clock_address, compiled, now_ns
from realtime.plugin import CHANNELS, Kernel
from realtime.stats import Percentiles

WARM_UP_BLOCKS = 500


@compiled
def _take(times: NDArray[np.int64], clock: int, function: int, state: int, given: int, out: int, count: int) -> None:
    for i in range(len(times)):
        begin = now_ns(clock)
        call_kernel(function, state, given, out, count)
        times[i] = now_ns(clock) - begin


def block_times_ns(
    kernel: Kernel, block_size: int, blocks: int, between: Callable[[], None] | None = None, every: int = 0
) -> NDArray[np.int64]:
    """Nanoseconds of each of so many calls, int64 (blocks,), the clock's own among them; all get the same noise.

    Parameters
    ----------
    between
        Called first, and after every `every` blocks, whose time does not count.
    """
    rng = np.random.default_rng(0)
    sound = (0.1 * rng.standard_normal((CHANNELS, block_size))).astype(np.float32)
    made = np.zeros_like(sound)
    given, out = (np.array([row.ctypes.data for row in array], np.int64) for array in (sound, made))
    times = np.zeros(WARM_UP_BLOCKS + blocks, np.int64)
    step = every or len(times)
    for start in range(0, len(times), step):
        if between is not None:
            between()
        _take(
            times[start : start + step],
            clock_address(),
            kernel.kernel_address,
            kernel.state_address,
            given.ctypes.data,
            out.ctypes.data,
            block_size,
        )
    return times[WARM_UP_BLOCKS:]


def percentiles_us(times_ns: NDArray[np.int64]) -> Percentiles:
    """In microseconds."""
    p50, p95, p99 = np.percentile(times_ns, (50, 95, 99)) / 1000
    return Percentiles(float(p50), float(p95), float(p99), float(times_ns.max()) / 1000)
