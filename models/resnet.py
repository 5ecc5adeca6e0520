"""ResNet-18 without its classifier, in plain torch: the visual half of the paper's network."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

from models.checkpoint_file import fitting, load_tensors

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
_NUMBERS = {"conv1": 0, "bn1": 1, "layer1": 4, "layer2": 5, "layer3": 6, "layer4": 7}
"""torchvision's names of the children, as the authors number them."""


class BasicBlock(nn.Module):
    """Two 3x3 convolutions and a shortcut (He et al., CVPR 2016, section 3.3)."""

    def __init__(self, features_in: int, features_out: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(features_in, features_out, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(features_out)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(features_out, features_out, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(features_out)
        self.downsample = (
            nn.Sequential(nn.Conv2d(features_in, features_out, 1, stride, bias=False), nn.BatchNorm2d(features_out))
            if stride != 1 or features_in != features_out
            else None
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, C_in, H, W) -> (B, C_out, H / stride, W / stride)."""
        shortcut = x if self.downsample is None else self.downsample(x)
        x = self.relu(self.bn1(self.conv1(x)))
        return cast(Tensor, self.relu(self.bn2(self.conv2(x)) + shortcut))


def resnet18(width: int = 64) -> nn.Sequential:
    """Build the eight children of ResNet-18 before its pooling and classifier, numbered as the authors number them.

    Parameters
    ----------
    width
        Features of the first layers; 64 in the paper.

    Returns
    -------
    nn.Sequential
        (B, 3, H, W), ImageNet-normalised -> (B, 8 * width, H / 32, W / 32). Random (He) weights.
    """
    widths = (width, width, 2 * width, 4 * width, 8 * width)
    layers = [
        nn.Sequential(BasicBlock(before, after, 1 if number == 0 else 2), BasicBlock(after, after, 1))
        for number, (before, after) in enumerate(pairwise(widths))
    ]
    stem = (nn.Conv2d(3, width, 7, 2, 3, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True))
    network = nn.Sequential(*stem, nn.MaxPool2d(3, 2, 1), *layers)
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    return network


def load_imagenet(network: nn.Sequential, path: Path) -> None:
    """Fill the result of `resnet18()` with torchvision's ImageNet weights (resnet18-f37072fd.pth).

    Raises
    ------
    ModelError
        When the file is missing or holds something else.
    """
    with fitting(path, "does not hold torchvision's ResNet-18", "give resnet18-f37072fd.pth"):
        weights = load_tensors(path)
        numbered = {
            f"{_NUMBERS[layer]}.{rest}": value
            for layer, _, rest in (entry.partition(".") for entry in weights)
            if layer in _NUMBERS
            for value in (weights[f"{layer}.{rest}"],)
        }
        network.load_state_dict(numbered)


class ImageNetNormalise(nn.Module):
    """uint8 RGB images as a camera gives them -> what an ImageNet network was trained on. Has no parameters."""

    def __init__(self) -> None:
        super().__init__()
        mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (IMAGENET_MEAN, IMAGENET_STD))
        self.register_buffer("scale", 1 / (255 * std), persistent=False)
        self.register_buffer("offset", -mean / std, persistent=False)

    def forward(self, image: Tensor) -> Tensor:
        """uint8 (B, H, W, 3), 0..255 -> float32 (B, 3, H, W)."""
        return image.permute(0, 3, 1, 2).float() * self.get_buffer("scale") + self.get_buffer("offset")
