"""What the streaming network is trained on: the difference spectrum, and where each bin should have looked."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from models.batches import NOTHING, Batch, draws_of
from models.naming import Naming
from models.streaming import HOP, N_FFT, WINDOW, Streaming
from realtime.hearing import BANDS
from realtime.pictures import GREY
from realtime.spectra import RMS_FLOOR, STEREO_RMS

ATTENTION_WEIGHT = 0.2
COMPRESSED_WEIGHT = 0.5
NAMING_WEIGHT = 0.2
DOMINANCE = 0.7
"""Share of a bin's power that one source must have for the bin's attention to be taught."""
QUIETEST_DB = -30.0
PLACE_SPREAD = 0.04
"""Standard deviation of the taught attention, as a fraction of the picture's width: about one column of 28."""


def spectra(sound: Tensor, padding: str = "constant") -> Tensor:
    """Complex STFT of (..., N) as (..., 257, T), frames centred on multiples of the hop.

    Outside lie zeros ("constant", what a stream begins with) or the mirrored sound ("reflect", as in the paper).
    """
    window = torch.hann_window(WINDOW, device=sound.device)
    flat = torch.stft(
        sound.flatten(0, -2), N_FFT, HOP, WINDOW, window, center=True, pad_mode=padding, return_complex=True
    )
    return flat.unflatten(0, sound.shape[:-1])


def levelled(ears: Tensor) -> Tensor:
    """Bring both ears together, (B, 2, N), to the RMS that the paper's network is trained at."""
    return ears * (STEREO_RMS / ears.square().mean((1, 2), keepdim=True).sqrt().clamp(min=RMS_FLOOR))


def distances(places: Tensor, grid: tuple[int, int]) -> Tensor:
    """Squared distances of places (B, S, 2) from the cells of a grid, in picture widths: (B, S, rows, columns)."""
    row, column = ((torch.arange(count, device=places.device) + 0.5) / count for count in grid)
    # The picture is twice as wide as high: a row counts half a column's distance.
    rows = ((row - places[..., :1]) / 2).square()[..., :, None]
    columns = (column - places[..., 1:]).square()[..., None, :]
    return rows + columns


def as_channels(spectrum: Tensor) -> Tensor:
    """Complex (B, F, T) -> real (B, 2, F, T)."""
    return torch.view_as_real(spectrum).permute(0, 3, 1, 2)


def streaming_loss(
    network: Streaming,
    batch: Batch,
    generator: torch.Generator,
    *,
    naming: Naming | None = None,
    seed: int = 0,
    blank_share: float = 0.0,
) -> dict[str, Tensor]:
    """Terms of the loss; "loss" is their weighted sum.

    Attention over all places for all bins of all hops costs three times as much as the rest of the network, so the
    masks are taught on every fourth bin and every second hop, from a random start.

    Parameters
    ----------
    generator
        Decides the bins: seed it by the step.
    naming
        Also teaches names, `NAMING_WEIGHT` strong.
    seed
        Decides gains, noise and blank pictures, with each sample's number.
    blank_share
        Share of the samples with cues that have nothing else: their picture is grey.
    """
    draws = batch.draws(2, seed)
    sources = batch.sources * (10 ** (draws[:, :1] * QUIETEST_DB / 20))[..., None, None]
    ears = sources.sum(1)
    ears = ears + ears.square().mean((1, 2), keepdim=True).sqrt() * _noise(batch, seed)
    mono = spectra(ears.mean(1))  # (B, 257, T)
    difference = spectra((ears[:, 0] - ears[:, 1]) / 2)
    alone = spectra(sources.mean(2)).abs().square()  # (B, S, 257, T)

    blank = (draws[:, 1] < blank_share) & (batch.cues[:, :BANDS].amax((1, 2, 3)) > 0)
    image = torch.where(blank[:, None, None, None], GREY, batch.image)
    seen = network.visual(image)
    keys = network.keys(seen, batch.cues)
    queries, _ = network.queries(as_channels(mono), keys, network.initial_state(len(mono)))
    bins = torch.arange(int(torch.randint(4, (), generator=generator)), 256, 4)
    hops = torch.arange(int(torch.randint(2, (), generator=generator)), mono.shape[-1], 2)
    mono, difference, alone = (x[..., bins, :][..., hops] for x in (mono, difference, alone))
    queries = queries[:, hops][:, :, bins]
    logits = network.logits(queries, keys)  # (B, T, K, places)
    mask = network.masks(logits.softmax(-1), bins)
    error = (torch.complex(mask[:, 0], mask[:, 1]) * mono - difference).abs().square()

    power = mono.abs().square()
    mean_power = power.mean((1, 2), keepdim=True) + 1e-6
    compressed = error * (power / mean_power + 1e-3) ** -0.6 / mean_power
    plain = error.mean((1, 2)) / mean_power[:, 0, 0]

    dominant, owner = (alone / (alone.sum(1, keepdim=True) + 1e-9)).max(1)  # (B, K, T)
    audible = (power / mean_power + 1e-9) ** 0.3 * (dominant > DOMINANCE)
    known = batch.places.isfinite().all(-1)  # (B, S)
    weight = audible * known.gather(1, owner.flatten(1)).unflatten(1, owner.shape[1:])
    scores = taught_scores(network, queries, keys, batch.places.nan_to_num())  # (B, T, K, S)
    right = scores.gather(-1, owner.transpose(1, 2)[..., None])[..., 0]
    # Without "nowhere": how much of a bin comes from no place in particular is for the masks to say.
    surprise = (logits[..., :-1].logsumexp(-1) - right).transpose(1, 2)
    attention = (weight * surprise).sum() / (weight.sum() + 1e-6)
    terms = {"difference": plain.mean(), "compressed": compressed.mean(), "attention": attention}
    terms["loss"] = plain.mean() + COMPRESSED_WEIGHT * compressed.mean() + ATTENTION_WEIGHT * attention
    if naming is not None:
        classes = batch.classes.gather(1, owner.flatten(1)).unflatten(1, owner.shape[1:])
        terms["seen"] = naming.seen(seen, torch.where(blank[:, None, None], NOTHING, batch.looks))
        terms["heard"] = naming.heard(queries[..., : seen.shape[1] - 1], classes, audible)
        terms["loss"] = terms["loss"] + NAMING_WEIGHT * (terms["seen"] + terms["heard"])
    return terms


def taught_scores(network: Streaming, queries: Tensor, keys: Tensor, places: Tensor) -> Tensor:
    """Mean logit of each query over a Gaussian around each source's place: (B, T, K, S).

    The logit is linear in the keys, so averaging the keys first gives the same without a value per place.
    """
    rows, columns = keys.shape[-2:]
    distance = distances(places, (rows, columns)).flatten(-2)
    blob = torch.softmax(-distance / (2 * PLACE_SPREAD**2), -1)  # (B, S, places)
    averaged = (keys.flatten(2) @ blob.transpose(1, 2))[..., None]  # (B, features + 1, S, 1)
    return network.logits(queries, averaged)[..., :-1]


def _noise(batch: Batch, seed: int) -> Tensor:
    """Microphone noise of its own at each ear, -70 to -30 dB of the sound: (B, 2, N)."""
    shape = batch.sources.shape[2:]
    drawn: list[Tensor] = []
    for index in batch.indices.tolist():
        rng = draws_of("noise", seed, index)
        level = 10 ** (rng.uniform(-70, -30) / 20)
        drawn.append(torch.from_numpy(rng.standard_normal(shape, np.float32) * np.float32(level)))
    return torch.stack(drawn).to(batch.sources.device)
