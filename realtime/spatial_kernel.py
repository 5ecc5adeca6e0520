"""The compiled half of the spatialiser: left = x + d, right = x - d, with the newest difference d that there is.

d comes from the newest filter, cross-faded sample by sample whenever a newer one arrives, or, in overlap mode, from the
difference ring as long as that has samples in hand. Everything here runs on the audio callback's thread and is
real-time safe. Each output sample is summed in the same order whatever the block size, so results do not depend on it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from realtime.atomics import as_address, channels, compiled, compiled_kernel, exchange, floats, load_acquire, words
from realtime.ring import CAPACITY, HEADER_WORDS, START, WRITTEN, ring_copy, ring_write

AGE_BINS = 2000
"""Bins of 1 ms; the last holds everything beyond."""
OVERLAP_RAMP = 64
"""Samples over which the difference's two sources are cross-faded."""
QUIET = np.float32(1e-18)
"""Input below this (-360 dB) counts as zero: its product with a tap could be a denormal number, which is slow."""
FRESH = 4
"""Bit of the word LATEST: the slot was published and not yet taken."""
SLOT_BITS = 3
META_WORDS = 2

(
    TAPS,
    DELAY,
    PRE_DELAY,
    FADE,
    MAX_BLOCK,
    SAMPLE_RATE,
    HISTORY,
    HISTORY_LENGTH,
    FOLDED,
    SLOTS,
    META,
    SCRATCH,
    MASK_AGES,
    IMAGE_AGES,
    LATE_BLOCKS,
    DIFFERENCE_HEADER,
    DIFFERENCE_DATA,
    HEARD_HEADER,
    HEARD_DATA,
) = range(19)
POSITION, CURSOR, SLOT, FADE_AT, KNOWN_END, RAMP, ENGAGED = range(24, 31)
LATEST = 32
STATE_WORDS = 40


@compiled
def convolve(
    history: NDArray[np.float32], first: int, taps: NDArray[np.float32], out: NDArray[np.float32], n: int
) -> None:
    """out[j] = sum over k of taps[k] * history[first + j - k], for j < n; the number of taps is a multiple of 4."""
    for j in range(n):
        out[j] = 0.0
    for k in range(0, len(taps), 4):
        a, b, c, d = taps[k], taps[k + 1], taps[k + 2], taps[k + 3]
        sound = history[first - k - 3 : first - k + n]
        for j in range(n):
            out[j] += a * sound[j + 3] + b * sound[j + 2] + c * sound[j + 1] + d * sound[j]


@compiled
def remember(state: NDArray[np.int64], x: NDArray[np.float32], n: int) -> int:
    """Append n samples to the history, flushing what is too quiet; returns the index of the first of them."""
    history = floats(state[HISTORY], state[HISTORY_LENGTH])
    cursor = state[CURSOR]
    if cursor + n > state[HISTORY_LENGTH]:
        keep = state[DELAY] + max(state[TAPS] + 3, state[PRE_DELAY])
        for i in range(keep):
            history[i] = history[cursor - keep + i]
        cursor = keep
    for i in range(n):
        history[cursor + i] = x[i] if abs(x[i]) > QUIET else np.float32(0.0)
    state[CURSOR] = cursor + n
    return cursor


@compiled
def take_newest_filter(state: NDArray[np.int64]) -> None:
    """When a newer filter is there: freeze the mixture heard at this moment, begin to fade from it to the newer."""
    if load_acquire(state, LATEST) < FRESH:
        return
    taps = state[TAPS]
    slots = channels(state[SLOTS], 3, taps)
    folded = floats(state[FOLDED], taps)
    target = slots[state[SLOT]]
    weight = np.float32(state[FADE_AT]) / np.float32(state[FADE])
    for k in range(taps):
        tap = folded[k] * (np.float32(1.0) - weight) + target[k] * weight
        folded[k] = tap if abs(tap) > np.float32(1e-15) else np.float32(0.0)
    state[SLOT] = exchange(state, LATEST, state[SLOT]) & SLOT_BITS
    state[FADE_AT] = 0


@compiled
def filtered_difference(
    state: NDArray[np.int64], first: int, out: NDArray[np.float32], other: NDArray[np.float32], n: int
) -> None:
    """d[j] for the n samples from history index `first`: the newest filter's, cross-faded from what was before."""
    history = floats(state[HISTORY], state[HISTORY_LENGTH])
    taps = state[TAPS]
    convolve(history, first, channels(state[SLOTS], 3, taps)[state[SLOT]], out, n)
    done, fade = state[FADE_AT], state[FADE]
    if done >= fade:
        return
    convolve(history, first, floats(state[FOLDED], taps), other, n)
    for j in range(n):
        weight = np.float32(min(done + j + 1, fade)) / np.float32(fade)
        out[j] = other[j] * (np.float32(1.0) - weight) + out[j] * weight
    state[FADE_AT] = min(done + n, fade)


@compiled
def mix_overlap(
    state: NDArray[np.int64], position: int, d: NDArray[np.float32], supplied: NDArray[np.float32], n: int
) -> None:
    """Move d towards the supplied difference for input `position` on, or back before that runs dry.

    The ramp goes up only while OVERLAP_RAMP samples beyond the block are in hand: always enough to ramp down.
    """
    header = words(state[DIFFERENCE_HEADER], HEADER_WORDS)
    written = load_acquire(header, WRITTEN)
    if load_acquire(header, START) <= position:
        state[KNOWN_END] = written
    in_hand = state[KNOWN_END] - position
    step = 1 if in_hand >= n + OVERLAP_RAMP else -1
    if step > 0:
        state[ENGAGED] = 1
    elif state[ENGAGED]:
        words(state[LATE_BLOCKS], 1)[0] += 1
    ramp = state[RAMP]
    if ramp == 0 and step < 0:
        return
    data = channels(state[DIFFERENCE_DATA], 1, header[CAPACITY])
    usable = max(0, min(n, in_hand))
    ring_copy(header, data, position, supplied.reshape(1, -1), usable)
    for j in range(n):
        ramp = min(max(ramp + step, 0), OVERLAP_RAMP)
        if ramp == OVERLAP_RAMP:
            d[j] = supplied[j]
        elif ramp > 0 and j < usable:
            weight = np.float32(ramp) / np.float32(OVERLAP_RAMP)
            d[j] = d[j] * (np.float32(1.0) - weight) + supplied[j] * weight
    state[RAMP] = ramp


@compiled
def count_ages(state: NDArray[np.int64]) -> None:
    """Once per block: how far the filter in use, and the image behind it, lie before the newest input sample."""
    meta = stamps(state)
    for kind, ages in ((0, MASK_AGES), (1, IMAGE_AGES)):
        stamp = meta[META_WORDS * state[SLOT] + kind]
        if stamp >= 0:
            age_ms = max(0, state[POSITION] - stamp) * 1000 // state[SAMPLE_RATE]
            words(state[ages], AGE_BINS)[min(age_ms, AGE_BINS - 1)] += 1


@compiled
def stamps(state: NDArray[np.int64]) -> NDArray[np.int64]:
    """Per slot the positions of mask and image, int64 (3 * META_WORDS,); negative for none."""
    return words(state[META], 3 * META_WORDS)


@compiled
def spatialise(
    state: NDArray[np.int64],
    ears: tuple[NDArray[np.float32], NDArray[np.float32]],
    left: NDArray[np.float32],
    right: NDArray[np.float32],
    n: int,
) -> None:
    """One block: n samples of two channels in, n of their mean's left and right out, DELAY + PRE_DELAY later."""
    size = state[MAX_BLOCK]
    d = floats(state[SCRATCH], size)
    other = floats(state[SCRATCH] + 4 * size, size)
    for j in range(n):
        d[j] = np.float32(0.5) * (ears[0][j] + ears[1][j])
    newest = remember(state, d, n)
    header = words(state[HEARD_HEADER], HEADER_WORDS)
    ring_write(header, channels(state[HEARD_DATA], 1, header[CAPACITY]), d.reshape(1, -1), n)
    take_newest_filter(state)
    filtered_difference(state, newest - state[DELAY], d, other, n)
    latency = state[DELAY] + state[PRE_DELAY]
    if state[DIFFERENCE_HEADER] != 0:
        mix_overlap(state, state[POSITION] - latency, d, other, n)
    state[POSITION] += n
    sound = floats(state[HISTORY], state[HISTORY_LENGTH])[newest - latency : newest - latency + n]
    for j in range(n):
        left[j] = sound[j] + d[j]
        right[j] = sound[j] - d[j]
    count_ages(state)


@compiled_kernel
def spatialiser_kernel(state: Any, in_channels: Any, out_channels: Any, n: int) -> None:
    """`void run(void *state, const float *const *in, float *const *out, int64_t n)`, see `realtime.plugin`."""
    spatialise(
        words(as_address(state), STATE_WORDS),
        (floats(as_address(in_channels[0]), n), floats(as_address(in_channels[1]), n)),
        floats(as_address(out_channels[0]), n),
        floats(as_address(out_channels[1]), n),
        n,
    )
