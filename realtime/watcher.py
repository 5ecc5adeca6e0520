"""What the newest images show beside their looks: what moves, ten times a second, and who is there, twice a second."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from realtime.cues import Person
from realtime.hearing import SLOT_S
from realtime.motion import Motion
from realtime.people import People
from realtime.pictures import Image

LONGEST_GAP = 10
"""Slots without an image after which the motion begins anew."""
SHORTEST_GAP = 0.3
"""Slots: two images this close tell no more of a speed than these."""
PEOPLE_S = 0.5


@dataclass(frozen=True)
class Sight:
    """What one image showed."""

    position: int
    """In the stream when it was taken, samples."""
    moved: NDArray[np.float32]
    """(rows, columns) motion since the image before, per tenth of a second, the camera's own taken out."""
    people: tuple[Person, ...]
    """Who was found lately."""


class Watcher:
    """Watches a stream of images at any rate; one thread.

    Parameters
    ----------
    rows, columns
        Of the motion's maps.
    sample_rate
        Of the positions, Hz.
    """

    def __init__(self, rows: int, columns: int, sample_rate: int) -> None:
        self._shape = (rows, columns)
        self._slot = SLOT_S * sample_rate
        self._people_gap = PEOPLE_S * sample_rate
        self._people = People()
        self._begin()

    def _begin(self) -> None:
        self._motion = Motion(*self._shape)
        self._seen: int | None = None
        self._people.forget()
        self._found: tuple[Person, ...] = ()
        self._sought: int | None = None

    def look(self, image: Image, position: int) -> Sight | None:
        """One image, in order.

        Parameters
        ----------
        image
            uint8 (H, W, 3) RGB of any size.
        position
            In the stream when it was taken.

        Returns
        -------
        Sight | None
            None when the image before was taken in the same tenth of a second: those cost nothing.
        """
        seen = self._seen
        if seen is not None and not 0 <= position - seen <= LONGEST_GAP * self._slot:
            self._begin()
            seen = None
        if seen is not None and position // self._slot == seen // self._slot:
            return None
        moved = self._motion.push(image)
        elapsed = 1.0 if seen is None else (position - seen) / self._slot
        self._seen = position
        if self._sought is None or position - self._sought >= self._people_gap:
            self._found = tuple(self._people.find(image))
            self._sought = position
        return Sight(position, moved / np.float32(max(elapsed, SHORTEST_GAP)), self._found)
