"""Showing: a clip's pictures when they are due, wherever its sound jumps."""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from realtime.clip import Clip, ClipImages
from realtime.errors import ClipError

PICTURE_WIDTH = 640
STEP_S = 0.1
"""Most of the picture that is decoded at once: sound comes first on a slow machine."""
NEAR_S = 0.5
"""A jump no further on than this is decoded through."""
MOVE_S = 0.25
"""Least time between two jumps: those of a short loop would take a core."""
PATIENCE_S = 1.0
"""How long pictures on the way to a new place are kept back."""


class Showing:
    """Decodes forward to the moment that is asked for, and anew after a jump. Player's thread.

    Parameters
    ----------
    clip
        With or without picture.
    """

    def __init__(self, clip: Clip) -> None:
        self._clip = clip
        self._images: ClipImages | None = None
        self._shown: NDArray[np.uint8] | None = None
        self._piece = -1
        self._at_s = 0.0
        self._moved_s = -np.inf
        self._arriving = False
        self.behind = False
        """There is more to decode at once."""

    def due(self, time_s: float, piece: int) -> tuple[NDArray[np.uint8], float] | None:
        """The picture of a moment if it is another than before, and since when it is due, on the same axis.

        Parameters
        ----------
        time_s
            On the clip's axis, seconds.
        piece
            Another number after each jump.
        """
        self.behind = False
        if not self._clip.has_picture:
            return None
        if piece != self._piece:
            self._move(time_s, piece)
        if self._images is None or piece != self._piece:
            return None
        self._at_s = min(time_s, self._at_s + STEP_S)
        image = self._images.at(self._at_s)
        self.behind = self._at_s < time_s
        if self._arriving and self.behind and time.monotonic() - self._moved_s < PATIENCE_S:
            return None
        self._arriving = False
        if image is self._shown:
            return None
        self._shown = image
        return image, self._images.time_s

    def close(self) -> None:
        """Close the file. Idempotent."""
        if self._images is not None:
            self._images.close()

    def _move(self, time_s: float, piece: int) -> None:
        near = self._images is not None and 0.0 <= time_s - self._at_s <= NEAR_S
        if not near and time.monotonic() - self._moved_s < MOVE_S:
            return
        self._piece = piece
        if near:
            return
        self.close()
        self._moved_s = time.monotonic()
        try:
            self._images = ClipImages(self._clip, PICTURE_WIDTH, time_s)
        except ClipError:
            # The picture ends before this place.
            if self._shown is None:
                raise
            self._images = None
            return
        self._at_s = max(0.0, min(time_s, self._images.time_s))
        self._arriving = True
