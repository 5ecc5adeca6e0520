"""What the separating network is trained on: the ratio mask of the clip in the picture, bin by bin and ear by ear."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from models.separation.duets import DuetBatch, Duets, Pool, batches
from models.separation.eyes import take_features
from models.separation.network import BINS, HOP, N_FFT, Separation, average_level
from realtime.pictures import GREY

if TYPE_CHECKING:
    from models.training_config import TrainingConfig

LOUDEST = 10.0
"""Weight of a bin at most, the mean being 1: a few loud bins shall not be all that is learnt."""
BEST = 1e-3
"""Error over energy below which a mask is not asked to get better."""
SILENCE = 1e-6
"""Energy of a spectrogram that counts as silent."""


class SeparationTask:
    """Mix-and-separate (paper, section 3.4).

    Parameters
    ----------
    config
        Says what the clips are.
    network
        That will be trained.
    features_from
        Checkpoint of a mono-to-binaural network to take the picture side from; "" starts from scratch.
    pool
        How many clips there are to mix.
    clip_s
        Their length in seconds; a duet takes one window of the network from each.
    mono_share, blank_share
        Shares of the duets that are heard in mono, and of those without a picture: one network for all rows.
    spectrum_weight
        Of the error of the average spectrum that the picture lets expect. The clip's own sound teaches it, as it
        teaches the masks; so the network knows things by their looks sooner.
    snr_weight
        Of the signal-to-noise ratio in dB that the masks reach, which the loss is lowered by. The masks' error alone
        asks for the likelier of two answers where the network is in doubt; what is heard asks for their mean.

    Raises
    ------
    ModelError
        When `features_from` does not fit.
    """

    def __init__(
        self,
        config: TrainingConfig,
        network: Separation,
        *,
        features_from: str = "",
        pool: int = 10_000,
        clip_s: float = 2.6,
        mono_share: float = 0.5,
        blank_share: float = 0.1,
        spectrum_weight: float = 0.1,
        snr_weight: float = 0.05,
    ) -> None:
        self.extras: nn.Module = nn.Module()
        self._config = config
        self._pool = pool
        self._clip_s = clip_s
        self._shares = mono_share, blank_share
        self._spectrum_weight = spectrum_weight
        self._snr_weight = snr_weight
        if features_from:
            take_features(network.visual_half, Path(features_from))

    def batches(self, first_step: int, rank: int = 0, processes: int = 1) -> Iterator[DuetBatch]:
        """Batches from a step on; with several processes, one's part of each."""
        config = self._config
        pool = Pool(config.material("train", self._clip_s), self._pool)
        mono, blank = self._shares
        duets = Duets(
            pool,
            config.seed,
            config.batch_size,
            mono_share=mono,
            blank_share=blank,
            rank=rank,
            processes=processes,
        )
        return batches(duets, first_step, config.steps, config.workers)

    def loss(self, network: Any, batch: DuetBatch, generator: torch.Generator) -> dict[str, Tensor]:
        """Mean absolute error of the masks, each bin weighted by its magnitude, and what the options add to it."""
        del generator
        features = network.visual(batch.image)
        mask = masks(network, spectra(heard(batch)), features)
        error = errors(mask, batch).mean()
        truth = spectra(batch.shown)
        spectrum = (network.spectrum(features).float() - average_level(truth.abs())).abs().mean()
        snr = snr_db(mask * (truth + spectra(batch.other)), truth).mean()
        loss = error + self._spectrum_weight * spectrum - self._snr_weight * snr
        return {"loss": loss, "mask": error, "spectrum": spectrum, "snr_db": snr}

    def validate(self, network: Any) -> dict[str, float]:
        """Fixed duets heard in both ears, in mono, and in both ears without a picture; see `score`."""
        config = self._config
        count = config.validation_samples
        pool = Pool(config.material("val", self._clip_s), count)
        (batch,) = batches(Duets(pool, config.seed, count, varied=False), 0, 1, 0)
        device = next(network.parameters()).device
        return score(network, batch.to(device))


def spectra(ears: Tensor) -> Tensor:
    """Complex STFT of (B, 2, N) without its Nyquist row, (B, 2, 512, T)."""
    window = torch.hann_window(N_FFT, device=ears.device)
    flat = torch.stft(
        ears.flatten(0, 1), N_FFT, HOP, N_FFT, window, center=True, pad_mode="constant", return_complex=True
    )
    return flat[:, :BINS].unflatten(0, ears.shape[:2])


def masks(network: Any, spectrum: Tensor, features: Tensor) -> Tensor:
    """Masks of (B, 2, 512, T) and features of pictures, 0..1, (B, 2, 512, T)."""
    parts = torch.stack((spectrum.real, spectrum.imag), 2)
    return network(parts, features).float().sigmoid()


def heard(batch: DuetBatch) -> Tensor:
    """What the network hears, (B, 2, N): the mixture, or its mean in both channels where the duet is mono."""
    mixture = batch.shown + batch.other
    mean = mixture.mean(1, keepdim=True).expand_as(mixture)
    return torch.where(batch.mono[:, None, None], mean, mixture)


def errors(mask: Tensor, batch: DuetBatch) -> Tensor:
    """Each duet's error: mean of |mask - ratio|, weighted by the magnitude of both clips in the bin: (B,)."""
    shown, other = spectra(batch.shown).abs(), spectra(batch.other).abs()
    both = shown + other
    weight = (both / (both.mean((1, 2, 3), keepdim=True) + 1e-9)).clamp(max=LOUDEST)
    error = (mask - shown / (both + 1e-9)).abs()
    return (weight * error).sum((1, 2, 3)) / (weight.sum((1, 2, 3)) + 1e-9)


def score(network: Any, batch: DuetBatch, part: int = 16) -> dict[str, float]:
    """Judge a network on duets.

    Returns
    -------
    scores
        "score", the error (see `errors`) of both ears; "mono" and "blank" the same without the difference of the ears
        and without the picture; each with "_snr_db", the mean signal-to-noise ratio of what the masks let through, and
        that of the mixture.
    """
    training = network.training
    network.eval()
    found: dict[str, list[float]] = {}
    with torch.no_grad():
        for whole in batch.split(part):
            truth, mixture = spectra(whole.shown), spectra(whole.shown + whole.other)
            rows = {
                "binaural": replace(whole, mono=torch.zeros_like(whole.mono)),
                "mono": replace(whole, mono=torch.ones_like(whole.mono)),
                "blank": replace(whole, image=torch.full_like(whole.image, GREY)),
            }
            found.setdefault("mixture_snr_db", []).extend(snr_db(mixture, truth).tolist())
            for name, row in rows.items():
                mask = masks(network, spectra(heard(row)), network.visual(row.image))
                found.setdefault(name, []).extend(errors(mask, whole).tolist())
                found.setdefault(f"{name}_snr_db", []).extend(snr_db(mask * mixture, truth).tolist())
    network.train(training)
    means = {name: round(sum(values) / len(values), 4) for name, values in found.items()}
    return {"score": means.pop("binaural"), **means}


def snr_db(given: Tensor, truth: Tensor) -> Tensor:
    """Energy of each duet's truth over that of the error, dB, up to 30: (B,)."""
    energy, error = (spectrum.abs().square().sum((1, 2, 3)) for spectrum in (truth, given - truth))
    return 10 * torch.log10((energy + SILENCE) / (error + BEST * energy + SILENCE))
