"""What a network is measured on: clips of a folder in FAIR-Play's layout, or scenes generated on the spot."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.ambisonics import DEFAULT, AmbisonicFormat, decoder, refuse_idle
from models.folders import SHORTEST, TOLERATED, Folder, Tell, open_folder, warn
from models.rendering import Images
from models.scenes import SHIFT, WORLD, SceneSampler, Variety
from models.scenes.film import Film
from realtime.clip import Clip, ClipImages
from realtime.errors import DataError
from realtime.spectra import SAMPLE_RATE

SCENES = "scenes"
SEATED = "seated"
SEATED_HABIT = 0.7
"""Share of seated scenes in which every class stands on its habitual side: there, hearing alone tells something."""
VARIED: dict[str, Variety] = {variety.name: variety for variety in (WORLD, SHIFT)}
"""Scenes with the variety of the world, and scenes unlike all that networks are trained on."""
SCENE_DURATION_S = 4.0
SCENE_SOURCES = (1, 3)
IMAGE_WIDTH = 640
"""Wider pictures are shrunk while they are read; no network takes more than 448."""


@dataclass(frozen=True)
class Example:
    """One clip with its truth."""

    name: str
    truth: NDArray[np.float32]
    """(2, N) at 16 kHz, left and right."""
    watch: Callable[[], AbstractContextManager[Images]]
    """Opens the picture; may be called again for another pass, in rising time each."""
    rival: NDArray[np.float32] | None = None
    """(2, N) what another program's predicted ambisonics give at the ears, where the folder has them."""


class Examples(ABC):
    """Examples by their number. May be sent to other processes."""

    left_out: tuple[str, ...] = ()
    """Clips that cannot be used."""
    has_rival: bool = False
    """Whether every example has a `rival`."""
    may_break: bool = False
    """Whether one may turn out to be unusable while the others are not."""

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def name(self, index: int) -> str:
        """What example number `index` is called."""

    @abstractmethod
    def example(self, index: int) -> Example:
        """Make one, 0 to len - 1; raises DataError or ClipError when its clip turns out to be unusable."""

    def __iter__(self) -> Iterator[Example]:
        return (self.example(index) for index in range(len(self)))


def open_examples(
    data: str,
    *,
    ambisonics: str = DEFAULT,
    head: Path | None = None,
    tolerated: float = TOLERATED,
    tell: Tell = warn,
) -> Examples:
    """Find what a description of data means.

    Parameters
    ----------
    data
        "DIR", "DIR:PART", "DIR:SPLIT" or "DIR:SPLIT/PART" (a folder in FAIR-Play's layout, or a 360-degree set with
        ambisonics instead of binaural_audios; by default part "test" of "split1"), "scenes:SEED:COUNT[:SOURCES]"
        (generated, with one to three sources unless SOURCES says how many), "seated:SEED:COUNT[:SOURCES]" (the same,
        but each class mostly stands on a side of its own), or "world:..." and "shift:..." (generated with one to four
        sources and the variety of the world; "shift" is made of what "world" never holds).
    ambisonics
        Format of 360-degree sound, as `AmbisonicFormat.parse` reads it.
    head
        SOFA file that 360-degree sound is decoded with; KEMAR by default.
    tolerated, tell
        As in `models.folders.open_folder`.

    Raises
    ------
    DataError
        When the description, the folder, the split or too many of its clips are not usable.
    SettingsError
        When `ambisonics` or `head` is given for sound that is binaural already.
    """
    prefix = data.partition(":")[0]
    form = AmbisonicFormat.parse(ambisonics)
    if prefix in (SCENES, SEATED, *VARIED) and ":" in data:
        refuse_idle(data, form, head)
        return generated(data)
    folder = open_folder(data, tolerated=tolerated, tell=tell)
    if not folder.ambisonic:
        refuse_idle(data, form, head)
    return RecordedExamples(folder, form, head)


class SceneExamples(Examples):
    """Generated scenes; their sources sound together."""

    def __init__(self, sampler: SceneSampler, count: int) -> None:
        self.sampler = sampler
        self.count = count

    def __len__(self) -> int:
        return self.count

    def name(self, index: int) -> str:
        """As `Examples` says."""
        return f"scene {index}"

    def example(self, index: int) -> Example:
        """Scene number `index`."""
        scene = self.sampler.scene(index)
        return Example(self.name(index), scene.recording, partial(still, scene.image))


class FilmedExamples(SceneExamples):
    """Generated scenes in which things move, what sounds in time with its sound."""

    def example(self, index: int) -> Example:
        """Scene number `index`."""
        scene, play = self.sampler.played(index)
        return Example(self.name(index), scene.recording, partial(filmed, Film(scene, play, SAMPLE_RATE, seed=index)))


def generated(data: str) -> SceneExamples:
    """Scenes by seed; never those that training sees."""
    prefix, _, numbers = data.partition(":")
    try:
        first, second, *choice = numbers.split(":")
        seed, count = int(first), int(second)
        sources = [int(number) for part in choice for number in part.split("-")]
        if seed < 0 or count < 1 or len(choice) > 1 or len(sources) > 2 or any(number < 1 for number in sources):
            raise ValueError
    except ValueError as error:
        raise DataError(
            f"'{data}' is not understood; accepted: {prefix}:SEED:COUNT[:SOURCES], as in {prefix}:7:100:1 or "
            f"{prefix}:7:100:1-2"
        ) from error
    variety = VARIED.get(prefix)
    choices = SCENE_SOURCES if variety is None else (1, variety.most_sources)
    fewest, most = (sources[0], sources[-1]) if sources else choices
    own: dict[str, Any] = {"habit": SEATED_HABIT} if prefix == SEATED else {}
    if variety is not None:
        own["variety"] = variety
    sampler = SceneSampler(
        seed,
        sample_rate=SAMPLE_RATE,
        duration_s=SCENE_DURATION_S,
        split="test",
        min_sources=fewest,
        max_sources=most,
        **own,
    )
    return (SceneExamples if variety is None else FilmedExamples)(sampler, count)


@contextmanager
def still(image: NDArray[np.uint8]) -> Generator[Images]:
    """One picture for all times."""
    yield lambda time_s: image


@contextmanager
def filmed(film: Film) -> Generator[Images]:
    """The pictures of a film in time."""
    taken = lru_cache(maxsize=1)(film.picture)
    yield lambda time_s: taken(film.number(time_s))


class RecordedExamples(Examples):
    """Clips of a folder.

    Raises
    ------
    DataError
        When the head that 360-degree sound needs cannot be read.
    """

    may_break = True

    def __init__(self, folder: Folder, form: AmbisonicFormat, head: Path | None) -> None:
        self.folder = folder
        self.form = form
        self.head = head
        self.left_out = folder.left_out
        self.has_rival = folder.has_predictions
        if folder.ambisonic:
            decoder(SAMPLE_RATE, head)

    def __len__(self) -> int:
        return len(self.folder.names)

    def name(self, index: int) -> str:
        """As `Examples` says."""
        return self.folder.names[index]

    def example(self, index: int) -> Example:
        """Clip number `index` of the split."""
        name = self.name(index)
        sound = self.folder.sound(name)
        clip = Clip.from_parts(sound, self.folder.video(name))
        truth = self._ears(sound, clip)
        if truth.shape[1] < SHORTEST:
            raise DataError(f"'{sound}' is {truth.shape[1]} samples long at 16 kHz; accepted: {SHORTEST} or more")
        rival = None
        if self.has_rival:
            path = self.folder.prediction(name)
            heard = self._ears(path, Clip.open(path))[:, : truth.shape[1]]
            rival = np.pad(heard, ((0, 0), (0, truth.shape[1] - heard.shape[1])))
        return Example(name, truth, partial(video_images, clip), rival)

    def _ears(self, path: Path, clip: Clip) -> NDArray[np.float32]:
        """The two ears at 16 kHz."""
        sound = clip.audio(SAMPLE_RATE)
        if len(sound) != self.folder.channels:
            raise DataError(f"'{path}' has {len(sound)} channels; accepted: {self.folder.channels}")
        return decoder(SAMPLE_RATE, self.head).decode(sound, self.form) if self.folder.ambisonic else sound


@contextmanager
def video_images(clip: Clip) -> Generator[Images]:
    """Pictures of a clip in time."""
    with ClipImages(clip, IMAGE_WIDTH) as held:
        yield held.at
