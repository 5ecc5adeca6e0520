"""The separating network: two ears and one picture in, a ratio mask per ear out for what the picture shows.

The picture tells the sound two things, and both go into a U-Net over the spectrogram beside the sound itself. *Where*:
the network attends to a place of the picture; a learnt table says which phase and level difference between the ears a
source in that column causes at each frequency, and each bin agrees with it more or less. Mono sound agrees equally
everywhere. *What*: a vector, which says how loud such a thing is on average at each frequency, and which scales and
shifts the features of the U-Net's levels.
"""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.separation.eyes import eyes

SAMPLE_RATE = 11_025
N_FFT = 1024
HOP = 256
BINS = N_FFT // 2
"""Rows of a mask: all of the spectrum's 513 but the Nyquist row."""
FRAMES = 80
"""STFT frames of one window, 1.83 s."""
FIELD_OF_VIEW_DEG = 90.0
HEARD = 9
"""Maps that go into the U-Net: levels, interaural level and phase, how they agree with the place seen, and the share
that the thing seen is expected to have on average."""
FLOOR = 1e-2
"""Of a magnitude, relative to the window's mean."""


class Level(nn.Module):
    """A convolution, batch normalisation, and the scale and shift that the picture asks for."""

    def __init__(self, conv: nn.Conv2d | nn.ConvTranspose2d, asked: int) -> None:
        super().__init__()
        self.conv = conv
        self.norm = nn.BatchNorm2d(conv.out_channels)
        self.ask = nn.Linear(asked, 2 * conv.out_channels)
        # Asks for nothing at first: until the picture says something, it would be noise.
        nn.init.zeros_(self.ask.weight)
        nn.init.constant_(self.ask.bias[: conv.out_channels], 1.0)
        nn.init.zeros_(self.ask.bias[conv.out_channels :])

    def forward(self, x: Tensor, what: Tensor) -> Tensor:
        scale, shift = self.ask(what)[..., None, None].chunk(2, 1)  # (B, features, 1, 1)
        return F.relu(torch.addcmul(shift, self.norm(self.conv(x)), scale))


class Separation(nn.Module):
    """The network. Spectra are (B, 2 ears, 2 of real and imaginary part, 512 bins, T frames) at 11,025 Hz.

    Parameters
    ----------
    eyes_of
        Whose picture side: "streaming" or "mono2binaural".
    eyes_width
        Width of the streaming network's picture branch.
    frozen
        The picture side stays as it is.
    widths
        Features of the five levels.
    hidden
        Features of the bottleneck over time.
    what
        Features of the seen thing.
    """

    kind = "separation"

    def __init__(
        self,
        eyes_of: str = "streaming",
        eyes_width: int = 24,
        frozen: bool = False,
        widths: tuple[int, ...] = (24, 40, 72, 112, 144),
        hidden: int = 192,
        what: int = 64,
    ) -> None:
        super().__init__()
        self.config: dict[str, Any] = {
            "eyes_of": eyes_of,
            "eyes_width": eyes_width,
            "frozen": frozen,
            "widths": list(widths),
            "hidden": hidden,
            "what": what,
        }
        self.frozen = frozen
        self.visual_half = eyes(eyes_of, eyes_width)
        if frozen:
            self.visual_half.requires_grad_(False)
        self.neck = nn.Sequential(
            nn.Conv2d(self.visual_half.features, what, 3, padding=1, bias=False), nn.BatchNorm2d(what), nn.ReLU()
        )
        # Layers of its own: what a thing is is learnt with much more noise than where it is.
        self.place = nn.Sequential(
            nn.Conv2d(self.visual_half.features, what // 2, 3, padding=1, bias=False),
            nn.BatchNorm2d(what // 2),
            nn.ReLU(),
            nn.Conv2d(what // 2, 1, 1),
        )
        # Normalised, so that what differs between pictures counts from the first step on.
        self.thing = nn.Sequential(
            nn.Linear(3 * what, what),
            nn.BatchNorm1d(what),
            nn.ReLU(),
            nn.Linear(what, what),
            nn.BatchNorm1d(what),
        )
        self.average = nn.Linear(what, BINS)
        nn.init.zeros_(self.average.weight)
        self.table = nn.Parameter(expected_cues(self.visual_half.grid[1]))  # (columns, 3, 512)
        self.pitch = nn.Parameter(torch.zeros(widths[0], BINS // 2, 1))
        self.first = nn.Sequential(
            nn.Conv2d(HEARD, widths[0], 4, 2, 1, bias=False), nn.BatchNorm2d(widths[0]), nn.ReLU()
        )
        kernels = (*((4, 4, 2) for _ in widths[2:]), (4, 3, 1))
        """Height, width, and stride over time; over frequency it is 2."""
        self.down = nn.ModuleList(
            Level(nn.Conv2d(a, b, kernel[:2], (2, kernel[2]), 1, bias=False), what)
            for a, b, kernel in zip(widths[:-1], widths[1:], kernels, strict=True)
        )
        rows = BINS >> len(widths)
        self.into = nn.Conv1d(widths[-1] * rows, hidden, 1)
        self.over = nn.Sequential(nn.ReLU(), nn.Conv1d(hidden, hidden, 3, padding=1), nn.ReLU())
        self.out = nn.Conv1d(hidden, widths[-1] * rows, 1)
        ins = (widths[-1], *(2 * width for width in widths[-2:0:-1]))
        self.up = nn.ModuleList(
            Level(nn.ConvTranspose2d(a, b, kernel[:2], (2, kernel[2]), 1, bias=False), what)
            for a, b, kernel in zip(ins, widths[-2::-1], kernels[::-1], strict=True)
        )
        # Four cells of two masks from each point of half the resolution.
        self.last = nn.Conv2d(2 * widths[0] + 4 * HEARD, 8, 3, padding=1)
        self.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue] - torch's stubs lack this form

    def train(self, mode: bool = True) -> Separation:
        """As usual, but frozen eyes also keep their statistics."""
        super().train(mode)
        if self.frozen:
            self.visual_half.eval()
        return self

    def visual(self, image: Tensor) -> Tensor:
        """Picture, uint8 (B, H, W, 3) RGB of the eyes' size -> features (B, what + 1, h, w), the last how salient."""
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self.frozen):
            seen = self.visual_half(image)
        return torch.cat((self.neck(seen), self.place(seen)), 1)

    def forward(self, spectra: Tensor, features: Tensor) -> Tensor:
        """Spectra (B, 2, 2, 512, T) of the mixture, T a multiple of 16, and features of one picture -> (B, 2, 512, T).

        Returns
        -------
        Tensor
            Logits of the masks: their sigmoid is the share of each bin of each ear that is what the picture shows.
        """
        where, what = self.seen(features)
        expected = where @ self.table.flatten(1)
        agreement = self.agreement(spectra, expected.view(-1, 3, BINS, 1))
        # Wiener's idea in logarithms: the level expected of the thing over that of the mixture.
        share = self.average(what) - average_level(spectra.square().sum(2).sqrt())  # (B, 512)
        heard = torch.cat((agreement, share[:, None, :, None].expand(-1, -1, -1, spectra.shape[-1])), 1)
        x = self.first(heard.contiguous(memory_format=torch.channels_last))
        x = x + self.pitch.to(x.dtype)
        skips = [x]
        for level in self.down:
            x = level(x, what)
            skips.append(x)
        flat = x.flatten(1, 2)  # (B, widths[-1] * 16, T / 16)
        x = skips.pop() + self.out(self.over(self.into(flat))).view_as(x)
        for level in self.up:
            x = torch.cat((level(x, what), skips.pop()), 1)
        fine = F.pixel_unshuffle(heard.to(x.dtype), 2)  # (B, 36, 256, T / 2)
        return F.pixel_shuffle(self.last(torch.cat((x, fine), 1)), 2)

    def seen(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Where the thing stands, as shares of the columns (B, w) that add up to 1, and what it is, (B, what)."""
        things, salience = features[:, :-1], features[:, -1:]
        place = salience.flatten(1).softmax(1).view_as(salience)
        attended = (things * place.detach()).sum((2, 3))
        what = self.thing(torch.cat((attended, things.mean((2, 3)), things.amax((2, 3))), 1))
        return place.sum(2)[:, 0], what

    def spectrum(self, features: Tensor) -> Tensor:
        """How loud the thing in the picture is expected to be at each frequency, see `average_level`: (B, 512)."""
        return self.average(self.seen(features)[1])

    def agreement(self, spectra: Tensor, expected: Tensor) -> Tensor:
        """What is heard, and how it agrees with what a source at the seen place would sound like.

        Parameters
        ----------
        spectra
            (B, 2, 2, 512, T).
        expected
            (B, 3, 512, 1): cosine and sine of the phase difference and the level difference, left over right.

        Returns
        -------
        Tensor
            (B, 8, 512, T).
        """
        real, imaginary = spectra.unbind(2)  # (B, 2, 512, T)
        magnitude = (real.square() + imaginary.square()).sqrt()
        mean = magnitude.mean((1, 2, 3), keepdim=True) + 1e-7
        logs = (magnitude / mean + FLOOR).log()
        both = magnitude[:, :1] * magnitude[:, 1:] + 1e-3 * mean.square()
        cosine = (real[:, :1] * real[:, 1:] + imaginary[:, :1] * imaginary[:, 1:]) / both
        sine = (imaginary[:, :1] * real[:, 1:] - real[:, :1] * imaginary[:, 1:]) / both
        level = logs[:, :1] - logs[:, 1:]
        match = cosine * expected[:, :1] + sine * expected[:, 1:2]
        aside = sine * expected[:, :1] - cosine * expected[:, 1:2]
        return torch.cat((logs / 2, level, cosine, sine, match, aside, level - expected[:, 2:]), 1)

    def info(self) -> dict[str, Any]:
        """What a model file must say of this network."""
        height, width = self.visual_half.image_shape
        return {
            "kind": self.kind,
            "sample_rate": SAMPLE_RATE,
            "n_fft": N_FFT,
            "hop": HOP,
            "window": N_FFT,
            "frames": FRAMES,
            "padding": "constant",
            "normalisation": {"type": "none"},
            "mask": {"bins": BINS, "range": [0, 1]},
            "causal": False,
            "image": {"height": height, "width": width},
            "state": {},
        }


def average_level(magnitude: Tensor) -> Tensor:
    """Log of each frequency's mean magnitude over that of all: (B, 2, 512, T) -> (B, 512)."""
    mean = magnitude.mean((1, 3))
    return (mean / (mean.mean(1, keepdim=True) + 1e-7) + FLOOR).log()


def expected_cues(columns: int) -> Tensor:
    """Phase and level differences of a rigid head for each picture column, to start the table from.

    Woodworth's interaural delay, head radius / c * (sin a + a), and a level difference that grows with frequency.

    Returns
    -------
    Tensor
        (columns, 3, 512): cosine and sine of the phase of left over right, and the log of their magnitudes' ratio.
    """
    centres = 1 - 2 * (torch.arange(columns) + 0.5) / columns  # +1 is the left edge
    azimuth = torch.atan(centres * math.tan(math.radians(FIELD_OF_VIEW_DEG / 2)))[:, None]
    frequency = torch.arange(BINS) * SAMPLE_RATE / N_FFT
    phase = 2 * math.pi * frequency * 0.0875 / 343 * (torch.sin(azimuth) + azimuth)
    level = math.log(10) / 20 * 15 * torch.sin(azimuth) * (frequency / 8000) ** 0.5
    return torch.stack((phase.cos(), phase.sin(), level), 1)
