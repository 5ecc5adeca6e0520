"""Motion: what moves in the picture by itself, after the camera's own motion and the light's flicker are taken away."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, map_coordinates

CELL = 5
"""Pixels of a place, each way."""

_LEVELS = 3
_SMOOTHING = 0.8
_STEPS = 4
_CLOSE_ENOUGH_PX = 0.01
_NEIGHBOURHOOD_PX = 2.5
_NOISE = 6.0
"""Mean square slope, grey levels per pixel, below which a neighbourhood is too plain to show motion."""

Grey = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Step:
    """From one picture to the next."""

    shifts: NDArray[np.float32]
    """(2, rows, columns) how far each place moved by itself, right and down, pixels; too small for larger motions."""
    camera: NDArray[np.float64]
    """(6,) the camera's affine map less the identity, pixels at the picture's side."""
    misfit: float
    """Median difference between the pictures that the camera's motion leaves, grey levels."""


class Motion:
    """Compares each picture with the one before it.

    The camera may shift, turn, zoom and shear the picture (an affine map), and the light may change (a gain and an
    offset): Gauss and Newton's method finds both from coarse to fine, with weights that disregard what does not fit; it
    needs no more than the picture at half its size. What remains becomes a shift for each neighbourhood by Lucas and
    Kanade's method: noise, which follows no slope of the picture, averages out.
    """

    def __init__(self) -> None:
        self._before: list[Grey] = []

    def step(self, grey: Grey) -> Step | None:
        """Return what moved since the last picture; None for the first.

        Parameters
        ----------
        grey
            Shape (height, width), 0..255, always the same size.
        """
        levels = _pyramid(grey)
        before, self._before = self._before, levels
        if not before:
            return None
        camera = _Camera()
        for old, new in zip(reversed(before[1:]), reversed(levels[1:]), strict=True):
            camera.fit(old, new)
        old, new = before[0], levels[0]
        rest = camera.lit(old) - camera.seen(new)
        shifts = np.where(camera.inside(old.shape), _shifts(rest, old), 0)
        moved = (camera.map - _STILL).ravel() * (old.shape[1] / 2)
        return Step(_places(shifts), moved, float(np.median(np.abs(rest))))


_STILL = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


@dataclass
class _Camera:
    """An affine map of the picture plane in units of half the picture's width, and the light's change."""

    map: NDArray[np.float64] = field(default_factory=_STILL.copy)
    gain: float = 1.0
    offset: float = 0.0

    def fit(self, old: Grey, new: Grey) -> None:
        """Refine the map so that `new`, seen through it, looks like `old`."""
        x, y, unit = _grid(old.shape)
        down, along = (slope * unit for slope in np.gradient(old))
        slopes = np.stack([along * x, along * y, along, down * x, down * y, down, -old, -np.ones_like(old)])
        slopes = slopes.reshape(8, -1)
        for _ in range(_STEPS):
            rest = (self.seen(new) - self.lit(old)).ravel()
            spread = 1.5 * float(np.median(np.abs(rest))) + 0.1
            weighed = slopes / (1 + (rest / spread) ** 2) * self.inside(old.shape).ravel()
            square = weighed @ slopes.T
            square[np.diag_indices(8)] *= 1 + 1e-6
            step = np.linalg.solve(square + 1e-3 * np.eye(8), weighed @ -rest)
            self.map = self.map + step[:6].reshape(2, 3)
            self.gain += float(step[6])
            self.offset += float(step[7])
            if np.abs(step[:6]).max() * unit < _CLOSE_ENOUGH_PX:
                break

    def seen(self, new: Grey) -> Grey:
        """Return the new picture as the camera of the old one would have seen it."""
        return np.asarray(map_coordinates(new, self._points(new.shape), order=1, mode="nearest"), np.float32)

    def lit(self, old: Grey) -> Grey:
        """Return the old picture in the new one's light."""
        return np.asarray(self.gain * old + self.offset, np.float32)

    def inside(self, shape: tuple[int, ...]) -> NDArray[np.bool_]:
        """Return which points of the old picture are in the new one too."""
        rows, columns = self._points(shape)
        return (rows >= 0) & (rows <= shape[0] - 1) & (columns >= 0) & (columns <= shape[1] - 1)

    def _points(self, shape: tuple[int, ...]) -> NDArray[np.float64]:
        x, y, unit = _grid(shape)
        (xx, xy, right), (yx, yy, low) = self.map
        rows = (yx * x + yy * y + low) * unit + (shape[0] - 1) / 2
        columns = (xx * x + xy * y + right) * unit + (shape[1] - 1) / 2
        return np.stack([rows, columns])


def _shifts(rest: Grey, grey: Grey) -> Grey:
    """Return by how much each neighbourhood of a picture must move to explain a difference, (2, height, width)."""
    down, along = np.gradient(grey)
    products = (along * along, along * down, down * down, along * rest, down * rest)
    xx, xy, yy, x, y = (gaussian_filter(product, _NEIGHBOURHOOD_PX) for product in products)
    xx, yy = xx + _NOISE, yy + _NOISE
    return np.asarray(np.stack([yy * x - xy * y, xx * y - xy * x]) / (xx * yy - xy * xy), np.float32)


def _places(shifts: Grey) -> Grey:
    """Average over places."""
    rows, columns = shifts.shape[1] // CELL, shifts.shape[2] // CELL
    whole = shifts[:, : rows * CELL, : columns * CELL]
    return np.asarray(whole.reshape(2, rows, CELL, columns, CELL).mean(axis=(2, 4)), np.float32)


@lru_cache(maxsize=8)
def _grid(shape: tuple[int, ...]) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Return x and y of each pixel from the middle in units of half the width, and that unit in pixels."""
    unit = shape[1] / 2
    y, x = np.mgrid[: shape[0], : shape[1]]
    return (x - (shape[1] - 1) / 2) / unit, (y - (shape[0] - 1) / 2) / unit, unit


def _pyramid(grey: Grey) -> list[Grey]:
    levels = [np.asarray(gaussian_filter(grey, _SMOOTHING), np.float32)]
    for _ in range(_LEVELS - 1):
        levels.append(np.asarray(gaussian_filter(levels[-1], 1.0)[::2, ::2], np.float32))
    return levels
