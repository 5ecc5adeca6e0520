"""A whole clip through a model file, as the paper renders: STFT, times mask, back, added up. For measuring networks.

No torch here: what is measured is the file that the host runs.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from realtime.errors import ModelError
from realtime.pictures import fit
from realtime.sessions import Network
from realtime.spectra import N_FFT, SAMPLE_RATE, istft, stft

WINDOW_S = 0.63
WINDOW_HOP_S = 0.05
"""The authors' rendering: windows of 0.63 s every 0.05 s, averaged."""

Images = Callable[[float], NDArray[np.uint8]]
"""The picture at a time in seconds: uint8 (H, W, 3) RGB of any size; the same array as long as it stays the same."""


def render_overlap(network: Network, mono: NDArray[np.floating], images: Images) -> NDArray[np.float32]:
    """Make a mono signal binaural by overlap-add.

    Parameters
    ----------
    network
        A loaded model file; its state is reset first.
    mono
        (N,) at 16 kHz, the mean of the two ears.
    images
        What the camera saw.

    Returns
    -------
    NDArray[np.float32]
        (2, N): left = mono + d, right = mono - d, where d is the masked mono.

    Raises
    ------
    ModelError
        When the network is made for another sample rate.
    """
    if network.info.sample_rate != SAMPLE_RATE:
        raise ModelError(f"model '{network.path}' is for {network.info.sample_rate} Hz; accepted: {SAMPLE_RATE} Hz")
    watch = Watch(network, images)
    network.reset()
    render = streamed if network.info.kind == "streaming" else windowed
    difference = render(network, mono.astype(np.float64), watch)
    return np.stack((mono + difference, mono - difference)).astype(np.float32)


class Watch:
    """Runs the visual network once for each new picture.

    Parameters
    ----------
    network
        Whose visual half and image size are used.
    images
        What the camera saw.
    """

    def __init__(self, network: Network, images: Images) -> None:
        self.network = network
        self.images = images
        self.image: NDArray[np.uint8] | None = None
        self.features = network.blank_features

    def at(self, time_s: float) -> NDArray[np.float32]:
        """Features of the picture at a time, seconds."""
        image = self.images(time_s)
        if image is not self.image:
            size = self.network.info.image
            self.features = self.network.visual(fit(image, size["width"], size["height"]))
            self.image = image
        return self.features


def streamed(network: Network, mono: NDArray[np.float64], watch: Watch) -> NDArray[np.float64]:
    """Difference of a streaming network, (N,): one mask per hop."""
    spectrum = stft(mono)
    hop = network.info.hop
    for index in range(spectrum.shape[1]):
        features = watch.at(index * hop / SAMPLE_RATE)
        mask, _ = network.step(spectrum[:, index].astype(np.complex64), features)
        spectrum[: len(mask), index] *= mask
        spectrum[len(mask) :, index] = 0
    return istft(spectrum, len(mono))


def windowed(network: Network, mono: NDArray[np.float64], watch: Watch) -> NDArray[np.float64]:
    """Difference of a network of windows, (N,): every sample is the mean over the windows that hold it.

    A signal shorter than one window is padded with silence; the last window ends with the signal.
    """
    length = round(WINDOW_S * SAMPLE_RATE)
    hop = round(WINDOW_HOP_S * SAMPLE_RATE)
    padded = np.pad(mono, (0, max(0, length - len(mono))))
    last = len(padded) - length
    total = np.zeros(len(padded))
    count = np.zeros(len(padded))
    for start in [*range(0, last, hop), last]:
        piece = padded[start : start + length]
        spectrum = stft(piece, "reflect")[:, : network.info.frames]
        features = watch.at((start + length / 2) / SAMPLE_RATE)
        mask = network.masks((spectrum * gain(network, piece)).astype(np.complex64), features)
        masked = np.zeros((N_FFT // 2 + 1, spectrum.shape[1]), np.complex128)
        masked[: len(mask)] = mask * spectrum[: len(mask)]
        total[start : start + length] += istft(masked, length)
        count[start : start + length] += 1
    return (total / count)[: len(mono)]


def gain(network: Network, window: NDArray[np.float64]) -> float:
    """Factor that brings a window to the level that the network was trained at; a mask is free of it."""
    normalisation = network.info.normalisation
    if normalisation["type"] == "none":
        return 1.0
    level = float(np.sqrt(np.mean(window**2)))
    return float(normalisation["target"]) / max(level, float(normalisation["floor"]))
