"""Equaliser: two passes, two shelves and four peaks in a row, each a second-order section.

The responses are those of R. Bristow-Johnson, "Cookbook formulae for audio equalizer biquad filter coefficients",
computed by trapezoidal state variable filters, which stay stable and quiet while their parameters move: A. Simper,
"Solving the continuous SVF equations using trapezoidal integration and equivalent currents", Cytomic, 2013;
A. Wishnick, "Time-varying filters for musical applications", Proc. DAFx, 2014.
"""

from __future__ import annotations

import math
from typing import Any

from numba import carray  # pyright: ignore[reportPrivateImportUsage]  # carray is public

from realtime.atomics import as_address, compiled, compiled_kernel, floats
from realtime.effects.effect import STEP, Effect, layout
from realtime.effects.level import QUIET, heard
from realtime.plugin import CHANNELS, Parameter

HIGH_PASS, LOW_SHELF, PEAK, HIGH_SHELF, LOW_PASS = range(5)
BANDS = (HIGH_PASS, LOW_SHELF, PEAK, PEAK, PEAK, PEAK, HIGH_SHELF, LOW_PASS)
COUNT = len(BANDS)
FREQUENCY, AMOUNT, Q, NUMBERS = range(4)
"""A band's parameters: Hz, dB (of a pass: in or not), Q."""
G, K, M0, M1, M2, COEFFICIENTS = range(6)
EQUALISER = layout(
    NUMBERS * COUNT,
    ("phase", "i8"),
    ("started", "i8"),
    ("moving", "i8", (COUNT,)),
    ("now", "f8", (COUNT, COEFFICIENTS)),
    ("step", "f8", (COUNT, COEFFICIENTS)),
    ("memory", "f8", (COUNT, CHANNELS, 2)),
    ("scratch", "f8", (CHANNELS, STEP)),
)
HIGHEST = 0.49
"""Of the sample rate: a band that would lie higher lies there."""


@compiled
def approach(record: Any, number: int, logarithmic: bool) -> bool:
    """Move a parameter STEP samples nearer to its target; gives whether it moved. Settles exactly."""
    target, value = record.target[number], record.value[number]
    if value == target:
        return False
    way = 1.0 - (1.0 - record.glide) ** STEP
    value = value * (target / value) ** way if logarithmic else value + (target - value) * way
    record.value[number] = target if abs(target - value) <= 1e-5 * (abs(target) + 0.1) else value
    return True


@compiled
def design(record: Any, band: int) -> tuple[float, float, float, float, float]:
    """A band's filter, g = tan(pi f / rate) and k = 1 / Q, and its output, m0 * input + m1 * band + m2 * low."""
    kind = BANDS[band]
    first = NUMBERS * band
    frequency = min(record.value[first + FREQUENCY], HIGHEST * record.sample_rate)
    amount = record.value[first + AMOUNT]
    g = math.tan(math.pi * frequency / record.sample_rate)
    k = 1.0 / record.value[first + Q]
    if kind == HIGH_PASS:
        return g, k, 1.0, -k * amount, -amount
    if kind == LOW_PASS:
        return g, k, 1.0 - amount, 0.0, amount
    a = 10.0 ** (amount / 40.0)
    if kind == PEAK:
        return g, k / a, 1.0, k / a * (a * a - 1.0), 0.0
    if kind == LOW_SHELF:
        return g / math.sqrt(a), k, 1.0, k * (a - 1.0), a * a - 1.0
    return g * math.sqrt(a), k, a * a, k * (1.0 - a) * a, 1.0 - a * a


@compiled
def plan(record: Any) -> None:
    """Every STEP samples: where each band's filter goes within the next STEP."""
    for band in range(COUNT):
        first = NUMBERS * band
        # Bitwise, for each of the three is to move.
        moving = approach(record, first + FREQUENCY, True)
        moving |= approach(record, first + AMOUNT, False)
        moving |= approach(record, first + Q, True)
        record.moving[band] = moving
        if moving or not record.started:
            wanted = design(record, band)
            for number in range(COEFFICIENTS):
                way = wanted[number] - record.now[band, number]
                record.step[band, number] = way / STEP
                if not record.started:
                    record.now[band, number] = wanted[number]
        for channel in range(CHANNELS):
            for number in range(2):
                if abs(record.memory[band, channel, number]) < QUIET:
                    record.memory[band, channel, number] = 0.0
    record.started = 1


@compiled
def filter_band(record: Any, band: int, count: int) -> None:
    """Filter the first samples of the scratch (CHANNELS, STEP) in place; where the band moves, sample by sample."""
    now, memory, scratch = record.now[band], record.memory[band], record.scratch
    step = record.step[band]
    moving = float(record.moving[band])
    dg, dk, d0, d1, d2 = moving * step[G], moving * step[K], moving * step[M0], moving * step[M1], moving * step[M2]
    for channel in range(CHANNELS):
        g, k, m0, m1, m2 = now[G], now[K], now[M0], now[M1], now[M2]
        one, two = memory[channel, 0], memory[channel, 1]
        for i in range(count):
            g, k, m0, m1, m2 = g + dg, k + dk, m0 + d0, m1 + d1, m2 + d2
            sound = scratch[channel, i]
            through = (one + g * (sound - two)) / (1.0 + g * (g + k))
            low = two + g * through
            one, two = 2.0 * through - one, 2.0 * low - two
            scratch[channel, i] = m0 * sound + m1 * through + m2 * low
        memory[channel, 0], memory[channel, 1] = one, two
    now[G] += count * dg
    now[K] += count * dk
    now[M0] += count * d0
    now[M1] += count * d1
    now[M2] += count * d2


@compiled_kernel
def _run(state: Any, in_channels: Any, out_channels: Any, n: int) -> None:
    record = carray(state, 1, EQUALISER)[0]
    done = 0
    while done < n:
        if record.phase == 0:
            plan(record)
        count = min(STEP - record.phase, n - done)
        for channel in range(CHANNELS):
            sound = floats(as_address(in_channels[channel]), n)
            for i in range(count):
                record.scratch[channel, i] = heard(sound[done + i])
        for band in range(COUNT):
            filter_band(record, band, count)
        for channel in range(CHANNELS):
            out = floats(as_address(out_channels[channel]), n)
            for i in range(count):
                out[done + i] = record.scratch[channel, i]
        record.phase = (record.phase + count) % STEP
        done += count


def _band(name: str, label: str, frequency: float, q: float = math.sqrt(0.5)) -> tuple[Parameter, Parameter, Parameter]:
    """The parameters of a shelf or peak, in the order that the kernel knows."""
    return (
        Parameter(f"{name}_hz", f"{label} frequency", 20.0, 20_000.0, frequency, "Hz", "log"),
        Parameter(f"{name}_db", f"{label} gain", -24.0, 24.0, 0.0, "dB"),
        Parameter(f"{name}_q", f"{label} Q", 0.1, 10.0, q, scale="log"),
    )


def _pass(name: str, label: str, frequency: float) -> tuple[Parameter, Parameter, Parameter]:
    """The parameters of a pass, in the order that the kernel knows."""
    hz, _, q = _band(name, label, frequency)
    return hz, Parameter(name, label, 0.0, 1.0, 0.0, scale="switch"), q


class Equaliser(Effect):
    """Flat until a band is given a gain or a pass is taken in; flat means bit for bit."""

    name = "Equaliser"
    parameters = (
        *_pass("high_pass", "High-pass", 80.0),
        *_band("low_shelf", "Low shelf", 120.0),
        *_band("peak_1", "Peak 1", 250.0, 1.0),
        *_band("peak_2", "Peak 2", 800.0, 1.0),
        *_band("peak_3", "Peak 3", 2500.0, 1.0),
        *_band("peak_4", "Peak 4", 6000.0, 1.0),
        *_band("high_shelf", "High shelf", 8000.0),
        *_pass("low_pass", "Low-pass", 16_000.0),
    )
    record_type = EQUALISER
    kernel = _run

    def reset(self, position: int = 0) -> None:
        """As `Plugin` says."""
        super().reset(position)
        for field in ("phase", "started", "memory"):
            self._record[field] = 0
