"""By how much the picture of a clap comes after its sound: one clap in view of the camera tells. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from realtime.pictures import Image, fit

THUMBNAIL = (64, 36)
MAX_LAG_S = 1.0
"""A picture is looked for so far before and after the sound."""
FRAME_S = 0.002
BEFORE_S = 0.05
QUIETEST = 0.01
"""-40 dB of full scale: a clap in the room is louder."""
LOUDER = 3.0
"""Than everything in the BEFORE_S before it."""
MORE_MOTION = 4.0
"""Than the median from one image to the next."""
LEAST_MOTION = 0.5
"""Grey levels, mean over the picture."""


@dataclass(frozen=True)
class Look:
    """An image as far as motion needs it: its position and its grey thumbnail, float32 (height, width)."""

    position: int
    grey: NDArray[np.float32]

    @classmethod
    def at(cls, position: int, image: Image) -> Look:
        """From an image (H, W, 3)."""
        return cls(position, fit(image, *THUMBNAIL).mean(axis=2, dtype=np.float32))


def find_onset(sound: NDArray[np.float32], sample_rate: int) -> int | None:
    """First sample of the loudest sudden sound.

    Parameters
    ----------
    sound
        float32 (channels, samples).
    sample_rate
        Hz.

    Returns
    -------
    int or None
        To within FRAME_S; None when nothing stands out.
    """
    size, before = round(FRAME_S * sample_rate), round(BEFORE_S / FRAME_S)
    count = sound.shape[1] // size
    if count <= before:
        return None
    frames = np.abs(sound[:, : count * size]).max(axis=0).reshape(count, size)
    peaks = frames.max(axis=1)
    earlier = np.lib.stride_tricks.sliding_window_view(peaks, before)[:-1].max(axis=1)
    rise = peaks[before:] - LOUDER * earlier
    loudest = int(np.argmax(rise))
    peak = float(peaks[before + loudest])
    if rise[loudest] <= 0 or peak < QUIETEST:
        return None
    frame = frames[before + loudest]
    return (before + loudest) * size + int(np.argmax(frame >= peak / 2))


def find_motion(looks: Sequence[Look], first: int, last: int) -> float | None:
    """Position of the largest motion between two images that both lie in `first` to `last`.

    What happened between two images is taken to have happened in the middle between them.

    Returns
    -------
    float or None
        None when no motion stands out of all that there is.
    """
    if len(looks) < 3:
        return None
    motion = np.array([np.abs(b.grey - a.grey).mean() for a, b in pairwise(looks)])
    middles = np.array([(a.position + b.position) / 2 for a, b in pairwise(looks)])
    near = np.where((middles >= first) & (middles <= last), motion, -1.0)
    largest = int(np.argmax(near))
    if near[largest] < max(LEAST_MOTION, MORE_MOTION * float(np.median(motion))):
        return None
    return float(middles[largest])


def picture_lag(
    sound: NDArray[np.float32], sound_position: int, looks: Sequence[Look], sample_rate: int
) -> float | str:
    """By how much the picture comes after the sound, samples, from one clap in both.

    Parameters
    ----------
    sound
        float32 (channels, samples).
    sound_position
        Of its first sample, on the axis of the looks' positions.
    looks
        Images in order.
    sample_rate
        Hz.

    Returns
    -------
    float or str
        To half an image interval, negative when the picture comes first; or what was missing.
    """
    onset = find_onset(sound, sample_rate)
    if onset is None:
        return "no sound stands out"
    heard, reach = sound_position + onset, round(MAX_LAG_S * sample_rate)
    seen = find_motion(looks, heard - reach, heard + reach)
    return "no movement stands out near the loudest sound" if seen is None else seen - heard
