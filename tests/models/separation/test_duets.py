"""Duets are reproducible by their numbers, and their clips, pictures and shares are as they say."""

from __future__ import annotations

import pytest
import torch

from models.separation.duets import CURTAIN_GAP, LEVEL, DuetBatch, Duets, Pool
from models.separation.task import heard
from tests.models.separation.material import Tones, same


def test_a_duet_depends_on_its_number_alone() -> None:
    pool = Pool(Tones(), 9)
    duets = Duets(pool, 1, 6, mono_share=0.5, blank_share=0.5)
    again = Duets(Pool(Tones(), 9), 1, 6, mono_share=0.5, blank_share=0.5)
    late = again[1]  # drawn before batch 0 here
    assert same(duets[0], again[0])
    assert same(duets[1], late)
    assert not same(duets[0], duets[1])


def test_processes_share_a_batch() -> None:
    pool = Pool(Tones(), 9)
    whole = Duets(pool, 1, 6)[2]
    parts = [Duets(pool, 1, 6, rank=rank, processes=3)[2] for rank in range(3)]
    joined = DuetBatch(
        *(torch.cat([getattr(part, name) for part in parts]) for name in ("shown", "other", "image", "mono"))
    )
    assert same(whole, joined)
    assert all(same(part, cut) for part, cut in zip(whole.split(2), parts, strict=True))


def test_a_duet_is_two_clips_and_the_picture_of_the_first() -> None:
    batch = Duets(Pool(Tones(), 40), 5, 60)[0]
    louder_left = (batch.shown.square().sum(-1).diff(dim=1) < 0)[:, 0]
    brightness = batch.image.float().mean((1, 3))  # (B, W)
    bright_left = brightness[:, :112].amax(1) > brightness[:, 112:].amax(1)
    # Also where both were mirrored or a curtain was drawn.
    assert torch.equal(louder_left, bright_left)
    assert not torch.equal(batch.shown, batch.other)
    levels_db = 20 * torch.log10(batch.shown.square().mean((1, 2)).sqrt() / LEVEL)
    assert levels_db.abs().max() < 3.2
    assert levels_db.max() - levels_db.min() > 3


def test_duets_come_in_pairs_with_either_picture() -> None:
    batch = Duets(Pool(Tones(), 40), 5, 20, mono_share=0.5)[0]
    assert torch.equal(batch.shown[::2], batch.other[1::2])
    assert torch.equal(batch.shown[1::2], batch.other[::2])
    assert torch.equal(batch.mono[::2], batch.mono[1::2])
    assert not torch.equal(batch.image[::2], batch.image[1::2])


def test_curtains_hide_no_source() -> None:
    batch = Duets(Pool(Tones(), 40), 5, 60)[0]
    grey = (batch.image == 128).all(-1).all(1)  # (B, W)
    assert 0.3 < float(grey.any(1).float().mean()) < 0.7
    for row in range(len(grey)):
        middle = int(batch.image[row].float().mean((0, 2)).argmax())
        reach = round(CURTAIN_GAP * 224) - 12
        assert not grey[row, max(0, middle - reach) : middle + reach].any()


def test_shares_of_mono_and_blank() -> None:
    batch = Duets(Pool(Tones(), 20), 2, 200, mono_share=0.3, blank_share=0.1)[0]
    blank = (batch.image == 128).flatten(1).all(1)
    assert float(batch.mono.float().mean()) == pytest.approx(0.3, abs=0.1)
    assert float(blank.float().mean()) == pytest.approx(0.1, abs=0.07)
    sound = heard(batch)
    assert torch.equal(sound[batch.mono][:, 0], sound[batch.mono][:, 1])
    assert torch.allclose(sound[~batch.mono], (batch.shown + batch.other)[~batch.mono])
