"""Level: what the effects that weigh the sound share: what counts as sound, decibels, time constants.

Decibels are made of levels and levels of decibels by polynomials, without branches or calls, so that a loop over them
is compiled to vector instructions. Their coefficients interpolate log2 and 2^x at Chebyshev's points.
"""

from __future__ import annotations

import math

import numpy as np

from realtime.atomics import compiled

_DB_PER_OCTAVE = 20.0 * math.log10(2.0)
_FRACTION_BITS = 52
_FRACTION = (1 << _FRACTION_BITS) - 1
_ONE = 0x3FF << _FRACTION_BITS
"""How float64 keeps a number: the fraction's bits below the exponent's, and the bits of 1.0."""
QUIET = 1e-30
"""A sample below this (-600 dB) counts as zero: kept in a filter it would become a denormal number, which is slow."""
LOUD = 1e6
"""A sample beyond this (120 dB above full scale) is no sound and counts as zero, like what is not a number."""


@compiled
def heard(sample: float) -> float:
    """The sample as float64; zero where it is too quiet to be heard, too loud to be sound, or not a number."""
    return np.float64(sample) if QUIET < abs(sample) < LOUD else 0.0


@compiled
def gain_of(level_db: float) -> float:
    """Factor of a level in dB, to 6e-9 of itself; exactly 1 at 0 dB. Between -6000 and 6000 dB."""
    octaves = level_db * (1.0 / _DB_PER_OCTAVE)
    whole = math.floor(octaves)
    t = octaves - whole
    slope = 0.00965219505523 + t * (0.00126921660769 + t * 0.00020817915015)
    power = 1.0 + t * (0.693147170865 + t * (0.240227204181 + t * (0.0554960235644 + t * slope)))
    return power * np.int64(_ONE + (np.int64(whole) << _FRACTION_BITS)).view(np.float64)


@compiled
def decibels_of(amplitude: float) -> float:
    """Level in dB of an amplitude above zero, to 1.1e-6 dB; exactly 0 dB at 1."""
    bits = np.float64(amplitude).view(np.int64)
    exponent = np.float64((bits - _ONE) >> _FRACTION_BITS)
    t = np.int64(_ONE | (bits & _FRACTION)).view(np.float64) - 1.0
    slope = 0.255176349216 + t * (-0.154152006434 + t * (0.0627484335719 + t * -0.0120770202693))
    slope = 1.44269472459 + t * (-0.721306757428 + t * (0.480012460796 + t * (-0.353096353343 + t * slope)))
    return _DB_PER_OCTAVE * (exponent + t * slope)


@compiled
def share(time_ms: float, sample_rate: float) -> float:
    """How much of the remaining way a one-pole smoother of this time constant goes in one sample."""
    return 1.0 - math.exp(-1000.0 / (time_ms * sample_rate))
