"""Duets: two clips mixed, left with left and right with right, and the picture of one of them; any by its number.

The clips come from a pool that fills as it is drawn from, so that a long run pays for a scene once and hears it in
thousands of company. A duet depends on its number, the seed and the pool's size alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import soxr
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from models.batches import Material, Sample
from models.separation.network import FRAMES, HOP, SAMPLE_RATE
from realtime.pictures import GREY

MATERIAL_RATE = 16_000
LENGTH = (FRAMES - 1) * HOP
"""Samples of a duet: one window of the network."""
LEVEL = 0.05
"""RMS of each clip over both ears, before it is made up to `LEVEL_RANGE_DB` louder or softer."""
LEVEL_RANGE_DB = 3.0
CURTAIN_GAP = 0.1
"""What stays visible at least on either side of a source, as a fraction of the picture's width."""


@dataclass(frozen=True)
class Clip:
    """What the pool keeps."""

    ears: NDArray[np.float32]
    """(2, N) at the network's rate, RMS `LEVEL`."""
    image: NDArray[np.uint8]
    """(H, W, 3) RGB."""
    column: float
    """Where the source stands, 0 the picture's left edge, 1 its right; NaN where that is not known."""


@dataclass(frozen=True)
class DuetBatch:
    """A batch of duets."""

    shown: Tensor
    """(B, 2, N) the ears of the clip in the picture."""
    other: Tensor
    """(B, 2, N) the ears of the other clip."""
    image: Tensor
    """(B, H, W, 3) uint8 RGB; grey where `blank`."""
    mono: Tensor
    """(B,) bool: the network shall hear the mean of the ears."""

    def to(self, device: torch.device) -> DuetBatch:
        """The batch on a device."""
        return DuetBatch(*(tensor.to(device) for tensor in (self.shown, self.other, self.image, self.mono)))

    def split(self, part: int) -> Iterator[DuetBatch]:
        """Smaller batches of `part` duets."""
        for start in range(0, len(self.mono), part):
            cut = slice(start, start + part)
            yield DuetBatch(self.shown[cut], self.other[cut], self.image[cut], self.mono[cut])


class Pool:
    """The first `size` clips of a material, each made when it is first asked for."""

    def __init__(self, material: Material, size: int) -> None:
        self.size = size
        self._material = material
        self._clips: dict[int, Clip] = {}

    def __getitem__(self, number: int) -> Clip:
        if number not in self._clips:
            self._clips[number] = clip(self._material.sample(number))
        return self._clips[number]


def clip(sample: Sample) -> Clip:
    """Bring a sample to the network's rate and to an RMS of `LEVEL`."""
    ears = sample.sources.sum(axis=0, dtype=np.float32)
    low = soxr.resample(ears.T, MATERIAL_RATE, SAMPLE_RATE).T
    gain = np.float32(LEVEL / max(float(np.sqrt((low**2).mean())), 1e-5))
    column = float(sample.places[0, 1]) if len(sample.places) == 1 else float("nan")
    return Clip(np.ascontiguousarray(low * gain), sample.image, column)


class Duets(Dataset[DuetBatch]):
    """One process's part of each step's batch, by the step.

    Duets come in pairs, the same mixture with the picture of the one clip and with that of the other: what differs
    between the two is what the picture is for.

    Parameters
    ----------
    pool
        Of clips as long as a duet or longer.
    seed
        Draws everything.
    batch_size
        Duets per step, over all processes.
    mono_share, blank_share
        Shares of the duets that are heard in mono, and of those whose picture is blank; both may be true of one.
    varied
        Cut clips at random, mirror half of the duets (picture and ears), draw grey curtains over parts of half of the
        pictures; else cut from the start and change nothing.
    """

    def __init__(
        self,
        pool: Pool,
        seed: int,
        batch_size: int,
        *,
        mono_share: float = 0.0,
        blank_share: float = 0.0,
        varied: bool = True,
        rank: int = 0,
        processes: int = 1,
    ) -> None:
        self._pool = pool
        self._seed = seed
        self._batch_size = batch_size
        self._shares = (mono_share, blank_share)
        self._varied = varied
        self._rank, self._processes = rank, processes

    def __getitem__(self, step: int) -> DuetBatch:
        part = self._batch_size // self._processes
        first = step * self._batch_size + self._rank * part
        shown, other, images, mono = zip(*(self._duet(number) for number in range(first, first + part)), strict=True)
        stacked = (np.stack(shown), np.stack(other), np.stack(images), np.array(mono))
        return DuetBatch(*(torch.from_numpy(array) for array in stacked))

    def _duet(self, number: int) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.uint8], bool]:
        rng = np.random.default_rng([self._seed, number // 2])
        first = int(rng.integers(self._pool.size))
        second = (first + int(rng.integers(1, self._pool.size))) % self._pool.size
        often = 0.5 * self._varied
        mono, blank, mirrored, curtained = rng.random(4) < (*self._shares, often, often)
        shown, other = (self._cut(self._pool[clip].ears, rng) for clip in (first, second))
        if number % 2:
            first, shown, other = second, other, shown
        image = self._pool[first].image
        if blank:
            image = np.full_like(image, GREY)
        elif curtained:
            image = _curtained(image, self._pool[first].column, rng)
        if mirrored:
            shown, other, image = shown[::-1], other[::-1], image[:, ::-1]
        return shown, other, image, bool(mono)

    def _cut(self, ears: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
        room = ears.shape[1] - LENGTH
        start = int(rng.integers(room + 1)) if self._varied and room > 0 else 0
        gain = np.float32(10 ** (rng.uniform(-LEVEL_RANGE_DB, LEVEL_RANGE_DB) / 20))
        cut = np.zeros((2, LENGTH), np.float32)
        piece = ears[:, start : start + LENGTH]
        cut[:, : piece.shape[1]] = gain * piece
        return cut


def batches(duets: Duets, first_step: int, steps: int, workers: int) -> Iterator[DuetBatch]:
    """Batches of steps first_step to steps - 1, by `workers` processes (0: in this one), each with its own pool."""
    options: dict[str, Any] = {"prefetch_factor": 4} if workers else {}
    return iter(DataLoader(duets, batch_size=None, sampler=range(first_step, steps), num_workers=workers, **options))


def _curtained(image: NDArray[np.uint8], column: float, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Grey out what lies left and right of the source: so looks a part of a picture that shows several."""
    if not np.isfinite(column):
        return image
    width = image.shape[1]
    left = round(width * rng.uniform(0.0, max(0.0, column - CURTAIN_GAP)))
    right = round(width * rng.uniform(min(1.0, column + CURTAIN_GAP), 1.0))
    image = image.copy()
    image[:, :left] = GREY
    image[:, right:] = GREY
    return image
