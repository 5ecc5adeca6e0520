"""SceneSampler: audio-visual scenes with binaural truth, any of them by its number."""

from __future__ import annotations

from functools import lru_cache
from itertools import permutations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.signal import oaconvolve

from models.scenes import stage
from models.scenes.backgrounds import Backgrounds
from models.scenes.cast import Cast
from models.scenes.classes import CLASSES
from models.scenes.hearing import Hearing
from models.scenes.levels import levelled, loudness
from models.scenes.pictures import PictureBook
from models.scenes.play import Play
from models.scenes.rooms import AZIMUTH_STEP_DEG, Place, RoomBank
from models.scenes.sample import SceneSample, Source
from models.scenes.sights import Sights
from models.scenes.sounds import SPLITS, SoundBank
from models.scenes.sphere import SphereHead
from models.scenes.stage import Lens, Sprite, Stage
from models.scenes.surroundings import Surroundings
from models.scenes.things import Things
from models.scenes.variety import PLAIN, SHIFT, WORLD, Variety
from models.scenes.world import World
from realtime.errors import DataError
from realtime.head import Ears, Head

MAX_AZIMUTH_DEG = 40.0
MIN_GAP_DEG = 10.0

_HISTORY_S = 0.25
_QUIETEST_DB = -9.0
_LATE_FROM_S = 4.0
_KINDS = {"instrument": 0.55, "talker": 0.25, "animal": 0.2}
_SPLIT_SEEDS = {split: number for number, split in enumerate(SPLITS)}
_HABITS = {sound_class.name: 1 if number % 2 else -1 for number, sound_class in enumerate(CLASSES)}
"""The side of each class where it stands by habit: 1 left, -1 right."""


class SceneSampler:
    """Draws scenes: some sources in a room, heard by a head and seen by a camera at the same place.

    A scene depends on the sampler's parameters and its number alone, so any process may draw any scene. A sampler
    belongs to one thread; it may be sent to other processes.

    Parameters
    ----------
    seed
        Draws everything.
    sample_rate
        Hz.
    duration_s
        Length of a scene, seconds.
    image_height, image_width
        Size of the image, pixels.
    min_sources, max_sources
        How many sources, from 1 to what the variety has at most: three in plain scenes.
    split
        'train', 'val' or 'test': they share neither a sample of sound nor a room, person or background.
    habit
        Share of scenes, 0..1, in which the classes stand on their habitual sides, as the musicians of a room mostly do:
        then hearing alone says something about the place. At 0.5 it says nothing. Plain scenes only.
    head
        SOFA file; by default the variety's, KEMAR in plain scenes.
    images
        Folder of pictures to use as backgrounds.
    images_share
        Of the scenes that have them; the others have drawn ones.
    sounds
        Folder of further sounds, one subfolder per class.
    variety
        What differs from one scene to the next.

    Raises
    ------
    DataError
        When a parameter is out of range, or material is missing.
    """

    def __init__(
        self,
        seed: int,
        *,
        sample_rate: int = 16_000,
        duration_s: float = 1.28,
        image_height: int = 112,
        image_width: int = 224,
        min_sources: int = 1,
        max_sources: int = 3,
        split: str = "train",
        habit: float = 0.5,
        head: Path | None = None,
        images: Path | None = None,
        images_share: float = 1.0,
        sounds: Path | None = None,
        variety: Variety = PLAIN,
    ) -> None:
        if not 0 <= habit <= 1:
            raise DataError(f"habit {habit} does not fit; accepted is 0..1")
        if split not in SPLITS:
            raise DataError(f"split '{split}' is not known; accepted are {', '.join(SPLITS)}")
        most = variety.most_sources
        if not 1 <= min_sources <= max_sources <= most:
            given = f"min_sources {min_sources} and max_sources {max_sources}"
            raise DataError(f"{given} do not fit; accepted is 1..{most}")
        if habit != 0.5 and variety != PLAIN:
            raise DataError(f"habit {habit} does not go with the variety '{variety.name}'; accepted is 0.5")
        self.seed = seed
        self.split = split
        self.sample_rate = sample_rate
        self.samples = round(duration_s * sample_rate)
        self._duration_s = duration_s
        self._height, self._width = image_height, image_width
        self._counts = (min_sources, max_sources)
        self._habit = habit
        own = 3 * seed + _SPLIT_SEEDS[split]
        size_px = max(160, image_height)
        self._bank = SoundBank(sample_rate, extra=sounds, classes=variety.classes)
        self._book = PictureBook(own, size_px)
        ears = _ears(variety, sample_rate, head)
        self._rooms = RoomBank(ears, own)
        things, paint = None, None
        if variety != PLAIN:
            things = Things(variety.part, own, size_px)
            paint = Surroundings(variety.part, things).paint
        count = 64 if things is None else 160
        self._backgrounds = Backgrounds(
            image_height, image_width, own, count=count, folder=images, share=images_share, paint=paint
        )
        self._world: World | None = None
        if things is not None:
            cast = Cast(variety, self._counts, duration_s, image_width / image_height, self._book, things)
            hearing = Hearing(variety, self._bank, ears, own, split, self.samples)
            sights = Sights(variety, self._backgrounds, things, (image_width, image_height))
            self._world = World(variety, (seed, _SPLIT_SEEDS[split]), cast, hearing, sights, duration_s)

    def scene(self, index: int) -> SceneSample:
        """Return scene number `index` (0 or more); the same number gives the same bytes."""
        return self.staged(index)[0]

    def staged(self, index: int) -> tuple[SceneSample, Stage]:
        """Return scene number `index` with the stage that its image was taken of, whose sprites follow the sources."""
        if self._world is not None:
            return self.played(index)
        rng = np.random.default_rng([self.seed, _SPLIT_SEEDS[self.split], index])
        names = self._cast(rng)
        pictures = [self._book.picture(name, rng) for name in names]
        azimuths = self._azimuths([image.width / image.height * height for image, height in pictures], rng)
        if self._habit != 0.5:
            azimuths = _seated(names, azimuths, rng.random() < self._habit)
        room = int(rng.integers(self._rooms.count))
        heard = [self._rooms.response(room, azimuth) for azimuth in azimuths]
        places = [place for place, _ in heard]
        sources = self._sources(names, places, rng)
        responses = [response for _, response in heard]
        ears = np.stack([self._heard(*pair, rng) for pair in zip(sources, responses, strict=True)])
        scenery = self._stage(pictures, places, rng)
        sample = SceneSample(
            binaural=levelled(ears, rng),
            image=scenery.picture(rng),
            columns=np.array([sprite.column for sprite in scenery.sprites], np.float32),
            rows=np.array([sprite.row for sprite in scenery.sprites], np.float32),
            sources=sources,
        )
        return sample, scenery

    def played(self, index: int) -> tuple[SceneSample, Play]:
        """Return scene number `index` of a variety other than the plain one, with the stage on which it moves.

        Raises
        ------
        DataError
            When the scenes are plain.
        """
        if self._world is None:
            raise DataError(f"nothing moves in '{PLAIN.name}' scenes; accepted are {WORLD.name} and {SHIFT.name}")
        return self._world.staged(index)

    def _cast(self, rng: np.random.Generator) -> list[str]:
        """Draw the classes: one scene in five may hold a class twice."""
        count = int(rng.integers(self._counts[0], self._counts[1] + 1))
        twice = bool(rng.random() < 0.2)
        kinds, shares = list(_KINDS), list(_KINDS.values())
        names: list[str] = []
        while len(names) < count:
            kind = kinds[int(rng.choice(len(kinds), p=shares))]
            choices = [sound_class.name for sound_class in CLASSES if sound_class.kind == kind]
            name = names[0] if twice and names else choices[int(rng.integers(len(choices)))]
            if twice or name not in names:
                names.append(name)
        return names

    def _azimuths(self, widths: list[float], rng: np.random.Generator) -> list[float]:
        """Draw azimuths on the rooms' grid, apart from each other and so that pictures this wide mostly fit."""
        edges = [
            min(MAX_AZIMUTH_DEG, float(np.degrees(np.arctan(1 - min(0.6, 0.7 * width * self._height / self._width)))))
            for width in widths
        ]
        for _ in range(100):
            drawn = [AZIMUTH_STEP_DEG * round(float(rng.uniform(-edge, edge)) / AZIMUTH_STEP_DEG) for edge in edges]
            if np.diff(np.sort(drawn)).min(initial=90.0) >= MIN_GAP_DEG:
                return drawn
        return [-20.0, 0.0, 20.0][: len(edges)]

    def _sources(self, names: list[str], places: list[Place], rng: np.random.Generator) -> tuple[Source, ...]:
        levels = rng.uniform(_QUIETEST_DB, 0.0, len(names))
        levels -= 3.0 * np.log2([place.distance_m for place in places])
        levels = np.maximum(levels - levels.max(), _QUIETEST_DB)
        sources: list[Source] = []
        for number, (name, place) in enumerate(zip(names, places, strict=True)):
            late = number > 0 and self._duration_s >= _LATE_FROM_S and rng.random() < 0.3
            start_s = round(float(rng.uniform(0.1, 0.3)) * self._duration_s, 2) if late else 0.0
            sources.append(
                Source(
                    name,
                    place.azimuth_deg,
                    place.elevation_deg,
                    place.distance_m,
                    float(levels[number]),
                    start_s,
                    self._duration_s,
                )
            )
        return tuple(sources)

    def _heard(self, source: Source, response: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
        """Return a source at both ears, shape (2, samples), the room already full of its earlier sound."""
        history = round(_HISTORY_S * self.sample_rate)
        mono = self._bank.segment(source.class_name, history + self.samples, self.split, rng)
        mono = mono * np.float32(10 ** (source.level_db / 20) / max(loudness(mono, self.sample_rate), 1e-4))
        if source.start_s:
            start = history + round(source.start_s * self.sample_rate)
            mono[:start] = 0.0
            ramp = min(history, len(mono) - start)
            mono[start : start + ramp] *= np.linspace(0, 1, ramp, dtype=np.float32)
        return oaconvolve(mono[None], response, axes=-1)[:, history : history + self.samples].astype(np.float32)

    def _stage(self, pictures: list[tuple[Image.Image, float]], places: list[Place], rng: np.random.Generator) -> Stage:
        columns = [stage.column(place.azimuth_deg) for place in places]
        sprites: list[Sprite] = []
        for number, ((picture, height), place) in enumerate(zip(pictures, places, strict=True)):
            row = stage.row(place.azimuth_deg, place.elevation_deg, self._width / self._height)
            gaps = [abs(columns[number] - column) for other, column in enumerate(columns) if other != number]
            widest = min(2 * min(columns[number], 1 - columns[number]), 1.6 * min(gaps, default=1.0)) * self._width - 2
            tallest = 2 * min(row, 1 - row) * self._height - 2
            wanted = height * (2.0 / place.distance_m) ** 0.6 * float(rng.uniform(0.85, 1.2)) * self._height
            size = min(wanted, tallest, widest * picture.height / picture.width)
            sprites.append(Sprite(stage.posed(picture, size, rng), columns[number], row, place.distance_m))
        return Stage(self._backgrounds.cut(rng), tuple(sprites), Lens(rng))


@lru_cache(maxsize=4)
def _head(sample_rate: int, path: Path | None) -> Head:
    """Read a head once for all samplers of the process."""
    return Head(sample_rate, path)


def _ears(variety: Variety, sample_rate: int, path: Path | None) -> Ears:
    return SphereHead(sample_rate) if path is None and variety.ears == "sphere" else _head(sample_rate, path)


def _seated(names: list[str], azimuths: list[float], by_habit: bool) -> list[float]:
    """Share out azimuths so that classes stand on their habitual sides as far as possible, or on the opposite ones."""
    sides = [_HABITS[name] if by_habit else -_HABITS[name] for name in names]
    mirrored = [-azimuth for azimuth in azimuths]
    orders = [list(order) for drawn in (azimuths, mirrored) for order in permutations(drawn)]
    return max(orders, key=lambda order: sum(side * azimuth for side, azimuth in zip(sides, order, strict=True)))
