"""Where the sound is, live: a memory of motion and of sound features, and a network that finds what goes together.

Time is cut into slots of 0.1 s of the stream. Images fill the slots of the motion's memory, STFT frames those of the
sound's; when a slot has both, the network says for each band of the sound where it comes from. Each answer speaks of
the last seconds; how long it is remembered is counted in time *sounded*, so that a player who pauses is not lost.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from realtime.errors import ModelError
from realtime.hearing import BANDS, EDGES_HZ, FEATURES, SLOT_S, Hearing, audible, powers_of
from realtime.modelfile import ModelInfo, read_model
from realtime.providers import open_session
from realtime.stats import Durations
from realtime.watcher import LONGEST_GAP, Sight

LEAST_SLOTS = 15
"""Before there is so much of both, nothing is said."""
MEMORY_S = 2.0
"""Sounded seconds in which an answer loses its weight, by the factor e."""
QUIET = 1e-3
"""Power of a band over the running level at which it counts as half sounding."""


@dataclass(frozen=True)
class Map:
    """Where each band of the sound is believed to be."""

    position: int
    """Of the newest slot's end in the stream, samples."""
    places: NDArray[np.float32]
    """(bands, rows, columns) probabilities; with `nowhere` they add up to 1 in each band."""
    nowhere: NDArray[np.float32]
    """(bands,) that it is not in the picture."""
    shares: NDArray[np.float32]
    """(bands,) of each band in what was heard lately; add up to 1."""
    loudness: float
    """Of the newest slot, 0 for silence to 1."""

    @property
    def whole(self) -> NDArray[np.float32]:
        """(rows, columns) of the whole sound: the bands' maps by their shares."""
        return np.einsum("b,brc->rc", self.shares, self.places)

    def column(self, band: int | None = None) -> float:
        """The likeliest column of a band or of the whole sound, as a fraction of the picture's width."""
        places = self.whole if band is None else self.places[band]
        return (int(places.sum(axis=0).argmax()) + 0.5) / places.shape[1]


class Where:
    """A where-network with its memory. One thread calls `hear` and `watch`, any reads `map`.

    Parameters
    ----------
    path
        Model file of kind "where".
    sample_rate
        Of the stream's positions, Hz.
    threads
        Of the network.

    Attributes
    ----------
    map
        The newest, or None as long as there is none.
    rows, columns
        Of the motion's maps that it takes, and of its own.
    durations
        Of what `watch` does once per slot.

    Raises
    ------
    ModelError
        When the file is not usable, is of another kind, or hears other bands than this program.
    """

    def __init__(self, path: Path, sample_rate: int, threads: int = 1) -> None:
        file = read_model(path, ("where",))
        self.info: ModelInfo = file.info
        said = file.info.mask
        if (said.get("bands_hz"), said.get("features")) != (list(EDGES_HZ), FEATURES) or not said.get("slots"):
            raise ModelError(f"model '{path}' was trained for other sound features than these; export it again")
        self.rows, self.columns = file.info.image["height"], file.info.image["width"]
        self._slots = int(said["slots"])
        self._visual = open_session(file.visual, path, threads)
        self._audio = open_session(file.audio, path, threads)
        self._slot = SLOT_S * sample_rate
        self.durations = Durations()
        self._forget()

    def _forget(self) -> None:
        self.map: Map | None = None
        self._hearing = Hearing()
        self._moved = _Memory(self._slots)
        self._heard = _Memory(self._slots)
        self._energies = _Memory(self._slots)
        self._hearing_slot: int | None = None
        self._seen = -1
        self._told = -1
        cells = self.rows * self.columns + 1
        self._evidence = np.zeros((BANDS, cells))
        self._weight = np.zeros((BANDS, 1))
        self._loudness = np.zeros(BANDS)

    def hear(self, position: int, spectrum: NDArray[np.complex64]) -> None:
        """One STFT frame, in order: its middle's position in the stream, and (257,)."""
        slot, before = int(position // self._slot), self._hearing_slot
        if before is not None and not 0 <= slot - before <= LONGEST_GAP:
            self._heard, self._energies = _Memory(self._slots), _Memory(self._slots)
            self._hearing = Hearing()
            self.map = None
        elif before is not None:
            for done in range(before, slot):
                self._heard.add(done, self._hearing.close())
                self._energies.add(done, self._hearing.energies)
        self._hearing_slot = slot
        self._hearing.add(powers_of(spectrum))

    def watch(self, sight: Sight) -> bool:
        """What an image showed, in order, after the sound before it.

        Returns
        -------
        bool
            Whether there is a new map.
        """
        slot = int(sight.position // self._slot)
        if self._seen >= 0 and not 0 <= sight.position - self._seen <= LONGEST_GAP * self._slot:
            self._forget()
        if self._moved.end is not None and slot < self._moved.end:
            return False
        started = time.perf_counter_ns()
        # A camera slower or less even than the slots: the motion is spread over the time that it took.
        for missing in range(slot if self._moved.end is None else self._moved.end, slot + 1):
            self._moved.add(missing, sight.moved)
        self._seen = sight.position
        new = self._infer()
        self.durations.add(time.perf_counter_ns() - started)
        return new

    def _infer(self) -> bool:
        """Ask the network about the newest slot that has both, if it was not asked yet."""
        if self._moved.end is None or self._heard.end is None:
            return False
        end = min(self._moved.end, self._heard.end)
        count = min(self._moved.known(end), self._heard.known(end))
        if end <= self._told or count < LEAST_SLOTS:
            return False
        motion, sound = self._moved.newest(end, count), self._heard.newest(end, count)
        fresh = self._energies.newest(end, count)[-min(max(1, end - self._told), count) :].mean(axis=0)
        passed_s = SLOT_S * min(end - self._told, LONGEST_GAP)
        self._told = end
        self._remember(self._probabilities(motion, sound), fresh, passed_s, count / self._slots)
        both = self._evidence / np.maximum(self._weight, 1e-6)
        places = both[:, :-1].reshape(BANDS, self.rows, self.columns).astype(np.float32)
        nowhere = (1 - places.sum(axis=(1, 2))).astype(np.float32)
        shares = audible(self._loudness)
        loudest = float(fresh.max())
        self.map = Map(round(end * self._slot), places, nowhere, shares, loudest / (loudest + QUIET))
        return True

    def _probabilities(self, motion: NDArray[np.float32], sound: NDArray[np.float32]) -> NDArray[np.float64]:
        """What the network says of the memory, (BANDS, cells + 1)."""
        (features,) = self._visual.run(["features"], {"image": motion[None]})
        (logits,) = self._audio.run(["mask"], {"spectrum": sound[None], "features_in": features})
        given = np.asarray(logits)[0].astype(np.float64)
        given = np.exp(given - given.max(axis=1, keepdims=True))
        return given / given.sum(axis=1, keepdims=True)

    def _remember(
        self, answer: NDArray[np.float64], energies: NDArray[np.float32], passed_s: float, fullness: float
    ) -> None:
        """Mix an answer into those before; each band forgets as fast as it sounds, their shares as all do.

        The mean is that of the probabilities, not of their logarithms: of two players who take turns both remain, and
        not what lies between, which neither answer excludes. An answer from a memory half empty counts half.
        """
        sounding = energies[:, None] / (energies[:, None] + QUIET)
        kept = np.exp(-passed_s * sounding / MEMORY_S)
        self._evidence = kept * self._evidence + (1 - kept) * fullness * answer
        self._weight = kept * self._weight + (1 - kept) * fullness
        least = float(kept.min())
        self._loudness = least * self._loudness + (1 - least) * energies


class _Memory:
    """Values of the newest slots, which come without a gap."""

    def __init__(self, slots: int) -> None:
        self._size = slots
        self._values: deque[NDArray[np.float32]] = deque(maxlen=2 * slots)
        self.end: int | None = None
        """The slot after the newest."""

    def add(self, slot: int, value: NDArray[np.float32]) -> None:
        self._values.append(value)
        self.end = slot + 1

    def known(self, end: int) -> int:
        """How many slots before this one are known, at most the memory's size."""
        return min(self._size, len(self._values) - (0 if self.end is None else self.end - end))

    def newest(self, end: int, count: int) -> NDArray[np.float32]:
        """The values of a whole memory before a slot: the `count` newest, repeated while it is not full."""
        skipped = 0 if self.end is None else self.end - end
        values = list(self._values)[len(self._values) - skipped - count : len(self._values) - skipped]
        return np.stack([values[(index - self._size) % count] for index in range(self._size)])
