"""What the where-network is trained on: for each band of the sound, the places of those whose energy it holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from models.where.maps import Maps, Sample, Sounds
from models.where.network import probabilities
from realtime.hearing import audible

if TYPE_CHECKING:
    from models.training_config import TrainingConfig

NEAR = 1.5
"""Columns that a place may be off and still be right."""
CLEAR = 0.8
"""Share of a band's energy from which on it is one source's."""


@dataclass(frozen=True)
class MapBatch:
    """A batch of samples; see `models.where.maps.Sample`."""

    motion: Tensor
    sound: Tensor
    target: Tensor
    weight: Tensor

    @classmethod
    def of(cls, samples: list[Sample]) -> MapBatch:
        """Of samples."""
        arrays = ([getattr(sample, name) for sample in samples] for name in ("motion", "sound", "target", "weight"))
        return cls(*(torch.from_numpy(np.stack(values)) for values in arrays))

    def to(self, device: torch.device) -> MapBatch:
        """The batch on a device."""
        return MapBatch(*(value.to(device) for value in (self.motion, self.sound, self.target, self.weight)))


class Lot(Dataset[MapBatch]):
    """One process's part of each step's batch, by the step."""

    def __init__(self, maps: Maps, batch_size: int, rank: int, processes: int) -> None:
        self._maps = maps
        self._batch_size = batch_size
        self._rank, self._processes = rank, processes

    def __getitem__(self, step: int) -> MapBatch:
        part = self._batch_size // self._processes
        first = step * self._batch_size + self._rank * part
        return MapBatch.of([self._maps.sample(number) for number in range(first, first + part)])


class WhereTask:
    """Abstract motion maps, see `models.where.maps`. Of the configuration it needs no data.

    Parameters
    ----------
    config
        Says seed, steps, batch size and workers.
    network
        That will be trained.
    """

    def __init__(self, config: TrainingConfig, network: Any) -> None:
        del network
        self.extras: nn.Module = nn.Module()
        self._config = config

    def batches(self, first_step: int, rank: int = 0, processes: int = 1) -> Iterator[MapBatch]:
        """Batches from a step on; with several processes, one's part of each."""
        config = self._config
        lot = Lot(Maps(Sounds("train"), config.seed), config.batch_size, rank, processes)
        options: dict[str, Any] = {"prefetch_factor": 2} if config.workers else {}
        steps = range(first_step, config.steps)
        return iter(DataLoader(lot, batch_size=None, sampler=steps, num_workers=config.workers, **options))

    def loss(self, network: Any, batch: MapBatch, generator: torch.Generator) -> dict[str, Tensor]:
        """Cross-entropy between the maps and the target, bands weighted by how well they are heard."""
        del generator
        return {"loss": cross_entropy(network(batch.sound, network.visual(batch.motion)), batch)}

    def validate(self, network: Any) -> dict[str, float]:
        """Fixed samples of one, two and three sources from sounds never trained on; see `judge`."""
        config = self._config
        maps = Maps(Sounds("test"), config.seed + 1_000_000)
        device = next(network.parameters()).device
        training = network.training
        network.eval()
        scores: dict[str, float] = {}
        losses: list[float] = []
        with torch.no_grad():
            for count, name in enumerate(("single", "duet", "trio"), 1):
                samples = [maps.sample(number, count) for number in range(config.validation_samples)]
                batch = MapBatch.of(samples).to(device)
                logits = network(batch.sound, network.visual(batch.motion))
                losses.append(float(cross_entropy(logits, batch)))
                scores |= {f"{name}_{key}": value for key, value in judge(logits.cpu(), samples).items()}
        network.train(training)
        return {"score": round(sum(losses) / len(losses), 4), **scores}


def cross_entropy(logits: Tensor, batch: MapBatch) -> Tensor:
    """Mean over bands and samples."""
    each = -(batch.target * logits.float().log_softmax(2)).sum(2)
    return (batch.weight * each).sum() / (batch.weight.sum() + 1e-6)


def judge(logits: Tensor, samples: list[Sample]) -> dict[str, float]:
    """Judge maps by columns.

    Returns
    -------
    scores
        "near": how often the column of the whole sound's map is within `NEAR` of a source, and "most" the same for the
        column with most motion. "band": how often that of a band that is all but one source's is near that source;
        "other": near another one instead. Absent where there is nothing to judge.
    """
    places, _ = (part.numpy() for part in probabilities(logits))
    found: dict[str, list[bool]] = {"near": [], "most": []}
    for sample, given in zip(samples, places, strict=True):
        columns = sample.places[:, 1]
        whole = np.einsum("b,brc->c", audible(sample.energies.sum(1)), given)
        found["near"].append(_distance(int(whole.argmax()), columns) < NEAR)
        found["most"].append(_distance(int(sample.motion.sum((0, 1)).argmax()), columns) < NEAR)
        for band, energies in enumerate(sample.energies):
            owner = int(energies.argmax())
            if np.isfinite(columns[1]) and energies[owner] > CLEAR * energies.sum() and sample.weight[band] > CLEAR:
                here = int(given[band].sum(0).argmax())
                near = _distance(here, columns[owner : owner + 1]) < NEAR
                found.setdefault("band", []).append(near)
                found.setdefault("other", []).append(not near and _distance(here, np.delete(columns, owner)) < NEAR)
    return {name: round(float(np.mean(values)), 3) for name, values in found.items()}


def _distance(column: int, columns: NDArray[np.float32]) -> float:
    """To the nearest source."""
    return float(np.nanmin(np.abs(columns - column)))
