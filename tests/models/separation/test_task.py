"""Separation learns what it is meant to, and its validation hears and sees what its rows say."""

from __future__ import annotations

import math
from dataclasses import replace

import torch
from torch import Tensor, nn

from models.separation.duets import Duets, Pool
from models.separation.network import BINS
from models.separation.task import SeparationTask, errors, heard, masks, score, spectra
from tests.models.separation.material import Config, Tones, same, small


def test_the_ratio_itself_has_no_error_and_is_what_is_learnt() -> None:
    batch = Duets(Pool(Tones(), 20), 2, 6)[0]
    shown, other = spectra(batch.shown).abs(), spectra(batch.other).abs()
    ratio = shown / (shown + other + 1e-9)
    assert errors(ratio, batch).max() < 1e-5
    assert errors(1 - ratio, batch).min() > 0.5
    assert errors(torch.full_like(ratio, 0.5), batch).max() < 0.51


def test_a_few_steps_on_one_batch_bring_the_loss_down() -> None:
    network = small()
    task = SeparationTask(Config(batch_size=6), network, pool=8)  # type: ignore[arg-type]
    batch = next(task.batches(0))
    optimiser = torch.optim.Adam(network.parameters(), 5e-3)
    losses: list[list[float]] = []
    for _ in range(14):
        terms = task.loss(network, batch, torch.Generator())
        optimiser.zero_grad()
        terms["loss"].backward()
        optimiser.step()
        losses.append([float(terms[name].detach()) for name in ("mask", "spectrum")])
    assert losses[-1][0] < 0.9 * losses[0][0]
    assert losses[-1][1] < losses[0][1]


def test_batches_go_on_from_any_step() -> None:
    task = SeparationTask(Config(steps=3), small(), pool=8, mono_share=0.5)  # type: ignore[arg-type]
    whole, late = list(task.batches(0)), list(task.batches(2))
    assert len(whole) == 3
    assert len(late) == 1
    assert same(whole[2], late[0])


def test_validation_is_the_same_each_time_and_leaves_the_network_training() -> None:
    network = small().train()
    task = SeparationTask(Config(), network, pool=8)  # type: ignore[arg-type]
    scores = task.validate(network)
    assert scores == task.validate(network)
    assert network.training
    assert scores.keys() >= {"score", "mono", "blank", "binaural_snr_db", "mono_snr_db", "mixture_snr_db"}
    assert all(math.isfinite(value) for value in scores.values())


def test_rows_of_the_validation_hear_and_see_what_they_say() -> None:
    seen: list[tuple[bool, bool]] = []

    class Spy(nn.Module):
        def visual(self, image: Tensor) -> Tensor:
            return image

        def forward(self, parts: Tensor, image: Tensor) -> Tensor:
            seen.append((torch.equal(parts[:, 0], parts[:, 1]), bool((image == 128).all())))
            return torch.zeros(len(parts), 2, BINS, parts.shape[-1])

    scores = score(Spy(), Duets(Pool(Tones(), 8), 1, 4, varied=False)[0])
    assert seen == [(False, False), (True, False), (False, True)]
    # Half of the mixture, 6 dB below it, is 0 dB off a clip of the same level.
    assert scores["binaural_snr_db"] > scores["mixture_snr_db"]


def test_masks_are_between_nothing_and_all() -> None:
    batch = Duets(Pool(Tones(), 8), 1, 2)[0]
    network = small().eval()
    sound = heard(replace(batch, mono=torch.ones_like(batch.mono)))
    mask = masks(network, spectra(sound), network.visual(batch.image))
    assert mask.min() >= 0
    assert mask.max() <= 1
