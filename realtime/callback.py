"""The compiled half of the engine: what happens in one call of the audio device.

Everything here runs on the device's thread, without the GIL: no lock, no allocation, no Python object, no exception.
"""

from __future__ import annotations

import ctypes
import math
from typing import Any

import numpy as np
from numba import carray, types  # pyright: ignore[reportPrivateImportUsage]  # carray is public
from numpy.typing import NDArray

from realtime.atomics import (
    as_address,
    as_pointer,
    call_kernel,
    channels,
    compiled,
    compiled_callback,
    exchange,
    load_acquire,
    now_ns,
    store_release,
    thread_id,
    words,
)
from realtime.float_mode import flush_denormals, restore_mode
from realtime.monitor_kernel import RECORD as MONITOR_RECORD
from realtime.monitor_kernel import choose, keep
from realtime.ring import CAPACITY, CHANNELS, HEADER_WORDS, ring_write
from realtime.source_kernel import STATE_WORDS as SOURCE_WORDS
from realtime.source_kernel import play

TIME_BINS = 10_000
"""Bins of 1 us of a call's duration; the last holds everything beyond."""
INPUT_OVERFLOW = 2
OUTPUT_UNDERFLOW = 4

(
    CLOCK,
    MAX_BLOCK,
    INPUT_CHANNELS,
    OUTPUT_CHANNELS,
    OUTPUT_HEADER,
    OUTPUT_DATA,
    SOURCE,
    MONITOR,
    SCRATCH,
    POINTERS,
    COUNTS,
    TIMES,
) = range(12)
FUNCTION, FUNCTION_STATE = 15, 16
THREAD_FUNCTION = 18
INPUT_HEADER = 19
INPUT_DATA = 20
THREAD = 25
POSITION = 24
STATE_WORDS = 32

BLOCKS, XRUNS, BAD_SAMPLES, STARVED_BLOCKS, COUNT_WORDS = range(5)
SCRATCH_ROWS = 3
"""Mono, left and right; before the chain, the left and right that a source brings."""
POINTER_WORDS = 4
(
    CALLER_ENGINE,
    CALLER_OUTPUTS,
    CALLER_ADMITTED,
    CALLER_BUSY,
    CALLER_CALLS,
    CALLER_HEIR,
    CALLER_SINCE,
    CALLER_WARM,
    CALLER_FADE,
    CALLER_SCRATCH,
    CALLER_ROOM,
    CALLER_WORDS,
) = range(12)
"""A stream's own record, see `realtime.caller`."""


@compiled
def ring_header(state: NDArray[np.int64], index: int) -> NDArray[np.int64]:
    """Header of the ring whose address is state word `index`."""
    return words(state[index], HEADER_WORDS)


@compiled
def ring_data(state: NDArray[np.int64], index: int, header: NDArray[np.int64]) -> NDArray[np.float32]:
    """Samples of the ring whose data address is state word `index`."""
    return channels(state[index], header[CHANNELS], header[CAPACITY])


@compiled
def mix_input(state: NDArray[np.int64], address: int, mono: NDArray[np.float32], n: int) -> None:
    """Mean of the input's interleaved channels; silence when there is no input."""
    count = state[INPUT_CHANNELS] if address != 0 else 0
    if count == 0:
        for i in range(n):
            mono[i] = 0.0
        return
    sound = channels(address, n, count)
    scale = np.float32(1.0) / np.float32(count)
    for i in range(n):
        total = sound[i, 0]
        for c in range(1, count):
            total += sound[i, c]
        mono[i] = total * scale if count > 1 else total


@compiled
def tap_input(state: NDArray[np.int64], address: int, sound: NDArray[np.float32], n: int) -> None:
    """The input's first two channels as they came, through scratch rows 1 and 2; silence for a channel that is not."""
    count = state[INPUT_CHANNELS] if address != 0 else 0
    for c in range(2):
        if c < count:
            block = channels(address, n, count)
            for i in range(n):
                sound[1 + c, i] = block[i, c]
        else:
            for i in range(n):
                sound[1 + c, i] = 0.0
    header = ring_header(state, INPUT_HEADER)
    ring_write(header, ring_data(state, INPUT_DATA, header), sound[1:3], n)


@compiled
def replace_bad(sound: NDArray[np.float32], n: int) -> int:
    """Replace what is not finite by zero; returns how many samples that were."""
    bad = 0
    for i in range(n):
        if not math.isfinite(sound[i]):
            sound[i] = 0.0
            bad += 1
    return bad


@compiled
def run_kernel(state: NDArray[np.int64], n: int) -> None:
    """Mono through the kernel, if there is one, to left and right."""
    row_bytes = 4 * state[MAX_BLOCK]
    if state[FUNCTION] == 0:
        sound = channels(state[SCRATCH], SCRATCH_ROWS, state[MAX_BLOCK])
        for i in range(n):
            sound[1, i] = sound[0, i]
            sound[2, i] = sound[0, i]
        return
    pointers = words(state[POINTERS], POINTER_WORDS)
    pointers[0] = state[SCRATCH]
    pointers[1] = state[SCRATCH]
    pointers[2] = state[SCRATCH] + row_bytes
    pointers[3] = state[SCRATCH] + 2 * row_bytes
    call_kernel(state[FUNCTION], state[FUNCTION_STATE], state[POINTERS], state[POINTERS] + 16, n)


@compiled
def write_output(
    state: NDArray[np.int64], address: int, left: NDArray[np.float32], right: NDArray[np.float32], n: int
) -> None:
    """Interleave left and right, other channels silent; one channel gets their mean."""
    count = state[OUTPUT_CHANNELS]
    if address == 0 or count == 0:
        return
    out = channels(address, n, count)
    for i in range(n):
        if count == 1:
            out[i, 0] = np.float32(0.5) * (left[i] + right[i])
        else:
            out[i, 0] = left[i]
            out[i, 1] = right[i]
            for c in range(2, count):
                out[i, c] = 0.0


@compiled
def process_part(state: NDArray[np.int64], in_address: int, out_address: int, n: int) -> None:
    """At most MAX_BLOCK samples."""
    size = state[MAX_BLOCK]
    counts = words(state[COUNTS], COUNT_WORDS)
    sound = channels(state[SCRATCH], SCRATCH_ROWS, size)
    mono = sound[0]
    monitor = carray(as_pointer(state[MONITOR]), 1, MONITOR_RECORD)[0]
    if state[SOURCE] == 0:
        mix_input(state, in_address, mono, n)
    elif play(words(state[SOURCE], SOURCE_WORDS), sound, state[POSITION], n):
        counts[STARVED_BLOCKS] += 1
    counts[BAD_SAMPLES] += replace_bad(mono, n)
    keep(monitor, sound, n)
    if state[INPUT_HEADER] != 0:
        tap_input(state, in_address, sound, n)
    run_kernel(state, n)
    counts[BAD_SAMPLES] += replace_bad(sound[1], n) + replace_bad(sound[2], n)
    header = ring_header(state, OUTPUT_HEADER)
    ring_write(header, ring_data(state, OUTPUT_DATA, header), sound, n)
    choose(monitor, sound, n)
    # What was recorded, or what a gain made of it, was not looked at yet.
    counts[BAD_SAMPLES] += replace_bad(sound[1], n) + replace_bad(sound[2], n)
    write_output(state, out_address, sound[1], sound[2], n)
    store_release(state, POSITION, state[POSITION] + n)


@compiled
def process_block(state: NDArray[np.int64], in_address: int, out_address: int, n: int, flags: int) -> None:
    """One call of the device: n interleaved samples per channel in and out, addresses 0 when absent."""
    begin = now_ns(state[CLOCK])
    mode = flush_denormals()
    if state[THREAD] == 0 and state[THREAD_FUNCTION] != 0:
        store_release(state, THREAD, thread_id(state[THREAD_FUNCTION]))
    done = 0
    while done < n:
        part = min(n - done, state[MAX_BLOCK])
        process_part(
            state,
            in_address + 4 * done * state[INPUT_CHANNELS] if in_address != 0 else 0,
            out_address + 4 * done * state[OUTPUT_CHANNELS] if out_address != 0 else 0,
            part,
        )
        done += part
    restore_mode(mode)
    counts = words(state[COUNTS], COUNT_WORDS)
    if flags & (INPUT_OVERFLOW | OUTPUT_UNDERFLOW):
        counts[XRUNS] += 1
    took_us = (now_ns(state[CLOCK]) - begin) // 1000
    words(state[TIMES], TIME_BINS)[max(0, min(took_us, TIME_BINS - 1))] += 1
    store_release(counts, BLOCKS, counts[BLOCKS] + 1)


# PortAudio says unsigned long; signed, of the same size, spares the mixture of both in sums.
@compiled
def let_in_heir(record: NDArray[np.int64], heir: int, in_address: int, out_address: int, n: int, flags: int) -> None:
    """Run the engine that is to take over beside the present one, whose sound lies in the output; fade to it.

    At first it is not heard, so that its network has heard something before it is.
    """
    outputs, since, warm, fade = record[CALLER_OUTPUTS], record[CALLER_SINCE], record[CALLER_WARM], record[CALLER_FADE]
    size = n * outputs
    if out_address == 0 or size > record[CALLER_ROOM]:
        record[CALLER_SINCE] = warm + fade
    else:
        process_block(words(heir, STATE_WORDS), in_address, record[CALLER_SCRATCH], n, flags)
        heard, coming = channels(out_address, n, outputs), channels(record[CALLER_SCRATCH], n, outputs)
        for i in range(n):
            part = min(max((since + i + 1 - warm) / fade, 0.0), 1.0)
            weight = np.float32(part * part * (3.0 - 2.0 * part))
            for c in range(outputs):
                heard[i, c] += weight * (coming[i, c] - heard[i, c])
        record[CALLER_SINCE] = since + n
    if record[CALLER_SINCE] >= warm + fade:
        record[CALLER_ENGINE] = heir
        store_release(record, CALLER_HEIR, 0)


_LONG = types.int64 if ctypes.sizeof(ctypes.c_ulong) == 8 else types.int32


@compiled_callback(types.int32(types.voidptr, types.voidptr, _LONG, types.voidptr, _LONG, types.voidptr))
def stream_callback(in_sound: Any, out_sound: Any, n: int, times: Any, flags: int, caller: Any) -> int:
    """PortAudio's PaStreamCallback; `caller` is the stream's user data, a `Caller`'s. Always goes on (paContinue)."""
    record = words(as_address(caller), CALLER_WORDS)
    # A full barrier: whoever dismisses the caller after this sees it inside, and who did before is seen below.
    exchange(record, CALLER_BUSY, 1)
    in_address, out_address = as_address(in_sound), as_address(out_sound)
    if load_acquire(record, CALLER_ADMITTED) != 0:
        heir = load_acquire(record, CALLER_HEIR)
        process_block(words(record[CALLER_ENGINE], STATE_WORDS), in_address, out_address, n, flags)
        if heir != 0:
            let_in_heir(record, heir, in_address, out_address, n, flags)
    elif out_address != 0:
        channels(out_address, n, record[CALLER_OUTPUTS])[:] = 0.0
    store_release(record, CALLER_CALLS, record[CALLER_CALLS] + 1)
    store_release(record, CALLER_BUSY, 0)
    return 0
