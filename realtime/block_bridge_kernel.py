"""The compiled half of the bridge: passes the sound on to the worker and plays what the worker has finished, or dry.

The kernel runs on the audio callback's thread and is real-time safe. What is played for a sample follows from the
sample's position alone: finished sound that comes after its time is never read.

What the worker calls keeps the interpreter's lock: it takes microseconds, and to get the lock back beside a busy thread
takes as long as `sys.getswitchinterval` says.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import carray, njit  # pyright: ignore[reportPrivateImportUsage]  # carray is public
from numpy.typing import NDArray

from realtime.atomics import as_address, channels, compiled, compiled_kernel, floats, load_acquire, words
from realtime.ring import CAPACITY, HEADER_WORDS, START, WRITTEN, ring_copy, ring_read, ring_write

RAMP = 256
"""Samples over which dry and finished sound are cross-faded: 5 ms at 48 kHz."""

BRIDGE = np.dtype(
    [
        (name, "i8")
        for name in (
            *("latency", "worker_latency", "block_size", "scratch"),
            *("input_header", "input_data", "done_header", "done_data", "failed", "late_blocks"),
            *("position", "known_end", "ramp"),
        )
    ]
)
"""The bridge's state. `scratch` holds float32 (4, block_size), `failed` and `late_blocks` are addresses of one word."""


@compiled
def take_in(record: Any, in_channels: Any, sound: NDArray[np.float32], n: int) -> None:
    """Append the block to the input's ring; what is not finite becomes zero, or the plugin would be blamed for it."""
    for c in range(2):
        given = floats(as_address(in_channels[c]), n)
        for i in range(n):
            sound[c, i] = given[i] if math.isfinite(given[i]) else np.float32(0.0)
    header = words(record.input_header, HEADER_WORDS)
    ring_write(header, channels(record.input_data, 2, header[CAPACITY]), sound, n)


@compiled
def samples_in_hand(record: Any, at: int) -> int:
    """Finished samples from position `at` on, also those from before the worker began anew elsewhere."""
    header = words(record.done_header, HEADER_WORDS)
    written = load_acquire(header, WRITTEN)
    if load_acquire(header, START) <= at:
        record.known_end = written
    return record.known_end - at


@compiled_kernel
def bridge_kernel(state: Any, in_channels: Any, out_channels: Any, n: int) -> None:
    """`void run(void *state, const float *const *in, float *const *out, int64_t n)`, see `realtime.plugin`.

    The ramp goes up only while RAMP samples beyond the block are in hand: always enough to ramp down.
    """
    record = carray(state, 1, BRIDGE)[0]
    scratch = channels(record.scratch, 4, record.block_size)
    dry, wet = scratch[:2], scratch[2:]
    take_in(record, in_channels, dry, n)
    header = words(record.input_header, HEADER_WORDS)
    ring_copy(header, channels(record.input_data, 2, header[CAPACITY]), record.position - record.latency, dry, n)

    at = record.position - record.worker_latency
    in_hand = samples_in_hand(record, at)
    failed = load_acquire(words(record.failed, 1), 0) != 0
    step = 1 if in_hand >= n + RAMP and not failed else -1
    if step < 0 and not failed:
        words(record.late_blocks, 1)[0] += 1
    usable = max(0, min(n, in_hand))
    header = words(record.done_header, HEADER_WORDS)
    ring_copy(header, channels(record.done_data, 2, header[CAPACITY]), at, wet, usable)

    ramp = record.ramp
    for c in range(2):
        ramp = record.ramp
        out = floats(as_address(out_channels[c]), n)
        for i in range(n):
            ramp = min(max(ramp + step, 0), RAMP)
            if ramp == RAMP:
                out[i] = wet[c, i]
            elif ramp > 0 and i < usable:
                weight = np.float32(ramp) / np.float32(RAMP)
                out[i] = dry[c, i] * (np.float32(1.0) - weight) + wet[c, i] * weight
            else:
                out[i] = dry[c, i]
    record.ramp = ramp
    record.position += n


@njit(cache=True)
def written(header: NDArray[np.int64]) -> int:
    """Position after the newest sample of a ring. Worker thread."""
    return load_acquire(header, WRITTEN)


@njit(cache=True)
def take(header: NDArray[np.int64], data: NDArray[np.float32], position: int, block: NDArray[np.float32]) -> bool:
    """Copy what follows `position` into a block (2, n); False when it is not there any more. Worker thread."""
    return ring_read(header, data, position, block, block.shape[1])


@njit(cache=True)
def give(header: NDArray[np.int64], data: NDArray[np.float32], block: NDArray[np.float32], first: int) -> bool:
    """Append a block (2, n) from its sample `first` on, if all of it is finite; else False. Worker thread."""
    for c in range(block.shape[0]):
        for i in range(block.shape[1]):
            if not math.isfinite(block[c, i]):
                return False
    ring_write(header, data, block[:, first:], block.shape[1] - first)
    return True
