"""ImageNet weights under torchvision's names find their layers; other files are refused in one line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from models.resnet import load_imagenet, resnet18
from realtime.errors import ModelError

NAMES = {"0": "conv1", "1": "bn1", "4": "layer1", "5": "layer2", "6": "layer3", "7": "layer4"}


def torchvision_weights() -> dict[str, Any]:
    torch.manual_seed(1)
    weights = {
        f"{NAMES[number]}.{rest}": value
        for number, _, rest in (key.partition(".") for key in resnet18().state_dict())
        for value in (torch.randn(resnet18().state_dict()[f"{number}.{rest}"].shape),)
    }
    return weights | {"fc.weight": torch.zeros(1000, 512), "fc.bias": torch.zeros(1000)}


def test_every_layer_is_filled_and_the_classifier_left_out(tmp_path: Path) -> None:
    weights = torchvision_weights()
    torch.save(weights, tmp_path / "resnet18.pth")
    network = resnet18()
    load_imagenet(network, tmp_path / "resnet18.pth")
    state = network.state_dict()
    assert len(state) == 120
    for key, value in state.items():
        number, _, rest = key.partition(".")
        if not rest.endswith("num_batches_tracked"):
            assert torch.equal(value, weights[f"{NAMES[number]}.{rest}"]), key


@pytest.mark.parametrize("content", [None, b"no weights", {}, {"conv1.weight": torch.zeros(3)}, torch.zeros(3)])
def test_what_holds_no_such_network_is_refused(content: Any, tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        torch.save(content, path)
    with pytest.raises(ModelError, match=r"resnet18-f37072fd\.pth") as raised:
        load_imagenet(resnet18(), path)
    assert "\n" not in str(raised.value)
