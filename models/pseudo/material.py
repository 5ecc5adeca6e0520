"""Material: windows of mono videos, their source moved to a random place and heard from there."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import oaconvolve

from models.batches import Sample, draws_of
from models.folders import LISTED, Tell, warn
from models.image_cache import ImageCache, user_cache
from models.pseudo.finder import Finding
from models.pseudo.places import facts, find_places
from models.scenes.rooms import RoomBank
from models.scenes.stage import FIELD_OF_VIEW_DEG
from realtime.clip import Clip
from realtime.errors import ClipError, DataError
from realtime.head import Head
from realtime.pictures import fit
from realtime.spectra import SAMPLE_RATE
from realtime.whole_file import whole_file

_HISTORY = SAMPLE_RATE // 4
_TRIES = 8
_ACTIVE_DB = -20.0
_QUIETER_DB = -9.0
_LOUDNESS_DB = (-32.0, -14.0)
_PEAK = 0.89
_KEPT_WIDTH = (0.6, 1.0)
_KEPT_HEIGHT = (0.8, 1.0)
_STRETCH = (0.9, 1.1)
_MARGIN = 0.1
_EAR_LEVEL = 0.5
"""Row of the horizon: the camera looks straight ahead."""


@dataclass(frozen=True, slots=True)
class _Cut:
    """What is taken of a picture: left, top, width, height as fractions of it; mirrored or not."""

    left: float
    top: float
    width: float
    height: float
    mirrored: bool

    def place(self, finding: Finding) -> tuple[float, float]:
        """Return row and column of the source in what was cut."""
        column = (finding.column - self.left) / self.width
        return (finding.row - self.top) / self.height, 1 - column if self.mirrored else column

    def picture(self, image: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
        """Return the cut at a size in pixels."""
        rows, columns = image.shape[:2]
        top, left = round(self.top * rows), round(self.left * columns)
        bottom, right = top + max(1, round(self.height * rows)), left + max(1, round(self.width * columns))
        cut = image[top:bottom, left:right]
        return fit(np.ascontiguousarray(cut[:, ::-1] if self.mirrored else cut), width, height)


class PseudoBinaural:
    """Samples from videos with mono sound in which a source was found.

    A sample is a window of a video's sound and the picture at its middle, cut at random (60 % of the width or more,
    mirrored half of the time) so that the source is seen elsewhere; or, half of the time, the halves of two videos
    side by side, a duet. The cut counts as a picture of a camera with a field of view of 90 degrees: the source's
    column and row in it are a direction, and a head's responses from there make the two ears; half of the time in a
    room. The sound keeps the reverberation of its own recording.

    The same number gives the same sample in any process. One thread per object; may be sent to other processes. Sound
    and pictures are decoded when first asked for and kept in the user's cache.

    Parameters
    ----------
    folder
        Holds videos, or a folder `videos` of them; other than mono sound is mixed down.
    duration_s
        Length of a sample, seconds.
    image_height, image_width
        Size of its picture, pixels.
    seed
        Draws everything.
    head
        SOFA file; KEMAR by default.
    tell
        Receives a line about each video that is left out, up to ten.

    Raises
    ------
    DataError
        When there are no videos, none can be used, or there is no head.
    """

    def __init__(
        self,
        folder: Path,
        duration_s: float,
        image_height: int,
        image_width: int,
        seed: int,
        head: Path | None = None,
        tell: Tell = warn,
    ) -> None:
        self.seed = seed
        self.samples = round(duration_s * SAMPLE_RATE)
        self._size = image_height, image_width
        findings = find_places(folder)
        self._clips = [(path, finding) for path, finding in findings.items() if not finding.reason]
        left_out = [f"{path.name}: {finding.reason}" for path, finding in findings.items() if finding.reason]
        if not self._clips:
            raise DataError(
                f"a source was found in none of the {len(findings)} videos of '{folder}', first {left_out[0]}; "
                f"accepted: videos of one source; run: python -m models.pseudo '{folder}'"
            )
        if left_out:
            tell(f"'{folder}': {len(left_out)} of {len(findings)} videos are left out")
            for line in left_out[:LISTED]:
                tell(f"  {line}")
            if len(left_out) > LISTED:
                tell(f"  and {len(left_out) - LISTED} more")
        self._head = Head(SAMPLE_RATE, head)
        self._rooms = RoomBank(self._head, seed)
        self._images = ImageCache(user_cache())
        self._sounds = _Sounds(user_cache().parent / "pseudo")

    def __len__(self) -> int:
        """How many videos are used."""
        return len(self._clips)

    def sample(self, index: int) -> Sample:
        """Return sample number `index`, 0 or more.

        Raises
        ------
        ClipError
            When a video is gone or was damaged meanwhile.
        """
        rng = draws_of("pseudo", self.seed, index)
        count = int(rng.integers(1, 3)) if len(self._clips) > 1 else 1
        chosen = [self._clips[int(number)] for number in rng.choice(len(self._clips), count, replace=False)]
        room = int(rng.integers(self._rooms.count)) if rng.random() < 0.5 else None
        height, width = self._size
        edges = [round(part * width / count) for part in range(count + 1)]
        ears: list[NDArray[np.float32]] = []
        parts: list[NDArray[np.uint8]] = []
        places: list[tuple[float, float]] = []
        for (path, finding), left, right in zip(chosen, edges[:-1], edges[1:], strict=True):
            mono, middle_s = self._window(path, rng)
            cut = _draw_cut(finding, count, rng)
            parts.append(cut.picture(self._images.image(path, path, middle_s), height, right - left))
            row, column = cut.place(finding)
            places.append((row, (left + column * (right - left)) / width))
            response = self._response(*places[-1], room)
            heard = oaconvolve(mono[None], response, axes=-1)[:, _HISTORY : _HISTORY + self.samples]
            ears.append(np.asarray(heard, np.float32))
        levels = np.float32(10 ** (rng.uniform(_QUIETER_DB, 0, count) / 20))
        sources = _levelled(np.stack(ears) * (levels / levels.max())[:, None, None], rng)
        image = np.ascontiguousarray(np.concatenate(parts, axis=1))
        return Sample(sources, image, np.array(places, np.float32), np.full(count, -1, np.int64))

    def _window(self, path: Path, rng: np.random.Generator) -> tuple[NDArray[np.float32], float]:
        """Return sound of unit loudness with what came before it, (history + samples,), and the time of its middle.

        Of eight windows the first that is not much quieter than the clip, or else the loudest, is taken.
        """
        sound = self._sounds.read(path)
        last = max(0, len(sound) - self.samples)
        least = 10 ** (_ACTIVE_DB / 10) * float(np.mean(np.square(sound, dtype=np.float32)))
        best, start = -1.0, 0
        for _ in range(_TRIES):
            tried = int(rng.integers(last + 1))
            power = float(np.mean(np.square(sound[tried : tried + self.samples], dtype=np.float32)))
            if power > best:
                best, start = power, tried
            if power >= least:
                break
        cut = sound[max(0, start - _HISTORY) : start + self.samples].astype(np.float32)
        mono = np.zeros(_HISTORY + self.samples, np.float32)
        first = max(0, _HISTORY - start)
        mono[first : first + len(cut)] = cut
        return mono / np.float32(np.sqrt(best) + 1e-3), (start + self.samples / 2) / SAMPLE_RATE

    def _response(self, row: float, column: float, room: int | None) -> NDArray[np.float32]:
        """Return the response of both ears to what is seen at a place of the picture."""
        height, width = self._size
        azimuth_deg, elevation_deg = direction(row, column, width / height)
        if room is None:
            return self._head.hrir(azimuth_deg, elevation_deg)
        return self._rooms.response(room, azimuth_deg)[1]


def direction(row: float, column: float, aspect: float) -> tuple[float, float]:
    """Return azimuth (positive to the left) and elevation in degrees of a place in a picture: `stage`'s inverse."""
    reach = float(np.tan(np.radians(FIELD_OF_VIEW_DEG / 2)))
    azimuth = np.arctan((0.5 - column) * 2 * reach)
    elevation = np.arctan((_EAR_LEVEL - row) * 2 * reach / aspect * np.cos(azimuth))
    return float(np.degrees(azimuth)), float(np.degrees(elevation))


class _Sounds:
    """Mono sound at 16 kHz of every video, int16, kept as files that are mapped into memory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._open: dict[Path, NDArray[np.int16]] = {}

    def __getstate__(self) -> dict[str, Any]:
        """Another process opens the files for itself."""
        return {"folder": self.folder, "_open": {}}

    def read(self, video: Path) -> NDArray[np.int16]:
        """Return the sound, scaled so that its peak is full scale."""
        if video not in self._open:
            self._open[video] = self._load(video)
        return self._open[video]

    def _load(self, video: Path) -> NDArray[np.int16]:
        try:
            key = " ".join(map(str, (video.resolve(), *facts(video))))
        except OSError as error:
            raise ClipError(f"'{video}' cannot be read ({error.strerror}); put it back or start again") from error
        file = self.folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.npy"
        try:
            return np.load(file, mmap_mode="r")
        except (OSError, ValueError, EOFError):  # not there yet, or damaged
            mono = Clip.open(video).audio(SAMPLE_RATE).mean(axis=0)
        sound = np.round(mono * (32767 / max(float(np.abs(mono).max(initial=0)), 1e-6))).astype(np.int16)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with whole_file(file, shared=True) as part:
                np.save(part, sound)
        except OSError as error:
            raise DataError(f"sound cannot be kept in '{self.folder}' ({error.strerror}); free some space") from error
        return sound


def _draw_cut(finding: Finding, count: int, rng: np.random.Generator) -> _Cut:
    """Draw what is taken of a picture for one of `count` parts so that the source lies anywhere in it, but inside."""
    height = float(rng.uniform(*_KEPT_HEIGHT))
    widths = _KEPT_WIDTH if count == 1 else (_STRETCH[0] * height / count, _STRETCH[1] * height / count)
    width = max(float(rng.uniform(*widths)), finding.width)
    left = _start(finding.column, width, rng)
    top = _start(finding.row, height, rng)
    return _Cut(left, top, width, height, bool(rng.random() < 0.5))


def _start(middle: float, length: float, rng: np.random.Generator) -> float:
    """Draw where a stretch of 0..1 begins so that it holds `middle`, and that a tenth within it where it can."""
    low, high = max(0.0, (middle - 1 + length) / length), min(1.0, middle / length)
    inner_low, inner_high = max(low, min(_MARGIN, high)), min(high, max(1 - _MARGIN, low))
    return float(np.clip(middle - length * rng.uniform(inner_low, inner_high), 0, 1 - length))


def _levelled(ears: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Scale a recording to a loudness of -32..-14 dB, and below full scale."""
    recording = ears.sum(axis=0)
    rms = max(float(np.sqrt((recording**2).mean())), 1e-6)
    gain = 10 ** (float(rng.uniform(*_LOUDNESS_DB)) / 20) / rms
    return np.asarray(ears * np.float32(min(gain, _PEAK / max(float(np.abs(recording).max()), 1e-6))), np.float32)
