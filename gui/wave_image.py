"""The picture of a waveform: its peaks in a light tone, its loudness in a full one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

from realtime.overview import Shape

PEAK_ALPHA = 0.45
FILL = 0.92
"""Of the height, by the loudest sample."""
QUIETEST_PEAK = 0.05
"""A clip that is less loud than this at its loudest is not drawn as if it were loud."""


def wave_alpha(shape: Shape, duration_s: float, width: int, height: int) -> NDArray[np.float32]:
    """How much of each pixel a waveform covers, (height, width), 0 to 1.

    Parameters
    ----------
    shape
        As far as it was read; the rest is empty.
    duration_s
        What `width` stands for.
    """
    alpha = np.zeros((height, width), np.float32)
    count = len(shape.low)
    if count == 0 or duration_s <= 0:
        return alpha
    # Where columns are finer than stretches, several show the same.
    edges = np.arange(width) * (duration_s / shape.step_s / width)
    there = int(np.searchsorted(edges, count))
    starts = edges[:there].astype(np.intp)
    low = np.minimum.reduceat(shape.low, starts)
    high = np.maximum.reduceat(shape.high, starts)
    rms = np.maximum.reduceat(shape.rms, starts)
    scale = np.float32(FILL * height / 2 / max(float(shape.high.max()), -float(shape.low.min()), QUIETEST_PEAK))
    alpha[:, :there] = PEAK_ALPHA * _covered(low * scale, high * scale, height)
    alpha[:, :there] += (1 - PEAK_ALPHA) * _covered(-rms * scale, rms * scale, height)
    return alpha


def tinted(alpha: NDArray[np.float32], colour: QColor) -> QImage:
    """An image of one colour, as opaque as `alpha` says."""
    height, width = alpha.shape
    levels = np.empty((height, width, 4), np.float32)
    levels[...] = (colour.blue(), colour.green(), colour.red(), 255)  # as ARGB32 lies in memory
    pixels = np.ascontiguousarray((levels * alpha[..., None]).astype(np.uint8))
    return QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied).copy()


def _covered(low: NDArray[np.float32], high: NDArray[np.float32], height: int) -> NDArray[np.float32]:
    """Part of each pixel between two curves, in pixels above the middle; at least a pixel's line."""
    thin = np.maximum(0.0, 1.0 - (high - low)) / 2
    top, bottom = height / 2 - high - thin, height / 2 - low + thin
    rows = np.arange(height, dtype=np.float32)[:, None]
    return np.clip(np.minimum(rows + 1, bottom) - np.maximum(rows, top), 0.0, 1.0).astype(np.float32)
