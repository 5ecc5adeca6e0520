"""What the effects are listened to with."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from realtime.contract import SAMPLE_RATE


def sine(frequency_hz: float, seconds: float = 1.0, amplitude: float = 0.5) -> NDArray[np.float32]:
    """The same in both channels, (2, samples)."""
    times = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return np.tile(amplitude * np.sin(2 * np.pi * frequency_hz * times), (2, 1)).astype(np.float32)


def largest_step(sound: NDArray[np.float32]) -> float:
    """Largest difference from a sample to the next: what a click raises."""
    return float(np.abs(np.diff(sound)).max())
