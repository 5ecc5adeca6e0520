"""Reel: the sound of a clip in the order in which it is played, and which place of the clip is where on it."""

from __future__ import annotations

from bisect import bisect_right

import numpy as np
from numpy.typing import NDArray

from realtime.clip import Clip, ClipSound
from realtime.errors import ClipError

BLOCK = 4096
RECORDED_CHANNELS = 2
KEPT = 1024
"""Pieces of which the places are remembered: many seconds' worth, even of the shortest loop."""


class Reel:
    """Reads on from a place, through a region or the whole again and again, until the end. Player's thread.

    Where the end of a region meets its beginning, the last samples before the one are crossfaded into those before the
    other; a region that begins too near the clip's start for that is moved on by as much as is missing. So one that is
    seamless as it stands, such as whole periods of a tone, stays as it is. The whole clip is joined without a fade.

    Parameters
    ----------
    clip
        Any number of channels.
    sample_rate
        Hz; places and positions are samples at this rate.
    fade
        Samples of the crossfade.
    loop
        Begin again at the clip's end.

    Attributes
    ----------
    channels
        1: the mean of the clip's channels. 3: that, and a clip's left and right.
    length
        Samples of the clip, as the file states it.
    written
        Position after what was read so far, from 0 on, whatever places that came from.
    """

    def __init__(self, clip: Clip, sample_rate: int, fade: int, *, loop: bool) -> None:
        self.channels = 1 + RECORDED_CHANNELS if clip.channels == RECORDED_CHANNELS else 1
        self.length = round(clip.duration_s * sample_rate)
        self.written = 0
        self._sound = ClipSound(clip, sample_rate)
        self._fade = fade
        self._loop = loop
        self._place = 0
        self._seam: tuple[int, int, int] | None = None
        # Positions and places from which pieces run on; readers take the newest pair of tuples whole.
        self._pieces: tuple[tuple[int, ...], tuple[int, ...]] = (0,), (0,)

    def seek(self, place: int, region: tuple[int, int] | None = None) -> None:
        """Go on reading at a place; a region that ends there or after it is looped when its end is reached."""
        self._go(place)
        self._seam = None
        if region is not None:
            first, last = region
            shift = min(max(0, self._fade - first), max(0, self.length - last))
            self._seam = first + shift, last + shift, min(self._fade, first + shift)

    def read(self) -> NDArray[np.float32] | None:
        """The next samples, float32 (channels, n) with n up to BLOCK, or the fade if that is longer; None at the end.

        Raises
        ------
        ClipError
            When the file cannot be opened any more.
        """
        limit = BLOCK
        if self._seam is not None and self._place <= self._seam[1]:
            limit = self._seam[1] - self._seam[2] - self._place
            if limit <= 0:
                return self._join(*self._seam)
        block = self._take(min(limit, BLOCK))
        if block is None:
            first = self._again()
            if first is None:
                return None
            self._go(first)
            return self.read()
        return block

    def place(self, position: int) -> int:
        """The place that is at a position, one of the last few seconds. Any thread."""
        positions, places = self._pieces
        number = max(0, bisect_right(positions, position) - 1)
        return places[number] + position - positions[number]

    def piece(self, position: int) -> int:
        """Where the piece begins that a position is in: another number, another piece. Any thread."""
        positions, _ = self._pieces
        return positions[max(0, bisect_right(positions, position) - 1)]

    def close(self) -> None:
        """Close the file. Idempotent."""
        self._sound.close()

    def _go(self, place: int) -> None:
        self._sound.seek(place)
        self._put(place)

    def _put(self, place: int) -> None:
        """What is read next is from here on."""
        self._place = place
        positions, places = self._pieces
        before = bisect_right(positions, self.written - 1)
        self._pieces = (*positions[:before][-KEPT:], self.written), (*places[:before][-KEPT:], place)

    def _take(self, count: int) -> NDArray[np.float32] | None:
        sound = self._sound.read(count)
        if sound.shape[1] == 0:
            return None
        self._place += sound.shape[1]
        self.written += sound.shape[1]
        mono = sound.mean(0, keepdims=True, dtype=np.float32)
        return np.concatenate((mono, sound)) if self.channels > 1 else mono

    def _join(self, first: int, last: int, fade: int) -> NDArray[np.float32] | None:
        """What is left before a region's end, crossfaded into what comes before its beginning; then on from there."""
        count = min(fade, last - self._place)
        end = self._take(count) if count else None
        if end is None:
            self._go(first)
            return self.read()
        joint = self.written
        self._go(first - count)
        try:
            begin = self._take(count)
        except ClipError:
            self.written = joint - count
            raise
        self.written = joint
        if begin is None or begin.shape != end.shape:
            self._go(first)
            return end
        self._put(first)
        p = np.arange(1, count + 1) / count
        weight = (p * p * (3 - 2 * p)).astype(np.float32)
        return np.asarray(end + weight * (begin - end), np.float32)

    def _again(self) -> int | None:
        """Where to go on at the end of the sound; None where nothing would come, or nothing is to."""
        if self._seam is not None and self._place <= self._seam[1]:
            first = self._seam[0]
        else:
            first = 0
            if not self._loop:
                return None
        return first if self._place > first else None
