"""A lock-free ring of sound between one writing and one reading thread, addressed by absolute positions.

Two ways to use it, which the writer chooses:

flow-controlled
    The writer asks `free()` before it writes, the reader calls `release(position)` when done with what lies before.
    Nothing is lost; the writer may have to come back later.
tap
    The writer never asks: it overwrites the oldest samples. A reader that was lapped while it copied is told so (its
    read fails) and goes on at a newer position. This is what the audio callback uses.

The writer announces what it is about to overwrite (`claimed`) before it does and publishes (`written`) after, so
that a reader that checks `claimed` after copying knows whether its copy is whole. The numbers that the two threads
write lie on separate cache lines.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from realtime.atomics import aligned_words, compiled, fence_acquire, fence_release, load_acquire, store_release

WRITTEN = 0
CLAIMED = 1
START = 2
READ = 8
CAPACITY = 16
CHANNELS = 17
HEADER_WORDS = 24


@compiled
def ring_write(header: NDArray[np.int64], data: NDArray[np.float32], block: NDArray[np.float32], n: int) -> None:
    """Append `block[:, :n]`, overwriting the oldest. Writer's thread; real-time safe; n at most the capacity."""
    capacity = header[CAPACITY]
    position = header[WRITTEN]
    store_release(header, CLAIMED, position + n)
    fence_release()
    first = position % capacity
    until_end = min(n, capacity - first)
    for c in range(header[CHANNELS]):
        for i in range(until_end):
            data[c, first + i] = block[c, i]
        for i in range(n - until_end):
            data[c, i] = block[c, until_end + i]
    store_release(header, WRITTEN, position + n)


@compiled
def ring_read(
    header: NDArray[np.int64], data: NDArray[np.float32], position: int, out: NDArray[np.float32], n: int
) -> bool:
    """Copy n samples from `position` into `out[:, :n]`. Reader's thread; real-time safe.

    False, with `out` undefined, when they are not all written yet, lie before the start, or were overwritten.
    """
    if position + n > load_acquire(header, WRITTEN) or position < load_acquire(header, START):
        return False
    ring_copy(header, data, position, out, n)
    fence_acquire()
    return position >= load_acquire(header, CLAIMED) - header[CAPACITY] and position >= load_acquire(header, START)


@compiled
def ring_copy(
    header: NDArray[np.int64], data: NDArray[np.float32], position: int, out: NDArray[np.float32], n: int
) -> None:
    """Copy n samples from `position` without any check, for a caller that knows they are there. Real-time safe."""
    capacity = header[CAPACITY]
    first = position % capacity
    until_end = min(n, capacity - first)
    for c in range(header[CHANNELS]):
        for i in range(until_end):
            out[c, i] = data[c, first + i]
        for i in range(n - until_end):
            out[c, until_end + i] = data[c, i]


@compiled
def _load(header: NDArray[np.int64], index: int) -> int:
    return load_acquire(header, index)


@compiled
def _store(header: NDArray[np.int64], index: int, value: int) -> None:
    store_release(header, index, value)


@compiled
def _restart(header: NDArray[np.int64], position: int) -> None:
    store_release(header, START, position)
    store_release(header, CLAIMED, position)
    store_release(header, WRITTEN, position)


class Ring:
    """float32 (channels, capacity) samples between one writing and one reading thread; see the module's text.

    Parameters
    ----------
    channels, capacity
        Shape of the store, capacity in samples; both at least 1.

    Attributes
    ----------
    header, data
        int64 (HEADER_WORDS,) and float32 (channels, capacity), for compiled code (`ring_write`, `ring_read`).
    """

    def __init__(self, channels: int, capacity: int) -> None:
        if channels < 1 or capacity < 1:
            raise ValueError(f"a ring of {channels} channels and {capacity} samples is empty; both must be at least 1")
        self.header = aligned_words(HEADER_WORDS)
        self.data = np.empty((channels, capacity), dtype=np.float32)
        self.data[:] = 0.0  # written, not merely zero: the callback must not be who asks the system for the pages
        self.header[CAPACITY] = capacity
        self.header[CHANNELS] = channels

    @property
    def channels(self) -> int:
        return self.data.shape[0]

    @property
    def capacity(self) -> int:
        """Samples per channel."""
        return self.data.shape[1]

    @property
    def written(self) -> int:
        """Position after the newest sample. Any thread."""
        return _load(self.header, WRITTEN)

    @property
    def released(self) -> int:
        """Position before which the reader of a flow-controlled ring is done. Any thread."""
        return _load(self.header, READ)

    @property
    def oldest(self) -> int:
        """Position of the oldest sample that can still be read: a read before it was lapped. Any thread."""
        return max(_load(self.header, START), _load(self.header, CLAIMED) - self.capacity)

    def free(self) -> int:
        """Samples that fit before the reader has released more. Writer's thread, flow-controlled use."""
        return self.capacity - (self.written - self.released)

    def write(self, block: NDArray[np.float32]) -> None:
        """Append a block (channels, n), n at most the capacity, overwriting the oldest. Writer's thread.

        Raises
        ------
        ValueError
            When the block has another number of channels or is longer than the ring.
        """
        if block.ndim != 2 or block.shape[0] != self.channels or block.shape[1] > self.capacity:
            raise ValueError(f"a block of shape {block.shape} does not fit a ring of shape {self.data.shape}")
        ring_write(self.header, self.data, np.ascontiguousarray(block, dtype=np.float32), block.shape[1])

    def skip_to(self, position: int) -> None:
        """Go on writing at `position` and make everything before it invalid. Writer's thread."""
        _restart(self.header, position)

    def available(self, position: int) -> int:
        """Samples written from `position` on (negative when `position` lies ahead). Reader's thread."""
        return self.written - position

    def read(self, position: int, n: int) -> NDArray[np.float32] | None:
        """Copy of n samples from `position`, shape (channels, n). Reader's thread.

        None when they are not all written yet (`available(position) < n`) or no longer there (`position < oldest`).
        """
        out = np.empty((self.channels, n), dtype=np.float32)
        return out if self.read_into(position, out) else None

    def read_into(self, position: int, out: NDArray[np.float32]) -> bool:
        """Like `read`, into float32 (channels, n), which is undefined after False. Reader's thread."""
        n = out.shape[1]
        return n <= self.capacity and bool(ring_read(self.header, self.data, position, out, n))

    def release(self, position: int) -> None:
        """Tell the writer of a flow-controlled ring that everything before `position` is done with. Reader's thread."""
        _store(self.header, READ, position)
