"""The separating network: cues point to places, mono has no side, and the picture matters."""

from __future__ import annotations

import json
import math

import pytest
import torch
from torch import nn

from models.separation.duets import LENGTH
from models.separation.network import BINS, FRAMES, HOP, N_FFT, SAMPLE_RATE, Separation, average_level, expected_cues
from models.separation.task import spectra
from tests.models.separation.material import small


def test_masks_have_the_shape_of_the_spectra_for_any_length() -> None:
    network = small().eval()
    features = network.visual(torch.zeros(2, 112, 224, 3, dtype=torch.uint8))
    for frames in (16, FRAMES):
        mask = network(torch.randn(2, 2, 2, BINS, frames), features)
        assert mask.shape == (2, 2, BINS, frames)
    assert network.info()["frames"] == FRAMES
    assert LENGTH == (FRAMES - 1) * HOP


def test_the_shipped_size_is_small() -> None:
    network = Separation()
    total = sum(parameter.numel() for parameter in network.parameters())
    audio = total - sum(parameter.numel() for parameter in network.visual_half.parameters())
    assert audio < 3e6


@pytest.mark.parametrize("column", [2, 9, 20, 27])
def test_the_cues_of_a_place_fit_sound_from_there_best(column: int) -> None:
    columns = 28
    azimuth = math.atan(1 - 2 * (column + 0.5) / columns)
    delay_s = 0.0875 / 343 * (math.sin(azimuth) + azimuth)
    generator = torch.Generator().manual_seed(1)
    mono = torch.randn(1, BINS, 16, dtype=torch.complex64, generator=generator)
    frequency = (torch.arange(BINS) * SAMPLE_RATE / N_FFT)[:, None]
    # A source on the left (positive azimuth) reaches the right ear later and softer.
    right = mono * torch.polar(
        torch.full_like(frequency, 10 ** (-9 * math.sin(azimuth) / 20)), -2 * math.pi * frequency * delay_s
    )
    ears = torch.view_as_real(torch.stack((mono, right), 1)).permute(0, 1, 4, 2, 3)
    network = small()
    table = expected_cues(columns)
    maps = network.agreement(ears.expand(columns, -1, -1, -1, -1), table[..., None])
    match, aside, level = maps[:, 5].mean((1, 2)), maps[:, 6].abs().mean((1, 2)), maps[:, 7].abs().mean((1, 2))
    assert int(match.argmax()) == column
    assert int(aside.argmin()) == column
    assert abs(int(level.argmin()) - column) <= 5  # at all frequencies the same here
    assert match[column] > 0.95


def test_mono_sound_has_no_side() -> None:
    ear = torch.randn(1, 1, 2, BINS, 16)
    maps = small().agreement(ear.expand(-1, 2, -1, -1, -1), expected_cues(28)[:1, :, :, None])
    assert maps[:, 2].abs().max() < 1e-5
    assert maps[:, 4].abs().max() < 1e-5
    assert torch.equal(maps[:, 0], maps[:, 1])


def test_the_picture_matters_for_what_and_for_where() -> None:
    network = small().eval()
    nn.init.normal_(network.last.weight)
    spectrum = torch.randn(1, 2, 2, BINS, 16)
    image = torch.full((1, 112, 224, 3), 60, dtype=torch.uint8)
    other = image.clone()
    other[:, :, :60] = 200
    with torch.no_grad():
        first, second = (network(spectrum, network.visual(picture)) for picture in (image, other))
    assert (first - second).abs().max() > 1e-4


def test_the_average_spectrum_of_a_tone_is_at_its_frequency() -> None:
    time_s = torch.arange(LENGTH) / SAMPLE_RATE
    tone = torch.sin(2 * math.pi * 1000 * time_s).expand(1, 2, -1)
    level = average_level(spectra(tone).abs())
    assert level.shape == (1, BINS)
    assert int(level.argmax()) == round(1000 * N_FFT / SAMPLE_RATE)
    # Whatever its gain.
    assert torch.allclose(level, average_level(spectra(0.01 * tone).abs()), atol=1e-2)


def test_a_checkpoint_builds_its_network_again() -> None:
    network = small()
    again = Separation(**json.loads(json.dumps(network.config)))
    again.load_state_dict(network.state_dict())
    assert again.config == network.config
    assert all(torch.equal(value, again.state_dict()[name]) for name, value in network.state_dict().items())
