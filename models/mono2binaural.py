"""The paper's network, Mono2Binaural, to the letter: loads the authors' released checkpoints unchanged.

Source: Gao & Grauman, "2.5D Visual Sound", CVPR 2019, section 3.3, and the parameter names of its released weights.
"""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor, nn

from models.resnet import ImageNetNormalise, resnet18
from realtime.spectra import RMS_FLOOR, STEREO_RMS

IMAGE_SHAPE = (224, 448)
"""Height and width of the image, pixels."""
FRAMES = 64
"""STFT frames of one 0.63 s window."""
BINS = 256
"""Rows of the mask: all of the spectrum's 257 but the Nyquist row."""
VISUAL_FEATURES = 8 * 7 * 14
WIDTH = 64
"""Features of the first layers of both halves."""
RMS_TARGET = round(STEREO_RMS * 2**0.5, 4)
"""The authors scale the *stereo truth* to an RMS of 0.1, which nobody knows when the input is mono. The sum of two
decorrelated channels of RMS 0.1 has 0.1 * sqrt(2)."""


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
    """ResNet-18 up to its last feature map; 11.18 M parameters at the paper's width W = 64."""

    def __init__(self, width: int = WIDTH) -> None:
        super().__init__()
        self.normalise = ImageNetNormalise()
        self.feature_extraction = resnet18(width)

    def forward(self, image: Tensor) -> Tensor:
        """uint8 image (B, 224, 448, 3), RGB -> features (B, 8 W, 7, 14)."""
        return cast(Tensor, self.feature_extraction(self.normalise(image)))


class AudioNet(nn.Module):
    """The U-Net over one window's spectrogram, with the picture at its bottleneck.

    23.09 M parameters at the paper's width W = 64.
    """

    def __init__(self, width: int = WIDTH) -> None:
        super().__init__()
        widths = (width, 2 * width, 4 * width, 8 * width, 8 * width)
        self.audionet_convlayer1 = down(2, widths[0])
        self.audionet_convlayer2 = down(widths[0], widths[1])
        self.audionet_convlayer3 = down(widths[1], widths[2])
        self.audionet_convlayer4 = down(widths[2], widths[3])
        self.audionet_convlayer5 = down(widths[3], widths[4])
        self.audionet_upconvlayer1 = up(VISUAL_FEATURES + widths[4], widths[3])
        self.audionet_upconvlayer2 = up(2 * widths[3], widths[2])
        self.audionet_upconvlayer3 = up(2 * widths[2], widths[1])
        self.audionet_upconvlayer4 = up(2 * widths[1], widths[0])
        self.audionet_upconvlayer5 = up(2 * widths[0], 2, last=True)
        self.conv1x1 = nn.Sequential(nn.Conv2d(8 * width, 8, 1), nn.BatchNorm2d(8), nn.ReLU(inplace=True))
        start_from_noise(self)

    def encode(self, spectrum: Tensor) -> list[Tensor]:
        """Spectrum (B, 2, 257, T) -> the five encoder levels, of which the last is (B, 8 W, 8, T / 32)."""
        levels = [spectrum]
        for number in range(1, 6):
            levels.append(self.get_submodule(f"audionet_convlayer{number}")(levels[-1]))
        return levels[1:]

    def decode(self, encoded: list[Tensor], features: Tensor) -> list[Tensor]:
        """Encoder levels and visual features (B, 8 W, 7, 14) -> decoder levels, the fifth (B, 2, 256, T) in 0..1."""
        level = encoded[4]
        seen = self.conv1x1(features).flatten(1)[..., None, None]  # (B, 784, 1, 1)
        seen = seen.expand(-1, -1, level.shape[2], level.shape[3])  # (B, 784, 8, T / 32)
        levels = [self.audionet_upconvlayer1(torch.cat((seen, level), dim=1))]
        for number in range(2, 6):
            joined = torch.cat((levels[-1], encoded[5 - number]), dim=1)
            levels.append(self.get_submodule(f"audionet_upconvlayer{number}")(joined))
        return levels

    def forward(self, spectrum: Tensor, features: Tensor) -> Tensor:
        """Spectrum (B, 2, 257, 64) and visual features (B, 8 W, 7, 14) -> mask (B, 2, 256, 64), -1..1."""
        return as_mask(self.decode(self.encode(spectrum), features)[-1])


def as_mask(level: Tensor) -> Tensor:
    """The decoder's last level, 0..1 -> a mask, -1..1."""
    return level * 2 - 1


class Mono2Binaural(nn.Module):
    """Both halves. It hears 0.63 s at once, so it belongs to offline rendering.

    Parameters
    ----------
    width
        Features of the first layers of both halves, a multiple of 16. The paper's 64 fits the released weights;
        with fewer, comparisons are quick.

    Raises
    ------
    TypeError
        When the width is another number: some CPU kernels of torch crash on fewer features.
    """

    kind = "mono2binaural"

    def __init__(self, width: int = WIDTH) -> None:
        super().__init__()
        if type(width) is not int or width < 16 or width % 16:
            raise TypeError(f"width is {width!r}; accepted: 16, 32, 48, 64 (the paper's), ...")
        self.config: dict[str, Any] = {"width": width}
        self.visual_net = VisualNet(width)
        self.audio_net = AudioNet(width)

    def visual(self, image: Tensor) -> Tensor:
        """uint8 image (B, 224, 448, 3), RGB -> features (B, 8 W, 7, 14)."""
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
