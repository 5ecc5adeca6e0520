"""The compiled half of the clock bridge: takes in what one device gives, hands out what another one's clock asks for.

How much sound lies between the two is estimated from when the newest block came in, so that it moves by parts of a
sample and not by blocks. Its distance from what is wanted goes through a loop of third order (a low-pass of second, an
integrator) that sets the speed at which the reading goes on, as in F. Adriaensen, "Controlling adaptive resampling",
Linux Audio Conference 2012. The sound between two samples comes from a windowed sinc, tabulated in phases.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from realtime.atomics import channels, compiled, fence_acquire, floats, load_acquire, store_release, words
from realtime.ring import CAPACITY, HEADER_WORDS, WRITTEN, ring_write

TAPS = 48
PHASES = 256
EARLY, LATE = 3.0, 0.05
"""Bandwidth of the loop in Hz: at first, and in the end. Below the rate of any block, above that of any drift."""
SETTLING_S = 4.0
"""Time constant with which it goes from one to the other."""
FASTEST = 0.005
"""Most by which the reading may be faster or slower than the writing: no two devices differ by 0.5 %."""
ORDER = 2.0
LOW_PASS = 20.0

WRITER_TIME, WRITER_WORDS = 0, 8
"""When the newest block came, nanoseconds; with the ring's WRITTEN it says how much must have come by now."""

BRIDGE = np.dtype(
    [
        *((name, "i8") for name in ("header", "data", "writer", "table", "given", "running", "read", "underruns")),
        *((name, "f8") for name in ("fraction", "rate", "wanted", "delay", "smooth", "smoother", "drift", "settled_s")),
    ],
    align=True,
)
"""The reader's state.

`header`, `data` (the ring's), `writer` and `table` are addresses, `given` the samples of the writer's blocks, `rate`
its rate in Hz, `wanted` the samples that shall lie between the two, `delay` those that do. It reads at `read` +
`fraction`.
"""


@compiled
def take_in(
    header: NDArray[np.int64],
    data: NDArray[np.float32],
    writer: NDArray[np.int64],
    block: NDArray[np.float32],
    n: int,
    now_ns: int,
) -> None:
    """A block (channels, n) that the writing device has given. Its thread."""
    # A reader between the two lines takes the new time with the old position: late by a block for one call.
    ring_write(header, data, block, n)
    store_release(writer, WRITER_TIME, now_ns)


@compiled
def arrived(record: Any, now_ns: int) -> float:
    """Position that the writing device has come to by now, between two blocks as well."""
    header, writer = words(record.header, HEADER_WORDS), words(record.writer, WRITER_WORDS)
    time_ns = load_acquire(writer, WRITER_TIME)
    fence_acquire()
    written = load_acquire(header, WRITTEN)
    return written + min((now_ns - time_ns) * 1e-9 * record.rate, 2.0 * record.given)


@compiled
def begin(record: Any, now_ns: int, n: int) -> bool:
    """Start to read, or again after a gap; False while there is not enough to begin with a block of n."""
    here = arrived(record, now_ns)
    read = math.floor(here - record.wanted)
    if read < TAPS or read + n + TAPS > load_acquire(words(record.header, HEADER_WORDS), WRITTEN):
        return False
    record.read = read
    record.fraction = here - record.wanted - read
    record.smooth, record.smoother, record.settled_s = 0.0, 0.0, 0.0
    record.running = 1
    return True


@compiled
def speed(record: Any, now_ns: int, n: int) -> float:
    """Samples to go on by for each that is handed out: the loop's next step, for a block of n."""
    record.delay = arrived(record, now_ns) - (record.read + record.fraction)
    period_s = n / record.rate
    bandwidth = LATE + (EARLY - LATE) * math.exp(-record.settled_s / SETTLING_S)
    record.settled_s += period_s
    angle = 2.0 * math.pi * bandwidth * period_s
    keep = 1.0 - math.exp(-LOW_PASS * angle)
    record.smooth += keep * (angle * 1.5 * (record.delay - record.wanted) / n - record.smooth)
    record.smoother += keep * (record.smooth - record.smoother)
    record.drift += angle / 1.5 * record.smoother
    record.drift = min(max(record.drift, -FASTEST), FASTEST)
    return 1.0 + min(max(record.smoother + record.drift, -FASTEST), FASTEST)


@compiled
def sample_at(table: NDArray[np.float32], line: NDArray[np.float32], start: int, fraction: float) -> float:
    """The sound between two samples; `start` is TAPS / 2 - 1 before the first of them."""
    place = fraction * PHASES
    phase = int(place)
    weight = np.float32(place - phase)
    mask = len(line) - 1
    total = np.float32(0.0)
    for tap in range(TAPS):
        early, late = table[phase, tap], table[phase + 1, tap]
        total += line[(start + tap) & mask] * (early + weight * (late - early))
    return np.float64(total)


@compiled
def hand_out(record: Any, out: NDArray[np.float32], n: int, now_ns: int) -> None:
    """The next n samples at the reading device's rate, out (channels, n). Its thread.

    Silence until enough has come in; when it runs dry that counts, and it begins anew.
    """
    header = words(record.header, HEADER_WORDS)
    capacity = header[CAPACITY]
    lines = channels(record.data, len(out), capacity)
    table = floats(record.table, (PHASES + 1) * TAPS).reshape(PHASES + 1, TAPS)
    going = record.running == 1 or begin(record, now_ns, n)
    step = speed(record, now_ns, n) if going else 1.0
    if going:
        there = load_acquire(header, WRITTEN) - record.read
        if there < int(record.fraction + n * step) + TAPS // 2 + 1 or there > capacity // 2:
            record.underruns += 1
            record.running = 0
            going = False
    if not going:
        out[:, :n] = 0.0
        return
    read, fraction = record.read, record.fraction
    for i in range(n):
        for c in range(len(out)):
            out[c, i] = sample_at(table, lines[c], read - TAPS // 2 + 1, fraction)
        fraction += step
        whole = int(fraction)
        read += whole
        fraction -= whole
    record.read, record.fraction = read, fraction
