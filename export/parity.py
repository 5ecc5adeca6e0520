"""Does the model file compute what the network computes? Both run on the same random sound and picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from export.graphs import Network, one_thread
from models.mono2binaural import Mono2Binaural
from models.separation.network import Separation
from models.streaming import Streaming
from models.where.network import COLUMNS, ROWS, SLOTS, Where
from realtime.hearing import FEATURES
from realtime.modelfile import read_model
from realtime.providers import open_session
from realtime.separator import Separator
from realtime.sessions import load_model

HOPS = 200
WINDOWS = 3
RELATIVE_LIMIT_DB = -60.0
SOUND_LIMIT_DB = -120.0
"""Masks near zero, as of a blank picture, are rounding themselves: there the absolute difference counts."""


@dataclass(frozen=True)
class Deviation:
    """Difference between two sets of masks."""

    largest: float
    """Largest absolute difference of a real or imaginary part."""
    relative_db: float
    """RMS of the difference over the RMS of the reference, dB."""
    sound_db: float
    """RMS of the difference, dB: how loud it is under the mono sound that it multiplies."""

    @property
    def is_rounding(self) -> bool:
        """Whether the difference is what float32 arithmetic in another order leaves."""
        return self.relative_db < RELATIVE_LIMIT_DB or self.sound_db < SOUND_LIMIT_DB

    def __str__(self) -> str:
        return f"{self.relative_db:.1f} dB (largest {self.largest:.1e}, {self.sound_db:.0f} dB re the sound)"


@dataclass(frozen=True)
class Parity:
    """Result of one comparison."""

    step: Deviation
    """Same call by call: one torch step, or one window, against one run of the file."""
    clip: Deviation | None
    """A whole clip through torch's `forward` against the file fed hop by hop; None for a network of windows."""

    @property
    def is_rounding(self) -> bool:
        """Whether no comparison shows more than rounding."""
        return self.step.is_rounding and (self.clip is None or self.clip.is_rounding)

    @property
    def relative_db(self) -> float:
        """The worse of the two."""
        return max(self.step.relative_db, self.clip.relative_db if self.clip else -np.inf)

    def __str__(self) -> str:
        if self.clip is None:
            return f"torch window against file {self.step}"
        return f"torch step against file {self.step}, torch clip against file {self.clip}"


def check_parity(network: Network, path: Path, seed: int = 0) -> Parity:
    """Compare a network with its model file on ONNX Runtime's CPU provider, states carried on both sides.

    Raises
    ------
    ModelError
        When the file cannot be loaded.
    """
    generator = np.random.default_rng(seed)
    network.eval()
    with torch.inference_mode(), one_thread():
        if isinstance(network, Streaming):
            return compare_steps(network, path, generator)
        if isinstance(network, Separation):
            return compare_separation(network, path, generator)
        if isinstance(network, Where):
            return compare_where(network, path, generator)
        return compare_windows(network, path, generator)


def compare_steps(network: Streaming, path: Path, generator: np.random.Generator) -> Parity:
    """Run 200 hops of noise with a changing level."""
    model = load_model(path, provider="cpu")
    image = random_image(network, generator)
    spectra = random_spectra(generator, HOPS)
    file_features = model.visual(image)
    cues = generator.random((network.cues, *file_features.shape[2:]), dtype=np.float32)
    keys = network.keys(network.visual(torch.from_numpy(image[None])), torch.from_numpy(cues[None]))
    model.reset()
    state = network.initial_state()
    steps: list[NDArray[np.complex64]] = []
    streamed: list[NDArray[np.complex64]] = []
    for hop in range(HOPS):
        mask, _, state = network.step(as_tensor(spectra[:, hop]), keys, state)
        steps.append(as_complex(mask))
        streamed.append(model.step(spectra[:, hop], file_features, cues)[0])
    whole, _ = network(as_tensor(spectra), torch.from_numpy(image[None]), torch.from_numpy(cues[None]))
    file_masks = np.stack(streamed, axis=-1)
    return Parity(deviation(np.stack(steps, axis=-1), file_masks), deviation(as_complex(whole), file_masks))


def compare_windows(network: Mono2Binaural, path: Path, generator: np.random.Generator) -> Parity:
    """Run three windows of noise, each with its own picture; the file takes them at once."""
    model = load_model(path, provider="cpu")
    reference: list[NDArray[np.complex64]] = []
    given: list[NDArray[np.complex64]] = []
    seen: list[NDArray[np.float32]] = []
    for _ in range(WINDOWS):
        image = random_image(network, generator)
        spectrum = random_spectra(generator, network.info()["frames"])
        features = network.visual(torch.from_numpy(image[None]))
        reference.append(as_complex(network.masks(as_tensor(spectrum), features)))
        given.append(spectrum)
        seen.append(model.visual(image))
    masks = model.masks(np.stack(given), np.concatenate(seen))
    return Parity(deviation(np.stack(reference), masks), None)


def compare_separation(network: Separation, path: Path, generator: np.random.Generator) -> Parity:
    """Run one window of noise at two ears, and one picture."""
    separator = Separator(path)
    info = separator.info
    image = random_image(network, generator)
    ears = [random_spectra(generator, info.frames, info.bins) for _ in range(2)]
    given = separator.masks(np.stack(ears), separator.features(image))
    rows = info.mask["bins"]
    spectrum = torch.stack([as_tensor(ear[:rows])[0] for ear in ears])[None]  # (1, ears, 2, rows, T)
    wanted = network(spectrum, network.visual(torch.from_numpy(image[None]))).sigmoid()[0].numpy()
    return Parity(deviation(wanted.astype(np.complex64), given[:, :rows].astype(np.complex64)), None)


def compare_where(network: Where, path: Path, generator: np.random.Generator) -> Parity:
    """Run one memory of noise."""
    file = read_model(path, ("where",))
    visual, audio = open_session(file.visual, path), open_session(file.audio, path)
    motion = generator.gamma(0.3, 0.3, (1, SLOTS, ROWS, COLUMNS)).astype(np.float32)
    sound = generator.normal(-4, 2, (1, SLOTS, FEATURES)).astype(np.float32)
    (features,) = visual.run(["features"], {"image": motion})
    (given,) = audio.run(["mask"], {"spectrum": sound, "features_in": features})
    wanted = network(torch.from_numpy(sound), network.visual(torch.from_numpy(motion))).numpy()
    return Parity(deviation(wanted.astype(np.complex64), np.asarray(given).astype(np.complex64)), None)


def random_image(network: Network, generator: np.random.Generator) -> NDArray[np.uint8]:
    """Coarse coloured noise of the network's image size, (H, W, 3)."""
    image = network.info()["image"]
    coarse = generator.integers(0, 256, (image["height"] // 16, image["width"] // 16, 3), dtype=np.uint8)
    return coarse.repeat(16, axis=0).repeat(16, axis=1)


def random_spectra(generator: np.random.Generator, frames: int, bins: int = 257) -> NDArray[np.complex64]:
    """Noise as an STFT would show it, its level wandering over 40 dB: (bins, frames)."""
    noise = generator.standard_normal((2, bins, frames))
    level = 10 ** (np.cumsum(generator.normal(0, 0.1, frames)).clip(-1, 1))
    return ((noise[0] + 1j * noise[1]) * level).astype(np.complex64)


def as_tensor(spectrum: NDArray[np.complex64]) -> torch.Tensor:
    """(257, ...) complex -> (1, 2, 257, ...) real and imaginary part."""
    return torch.from_numpy(np.stack((spectrum.real, spectrum.imag))[None])


def as_complex(mask: torch.Tensor) -> NDArray[np.complex64]:
    """(1, 2, F, ...) -> (F, ...) complex."""
    real, imaginary = mask[0].numpy()
    return (real + 1j * imaginary).astype(np.complex64)


def deviation(reference: NDArray[np.complex64], given: NDArray[np.complex64]) -> Deviation:
    """Measure how far `given` is from `reference`."""
    error = given.astype(np.complex128) - reference
    largest = float(max(np.abs(error.real).max(), np.abs(error.imag).max()))
    energy = float(np.mean(np.abs(reference) ** 2))
    noise = float(np.mean(np.abs(error) ** 2))
    relative_db = 10 * np.log10(max(noise, 1e-30) / max(energy, 1e-30))
    return Deviation(largest, float(relative_db), float(10 * np.log10(max(noise, 1e-30))))
