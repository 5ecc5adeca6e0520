"""A recorded clip: its sound as float32 arrays, its pictures in time, both on one axis that starts at zero."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from realtime.clip_images import ClipImages, folder_facts, read_folder
from realtime.clip_sound import MAX_GAP_S, ClipSound
from realtime.errors import ClipError
from realtime.media import Picture, Sound, TimedImage, probe_picture, probe_sound, read_pictures
from realtime.pictures import Image

__all__ = ["Clip", "ClipImages", "ClipSound"]

WHOLE_BLOCK = 65_536
IMAGES_PER_S = 10.0


class Clip:
    """Sound, and maybe a picture, of one file or of a pair of them. Make one with `open` or `from_parts`.

    Attributes
    ----------
    path
        The file with the sound.
    sample_rate, channels
        Of its sound.
    duration_s
        Of the sound from time zero, as the file states it; a file that was cut off holds less.
    has_picture
        There is a picture that can be decoded.
    width, height
        Of the upright picture, pixels; 0 without one.
    image_rate
        Pictures per second, on average; 0 without a picture.
    picture_path
        File or folder that holds the picture, or None.
    start_s
        What the picture file calls the clip's time zero.
    sound
        Facts of the sound's file.
    lead_s
        By how much the sound begins after time zero.
    bad_samples
        Samples that were not finite (written as 0), in the last reading of the sound.

    Notes
    -----
    Time zero is where the earlier of sound and picture starts. Each reading opens the file anew, so readings do not
    disturb each other; one reading belongs to one thread. Nothing is real-time safe.
    """

    def __init__(
        self, path: Path, sound: Sound, picture_path: Path | None, picture: Picture | None, start_s: float
    ) -> None:
        self.path = path
        self.sample_rate = sound.sample_rate
        self.channels = sound.channels
        self.has_picture = picture is not None
        self.picture_path = picture_path if picture is not None else None
        self.width = picture.width if picture else 0
        self.height = picture.height if picture else 0
        self.image_rate = picture.rate if picture else 0.0
        self.start_s = start_s
        self.bad_samples = 0
        self.lead_s = sound.start_s - start_s if picture_path == path else 0.0
        if not 0.0 <= self.lead_s <= MAX_GAP_S:
            self.lead_s = 0.0
        self.duration_s = sound.duration_s + self.lead_s
        self.sound = sound
        self._warnings: list[str] = []

    @classmethod
    def open(cls, path: Path | str) -> Clip:
        """Open a media file with sound, with or without picture.

        Raises
        ------
        ClipError
            When it is missing, is no media file, is cut off before its index, or has no sound.
        """
        path = Path(path)
        told: list[str] = []
        sound, picture = probe_sound(path, told.append), probe_picture(path, told.append)
        start_s = min(sound.start_s, picture.start_s) if picture else sound.start_s
        clip = cls(path, sound, path, picture, start_s)
        for line in told:
            clip.tell(line)
        return clip

    @classmethod
    def from_parts(cls, audio: Path | str, images: Path | str, images_per_s: float = IMAGES_PER_S) -> Clip:
        """A sound file and its picture: a video, or a folder of numbered .png and .jpg files; both start at zero.

        Raises
        ------
        ClipError
            As `open`; when there is no picture.
        """
        audio, images = Path(audio), Path(images)
        told: list[str] = []
        sound = probe_sound(audio, told.append)
        picture = folder_facts(images, images_per_s) if images.is_dir() else probe_picture(images, told.append)
        if picture is None:
            raise ClipError(f"'{images}' has no picture; give a video or a folder of .png or .jpg files")
        clip = cls(audio, sound, images, picture, picture.start_s)
        for line in told:
            clip.tell(line)
        return clip

    @property
    def warning(self) -> str:
        """What is wrong with the file though it can be used, as far as it was read; "" when nothing is."""
        return f"clip '{self.path}': {'; '.join(self._warnings)}" if self._warnings else ""

    def audio(self, sample_rate: int | None = None) -> NDArray[np.float32]:
        """The whole sound, float32 (channels, samples), resampled when `sample_rate` (Hz) is given."""
        pieces = list(self.audio_blocks(WHOLE_BLOCK, sample_rate))
        return np.concatenate(pieces, axis=1) if pieces else np.zeros((self.channels, 0), np.float32)

    def audio_blocks(self, block: int, sample_rate: int | None = None) -> Iterator[NDArray[np.float32]]:
        """The same samples as `audio`, in blocks float32 (channels, block); the last may be shorter."""
        sound = ClipSound(self, sample_rate or self.sample_rate)
        while (piece := sound.read(block)).shape[1]:
            yield piece

    def images(
        self, times: Iterable[float] | None = None, *, fps: float | None = None, max_width: int | None = None
    ) -> Iterator[tuple[float, Image]]:
        """Pictures as (time in seconds, uint8 (height, width, 3) RGB) in order.

        Parameters
        ----------
        times
            At these rising times; without it, `fps` times a second over the sound, or else each as it was recorded.

        Raises
        ------
        ClipError
            When there is no picture.
        """
        if times is None and fps is not None:
            times = (index / fps for index in range(max(1, round(self.duration_s * fps))))
        if times is None:
            for time_s, make in self.timed_images(max_width):
                yield time_s, make()
            return
        with ClipImages(self, max_width) as held:
            for time_s in times:
                yield time_s, held.at(time_s)

    def timed_images(self, max_width: int | None = None, start_s: float = 0.0) -> Generator[TimedImage]:
        """Times of the pictures, each with a function that makes the image; nothing without a picture.

        From `start_s` on, or from a little before, where decoding can begin.
        """
        if self.picture_path is None:
            return
        if self.picture_path.is_dir():
            yield from read_folder(self.picture_path, self.image_rate, self.tell, max_width, start_s)
            return
        from_s = self.start_s + start_s if start_s > 0.0 else None
        for time_s, make in read_pictures(self.picture_path, self.tell, max_width, from_s):
            yield time_s - self.start_s, make

    def tell(self, line: str) -> None:
        """Add to what is wrong with the file, once."""
        if line not in self._warnings:
            self._warnings.append(line)
