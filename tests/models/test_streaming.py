"""The streaming network: causal, the same by hop and by clip, deaf to gain, and odd in the picture's left and right."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from models.streaming import BINS, HOP, N_FFT, SAMPLE_RATE, WINDOW, MirrorConv, Streaming, _running_level

HOPS = 20
ROUNDING = 2e-4
"""Sums in another order differ by 1e-7 in float32, which eight layers and the exponent of the attention make 3e-5 of a
mask of up to 2; what is really wrong shows at 1e-2 and above."""


def looking(seed: int = 0) -> Streaming:
    """Weights and statistics as after training: a fresh network attends to all places alike, and its masks cancel."""
    torch.manual_seed(seed)
    network = Streaming(features=8, hidden=32, visual_width=4)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.2, 0.2)
            module.momentum = 1.0
    for layer in (network.visual_branch.layers[-1], network.audio_branch.queries):
        nn.init.normal_(layer.get_parameter("weight"), std=0.5)
    network(sound(4, seed=5), pictures(4, seed=6))
    return network.eval()


def pictures(batch: int, seed: int = 1) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.randint(0, 256, (batch, 3, 7, 14), generator=generator).float()
    return nn.functional.interpolate(coarse, (112, 224)).permute(0, 2, 3, 1).to(torch.uint8).contiguous()


def sound(batch: int, hops: int = HOPS, seed: int = 2) -> Tensor:
    """Spectra (batch, 2, 257, hops) of noise with an RMS of 0.1."""
    noise = 0.1 * torch.randn(batch, hops * HOP, generator=torch.Generator().manual_seed(seed))
    spectra = torch.stft(noise, N_FFT, HOP, WINDOW, torch.hann_window(WINDOW), pad_mode="constant", return_complex=True)
    return torch.view_as_real(spectra[..., :hops]).permute(0, 3, 1, 2)


def by_hop(network: Streaming, spectra: Tensor, image: Tensor) -> tuple[Tensor, Tensor]:
    """Masks (B, 2, 257, T) and attention (B, 7, 28, T), one `step` at a time."""
    features, state = network.visual(image), network.initial_state(len(spectra))
    masks: list[Tensor] = []
    attentions: list[Tensor] = []
    for hop in range(spectra.shape[-1]):
        mask, attention, state = network.step(spectra[..., hop], features, state)
        masks.append(mask)
        attentions.append(attention)
    return torch.stack(masks, -1), torch.stack(attentions, -1)


@pytest.fixture(autouse=True)
def without_gradients():
    with torch.no_grad():
        yield


def test_a_clip_at_once_equals_its_hops_one_by_one() -> None:
    network, spectra, image = looking(), sound(3), pictures(3)
    whole = network(spectra, image)[0]
    assert whole.shape == spectra.shape
    assert whole.abs().max() > 0.1
    assert (by_hop(network, spectra, image)[0] - whole).abs().max() < ROUNDING


def test_clips_of_a_batch_do_not_hear_each_other() -> None:
    network, spectra, image = looking(), sound(3), pictures(3)
    together = network(spectra, image)[0]
    alone = torch.cat([network(spectra[i : i + 1], image[i : i + 1])[0] for i in range(3)])
    assert (together - alone).abs().max() < ROUNDING


def test_what_comes_later_changes_no_mask() -> None:
    network, spectra, image = looking(), sound(2), pictures(2)
    changed = spectra.clone()
    changed[..., 12:] = 30 * sound(2, seed=3)[..., 12:]
    before, after = network(spectra, image)[0], network(changed, image)[0]
    # Same sizes, so the same order of sums: equal but for what vectors of 8 floats make of a neighbour.
    assert (before - after)[..., :12].abs().max() < 1e-6
    assert (before - after)[..., 12:].abs().max() > 1e-3


def test_a_mirrored_picture_swaps_the_ears_and_the_attention() -> None:
    network, spectra, image = looking(), sound(3), pictures(3)
    masks, attention = by_hop(network, spectra, image)
    mirrored_masks, mirrored_attention = by_hop(network, spectra, image.flip(2))
    assert masks.abs().max() > 0.1
    assert (masks + mirrored_masks).abs().max() < ROUNDING
    assert (attention.flip(2) - mirrored_attention).abs().max() < ROUNDING
    assert (attention - mirrored_attention).abs().max() > 1e-3


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_a_blank_picture_gives_the_same_sound_to_both_ears(grey: int) -> None:
    blank = torch.full((1, 112, 224, 3), grey, dtype=torch.uint8)
    assert looking()(sound(1), blank)[0].abs().max() < ROUNDING


def test_the_own_mirror_image_gives_the_same_sound_to_both_ears() -> None:
    image = pictures(1)
    image[:, :, 112:] = image[:, :, :112].flip(2)
    assert looking()(sound(1), image)[0].abs().max() < ROUNDING


@pytest.mark.parametrize("gain_db", [-20.0, -6.0, 6.0, 20.0])
def test_a_recordings_gain_hardly_changes_the_masks(gain_db: float) -> None:
    network, spectra, image = looking(), sound(2), pictures(2)
    masks, louder = network(spectra, image)[0], network(spectra * 10 ** (gain_db / 20), image)[0]
    # At -20 dB a bin of the noise has 0.015, 1e5 floors: the rare bins 30 dB softer notice the floor, by 0.1 each.
    assert (masks - louder).square().mean() < 1e-4 * masks.square().mean()


def test_silence_has_finite_masks_and_attention() -> None:
    masks, attention = by_hop(looking(), torch.zeros(1, 2, BINS, 5), pictures(1))
    assert masks.isfinite().all()
    assert attention.isfinite().all()


def test_the_level_is_right_from_the_first_hop_on() -> None:
    levels, _ = _running_level(torch.full((1, 300), 0.7), torch.zeros(1, 2))
    # A mean of equal values is that value, whatever the weights, up to the rounding of 300 sums.
    torch.testing.assert_close(levels, torch.full((1, 300), 0.7), rtol=1e-4, atol=0)


def test_attention_is_a_share() -> None:
    attention = by_hop(looking(), sound(2), pictures(2))[1]
    assert attention.shape == (2, 7, 28, HOPS)
    assert attention.min() >= 0
    assert attention.sum((1, 2)).max() <= 1 + 1e-5  # a float32 sum of 196 places over 256 bins
    assert attention.sum((1, 2)).max() > 0.1


def test_attention_leaves_out_nowhere() -> None:
    network = looking()
    network.audio_branch.queries.get_parameter("bias")[-1] = 1e4
    masks, attention = by_hop(network, sound(1), pictures(1))
    assert masks.abs().max() == 0
    assert attention.abs().max() == 0


def test_the_network_that_ships_is_small() -> None:
    assert sum(parameter.numel() for parameter in Streaming().parameters()) < 3e6


def test_states_start_at_zero_and_keep_the_shapes_of_the_model_file() -> None:
    network = looking()
    start = network.initial_state()
    after = network.step(sound(1, 1)[..., 0], network.visual(pictures(1)), start)[2]
    stated = network.info()["state"]
    assert {name: list(value.shape) for name, value in start.items()} == stated
    assert {name: list(value.shape) for name, value in after.items()} == stated
    assert all(not value.any() for value in start.values())
    assert all(value.any() for value in after.values())


def test_the_model_file_is_told_the_shapes_that_the_network_takes() -> None:
    info = looking().info()
    image = torch.zeros(1, info["image"]["height"], info["image"]["width"], 3, dtype=torch.uint8)
    assert looking()(sound(1), image)[0].shape == (1, 2, info["mask"]["bins"], HOPS)
    assert (info["n_fft"], info["hop"], info["window"], info["sample_rate"]) == (N_FFT, HOP, WINDOW, SAMPLE_RATE)


@pytest.mark.parametrize(("kernel", "stride"), [((4, 4), (2, 2)), ((3, 3), (1, 1)), ((4, 3), (2, 1))])
def test_mirror_conv_commutes_with_mirroring(kernel: tuple[int, int], stride: tuple[int, int]) -> None:
    torch.manual_seed(4)
    conv = MirrorConv(3, 5, kernel, stride, (1, 1))
    picture = torch.randn(2, 3, 12, 28)
    # float32 sums of 48 products in another order
    torch.testing.assert_close(conv(picture.flip(-1)), conv(picture).flip(-1), rtol=0, atol=1e-5)
    plain = nn.functional.conv2d(picture.flip(-1), conv.weight, conv.bias, stride, (1, 1))
    assert (plain - conv(picture)).abs().max() > 0.1


def looking_at(column: int) -> Tensor:
    """Attention (1, 1, 256, 197) of all bins on one place of the fourth row."""
    places = torch.zeros(1, 1, 256, 7 * 28 + 1)
    places[..., 3 * 28 + column] = 1
    return places


@pytest.mark.parametrize("column", [0, 5, 13])
def test_before_training_a_source_on_the_left_leads_and_is_louder_there(column: int) -> None:
    mask = torch.complex(*Streaming().masks(looking_at(column))[0, ..., 0])
    left, right = 1 + mask, 1 - mask
    azimuth = math.atan(1 - (2 * column + 1) / 28)
    frequency = torch.arange(BINS) * SAMPLE_RATE / N_FFT
    low = slice(1, 16)  # below 500 Hz, where the phase does not wrap
    lead_s = (left / right).angle()[low] / (2 * math.pi * frequency[low])
    # Woodworth, for a head radius of 8.75 cm; masks are held below 2 only where the ears are nearly opposite.
    torch.testing.assert_close(
        lead_s, torch.full((15,), 0.0875 / 343 * (math.sin(azimuth) + azimuth)), rtol=1e-3, atol=0
    )
    louder_db = 20 * (left.abs() / right.abs()).log10()
    unheld = mask.abs() < 1.99
    assert (louder_db > 0)[1:][unheld[1:]].all()
    assert louder_db[BINS - 1] > louder_db[16] or not unheld[BINS - 1]


def test_the_right_half_of_the_table_is_the_left_half_with_the_ears_swapped() -> None:
    network = Streaming()
    for column in range(14):
        left, right = network.masks(looking_at(column)), network.masks(looking_at(27 - column))
        torch.testing.assert_close(left, -right, rtol=0, atol=0)
        assert left.abs().max() > 0.01


def test_masks_of_some_bins_are_those_of_all() -> None:
    network, spectra, image = looking(), sound(2), pictures(2)
    features = network.visual(image)
    queries, _ = network.queries(spectra, features, network.initial_state(2))
    bins = torch.tensor([0, 3, 100, 255])
    some = network.masks(network.logits(queries[:, :, bins], features).softmax(-1), bins)
    torch.testing.assert_close(some, network(spectra, image)[0][:, :, bins], rtol=0, atol=ROUNDING)
