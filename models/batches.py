"""What a network is trained on: samples by their number from any material, and batches of them.

A sample depends on its number alone: resuming at a step needs nothing but the step, and processes share the work.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from models.scenes import SceneSample, SceneSampler
from models.scenes.classes import NUMBERS
from realtime.cues import COLUMNS, CUES, ROWS, bump
from realtime.errors import EarsightError

UNKNOWN, AMBIENCE, NOTHING = -1, -2, -3
"""Instead of a class's number."""
LOOK_RADIUS = 0.06
"""Cells this near to a thing's middle, in picture widths, show the thing."""
Cue = Callable[[SceneSample, np.random.Generator], NDArray[np.float32]]
"""A scene and a generator -> (CUES, 7, 28)."""


@dataclass(frozen=True)
class Sample:
    """One piece of sound at two ears, and a picture."""

    sources: NDArray[np.float32]
    """(S, 2, N) what each source alone gives at the left and the right ear; a recording is one source."""
    image: NDArray[np.uint8]
    """(H, W, 3) RGB."""
    places: NDArray[np.float32]
    """(S, 2) row and column of each source in the picture, 0 to 1 from the top left; NaN where unknown."""
    classes: NDArray[np.int64]
    """(S,) number of each source's class, see `models.scenes.classes.NUMBERS`; `UNKNOWN`, also of one that looks like
    something else, or `AMBIENCE` for noise from all sides, which is no source."""
    cues: NDArray[np.float32] | None = None
    """(CUES, 7, 28), see `realtime.cues`; None where there are none."""
    looks: NDArray[np.int64] | None = None
    """(7, 28) number of the class that each part of the picture looks like, `UNKNOWN` or `NOTHING`; None: unknown."""


def draws_of(purpose: str, seed: int, index: int) -> np.random.Generator:
    """The generator of one purpose for sample number `index`: what is drawn for one tells nothing about another."""
    return np.random.default_rng([seed, zlib.crc32(purpose.encode()), index])


class Material(Protocol):
    """Gives the same sample for the same number, 0 or more, without end."""

    def sample(self, index: int) -> Sample: ...


class SceneMaterial:
    """Generated scenes.

    Parameters
    ----------
    sampler
        Draws them.
    cue
        Makes cues of a scene, with draws of its own; None for none.
    """

    def __init__(self, sampler: SceneSampler, cue: Cue | None = None) -> None:
        self.sampler = sampler
        self._cue = cue

    def sample(self, index: int) -> Sample:
        """Scene number `index`."""
        scene = self.sampler.scene(index)
        sources, places = scene.binaural, np.stack((scene.rows, scene.columns), -1)
        classes = [NUMBERS[source.class_name] if source.familiar else UNKNOWN for source in scene.sources]
        if scene.ambience is not None:
            sources = np.concatenate((sources, scene.ambience[None]))
            places = np.concatenate((places, np.full((1, 2), np.nan, np.float32)))
            classes.append(AMBIENCE)
        cues = None if self._cue is None else self._cue(scene, draws_of("cues", self.sampler.seed, index))
        return Sample(sources, scene.image, places, np.array(classes, np.int64), cues, looks_of(scene))


def looks_of(scene: SceneSample) -> NDArray[np.int64]:
    """What stands where in a scene's picture, (7, 28); of two things at one place the nearer one."""
    looks = np.full((ROWS, COLUMNS), NOTHING)
    standing = [
        (source.distance_m, row, column, NUMBERS[source.class_name] if source.familiar else UNKNOWN)
        for source, row, column in zip(scene.sources, scene.rows, scene.columns, strict=True)
    ]
    standing += [(it.distance_m, it.row, it.column, NUMBERS.get(it.class_name, UNKNOWN)) for it in scene.silent]
    for _, row, column, number in sorted(standing, reverse=True):
        if np.isfinite(column):
            # That far from its middle, a bump this narrow is at 0.61.
            looks[bump(row, column, LOOK_RADIUS) > math.exp(-0.5)] = number
    return looks


class Again:
    """The first `count` samples of a material over and over: making a scene costs as much as learning from it.

    What is drawn by a sample's number in the loss, its level and its noise, is another each time.
    """

    def __init__(self, material: Material, count: int) -> None:
        self._material = material
        self._count = count
        self._kept: dict[int, Sample] = {}

    def sample(self, index: int) -> Sample:
        """Sample number `index` modulo `count`."""
        index %= self._count
        if index not in self._kept:
            sample = self._material.sample(index)
            self._kept[index] = replace(sample, sources=sample.sources.astype(np.float16))
        kept = self._kept[index]
        return replace(kept, sources=kept.sources.astype(np.float32))


class Mixture:
    """A share of the samples from a second material, the rest from the first."""

    def __init__(self, first: Material, second: Material, share: float, seed: int) -> None:
        self.first, self.second = first, second
        self.share, self.seed = share, seed

    def sample(self, index: int) -> Sample:
        """Sample number `index` of the one or the other."""
        second = draws_of("mixture", self.seed, index).random() < self.share
        return (self.second if second else self.first).sample(index)


class Course:
    """The first `count` samples from one material, those after from another: what is easy comes first."""

    def __init__(self, first: Material, then: Material, count: int) -> None:
        self.first, self.then = first, then
        self.count = count

    def sample(self, index: int) -> Sample:
        """Sample number `index` of the one or the other."""
        return (self.first if index < self.count else self.then).sample(index)


@dataclass
class Batch:
    """One batch; sources beyond a sample's own are silent and not `present`, nor is its ambience."""

    sources: Tensor
    """(B, S, 2, N) what each source alone gives at the two ears."""
    image: Tensor
    """(B, H, W, 3) uint8 RGB."""
    places: Tensor
    """(B, S, 2) row and column of each source in the picture, 0 to 1 from the top left; NaN where unknown."""
    present: Tensor
    """(B, S) bool."""
    classes: Tensor
    """(B, S) int64."""
    indices: Tensor
    """(B,) int64, the samples' numbers."""
    cues: Tensor
    """(B, CUES, 7, 28), all zero where there are none."""
    looks: Tensor
    """(B, 7, 28) int64."""

    def to(self, device: torch.device) -> Batch:
        """The batch on a device."""
        return Batch(*(getattr(self, field.name).to(device) for field in fields(self)))

    def draws(self, count: int, seed: int) -> Tensor:
        """`count` numbers in 0..1 for each sample, (B, count), from its own number and `seed`."""
        rows = [draws_of("loss", seed, index).random(count) for index in self.indices.tolist()]
        return torch.from_numpy(np.stack(rows).astype(np.float32)).to(self.sources.device)


class Drawn(Dataset[tuple[int, Sample | EarsightError]]):
    """`count` samples of a material from `first` on; instead of one that cannot be had, the reason."""

    def __init__(self, material: Material, first: int, count: int) -> None:
        self.material = material
        self.first = first
        self.count = count

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> tuple[int, Sample | EarsightError]:
        try:
            return self.first + index, self.material.sample(self.first + index)
        except EarsightError as error:
            # Raised in a worker process, it would arrive as a page of text.
            return self.first + index, error


def batch_or_reason(numbered: list[tuple[int, Sample | EarsightError]]) -> Batch | EarsightError:
    """The samples as a batch, or the first reason why that cannot be."""
    made: list[tuple[int, Sample]] = []
    for index, sample in numbered:
        if isinstance(sample, EarsightError):
            return sample
        made.append((index, sample))
    return collate(made)


def collate(numbered: list[tuple[int, Sample]]) -> Batch:
    """Stack samples with different numbers of sources."""
    samples = [sample for _, sample in numbered]
    most = max(len(sample.sources) for sample in samples)
    length = samples[0].sources.shape[-1]
    sources = np.zeros((len(samples), most, 2, length), np.float32)
    places = np.zeros((len(samples), most, 2), np.float32)
    present = np.zeros((len(samples), most), np.bool_)
    classes = np.full((len(samples), most), UNKNOWN, np.int64)
    for i, sample in enumerate(samples):
        count = len(sample.sources)
        sources[i, :count] = sample.sources
        places[i, :count] = sample.places
        present[i, :count] = sample.classes != AMBIENCE
        classes[i, :count] = sample.classes
    image = np.stack([sample.image for sample in samples])
    indices = np.array([index for index, _ in numbered], np.int64)
    none = np.zeros((CUES, ROWS, COLUMNS), np.float32)
    cues = np.stack([none if sample.cues is None else sample.cues for sample in samples])
    unknown = np.full((ROWS, COLUMNS), UNKNOWN)
    looks = np.stack([unknown if sample.looks is None else sample.looks for sample in samples])
    arrays = (sources, image, places, present, classes, indices, cues, looks)
    return Batch(*(torch.from_numpy(array) for array in arrays))


class _Share:
    """The numbers of one process's part of each batch."""

    def __init__(self, size: int, first_step: int, steps: int, rank: int, processes: int) -> None:
        part = size // processes
        self._starts = [step * size + rank * part for step in range(first_step, steps)]
        self._part = part

    def __iter__(self) -> Iterator[list[int]]:
        for start in self._starts:
            yield list(range(start, start + self._part))

    def __len__(self) -> int:
        return len(self._starts)


def batches(
    material: Material, size: int, first_step: int, steps: int, workers: int, *, rank: int = 0, processes: int = 1
) -> Iterator[Batch]:
    """Batches of steps first_step to steps - 1, made by `workers` processes (0: in this one).

    Parameters
    ----------
    size
        Samples per step, over all processes of a training run.
    rank, processes
        Which part of each batch is wanted, of how many equal ones.
    """
    options: dict[str, Any] = {"prefetch_factor": 4} if workers else {}
    share = _Share(size, first_step, steps, rank, processes)
    drawn = Drawn(material, 0, size * steps)
    return whole(DataLoader(drawn, batch_sampler=share, num_workers=workers, collate_fn=batch_or_reason, **options))


def whole(loaded: Iterable[Batch | EarsightError]) -> Iterator[Batch]:
    """The batches of a loader.

    Raises
    ------
    EarsightError
        The reason why one could not be made.
    """
    for batch in loaded:
        if isinstance(batch, EarsightError):
            raise batch
        yield batch
