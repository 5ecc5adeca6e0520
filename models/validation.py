"""Fixed samples, no augmentation: difference error against Mono-Mono by number of sources, and with other pictures."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from models.batches import Drawn, Material, collate
from models.losses import as_channels, spectra
from realtime.pictures import GREY


def validate(network: nn.Module, material: Material, count: int) -> dict[str, float]:
    """Energy of the difference's error over the difference's energy: 1 is Mono-Mono, 0 is perfect.

    Both are taken relative to the mono sound of their scene and averaged over scenes before they are divided, so that a
    scene with hardly any difference weighs hardly anything.

    Returns
    -------
    scores
        "score" of all samples, "sources_1".. by number of sources, "flipped" with every picture mirrored, "blank" with
        grey ones.
    """
    training = network.training
    network.eval()
    errors: list[Tensor] = []
    flipped: list[Tensor] = []
    blank: list[Tensor] = []
    sources: list[Tensor] = []
    with torch.no_grad():
        for batch in DataLoader(Drawn(material, 0, count), 16, collate_fn=collate):
            ears = batch.sources.sum(1)
            errors.append(_errors(network, ears, batch.image))
            flipped.append(_errors(network, ears, batch.image.flip(2)))
            blank.append(_errors(network, ears, torch.full_like(batch.image, GREY)))
            sources.append(batch.present.sum(1))
    network.train(training)
    error, number = torch.cat(errors), torch.cat(sources)
    scores = {"score": _ratio(error), "flipped": _ratio(torch.cat(flipped)), "blank": _ratio(torch.cat(blank))}
    scores |= {f"sources_{n}": _ratio(error[number == n]) for n in number.unique().tolist()}
    return {name: round(value, 4) for name, value in scores.items()}


def _ratio(errors: Tensor) -> float:
    error, difference = errors.mean(0).tolist()
    return error / difference


def _errors(network: nn.Module, ears: Tensor, image: Tensor) -> Tensor:
    # The level that the paper's network is trained at; the streaming one does not mind.
    ears = ears * (0.1 / ears.square().mean((1, 2), keepdim=True).sqrt().clamp(min=1e-4))
    mono, difference = spectra(ears.sum(1)), spectra(ears[:, 0] - ears[:, 1])
    mask = network(as_channels(mono), image)
    mask = mask[0] if isinstance(mask, tuple) else mask
    # Of the bins that the network has a mask for.
    mono, difference = mono[:, : mask.shape[2]], difference[:, : mask.shape[2]]
    error = torch.complex(mask[:, 0], mask[:, 1]) * mono - difference
    power = mono.abs().square().sum((1, 2)).clamp(min=1e-9)
    return torch.stack([x.abs().square().sum((1, 2)) / power for x in (error, difference)], 1)  # (B, 2)
