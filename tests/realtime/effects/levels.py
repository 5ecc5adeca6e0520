"""Sound at a level, and what becomes of sound while a parameter goes from end to end."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from realtime.contract import run
from realtime.plugin import Plugin, parameter_of

BLOCK = 64


def level(db: float) -> float:
    """Amplitude of a level in dB."""
    return 10 ** (db / 20)


def square(amplitude: float, samples: int) -> NDArray[np.float32]:
    """At a level that is the same in every sample, (2, samples)."""
    wave = np.where(np.arange(samples) // 24 % 2, -amplitude, amplitude)
    return np.stack([wave, wave]).astype(np.float32)


def swing(plugin: Plugin, name: str, sound: NDArray[np.float32], every: int = 4800) -> NDArray[np.float32]:
    """Send sound (2, n) while the parameter is set to its other end every so many samples, its high end first."""
    parameter = parameter_of(plugin, name)
    pieces: list[NDArray[np.float32]] = []
    for number, start in enumerate(range(0, sound.shape[1], every)):
        plugin.set(name, (parameter.high, parameter.low)[number % 2])
        pieces.append(run(plugin, sound[:, start : start + every], BLOCK))
    return np.concatenate(pieces, axis=1)
