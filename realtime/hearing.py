"""What the sound does every tenth of a second, from the STFT frames that are there anyway: levels and onsets by band.

A *slot* is a tenth of a second of the stream, ten frames. Live the frames come one by one (`Hearing`); training has
whole sounds (`heard`). Both go through one function.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 16_000
N_FFT = 512
BINS = N_FFT // 2 + 1
FRAMES = 10
"""STFT frames (hop 10 ms) of a slot."""
SLOT_S = 0.1
EDGES_HZ = (60.0, 350.0, 1000.0, 2600.0, 8000.0)
"""Of the bands that are told apart in the picture."""
BANDS = len(EDGES_HZ) - 1
PARTS = 4
"""Each band is heard in so many parts, evenly spaced in mel."""
FINE = BANDS * PARTS
FEATURES = 2 * BANDS + 2 * BANDS + 3
FLOOR = 1e-4
"""Of the running level: what lies 40 dB below the loudest of the last seconds counts as silence."""
QUIET = 1e-9
"""Least running level, power of a full-scale sine being about 1e4 in its band: digital silence stays silent."""
LEVEL_MEMORY_S = 8.0


class Hearing:
    """Sound features, slot by slot, as the frames come. One thread.

    Attributes
    ----------
    energies
        (BANDS,) mean power of the newest slot's bands over the running level.
    """

    def __init__(self) -> None:
        self._frames: list[NDArray[np.float32]] = []
        self._last = np.zeros(FINE, np.float32)
        self._level = 0.0
        self.energies = np.zeros(BANDS, np.float32)

    def add(self, powers: NDArray[np.float32]) -> None:
        """One frame of the slot: (FINE,) from `powers_of`."""
        self._frames.append(powers)

    def close(self) -> NDArray[np.float32]:
        """End the slot; one without any frame counts as silent.

        Returns
        -------
        NDArray[np.float32]
            (FEATURES,).
        """
        powers = np.stack(self._frames) if self._frames else np.zeros((1, FINE), np.float32)
        levels = running_levels(powers.mean()[None], self._level)
        features, energies = _features(powers[None], self._last[None], levels)
        self._level, self._last, self._frames = float(levels[0]), powers[-1], []
        self.energies = energies[0]
        return features[0]


def heard(powers: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """All slots of a sound at once.

    Parameters
    ----------
    powers
        (frames, FINE) from `powers_of`, from the sound's first frame on.

    Returns
    -------
    features
        (slots, FEATURES).
    energies
        (slots, BANDS), mean power over the running level.
    """
    slots = len(powers) // FRAMES
    whole = powers[: slots * FRAMES].reshape(slots, FRAMES, FINE)
    last = np.concatenate((np.zeros((1, FINE), np.float32), whole[:-1, -1]))
    return _features(whole, last, running_levels(whole.mean((1, 2))))


def powers_of(spectra: NDArray[np.complex64]) -> NDArray[np.float32]:
    """Power in each fine band: spectra (..., 257) -> (..., FINE)."""
    power: NDArray[np.float32] = spectra.real**2 + spectra.imag**2
    return power @ _filters()


def running_levels(means: NDArray[np.floating], before: float = 0.0) -> NDArray[np.float32]:
    """The level that the sound is measured against: the loudest slot, forgotten over some seconds.

    Parameters
    ----------
    means
        (slots,) mean power.
    before
        The level at the slot before.
    """
    levels = np.empty(len(means), np.float32)
    for slot, mean in enumerate(means):
        before = max(float(mean), before * np.exp(-SLOT_S / LEVEL_MEMORY_S), QUIET)
        levels[slot] = before
    return levels


def audible(energies: NDArray[np.floating]) -> NDArray[np.float32]:
    """Shares of the bands in what is heard, add up to 1: hearing compresses, and the low bands have most of the energy.

    Parameters
    ----------
    energies
        (BANDS,), mean power of each.
    """
    shares = (np.asarray(energies, np.float64) + 1e-12) ** 0.3
    return (shares / shares.sum()).astype(np.float32)


def _features(
    powers: NDArray[np.float32], last: NDArray[np.float32], levels: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Features and energies of slots.

    Parameters
    ----------
    powers
        (slots, frames, FINE).
    last
        (slots, FINE) the frame before each slot.
    levels
        (slots,) what they are measured against.
    """
    relative = np.concatenate((last[:, None], powers), axis=1) / levels[:, None, None]
    logs = np.log(relative + FLOOR)  # (slots, 1 + frames, FINE)
    rise = np.maximum(np.diff(logs, axis=1), 0)
    slots = len(powers)
    halves = logs[:, 1:].mean(1).reshape(slots, 2 * BANDS, PARTS // 2).mean(2)
    onsets = rise.reshape(slots, -1, BANDS, PARTS).mean(3)  # (slots, frames, BANDS)
    both = onsets.mean(2)
    summary = (halves.mean(1), both.max(1), both.mean(1))
    features = np.concatenate((halves, onsets.max(1), onsets.mean(1), np.stack(summary, 1)), axis=1)
    energies = relative[:, 1:].reshape(slots, -1, BANDS, PARTS).mean((1, 3))
    return features.astype(np.float32), energies.astype(np.float32)


@cache
def _filters() -> NDArray[np.float32]:
    """(BINS, FINE): triangles in mel that add up to one between the outermost centres."""
    edges = 1127 * np.log1p(np.array(EDGES_HZ) / 700)
    borders = np.concatenate([np.linspace(low, high, PARTS + 1)[:-1] for low, high in pairwise(edges)])
    borders = np.append(borders, edges[-1])
    mel = 1127 * np.log1p(np.arange(BINS) * (SAMPLE_RATE / N_FFT) / 700)
    # A sharp edge would make a partial that wavers across it an onset.
    middles = (borders[1:] + borders[:-1]) / 2
    weights = np.stack([np.interp(mel, middles, row) for row in np.eye(FINE)], axis=1)
    weights[(mel < borders[0]) | (mel > borders[-1])] = 0
    return weights.astype(np.float32)
