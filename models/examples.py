"""What a network is measured on: clips of a folder in FAIR-Play's layout, or scenes generated on the spot."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from models.rendering import Images
from models.scenes import SceneSampler
from realtime.clip import Clip, ClipImages
from realtime.errors import DataError
from realtime.spectra import N_FFT, SAMPLE_RATE

SPLIT = "split1"
PARTS = ("train", "val", "test")
SCENES = "scenes:"
SCENE_DURATION_S = 4.0
SCENE_SOURCES = (1, 3)
SHORTEST = N_FFT // 2 + 1
"""Samples; the reflected edges of the STFT distance need that many."""
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


def open_examples(data: str) -> tuple[int, Iterator[Example]]:
    """Find what a description of data means.

    Parameters
    ----------
    data
        "DIR", "DIR:PART", "DIR:SPLIT" or "DIR:SPLIT/PART" (a folder in FAIR-Play's layout; by default part "test" of
        "split1"), or "scenes:SEED:COUNT[:SOURCES]" (generated, with one to three sources unless SOURCES says how many).

    Returns
    -------
    count
        Number of examples.
    examples
        They are made one at a time.

    Raises
    ------
    DataError
        When the description, the folder or the split is not usable; while iterating, when a clip of the split is
        missing or is not binaural.
    ClipError
        While iterating, when a clip cannot be read.
    """
    if data.startswith(SCENES):
        return generated(data)
    folder, split = split_of(data)
    names = read_split(split)
    return len(names), (recorded(folder, name) for name in names)


def generated(data: str) -> tuple[int, Iterator[Example]]:
    """Scenes by seed; never those that training sees."""
    try:
        seed, count, *sources = (int(number) for number in data.removeprefix(SCENES).split(":"))
        if seed < 0 or count < 1 or len(sources) > 1 or any(number < 1 for number in sources):
            raise ValueError
    except ValueError as error:
        raise DataError(
            f"'{data}' is not understood; accepted: scenes:SEED:COUNT[:SOURCES], as in scenes:7:100:1"
        ) from error
    fewest, most = (sources[0], sources[0]) if sources else SCENE_SOURCES
    sampler = SceneSampler(
        seed,
        sample_rate=SAMPLE_RATE,
        duration_s=SCENE_DURATION_S,
        split="test",
        min_sources=fewest,
        max_sources=most,
    )
    return count, (scene_example(sampler, index) for index in range(count))


def scene_example(sampler: SceneSampler, index: int) -> Example:
    """One scene; its sources sound together."""
    scene = sampler.scene(index)
    return Example(f"scene {index}", scene.binaural.sum(axis=0, dtype=np.float32), partial(still, scene.image))


@contextmanager
def still(image: NDArray[np.uint8]) -> Generator[Images]:
    """One picture for all times."""
    yield lambda time_s: image


def split_of(data: str) -> tuple[Path, Path]:
    """Read "DIR[:SPLIT]" as the folder and its split's file without suffix, such as DIR/splits/split1/test."""
    folder, choice = Path(data), ""
    if not folder.is_dir():
        head, _, choice = data.rpartition(":")
        folder = Path(head)
    if not folder.is_dir() or not str(folder).strip():
        raise DataError(
            f"there is no data folder '{data}'; accepted: DIR, DIR:SPLIT (a folder with binaural_audios, videos and "
            "splits) or scenes:SEED:COUNT[:SOURCES]"
        )
    name, _, part = choice.partition("/")
    if name in PARTS and not part:
        name, part = SPLIT, name
    return folder, folder / "splits" / (name or SPLIT) / (part or "test")


def read_split(split: Path) -> list[str]:
    """Clip names of a split, from its .txt or the authors' .h5.

    Entries may be bare names, file names with any suffix, or paths of another machine; the stem is what counts.
    """
    text, table = split.with_name(f"{split.name}.txt"), split.with_name(f"{split.name}.h5")
    try:
        if text.is_file():
            entries = text.read_text(encoding="utf-8").splitlines()
        elif table.is_file():
            with h5py.File(table, "r") as file:
                entries = [entry.decode() for entry in np.asarray(file["audio"]).tolist()]
        else:
            splits = split.parent.parent
            there = sorted(str(path.relative_to(splits).with_suffix("")) for path in splits.glob("*/*.*"))
            raise DataError(
                f"no split '{text}'; there: {', '.join(there[:12]) or 'none'}; choose one with DIR:SPLIT/PART"
            )
    except (OSError, KeyError, UnicodeDecodeError, AttributeError) as error:
        raise DataError(
            f"split '{split}' cannot be read ({error}); accepted: one clip name per line, or .h5"
        ) from error
    names = [Path(entry.strip()).stem for entry in entries if entry.strip()]
    if not names:
        raise DataError(f"split '{split}' names no clip; accepted: one clip name per line")
    return names


def recorded(folder: Path, name: str) -> Example:
    """One clip of a folder."""
    sound, video = folder / "binaural_audios" / f"{name}.wav", folder / "videos" / f"{name}.mp4"
    for path in (sound, video):
        if not path.is_file():
            raise DataError(
                f"clip '{name}' of the split has no '{path}'; complete the folder or drop it from the split"
            )
    clip = Clip.from_parts(sound, video)
    if clip.channels != 2:
        raise DataError(f"'{sound}' has {clip.channels} channels; accepted: 2, left and right ear")
    truth = clip.audio(SAMPLE_RATE)
    if truth.shape[1] < SHORTEST:
        raise DataError(f"'{sound}' is {truth.shape[1]} samples long at 16 kHz; accepted: {SHORTEST} or more")
    return Example(name, truth, partial(video_images, clip))


@contextmanager
def video_images(clip: Clip) -> Generator[Images]:
    """Pictures of a clip in time."""
    with ClipImages(clip, IMAGE_WIDTH) as held:
        yield held.at
