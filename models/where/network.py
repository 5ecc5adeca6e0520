"""The where-network: a few seconds of motion maps and of sound in, for each band of the sound a map of its places out.

What moves in time with a sound goes up and down with it, some lag before or after. So each cell's motion becomes a few
signals over time (how much, how suddenly), the sound becomes as many learnt ones for each band as it takes, whose
filters also hold the lags, and the two are correlated over the memory. The correlations of a cell are its features; a
spatial network turns them into a distribution over the cells and "nowhere". All that is done to the picture is
symmetric left to right, so that mirrored motion gives the mirrored map, by construction.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.streaming import HOP, N_FFT, SAMPLE_RATE, WINDOW, MirrorConv
from realtime.hearing import BANDS, EDGES_HZ, FEATURES, SLOT_S

ROWS, COLUMNS = 14, 28
SIGNALS, SUMMARIES = 5, 3
"""Of the motion: over time, and over the whole memory."""
OF_BAND, SUMMARY = 4, 3
"""Sound features of each band, and of all."""
SLOTS = 40
"""Of the memory: 4 s."""
STILL = 1e-3
"""Motion, in pixels per image, below which a whole memory counts as still."""
CONTRAST = 6.0
"""How much of a motion's range the logarithm keeps."""
STEADY = 0.1
"""Spread over time that a cell or a sound must exceed to count as changing."""


class Where(nn.Module):
    """The network.

    Parameters
    ----------
    filters
        Signals that the sound becomes, for each band.
    hidden
        Features of the spatial network.
    """

    kind = "where"

    def __init__(self, filters: int = 16, hidden: int = 24) -> None:
        super().__init__()
        self.config: dict[str, Any] = {"filters": filters, "hidden": hidden}
        self.filters = filters
        # The same for each band: what a sound does in time is not a matter of its pitch.
        self.sound = nn.Sequential(
            nn.Conv1d(OF_BAND + SUMMARY, 3 * filters, 5, padding=2, bias=False),
            nn.BatchNorm1d(3 * filters),
            nn.ReLU(),
            nn.Conv1d(3 * filters, 3 * filters, 7, padding=3, bias=False),
            nn.BatchNorm1d(3 * filters),
            nn.ReLU(),
            nn.Conv1d(3 * filters, filters, 1),
        )
        spread = (SIGNALS * filters) ** -0.5
        self.of_band = nn.Parameter(spread * torch.randn(hidden, SIGNALS, filters))
        self.of_all = nn.Parameter(spread * torch.randn(hidden, SIGNALS, filters))
        self.of_motion = nn.Conv2d(SUMMARIES, hidden, 1)
        self.nearby = nn.Sequential(
            nn.BatchNorm2d(hidden),
            nn.ReLU(),
            MirrorConv(hidden, hidden, (3, 3), padding=1, bias=False),
            nn.BatchNorm2d(hidden),
            nn.ReLU(),
            MirrorConv(hidden, hidden, (3, 3), padding=1, bias=False),
            nn.BatchNorm2d(hidden),
            nn.ReLU(),
        )
        self.place = nn.Conv2d(hidden, 1, 1)
        self.nowhere = nn.Linear(2 * hidden, 1)

    def visual(self, motion: Tensor) -> Tensor:
        """Signals of the motion; nothing here is learnt.

        Parameters
        ----------
        motion
            (B, 40, 14, 28), oldest first.

        Returns
        -------
        Tensor
            (B, 5 + 3, 40, 14 * 28). Five signals of mean 0 and at most unit variance over time in each cell: the
            motion's logarithm, the same over the cell's neighbourhood, its rises, its changes, and the motion as it is;
            and three summaries, the same at all times: how much a cell moves, how unevenly, and how much all do.
        """
        mean = motion.mean((1, 2, 3), keepdim=True)
        power = motion.square().mean((1, 2, 3), keepdim=True)
        relative = motion / ((mean * power.sqrt()).sqrt() + STILL)
        level = torch.log1p(CONTRAST * relative)
        around = F.avg_pool2d(level, 3, 1, 1)
        change = level - torch.cat((level[:, :1], level[:, :-1]), 1)
        signals = torch.stack((level, around, change.clamp(min=0), change.abs(), relative.clamp(max=20)), 1)
        usual = level.mean(1, keepdim=True)
        spread = (level - usual).square().mean(1, keepdim=True).sqrt()
        summaries = torch.stack((usual, spread, usual.mean((2, 3), keepdim=True).expand_as(usual)), 1)
        signals = torch.cat((standard(signals, 2), summaries.expand(-1, -1, motion.shape[1], -1, -1)), 1)
        return signals.flatten(3)

    def forward(self, sound: Tensor, features: Tensor) -> Tensor:
        """Sound (B, 40, FEATURES) and what `visual` gave -> logits (B, bands, 14 * 28 + 1), the last of "nowhere"."""
        batch, slots, _ = sound.shape
        heard = self.sound(by_band(standard(sound, 1)).flatten(0, 1)).unflatten(0, (batch, BANDS))
        heard = standard(heard, 3)  # (B, bands, filters, T)
        # Filters are mixed before they are compared with the motion: sums of products over time either way.
        mixed = mix(self.of_band, heard) + mix(self.of_all, heard.mean(1, keepdim=True))
        together = mixed.flatten(1, 2) @ features[:, :SIGNALS].flatten(1, 2) / slots  # (B, bands * hidden, cells)
        moving = self.of_motion(features[:, SIGNALS:, 0].unflatten(2, (ROWS, COLUMNS)))
        x = together.view(batch, BANDS, -1, ROWS, COLUMNS) + moving[:, None]
        x = self.nearby(x.flatten(0, 1))  # (B * bands, hidden, H, W)
        nowhere = self.nowhere(torch.cat((x.mean((2, 3)), x.amax((2, 3))), 1))
        return torch.cat((self.place(x).flatten(1), nowhere), 1).view(batch, BANDS, -1)

    def info(self) -> dict[str, Any]:
        """What a model file must say of this network: its image is the motion, its mask the map."""
        return {
            "kind": self.kind,
            "sample_rate": SAMPLE_RATE,
            "n_fft": N_FFT,
            "hop": HOP,
            "window": WINDOW,
            "frames": 1,
            "padding": "constant",
            "normalisation": {"type": "none"},
            "mask": {"bands_hz": list(EDGES_HZ), "slots": SLOTS, "slot_s": SLOT_S, "features": FEATURES},
            "causal": True,
            "image": {"height": ROWS, "width": COLUMNS},
            "state": {},
        }


def by_band(sound: Tensor) -> Tensor:
    """Features as `realtime.hearing` orders them, (B, T, FEATURES), -> by band, with those of all, (B, bands, 7, T)."""
    halves, most, mean, whole = sound.split((2 * BANDS, BANDS, BANDS, SUMMARY), 2)
    own = torch.cat((halves.unflatten(2, (BANDS, 2)), most[..., None], mean[..., None]), 3)  # (B, T, bands, 4)
    return torch.cat((own, whole[:, :, None].expand(-1, -1, BANDS, -1)), 3).permute(0, 2, 3, 1)


def mix(weights: Tensor, heard: Tensor) -> Tensor:
    """(hidden, signals, filters), (B, bands, filters, T) -> (B, bands, hidden, signals * T)."""
    mixed = weights.flatten(0, 1) @ heard  # (B, bands, hidden * signals, T)
    return mixed.unflatten(2, weights.shape[:2]).flatten(3)


def standard(x: Tensor, dimension: int) -> Tensor:
    """Mean 0 and, unless it hardly changes, variance 1 along a dimension."""
    x = x - x.mean(dimension, keepdim=True)
    return x / (x.square().mean(dimension, keepdim=True) + STEADY**2).sqrt()


def probabilities(logits: Tensor) -> tuple[Tensor, Tensor]:
    """Logits (B, bands, cells + 1) -> places (B, bands, 14, 28) and nowhere (B, bands), together 1 for each band."""
    both = F.softmax(logits, 2)
    return both[..., :-1].unflatten(2, (ROWS, COLUMNS)), both[..., -1]
