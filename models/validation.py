"""Fixed samples, no augmentation: difference error against Mono-Mono by number of sources, and with other pictures."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from models.batches import Drawn, Material, batch_or_reason, whole
from models.losses import as_channels, levelled, spectra
from realtime.errors import DataError
from realtime.pictures import GREY


def validate(network: nn.Module, material: Material, count: int, padding: str = "constant") -> dict[str, float]:
    """Energy of the difference's error over the difference's energy: 1 is Mono-Mono, 0 is perfect.

    Both are taken relative to the mono sound of their scene and averaged over scenes before they are divided, so that a
    scene with hardly any difference weighs hardly anything.

    Parameters
    ----------
    padding
        Of the spectra, see `models.losses.spectra`.

    Returns
    -------
    scores
        "score" of all samples, "sources_1".. by number of sources, "flipped" with every picture mirrored, "blank" with
        grey ones; of a network that takes cues, "cued" with them and the picture, "cues" with them alone.

    Raises
    ------
    DataError
        When the ears of all samples, or of all with one number of sources, are alike.
    """
    training = network.training
    device = next((value.device for value in network.state_dict().values()), torch.device("cpu"))
    network.eval()
    errors: list[Tensor] = []
    flipped: list[Tensor] = []
    blank: list[Tensor] = []
    cued: list[Tensor] = []
    cues: list[Tensor] = []
    sources: list[Tensor] = []
    with torch.no_grad():
        for made in whole(DataLoader(Drawn(material, 0, count), 16, collate_fn=batch_or_reason)):
            batch = made.to(device)
            ears = batch.sources.sum(1)
            errors.append(_errors(network, ears, batch.image, padding))
            flipped.append(_errors(network, ears, batch.image.flip(2), padding))
            grey = torch.full_like(batch.image, GREY)
            blank.append(_errors(network, ears, grey, padding))
            if getattr(network, "cues", 0):
                cued.append(_errors(network, ears, batch.image, padding, batch.cues))
                cues.append(_errors(network, ears, grey, padding, batch.cues))
            sources.append(batch.present.sum(1))
    network.train(training)
    error, number = torch.cat(errors), torch.cat(sources)
    scores = {"score": _ratio(error), "flipped": _ratio(torch.cat(flipped)), "blank": _ratio(torch.cat(blank))}
    if cued:
        scores |= {"cued": _ratio(torch.cat(cued)), "cues": _ratio(torch.cat(cues))}
    scores |= {f"sources_{n}": _ratio(error[number == n]) for n in number.unique().tolist()}
    return {name: round(value, 4) for name, value in scores.items()}


def _ratio(errors: Tensor) -> float:
    error, difference = errors.mean(0).tolist()
    if not difference:
        raise DataError("the two ears of the validation's clips are alike; give binaural recordings")
    return error / difference


def _errors(network: nn.Module, ears: Tensor, image: Tensor, padding: str, cues: Tensor | None = None) -> Tensor:
    # The level that the paper's network is trained at; the streaming one does not mind.
    ears = levelled(ears)
    mono, difference = spectra(ears.sum(1), padding), spectra(ears[:, 0] - ears[:, 1], padding)
    mask = network(as_channels(mono), image) if cues is None else network(as_channels(mono), image, cues)
    mask = mask[0] if isinstance(mask, tuple) else mask
    # Of the bins that the network has a mask for.
    mono, difference = mono[:, : mask.shape[2]], difference[:, : mask.shape[2]]
    error = torch.complex(mask[:, 0], mask[:, 1]) * mono - difference
    power = mono.abs().square().sum((1, 2)).clamp(min=1e-9)
    return torch.stack([x.abs().square().sum((1, 2)) / power for x in (error, difference)], 1)  # (B, 2)
