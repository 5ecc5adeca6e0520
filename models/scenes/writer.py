"""Writes scenes as a data folder in FAIR-Play's layout, with the truth beside them."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from models.scenes.film import Film
from models.scenes.play import Play
from models.scenes.scene import SceneSample, SceneSampler
from models.scenes.stage import Stage
from models.scenes.truth import told
from models.scenes.variety import PLAIN, Variety
from models.scenes.video import whole, write_video
from realtime.errors import DataError
from realtime.take_folder import split_names

SAMPLE_RATE = 48_000
IMAGE_HEIGHT, IMAGE_WIDTH, IMAGES_PER_S = 240, 480, 10
DURATION_S = 10.0

_BOB = 0.06
_FLICKER = 0.015


@dataclass(frozen=True, slots=True)
class _Order:
    """What every worker needs to know."""

    folder: Path
    seed: int
    duration_s: float
    max_sources: int
    head: Path | None
    images: Path | None
    sounds: Path | None
    variety: Variety


def write_scenes(
    folder: Path,
    count: int,
    seed: int,
    *,
    duration_s: float = DURATION_S,
    max_sources: int = 3,
    head: Path | None = None,
    images: Path | None = None,
    sounds: Path | None = None,
    variety: Variety = PLAIN,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Write scenes as ``binaural_audios``, ``videos`` (480 x 240, 10 images per second, mono), ``truth``, ``splits``.

    Parameters
    ----------
    folder
        Made when missing; it may hold no scenes yet.
    count
        How many, 1 or more. From 3 on, the last tenth is for testing and the tenth before it for validation.
    seed
        The same seed writes the same scenes, with any number of workers.
    duration_s
        Length of each, seconds.
    max_sources
        How many sources at most, from 1 to what the variety has.
    head, images, sounds, variety
        As in `SceneSampler`.
    workers
        How many processes.
    progress
        Called in this thread after each scene with how many are done and how many there are.

    Raises
    ------
    DataError
        When a number is out of range, material is missing, or the folder holds scenes or cannot be written to.
    """
    if count < 1 or workers < 1 or duration_s < 0.5:
        raise DataError(f"count {count}, workers {workers}, duration {duration_s} s; accepted are >= 1, >= 1, >= 0.5 s")
    if any((folder / name).exists() for name in ("binaural_audios", "videos", "truth", "splits")):
        raise DataError(f"'{folder}' already holds scenes; give a folder that does not, or remove them")
    order = _Order(folder, seed, duration_s, max_sources, head, images, sounds, variety)
    splits = split_names(range(1, count + 1))
    tasks = [(number, split, index) for split, numbers in splits.items() for index, number in enumerate(numbers)]
    for done, _ in enumerate(_written(order, tasks, workers), 1):
        if progress is not None:
            progress(done, count)
    for split, numbers in splits.items():
        with whole(folder / "splits" / "split1" / f"{split}.txt") as partial:
            partial.write_text("".join(f"{number:06d}.wav\n" for number in numbers))


def write_clip(
    path: Path,
    sample: SceneSample,
    stage: Stage,
    *,
    sample_rate: int = SAMPLE_RATE,
    images_per_s: int = IMAGES_PER_S,
    binaural: bool = False,
    seed: int = 0,
) -> None:
    """Write a scene as one MP4 clip in which every source moves with its sound.

    Parameters
    ----------
    path
        The file.
    sample, stage
        What `SceneSampler.staged` gave.
    sample_rate
        Of the sample, Hz.
    images_per_s
        Rate of the pictures.
    binaural
        Keep both ears; otherwise the sound is their mean, one channel.
    seed
        Draws the camera's noise and flicker.

    Raises
    ------
    DataError
        When the file cannot be written.
    """
    recording = sample.recording
    sound = recording if binaural else recording.mean(axis=0, keepdims=True)
    if isinstance(stage, Play):
        film = Film(sample, stage, sample_rate, images_per_s=images_per_s, seed=seed)
        pictures = (film.picture(number) for number in range(len(film)))
    else:
        pictures = _pictures(sample, stage, sample_rate // images_per_s, np.random.default_rng(seed))
    write_video(path, pictures, images_per_s, sound, sample_rate)


def _written(order: _Order, tasks: list[tuple[int, str, int]], workers: int) -> Iterator[int]:
    """Write every scene and yield its number when it is whole."""
    if workers == 1:
        worker = _Worker(order)
        yield from (worker.write(*task) for task in tasks)
        return
    SceneSampler(
        order.seed,
        sample_rate=SAMPLE_RATE,
        head=order.head,
        images=order.images,
        sounds=order.sounds,
        variety=order.variety,
    )
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, context, _start_worker, (order,))
    try:
        for future in as_completed([pool.submit(_write_one, *task) for task in tasks]):
            yield future.result()
    finally:
        pool.shutdown(cancel_futures=True)


class _Worker:
    """Writes scenes one after the other; keeps one sampler per split."""

    def __init__(self, order: _Order) -> None:
        self._order = order
        self._samplers: dict[str, SceneSampler] = {}

    def write(self, number: int, split: str, index: int) -> int:
        """Write scene `index` of a split under its number in the folder; return the number."""
        order = self._order
        if split not in self._samplers:
            self._samplers[split] = SceneSampler(
                order.seed,
                sample_rate=SAMPLE_RATE,
                duration_s=order.duration_s,
                image_height=IMAGE_HEIGHT,
                image_width=IMAGE_WIDTH,
                split=split,
                max_sources=order.max_sources,
                head=order.head,
                images=order.images,
                sounds=order.sounds,
                variety=order.variety,
            )
        sample, stage = self._samplers[split].staged(index)
        name = f"{number:06d}"
        write_clip(order.folder / "videos" / f"{name}.mp4", sample, stage, seed=number)
        try:
            with whole(order.folder / "binaural_audios" / f"{name}.wav") as partial:
                soundfile.write(partial, sample.recording.T, SAMPLE_RATE, "PCM_16")
            with whole(order.folder / "truth" / f"{name}.json") as partial:
                partial.write_text(json.dumps(self._told(sample), indent=1) + "\n")
        except (OSError, soundfile.LibsndfileError) as error:
            raise DataError(f"cannot write scene {name} to {order.folder} ({error}); free some space") from error
        return number

    def _told(self, sample: SceneSample) -> object:
        return _truth(sample) if self._order.variety == PLAIN else told(sample)


_worker: _Worker | None = None


def _start_worker(order: _Order) -> None:
    global _worker
    _worker = _Worker(order)


def _write_one(number: int, split: str, index: int) -> int:
    if _worker is None:
        raise RuntimeError("the process was not started by _start_worker")
    return _worker.write(number, split, index)


def _truth(sample: SceneSample) -> list[dict[str, str | float]]:
    return [
        {
            "class": source.class_name,
            "azimuth_deg": source.azimuth_deg,
            "elevation_deg": round(source.elevation_deg, 2),
            "distance_m": round(source.distance_m, 2),
            "start_s": source.start_s,
            "end_s": source.end_s,
        }
        for source in sample.sources
    ]


def _pictures(sample: SceneSample, stage: Stage, hop: int, rng: np.random.Generator) -> Iterator[NDArray[np.uint8]]:
    """Yield one picture per `hop` samples: sources bob with their loudness, the light flickers a little."""
    mono = sample.binaural.mean(axis=1)
    count = -(-mono.shape[1] // hop)
    padded = np.pad(mono, ((0, 0), (0, count * hop - mono.shape[1])))
    rms = np.sqrt((padded.reshape(len(mono), count, hop) ** 2).mean(axis=2))  # (sources, images)
    lifts = _BOB * rms / np.maximum(rms.max(axis=1, keepdims=True), 1e-6)
    for number in range(count):
        light = 1 + _FLICKER * float(rng.standard_normal())
        picture = stage.picture(rng, lifts[:, number].astype(np.float64)).astype(np.float32)
        yield np.clip(picture * light, 0, 255).astype(np.uint8)
