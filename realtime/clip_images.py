"""Pictures of a clip in time: the newest at or before a moment, decoded forward only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from realtime.errors import ClipError
from realtime.media import Picture, Tell, TimedImage
from realtime.pictures import SUFFIXES, Image, load_image, thumbnail

if TYPE_CHECKING:
    from realtime.clip import Clip

# Recordings that fade in: how far to look ahead for a picture, and what mean level (of 255) still counts as black.
LEAD_S = 5.0
BLACK_LEVEL = 4.0


class ClipImages:
    """Holds the newest image at or before a time that only moves forward.

    Black images at the start are replaced by the first that is not (looked for in the first 5 s); after the last
    picture that one is held; an earlier time than asked before gives the image held. One thread; not real-time safe.

    Parameters
    ----------
    clip
        A clip with picture.
    max_width
        Larger pictures are made this wide, in pixels; None keeps them.
    start_s
        Earliest time that will be asked for, seconds.

    Raises
    ------
    ClipError
        When the clip has no picture.
    """

    def __init__(self, clip: Clip, max_width: int | None = None, start_s: float = 0.0) -> None:
        # The lead may be black, which only who begins at the start knows.
        start_s = start_s if start_s > LEAD_S else 0.0
        self._source = clip.timed_images(max_width, start_s)
        first = next(self._source, None)
        if first is None:
            raise ClipError(f"clip '{clip.path}' has no picture that can be read; give another clip, or --images")
        self._held = first
        self._image: Image | None = None
        self._next = next(self._source, None)
        if start_s == 0.0:
            self._skip_black()

    def __enter__(self) -> ClipImages:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def at(self, time_s: float) -> Image:
        """The image at `time_s`: uint8 (height, width, 3) RGB; the same array while the picture stays the same."""
        while self._next is not None and self._next[0] <= time_s:
            self._advance(self._next)
        if self._image is None:
            self._image = self._held[1]()
        return self._image

    @property
    def time_s(self) -> float:
        """When the image that `at` gave last is due."""
        return self._held[0]

    def close(self) -> None:
        """Close the file. Idempotent; `at` then gives the image held."""
        self._source.close()
        self._next = None

    def _advance(self, following: TimedImage) -> None:
        self._held, self._image = following, None
        self._next = next(self._source, None)

    def _skip_black(self) -> None:
        start_s, first = self._held[0], self._held[1]()
        image, time_s = first, start_s
        while image.mean() < BLACK_LEVEL and self._next is not None and self._next[0] - start_s < LEAD_S:
            time_s, make = self._next
            image = make()
            self._next = next(self._source, None)
        self._held, self._image = (time_s, lambda: image), image


def folder_facts(folder: Path, rate: float) -> Picture:
    """Size of the pictures of a folder.

    Raises
    ------
    ClipError
        When the folder is missing, holds no picture, or its first picture cannot be read.
    """
    height, width = load_image(numbered(folder)[0]).shape[:2]
    return Picture(width, height, 0.0, rate)


def read_folder(
    folder: Path, rate: float, tell: Tell, max_width: int | None = None, start_s: float = 0.0
) -> Iterator[TimedImage]:
    """Pictures of a folder, `rate` per second, from that of `start_s` on; one that cannot be read is left out."""
    paths = numbered(folder)
    first = min(int(start_s * rate), len(paths) - 1)
    for index, path in enumerate(paths[first:], first):
        try:
            image = load_image(path)
        except ClipError as error:
            tell(str(error))
            continue
        yield index / rate, partial(thumbnail, image, max_width or image.shape[1])


def numbered(folder: Path) -> list[Path]:
    """Picture files of a folder in the order of the numbers in their names.

    Raises
    ------
    ClipError
        When the folder is missing or holds no picture.
    """
    if not folder.is_dir():
        raise ClipError(f"folder of pictures '{folder}' does not exist; check the path")
    paths = [path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and not path.name.startswith(".")]
    if not paths:
        raise ClipError(f"folder '{folder}' holds no pictures; accepted: numbered {', '.join(SUFFIXES)} files")
    return sorted(paths, key=lambda path: ([int(digits) for digits in re.findall(r"\d+", path.stem)], path.name))
