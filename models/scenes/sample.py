"""SceneSample: a scene as it is heard and seen, and the truth about it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.scenes.stage import FIELD_OF_VIEW_DEG
from models.scenes.tracks import Track


@dataclass(frozen=True, slots=True)
class Source:
    """One sounding thing: its class, where it is, how loud, and when it sounds.

    Parameters
    ----------
    class_name
        A name of `models.scenes.classes.CLASSES`.
    azimuth_deg
        0 in front, positive to the left.
    elevation_deg
        Positive upwards.
    distance_m
        From the listener.
    level_db
        Relative to the loudest source, -9..0.
    start_s, end_s
        When it sounds, from the scene's start.
    familiar
        Whether it looks like its class.
    """

    class_name: str
    azimuth_deg: float
    elevation_deg: float
    distance_m: float
    level_db: float
    start_s: float
    end_s: float
    familiar: bool = True


@dataclass(frozen=True, slots=True)
class Silent:
    """One thing that is seen and not heard.

    Parameters
    ----------
    class_name
        The class it looks like; "thing" when it looks like none.
    azimuth_deg, elevation_deg, distance_m
        As of a `Source`.
    column, row
        Its middle in the image as fractions from the upper left; NaN when something hides it.
    track
        Where it is over time.
    """

    class_name: str
    azimuth_deg: float
    elevation_deg: float
    distance_m: float
    column: float
    row: float
    track: Track


@dataclass(frozen=True, slots=True)
class SceneSample:
    """A scene.

    Parameters
    ----------
    binaural
        Each source at the two ears, shape (sources, 2, samples), float32, left then right. The sum over sources and
        the ambience is the recording; its peak is below 0.9.
    image
        What the camera sees, shape (height, width, 3), uint8, RGB.
    columns, rows
        The middle of each source in the image as fractions from its upper left, shape (sources,), float32; NaN for a
        source that is not seen.
    sources
        The sources, in the same order; those that move are where they are when the picture is taken.
    ambience
        Noise from all sides at the two ears, shape (2, samples), float32; None where there is none.
    silent
        What is seen and not heard.
    tracks
        Where each source is over time; empty where none moves.
    visible
        How much of each source is seen, 0..1, shape (sources,), float32; None where all are seen whole.
    field_deg
        The camera's horizontal field of view.
    rt60_s
        Reverberation time of the room; None where it is not told.
    """

    binaural: NDArray[np.float32]
    image: NDArray[np.uint8]
    columns: NDArray[np.float32]
    rows: NDArray[np.float32]
    sources: tuple[Source, ...]
    ambience: NDArray[np.float32] | None = None
    silent: tuple[Silent, ...] = ()
    tracks: tuple[Track, ...] = ()
    visible: NDArray[np.float32] | None = None
    field_deg: float = FIELD_OF_VIEW_DEG
    rt60_s: float | None = None

    @property
    def seen(self) -> NDArray[np.bool_]:
        """Whether each source is seen, shape (sources,)."""
        return np.isfinite(self.columns)

    @property
    def recording(self) -> NDArray[np.float32]:
        """What is heard at the two ears, shape (2, samples)."""
        sound = self.binaural.sum(axis=0, dtype=np.float32)
        return sound if self.ambience is None else sound + self.ambience
