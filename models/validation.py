"""Fixed scenes, no augmentation: difference error against Mono-Mono by number of sources, and with pictures flipped."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from models.batches import Scenes, collate
from models.losses import as_channels, spectra
from models.scenes import SceneSampler


def validate(network: nn.Module, sampler: SceneSampler, count: int) -> dict[str, float]:
    """Energy of the difference's error over the difference's energy: 1 is Mono-Mono, 0 is perfect.

    Returns
    -------
    scores
        "difference" (the mean of the scenes' ratios, each at most 4), "sources_1".. by number of sources, and "flipped"
        with every picture mirrored.
    """
    training = network.training
    network.eval()
    by_sources: dict[int, list[float]] = {}
    flipped: list[float] = []
    with torch.no_grad():
        for batch in DataLoader(Scenes(sampler, 0, count), 16, collate_fn=collate):
            ears = batch.sources.sum(1)
            ratios = _ratios(network, ears, batch.image)
            flipped += _ratios(network, ears, batch.image.flip(2)).tolist()
            for number, ratio in zip(batch.present.sum(1).tolist(), ratios.tolist(), strict=True):
                by_sources.setdefault(number, []).append(ratio)
    network.train(training)
    everything = [ratio for group in by_sources.values() for ratio in group]
    scores = {"difference": sum(everything) / len(everything)}
    scores |= {f"sources_{number}": sum(group) / len(group) for number, group in sorted(by_sources.items())}
    scores["flipped"] = sum(flipped) / len(flipped)
    return {name: round(value, 4) for name, value in scores.items()}


def _ratios(network: nn.Module, ears: Tensor, image: Tensor) -> Tensor:
    mono, difference = spectra(ears.mean(1)), spectra((ears[:, 0] - ears[:, 1]) / 2)
    mask = network(as_channels(mono), image)
    mask = mask[0] if isinstance(mask, tuple) else mask
    bins = mask.shape[2]
    error = torch.complex(mask[:, 0], mask[:, 1]) * mono[:, :bins] - difference[:, :bins]
    return (error.abs().square().sum((1, 2)) / difference.abs().square().sum((1, 2)).clamp(min=1e-9)).clamp(max=4)
