"""Evidence of where the sound is, beyond the picture's looks: sights and sound into the where-network, cues out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from realtime.cues import cue_maps
from realtime.vision import Vision
from realtime.watcher import Sight
from realtime.where import Map, Where


class Evidence:
    """Gathers what is seen and heard, in the stream's order. Analysis thread.

    Parameters
    ----------
    where
        The where-network with its memory; belongs to this from now on.
    vision
        Has a watcher.

    Attributes
    ----------
    sight
        The newest that was taken note of, or None.
    """

    def __init__(self, where: Where, vision: Vision) -> None:
        self._where = where
        self._vision = vision
        self._cues = cue_maps(None)
        self.sight: Sight | None = None

    @property
    def map(self) -> Map | None:
        """The newest answer of the where-network."""
        return self._where.map

    @property
    def cues(self) -> NDArray[np.float32]:
        """(CUES, 7, 28) for the network."""
        return self._cues

    def hear(self, position: int, spectrum: NDArray[np.complex64]) -> bool:
        """One STFT frame; returns whether there is a new answer of the where-network."""
        self._where.hear(position, spectrum)
        sight = self._vision.newest.sight
        if sight is None or sight is self.sight:
            return False
        self.sight = sight
        new = self._where.watch(sight)
        known = self._where.map
        self._cues = cue_maps(None if known is None else known.places, sight.people)
        return new
