"""The streaming network: causal, stateful, one STFT hop in, one mask out, and it says where it looked.

The picture becomes a grid of keys (one per place), each hop of sound becomes one query per frequency bin. Every bin
attends over the places; what it takes from a place is that column's entry in a table of masks: the difference over mono
that a source there causes at the two ears. So the mask of a bin is

    M(t, f) = sum over places p of  attention(t, f, p) * table(f, column of p)

plus a "nowhere" place whose entry is zero. Beside the picture may come cues, maps of where the sound is believed to be
by other evidence: how motion and sound go together, who is a person. A bin's query says how much each cue counts.

The table is odd in the column and the picture's convolutions have horizontally symmetric kernels, so mirroring the
picture swaps the ears exactly, and a picture that is its own mirror image (a blank one) gives a mask of zero: both by
construction, not by training.
"""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SAMPLE_RATE = 16_000
N_FFT = 512
HOP = 160
WINDOW = 400
BINS = N_FFT // 2 + 1
LEVEL_MEMORY_S = 1.0
POWER_FLOOR = 1e-7
"""Below this power a bin counts as silent; a full-scale sine has 1e4."""


class MirrorConv(nn.Conv2d):
    """2-D convolution whose kernel is symmetric left to right, so that it commutes with mirroring its input."""

    def forward(self, input: Tensor) -> Tensor:
        weight = (self.weight + self.weight.flip(-1)) / 2
        return F.conv2d(input, weight, self.bias, self.stride, self.padding)


def _visual_layer(inputs: int, outputs: int, kernel: tuple[int, int], stride: tuple[int, int]) -> nn.Sequential:
    padding = ((kernel[0] - 1) // 2, (kernel[1] - 1) // 2)
    return nn.Sequential(
        MirrorConv(inputs, outputs, kernel, stride, padding, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()
    )


class VisualBranch(nn.Module):
    """Picture to keys: uint8 (B, 112, 224, 3) RGB -> (B, features + 1, 7, 28); the last feature is a bias per place."""

    def __init__(self, features: int, width: int) -> None:
        super().__init__()
        w = width
        self.layers = nn.Sequential(
            _visual_layer(3, w, (4, 4), (2, 2)),  # 56 x 112
            _visual_layer(w, 2 * w, (4, 4), (2, 2)),  # 28 x 56
            _visual_layer(2 * w, 3 * w, (4, 4), (2, 2)),  # 14 x 28
            _visual_layer(3 * w, 3 * w, (3, 3), (1, 1)),
            _visual_layer(3 * w, 4 * w, (4, 3), (2, 1)),  # 7 x 28
            _visual_layer(4 * w, 4 * w, (3, 3), (1, 1)),
            _visual_layer(4 * w, 4 * w, (3, 3), (1, 1)),
            nn.Conv2d(4 * w, features + 1, 1),
        )

    def forward(self, image: Tensor) -> Tensor:
        x = image.permute(0, 3, 1, 2).float() / 127.5 - 1.0  # (B, 3, H, W)
        return self.layers(x)


class BandMemory(nn.Module):
    """What each band remembers: an LSTM over time, the same for all bands, added to what came in.

    The memory at the bottleneck hears all bands at once; this one keeps sources apart that share no band.
    """

    def __init__(self, features: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(features, features)
        self.out = nn.Conv1d(features, features, 1)
        for parameter in self.out.parameters():
            nn.init.zeros_(parameter)  # so that it can be added to a trained network

    def forward(self, x: Tensor, memory: Tensor, hops: int) -> tuple[Tensor, Tensor]:
        """(batch * hops, features, bands), (2, batch * bands, features) -> the same shapes, after the last hop."""
        _, features, bands = x.shape
        sequence = x.reshape(-1, hops, features, bands).permute(1, 0, 3, 2).reshape(hops, -1, features)
        sequence, (hidden, cell) = self.lstm(sequence, (memory[:1], memory[1:]))
        remembered = sequence.reshape(hops, -1, bands, features).permute(1, 0, 3, 2).reshape(-1, features, bands)
        return x + self.out(remembered), torch.cat((hidden, cell))


class AudioBranch(nn.Module):
    """Spectra to queries: a U-Net over frequency for each hop, and a GRU over time at its bottleneck.

    Input (N, 3, 256) with N = batch * hops: log power of this hop and the two before it. Output (N, features + 1, 256);
    the last feature is the weight of "nowhere".
    """

    def __init__(self, features: int, hidden: int) -> None:
        super().__init__()
        widths = (24, 32, 48, 64)
        self.pitch = nn.Parameter(torch.zeros(widths[0], 128))
        self.down = nn.ModuleList(
            nn.Sequential(nn.Conv1d(a, b, 5, 2, 2, bias=False), nn.BatchNorm1d(b), nn.ReLU())
            for a, b in zip((3, *widths[:-1]), widths, strict=True)
        )
        self.bands = BandMemory(48)
        self.into = nn.Linear(64 * 16, hidden)
        self.seen = nn.Linear(2 * (features + 1), hidden)
        self.gru = nn.GRU(hidden, hidden, batch_first=True)
        self.out = nn.Linear(hidden, 64 * 16)
        self.up = nn.ModuleList(
            nn.Sequential(nn.ConvTranspose1d(a, b, 4, 2, 1, bias=False), nn.BatchNorm1d(b), nn.ReLU())
            for a, b in ((64, 48), (48 + 48, 32), (32 + 32, 32))
        )
        self.queries = nn.ConvTranspose1d(32 + 24, features + 1, 4, 2, 1)

    def forward(
        self, power: Tensor, context: Tensor, memory: Tensor, bands: Tensor, hops: int
    ) -> tuple[Tensor, Tensor, Tensor]:
        skips: list[Tensor] = []
        x = power
        for depth, layer in enumerate(self.down):
            x = layer(x)
            if depth == 0:
                x = x + self.pitch
            if depth == 2:
                x, bands = self.bands(x, bands, hops)
            skips.append(x)
        sequence = self.into(x.reshape(-1, hops, 64 * 16)) + self.seen(context)[:, None]  # (B, T, hidden)
        sequence, memory = self.gru(F.relu(sequence), memory)
        x = skips.pop() + self.out(sequence).reshape(-1, 64, 16)
        for layer in self.up:
            x = torch.cat((layer(x), skips.pop()), 1)
        return self.queries(x), memory, bands


class Streaming(nn.Module):
    """The network. Channels of a spectrum are (real, imaginary); 257 bins of a 512-point STFT, hop 160, at 16 kHz.

    `forward` over T hops equals T calls of `step`, since both run the same code.

    Parameters
    ----------
    features
        Of a key.
    hidden
        Of the memory.
    visual_width
        Features of the picture branch's first layer.
    cues
        How many maps come in beside the picture, see `realtime.cues`.
    """

    kind = "streaming"
    columns: Tensor

    def __init__(self, features: int = 24, hidden: int = 256, visual_width: int = 24, cues: int = 0) -> None:
        super().__init__()
        self.config: dict[str, Any] = {
            "features": features,
            "hidden": hidden,
            "visual_width": visual_width,
            "cues": cues,
        }
        self.cues = cues
        self.features = features + cues
        self.hidden = hidden
        self.visual_branch = VisualBranch(features, visual_width)
        self.audio_branch = AudioBranch(features + cues, hidden)
        self.table = nn.Parameter(_woodworth_table(28)[:, :14])  # (257, 14, 2), the picture's left half
        # Adds up the places of a column and leaves out "nowhere": (197, 28). Products with it are what runs fast.
        columns = torch.cat((torch.eye(28).repeat(7, 1), torch.zeros(1, 28)))
        self.register_buffer("columns", columns, persistent=False)

    def adopt(self, weights: dict[str, Tensor]) -> None:
        """Take the weights of another network of this size; one without cues is given queries that ask none of them.

        Raises
        ------
        LookupError, RuntimeError
            When they do not fit.
        """
        grown = dict(weights)
        old, new = len(weights["audio_branch.queries.bias"]), self.features + 1
        for name, axis in (("queries.weight", 1), ("queries.bias", 0), ("seen.weight", 1)) if old < new else ():
            pieces: list[Tensor] = []
            # What is seen holds two keys in a row; a key's last feature is its bias, and the cues come before that.
            for key in weights[f"audio_branch.{name}"].split(old, axis):
                none = torch.zeros_like(key.narrow(axis, 0, 1)).repeat_interleave(new - old, axis)
                pieces += [key.narrow(axis, 0, old - 1), none, key.narrow(axis, old - 1, 1)]
            grown[f"audio_branch.{name}"] = torch.cat(pieces, axis)
        mine = self.state_dict()
        for name in mine:
            if ".bands." in name and name not in grown:
                grown[name] = mine[name]
        self.load_state_dict(grown)

    def visual(self, image: Tensor) -> Tensor:
        """Keys of a picture: uint8 (B, 112, 224, 3) RGB -> (B, features + 1, 7, 28)."""
        return self.visual_branch(image)

    def keys(self, features: Tensor, cues: Tensor | None = None) -> Tensor:
        """What `visual` gave and cues (B, cues, 7, 28) -> keys (B, features + cues + 1, 7, 28); without any, zeros."""
        if not self.cues:
            return features
        if cues is None:
            cues = features.new_zeros(len(features), self.cues, *features.shape[2:])
        return torch.cat((features[:, :-1], cues, features[:, -1:]), 1)

    def initial_state(self, batch: int = 1) -> dict[str, Tensor]:
        """State before the first hop, all zero: level (B, 2), past log powers (B, 2, 256), memory (1, B, hidden)."""
        device = self.table.device
        return {
            "level": torch.zeros(batch, 2, device=device),
            "past": torch.zeros(batch, 2, BINS - 1, device=device),
            "memory": torch.zeros(1, batch, self.hidden, device=device),
            "bands": torch.zeros(2, batch * 32, 48, device=device),
        }

    def step(
        self, spectrum: Tensor, keys: Tensor, state: dict[str, Tensor]
    ) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
        """One hop.

        Parameters
        ----------
        spectrum
            (B, 2, 257).
        keys
            From `keys`; without cues, from `visual`.
        state
            From `initial_state` or the step before.

        Returns
        -------
        mask
            (B, 2, 257): difference over mono.
        attention
            (B, 7, 28): share of the sound's energy believed to come from each place; the rest, to 1, is nowhere.
        state
            For the next step.
        """
        queries, state = self.queries(spectrum[..., None], keys, state)
        logits = self.logits(queries, keys)  # (B, 1, 256, 197)
        places = logits.softmax(-1)
        weight = (spectrum.square().sum(1)[:, :-1] + POWER_FLOOR) ** 0.3  # (B, 256)
        weight = weight / weight.sum(-1, keepdim=True)
        attention = (weight[:, None] @ places[:, 0])[:, 0, :-1]
        return self.masks(places)[..., 0], attention.reshape(-1, 7, 28), state

    def forward(self, spectra: Tensor, image: Tensor, cues: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """A clip with one picture: (B, 2, 257, T), uint8 (B, 112, 224, 3) -> masks (B, 2, 257, T), attention logits."""
        keys = self.keys(self.visual(image), cues)
        queries, _ = self.queries(spectra, keys, self.initial_state(len(spectra)))
        logits = self.logits(queries, keys)
        return self.masks(logits.softmax(-1)), logits

    def queries(self, spectra: Tensor, keys: Tensor, state: dict[str, Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
        """What every bin of every hop asks for: (B, 2, 257, T), keys, state -> (B, T, 256, features + 1), new state."""
        batch, hops = len(spectra), spectra.shape[-1]
        power = spectra.square().sum(1).transpose(1, 2)  # (B, T, 257)
        levels, level = _running_level(power.mean(-1), state["level"])
        # The floor follows the level so that a recording's gain does not change what the network hears.
        relative = (power[..., :-1] + POWER_FLOOR) / (levels[..., None] + POWER_FLOOR)
        logs = (torch.log10(relative + 1e-5) + 2.5) / 2  # (B, T, 256), about -1.25 to 2
        padded = torch.cat((state["past"], logs), 1)
        stacked = torch.stack((padded[:, 2:], padded[:, 1:-1], padded[:, :-2]), 2)  # (B, T, 3, 256)
        places = keys.flatten(2)
        context = torch.cat((places.mean(-1), places.amax(-1)), 1)
        queries, memory, bands = self.audio_branch(
            stacked.flatten(0, 1), context, state["memory"], state["bands"], hops
        )
        queries = queries.reshape(batch, hops, self.features + 1, BINS - 1).transpose(2, 3)
        return queries, {
            "level": level,
            "past": padded[:, -2:],
            "memory": memory,
            "bands": bands,
        }

    def logits(self, queries: Tensor, keys: Tensor) -> Tensor:
        """Attention before the softmax: queries (B, T, K, features + 1), keys -> (B, T, K, 197), the last nowhere."""
        keys = keys.flatten(2)  # (B, features + 1, 196)
        places = queries[..., :-1].flatten(1, 2) @ keys[:, :-1] / math.sqrt(self.features - self.cues) + keys[:, -1:]
        places = places.reshape(*queries.shape[:3], keys.shape[-1])
        return torch.cat((places, queries[..., -1:]), -1)

    def masks(self, places: Tensor, bins: Tensor | None = None) -> Tensor:
        """Attention (B, T, 256, 197) -> masks (B, 2, 257, T); the topmost bin, 8 kHz, attends like the one below it.

        With `bins` (K,), the attention is of those bins alone, (B, T, K, 197), and so are the masks, (B, 2, K, T).
        """
        columns = places @ self.columns  # (B, T, K, 28)
        table = torch.cat((self.table, -self.table.flip(1)), 1).permute(2, 0, 1)  # (2, 257, 28)
        if bins is not None:
            table = table[:, bins]
        else:
            columns = torch.cat((columns, columns[:, :, -1:]), 2)
        return (columns[:, :, None] * table).sum(-1).permute(0, 2, 3, 1)

    def info(self) -> dict[str, Any]:
        """What a model file must say of this network."""
        state = {name: list(value.shape) for name, value in self.initial_state().items()}
        return {
            "kind": "streaming",
            "sample_rate": SAMPLE_RATE,
            "n_fft": N_FFT,
            "hop": HOP,
            "window": WINDOW,
            "frames": 1,
            "padding": "causal",
            "normalisation": {"type": "none"},
            "mask": {"bins": BINS, "range": None},
            "causal": True,
            "image": {"height": 112, "width": 224},
            "cues": self.cues,
            "state": state,
        }


def _running_level(power: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
    """Exponential mean of the power per hop, unbiased from the first hop on: (B, T), (B, 2) -> (B, T), (B, 2)."""
    keep = math.exp(-HOP / SAMPLE_RATE / LEVEL_MEMORY_S)
    total, weight = state[:, 0], state[:, 1]
    levels: list[Tensor] = []
    for hop in range(power.shape[1]):
        total = keep * total + (1 - keep) * power[:, hop]
        weight = keep * weight + (1 - keep)
        levels.append(total / weight)
    return torch.stack(levels, 1), torch.stack((total, weight), 1)


def _woodworth_table(columns: int, field_of_view_deg: float = 90.0) -> Tensor:
    """Masks of a rigid head for each picture column, to start the table from: (257, columns, 2).

    Woodworth's interaural delay, head radius / c * (sin a + a), and a level difference that grows with frequency.
    """
    centres = 1 - 2 * (torch.arange(columns) + 0.5) / columns  # +1 is the left edge
    azimuth = torch.atan(centres * math.tan(math.radians(field_of_view_deg / 2)))
    frequency = torch.arange(BINS)[:, None] * SAMPLE_RATE / N_FFT
    delay_s = 0.0875 / 343 * (torch.sin(azimuth) + azimuth)
    level_db = 15 * torch.sin(azimuth) * (frequency / 8000).clamp(0, 1) ** 0.5
    far = torch.polar(10 ** (-level_db / 20), -2 * math.pi * frequency * delay_s)
    mask = (1 - far) / (1 + far)
    mask = mask / (mask.abs() / 2).clamp(min=1)  # near-opposite ears would give a huge quotient
    return torch.view_as_real(mask)
