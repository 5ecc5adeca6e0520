"""Cues: maps of where the sound is believed to be, or may be, by other evidence than the picture's looks.

One map for each band of the sound says where it comes from by how motion and sound go together; one says where people
are. They lie on the grid of the streaming network's keys and come in beside the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from realtime.hearing import BANDS

CUES = BANDS + 1
ROWS, COLUMNS = 7, 28
BODY = 0.04
"""Standard deviation of where in a person the sound is, as a fraction of the picture's width."""
ASPECT = 2.0
"""Width over height of the pictures that the network sees."""


@dataclass(frozen=True)
class Person:
    """Somebody, as fractions of the picture from its upper left."""

    column: float
    row: float


def cue_maps(places: NDArray[np.floating] | None, people: Sequence[Person] = ()) -> NDArray[np.float32]:
    """Cues for the network; what is not known is all zero.

    Parameters
    ----------
    places
        (bands, rows, columns) probability of each place for each band of the sound, or None; rows and columns are
        multiples of 7 and 28.
    people
        Who is seen.

    Returns
    -------
    NDArray[np.float32]
        (CUES, 7, 28), 0 or more.
    """
    maps = np.zeros((CUES, ROWS, COLUMNS), np.float32)
    if places is not None:
        bands, rows, columns = places.shape
        coarse = places.reshape(bands, ROWS, rows // ROWS, COLUMNS, columns // COLUMNS).sum((2, 4))
        maps[:BANDS] = np.log1p(ROWS * COLUMNS * coarse) / 2
    for person in people:
        maps[BANDS] = np.maximum(maps[BANDS], bump(person.row, person.column, BODY))
    return maps


def bump(row: float, column: float, spread: float) -> NDArray[np.float64]:
    """1 at a place, given as fractions of the picture, and less around it: (7, 28)."""
    rows = ((np.arange(ROWS) + 0.5) / ROWS - row) / ASPECT
    columns = (np.arange(COLUMNS) + 0.5) / COLUMNS - column
    return np.exp(-0.5 * (rows[:, None] ** 2 + columns**2) / spread**2)
