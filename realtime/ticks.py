"""The pictures that `ffmpeg -r 10` would have taken from a clip, for comparing with those who took them that way."""

from __future__ import annotations

from collections.abc import Callable, Generator
from types import TracebackType

from realtime.clip import Clip
from realtime.errors import ClipError
from realtime.pictures import Image

EARLY, LATE = -1.1, 1.1
"""Ticks by which ffmpeg lets a picture be early or late before it drops or repeats one (ffmpeg.c, VSYNC_CFR)."""
REPEAT = 0.6


class Ticks:
    """Picture number k of a clip at a steady rate, asked for in rising order; after the last, the last is held.

    ffmpeg starts with the first pictures as they come, one a tick, until it is more than a tick ahead; from then on a
    tick shows a picture about 1.3 ticks before its own time. A folder of pictures at the same rate is taken as it is.

    Parameters
    ----------
    clip
        With a picture.
    rate
        Ticks per second.

    Raises
    ------
    ClipError
        When there is no picture that can be read.
    """

    def __init__(self, clip: Clip, rate: float) -> None:
        self._source = _ticks(clip, rate)
        first = next(self._source, None)
        if first is None:
            raise ClipError(f"clip '{clip.path}' has no picture that can be read; give another clip, or --images")
        self._image = first
        self._number = 0

    def __enter__(self) -> Ticks:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._source.close()

    def at(self, number: int) -> Image:
        """uint8 (height, width, 3) RGB; the same array as long as the picture stays the same."""
        while self._number < number and (image := next(self._source, None)) is not None:
            self._image = image
            self._number += 1
        return self._image


def _ticks(clip: Clip, rate: float) -> Generator[Image]:
    """One image a tick, by the rules of ffmpeg's constant rate (do_video_out)."""
    length = rate / clip.image_rate if clip.image_rate else 1.0
    length = float(round(length)) or length  # as ffmpeg does
    count = 0
    before: Callable[[], Image] | None = None
    for time_s, make in clip.timed_images():
        begins = time_s * rate - count
        ends = begins + length
        if ends > 0:
            begins = max(begins, 0.0)
        copies = 1 if ends >= EARLY else 0
        if ends > LATE:
            copies = round(ends)
        of_before = min(copies, round(begins - REPEAT)) if begins > LATE and ends > LATE else 0
        if of_before and before is not None:
            image = before()
            for _ in range(of_before):
                yield image
        if copies > of_before:
            image = make()
            for _ in range(copies - of_before):
                yield image
        count += copies
        before = make
