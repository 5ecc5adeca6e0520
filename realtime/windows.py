"""A network of windows over a whole signal: cut, levelled, masked and averaged; in batches, on several cores.

The published rendering (Gao & Grauman, CVPR 2019, section 3.3, and the authors' demo program) and the mended one are
the same loop with a few different choices; a `Protocol` holds them.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from realtime.antialias import resize
from realtime.errors import ClipError, ModelError
from realtime.filters import top_level
from realtime.pictures import Image, fit
from realtime.sessions import Network
from realtime.spectra import HOP, N_FFT, RMS_FLOOR, SAMPLE_RATE, STEREO_RMS, istft, stft
from realtime.stats import Durations

STEP_S = 0.05
"""From one window to the next, as in the paper's rendering."""
IMAGES_PER_S = 10.0
"""Pictures that the network sees a second, as in the paper."""
BATCH = 8
"""Windows that go through the network at once; more of them gain nothing."""

Pictures = Callable[[int], Image]
"""Picture number k, asked for in rising order; the same array as long as it stays the same."""


@dataclass(frozen=True)
class Protocol:
    """What the authors' rendering and the mended one do differently.

    Attributes
    ----------
    nyquist
        A zero Nyquist row completes the difference before the inverse STFT. Without it, its 256 rows are taken for a
        510-point transform: the difference is then right to 12 dB only at 6-8 kHz.
    stereo_level
        Binaural input: the level of a window is measured over both channels, and the network hears their sum.
        Otherwise, and for mono input, the model file says to what level the mono sound is brought.
    stale_end
        The difference of the last window is laid around the mono sound of the window *before* it, as the authors'
        program does.
    padded
        A signal shorter than a window is completed with silence; otherwise it is refused.
    picture_lead_s
        Added to the time of a window's middle; then the nearest picture is taken.
    resize
        (image, width, height) -> image.
    """

    nyquist: bool
    stereo_level: bool
    stale_end: bool
    padded: bool
    picture_lead_s: float
    resize: Callable[[Image, int, int], Image]

    def picture(self, middle_s: float) -> int:
        """Number, from 0 and 10 a second, of the picture for a window whose middle is at this time."""
        return max(0, int(np.floor((middle_s + self.picture_lead_s) * IMAGES_PER_S + 0.5)))


MENDED = Protocol(nyquist=True, stereo_level=False, stale_end=False, padded=True, picture_lead_s=0.0, resize=fit)
# The authors count files from 1 and take file round((middle_s + 0.05) * 10): from 0, picture (middle_s - 0.05) * 10.
COMPAT = Protocol(nyquist=False, stereo_level=True, stale_end=True, padded=False, picture_lead_s=-0.05, resize=resize)


@dataclass(frozen=True)
class Window:
    """A stretch of the signal."""

    start: int
    sound: NDArray[np.float32]
    """(channels, length)."""
    before: NDArray[np.float32] | None = None
    """With the last window: the sound of the one before it, if there is one."""


class Eyes:
    """Runs the visual network once for each new picture, ahead of the windows that need it.

    Parameters
    ----------
    network
        Its visual half is used.
    pictures
        Read in the thread that asks.
    protocol
        Says how a picture is brought to the network's size.
    pool
        Runs the network.
    """

    def __init__(self, network: Network, pictures: Pictures, protocol: Protocol, pool: ThreadPoolExecutor) -> None:
        self._network = network
        self._pictures = pictures
        self._resize = protocol.resize
        self._pool = pool
        self._image: Image | None = None
        self._features: Future[NDArray[np.float32]] | None = None
        self._lock = threading.Lock()
        self.durations = Durations()
        self.images = 0
        """Pictures that went through the network."""

    def features(self, picture: int) -> Future[NDArray[np.float32]]:
        """Features of a picture by its number."""
        image = self._pictures(picture)
        if self._features is None or image is not self._image:
            size = self._network.info.image
            small = self._resize(image, size["width"], size["height"])
            self._image, self._features = image, self._pool.submit(self._look, small)
            self.images += 1
        return self._features

    def _look(self, image: Image) -> NDArray[np.float32]:
        started = time.perf_counter_ns()
        features = self._network.visual(image)
        with self._lock:
            self.durations.add(time.perf_counter_ns() - started)
        return features


class Windows:
    """Renders one signal by a protocol.

    Parameters
    ----------
    network
        Of the kind "window"; only those of its methods are called that several threads may call at once.
    protocol
        `MENDED` or `COMPAT`.
    pictures
        10 a second.
    threads
        Cores at work. The result is the same for any number.

    Attributes
    ----------
    count
        Windows done.
    durations
        Of the audio network, for one window.

    Raises
    ------
    ModelError
        When the network is of another kind, or made for another sample rate or transform.
    """

    def __init__(self, network: Network, protocol: Protocol, pictures: Pictures, threads: int = 1) -> None:
        check_network(network)
        self._network = network
        self._protocol = protocol
        self._threads = threads
        self.length = (network.info.frames - 1) * HOP
        self.step = round(STEP_S * SAMPLE_RATE)
        self.count = 0
        self.durations = Durations()
        self._pool = ThreadPoolExecutor(threads, "windows")
        self.eyes = Eyes(network, pictures, protocol, self._pool)

    def rows(self, blocks: Iterable[NDArray[np.float32]]) -> Generator[NDArray[np.float64]]:
        """Render the signal; to be called once.

        Parameters
        ----------
        blocks
            Of the signal at 16 kHz, (channels, n) each; read in the caller's thread, a few windows ahead.

        Yields
        ------
        NDArray[np.float64]
            (3, n), together as long as the signal: what both ears have in common, half the difference between them
            (left = common + difference, right = common - difference), and the level difference of the top octave as a
            real mask, -1..1, for sound above the network's band.

        Raises
        ------
        ClipError
            When the signal is shorter than a window and the protocol does not pad.
        """
        mean = OverlapMean(self.length)
        waiting: deque[tuple[list[Window], Future[tuple[NDArray[np.float64], int]]]] = deque()
        windows = cut(blocks, self.length, self.step, padded=self._protocol.padded)
        try:
            while batch := list(islice(windows, BATCH)):
                seen = [self.eyes.features(self._picture(window)) for window in batch]
                # The pool works in order: the features that a batch waits for are never behind it.
                waiting.append((batch, self._pool.submit(self._render, batch, seen)))
                if len(waiting) > self._threads:
                    yield from self._add(mean, *waiting.popleft())
            while waiting:
                yield from self._add(mean, *waiting.popleft())
            yield mean.rest()
        finally:
            self._pool.shutdown(cancel_futures=True)

    def _picture(self, window: Window) -> int:
        return self._protocol.picture((window.start + self.length / 2) / SAMPLE_RATE)

    def _add(
        self, mean: OverlapMean, batch: list[Window], result: Future[tuple[NDArray[np.float64], int]]
    ) -> Iterator[NDArray[np.float64]]:
        rows, duration_ns = result.result()
        for window, row in zip(batch, rows, strict=True):
            yield mean.add(window.start, row)
            self.durations.add(duration_ns // len(batch))
            self.count += 1

    def _render(self, batch: list[Window], seen: list[Future[NDArray[np.float32]]]) -> tuple[NDArray[np.float64], int]:
        """Rows (B, 3, length) of a batch, and what the network took, ns. Any thread."""
        info = self._network.info
        features = np.concatenate([future.result() for future in seen])
        mono = np.stack([window.sound.mean(axis=0, dtype=np.float64) for window in batch])
        gains = np.array([self._gain(window.sound) for window in batch])
        spectra = stft(mono, "reflect")[..., : info.frames]  # (B, 257, T)
        started = time.perf_counter_ns()
        masks = self._network.masks((spectra * gains[:, None, None]).astype(np.complex64), features)
        duration_ns = time.perf_counter_ns() - started
        masked = masks * spectra[:, : masks.shape[1]]
        if self._protocol.nyquist:
            masked = np.pad(masked, ((0, 0), (0, N_FFT // 2 + 1 - masks.shape[1]), (0, 0)))
        last = batch[-1]
        rows = np.stack((mono, istft(masked, self.length), self._spread(top_level(masks.swapaxes(-1, -2)))), axis=1)
        if self._protocol.stale_end and last.before is not None:
            rows[-1, 0] = last.before.mean(axis=0, dtype=np.float64) * (self._gain(last.before) / gains[-1])
        return rows, duration_ns

    def _gain(self, sound: NDArray[np.float32]) -> float:
        """What the mean of the channels is multiplied by for the network."""
        if self._protocol.stereo_level and len(sound) == 2:
            return 2 * STEREO_RMS / max(rms(sound), RMS_FLOOR)
        return gain(self._network.info.normalisation, rms(sound.mean(axis=0)))

    def _spread(self, frames: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values (B, T) at the middles of the frames, and in straight lines between them: (B, length)."""
        rise = np.arange(HOP) / HOP
        return (frames[:, :-1, None] * (1 - rise) + frames[:, 1:, None] * rise).reshape(len(frames), -1)


class OverlapMean:
    """Adds windows in the order of their starts, and gives each sample's mean when no window after can change it."""

    def __init__(self, length: int) -> None:
        self._sum = np.zeros((0, length))
        self._count = np.zeros(length)
        self._start = 0

    def add(self, start: int, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Add a window's (rows, length) at its start.

        Returns
        -------
        NDArray[np.float64]
            (rows, n): the means of the samples from where the last call ended up to this start.
        """
        if not len(self._sum):
            self._sum = np.zeros_like(rows)
        ready = start - self._start
        done = self._sum[:, :ready] / self._count[:ready]
        self._sum = np.concatenate((self._sum[:, ready:], np.zeros((len(rows), ready))), axis=1) + rows
        self._count = np.concatenate((self._count[ready:], np.zeros(ready))) + 1
        self._start = start
        return done

    def rest(self) -> NDArray[np.float64]:
        """The means of all samples after those."""
        return self._sum / self._count.clip(1)


def cut(blocks: Iterable[NDArray[np.float32]], length: int, step: int, *, padded: bool) -> Iterator[Window]:
    """Windows at 0, step, 2 * step ... as long as more sound follows them, and one that ends with the signal.

    Parameters
    ----------
    blocks
        (channels, n) each.
    padded
        Whether a signal shorter than a window is completed with silence.

    Raises
    ------
    ClipError
        When it is shorter and not to be padded.
    """
    held: NDArray[np.float32] | None = None
    origin = start = 0
    before: NDArray[np.float32] | None = None
    for block in blocks:
        held = block if held is None else np.concatenate((held, block), axis=1)
        end = origin + held.shape[1]
        while start + length < end:
            before = held[:, start - origin : start - origin + length]
            yield Window(start, before)
            start += step
        kept = max(origin, min(start, end - length))
        held, origin = held[:, kept - origin :], kept
    if held is None or held.shape[1] == 0:
        return
    missing = length - held.shape[1]
    if missing > 0 and not padded:
        raise ClipError(
            f"the sound lasts {held.shape[1] / SAMPLE_RATE:.2f} s, less than the {length / SAMPLE_RATE:.2f} s that the "
            "authors' program needs; render it without --compat"
        )
    held = np.pad(held, ((0, 0), (0, max(0, missing))))
    yield Window(origin + held.shape[1] - length, held[:, -length:], before)


def check_network(network: Network) -> None:
    """Check that windows can be rendered with a network.

    Raises
    ------
    ModelError
        When it is of another kind, or made for another sample rate or transform.
    """
    info = network.info
    if info.kind != "window":
        raise ModelError(
            f"model '{network.path}' is a {info.kind} network, not one of windows; use --mode filter or overlap, or "
            "--model with the paper's network (earsight export --authors VISUAL.pth AUDIO.pth -o MODEL.onnx)"
        )
    if (info.sample_rate, info.n_fft, info.hop) != (SAMPLE_RATE, N_FFT, HOP):
        raise ModelError(
            f"model '{network.path}' works at {info.sample_rate} Hz with n_fft {info.n_fft} and hop {info.hop}; "
            f"accepted for windows: {SAMPLE_RATE} Hz, {N_FFT} and {HOP}"
        )


def gain(normalisation: dict[str, Any], level: float) -> float:
    """Factor that brings mono sound of an RMS to the level that a network was trained at; its mask is free of it.

    Parameters
    ----------
    normalisation
        As the model file says it.
    level
        RMS of the window.
    """
    if normalisation["type"] == "none":
        return 1.0
    return float(normalisation["target"]) / max(level, float(normalisation["floor"]))


def rms(sound: NDArray[np.floating]) -> float:
    """Root of the mean square over all samples."""
    return float(np.sqrt(np.mean(np.square(sound, dtype=np.float64))))
