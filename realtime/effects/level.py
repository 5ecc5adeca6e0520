"""Level: what the effects that weigh the sound share: what counts as sound, decibels, time constants."""

from __future__ import annotations

import math

import numpy as np

from realtime.atomics import compiled

_PER_DB = math.log(10.0) / 20.0
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
    """Factor of a level in dB."""
    return math.exp(level_db * _PER_DB)


@compiled
def share(time_ms: float, sample_rate: float) -> float:
    """How much of the remaining way a one-pole smoother of this time constant goes in one sample."""
    return 1.0 - math.exp(-1000.0 / (time_ms * sample_rate))
