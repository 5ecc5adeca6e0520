"""The published rendering stated a second time: plain and slow, window by window, in torch, sharing nothing with ours.

Source: Gao & Grauman, "2.5D Visual Sound", CVPR 2019, and what the authors' demo program does.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from models.mono2binaural import Mono2Binaural

LENGTH = 10_080
STEP = 800
MEAN = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
DEVIATION = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)


def authors(network: Mono2Binaural, sound: NDArray[np.float32], files: list[NDArray[np.uint8]]) -> NDArray[np.float64]:
    """What the authors' program makes of (1 or 2, N) at 16 kHz and pictures taken 10 times a second: (2, N).

    Mono sound, for which the program was not made, is brought to an RMS of 0.1414.
    """
    samples = sound.shape[1]
    total, count = np.zeros((2, samples)), np.zeros(samples)
    mix = np.zeros(0)
    start = 0
    while start + LENGTH < samples:
        segment, factor = normalised(sound[:, start : start + LENGTH])
        mix = segment.sum(axis=0)
        time_s = (start + LENGTH / 2) / samples * (samples / 16_000)
        difference = predicted(network, mix, files[round((time_s + 0.05) * 10) - 1])
        total[:, start : start + LENGTH] += np.stack((mix + difference, mix - difference)) / 2 * factor
        count[start : start + LENGTH] += 1
        start += STEP
    segment, factor = normalised(sound[:, -LENGTH:])
    file = files[round((samples / 16_000 - LENGTH / 16_000 / 2 + 0.05) * 10) - 1]
    difference = predicted(network, segment.sum(axis=0), file)
    if start == 0:
        mix = segment.sum(axis=0)
    # With no new mix: the difference of the last window, around the mix of the window before it.
    total[:, -LENGTH:] += np.stack((mix + difference, mix - difference)) / 2 * factor
    count[-LENGTH:] += 1
    return total / count


def normalised(segment: NDArray[np.float32]) -> tuple[NDArray[np.float64], float]:
    """The segment at the level that the network wants, channels that add up to its mix, and the way back."""
    level = max(1e-4, float(np.sqrt(np.mean(segment.astype(np.float64) ** 2))))
    given = segment.astype(np.float64)
    if len(given) == 2:
        return given * (0.1 / level), level / 0.1
    both = np.concatenate((given, given)) / 2
    return both * (0.1414 / level), level / 0.1414 * 2


def predicted(network: Mono2Binaural, mix: NDArray[np.float64], picture: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The difference signal of one window, by librosa's inverse, which takes 256 rows for a 510-point transform."""
    small = np.asarray(Image.fromarray(picture).resize((448, 224), Image.Resampling.BILINEAR))
    spectrum, mask = masked(network, mix, small)
    rows = spectrum[:-1] * mask
    n_fft = 2 * (len(rows) - 1)
    window = np.zeros(n_fft)
    window[(n_fft - 400) // 2 : (n_fft + 400) // 2] = torch.hann_window(400).numpy()
    signal, weight = np.zeros(n_fft + 160 * 63), np.zeros(n_fft + 160 * 63)
    for frame in range(64):
        signal[160 * frame :][:n_fft] += window * np.fft.irfft(rows[:, frame], n_fft)
        weight[160 * frame :][:n_fft] += window**2
    signal[weight > 1e-38] /= weight[weight > 1e-38]
    return signal[n_fft // 2 :][:LENGTH]


def masked(
    network: Mono2Binaural, mix: NDArray[np.float64], small: NDArray[np.uint8]
) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
    """Spectrum (257, 64) and mask (256, 64) of one window and a picture (224, 448, 3)."""
    signal = torch.from_numpy(mix).float()
    spectrum = torch.stft(
        signal, 512, 160, 400, torch.hann_window(400), center=True, pad_mode="reflect", return_complex=True
    )
    image = (torch.from_numpy(small.copy()).permute(2, 0, 1)[None] / 255 - MEAN) / DEVIATION
    with torch.inference_mode():
        features = network.visual_net.feature_extraction(image)
        mask = network.audio_net(torch.stack((spectrum.real, spectrum.imag))[None], features)[0].double()
    return spectrum.numpy().astype(np.complex128), torch.complex(mask[0], mask[1]).numpy()


def mended(
    network: Mono2Binaural, mono: NDArray[np.float32], picture: Callable[[float], NDArray[np.uint8]]
) -> NDArray[np.float64]:
    """The mended rendering of (N,) at 16 kHz: (2, N).

    Parameters
    ----------
    picture
        The picture (224, 448, 3) nearest to a time, seconds.
    """
    samples = max(len(mono), LENGTH)
    padded = np.pad(mono, (0, samples - len(mono))).astype(np.float64)
    difference, count = np.zeros(samples), np.zeros(samples)
    starts = [*range(0, samples - LENGTH, STEP), samples - LENGTH]
    for start in starts:
        window = padded[start : start + LENGTH]
        factor = 0.1414 / max(1e-4, float(np.sqrt(np.mean(window**2))))
        spectrum, mask = masked(network, window * factor, picture((start + LENGTH / 2) / 16_000))
        rows = np.concatenate((spectrum[:-1] * mask, np.zeros((1, 64)))) / factor
        difference[start : start + LENGTH] += torch.istft(
            torch.from_numpy(rows), 512, 160, 400, torch.hann_window(400, dtype=torch.float64), length=LENGTH
        ).numpy()
        count[start : start + LENGTH] += 1
    difference /= count
    return np.stack((padded + difference, padded - difference))[:, : len(mono)]
