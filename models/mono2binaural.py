"""The paper's network, Mono2Binaural, to the letter: loads the authors' released checkpoints unchanged.

Source: Gao & Grauman, "2.5D Visual Sound", CVPR 2019, section 3.3, and the parameter names of its released weights.
"""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor, nn

from models.resnet import ImageNetNormalise, resnet18

IMAGE_SHAPE = (224, 448)
"""Height and width of the image, pixels."""
FRAMES = 64
"""STFT frames of one 0.63 s window."""
BINS = 256
"""Rows of the mask: all of the spectrum's 257 but the Nyquist row."""
VISUAL_FEATURES = 8 * 7 * 14
WIDTHS = (64, 128, 256, 512, 512)
RMS_TARGET = 0.1414
"""The authors scale the *stereo truth* to an RMS of 0.1, which nobody knows when the input is mono. The sum of two
decorrelated channels of RMS 0.1 has 0.1 * sqrt(2)."""
RMS_FLOOR = 1e-4


def down(features_in: int, features_out: int) -> nn.Sequential:
    """One encoder level: half the bins and half the frames."""
    return nn.Sequential(
        nn.Conv2d(features_in, features_out, 4, 2, 1), nn.BatchNorm2d(features_out), nn.LeakyReLU(0.2, inplace=True)
    )


def up(features_in: int, features_out: int, *, last: bool = False) -> nn.Sequential:
    """One decoder level: twice the bins and twice the frames; the last one ends in a sigmoid instead of BN and ReLU."""
    conv = nn.ConvTranspose2d(features_in, features_out, 4, 2, 1)
    if last:
        return nn.Sequential(conv, nn.Sigmoid())
    return nn.Sequential(conv, nn.BatchNorm2d(features_out), nn.ReLU(inplace=True))


def start_from_noise(network: nn.Module) -> None:
    """Set the paper's initial weights: convolutions N(0, 0.02), batch normalisation N(1, 0.02) with no bias."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(module.weight, 0.0, 0.02)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1.0, 0.02)
            nn.init.zeros_(module.bias)


class VisualNet(nn.Module):
    """ResNet-18 up to its last feature map; 11.18 M parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.normalise = ImageNetNormalise()
        self.feature_extraction = resnet18()

    def forward(self, image: Tensor) -> Tensor:
        """uint8 image (B, 224, 448, 3), RGB -> features (B, 512, 7, 14)."""
        return cast(Tensor, self.feature_extraction(self.normalise(image)))


class AudioNet(nn.Module):
    """The U-Net over one window's spectrogram, with the picture at its bottleneck; 23.09 M parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.audionet_convlayer1 = down(2, WIDTHS[0])
        self.audionet_convlayer2 = down(WIDTHS[0], WIDTHS[1])
        self.audionet_convlayer3 = down(WIDTHS[1], WIDTHS[2])
        self.audionet_convlayer4 = down(WIDTHS[2], WIDTHS[3])
        self.audionet_convlayer5 = down(WIDTHS[3], WIDTHS[4])
        self.audionet_upconvlayer1 = up(VISUAL_FEATURES + WIDTHS[4], WIDTHS[3])
        self.audionet_upconvlayer2 = up(2 * WIDTHS[3], WIDTHS[2])
        self.audionet_upconvlayer3 = up(2 * WIDTHS[2], WIDTHS[1])
        self.audionet_upconvlayer4 = up(2 * WIDTHS[1], WIDTHS[0])
        self.audionet_upconvlayer5 = up(2 * WIDTHS[0], 2, last=True)
        self.conv1x1 = nn.Sequential(nn.Conv2d(512, 8, 1), nn.BatchNorm2d(8), nn.ReLU(inplace=True))
        start_from_noise(self)

    def forward(self, spectrum: Tensor, features: Tensor) -> Tensor:
        """Spectrum (B, 2, 257, 64) and visual features (B, 512, 7, 14) -> mask (B, 2, 256, 64), -1..1."""
        encoded: list[Tensor] = []
        level = spectrum
        for number in range(1, 6):
            level = self.get_submodule(f"audionet_convlayer{number}")(level)
            encoded.append(level)
        seen = self.conv1x1(features).flatten(1)[..., None, None]  # (B, 784, 1, 1)
        seen = seen.expand(-1, -1, level.shape[2], level.shape[3])  # (B, 784, 8, 2)
        level = self.audionet_upconvlayer1(torch.cat((seen, level), dim=1))
        for number in range(2, 6):
            skip = encoded[5 - number]
            level = self.get_submodule(f"audionet_upconvlayer{number}")(torch.cat((level, skip), dim=1))
        return cast(Tensor, level) * 2 - 1


class Mono2Binaural(nn.Module):
    """Both halves. It hears 0.63 s at once, so it belongs to offline rendering.

    Parameters
    ----------
    config
        Takes no entries; there so that every network is built as `Network(**checkpoint["config"])`.

    Raises
    ------
    TypeError
        When an entry is given.
    """

    kind = "mono2binaural"

    def __init__(self, **config: Any) -> None:
        super().__init__()
        if config:
            raise TypeError(f"mono2binaural takes no configuration, got {', '.join(sorted(config))}")
        self.config: dict[str, Any] = {}
        self.visual_net = VisualNet()
        self.audio_net = AudioNet()

    def visual(self, image: Tensor) -> Tensor:
        """uint8 image (B, 224, 448, 3), RGB -> features (B, 512, 7, 14)."""
        return self.visual_net(image)

    def masks(self, spectrum: Tensor, features: Tensor) -> Tensor:
        """Estimate the mask of one window.

        Parameters
        ----------
        spectrum
            (B, 2, 257, 64), real and imaginary part of the mono window at an RMS of `RMS_TARGET`.
        features
            (B, 512, 7, 14), from `visual`.

        Returns
        -------
        Tensor
            (B, 2, 256, 64), -1..1: difference = mask * mono, a complex product (paper, equation 2).
        """
        return self.audio_net(spectrum, features)

    def forward(self, spectra: Tensor, image: Tensor) -> tuple[Tensor, None]:
        """Spectra (B, 2, 257, 64) and uint8 image (B, 224, 448, 3) -> masks (B, 2, 256, 64), and no attention."""
        return self.masks(spectra, self.visual(image)), None

    def info(self) -> dict[str, Any]:
        """Describe the network in the fields of the model file."""
        height, width = IMAGE_SHAPE
        return {
            "kind": "window",
            "sample_rate": 16_000,
            "n_fft": 512,
            "hop": 160,
            "window": 400,
            "frames": FRAMES,
            "padding": "reflect",
            "normalisation": {"type": "rms", "target": RMS_TARGET, "floor": RMS_FLOOR},
            "mask": {"bins": BINS, "range": [-1, 1]},
            "causal": False,
            "image": {"height": height, "width": width},
            "state": {},
        }
