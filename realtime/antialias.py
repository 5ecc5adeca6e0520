"""Pillow's bilinear resizing in numpy, to the bit: what the authors' program does to its pictures.

torchvision's Resize hands a PIL image to Pillow's BILINEAR filter, a triangle that widens when it shrinks. OpenCV's
linear interpolation does not average when it shrinks, and its area mean has another kernel.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from realtime.atomics import compiled

PRECISION = 22
"""Bits after the point of Pillow's weights for 8-bit images (Resample.c: 32 - 8 - 2)."""


def resize(image: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """Resize uint8 (H, W, 3) straight to (height, width, 3): the columns first, rounded to bytes, then the rows.

    Newer Pillow begins with the rows where that is less work; then some bytes differ by 1.
    """
    image = np.ascontiguousarray(image)
    rows, columns, colours = image.shape
    if columns != width:
        image = _resample(image, *_kernel(columns, width))
    if rows != height:
        image = _resample(image.reshape(1, rows, width * colours), *_kernel(rows, height)).reshape(height, width, -1)
    return image


@compiled
def _resample(image: NDArray[np.uint8], first: NDArray[np.intp], weights: NDArray[np.int32]) -> NDArray[np.uint8]:
    """(A, given, B) -> (A, wanted, B)."""
    outer, given, inner = image.shape
    result = np.empty((outer, len(first), inner), np.uint8)
    total = np.empty(inner, np.int32)
    for i in range(outer):
        for j in range(len(first)):
            total[:] = 1 << (PRECISION - 1)
            for tap in range(min(weights.shape[1], given - first[j])):
                for k in range(inner):
                    total[k] += weights[j, tap] * image[i, first[j] + tap, k]
            for k in range(inner):
                result[i, j, k] = total[k] >> PRECISION
    return result


@lru_cache(maxsize=8)
def _kernel(given: int, wanted: int) -> tuple[NDArray[np.intp], NDArray[np.int32]]:
    """First source pixel of each pixel, (wanted,), and the weights from there on, (wanted, taps)."""
    scale = given / wanted
    spread = max(scale, 1.0)
    centre = (np.arange(wanted) + 0.5) * scale
    first = np.maximum(0, (centre - spread + 0.5).astype(np.intp))
    last = np.minimum(given, (centre + spread + 0.5).astype(np.intp))
    taps = np.arange(int((last - first).max()))
    weights = np.maximum(0.0, 1 - np.abs((taps + first[:, None] - centre[:, None] + 0.5) / spread))
    weights[taps >= (last - first)[:, None]] = 0
    weights /= weights.sum(axis=1, keepdims=True)
    return first, np.floor(weights * (1 << PRECISION) + 0.5).astype(np.int32)
