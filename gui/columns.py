"""Short-time spectra by stream position, as pixels in a doubled ring: whatever part is on screen is one slice."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

CHANNELS = 3
BALANCE = 3
"""Index of the fourth picture: level of left minus level of right."""

COLUMNS_PER_S = 100
FLOOR_DB = -100.0
CEILING_DB = -10.0
BALANCE_RANGE_DB = 12.0
BALANCE_NEUTRAL = 128
BALANCE_AUDIBLE_DB = (-85.0, -55.0)
"""Below the first the difference of two noises means nothing and is not drawn; from the second on it is, in full."""

LARGEST = 10.0
"""Samples beyond 20 dB over full scale are a fault somewhere else and are drawn as that."""

WINDOW_S = 0.0427
"""About 2048 samples at 48 kHz: 23 Hz a row."""


class Columns:
    """Spectra of mono, left and right and the balance between the ears, each column coloured once, when it arrives.

    Column k is the spectrum of the `n_fft` samples that end at position (k + 1) * hop, so what a column shows depends
    on the sound alone and not on when it was asked for.

    Parameters
    ----------
    sample_rate
        Of the sound, Hz.
    tables
        (4, 256) uint32: the pixel for each level of mono, left, right and balance.
    seconds
        How far back is kept.
    top_hz
        Highest frequency kept; a sound that has less keeps what it has.

    Attributes
    ----------
    ring
        (4, rows, 2 * capacity) uint32 pixels: the highest frequency first, every column twice, `capacity` apart.
    """

    def __init__(
        self, sample_rate: int, tables: NDArray[np.uint32], seconds: float = 9.0, top_hz: float = 20_000.0
    ) -> None:
        self.sample_rate = sample_rate
        self.hop = round(sample_rate / COLUMNS_PER_S)
        self.n_fft = 2 ** round(math.log2(sample_rate * WINDOW_S))
        self.row_hz = sample_rate / self.n_fft
        self.rows = min(int(top_hz / self.row_hz) + 1, self.n_fft // 2 + 1)
        self.capacity = math.ceil(seconds * COLUMNS_PER_S)
        self._window = np.hanning(self.n_fft + 1)[:-1].astype(np.float32)
        self._scale = np.float32(2.0 / self._window.sum())
        self.ring = np.empty((CHANNELS + 1, self.rows, 2 * self.capacity), np.uint32)
        self._tables = tables
        self.clear()

    def clear(self) -> None:
        """Forget everything, as for a new stream."""
        for channel, table in enumerate(self._tables):
            self.ring[channel] = table[BALANCE_NEUTRAL if channel == BALANCE else 0]
        self._next: int | None = None

    @property
    def next(self) -> int:
        """Index of the first column that is not there yet; 0 before the first sound."""
        return self._next or 0

    def push(self, end: int, sound: NDArray[np.float32]) -> int:
        """Add the columns that `sound` completes; what is already there is not computed again.

        Parameters
        ----------
        end
            Position just after the last sample.
        sound
            (3, samples), mono, left and right, full scale 1.

        Returns
        -------
        int
            How many columns were added. Sound that was never handed over (more time passed than `sound` is long) stays
            silent in the picture; a position that goes back begins a new stream.
        """
        start = end - sound.shape[1]
        stop = end // self.hop
        if self._next is not None and stop < self._next - 1:
            self.clear()
        earliest = max(-(-(start + self.n_fft) // self.hop) - 1, stop - self.capacity)
        following = earliest if self._next is None else self._next
        if following < earliest:
            self._write(max(following, stop - self.capacity), self._silence(earliest))
            following = earliest
        count = stop - following
        if count <= 0:
            return 0
        offset = (following + 1) * self.hop - self.n_fft - start
        sane = np.clip(np.nan_to_num(sound[:, offset:]), -LARGEST, LARGEST)
        windows = np.lib.stride_tricks.sliding_window_view(sane, self.n_fft, axis=1)
        spectra = np.fft.rfft(windows[:, :: self.hop][:, :count] * self._window, axis=-1)
        self._write(following, self._picture(spectra[..., : self.rows]))
        self._next = stop
        return count

    def first(self, end: float, count: int) -> float:
        """Where in `ring` the `count` columns before column `end` begin; `end` may lie within a column.

        Raises
        ------
        ValueError
            When more is asked for than the ring keeps.
        """
        if count >= self.capacity:
            raise ValueError(f"{count} columns asked for, {self.capacity} are kept")
        return (end - count) % self.capacity

    def visible_rows(self, top_hz: float) -> int:
        """How many of the lowest rows reach up to a frequency."""
        return min(self.rows, int(top_hz / self.row_hz) + 1)

    def _picture(self, spectra: NDArray[np.complexfloating]) -> NDArray[np.uint8]:
        magnitude = np.abs(spectra) * self._scale  # (3, columns, rows)
        level_db = 20.0 * np.log10(magnitude + 1e-9)
        picture = np.empty((CHANNELS + 1, self.rows, magnitude.shape[1]), np.uint8)
        levels = np.clip((level_db - FLOOR_DB) * (255.0 / (CEILING_DB - FLOOR_DB)), 0.0, 255.0)
        picture[:CHANNELS] = levels.transpose(0, 2, 1)[:, ::-1]
        low, high = BALANCE_AUDIBLE_DB
        audible = np.clip((np.maximum(level_db[1], level_db[2]) - low) / (high - low), 0.0, 1.0)
        balance = np.clip((level_db[1] - level_db[2]) / BALANCE_RANGE_DB, -1.0, 1.0) * audible
        picture[BALANCE] = (BALANCE_NEUTRAL + 127.0 * balance).T[::-1]
        return picture

    def _silence(self, until: int) -> NDArray[np.uint8]:
        missing = min(until - self.next, self.capacity)
        silence = np.zeros((CHANNELS + 1, self.rows, missing), np.uint8)
        silence[BALANCE] = BALANCE_NEUTRAL
        return silence

    def _write(self, first: int, picture: NDArray[np.uint8]) -> None:
        places = np.arange(first, first + picture.shape[2]) % self.capacity
        for channel, table in enumerate(self._tables):
            pixels = table[picture[channel]]
            self.ring[channel, :, places] = pixels.T
            self.ring[channel, :, places + self.capacity] = pixels.T
