"""Recorded clips as training material: random windows of their sound, each with the picture at its middle."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from models.ambisonics import DEFAULT, AmbisonicFormat, decoder
from models.batches import Sample
from models.folders import TOLERATED, Folder, Tell, open_folder, warn
from models.image_cache import HEIGHT, WIDTH, ImageCache
from realtime.clip import Clip, ClipImages
from realtime.errors import DataError
from realtime.pictures import fit
from realtime.spectra import SAMPLE_RATE

MARGIN_S = 0.05
"""Read on both sides of a window, so that the resampler's filter (under 10 ms) and the head's response see no edge."""


class Recordings:
    """Windows of the clips of a split. The same number gives the same sample, in any process.

    Within an epoch of as many numbers as there are clips, each clip comes once, in an order drawn for the epoch; where
    in the clip the window lies is drawn for the number. May be sent to other processes; one thread per object.

    Parameters
    ----------
    data
        "DIR" or "DIR:SPLIT", as `models.folders.open_folder` understands it. 360-degree sets are decoded to binaural.
    part
        "train", "val" or "test"; None for what `data` says.
    duration_s
        Length of a window, seconds. A clip that is shorter is followed by silence.
    image_size
        (height, width) of the pictures; they are resized to it whatever their aspect.
    seed
        Draws orders and windows.
    fixed
        For validation: number n is the middle of clip n, and after the last comes the first again.
    cache
        Folder that keeps decoded pictures; None decodes the video up to the wanted picture each time.
    ambisonics
        Format of 360-degree sound, as `AmbisonicFormat.parse` reads it.
    head
        SOFA file that 360-degree sound is decoded with; KEMAR by default.
    tolerated, tell
        As in `open_folder`.

    Raises
    ------
    DataError
        When the folder, the split, too many clips, the format or the head are unusable.
    """

    def __init__(
        self,
        data: str,
        part: str | None,
        duration_s: float,
        image_size: tuple[int, int] = (HEIGHT, WIDTH),
        *,
        seed: int = 0,
        fixed: bool = False,
        cache: Path | None = None,
        ambisonics: str = DEFAULT,
        head: Path | None = None,
        tolerated: float = TOLERATED,
        tell: Tell = warn,
    ) -> None:
        self.form = AmbisonicFormat.parse(ambisonics)
        self.folder: Folder = open_folder(data, part, tolerated=tolerated, tell=tell)
        self.samples = round(duration_s * SAMPLE_RATE)
        self.image_size = image_size
        self.seed = seed
        self.fixed = fixed
        self.head = head
        self.cache = None if cache is None else ImageCache(cache, *image_size)
        if self.folder.ambisonic:
            decoder(SAMPLE_RATE, head)
        self._epoch = -1
        self._order = np.arange(len(self.folder.names))

    def __len__(self) -> int:
        """Number of clips."""
        return len(self.folder.names)

    def sample(self, index: int) -> Sample:
        """Window number `index`, 0 or more.

        Raises
        ------
        DataError, ClipError
            When a clip turns out to be unusable.
        """
        name = self.folder.names[self._clip(index)]
        sound, start = self._window(name, index)
        image = self._image(name, (start + self.samples / 2) / SAMPLE_RATE)
        return Sample(sound[None], image, np.full((1, 2), np.nan, np.float32), np.full(1, -1, np.int64))

    def _clip(self, index: int) -> int:
        epoch, place = divmod(index, len(self))
        if self.fixed:
            return place
        if epoch != self._epoch:
            self._order = np.random.default_rng([self.seed, 0, epoch]).permutation(len(self))
            self._epoch = epoch
        return int(self._order[place])

    def _window(self, name: str, index: int) -> tuple[NDArray[np.float32], int]:
        """Sound of a window at the two ears, (2, samples), and where it starts in the clip, samples at 16 kHz."""
        path = self.folder.sound(name)
        where = 0.5 if self.fixed else float(np.random.default_rng([self.seed, 1, index]).random())
        try:
            with soundfile.SoundFile(path) as file:
                sound, start, lead = read_window(file, where, self.samples)
        except (soundfile.LibsndfileError, OSError) as error:
            raise DataError(f"'{path}' cannot be read ({error}); copy it again or drop it from the split") from error
        if self.folder.ambisonic:
            sound = decoder(SAMPLE_RATE, self.head).decode(sound, self.form)
        if len(sound) != 2:
            raise DataError(f"'{path}' has {len(sound)} channels; accepted: 2, left and right ear")
        window = sound[:, lead : lead + self.samples]
        missing = self.samples - window.shape[1]
        return np.ascontiguousarray(np.pad(window, ((0, 0), (0, missing)))), start

    def _image(self, name: str, time_s: float) -> NDArray[np.uint8]:
        sound, video = self.folder.sound(name), self.folder.video(name)
        if self.cache is not None:
            return self.cache.image(sound, video, time_s)
        height, width = self.image_size
        with ClipImages(Clip.from_parts(sound, video)) as images:
            return fit(images.at(time_s), width, height)


def read_window(file: soundfile.SoundFile, where: float, samples: int) -> tuple[NDArray[np.float32], int, int]:
    """Read a window with its margins.

    Parameters
    ----------
    file
        Any channels, any rate.
    where
        0 for the earliest window, 1 for the latest.
    samples
        Of the window, at 16 kHz.

    Returns
    -------
    sound
        (channels, at most samples and two margins) at 16 kHz; what is not finite is 0.
    start
        Where the window starts in the clip, samples at 16 kHz.
    lead
        Where it starts in `sound`.
    """
    # Windows and margins start where a sample of the file and one at 16 kHz coincide: every `step` at 16 kHz.
    common = math.gcd(file.samplerate, SAMPLE_RATE)
    step, own_step = SAMPLE_RATE // common, file.samplerate // common
    latest = max(0, file.frames * SAMPLE_RATE // file.samplerate - samples)
    start = round(where * latest) // step * step
    margin = math.ceil(MARGIN_S * SAMPLE_RATE / step) * step
    first = max(0, start - margin)
    file.seek(first // step * own_step)
    count = math.ceil((start + samples + margin - first) / step) * own_step
    sound = np.nan_to_num(file.read(count, dtype="float32", always_2d=True), posinf=0, neginf=0)
    if file.samplerate != SAMPLE_RATE:
        sound = soxr.resample(sound, file.samplerate, SAMPLE_RATE)
    return np.ascontiguousarray(sound.T, np.float32), start, start - first
