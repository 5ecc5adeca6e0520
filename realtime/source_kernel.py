"""The compiled half of a source: sound out of a ring, faded where it is held, goes on, or jumps to another place.

Everything here runs on the audio callback's thread and is real-time safe. From the block on in which a command is seen,
each sample is the same whatever the block size.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from realtime.atomics import channels, compiled, load_acquire, store_release, words
from realtime.ring import CAPACITY, CHANNELS, HEADER_WORDS, READ, WRITTEN, ring_copy

HEADER, DATA, FADE, TAIL, LOG, LEVEL, CROSSED, EVENTS = range(8)
WANTED, END, JUMP_TO, JUMP_SINCE = range(8, 12)
"""Written by other threads: whether to play, where the sound ends, and the newest jump."""
STATE_WORDS = 16
OPEN_END = 2**62
"""END while more is to come."""
EVENT_WORDS = 3
"""Position in the stream, in the ring, and how far the ring moves on with each sample of the stream: 0 or 1."""
EVENTS_KEPT = 256


@compiled
def risen(at: int, length: int) -> np.float32:
    """A fade with no corner at either end: 0 to 1 while `at` goes from 0 to `length`."""
    p = min(at, length) / length
    return np.float32(p * p * (3.0 - 2.0 * p))


@compiled
def take_jump(state: NDArray[np.int64], header: NDArray[np.int64], data: NDArray[np.float32]) -> None:
    """Go to where the newest jump leads, if it was not taken yet; what would have come is kept to fade out of."""
    to, position = load_acquire(state, JUMP_TO), header[READ]
    fade = state[FADE]
    if state[LEVEL] == 0:
        # Nothing is heard, so nothing is faded out of.
        state[CROSSED] = fade
    if to <= position or state[CROSSED] < fade:
        return
    since = state[JUMP_SINCE]
    target = to if since < 0 else min(to + max(0, position - since), load_acquire(header, WRITTEN))
    if state[LEVEL] > 0:
        tail = channels(state[TAIL], header[CHANNELS], fade)
        there = min(fade, to - position)
        ring_copy(header, data, position, tail, there)
        for c in range(header[CHANNELS]):
            for i in range(there, fade):
                tail[c, i] = 0.0
        state[CROSSED] = 0
    store_release(header, READ, target)


@compiled
def cross(state: NDArray[np.int64], sound: NDArray[np.float32], rows: int, n: int) -> None:
    """The next n samples of the fade out of what was before a jump."""
    done, fade = state[CROSSED], state[FADE]
    count = min(n, fade - done)
    tail = channels(state[TAIL], rows, fade)
    for i in range(count):
        weight = risen(done + i + 1, fade)
        for c in range(rows):
            # So the same sound on both sides stays as it is, to the bit.
            sound[c, i] = tail[c, done + i] + weight * (sound[c, i] - tail[c, done + i])
    state[CROSSED] = done + count


@compiled
def shape(state: NDArray[np.int64], sound: NDArray[np.float32], rows: int, n: int, way: int) -> None:
    """Fade n samples in (way 1) or out (way -1), from where the last fade got to."""
    level, fade = state[LEVEL], state[FADE]
    for i in range(n):
        gain = risen(level + way * (i + 1), fade)
        for c in range(rows):
            sound[c, i] *= gain
    state[LEVEL] = min(level + way * n, fade)


@compiled
def note(state: NDArray[np.int64], stream: int, source: int, pace: int) -> None:
    """From the stream's sample `stream` on the ring moves at this pace from `source`; kept if it was not so before."""
    log, count = words(state[LOG], EVENT_WORDS * EVENTS_KEPT), state[EVENTS]
    if count > 0:
        last = EVENT_WORDS * ((count - 1) % EVENTS_KEPT)
        if log[last + 2] == pace and log[last + 1] + pace * (stream - log[last]) == source:
            return
    at = EVENT_WORDS * (count % EVENTS_KEPT)
    log[at], log[at + 1], log[at + 2] = stream, source, pace
    store_release(state, EVENTS, count + 1)


@compiled
def play(state: NDArray[np.int64], sound: NDArray[np.float32], stream: int, n: int) -> bool:
    """The next n samples into the first rows of `sound`, silence where there are none; `stream` is their position.

    Returns
    -------
    bool
        Whether sound that is still to come was missing.
    """
    header = words(state[HEADER], HEADER_WORDS)
    rows = header[CHANNELS]
    data = channels(state[DATA], rows, header[CAPACITY])
    take_jump(state, header, data)
    begin, fade = header[READ], state[FADE]
    wanted = load_acquire(state, WANTED) != 0
    asked = n if wanted else min(n, state[LEVEL])
    # The end before what is written: who takes the end back has written more before.
    end = load_acquire(state, END)
    ready = max(0, min(asked, load_acquire(header, WRITTEN) - begin))
    ring_copy(header, data, begin, sound, ready)
    for c in range(rows):
        for i in range(ready, n):
            sound[c, i] = 0.0
    if state[CROSSED] < fade:
        # Also where the new place is at the end and gives no sound: what was before still fades out.
        cross(state, sound, rows, asked)
    if not wanted:
        shape(state, sound, rows, asked, -1)
    elif state[LEVEL] < fade:
        shape(state, sound, rows, ready, 1)
    if ready > 0:
        note(state, stream, begin, 1)
    if ready < n:
        note(state, stream + ready, begin + ready, 0)
    store_release(header, READ, begin + ready)
    if ready == asked:
        return False
    if state[CROSSED] >= fade:
        state[LEVEL] = 0
    return begin + ready < end
