"""Scenes on the fly as training batches, reproducible by index: resuming at a step needs nothing but its number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from models.scenes import SceneSample, SceneSampler


@dataclass(frozen=True)
class Batch:
    """One batch of scenes; sources beyond a scene's own are silent and not `present`."""

    sources: Tensor
    """(B, S, 2, N) what each source alone gives at the two ears."""
    image: Tensor
    """(B, H, W, 3) uint8 RGB."""
    places: Tensor
    """(B, S, 2) row and column of each source in the picture, 0 to 1 from the top left."""
    present: Tensor
    """(B, S) bool."""


class Scenes(Dataset[SceneSample]):
    """`count` scenes from `first` on; the item's index is the scene's."""

    def __init__(self, sampler: SceneSampler, first: int, count: int) -> None:
        self.sampler = sampler
        self.first = first
        self.count = count

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> SceneSample:
        return self.sampler.scene(self.first + index)


def collate(samples: list[SceneSample]) -> Batch:
    """Stack scenes with different numbers of sources."""
    most = max(len(sample.columns) for sample in samples)
    length = samples[0].binaural.shape[-1]
    sources = np.zeros((len(samples), most, 2, length), np.float32)
    places = np.zeros((len(samples), most, 2), np.float32)
    present = np.zeros((len(samples), most), np.bool_)
    for i, sample in enumerate(samples):
        count = len(sample.columns)
        sources[i, :count] = sample.binaural
        places[i, :count] = np.stack((sample.rows, sample.columns), -1)
        present[i, :count] = True
    image = np.stack([sample.image for sample in samples])
    return Batch(*(torch.from_numpy(array) for array in (sources, image, places, present)))


def batches(sampler: SceneSampler, size: int, first_step: int, steps: int, workers: int) -> Iterator[Batch]:
    """Batches of steps first_step to steps - 1, made by `workers` processes (0: in this one)."""
    scenes = Scenes(sampler, first_step * size, max(0, steps - first_step) * size)
    options: dict[str, Any] = {"prefetch_factor": 4} if workers else {}
    return iter(DataLoader(scenes, size, num_workers=workers, collate_fn=collate, **options))
