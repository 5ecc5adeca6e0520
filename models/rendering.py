"""A whole clip through a model file, as the paper renders: STFT, times mask, back, added up. For measuring networks.

No torch here: what is measured is the file that the host runs.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from realtime.errors import ModelError
from realtime.networks import AnyNetwork, at_work
from realtime.sessions import Network
from realtime.spectra import SAMPLE_RATE, istft, stft
from realtime.windows import IMAGES_PER_S, MENDED, Windows

Images = Callable[[float], NDArray[np.uint8]]
"""The picture at a time in seconds: uint8 (H, W, 3) RGB of any size; the same array as long as it stays the same."""


def render_overlap(network: AnyNetwork, mono: NDArray[np.floating], images: Images) -> NDArray[np.float32]:
    """Make a mono signal binaural by overlap-add.

    Parameters
    ----------
    network
        A loaded model file, whose state is reset first, or the tracker.
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
    if isinstance(network, Network) and network.info.kind == "window":
        difference = windowed(network, mono, images)
    else:
        difference = streamed(network, mono.astype(np.float64), images)
    return np.stack((mono + difference, mono - difference)).astype(np.float32)


def streamed(network: AnyNetwork, mono: NDArray[np.float64], images: Images) -> NDArray[np.float64]:
    """Difference of what gives one mask per hop, (N,)."""
    if isinstance(network, Network):
        network.reset()
    vision, stream = at_work(network, SAMPLE_RATE)
    spectrum = stft(mono)
    hop = network.info.hop
    every = round(SAMPLE_RATE / hop / IMAGES_PER_S)
    for index in range(spectrum.shape[1]):
        position = index * hop
        if index % every == 0:
            vision.look(images(position / SAMPLE_RATE), position)
        (mask,) = stream.push(index, position, spectrum[:, index].astype(np.complex64), infer=True)
        spectrum[: len(mask), index] *= mask
        spectrum[len(mask) :, index] = 0
    return istft(spectrum, len(mono))


def windowed(network: Network, mono: NDArray[np.floating], images: Images) -> NDArray[np.float64]:
    """Difference of a network of windows, (N,): every sample is the mean over the windows that hold it."""
    windows = Windows(network, MENDED, lambda number: images(number / IMAGES_PER_S))
    rows = np.concatenate(list(windows.rows([mono[None].astype(np.float32)])), axis=1)
    return rows[1, : len(mono)]
