"""A clip through a network of windows: at the clip's own rate, full band, or as the authors' program renders."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from realtime.clip import Clip, ClipImages
from realtime.errors import ClipError
from realtime.sessions import load_model
from realtime.spectra import SAMPLE_RATE
from realtime.stats import Snapshot
from realtime.ticks import Ticks
from realtime.windows import COMPAT, IMAGES_PER_S, MENDED, Windows, check_network

BLOCK_S = 0.1
QUALITY = "HQ"
"""Of the resampler: soxr's linear-phase one, which shifts nothing; flat up to 0.91 of half the lower rate."""


class WindowRendering:
    """One pass of a clip through windows of 0.63 s every 0.05 s, averaged.

    The network works at 16 kHz. What it adds to one ear and takes from the other is resampled to the clip's rate and
    laid around the clip's own mono sound. What 16 kHz cannot hold, the rest of the mono sound, gets the level
    difference that the masks make in their top octave, as in the other modes.

    Parameters
    ----------
    clip
        With a picture.
    model, provider
        As in `Settings`.
    compat
        As the authors' program renders, at its 16 kHz, with `COMPAT`'s choices and the pictures of `ffmpeg -r 10`.
    progress
        Called with the part done, 0 to 1.
    threads
        Cores at work; None for all of them.

    Raises
    ------
    ModelError, ProviderError
        When the model cannot be used for this.
    """

    def __init__(
        self,
        clip: Clip,
        model: Path,
        provider: str,
        progress: Callable[[float], None] | None = None,
        *,
        compat: bool = False,
        threads: int | None = None,
    ) -> None:
        self._network = load_model(model, provider)
        check_network(self._network)
        self._clip = clip
        self._compat = compat
        self._progress = progress
        self._threads = threads or physical_cores()
        self._windows: Windows | None = None
        self._mono: deque[NDArray[np.float32]] = deque()
        self._written = 0
        self._elapsed_s = 0.0

    @property
    def sample_rate(self) -> int:
        """Of what comes out, Hz."""
        return SAMPLE_RATE if self._compat else self._clip.sample_rate

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        """Left and right, float32 (2, n) blocks, as long together as the clip's sound.

        Raises
        ------
        ClipError
            When the clip has no sound that can be read, or is too short for the authors' program.
        """
        started_s = time.perf_counter()
        clip = self._clip
        with Ticks(clip, IMAGES_PER_S) if self._compat else ClipImages(clip) as images:
            pictures = images.at if isinstance(images, Ticks) else lambda number: images.at(number / IMAGES_PER_S)
            self._windows = Windows(self._network, COMPAT if self._compat else MENDED, pictures, self._threads)
            rows = self._windows.rows(self._sound())
            for block in self._at_16_khz(rows) if self._compat else self._full_band(rows):
                if not block.shape[1]:
                    continue
                self._written += block.shape[1]
                if self._progress is not None and clip.duration_s > 0:
                    self._progress(min(1.0, self._written / (self.sample_rate * clip.duration_s)))
                yield block
        self._elapsed_s = time.perf_counter() - started_s
        if self._written == 0:
            raise ClipError(f"clip '{clip.path}' has no sound that can be read; give another clip")
        if self._progress is not None:
            self._progress(1.0)

    def snapshot(self) -> Snapshot:
        """Figures of the pass so far; a block is a window."""
        clip, windows = self._clip, self._windows
        done = windows.count if windows else 0
        return Snapshot(
            finished=True,
            sample_rate=self.sample_rate,
            block_size=windows.step * self.sample_rate // SAMPLE_RATE if windows else 0,
            mode="window, compat" if self._compat else "window",
            model=self._network.path.name,
            provider=self._network.provider,
            input=str(clip.path),
            duration_s=self._written / self.sample_rate,
            elapsed_s=self._elapsed_s,
            blocks=done,
            bad_samples=clip.bad_samples,
            audio_inference_ms=windows.durations.percentiles_ms() if windows else Snapshot().audio_inference_ms,
            visual_inference_ms=windows.eyes.durations.percentiles_ms() if windows else Snapshot().visual_inference_ms,
            masks=done,
            images=windows.eyes.images if windows else 0,
            notices=(clip.warning,) if clip.warning else (),
        )

    def _sound(self) -> Iterator[NDArray[np.float32]]:
        """The clip's sound at 16 kHz, (channels, n) blocks; its mono sound as it was is put aside."""
        clip = self._clip
        channels = clip.channels
        stream = None
        if clip.sample_rate != SAMPLE_RATE:
            stream = soxr.ResampleStream(clip.sample_rate, SAMPLE_RATE, channels, dtype="float32", quality=QUALITY)
        for block in clip.audio_blocks(round(BLOCK_S * clip.sample_rate), clip.sample_rate):
            if not self._compat:
                self._mono.append(block.mean(axis=0, dtype=np.float32))
            yield block if stream is None else _resampled(stream, block)
        if stream is not None:
            yield _resampled(stream, np.zeros((channels, 0), np.float32), last=True)

    def _at_16_khz(self, rows: Iterator[NDArray[np.float64]]) -> Iterator[NDArray[np.float32]]:
        for common, difference, _ in rows:
            yield np.stack((common + difference, common - difference)).astype(np.float32)

    def _full_band(self, rows: Iterator[NDArray[np.float64]]) -> Iterator[NDArray[np.float32]]:
        """Both ears at the clip's rate, as long as the mono sound that was put aside."""
        rate = self._clip.sample_rate
        stream = None
        if rate != SAMPLE_RATE:
            stream = soxr.ResampleStream(SAMPLE_RATE, rate, 3, dtype="float32", quality=QUALITY)
        for block in rows:
            single = block.astype(np.float32)
            yield self._laid_around(single if stream is None else _resampled(stream, single))
        if stream is not None:
            yield self._laid_around(_resampled(stream, np.zeros((3, 0), np.float32), last=True))
        left_over = sum(len(mono) for mono in self._mono)
        # The two roundings of the length by the resamplers.
        yield self._laid_around(np.zeros((3, left_over), np.float32))

    def _laid_around(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        wanted = rows.shape[1]
        taken: list[NDArray[np.float32]] = []
        while wanted and self._mono:
            piece = self._mono.popleft()
            taken.append(piece[:wanted])
            if len(piece) > wanted:
                self._mono.appendleft(piece[wanted:])
            wanted -= len(taken[-1])
        mono = np.concatenate(taken) if taken else np.zeros(0, np.float32)
        common, difference, tilt = rows[:, : len(mono)]
        difference = difference + tilt * (mono - common)
        return np.stack((mono + difference, mono - difference))


def physical_cores() -> int:
    """Cores that this process may use, counting those with two threads once."""
    if not hasattr(os, "sched_getaffinity"):
        return os.cpu_count() or 1
    siblings: set[str] = set()
    usable = os.sched_getaffinity(0)
    for cpu in usable:
        with suppress(OSError):
            path = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
            siblings.add(path.read_text(encoding="ascii"))
    return len(siblings) or len(usable)


def _resampled(stream: soxr.ResampleStream, block: NDArray[np.float32], *, last: bool = False) -> NDArray[np.float32]:
    """(channels, n) -> (channels, as many as are ready)."""
    return np.ascontiguousarray(stream.resample_chunk(np.ascontiguousarray(block.T), last=last).T)
