"""Where in the picture the network believes the sound is: as a glow, and as one direction."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

GLOW_RGB = (255, 140, 40)
GLOW_ALPHA = 170
PEAK_FOR_FULL_GLOW = 4.0
"""An attention whose peak is fewer times the even share than this says little, and glows less."""
FIELD_OF_VIEW_DEG = 90.0
"""Of the camera, as the networks take it to be."""


def glow(attention: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Colours of an attention map.

    Parameters
    ----------
    attention
        (h, w), not negative, sums to at most 1.

    Returns
    -------
    NDArray[np.uint8]
        (h, w, 4) RGBA: transparent where a cell has no more than an even share, opaque towards the peak.
    """
    colours = np.empty((*attention.shape, 4), np.uint8)
    colours[..., :3] = GLOW_RGB
    colours[..., 3] = _strength(attention) * GLOW_ALPHA
    return colours


def centre(attention: NDArray[np.float32]) -> tuple[float, float] | None:
    """Centre of mass of what stands out at least half as much as the peak, as shares (across, down) of the picture.

    None where nothing stands out.
    """
    strength = _strength(attention)
    peak = float(strength.max())
    if peak <= 0.0:
        return None
    clear = np.where(strength >= peak / 2, strength, 0.0)
    rows, columns = attention.shape
    across = float(clear.sum(axis=0) @ (np.arange(columns) + 0.5)) / float(clear.sum()) / columns
    down = float(clear.sum(axis=1) @ (np.arange(rows) + 0.5)) / float(clear.sum()) / rows
    return across, down


def azimuth_deg(across: float) -> float:
    """Of a place in the picture: 0 in front, positive to the left, degrees."""
    reach = math.tan(math.radians(FIELD_OF_VIEW_DEG / 2))
    return math.degrees(math.atan((1.0 - 2.0 * across) * reach))


def _strength(attention: NDArray[np.float32]) -> NDArray[np.float32]:
    """(h, w), 0 where a cell has no more than an even share, up to 1 at a clear peak."""
    share = np.nan_to_num(attention) * attention.size
    return np.clip((share - 1.0) / (max(float(share.max()), PEAK_FOR_FULL_GLOW) - 1.0), 0.0, 1.0)
