"""A ring gives back what was written, at its position, or says that it cannot, with the other thread at work too."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from numba import njit

from realtime.atomics import load_acquire
from realtime.ring import CAPACITY, READ, WRITTEN, Ring, ring_read, ring_write

CYCLE = 1 << 20
"""Test samples count up to here and start again: exact in float32."""


@njit(nogil=True)
def produce(header, data, total, flow_controlled):
    """Writes samples whose value is their position, in blocks of 1 to 97."""
    block = np.empty((header[17], 97), dtype=np.float32)
    n = 1
    while header[WRITTEN] < total:
        position = header[WRITTEN]
        n = min(n % 97 + 1, total - position)
        while flow_controlled and header[CAPACITY] - (position - load_acquire(header, READ)) < n:
            pass
        for i in range(n):
            for c in range(header[17]):
                block[c, i] = np.float32((position + i) % CYCLE) + np.float32(c)
        ring_write(header, data, block, n)


def expected(position: int, n: int) -> np.ndarray:
    return (np.arange(position, position + n) % CYCLE).astype(np.float32)


def same(sound: np.ndarray | None, wanted: np.ndarray) -> bool:
    return sound is not None and np.array_equal(sound, wanted)


def start(ring: Ring, total: int, flow_controlled: bool) -> threading.Thread:
    produce(ring.header, ring.data, 0, flow_controlled)  # compiles
    thread = threading.Thread(target=produce, args=(ring.header, ring.data, total, flow_controlled))
    thread.start()
    return thread


def test_flow_controlled_loses_nothing() -> None:
    ring, total, position = Ring(2, 1009), 2_000_000, 0
    thread = start(ring, total, True)
    while position < total:
        n = min(ring.available(position), 311)
        if n == 0:
            continue
        sound = ring.read(position, n)
        assert sound is not None
        assert np.array_equal(sound[0], expected(position, n))
        assert np.array_equal(sound[1], expected(position, n) + 1)
        position += n
        ring.release(position)
    thread.join()


def test_tap_reader_never_gets_a_torn_block() -> None:
    """The writer laps the reader all the time: every read is either whole or refused."""
    ring, total = Ring(1, 4096), 60_000_000
    thread = start(ring, total, False)
    whole = refused = 0
    while thread.is_alive():
        position = max(0, ring.written - 4000)
        sound = ring.read(position, 2000)
        if sound is None:
            refused += 1
        else:
            whole += 1
            assert np.array_equal(sound[0], expected(position, 2000))
    thread.join()
    assert ring.written == total
    assert whole + refused > 0
    assert same(ring.read(total - 4096, 4096), expected(total - 4096, 4096)[None])


@njit(nogil=True)
def check_all_reads(header, data, total, tally):
    """A compiled reader at full speed: counts whole, refused and wrong reads."""
    out = np.empty((1, 64), dtype=np.float32)
    while True:
        written = load_acquire(header, WRITTEN)
        position = max(0, written - header[CAPACITY])
        if position + 64 <= written:
            if ring_read(header, data, position, out, 64):
                tally[0] += 1
                for i in range(64):
                    if out[0, i] != np.float32((position + i) % CYCLE):
                        tally[2] += 1
            else:
                tally[1] += 1
        if written >= total:
            return


def test_oldest_samples_are_whole_or_refused_for_a_compiled_reader() -> None:
    """Reads always at the very edge that the writer is about to overwrite."""
    ring, total = Ring(1, 256), 50_000_000
    tally = np.zeros(3, dtype=np.int64)
    thread = start(ring, total, False)
    check_all_reads(ring.header, ring.data, total, tally)
    thread.join()
    whole, _, wrong = tally
    assert wrong == 0
    assert whole > 0


def test_not_there_yet_and_lapped_are_told_apart() -> None:
    ring = Ring(1, 8)
    ring.write(np.arange(6, dtype=np.float32)[None])
    assert ring.read(4, 3) is None
    assert ring.available(4) == 2
    ring.write(np.arange(6, 12, dtype=np.float32)[None])
    assert ring.read(3, 1) is None
    assert ring.oldest == 4
    assert same(ring.read(4, 8), np.arange(4, 12, dtype=np.float32)[None])


def test_skip_invalidates_what_was_before() -> None:
    ring = Ring(1, 16)
    ring.write(np.ones((1, 10), dtype=np.float32))
    ring.skip_to(12)
    assert ring.written == ring.oldest == 12
    assert ring.read(9, 1) is None
    ring.write(np.full((1, 3), 2, dtype=np.float32))
    assert ring.read(11, 2) is None
    assert same(ring.read(12, 3), np.full((1, 3), 2, dtype=np.float32))


def test_free_counts_what_was_not_released() -> None:
    ring = Ring(1, 10)
    ring.write(np.zeros((1, 7), dtype=np.float32))
    assert ring.free() == 3
    ring.release(5)
    assert ring.free() == 8


@pytest.mark.parametrize("shape", [(2, 4), (1, 11), (4,)])
def test_a_block_that_does_not_fit_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        Ring(1, 10).write(np.zeros(shape, dtype=np.float32))
