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
from realtime.spectra import SAMPLE_RATE, istft, stft
from realtime.windows import IMAGES_PER_S, MENDED, Windows

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
    if network.info.kind == "streaming":
        network.reset()
        difference = streamed(network, mono.astype(np.float64), Watch(network, images))
    else:
        difference = windowed(network, mono, images)
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


def windowed(network: Network, mono: NDArray[np.floating], images: Images) -> NDArray[np.float64]:
    """Difference of a network of windows, (N,): every sample is the mean over the windows that hold it."""
    windows = Windows(network, MENDED, lambda number: images(number / IMAGES_PER_S))
    rows = np.concatenate(list(windows.rows([mono[None].astype(np.float32)])), axis=1)
    return rows[1, : len(mono)]
