"""A binaural recording with picture to one binaural file per source, by where in the picture the sources are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from realtime.clip import Clip, ClipImages
from realtime.clip_writer import sound_files
from realtime.errors import ClipError, SettingsError
from realtime.modelfile import shipped_model
from realtime.pictures import GREY, Image
from realtime.separator import Separating, Separator, full_band

SHIPPED = "separation.onnx"
BLOCK_S = 0.5
IMAGE_WIDTH = 640
"""Wider pictures are shrunk while they are read."""
REACH = 0.25
"""How far to either side a part of the picture reaches around its source at most, as a fraction of the width."""


@dataclass(frozen=True)
class Part:
    """An upright strip of the picture, in which one source stands.

    Attributes
    ----------
    name
        Goes into the file's name.
    left, right
        Its edges as fractions of the picture's width.
    """

    name: str
    left: float
    right: float

    def cut(self, image: Image) -> Image:
        """The picture with everything else grey: uint8 (H, W, 3)."""
        width = image.shape[1]
        left, right = round(self.left * width), round(self.right * width)
        shown = np.full_like(image, GREY)
        shown[:, left:right] = image[:, left:right]
        return shown


HALVES = (Part("left", 0.0, 0.5), Part("right", 0.5, 1.0))


def parts_at(places: Sequence[float]) -> tuple[Part, ...]:
    """Parts of the picture around places.

    Each reaches halfway to its neighbours, and no farther than a quarter of the picture.

    Parameters
    ----------
    places
        Where sources stand, as fractions of the picture's width, in any order.

    Returns
    -------
    parts
        In the same order, named 1, 2, ...

    Raises
    ------
    SettingsError
        When there is no place, one is outside the picture, or two are the same.
    """
    if not places or not all(0 <= place <= 1 for place in places) or len(set(places)) < len(places):
        given = ",".join(f"{place:g}" for place in places)
        raise SettingsError(f"places '{given}' do not fit; accepted: different fractions of the width, as in 0.2,0.8")
    order = sorted(places)
    middles = [(a + b) / 2 for a, b in pairwise(order)]
    edges = {
        place: (max(left, place - REACH), min(right, place + REACH))
        for place, left, right in zip(order, (0.0, *middles), (*middles, 1.0), strict=True)
    }
    return tuple(Part(str(number), *edges[place]) for number, place in enumerate(places, 1))


def targets(clip: Path, folder: Path, parts: Iterable[Part]) -> list[Path]:
    """The files that a clip's sources go to: FOLDER/NAME-PART.wav."""
    return [folder / f"{clip.stem}-{part.name}.wav" for part in parts]


def separate_clip(
    path: Path,
    folder: Path,
    *,
    parts: Sequence[Part] = HALVES,
    model: Path | None = None,
    force: bool = False,
    progress: Callable[[float], None] | None = None,
) -> list[Path]:
    """Write the sources of a clip, 24-bit .wav at the clip's rate and of its length.

    A ratio mask for each ear, source, frequency and moment is laid on the recording. Where the masks of all parts add
    up to more than 1 they share; what belongs to no part is in none of the files. Above the network's band, 5.5 kHz,
    the masks at its top go on.

    Parameters
    ----------
    path
        A binaural recording with picture.
    folder
        Exists already.
    parts
        Of the picture, one per source.
    model
        Of kind "separation"; the one that ships by default.
    force
        Overwrite existing files.
    progress
        Called with the part done, 0 to 1.

    Returns
    -------
    files
        One per part, in their order.

    Raises
    ------
    EarsightError
        When clip, model or output cannot be used.
    """
    clip = Clip.open(path)
    if not clip.has_picture:
        raise ClipError(f"clip '{path}' has no picture to find its sources in; give a video with sound")
    if clip.channels != 2:
        raise _not_binaural(path, f"{clip.channels} channel{'' if clip.channels == 1 else 's'}")
    separator = Separator(model or shipped_model(SHIPPED))
    files = targets(path, folder, parts)
    rate = clip.sample_rate
    done = 0
    with ClipImages(clip, IMAGE_WIDTH) as images, sound_files(files, rate, force=force) as writers:
        separating = Separating(separator, _Strips(images, parts))
        blocks = _binaural(clip.audio_blocks(round(BLOCK_S * rate)), path)
        for sources in full_band(blocks, rate, separating, separator.info.sample_rate):
            for writer, ears in zip(writers, sources, strict=True):
                writer.write(ears)
            done += sources.shape[-1]
            if progress is not None:
                progress(min(1.0, done / max(1.0, rate * clip.duration_s)))
        if not done:
            raise ClipError(f"clip '{path}' has no sound that can be read; give another clip")
    return files


class _Strips:
    """The parts of a clip's picture at a time; the same arrays as long as the picture stays the same."""

    def __init__(self, images: ClipImages, parts: Sequence[Part]) -> None:
        self._images = images
        self._parts = parts
        self._image: Image | None = None
        self._cut: list[Image] = []

    def __call__(self, time_s: float) -> list[Image]:
        image = self._images.at(time_s)
        if image is not self._image:
            self._image, self._cut = image, [part.cut(image) for part in self._parts]
        return self._cut


def _binaural(blocks: Iterator[NDArray[np.float32]], path: Path) -> Iterator[NDArray[np.float32]]:
    """The same blocks; refuses a recording whose first sound is the same on both ears."""
    heard = False
    for block in blocks:
        if not heard and block.any():
            heard = True
            if np.array_equal(block[0], block[1]):
                raise _not_binaural(path, "the same sound on both channels")
        yield block


def _not_binaural(path: Path, has: str) -> ClipError:
    return ClipError(
        f"clip '{path}' has {has}; separation needs a binaural recording: 2 channels, left and right ear, that differ"
    )
