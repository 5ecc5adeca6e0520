"""The compiled half of the rack: walks a table of slots and splits, each faded, delayed and levelled on the way.

Everything here runs on the audio callback's thread and is real-time safe. A step of the table is a kind and the address
of a record; records outlive the tables that name them, so a slot goes on where it was when the table is swapped.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import carray  # pyright: ignore[reportPrivateImportUsage]  # carray is public
from numpy.typing import NDArray

from realtime.atomics import (
    as_address,
    as_pointer,
    call_kernel,
    channels,
    compiled,
    compiled_kernel,
    floats,
    load_acquire,
    store_release,
    words,
)

SLOT, SPLIT, BRANCH, SUM, JOIN = range(5)
"""Kinds of step: a plugin; the sound is put aside; a branch begins from there; it ends; the sum replaces the sound."""
TABLE, CALLS, MAX_BLOCK, SCRATCH, POINTERS = range(5)
STATE_WORDS = 8
POINTER_WORDS = 4
SOUND, WET, LATE, ASIDE, SUMMED = 0, 2, 4, 6, 8
"""First of two rows of the scratch memory: what goes on, what a plugin gave, that sound later, a split's in and out."""
SCRATCH_ROWS = 10

PRESENCE, ACTIVE, DRYWET, GAIN = range(4)
"""Whether a slot is there at all, whether it is not bypassed, how wet it is, and the gain of what is wet."""
GLIDES = 4
LOUD = 1e6
"""A sample beyond this (120 dB above full scale) is no sound, nor is what is not a number."""
RECORD = np.dtype(
    [
        ("function", "i8"),
        ("state", "i8"),
        ("latency", "i8"),
        # Written by the main thread, eight bytes at once.
        ("target", "f8", (GLIDES,)),
        ("late_target", "i8"),
        # The callback's own.
        ("start", "f8", (GLIDES,)),
        ("end", "f8", (GLIDES,)),
        ("at", "i8", (GLIDES,)),
        ("fade", "i8", (GLIDES,)),
        ("warm", "i8"),
        ("broken", "i8"),
        # A plugin that is asked again all the same: the spatialiser, which mends itself with its next filter.
        ("forgiven", "i8"),
        ("line", "i8"),
        ("line_length", "i8"),
        ("line_at", "i8"),
        ("late_start", "i8"),
        ("late_end", "i8"),
        ("late_at", "i8"),
        ("late_fade", "i8"),
    ],
    align=True,
)
"""A slot, a branch (its gain, and what delays it to the latest) or the presence of a split."""


@compiled
def fade_length(shift: int, shortest: int) -> int:
    """Samples of a fade between a sound and the same sound `shift` samples later.

    Low tones pass faster or slower meanwhile, by up to 1.5 samples of shift for each of the fade: kept below 0.8 %, but
    for shifts beyond some 5 ms, where a fade ends after a second.
    """
    return max(shortest, min(190 * shift, 33 * shortest))


@compiled
def faded(record: Any, number: int, j: int) -> float:
    """Value of a glide at sample j of the block: from start to end, with no corner at either."""
    at = record.at[number] + j + 1
    if at >= record.fade[number]:
        return record.end[number]
    p = at / record.fade[number]
    return record.start[number] + (record.end[number] - record.start[number]) * p * p * (3.0 - 2.0 * p)


@compiled
def begin_glides(record: Any, n: int) -> bool:
    """Set out for new targets; whether any value will change within the block."""
    moving = False
    for number in range(GLIDES):
        target = record.target[number]
        if number == PRESENCE and record.warm > 0 and target > 0.0:
            # Until the plugin has been fed for as long as it is late, there is only silence to fade to.
            target = record.end[number]
        if target != record.end[number]:
            record.start[number] = faded(record, number, -1)
            record.at[number] = 0
            record.end[number] = target
        moving = moving or record.at[number] < record.fade[number]
    record.warm = max(0, record.warm - n)
    return moving


@compiled
def end_glides(record: Any, n: int) -> None:
    """The block is done."""
    for number in range(GLIDES):
        record.at[number] = min(record.at[number] + n, record.fade[number])


@compiled
def write_line(record: Any, sound: NDArray[np.float32], row: int, n: int) -> None:
    """Put the next n samples of two rows into the delay line."""
    length = record.line_length
    line = channels(record.line, 2, length)
    at = record.line_at
    for i in range(n):
        line[0, at] = sound[row, i]
        line[1, at] = sound[row + 1, i]
        at = at + 1 if at + 1 < length else 0
    record.line_at = at


@compiled
def late_sample(record: Any, line: NDArray[np.float32], channel: int, back: int) -> np.float32:
    """The sample written `back` before the newest."""
    at = record.line_at - 1 - back
    return line[channel, at + record.line_length if at < 0 else at]


@compiled
def read_line(record: Any, sound: NDArray[np.float32], row: int, late: int, n: int) -> None:
    """The n newest samples, `late` later, into two rows."""
    line = channels(record.line, 2, record.line_length)
    for i in range(n):
        sound[row, i] = late_sample(record, line, 0, late + n - 1 - i)
        sound[row + 1, i] = late_sample(record, line, 1, late + n - 1 - i)


@compiled
def call_plugin(record: Any, state: NDArray[np.int64], n: int) -> bool:
    """Give the plugin the sound; whether what it gives is sound. One that gives something else is broken for good."""
    size = state[MAX_BLOCK]
    sound = channels(state[SCRATCH], SCRATCH_ROWS, size)
    pointers = words(state[POINTERS], POINTER_WORDS)
    for c in range(2):
        pointers[c] = state[SCRATCH] + 4 * size * (SOUND + c)
        pointers[2 + c] = state[SCRATCH] + 4 * size * (WET + c)
    call_kernel(record.function, record.state, state[POINTERS], state[POINTERS] + 16, n)
    for i in range(n):
        if not (abs(sound[WET, i]) < LOUD and abs(sound[WET + 1, i]) < LOUD):
            record.broken = 0 if record.forgiven else 1
            return False
    return True


@compiled
def run_slot(record: Any, state: NDArray[np.int64], n: int) -> None:
    """A plugin: out of the sound, what it gives, as late as it is and as loud as set; faded in, out and by."""
    sound = channels(state[SCRATCH], SCRATCH_ROWS, state[MAX_BLOCK])
    moving = begin_glides(record, n)
    if not moving and record.end[PRESENCE] == 0.0 and record.target[PRESENCE] == 0.0:
        return
    if record.latency > 0:
        write_line(record, sound, SOUND, n)
    working = record.function != 0 and record.broken == 0
    if working:
        working = call_plugin(record, state, n)
    late = SOUND
    if record.latency > 0 and (moving or not working or record.end[DRYWET] * record.end[ACTIVE] < 1.0):
        read_line(record, sound, LATE, record.latency, n)
        late = LATE
    if not moving:
        if record.end[PRESENCE] > 0.0:
            mix_still(record, sound, late, working, n)
        return
    for j in range(n):
        presence = faded(record, PRESENCE, j)
        wet = faded(record, DRYWET, j) * faded(record, ACTIVE, j) if working else 0.0
        gain = faded(record, GAIN, j)
        for c in range(2):
            dry = sound[late + c, j]
            there = wet * gain * sound[WET + c, j] + (1.0 - wet) * dry if wet > 0.0 else dry
            sound[SOUND + c, j] = presence * there + (1.0 - presence) * sound[SOUND + c, j]
    end_glides(record, n)


@compiled
def mix_still(record: Any, sound: NDArray[np.float32], late: int, working: bool, n: int) -> None:
    """What `run_slot` does where nothing glides and the slot is there: copies where it can."""
    wet = np.float32(record.end[DRYWET] * record.end[ACTIVE]) if working else np.float32(0.0)
    gain = np.float32(record.end[GAIN]) * wet
    dry = np.float32(1.0) - wet
    for c in range(2):
        here, there, wetted = sound[SOUND + c], sound[late + c], sound[WET + c]
        if wet == 0.0:
            for j in range(n if late != SOUND else 0):
                here[j] = there[j]
        elif wet == 1.0 and gain == 1.0:
            for j in range(n):
                here[j] = wetted[j]
        else:
            for j in range(n):
                here[j] = gain * wetted[j] + dry * there[j]


@compiled
def add_branch(record: Any, sound: NDArray[np.float32], n: int) -> None:
    """A branch's end: add it to the sum, as late as the latest branch."""
    begin_glides(record, n)
    write_line(record, sound, SOUND, n)
    if record.late_target != record.late_end and record.late_at >= record.late_fade:
        record.late_start = record.late_end
        record.late_end = record.late_target
        record.late_fade = fade_length(abs(record.late_end - record.late_start), record.fade[GAIN])
        record.late_at = 0
    line = channels(record.line, 2, record.line_length)
    for j in range(n):
        gain = faded(record, GAIN, j) * faded(record, PRESENCE, j)
        p = min(record.late_at + j + 1, record.late_fade) / record.late_fade
        weight = p * p * (3.0 - 2.0 * p)
        for c in range(2):
            heard = late_sample(record, line, c, record.late_end + n - 1 - j)
            if weight < 1.0:
                before = late_sample(record, line, c, record.late_start + n - 1 - j)
                heard = weight * heard + (1.0 - weight) * before
            sound[SUMMED + c, j] += gain * heard
    record.late_at = min(record.late_at + n, record.late_fade)
    end_glides(record, n)


@compiled
def join(record: Any, sound: NDArray[np.float32], n: int) -> None:
    """A split's end: the sum of its branches instead of the sound, faded in and out with the split itself."""
    moving = begin_glides(record, n)
    for c in range(2):
        for j in range(n):
            presence = faded(record, PRESENCE, j) if moving else record.end[PRESENCE]
            sound[SOUND + c, j] = presence * sound[SUMMED + c, j] + (1.0 - presence) * sound[ASIDE + c, j]
    end_glides(record, n)


@compiled
def walk(state: NDArray[np.int64], n: int) -> None:
    """The whole table, on the sound in the scratch memory."""
    sound = channels(state[SCRATCH], SCRATCH_ROWS, state[MAX_BLOCK])
    table = load_acquire(state, TABLE)
    count = words(table, 1)[0]
    steps = words(table + 8, 2 * count)
    for number in range(count):
        kind = steps[2 * number]
        record = carray(as_pointer(steps[2 * number + 1]), 1, RECORD)[0]
        if kind == SLOT:
            run_slot(record, state, n)
        elif kind == SPLIT:
            for c in range(2):
                for j in range(n):
                    sound[ASIDE + c, j] = sound[SOUND + c, j]
                    sound[SUMMED + c, j] = 0.0
        elif kind == BRANCH:
            for c in range(2):
                for j in range(n):
                    sound[SOUND + c, j] = sound[ASIDE + c, j]
        elif kind == SUM:
            add_branch(record, sound, n)
        elif kind == JOIN:
            join(record, sound, n)
    store_release(state, CALLS, state[CALLS] + 1)


@compiled_kernel
def rack_kernel(state_pointer: Any, in_channels: Any, out_channels: Any, n: int) -> None:
    """`void run(void *state, const float *const *in, float *const *out, int64_t n)`, see `realtime.plugin`."""
    state = words(as_address(state_pointer), STATE_WORDS)
    sound = channels(state[SCRATCH], SCRATCH_ROWS, state[MAX_BLOCK])
    for c in range(2):
        heard = floats(as_address(in_channels[c]), n)
        for j in range(n):
            sound[SOUND + c, j] = heard[j]
    walk(state, n)
    for c in range(2):
        given = floats(as_address(out_channels[c]), n)
        for j in range(n):
            given[j] = sound[SOUND + c, j]
