"""The paper's network has the paper's sizes and the names of its released weights."""

from __future__ import annotations

import re
from typing import Any

import pytest
import torch

from models.mono2binaural import Mono2Binaural
from models.resnet import IMAGENET_MEAN, IMAGENET_STD, ImageNetNormalise

AUDIO_KEYS = re.compile(
    r"(audionet_convlayer[1-5]\.[01]|audionet_upconvlayer[1-4]\.[01]|audionet_upconvlayer5\.0|conv1x1\.[01])\."
    r"(weight|bias|running_mean|running_var|num_batches_tracked)"
)
VISUAL_KEYS = re.compile(r"feature_extraction\.[014567]\..*(weight|bias|running_mean|running_var|num_batches_tracked)")


@pytest.fixture(scope="module")
def network() -> Mono2Binaural:
    torch.manual_seed(0)
    return Mono2Binaural().eval()


def test_it_has_the_papers_number_of_parameters(network: Mono2Binaural) -> None:
    counts = [sum(p.numel() for p in half.parameters()) for half in (network.audio_net, network.visual_net)]
    assert [round(count / 1e6, 2) for count in counts] == [23.09, 11.18]


def test_its_keys_are_those_of_the_released_weights(network: Mono2Binaural) -> None:
    audio, visual = list(network.audio_net.state_dict()), list(network.visual_net.state_dict())
    assert all(AUDIO_KEYS.fullmatch(key) for key in audio)
    assert len({key.rpartition(".")[0] for key in audio}) == 2 * 5 + 2 * 4 + 1 + 2
    assert all(VISUAL_KEYS.fullmatch(key) for key in visual)
    # ResNet-18 has 122 tensors, of which the classifier has two.
    assert len(visual) == 120


def test_shapes_from_picture_and_window_to_mask(network: Mono2Binaural) -> None:
    with torch.inference_mode():
        features = network.visual(torch.zeros(2, 224, 448, 3, dtype=torch.uint8))
        masks, attention = network(torch.randn(2, 2, 257, 64), torch.zeros(2, 224, 448, 3, dtype=torch.uint8))
    assert features.shape == (2, 512, 7, 14)
    assert masks.shape == (2, 2, 256, 64)
    assert masks.abs().max() <= 1
    assert attention is None


def test_both_the_picture_and_the_sound_change_the_mask(network: Mono2Binaural) -> None:
    generator = torch.Generator().manual_seed(1)
    spectrum = torch.randn(1, 2, 257, 64, generator=generator)
    features = torch.rand(1, 512, 7, 14, generator=generator)
    with torch.inference_mode():
        mask = network.masks(spectrum, features)
        assert not torch.equal(mask, network.masks(spectrum, features.flip(-1)))
        assert not torch.equal(mask, network.masks(spectrum.flip(-1), features))


def test_initial_weights_are_the_papers(network: Mono2Binaural) -> None:
    weights = network.audio_net.audionet_convlayer4.state_dict()
    # The standard deviation of n normal draws is known to 1 / sqrt(2 n): 0.1 % for the convolution, 3 % for the 512.
    assert float(weights["0.weight"].std()) == pytest.approx(0.02, rel=0.01)
    assert float(weights["1.weight"].mean()) == pytest.approx(1.0, abs=0.005)
    assert float(weights["1.weight"].std()) == pytest.approx(0.02, rel=0.15)
    assert not weights["1.bias"].any()


def test_the_image_is_normalised_as_imagenet_networks_expect() -> None:
    image = torch.randint(0, 256, (1, 4, 6, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    expected = (image / 255 - torch.tensor(IMAGENET_MEAN)) / torch.tensor(IMAGENET_STD)
    torch.testing.assert_close(ImageNetNormalise()(image), expected.permute(0, 3, 1, 2))


def test_a_narrow_network_has_the_same_layers_and_shapes() -> None:
    narrow = Mono2Binaural(width=16)
    assert narrow.config == {"width": 16}
    assert list(narrow.state_dict()) == list(Mono2Binaural().state_dict())
    with torch.inference_mode():
        features = narrow.visual(torch.zeros(1, 224, 448, 3, dtype=torch.uint8))
        masks = narrow.masks(torch.randn(1, 2, 257, 64), features)
    assert features.shape == (1, 128, 7, 14)
    assert masks.shape == (1, 2, 256, 64)


@pytest.mark.parametrize("width", [0, 8, 24, 64.0, "64"])
def test_a_width_that_is_none_is_refused(width: Any) -> None:
    with pytest.raises(TypeError, match="accepted: 16, 32"):
        Mono2Binaural(width=width)
