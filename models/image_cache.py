"""Pictures of clips, decoded once and kept small: what training looks at a thousand times."""

from __future__ import annotations

import hashlib
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from realtime.clip import Clip
from realtime.errors import DataError
from realtime.folders import cache_folder
from realtime.pictures import fit
from realtime.whole_file import whole_file

IMAGES_PER_S = 10
"""As the paper takes them."""
HEIGHT, WIDTH = 240, 480
QUALITY = 92
"""Of the JPEGs; a clip of 10 s then takes about 3 MB, against 34 MB as plain arrays."""
LAYOUT = 1
"""Part of each entry's key; another one lets older entries be."""

UNREADABLE = (OSError, EOFError, ValueError, KeyError, IndexError, zipfile.BadZipFile)
"""How damage to a file shows, by numpy's and Pillow's choice."""

Pictures = list[bytes]
"""JPEG files, ten per second from time zero."""


def user_cache() -> Path:
    """In the user's cache folder."""
    return cache_folder() / "images"


class ImageCache:
    """Ten pictures a second of every clip it is asked about, one file per clip.

    An entry belongs to the path, size and time of change of its video and of its sound: a changed clip is decoded anew.
    A damaged entry too. A file appears when it is whole, so processes may share a folder. One thread per object; may be
    sent to other processes.

    Parameters
    ----------
    folder
        Made when it is first needed.
    height, width
        Of the pictures, pixels; they are resized whatever their aspect.
    """

    def __init__(self, folder: Path, height: int = HEIGHT, width: int = WIDTH) -> None:
        self.folder = folder
        self.height, self.width = height, width

    def image(self, sound: Path, video: Path, time_s: float) -> NDArray[np.uint8]:
        """The newest picture at or before a time, (height, width, 3) RGB.

        Leading black pictures are replaced by the first that is not, and the last is held, as in `ClipImages`.

        Raises
        ------
        ClipError
            When the clip cannot be read.
        DataError
            When the folder cannot be written to.
        """
        entry = self._entry(sound, video)
        number = max(0, int(time_s * IMAGES_PER_S))
        try:
            return picture(read_entry(entry), number)
        except UNREADABLE:  # not there yet, or damaged
            return picture(self._make(sound, video, entry), number)

    def _entry(self, sound: Path, video: Path) -> Path:
        facts = [str(LAYOUT), f"{self.height}x{self.width}"]
        for path in (video, sound):
            stat = path.stat()
            facts += [str(path.resolve()), str(stat.st_size), str(stat.st_mtime_ns)]
        return self.folder / f"{hashlib.sha256(chr(0).join(facts).encode()).hexdigest()[:32]}.npz"

    def _make(self, sound: Path, video: Path, entry: Path) -> Pictures:
        clip = Clip.from_parts(sound, video)
        pictures: Pictures = []
        for _, image in clip.images(fps=IMAGES_PER_S):
            stream = BytesIO()
            Image.fromarray(fit(image, self.width, self.height)).save(stream, "JPEG", quality=QUALITY, subsampling=0)
            pictures.append(stream.getvalue())
        try:
            write_entry(entry, pictures)
        except OSError as error:
            raise DataError(
                f"pictures cannot be kept in '{self.folder}' ({error.strerror}); free some space or name another"
            ) from error
        return pictures


def picture(pictures: Pictures, number: int) -> NDArray[np.uint8]:
    """Decode one picture, the last for numbers beyond it: (height, width, 3) RGB."""
    return np.array(Image.open(BytesIO(pictures[min(number, len(pictures) - 1)])).convert("RGB"))


def read_entry(entry: Path) -> Pictures:
    """Read what `write_entry` wrote; raises one of UNREADABLE when it is missing or damaged."""
    with entry.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
        joined, ends = file["bytes"].tobytes(), file["ends"].tolist()
    return [joined[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def write_entry(entry: Path, pictures: Pictures) -> None:
    """Write pictures as one file, under its name once it is whole."""
    entry.parent.mkdir(parents=True, exist_ok=True)
    ends = np.cumsum([len(encoded) for encoded in pictures])
    # Two processes may make the same entry at once.
    with whole_file(entry, shared=True) as part:
        np.savez(part, bytes=np.frombuffer(b"".join(pictures), np.uint8), ends=ends)
