"""The separating network and one pass of it over a signal: two ears and pictures in, two ears per picture out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

from realtime.errors import ModelError
from realtime.modelfile import ModelInfo, read_model
from realtime.pictures import Image, fit
from realtime.providers import open_session
from realtime.windows import OverlapMean, cut

TOP_SHARE = 8
"""The top eighth of the network's bins speaks for the sound above its band."""

Look = Callable[[float], Sequence[Image]]
"""The pictures, one per wanted source, at a time in seconds; times rise."""
Hear = Callable[[NDArray[np.float32]], NDArray[np.float32]]


class Separator:
    """A separation model file loaded into ONNX Runtime. One thread.

    Parameters
    ----------
    path
        Model file of kind "separation".
    threads
        Of each session.

    Attributes
    ----------
    info
        What the file says.
    length
        Samples of a window at the network's rate.

    Raises
    ------
    ModelError
        When the file is not usable or is of another kind.
    """

    def __init__(self, path: Path, threads: int = 1) -> None:
        file = read_model(path, ("separation",))
        self.info: ModelInfo = file.info
        self.length = (file.info.frames - 1) * file.info.hop
        self._visual = open_session(file.visual, path, threads)
        self._audio = open_session(file.audio, path, threads)
        self._path = path

    def features(self, image: Image) -> NDArray[np.float32]:
        """Features of a picture of any size, uint8 (H, W, 3) RGB."""
        small = fit(image, self.info.image["width"], self.info.image["height"])
        return self._run(self._visual, "features", image=small[None])

    def masks(self, spectra: NDArray[np.complex64], features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Share of each bin of each ear that is what the picture shows.

        Parameters
        ----------
        spectra
            (2, bins, frames), of one window.
        features
            From `features`.

        Returns
        -------
        NDArray[np.float32]
            (2, bins, frames), 0..1; the Nyquist row repeats the one below it.
        """
        rows = self.info.mask["bins"]
        parts = np.stack((spectra[:, :rows].real, spectra[:, :rows].imag), axis=1)[None]  # (1, 2, 2, rows, T)
        mask = self._run(self._audio, "mask", spectrum=np.ascontiguousarray(parts), features_in=features)
        return np.pad(mask[0], ((0, 0), (0, self.info.bins - rows), (0, 0)), mode="edge")

    def _run(self, session: Any, output: str, **inputs: NDArray[Any]) -> NDArray[np.float32]:
        """One output of a session; raises ModelError when the file's graph does not run on such inputs."""
        try:
            (given,) = session.run([output], inputs)
        except Exception as error:
            raise ModelError(
                f"model '{self._path}' does not run ({str(error).splitlines()[0]}); export it again"
            ) from error
        return np.asarray(given)


class Separating:
    """One pass over a signal at the network's rate, in windows that overlap by half and fade into each other.

    Parameters
    ----------
    separator
        The network.
    look
        The pictures of the wanted sources at the middle of a window.
    exclusive
        Where the masks of the sources add up to more than 1, they are divided by their sum: nothing is given out twice.
        What nobody claims is left out.
    hear
        Changes a window's (2, n) before the network hears it; the masks are laid on the window as it was.
    """

    def __init__(self, separator: Separator, look: Look, *, exclusive: bool = True, hear: Hear | None = None) -> None:
        self._separator = separator
        self._look = look
        self._exclusive = exclusive
        self._hear = hear
        self._seen: list[tuple[Image, NDArray[np.float32]]] = []
        # Never 0, for the very first and last samples lie in one window only.
        self._taper = np.bartlett(separator.length + 2)[1:-1]

    def rows(self, blocks: Iterable[NDArray[np.float32]]) -> Iterator[NDArray[np.float64]]:
        """Separate a signal.

        Parameters
        ----------
        blocks
            (2, n) each.

        Yields
        ------
        NDArray[np.float64]
            (2 + 4 * sources, n), together as long as the signal or, if that is shorter, a window: the signal, and for
            each source its two ears and its masks at the top of the band.
        """
        length, rate = self._separator.length, self._separator.info.sample_rate
        mean = OverlapMean(length)
        window = None
        for window in cut(blocks, length, length // 2, padded=True):
            rows = self._window(window.sound, (window.start + length / 2) / rate)
            yield _untapered(mean.add(window.start, np.concatenate((rows, np.ones((1, length)))) * self._taper))
        if window is not None:
            yield _untapered(mean.rest())

    def _window(self, sound: NDArray[np.float32], middle_s: float) -> NDArray[np.float64]:
        """Rows (2 + 4 * sources, length) of one window."""
        info = self._separator.info
        spectra = stft(sound, info.n_fft, info.hop)
        heard = spectra if self._hear is None else stft(self._hear(sound), info.n_fft, info.hop)
        features = self._features(self._look(middle_s))
        masks = np.stack([self._separator.masks(heard, seen) for seen in features])  # (sources, 2, bins, T)
        if self._exclusive:
            masks /= np.maximum(masks.sum(axis=0), 1.0)
        ears = istft(masks * spectra, info.hop, sound.shape[1])
        top = masks[:, :, -(info.bins // TOP_SHARE) :].mean(axis=2)
        tops = np.repeat((top[..., 1:] + top[..., :-1]) / 2, info.hop, axis=-1)  # (sources, 2, length)
        sources = np.concatenate((ears, tops), axis=1)  # (sources, 4, length)
        return np.concatenate((sound, *sources)).astype(np.float64)

    def _features(self, images: Sequence[Image]) -> list[NDArray[np.float32]]:
        """Features of each picture; of the one before where it is the same array."""
        kept = {id(image): features for image, features in self._seen}
        # The images are kept with them: an array that is gone could leave its id to another.
        self._seen = [
            (image, kept[id(image)] if id(image) in kept else self._separator.features(image)) for image in images
        ]
        return [features for _, features in self._seen]


def full_band(
    blocks: Iterable[NDArray[np.float32]], sample_rate: int, separating: Separating, network_rate: int
) -> Iterator[NDArray[np.float32]]:
    """Separate a signal of any rate.

    The network's band goes through the masks; what lies above is multiplied by the masks at the band's top, so that
    masks of one give the signal back.

    Parameters
    ----------
    blocks
        (2, n) each at `sample_rate`, Hz.
    separating
        Takes the signal at `network_rate`.

    Yields
    ------
    NDArray[np.float32]
        (sources, 2, n), together as long as the signal.
    """
    waiting: list[NDArray[np.float32]] = []
    down = soxr.ResampleStream(sample_rate, network_rate, 2, dtype="float32", quality="HQ")

    def low() -> Iterator[NDArray[np.float32]]:
        for block in blocks:
            waiting.append(block)
            yield down.resample_chunk(np.ascontiguousarray(block.T)).T
        yield down.resample_chunk(np.zeros((0, 2), np.float32), last=True).T

    up: soxr.ResampleStream | None = None
    rows: NDArray[np.float64] | None = None
    for rows in separating.rows(low()):
        if up is None:
            up = soxr.ResampleStream(network_rate, sample_rate, len(rows) + 1, dtype="float64", quality="HQ")
        # The row of ones tells how the ends fade, for masks do not end where the sound does.
        ones = np.ones((1, rows.shape[1]))
        yield _joined(waiting, up.resample_chunk(np.ascontiguousarray(np.concatenate((rows, ones)).T)).T)
    if up is not None and rows is not None:
        rest = up.resample_chunk(np.zeros((0, len(rows) + 1)), last=True).T
        # Rounding may leave the way there and back a sample short.
        missing = max(0, sum(block.shape[1] for block in waiting) - rest.shape[1])
        yield _joined(waiting, np.pad(rest, ((0, 0), (0, missing)), mode="edge" if rest.shape[1] else "constant"))


def stft(sound: NDArray[np.floating], n_fft: int, hop: int) -> NDArray[np.complex64]:
    """Frames of a Hann window centred on multiples of the hop, zeros outside: (..., N) -> (..., bins, 1 + N // hop)."""
    margin = [(0, 0)] * (sound.ndim - 1) + [(n_fft // 2, n_fft // 2)]
    slices = np.lib.stride_tricks.sliding_window_view(np.pad(sound, margin), n_fft, axis=-1)[..., ::hop, :]
    return np.fft.rfft(slices * hann(n_fft)).swapaxes(-1, -2).astype(np.complex64)


def istft(spectrum: NDArray[np.complexfloating], hop: int, length: int) -> NDArray[np.float64]:
    """Invert `stft` by windowed overlap-add: (..., bins, T) -> (..., length)."""
    n_fft = 2 * (spectrum.shape[-2] - 1)
    frames, parts = spectrum.shape[-1], n_fft // hop
    window = hann(n_fft)
    pieces = np.fft.irfft(spectrum.swapaxes(-1, -2), n_fft) * window  # (..., T, n_fft)
    summed = np.zeros((*spectrum.shape[:-2], frames + parts - 1, hop))
    weight = np.zeros((frames + parts - 1, hop))
    for part in range(parts):
        here = slice(part * hop, (part + 1) * hop)
        summed[..., part : part + frames, :] += pieces[..., here]
        weight[part : part + frames] += window[here] ** 2
    whole = (summed / np.maximum(weight, 1e-8)).reshape(*spectrum.shape[:-2], -1)
    return whole[..., n_fft // 2 : n_fft // 2 + length]


def hann(n_fft: int) -> NDArray[np.float64]:
    """Periodic Hann window, (n_fft,)."""
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_fft) / n_fft)


def _untapered(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide by the last row, the tapers' mean."""
    return rows[:-1] / rows[-1]


def _joined(waiting: list[NDArray[np.float32]], rows: NDArray[np.float64]) -> NDArray[np.float32]:
    """Lay rows (2 + 4 * sources, and ones; n) on as much of the waiting signal: (sources, 2, m), m <= n."""
    signal = np.concatenate((np.zeros((2, 0), np.float32), *waiting), axis=1)
    count = min(signal.shape[1], rows.shape[1])
    waiting[:] = [signal[:, count:]]
    low, rows, ones = rows[:2, :count], rows[2:-1, :count], rows[-1, :count]
    ears, tops = rows.reshape(len(rows) // 4, 2, 2, count).swapaxes(0, 1)  # (sources, 2, m) each
    return (ears + tops / np.maximum(ones, 0.1) * (signal[:, :count] - low)).astype(np.float32)
