"""The compiled half of the monitor: what goes to the device, crossfaded, level-matched, and late alike.

Everything here runs on the audio callback's thread and is real-time safe. Loudness is the mean square after the
weighting of ITU-R BS.1770-4, added over the two ears, over the last seconds, without a gate.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from realtime.atomics import channels, compiled
from realtime.chain.rack_kernel import fade_length

BINAURAL, MONO, RECORDED = range(3)
EARS = 2
LEFT, RIGHT, SINGLE, RECORDED_LEFT, RECORDED_RIGHT, WEIGHED = range(6)
"""Sounds that are weighed; the single one is mono."""
STEP = 60
"""Samples between two looks at the loudness, a multiple of `skip`; gains go from one to the next in a straight line."""
QUIET = 1e-7
"""A mean square below this (-70 dB, the absolute gate of BS.1770) says nothing of a gain."""
TINY = 1e-30
"""What a filter keeps below this (-600 dB) counts as zero: it would become a denormal number, which is slow."""
MOST_GAIN = 10.0 ** (12.0 / 20.0)
SECTIONS = 10
"""Coefficients of the weighting: b0, b1, b2, a1, a2 of its two sections."""
RECORD = np.dtype(
    [
        # 1: mono, 3: and the recorded left and right.
        ("channels", "i8"),
        ("line", "i8"),
        # A power of two.
        ("line_length", "i8"),
        ("written", "i8"),
        ("delayed", "i8"),
        ("delayed_before", "i8"),
        ("max_block", "i8"),
        # Written by the main thread, eight bytes at once.
        ("wanted", "i8"),
        ("late_wanted", "i8"),
        # The callback's own.
        ("before", "i8"),
        ("now", "i8"),
        ("fade_at", "i8"),
        ("fade", "i8"),
        ("late_before", "i8"),
        ("late", "i8"),
        ("late_at", "i8"),
        ("late_fade", "i8"),
        ("step_at", "i8"),
        # One sample of so many is weighed: its square says as much of the loudness as those of all.
        ("skip", "i8"),
        ("weighting", "f8", (SECTIONS,)),
        ("kept", "f8", (WEIGHED, 4)),
        ("energy", "f8", (WEIGHED,)),
        ("power", "f8", (3,)),
        # Of the way to a new value that a step goes: the loudness, the gain.
        ("power_share", "f8"),
        ("gain_share", "f8"),
        ("gain_goal", "f8", (3,)),
        ("gain_start", "f8", (3,)),
        ("gain_end", "f8", (3,)),
        ("gain_slope", "f8", (3,)),
    ],
    align=True,
)


@compiled
def keep(record: Any, sound: NDArray[np.float32], n: int) -> None:
    """Put the block's first rows, before the chain, into the delay line."""
    length = record.line_length
    line = channels(record.line, record.channels, length)
    at = record.written & (length - 1)
    until_end = min(n, length - at)
    for c in range(record.channels):
        for i in range(until_end):
            line[c, at + i] = sound[c, i]
        for i in range(n - until_end):
            line[c, i] = sound[c, until_end + i]
    record.written += n


@compiled
def fetch(record: Any, late: int, delayed: NDArray[np.float32], n: int) -> None:
    """The rows that were kept with the last n samples, so many samples earlier."""
    length = record.line_length
    line = channels(record.line, record.channels, length)
    at = (record.written - n - late) & (length - 1)
    until_end = min(n, length - at)
    for c in range(record.channels):
        for i in range(until_end):
            delayed[c, i] = line[c, at + i]
        for i in range(n - until_end):
            delayed[c, until_end + i] = line[c, i]


@compiled
def recall(record: Any, delayed: NDArray[np.float32], n: int) -> None:
    """What was kept, as late as the chain is; faded where that has changed."""
    if record.late_at >= record.late_fade and record.late_wanted != record.late:
        record.late_before, record.late = record.late, record.late_wanted
        record.late_fade = fade_length(abs(record.late - record.late_before), record.fade)
        record.late_at = 0
    fetch(record, record.late, delayed, n)
    if record.late_at >= record.late_fade:
        return
    before = channels(record.delayed_before, record.channels, record.max_block)
    fetch(record, record.late_before, before, n)
    for i in range(n):
        p = min(record.late_at + i + 1, record.late_fade) / record.late_fade
        weight = np.float32(p * p * (3.0 - 2.0 * p))
        for c in range(record.channels):
            delayed[c, i] = weight * delayed[c, i] + (np.float32(1.0) - weight) * before[c, i]
    record.late_at = min(record.late_at + n, record.late_fade)


@compiled
def settled(value: float) -> float:
    """What a filter keeps, made zero where it has died away or is no number."""
    return value if TINY < abs(value) < math.inf else 0.0


@compiled
def weigh(record: Any, number: int, sound: NDArray[np.float32], first: int, n: int) -> None:
    """Add the weighted energy of n samples to that of sound `number`."""
    w = record.weighting
    kept = record.kept[number]
    s1, s2, s3, s4 = kept[0], kept[1], kept[2], kept[3]
    energy = record.energy[number]
    for i in range(first + (-record.step_at) % record.skip, first + n, record.skip):
        x = np.float64(sound[i])
        # Two sections, transposed direct form II.
        y = w[0] * x + s1
        s1 = w[1] * x - w[3] * y + s2
        s2 = w[2] * x - w[4] * y
        z = w[5] * y + s3
        s3 = w[6] * y - w[8] * z + s4
        s4 = w[7] * y - w[9] * z
        energy += z * z
    kept[0], kept[1], kept[2], kept[3] = settled(s1), settled(s2), settled(s3), settled(s4)
    record.energy[number] = energy


@compiled
def set_gains(record: Any) -> None:
    """A step is over: take in its loudness, and set out for new gains."""
    for number in range(WEIGHED):
        if not math.isfinite(record.energy[number]):
            record.energy[number] = 0.0
    energy, share, scale = record.energy, record.power_share, record.skip / STEP
    record.power[BINAURAL] += share * (scale * (energy[LEFT] + energy[RIGHT]) - record.power[BINAURAL])
    record.power[MONO] += share * (scale * EARS * energy[SINGLE] - record.power[MONO])
    recorded = energy[RECORDED_LEFT] + energy[RECORDED_RIGHT]
    record.power[RECORDED] += share * (scale * recorded - record.power[RECORDED])
    for what in range(MONO, RECORDED + 1):
        if record.power[what] > QUIET and record.power[BINAURAL] > QUIET:
            gain = math.sqrt(record.power[BINAURAL] / record.power[what])
            record.gain_goal[what] = min(max(gain, 1.0 / MOST_GAIN), MOST_GAIN)
        record.gain_start[what] = record.gain_end[what]
        record.gain_end[what] += record.gain_share * (record.gain_goal[what] - record.gain_end[what])
        record.gain_slope[what] = (record.gain_end[what] - record.gain_start[what]) / STEP
    for number in range(WEIGHED):
        record.energy[number] = 0.0


@compiled
def add(
    record: Any, what: int, weight: float, sound: NDArray[np.float32], delayed: NDArray[np.float32], i: int, place: int
) -> tuple[float, float]:
    """A choice's share of left and right at sample i of the block, sample `place` of the step."""
    if what == BINAURAL:
        return weight * sound[1, i], weight * sound[2, i]
    gain = weight * (record.gain_start[what] + record.gain_slope[what] * (place + 1))
    if what == MONO:
        return gain * delayed[0, i], gain * delayed[0, i]
    return gain * delayed[1, i], gain * delayed[2, i]


@compiled
def mix(record: Any, sound: NDArray[np.float32], delayed: NDArray[np.float32], first: int, n: int) -> None:
    """n samples of what is chosen, and of what was before while it fades, into rows 1 and 2."""
    for i in range(first, first + n):
        place = record.step_at + i - first
        p = min(record.fade_at + i - first + 1, record.fade) / record.fade
        weight = p * p * (3.0 - 2.0 * p)
        left, right = add(record, record.now, weight, sound, delayed, i, place)
        left_before, right_before = add(record, record.before, 1.0 - weight, sound, delayed, i, place)
        sound[1, i], sound[2, i] = left + left_before, right + right_before
    record.fade_at = min(record.fade_at + n, record.fade)


@compiled
def put(record: Any, sound: NDArray[np.float32], delayed: NDArray[np.float32], first: int, n: int) -> None:
    """What `mix` does once nothing fades and the choice is not the binaural sound."""
    start, slope = record.gain_start[record.now], record.gain_slope[record.now]
    left, right = (delayed[0], delayed[0]) if record.now == MONO else (delayed[1], delayed[2])
    begin = record.step_at - first + 1
    for i in range(first, first + n):
        gain = start + slope * (begin + i)
        sound[1, i] = gain * left[i]
        sound[2, i] = gain * right[i]


@compiled
def choose(record: Any, sound: NDArray[np.float32], n: int) -> None:
    """Make rows 1 and 2, left and right as the chain gave them, what goes to the device."""
    delayed = channels(record.delayed, record.channels, record.max_block)
    recall(record, delayed, n)
    if record.fade_at >= record.fade and record.wanted != record.now:
        record.before, record.now = record.now, record.wanted
        record.fade_at = 0
    done = 0
    while done < n:
        part = min(n - done, STEP - record.step_at)
        weigh(record, LEFT, sound[1], done, part)
        weigh(record, RIGHT, sound[2], done, part)
        for c in range(record.channels):
            weigh(record, SINGLE + c, delayed[c], done, part)
        if record.fade_at < record.fade:
            mix(record, sound, delayed, done, part)
        elif record.now != BINAURAL:
            put(record, sound, delayed, done, part)
        record.step_at += part
        if record.step_at == STEP:
            record.step_at = 0
            set_gains(record)
        done += part
