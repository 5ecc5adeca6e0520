"""Levels: how loud a sound is, and a scene at a random loudness."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def loudness(mono: NDArray[np.float32], sample_rate: int) -> float:
    """Return the root mean square of the louder half of a sound's 50 ms hops: pauses do not make it quieter."""
    hop = sample_rate // 20
    power = (mono[: len(mono) // hop * hop].reshape(-1, hop) ** 2).mean(axis=1)
    return float(np.sqrt(np.sort(power)[len(power) // 2 :].mean()))


def levelled(ears: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Scale a scene to a loudness of -32..-14 dB, and below a peak of 0.9."""
    recording = ears.sum(axis=0)
    rms = max(float(np.sqrt((recording**2).mean())), 1e-6)
    gain = 10 ** (float(rng.uniform(-32, -14)) / 20) / rms
    peak = max(float(np.abs(recording).max()), 1e-6)
    return ears * np.float32(min(gain, 0.89 / peak))
