"""What Mono2Binaural is trained on: the paper's loss, and the cheap improvements of later work, each a switch.

What a switch needs beyond the network lives here, is trained with it and is left behind at export.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.batches import Batch
from models.losses import as_channels, distances, levelled, spectra
from models.mono2binaural import VISUAL_FEATURES, Mono2Binaural, as_mask
from models.scenes.classes import NUMBERS
from realtime.pictures import GREY

GRID = (7, 14)
"""Rows and columns of the visual features."""
PLACE_RADIUS = 0.07
"""Cells this near to a source's place, in picture widths, show the source."""
EMPTY_CELL_WEIGHT = 0.1
UNKNOWN = -1
LEVELS = 4
"""Decoder levels below the last, each of which gets a pair of heads."""


class PaperLoss(nn.Module):
    """Mean square error on the difference spectrogram of 0.63 s windows (paper, section 3.2), plus weighted extras.

    Parameters
    ----------
    network
        Gives the widths of the extras' layers.
    windows
        How many windows each sample holds: they share one run of the visual network.
    mirror
        Mirror half of the pictures and swap the ears with them.
    blank_share
        Share of the samples that get a grey picture, so that the network also learns to go by hearing alone.
    heads_weight
        Of the error of left and right, each predicted by a head at every decoder level (after APNet: Zhou et al.,
        Sep-Stereo, ECCV 2020).
    flipped_weight
        Of the task to say whether the ears were swapped against the picture (after Li et al., 2021).
    compressed_weight
        Of the same error with every bin's divided by its power to the 0.6: soft bins count more, loud ones less.
    labels_weight
        Of the task to name what stands where and what sounds; generated scenes only, others have no labels.
    labels_only
        Teach the visual half alone to name what stands where: a start for a network without ImageNet's weights.
    seed
        Draws what is mirrored, blanked and swapped.

    Raises
    ------
    TypeError
        When a value is out of range.
    """

    def __init__(
        self,
        network: Mono2Binaural,
        *,
        windows: int = 1,
        mirror: bool = False,
        blank_share: float = 0.0,
        heads_weight: float = 0.0,
        flipped_weight: float = 0.0,
        compressed_weight: float = 0.0,
        labels_weight: float = 0.0,
        labels_only: bool = False,
        seed: int = 0,
    ) -> None:
        super().__init__()
        if type(windows) is not int or windows < 1:
            raise TypeError(f"windows is {windows!r}; accepted: a whole number above 0")
        weights = {
            "compressed": compressed_weight,
            "heads": heads_weight,
            "flipped": flipped_weight,
            "labels": labels_weight,
        }
        for name, value in {**weights, "blank_share": blank_share}.items():
            if type(value) not in (int, float) or not value >= 0:
                raise TypeError(f"{name} is {value!r}; accepted: a number, 0 or more")
        if blank_share > 1:
            raise TypeError(f"blank_share is {blank_share}; accepted: 0 to 1")
        self.windows, self.mirror, self.blank_share, self.seed = windows, mirror, blank_share, seed
        self.labels_only = labels_only
        self.weights = weights
        width = int(network.config["width"])
        if heads_weight:
            self.heads = nn.ModuleList(nn.Conv2d(factor * width, 4, 1) for factor in (8, 4, 2, 1))
        if flipped_weight:
            seen = VISUAL_FEATURES + 2 * 8 * width
            self.flipped = nn.Sequential(nn.Linear(seen, 256), nn.ReLU(inplace=True), nn.Linear(256, 1))
        if labels_only:
            network.audio_net.requires_grad_(False)
        if labels_weight or labels_only:
            self.standing = nn.Conv2d(8 * width, len(NUMBERS) + 1, 1)
        if labels_weight:
            self.sounding = nn.Linear(8 * width, len(NUMBERS))

    def forward(self, network: Mono2Binaural, batch: Batch, generator: torch.Generator) -> dict[str, Tensor]:
        """Give the terms of the loss; "loss" is their weighted sum, "difference" the paper's."""
        del generator  # what is drawn here is drawn for each sample by its number
        draws = batch.draws(3, self.seed)
        batch = self._changed(batch, draws)
        if self.labels_only:
            return {"loss": self._standing_error(network.visual(batch.image), batch)}
        ears = levelled(windowed(batch.sources.sum(1), self.windows))  # (B K, 2, N)
        mono = as_channels(spectra(ears.sum(1), "reflect"))
        left, right = (as_channels(spectra(ears[:, ear], "reflect"))[:, :, :-1] for ear in (0, 1))

        features = network.visual(batch.image)
        shared = features.repeat_interleave(self.windows, 0)
        encoded = network.audio_net.encode(mono)
        decoded = network.audio_net.decode(encoded, shared)
        mono = mono[:, :, :-1]
        mask = as_mask(decoded[-1].float())
        error = (times(mask, mono) - (left - right)).square()
        terms = {"difference": error.mean()}
        if self.weights["compressed"]:
            terms["compressed"] = compressed(error, mono)
        if self.weights["heads"]:
            terms["heads"] = self._heads_error(decoded, mono, left, right)
        if self.weights["flipped"]:
            swapped = (draws[:, 2] < 0.5).repeat_interleave(self.windows, 0)
            terms["flipped"] = self._flipped_error(network, shared, left, right, swapped)
        if self.weights["labels"]:
            heard = encoded[-1].float().mean((2, 3))
            terms["labels"] = self._standing_error(features, batch) + self._sounding_error(heard, batch)
        loss = terms["difference"] + sum(self.weights[name] * terms[name] for name in terms.keys() & self.weights)
        return terms | {"loss": loss}

    def _changed(self, batch: Batch, draws: Tensor) -> Batch:
        """The batch with some pictures mirrored or blanked."""
        sources, image, places, classes = batch.sources, batch.image, batch.places, batch.classes
        if self.mirror:
            chosen = draws[:, 0] < 0.5
            image = torch.where(chosen[:, None, None, None], image.flip(2), image)
            sources = torch.where(chosen[:, None, None, None], sources.flip(2), sources)
            across = torch.stack((places[..., 0], 1 - places[..., 1]), -1)
            places = torch.where(chosen[:, None, None], across, places)
        if self.blank_share:
            chosen = draws[:, 1] < self.blank_share
            image = torch.where(chosen[:, None, None, None], torch.full_like(image, GREY), image)
            # Nothing is seen there, so there is nothing to name: a place off the picture.
            places = torch.where(chosen[:, None, None], torch.full_like(places, -1.0), places)
        return replace(batch, sources=sources, image=image, places=places, classes=classes)

    def _heads_error(self, decoded: list[Tensor], mono: Tensor, left: Tensor, right: Tensor) -> Tensor:
        """Mean square error of both ears at every level, from masks of the level's resolution."""
        errors: list[Tensor] = []
        for head, level in zip(self.heads, decoded[:LEVELS], strict=True):
            masks = functional.interpolate(head(level).float(), mono.shape[2:], mode="bilinear")
            for mask, truth in ((masks[:, :2], left), (masks[:, 2:], right)):
                errors.append((times(mask, mono) - truth).square().mean())
        return torch.stack(errors).mean()

    def _flipped_error(
        self, network: Mono2Binaural, features: Tensor, left: Tensor, right: Tensor, swapped: Tensor
    ) -> Tensor:
        ears = [torch.where(swapped[:, None, None, None], far, near) for near, far in ((left, right), (right, left))]
        # The encoder takes 257 rows; the Nyquist row that is missing here is silent.
        with steady_statistics(network.audio_net):
            heard = [network.audio_net.encode(functional.pad(ear, (0, 0, 0, 1)))[-1].mean((2, 3)) for ear in ears]
        seen = network.audio_net.conv1x1(features).flatten(1)
        logits = self.flipped(torch.cat((seen, *heard), 1))[:, 0].float()
        return functional.binary_cross_entropy_with_logits(logits, swapped.float())

    def _standing_error(self, features: Tensor, batch: Batch) -> Tensor:
        """Cross-entropy over the cells of the visual features: a class, or nothing that sounds."""
        logits = self.standing(features).float()
        near = cells_near(batch.places, GRID)  # (B, S, rows, columns)
        named = (near * (batch.classes + 1)[..., None, None]).amax(1)
        named = torch.where(labelled(batch)[:, None, None], named, UNKNOWN)
        weight = torch.ones(len(NUMBERS) + 1, device=logits.device)
        weight[0] = EMPTY_CELL_WEIGHT
        summed = functional.cross_entropy(logits, named, weight, reduction="sum", ignore_index=UNKNOWN)
        return summed / (weight[named.clamp(min=0)] * (named != UNKNOWN)).sum().clamp(min=1e-6)

    def _sounding_error(self, heard: Tensor, batch: Batch) -> Tensor:
        """Cross-entropy of each class being heard or not."""
        known = batch.classes.clamp(min=0)
        present = functional.one_hot(known, len(NUMBERS)) * (batch.classes >= 0)[..., None]
        target = present.amax(1).float().repeat_interleave(self.windows, 0)
        known_here = labelled(batch).repeat_interleave(self.windows, 0)
        error = functional.binary_cross_entropy_with_logits(self.sounding(heard).float(), target, reduction="none")
        return (error.mean(1) * known_here).sum() / known_here.sum().clamp(min=1)


def labelled(batch: Batch) -> Tensor:
    """Which samples say of every source what it is: bool (B,)."""
    return ((batch.classes >= 0) | ~batch.present).all(1)


@contextmanager
def steady_statistics(network: nn.Module) -> Generator[None]:
    """Let batch normalisation forget what passes through it meanwhile."""
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    before = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 0.0
    try:
        yield
    finally:
        for norm, momentum in zip(norms, before, strict=True):
            norm.momentum = momentum


def compressed(error: Tensor, mono: Tensor) -> Tensor:
    """Mean error (B, 2, F, T) of bins weighted by a power of their own energy, in units of the windows' energy."""
    power = mono.square().sum(1, keepdim=True)
    mean_power = power.mean((2, 3), keepdim=True) + 1e-6
    return (error * (power / mean_power + 1e-3) ** -0.6).mean()


def windowed(ears: Tensor, windows: int) -> Tensor:
    """Cut (B, 2, K N) into (B K, 2, N)."""
    return ears.unflatten(-1, (windows, -1)).transpose(1, 2).flatten(0, 1)


def times(mask: Tensor, spectrum: Tensor) -> Tensor:
    """Complex product of two (B, 2, F, T)."""
    real = mask[:, 0] * spectrum[:, 0] - mask[:, 1] * spectrum[:, 1]
    imaginary = mask[:, 0] * spectrum[:, 1] + mask[:, 1] * spectrum[:, 0]
    return torch.stack((real, imaginary), 1)


def cells_near(places: Tensor, grid: tuple[int, int]) -> Tensor:
    """Which cells of a grid lie near places (B, S, 2): bool (B, S, rows, columns); none for a NaN."""
    return distances(places, grid) < PLACE_RADIUS**2
