"""Validation gives 1 for mono at both ears, 0 for the truth, and notices that the pictures were mirrored."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from models.batches import Sample
from models.validation import validate

SIDE = 0.6


class Panned:
    """Sample n has 1 + n % 3 sources, all at the side whose half of the picture is bright, left and right in turns."""

    def __init__(self, side: float = SIDE) -> None:
        self.side = side

    def sample(self, index: int) -> Sample:
        rng = np.random.default_rng(index)
        mask = self.side if index % 2 else -self.side
        sources = 1 + index % 3
        mono = rng.standard_normal((sources, 1, 3200), np.float32) * 10 ** rng.uniform(-2, 0)
        image = np.zeros((4, 8, 3), np.uint8)
        image[:, slice(0, 4) if mask > 0 else slice(4, 8)] = 255
        ears = mono * np.array([[1 + mask], [1 - mask]])
        return Sample(ears.astype(np.float32), image, np.zeros((sources, 2), np.float32), np.zeros(sources, np.int64))


class Looking(nn.Module):
    """Masks of this size towards the bright half of the picture, of all but the topmost bins as some networks have."""

    def __init__(self, size: float, bins: int = 257) -> None:
        super().__init__()
        self.size = size
        self.bins = bins

    def forward(self, spectra: Tensor, image: Tensor) -> tuple[Tensor, None]:
        assert not self.training
        left, right = image.float().mean((1, 3)).chunk(2, 1)
        mask = torch.zeros_like(spectra[:, :, : self.bins])
        mask[:, 0] = self.size * (left.mean(1) - right.mean(1)).sign()[:, None, None]  # 0 for a grey picture
        return mask, None


@pytest.mark.parametrize("bins", [257, 256])
@pytest.mark.parametrize(("size", "seen", "flipped"), [(0, 1, 1), (SIDE, 0, 4), (SIDE / 2, 0.25, 2.25)])
def test_scores_are_the_errors_energy_over_the_differences(size: float, seen: float, flipped: float, bins: int) -> None:
    scores = validate(Looking(size, bins), Panned(), 40)
    assert scores.keys() == {"score", "flipped", "blank", "sources_1", "sources_2", "sources_3"}
    assert scores.pop("blank") == pytest.approx(1, abs=1e-4)
    assert scores.pop("flipped") == pytest.approx(flipped, abs=1e-4)  # rounded to four digits, as below
    for score in scores.values():
        assert score == pytest.approx(seen, abs=1e-4)


def test_the_network_goes_on_as_it_was() -> None:
    network = Looking(SIDE)
    assert network.training
    validate(network, Panned(), 2)
    assert network.training
    validate(network.eval(), Panned(), 2)
    assert not network.training


def test_the_same_scenes_give_the_same_scores() -> None:
    torch.manual_seed(0)
    first = validate(Looking(0.3), Panned(), 20)
    assert validate(Looking(0.3), Panned(), 20) == first
